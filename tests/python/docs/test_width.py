"""tools/width.py finds the lines that are too wide, and lets those be that cannot be cut."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[3]
WIDE = "word " * 25  # 125 columns


def found(path, text):
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, ROOT / "tools/width.py", path], capture_output=True, text=True
    )
    lines = [line.removeprefix(f"{path}:") for line in done.stdout.splitlines()]
    assert done.returncode == (1 if lines else 0), done.stderr
    return lines


def test_a_line_of_code_that_is_too_wide_is_named_with_its_width(tmp_path):
    assert found(tmp_path / "a.c", f"int x;\n/* {WIDE}*/\n") == ["2: 130 columns"]
    assert found(tmp_path / "a.py", f"{'x' * 100}\n{'x' * 101}\n") == ["2: 101 columns"]


def test_characters_count_not_bytes(tmp_path):
    assert found(tmp_path / "a.py", "ä" * 100) == []


def test_an_address_is_not_cut(tmp_path):
    address = "https://example.org/" + "x" * 100
    assert found(tmp_path / "a.py", f"# see {address}\n") == []
    assert found(tmp_path / "a.py", f"# {WIDE}{address}\n") == ["1: 247 columns"]


def test_rows_of_tables_and_what_a_doctest_prints_are_not_cut(tmp_path):
    assert found(tmp_path / "a.md", f"| {WIDE} |\n\n```python\n>>> f()\n{WIDE}\n```\n") == []


def test_prose_and_code_of_a_document_are_cut(tmp_path):
    page = f"{WIDE}\n\n```python\n>>> {WIDE}\n```\n{WIDE}\n```sh\n{WIDE}\n```\n"
    assert [line.split(":")[0] for line in found(tmp_path / "a.md", page)] == ["1", "4", "6", "8"]
