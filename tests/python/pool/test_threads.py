"""One pool and several threads or interpreters."""

import sys
import threading

import pytest
from support import run_python
from support.pool import LONG, Named, points, xs

from cslots import Pool


def run(*works):
    errors = []

    def guarded(work):
        try:
            for _ in range(60):
                work()
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors


def test_two_threads_on_one_pool():
    pool = Pool(Named, [Named(f"{LONG}{i}", i % 100, f"w{i}") for i in range(200)])

    def quiet(work):
        def attempt():
            try:
                work()
            except (RuntimeError, IndexError, ReferenceError, ValueError):
                pass  # a clear error is what the other's change may lead to

        return attempt

    run(
        quiet(lambda: pool.append(Named(LONG * 2, 5, "x"))),
        quiet(lambda: pool.extend(Named(str(i)) for i in range(5))),
        quiet(lambda: [row.name for row in pool]),
        quiet(lambda: pool.pop()),
        quiet(lambda: pool.sort("name")),
        quiet(lambda: pool.sort("word")),
        quiet(lambda: setattr(pool[0], "word", f"new{len(pool)}")),
        quiet(lambda: pool.filter([row.age > 5 for row in pool])),
    )
    assert all(isinstance(row.name, str) and isinstance(row.word, str) for row in pool)


def test_another_thread_cannot_change_a_pool_that_is_extended():
    pool = points(2)
    told = []

    def slow():
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        yield from points(2)

    def attempt():
        with pytest.raises(RuntimeError) as caught:
            pool.append(points(1)[0])
        told.append(str(caught.value))

    pool.extend(slow())
    assert told == ["Pool of Point: rows are being added by another call; it must end first"]
    assert xs(pool) == [0, 1, 0, 1]


SCRIPT = """
from cslots import Pool, Struct, StaleRowError, utf8
class P(Struct):
    x: int
    t: utf8 = ""
    o: object = None
pool = Pool(P, [P(i, "t" * i) for i in range(50)])
row = pool[3]
del pool[3]
try:
    row.x
except StaleRowError:
    pass
else:
    raise AssertionError
pool.sort("x", reverse=True)
pool[0].o = pool
assert pool[0].x == 49
"""

RUN = """
import sys
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    import _xxsubinterpreters as interpreters
script = sys.argv[1]
exec(script)
for _ in range(3):
    made = interpreters.create()
    failed = interpreters.run_string(made, script)
    assert not failed, failed
    interpreters.destroy(made)
exec(script)
"""


def test_pools_in_a_subinterpreter():
    pytest.importorskip("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
    run_python(RUN, SCRIPT)
