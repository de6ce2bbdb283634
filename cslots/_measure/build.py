"""Which Python this is, how it was built, and on what system: every report says so."""

from __future__ import annotations

import platform
import sys
import sysconfig
from typing import Any


def python() -> dict[str, Any]:
    flags = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "compiler": platform.python_compiler(),
        "pgo": "--enable-optimizations" in flags,
        "lto": "--with-lto" in flags,
        "debug": hasattr(sys, "gettotalrefcount"),
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    }


def system() -> dict[str, Any]:
    return {"system": platform.system(), "machine": platform.machine()}
