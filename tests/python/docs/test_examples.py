"""Every example runs, says what it saved, and refuses nonsense in one line."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("cslots")

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
NAMES = ["users", "game", "ticks", "traffic", "tickstore", "partitions"]


def run(name, *arguments):
    return subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(autouse=True)
def needs_numpy_for_partitions(request):
    if "partitions" in request.node.name:
        pytest.importorskip("numpy")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "partitions"])
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


def test_sums_and_updates_in_partitions_are_those_of_the_whole():
    """It asserts so itself; where Dask is missing it says what is left out."""
    result = run("partitions", "5000")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("5,000 accounts, 12.0 bytes each")
    assert [line.partition(":")[0] for line in lines[1:4]] == [
        "row by row",
        "with NumPy",
        "with NumPy",
    ]


def test_traffic_is_drawn_where_matplotlib_is(tmp_path):
    pytest.importorskip("numpy")
    pytest.importorskip("matplotlib")
    file = tmp_path / "traffic.png"
    result = run("traffic", "50", str(file))
    assert result.returncode == 0, result.stderr
    assert file.read_bytes().startswith(b"\x89PNG")


def test_every_example_is_tested():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*NAMES, "resident"}
