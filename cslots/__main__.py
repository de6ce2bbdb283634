"""`python -m cslots`: the same as the command `cslots`."""

import sys

from cslots.cli import main

if __name__ == "__main__":
    sys.exit(main())
