"""CSLOTS_CHECK: a pool whose invariants are broken ends the process that changes it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

BREAK_A_LENGTH = """
import ctypes
from cslots import Pool, Struct, int64

class Point(Struct):
    x: int64

pool = Pool(Point, {"x": list(range(12_345))})
words = (ctypes.c_size_t * (type(pool).__basicsize__ // 8)).from_address(id(pool))
length = [place for place, word in enumerate(words) if word == len(pool)][-1]
words[length] += 1
pool.compact()
"""


@pytest.mark.skipif(
    os.environ.get("CSLOTS_SANITIZED") != "1",
    reason="CSLOTS_CHECK is defined in the sanitizer build",
)
def test_a_pool_with_a_wrong_length_ends_the_process_at_its_next_change():
    done = subprocess.run(
        [sys.executable, "-P", "-c", BREAK_A_LENGTH], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "cslots: Pool of Point: invariant 11 is broken" in done.stderr
