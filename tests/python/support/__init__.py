"""Small tools of the tests: exact error texts, classes made on the spot, the collector's view."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from cslots import Struct, _core

FREE_THREADED = "t" in getattr(sys, "abiflags", "")
# What a free-threaded Python does otherwise, whether or not its GIL is on.
classes_die = pytest.mark.skipif(
    FREE_THREADED, reason="keeps every class for ever once it has had a second thread"
)
pymalloc_and_slab = pytest.mark.skipif(
    FREE_THREADED, reason="has another allocator, larger headers, and no slab"
)
private_census = pytest.mark.skipif(
    FREE_THREADED, reason="the census has only its public way there"
)

HAVE_GC = 1 << 14  # Py_TPFLAGS_HAVE_GC


def raises(error: type[BaseException], text: str) -> Any:
    """The block must raise `error` and say exactly `text`."""
    return pytest.raises(error, match=rf"\A{re.escape(text)}\Z")


def one_field(annotation: Any, **options: Any) -> Any:
    """class Box(Struct): x: annotation"""

    class Box(Struct, **options):
        x: annotation

    return Box


def one_default(annotation: Any, default: Any, **options: Any) -> Any:
    """class Box(Struct): x: annotation = default"""

    class Box(Struct, **options):
        x: annotation = default

    return Box


def is_tracked(cls: type) -> bool:
    """Do objects of this class have a GC header? Both ways to ask must agree."""
    tracked = bool(_core.layout_of(cls)["tracked"])
    assert tracked == bool(cls.__flags__ & HAVE_GC)
    return tracked


def need_failing_allocations() -> None:
    """Skip where `_testcapi.set_nomemory` is missing or breaks Python itself.

    A free-threaded 3.13 crashes without cslots, too.
    """
    pytest.importorskip("_testcapi", reason="this Python was built without its test modules")
    if FREE_THREADED:
        pytest.skip(
            "a free-threaded Python crashes by itself when its allocations fail",
            allow_module_level=True,
        )


def run_python(source: str, *arguments: str, timeout: float = 600) -> str:
    """Run a script in a fresh interpreter, where a crash is an exit status; what it printed.

    The timeout ends what hangs.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-X", "faulthandler", "-c", textwrap.dedent(source), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
