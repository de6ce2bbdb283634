"""The class as one would write it: with `__slots__`, as a Struct, as a decorated dataclass."""

from __future__ import annotations

from typing import Any

from .kinds import ANNOTATION_NAMES, Choice
from .source import ClassSource
from .words import size

WIDTH = 100


def code(
    found: dict[str, Any], choices: dict[str, Choice], text: ClassSource | None
) -> dict[str, str]:
    made = {}
    if "struct" in found["forms"]:
        made["struct"] = _struct(found, choices, text)
    if "slots" in found["forms"]:
        made["slots"] = _slots(found, text)
    return made


def _head(found: dict[str, Any], form: str) -> str:
    after = found["forms"][form]["bytes"]
    return (
        f"# {found['name']} · {found['objects']:,} instances · {size(found['now'])} → {size(after)}"
    )


def _order(found: dict[str, Any], text: ClassSource | None) -> list[str]:
    """The order of the class statement or of __init__ where the source is there."""
    names = list(found["attributes"])
    if text is None:
        return names
    wanted = [*text.annotations, *text.in_init]
    place = {name: k for k, name in reversed(list(enumerate(wanted)))}
    return sorted(names, key=lambda name: place.get(name, len(wanted)))


def _struct(found: dict[str, Any], choices: dict[str, Choice], text: ClassSource | None) -> str:
    facts = found["class"]
    name = facts["qualname"].rpartition(".")[2]
    options = facts["options"] if facts["kind"] == "dataclass" else {}
    kinds = sorted(
        {choice.safe.name for choice in choices.values() if choice.safe.name in ANNOTATION_NAMES}
    )
    lines = [
        "import cslots",
        *([f"from cslots import {', '.join(kinds)}"] if kinds else []),
        "",
        "",
    ]
    given = _options(options)
    if found["weakrefs"]:
        given.append("weakref=True")
    if facts["kind"] == "dataclass":
        lines.append(f"@cslots.dataclass({', '.join(given)})" if given else "@cslots.dataclass")
        lines.append(f"class {name}:  {_head(found, 'struct')}")
    else:
        lines.append(
            f"class {name}({', '.join(['cslots.Struct', *given])}):  {_head(found, 'struct')}"
        )
    stores = (
        text.stores
        if text and text.stores and found["generated"] and facts["kind"] != "dataclass"
        else None
    )
    defaults = (
        facts["defaults"]
        if stores is None
        else {name: value for name, value in stores.items() if value is not None}
    )
    order = _order(found, text) if stores is None else list(stores)
    none = "__init__" not in facts["hooks"]
    for field in order:
        line = f"    {field}: {choices[field].safe.text}"
        rest = order[order.index(field) :]
        if field in defaults and (not found["generated"] or all(name in defaults for name in rest)):
            line += f" = {_default(defaults[field])}"
        elif none:
            line += " = cslots.field(init=False)"
        lines.append(line)
    if text and set(text.methods) - ({"__init__"} if stores is not None else set()):
        lines += [
            "",
            f"    ...  # its methods, as they are{'; no __init__' if stores is not None else ''}",
        ]
    elif stores is not None:
        lines += ["    # no __init__: the generated one stores its parameters"]
    return "\n".join(lines)


def _options(options: dict[str, bool]) -> list[str]:
    """The options of a dataclass that are not what they are anyway."""
    return [
        f"{option}={value}"
        for option, value in options.items()
        if value is not (option in ("init", "repr", "eq"))
    ]


def _default(value: str) -> str:
    """A default as a field has it: what is made anew for each object needs a factory."""
    return {
        "[]": "cslots.field(default_factory=list)",
        "{}": "cslots.field(default_factory=dict)",
        "set()": "cslots.field(default_factory=set)",
    }.get(value, value)


def _slots(found: dict[str, Any], text: ClassSource | None) -> str:
    facts = found["class"]
    names = _order(found, text)
    if found["weakrefs"]:
        names = [*names, "__weakref__"]
    name = facts["qualname"].rpartition(".")[2]
    bases = f"({', '.join(text.bases)})" if text and text.bases else ""
    head = f"class {name}{bases}:  {_head(found, 'slots')}"
    if facts["kind"] == "dataclass":
        given = _options(facts["options"])
        weak = ["weakref_slot=True"] if found["weakrefs"] else []
        return (
            f"@dataclass({', '.join([*given, 'slots=True', *weak])})\n{head}\n    ...  # as it is"
        )
    if facts["kind"] == "attrs":
        return f"@attrs.define\n{head}\n    ...  # as it is"
    one = f"    __slots__ = ({', '.join(map(_quoted, names))}{',' if len(names) == 1 else ''})"
    if len(one) > WIDTH:
        rows, row = [], "       "
        for item in names:
            word = f" {_quoted(item)},"
            if len(row) + len(word) > WIDTH:
                rows.append(row)
                row = "       "
            row += word
        one = "\n".join(["    __slots__ = (", *rows, row, "    )"])
    return f"{head}\n{one}\n\n    ...  # its methods, as they are"


def _quoted(name: str) -> str:
    return f'"{name}"'
