"""What audited programs are: files in a folder of their own."""

import textwrap

import pytest


@pytest.fixture
def script(tmp_path):
    def write(source, name="program.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        return name

    write.folder = tmp_path
    return write
