"""The layers of the house: who includes whom, in binding/ and in core/.

layers.py [ROOT]    one line for each finding; exit 1 if there is any
layers.py --list    the units of binding/ in an order in which each needs only those before it

A unit is X.c with X.h beside it. Three rules hold:

- A unit of binding/ includes only its own layer and those below it (LAYERS).
- No units of binding/, and none of core/, include each other in a circle.
- What X.c of binding/ shows to other files is declared in X.h and nowhere else, so that the
  includes are the whole truth about who calls whom.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Ground first. The census is a module of its own and stands beside the others on the ground.
LAYERS = ("runtime", "model", "kinds", "object", "class", "pool", "module")
MAY_INCLUDE = {layer: set(LAYERS[: i + 1]) for i, layer in enumerate(LAYERS)}
MAY_INCLUDE["census"] = {"runtime", "census"}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
NOT_A_NAME = r"typedef|static|struct \w+ \{|enum|union|extern|#|PyMODINIT_FUNC"
DEFINED = re.compile(rf"^(?!{NOT_A_NAME})[A-Za-z_][^;={{}}()]*?\b(\w+)\([^;{{}}]*\)\s*\{{", re.M)
DATA = re.compile(r"^(?!static|typedef)[A-Za-z_][\w *]*?\b(\w+)(?:\[\w*\])? =", re.M)
DECLARED = re.compile(
    rf"^(?!{NOT_A_NAME})[A-Za-z_][^;={{}}()]*?\b(\w+)\([^;{{}}]*\)[^;{{}}()]*;", re.M
)


def without_comments(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.S)
    return re.sub(r'"(?:\\.|[^"\\\n])*"(?=\s*[,;)])', '""', text)


class Tree:
    """The files below some folders; names are those that an include writes."""

    def __init__(self, root: Path, *folders: str) -> None:
        self.root = root
        self.files: dict[str, Path] = {}
        for folder in folders:
            for path in sorted((root / folder).rglob("*.[ch]")):
                self.files.setdefault(path.relative_to(root / folder).as_posix(), path)
        self.text = {name: without_comments(path.read_text()) for name, path in self.files.items()}
        self.odd: list[str] = []
        self.needs: dict[str, set[str]] = {unit(name): set() for name in self.files}
        for name, path in self.files.items():
            for target in INCLUDE.findall(path.read_text()):
                if ".." in Path(target).parts:
                    self.odd.append(f"{self.shown(name)} includes {target}: write it without ..")
                beside = f"{Path(name).parent.as_posix()}/{target}".removeprefix("./")
                found = target if target in self.files else beside
                if found in self.files and unit(found) != unit(name):
                    self.needs[unit(name)].add(unit(found))

    def shown(self, name: str) -> str:
        return self.files[name].relative_to(self.root).as_posix()


def unit(file: str) -> str:
    return file.rsplit(".", 1)[0]


def layer(name: str) -> str:
    return name.split("/", 1)[0] if "/" in name else "module"


def circles(needs: dict[str, set[str]]) -> tuple[list[list[str]], list[str]]:
    """Tarjan: the circles, and all units in an order in which each needs only those before it."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    order: list[str] = []

    def visit(node: str) -> None:
        number[node] = low[node] = len(number)
        stack.append(node)
        for target in sorted(needs[node]):
            if target not in number:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], number[target])
        if low[node] == number[node]:
            group = stack[stack.index(node) :]
            del stack[-len(group) :]
            order.extend(group)
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(needs):
        if node not in number:
            visit(node)
    return found, order


def upward(tree: Tree) -> list[str]:
    found = []
    for name, targets in sorted(tree.needs.items()):
        for target in sorted(targets):
            if layer(target) not in MAY_INCLUDE.get(layer(name), set()):
                found.append(f"binding/{name} includes {target}, which is not below it")
    return found


def strays(tree: Tree) -> list[str]:
    """Functions and data that are declared anywhere but in the header beside their file."""
    declared: dict[str, list[str]] = defaultdict(list)
    for name, text in tree.text.items():
        if name.endswith(".h"):
            for function in DECLARED.findall(text):
                declared[function].append(name)
            for extern in re.findall(r"^extern ([^;()]*);", text, re.M):
                for data in extern.split(","):
                    declared[re.findall(r"\w+", data.split("[")[0])[-1]].append(name)
    found = []
    for name, text in tree.text.items():
        if not name.endswith(".c"):
            continue
        header = f"{unit(name)}.h"
        data = [known for known in DATA.findall(text) if known in declared]
        for function in [*DEFINED.findall(text), *data]:
            where = declared.get(function, [])
            for other in where:
                if other != header:
                    found.append(f"{tree.shown(name)}: {function} is declared in {other}")
            if not where:
                found.append(f"{tree.shown(name)}: {function} is not declared in a header")
    return found


def main() -> int:
    sys.setrecursionlimit(10_000)
    given = [Path(arg) for arg in sys.argv[1:] if not arg.startswith("-")]
    root = given[0] if given else ROOT
    binding = Tree(root, "binding")
    core = Tree(root, "core/include/cslots", "core/src")
    found = upward(binding)
    for tree, place in ((binding, "binding"), (core, "core")):
        groups, order = circles(tree.needs)
        found += tree.odd
        found += [
            f"{place}: {len(group)} files in a circle: {', '.join(group)}" for group in groups
        ]
        if place == "binding" and "--list" in sys.argv[1:]:
            print("\n".join(order))
    found += strays(binding)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
