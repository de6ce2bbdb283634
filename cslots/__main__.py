"""`python -m cslots`: the same as the command `cslots`."""

import os
import sys

# `python -m` puts the current folder first. It may hold modules named like those that the command
# imports. An audited program has its own folder in that place.
first = [] if sys.flags.safe_path else sys.path[:1]
if first and sys.argv[1:2] == ["audit"]:
    first = sys.path[:1] = [os.path.dirname(os.__file__)]
del sys.path[: len(first)]
try:
    from cslots._cli.main import main
finally:
    sys.path[:0] = first

if __name__ == "__main__":
    sys.exit(main())
