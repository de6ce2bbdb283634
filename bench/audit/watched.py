"""What being watched costs a program with a million plain objects; prints JSON.

watched.py [--quick]

slower    processor time of a loop with the watch running against the same loop without, by turns in
          one process
adds      peak of the resident memory under `cslots audit`, less that of the program alone, over the
          latter
"""

import json
import statistics
import subprocess
import sys
import time

PLAIN = """
import resource, sys
def peak(): print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
class P:
    def __init__(self, x, y, z): self.x = x; self.y = y; self.z = z
kept = [P(float(i), i, str(i)) for i in range({n})]
peak()
"""
AFTER = """
import atexit
atexit.register(peak)
"""


def peak(command, n):
    done = subprocess.run(
        [sys.executable, *command, "-c", PLAIN.format(n=n) + AFTER],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return int(done.stdout.split()[-1])


def slower(rounds):
    from cslots._audit import watch

    class P:
        def __init__(self, x):
            self.x = x

        def move(self, d):
            self.x += d

    kept = [P(float(i)) for i in range(1000)]

    def work():
        start = time.process_time()
        for _ in range(1500):
            for p in kept:
                p.move(1)
        return time.process_time() - start

    ratios = []
    watch.INTERVALS = watch.INTERVALS[-1:]
    for _ in range(rounds):
        before = work()
        seen = watch.Watch(time.perf_counter(), peak=True)
        seen.start()
        during = work()
        seen.stop()
        ratios.append(during / ((before + work()) / 2))
    return statistics.median(ratios) - 1


def main():
    quick = "--quick" in sys.argv
    n = 200_000 if quick else 1_000_000
    alone = peak([], n)
    audited = peak(["-m", "cslots", "audit", "-q"], n)
    print(
        json.dumps(
            {
                "objects": n,
                "slower": slower(10 if quick else 40),
                "alone": alone,
                "audited": audited,
                "adds": audited / alone - 1,
            }
        )
    )


if __name__ == "__main__":
    main()
