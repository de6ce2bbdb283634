"""core/include/cslots/kinds.def is the one table of kinds: documents and stubs agree with it."""

import pathlib
import re
import shutil
import subprocess

import pytest

import cslots
from cslots import _core

ROOT = pathlib.Path(__file__).parent.parent.parent.parent
ROWS = _core.kinds()
TABLE = ROOT / "core/include/cslots/kinds.def"
IDS = re.findall(r"^KIND\((\w+),", TABLE.read_text(encoding="utf-8"), re.MULTILINE)


def test_each_row_of_the_file_is_a_kind_of_the_program():
    assert [name.lower() for name in IDS] == [
        "float64" if row["shown"] == "float" else row["name"] for row in ROWS
    ]


def test_names_are_different():
    for column in ("name", "shown"):
        assert len({row[column] for row in ROWS}) == len(ROWS)


def test_the_stub_has_each_annotation_that_cslots_offers():
    stub = (ROOT / "cslots/__init__.pyi").read_text(encoding="utf-8")
    found = re.findall(
        r'^(\w+): TypeAlias = Annotated\[(\w+), Kind\("(\w+)"\)\]$', stub, re.MULTILINE
    )
    assert sorted(found) == sorted(
        (row["name"], row["python"], row["name"]) for row in ROWS if row["offered"]
    )
    assert {row["name"] for row in ROWS if row["offered"]} <= set(cslots.__all__)


def names_in_table(text):
    """What stands in the first column of the tables whose head is `annotation`."""
    names = set()
    for table in re.findall(r"^\| annotation .*\n((?:\|.*\n)+)", text, re.MULTILINE):
        for line in table.splitlines():
            first = line.split("|")[1]
            names.update(re.findall(r"`(?:\w+\.)?(\w+)", first))
            for kind, least, most in re.findall(r"`(u?int)(\d+)` … `u?int(\d+)`", first):
                bits = int(least)
                while bits <= int(most):
                    names.add(f"{kind}{bits}")
                    bits *= 2
    return names


@pytest.mark.parametrize("page", ["README.md", "docs/kinds.md"])
def test_the_tables_of_kinds_have_each_of_them(page):
    names = names_in_table((ROOT / page).read_text(encoding="utf-8"))
    wanted = {
        (row["python"] or "").rpartition(".")[2] if "." in (row["python"] or "") else row["name"]
        for row in ROWS
        if row["python"] is not None
    }
    assert wanted - {"object"} <= names


def switches():
    """{file: switches that name kinds}, without those that kinds.def makes and of the families."""
    case = re.compile(rf"\bcase CS_(?:{'|'.join(IDS)})\b")
    found = {}
    for folder in ("core", "binding"):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            if "kinds" in path.relative_to(ROOT).parts:
                continue
            text = path.read_text(encoding="utf-8")
            for start in re.finditer(r"\bswitch \(", text):
                indent = start.start() - text.rfind("\n", 0, start.start()) - 1
                end = re.compile(rf"^ {{{indent}}}}}", re.MULTILINE).search(text, start.end())
                body = text[start.end() : end.start() if end else None]
                if case.search(body):
                    found.setdefault(path.relative_to(ROOT).as_posix(), []).append(body)
    return found


def test_only_switches_with_a_reason_name_kinds():
    # In binding/object/build.c: of a fresh object, as hot as its constructor.
    assert {path: len(bodies) for path, bodies in switches().items()} == {
        "binding/object/build.c": 1
    }


@pytest.fixture
def compile_table(tmp_path):
    """What the compiler says of core/src/kind.c with a row of the table replaced; "": it works."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    copy = tmp_path / "cslots/kinds.def"
    copy.parent.mkdir()
    command = [compiler, "-std=c11", "-fsyntax-only", f"-I{tmp_path}", f"-I{ROOT}/core/include"]
    rows = TABLE.read_text(encoding="utf-8")

    def compile_with(old, new):
        assert rows.count(old) == 1
        copy.write_text(rows.replace(old, new), encoding="utf-8")
        done = subprocess.run([*command, ROOT / "core/src/kind.c"], capture_output=True, text=True)
        assert (done.returncode == 0) == (done.stderr == "")
        return done.stderr

    return compile_with


def test_the_table_compiles(compile_table):
    assert compile_table("KIND(UINT8,", "KIND(UINT8,") == ""


def test_a_kind_with_a_missing_column_does_not_compile(compile_table):
    assert compile_table('"int", "an int from 0 to 255")', '"int")') != ""


def test_a_kind_of_an_unknown_family_does_not_compile(compile_table):
    assert "CS_FAMILY_CODE" in compile_table(
        'KIND(UUID,      "uuid",      "uuid",      UUID', 'KIND(UUID, "uuid", "uuid", CODE'
    )


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("0, UINT16_MAX", "0, 49151", "UINT16: min and max of UNSIGNED are the limits"),
        ("0, UINT64_MAX", "1, UINT64_MAX", "UINT64: min and max of UNSIGNED are the limits"),
        ("INT8_MIN, INT8_MAX", "-127, INT8_MAX", "INT8: min and max of SIGNED are the limits"),
        ("INT64_MIN, INT64_MAX", "INT64_MIN, INT32_MAX", "INT64: min and max of SIGNED are the"),
        ("UNSIGNED,   8, 1, BYTES", "UNSIGNED,   24, 1, BYTES", "UINT8: bits are 8, 16, 32, 64 or"),
        ("UNSIGNED,   8, 1, BYTES", "UNSIGNED,   0, 1, BYTES", "UINT8: bits are 8, 16, 32, 64 or"),
        ("BOOL,       0, 1, BIT", "BOOL,       8, 1, BIT", "BOOL: bits are 8, 16, 32, 64 or 128"),
        ("UNSIGNED,   8, 1, BYTES", "UNSIGNED,   8, 2, BYTES", "UINT8: the column of a plain kind"),
        ("UUID,     128, 16", "REFERENCE, 128, 16", "UUID: references come first"),
    ],
)
def test_a_kind_that_contradicts_itself_does_not_compile(compile_table, old, new, what):
    assert what in compile_table(old, new)
