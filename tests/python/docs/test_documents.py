"""The code in the documents runs, and prints what they say."""

import doctest
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[3]
BLOCKS = [
    pytest.param(block, id=f"{path.name}-{number}")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
    for number, block in enumerate(
        re.findall(
            r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ),
        1,
    )
]


OPTIONAL = ["dask", "numpy"]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_code_in_the_documents_runs(block):
    for name in OPTIONAL:
        if re.search(rf"\b{name}\b", block, re.IGNORECASE):
            pytest.importorskip(name)
    names = {"__name__": "__main__"}
    if ">>>" not in block:
        exec(compile(block, "document", "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(block, names, "document", None, 0)
    runner = doctest.DocTestRunner()
    assert runner.run(test).failed == 0
