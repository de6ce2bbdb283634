"""`python -m cslots`: the same as the command `cslots`."""

import sys

# What python -m puts first, the current folder, may hold modules named like those that the command imports.
first = [] if sys.flags.safe_path else sys.path[:1]
del sys.path[: len(first)]
try:
    from cslots.cli import main

finally:
    sys.path[:0] = first

if __name__ == "__main__":
    sys.exit(main())
