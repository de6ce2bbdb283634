"""Every example runs, says what it saved, and refuses nonsense in one line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("cslots")

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = ["users", "game", "ticks"]


def run(name, *arguments):
    return subprocess.run([sys.executable, str(EXAMPLES / f"{name}.py"), *arguments], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_says_what_it_saved(name):
    result = run(name, "5000")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    last = result.stdout.splitlines()[-1]
    assert re.fullmatch(r"5,000 \w+: [\d.]+ MB with __slots__, [\d.]+ MB with cslots \(.*\)", last)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_runs_with_a_single_object(name):
    result = run(name, "1")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", ["0", "-3", "many", ""])
def test_an_example_refuses_a_count_that_is_none(name, bad):
    result = run(name, bad)
    assert result.returncode == 1
    assert result.stderr.startswith("usage: ")
    assert result.stderr.count("\n") == 1


def test_every_example_is_tested():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*NAMES, "resident"}
