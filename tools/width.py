"""Which lines are too wide? Code, comments and documents have at most 100 columns.

width.py            every file of the project
width.py FILE...    only these

Prints `file:line: N columns` for each line that is too wide; exit 1 if there is any.

What cannot be cut does not count: an address, wherever it stands; in Markdown also a row of a
table, and what a program in a code block prints (a doctest's lines without `>>>` or `...`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 100

SUFFIXES = {".c", ".h", ".def", ".py", ".pyi", ".sh", ".md"}
NAMES = {"Makefile", "meson.build", "meson.options"}
GENERATED = re.compile(r"build|dist|__pycache__|\.(?!ci$).*")  # folders that are not looked into

ADDRESS = re.compile(r"https?://\S+")
FENCE = re.compile(r" *(```|~~~)")
PROMPT = re.compile(r" *(>>>|\.\.\.)")


def files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not GENERATED.fullmatch(path.name):
                yield from files(path)
        elif path.suffix in SUFFIXES or path.name in NAMES or path.parent.name == ".ci":
            yield path


def printed(lines: list[str]) -> set[int]:
    """The indexes of the lines that a program in a code block prints."""
    found = set()
    in_block = in_doctest = False
    for index, line in enumerate(lines):
        if FENCE.match(line):
            in_block, in_doctest = not in_block, False
        elif PROMPT.match(line):
            in_doctest = in_block
        elif in_doctest:
            found.add(index)
    return found


def too_wide(path: Path) -> Iterator[tuple[int, int]]:
    """The number and the width of each line that could be cut and is not."""
    lines = path.read_text(encoding="utf-8").splitlines()
    markdown = path.suffix == ".md"
    uncut = printed(lines) if markdown else set()
    for index, line in enumerate(lines):
        if index in uncut or (markdown and line.lstrip().startswith("|")):
            continue
        if len(ADDRESS.sub("", line)) > LIMIT:
            yield index + 1, len(line)


def main() -> int:
    named = [Path(name) for name in sys.argv[1:]]
    found = [
        f"{path if named else path.relative_to(ROOT)}:{number}: {width} columns"
        for path in named or files(ROOT)
        for number, width in too_wide(path)
    ]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
