"""Print the files of a package that belong into its wheel, one a line, relative to the root.

package_files.py PACKAGE      (meson.build runs it each time it configures)
"""

import sys
from pathlib import Path

SUFFIXES = {".py", ".pyi", ".typed", ".css", ".html", ".js", ".json", ".svg", ".txt"}


def main() -> None:
    root = Path(__file__).resolve().parent.parent
    for path in sorted((root / sys.argv[1]).rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and "__pycache__" not in path.parts:
            print(path.relative_to(root).as_posix())


if __name__ == "__main__":
    main()
