"""Where can Python code run? The functions of binding/ against docs/design/user-code.md.

user_code.py            what the tables lack, and what they have too much; exit 1 if there is any
user_code.py --write    brings the tables up to date; what people wrote in them stays

A function stands there if it calls a function of CPython's that can run Python code. Letting go of
a reference (Py_DECREF and its like) can run Python code, too; nearly every function does that, so
it is not listed: rule 1 of docs/design/lifetime.md is about it.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "design" / "user-code.md"

# What can run, and what of the C API runs it. The first that matches counts; "": nothing can.
RUNS: tuple[tuple[str, str], ...] = (
    ("", r"PySequence_(Fast_\w+|Check)|Py(Iter|Number|Mapping)_Check|PyObject_GC_\w+"),
    ("`__del__`", r"PyObject_CallFinalizer\w*"),
    ("", r"PyDict_(New|Next|Check\w*|GET_SIZE|Size|Clear|Copy)|PyImport_GetModuleDict"),
    ("a call", r"PyObject_(Call\w*|Vectorcall\w*)|PyVectorcall_\w+|PyEval_Call\w*"),
    ("`__index__`", r"PyNumber_(Index|AsSsize_t|Long)|PyLong_As\w+|PySlice_(Unpack|Get\w+)"),
    ("`__float__`", r"PyNumber_Float|PyFloat_(AsDouble|FromString)"),
    ("operators", r"PyNumber_\w+"),
    ("comparisons", r"PyObject_RichCompare\w*|PyList_Sort|PySequence_(Contains|Index|Count)"),
    ("`__hash__`", r"PyObject_Hash|PyBaseObject_Type\.tp_hash"),
    ("`__repr__`", r"PyObject_(Repr|ASCII)"),
    ("`__str__`", r"PyObject_(Str|Bytes|Format)"),
    ("attributes", r"PyObject_\w*Attr\w*|_PyObject_\w*Attr\w*|PyMember_\w+Op"),
    ("`__bool__`", r"PyObject_(IsTrue|Not)"),
    ("`__len__`", r"PyObject_(Size|Length|LengthHint)|Py(Sequence|Mapping)_(Size|Length)"),
    ("`__iter__`", r"PyObject_GetIter|PySequence_(Fast|List|Tuple)"),
    ("`__next__`", r"PyIter_\w+"),
    ("`__getitem__`", r"PyObject_(Get|Set|Del)Item|PySequence_\w+|PyMapping_\w+"),
    ("`__instancecheck__`", r"PyObject_Is(Instance|Subclass)"),
    ("keys of a dict", r"PyDict_\w+|PySet_\w+"),
    ("a buffer", r"PyObject_GetBuffer|PyBuffer_\w+|PyMemoryView_\w+"),
    ("an import", r"PyImport_\w+"),
    ("the Python half", r"cb_package_\w+"),
    ("a class statement", r"PyType_From\w+|(PyType_Type\.|winner->)tp_(new|call|init)"),
    ("a call", r"\w+(->|\.)tp_(vectorcall|call)"),
    ("attributes of a class", r"PyType_Type\.tp_[gs]etattro"),
    ("an Arrow producer", r"\w+->get_(next|schema)"),
    ("the collector", r"PyGC_Collect"),
    ("other threads", r"Py_BEGIN_ALLOW_THREADS|PyEval_SaveThread"),
    ("a warning", r"PyErr_Warn\w*"),
    ("an audit hook", r"PySys_Audit"),
    ("callbacks of weak references", r"PyObject_ClearWeakRefs"),
)
FORMATTED = re.compile(r"(?:PyErr_Format|PyUnicode_FromFormat)V?\s*\((?:[^;]*?)%(?:R|S|A)")
SLOT = re.compile(r"\b\w+(?:->|\.)(?:tp_\w+|get_next|get_schema)(?=\()")
NO_FUNCTION = r"typedef|struct|enum|union|#"
START = re.compile(rf"^(?!{NO_FUNCTION})[A-Za-z_][^;={{}}]*?\b(\w+)\([^;{{}}]*\)\s*\{{", re.M)
HEAD = "| function | can run | held |"


def without_comments(text: str) -> str:
    """The same with blanks for comments; strings stay, for the formats."""
    text = re.sub(r"__attribute__\(\(.*?\)\)", "", text)
    return re.sub(r"/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.S)


def functions(text: str) -> dict[str, str]:
    """Name and body of each function; a closing brace that begins a line ends it, or its line."""
    found = {}
    for start in START.finditer(text):
        line_end = text.find("\n", start.end())
        one_line = text[start.end() : line_end].rstrip()
        if one_line.endswith("}") and one_line.count("}") > one_line.count("{"):
            end = line_end
        else:
            end = text.find("\n}", start.end())
        found[start[1]] = text[start.end() : end]
    return found


def runs(body: str) -> str:
    """What can run in a function, in the order of RUNS."""
    names = set(re.findall(r"\b(?:_?Py|cb_package_)\w+", body)) | {
        found[0] for found in SLOT.finditer(body)
    }
    what = set()
    for name in names:
        for label, pattern in RUNS:
            if re.fullmatch(pattern, name):
                what.add(label)
                break
    if FORMATTED.search(body):
        what.add("`__repr__`")
    if "cb_package_" in body:  # binding/runtime/package.h
        what |= {"a call", "an import"}
    order = dict.fromkeys(label for label, _ in RUNS if label)
    return ", ".join(label for label in order if label in what)


def found_in_code() -> dict[str, dict[str, str]]:
    result: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "binding").rglob("*.[ch]")):
        if "census" in path.parts:  # it measures other programs, and holds nothing of ours
            continue
        rows = {}
        for name, body in functions(without_comments(path.read_text())).items():
            if what := runs(body):
                rows[name] = what
        if rows:
            result[path.relative_to(ROOT).as_posix()] = rows
    return result


class Section:
    def __init__(self) -> None:
        self.prose: list[str] = []
        self.rows: dict[str, tuple[str, str]] = {}  # what can run, what is held


def read_table() -> tuple[list[str], dict[str, Section]]:
    """The text before the first file, and the files."""
    head: list[str] = []
    sections: dict[str, Section] = {}
    section: Section | None = None
    for line in TABLE.read_text().splitlines() if TABLE.exists() else []:
        if line.startswith("## binding/"):
            section = sections.setdefault(line[3:].strip(), Section())
        elif section is None:
            head.append(line)
        elif line.startswith("| `"):
            name, what, held = (part.strip() for part in line.strip("|").split(" | "))
            section.rows[name.strip("` ")] = (what, held.rstrip(" |"))
        elif not line.startswith("|"):
            section.prose.append(line)
    return head, sections


def differences(code: dict[str, dict[str, str]], sections: dict[str, Section]) -> list[str]:
    found = []
    for file in sorted({*code, *sections}):
        section = sections.get(file, Section())
        rows, prose = section.rows, " ".join(section.prose)
        if file in code and not ("Held: " in prose and "Attacked by " in prose):
            found.append(f"{file}: say above its table what is held, and what attacks it")
        for name in sorted({*code.get(file, {}), *rows}):
            now = code.get(file, {}).get(name)
            if now is None:
                found.append(f"{file}: {name} runs no Python code (any more), or is gone")
            elif name not in rows:
                found.append(f"{file}: {name} can run {now}, and is not in the table")
            elif rows[name][0] != now:
                found.append(f"{file}: {name} can run {now}; the table says {rows[name][0]}")
            elif rows[name][1] in ("", "?"):
                found.append(f"{file}: {name}: say what is held")
    return found


def write(code: dict[str, dict[str, str]], head: list[str], sections: dict[str, Section]) -> None:
    lines = list(head)
    named = Counter(name for rows in code.values() for name in rows)
    moved = {  # what people wrote goes with a function into another file
        name: held
        for section in sections.values()
        for name, (_, held) in section.rows.items()
        if named[name] == 1
    }
    for file, rows in code.items():
        old = sections.get(file, Section())
        prose = "\n".join(old.prose).strip()
        lines += [f"## {file}", "", *([prose, ""] if prose else []), HEAD, "|---|---|---|"]
        for name, what in rows.items():
            held = old.rows.get(name, ("", moved.get(name, "?")))[1]
            lines.append(f"| `{name}` | {what} | {held} |")
        lines.append("")
    TABLE.write_text("\n".join(lines).rstrip() + "\n")


def main() -> int:
    code = found_in_code()
    head, sections = read_table()
    if "--write" in sys.argv[1:]:
        write(code, head, sections)
        return 0
    found = differences(code, sections)
    for line in found:
        print(line)
    if found:
        print("tools/user_code.py --write adds and removes rows of docs/design/user-code.md")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
