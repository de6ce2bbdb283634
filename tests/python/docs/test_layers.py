"""tools/layers.py finds what goes upward, in a circle, or is declared where nobody looks."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[3]


@pytest.fixture
def found(tmp_path):
    def run(**files):
        for name, text in files.items():
            path = tmp_path / "binding" / name.replace("__", "/").replace("_h", ".h")
            path = path if path.suffix else path.with_name(path.name.replace("_c", ".c"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (tmp_path / "core" / "src").mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [sys.executable, ROOT / "tools/layers.py", tmp_path], capture_output=True, text=True
        )
        lines = done.stdout.splitlines()
        assert done.returncode == (1 if lines else 0), done.stderr
        return lines

    return run


def test_the_house_as_it_is_has_no_finding():
    done = subprocess.run(
        [sys.executable, ROOT / "tools/layers.py"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_an_include_of_a_layer_above_is_found(found):
    assert found(object__a_h="", kinds__b_c='#include "object/a.h"\n') == [
        "binding/kinds/b includes object/a, which is not below it"
    ]


def test_the_census_stands_on_the_ground_beside_the_others(found):
    assert found(runtime__a_h="", census__b_c='#include "runtime/a.h"\n') == []
    assert found(model__a_h="", census__b_c='#include "model/a.h"\n') == [
        "binding/census/b includes model/a, which is not below it"
    ]


def test_a_circle_within_a_layer_is_found(found):
    a, b = '#include "pool/b.h"\n', '#include "pool/a.h"\n'
    assert found(pool__a_c=a, pool__a_h="", pool__b_c=b, pool__b_h="") == [
        "binding: 2 files in a circle: pool/a, pool/b"
    ]


def test_a_path_with_dots_is_refused(found):
    assert found(pool__a_h="", model__b_c='#include "../binding/pool/a.h"\n') == [
        "binding/model/b.c includes ../binding/pool/a.h: write it without .."
    ]


def test_a_function_is_declared_in_the_header_beside_its_source(found):
    define = "int f(void) { return 1; }\n"
    assert found(pool__a_c=define, pool__a_h="int f(void);\n") == []
    assert found(pool__a_c=define, pool__a_h="", pool__b_h="int f(void);\n") == [
        "binding/pool/a.c: f is declared in pool/b.h"
    ]
    assert found(pool__a_c=define, pool__a_h="", pool__b_h="") == [
        "binding/pool/a.c: f is not declared in a header"
    ]


def test_an_import_in_a_function_closes_a_circle(tmp_path):
    for name, text in {
        "__init__": "",
        "a": "from . import b",
        "b": "def f():\n    import p.a",
    }.items():
        (tmp_path / "p").mkdir(exist_ok=True)
        (tmp_path / "p" / f"{name}.py").write_text(text)
    done = subprocess.run(
        [sys.executable, ROOT / "tools/layers_py.py", tmp_path / "p"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "circle of imports: p.a, p.b\n"), done.stderr
