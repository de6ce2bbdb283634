"""CPython's own tests of dataclasses pass with cslots' decorator; exceptions have a reason."""

import pathlib
import subprocess
import sys

import pytest

pytest.importorskip("test.test_dataclasses", reason="this Python has no package `test`")
RUN = pathlib.Path(__file__).parents[2] / "conformance" / "run.py"
LISTED = {(3, 11), (3, 12), (3, 13), (3, 14), (3, 15)}


@pytest.mark.skipif(
    sys.version_info[:2] not in LISTED, reason="what fails on this version is not listed yet"
)
@pytest.mark.parametrize("mode", ["untyped", "typed"])
def test_what_passed_before_passes(mode):
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", RUN, mode],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
