"""Find circles of imports between the modules of the Python package: layers_py.py [PACKAGE]

An import counts wherever it stands, at the top or in a function, and so does one of a name that is
put into a string for `importlib`. Only what stands below `if TYPE_CHECKING:` does not: it never
runs.
`from package import name` leads to the module `package.name` where there is one, and to the
package's own `__init__` otherwise.

One line a circle, and exit code 1 if there is any. tools/lint.sh runs it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from layers import circles

ROOT = Path(__file__).resolve().parent.parent


def modules(package: Path) -> dict[str, Path]:
    """Dotted name -> file, of all modules of a package."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module that can run: all but the bodies of `if TYPE_CHECKING`."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield from running(other)
        else:
            yield from running(child)


def imported(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of the package that the module `name` imports."""
    found: set[str] = set()
    above = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in running(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = above[: len(above) - node.level + 1] if node.level else []
            source = ".".join([*base, *(node.module or "").split(".")]).rstrip(".")
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                found.add(inner if inner in known or alias.name == "_core" else source)
    return (found & known.keys()) - {name}


def main() -> int:
    package = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "cslots")
    known = modules(package)
    graph = {name: imported(name, path, known) for name, path in known.items()}
    found, _ = circles(graph)
    for circle in found:
        print("circle of imports:", ", ".join(circle))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
