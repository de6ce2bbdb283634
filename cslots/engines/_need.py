"""Engines are imported by the call that needs them."""

from __future__ import annotations

import importlib
from typing import Any


def need(module: str, extra: str) -> Any:
    """The module, or an ImportError that says in one line what to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"cslots.engines needs {module} for this: pip install 'cslots[{extra}]'"
        ) from error
