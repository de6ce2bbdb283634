"""What a program's data takes in one form: prints the growth of the resident memory.

grow.py PROGRAM FORM SIZE
"""

import gc
import importlib
import sys

import conversions

from cslots._measure.memory import resident_bytes, without_huge_pages

MODULES = {"lark": "lark_tree", "pdfminer": "pdfminer_chars", "mido": "mido_messages"}
SMALL = {"lark": 50, "pdfminer": 1, "mido": 50}


def main():
    program, form, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    conversions.convert(program, form)
    module = importlib.import_module(MODULES[program])
    without_huge_pages()
    module.data(SMALL[program])  # caches, tables, lazy imports
    gc.collect()
    before = resident_bytes()
    kept = module.data(size)
    gc.collect()
    print(resident_bytes() - before)
    assert kept is not None


if __name__ == "__main__":
    main()
