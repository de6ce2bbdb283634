"""What the census counts of a program's data, and the growth of resident memory, as JSON.

counted.py PROGRAM SIZE
"""

import gc
import importlib
import json
import sys

from grow import MODULES, SMALL

from cslots._census import capture
from cslots._measure.memory import resident_bytes, without_huge_pages


def taken():
    seen = capture()
    heap = seen["heap"]
    return seen["bytes"] + (heap.get("pool_overhead") or 0) + (heap.get("pymalloc_free") or 0)


def main():
    program, size = sys.argv[1], int(sys.argv[2])
    module = importlib.import_module(MODULES[program])
    without_huge_pages()
    module.data(SMALL[program])
    gc.collect()
    taken()  # what a first census allocates for itself is there
    counted, resident = taken(), resident_bytes()
    kept = module.data(size)
    gc.collect()
    resident = resident_bytes() - resident
    counted = taken() - counted
    assert kept is not None
    print(json.dumps({"counted": counted, "resident": resident, "off": counted / resident - 1}))


if __name__ == "__main__":
    main()
