"""Imports for the report, while the modules of the program are loaded.

The program may have put its own `json.py` or `platform.py` into sys.modules, or changed sys.path.
What the report needs is imported from where the command found it. Afterwards the modules of the
program stand where they stood.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def our_imports(path: list[str], main_file: str | None) -> Iterator[None]:
    saved_path = sys.path
    beside = {
        os.path.dirname(os.path.realpath(main_file)) if main_file else "",
        os.path.realpath(os.curdir),
    }
    theirs = _not_of_python()
    for name in theirs:
        del sys.modules[name]
    sys.path = [folder for folder in path if folder and os.path.realpath(folder) not in beside]
    try:
        yield
    finally:
        sys.path = saved_path
        sys.modules.update(theirs)


def _not_of_python() -> dict[str, ModuleType]:
    """Modules with names of the standard library that come from elsewhere."""
    home = os.path.dirname(os.__file__)
    found = {}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in sys.stdlib_module_names or name in (
            "__main__",
            "os",
            "sys",
        ):
            continue
        file = getattr(module, "__file__", None)
        if (
            type(file) is str
            and not file.startswith(home)
            and "lib-dynload" not in file
            and not file.endswith((".so", ".pyd"))
        ):
            found[name] = module
    return found
