"""From what an attribute holds to the kind that stores it.

    seen                              safe                tight
    int                               int                 the smallest that holds the range
    float                             float               float32 where it holds every value exactly
    bool                              bool
    str, each object its own          utf8                category where they repeat
    str, shared or interned           str                 category
    bytes                             bytes
    an Enum; a date, a timedelta      that class
    float and int                     a reference         float: the ints become floats
    a datetime                        a reference         datetime, if naive or UTC
    anything else, or mixed           a reference

`safe` never alters what the program reads: bools among ints, ints among floats and objects of
subclasses stay as they are, behind a reference. `tight` is a remark, with the range that was seen.
"""

from __future__ import annotations

import importlib
from typing import Any, Literal, NamedTuple

from .. import _core

ROWS = {row["shown"]: row for row in _core.kinds()}
# From the narrowest on; of one width the unsigned first.
INT_KINDS = sorted(
    ((name, *row["range"]) for name, row in ROWS.items() if row["range"] is not None),
    key=lambda kind: (ROWS[kind[0]]["size"], -kind[1]),
)
WIDTHS = {name: row["size"] for name, row in ROWS.items()}
ANNOTATION_NAMES = {row["name"] for row in ROWS.values() if row["offered"]}
# Classes each of whose values a field keeps, whatever the field.
CLASSES = {
    row["python"]: name
    for name, row in ROWS.items()
    if row["python"] is not None and "." in row["python"] and row["arrow"] is not None
}
REPEATS = 8  # texts that each occur so often on average are categories
CATEGORIES = 60_000
# Bytes an object that utf8 has to save before it is suggested: reading it makes a new str.
UTF8_WINS = 8


class Kind(NamedTuple):
    """How one attribute would be stored."""

    name: str  # of the kind: "int", "utf8", "object", ...
    annotation: str  # as one would write it
    nullable: bool = False
    packed: bool = False  # the values themselves are inside; what the attribute owns now goes away
    choices: int = 0

    @property
    def text(self) -> str:
        return f"{self.annotation} | None" if self.nullable else self.annotation


class Choice(NamedTuple):
    safe: Kind
    tight: Kind | None
    remarks: list[str]
    reasons: list[tuple[str, str]]  # code, text


def choose(name: str, seen: dict[str, Any]) -> Choice:
    """The kinds for an attribute."""
    types: dict[str, int] = seen.get("types") or {}
    types = {key: count for key, count in types.items() if key != "NoneType" and count}
    present, none = seen["present"], seen["none"]
    held = present - none
    nullable = none > 0
    exact = [
        row for row in seen.get("exact") or [] if row["name"] not in ("NoneType", "types.NoneType")
    ]
    extends = [row for row in exact if row.get("extends")]

    def reference(
        annotation: str,
        remarks: list[str],
        reasons: list[tuple[str, str]],
        tight: Kind | None = None,
    ) -> Choice:
        return Choice(
            Kind("object", annotation, nullable and annotation not in ("object", "Any")),
            tight,
            remarks,
            reasons,
        )

    if not held:
        return reference("object", [], [])
    if extends:
        kinds = ", ".join(f"{row['name']} (a {row['extends']})" for row in extends[:2])
        return reference(
            _spelled(exact),
            [],
            [
                (
                    "subclass",
                    f"`{name}` holds {kinds}: a packed field would keep the plain value, so it "
                    "stays a reference",
                )
            ],
        )
    if len(types) > 1:
        return _mixed(name, types, held, nullable, exact)
    only = next(iter(types), "")
    if only == "int":
        return _integers(name, seen, nullable)
    if only == "float":
        tight = None
        if seen.get("float32_exact") == held and not seen.get("nan"):
            tight = Kind("float32", "float32", nullable, True)
        return Choice(Kind("float", "float", nullable, True), tight, [], [])
    if only == "bool":
        return Choice(Kind("bool", "bool", nullable, True), None, [], [])
    if only == "str":
        return _texts(seen, held, nullable)
    if only == "bytes":
        return Choice(Kind("bytes", "bytes", nullable), None, [], [])
    if only in CLASSES:
        return Choice(Kind(CLASSES[only], only, nullable, True), None, [], [])
    if only == "datetime.datetime":
        return reference(
            only,
            [f"`{name}: datetime.datetime` takes 8 bytes if all are naive or UTC"],
            [],
            Kind("datetime", only, nullable, True),
        )
    if exact and exact[0].get("enum"):
        members = exact[0]["enum"]
        if exact[0].get("flag"):
            return Choice(Kind("flag", exact[0]["qualname"], nullable, True, 256), None, [], [])
        return Choice(Kind("choice", exact[0]["qualname"], nullable, True, members), None, [], [])
    return reference(_spelled(exact) if exact else only or "object", [], [])


def _spelled(exact: list[dict[str, Any]]) -> str:
    if len(exact) != 1:
        return "object"
    row = exact[0]
    plain = row["module"] in ("builtins", "types") and row["qualname"] in (
        "list",
        "dict",
        "set",
        "tuple",
        "frozenset",
        "bytearray",
        "complex",
    )
    if plain or (row.get("heap") and "<locals>" not in row["qualname"]):
        return str(row["qualname"])
    return "object"


def _mixed(
    name: str, types: dict[str, int], held: int, nullable: bool, exact: list[dict[str, Any]]
) -> Choice:
    listed = ", ".join(
        f"{100 * count / held:.3g} % {_short(key)}"
        for key, count in sorted(types.items(), key=lambda pair: -pair[1])[:3]
    )
    more = ", ..." if len(types) > 3 else ""
    if set(types) == {"int", "float"}:
        return Choice(
            Kind("object", "object"),
            Kind("float", "float", nullable, True),
            [],
            [("mixed", f"`{name}` holds {listed}: it stays a reference")],
        )
    if set(types) == {"int", "bool"}:
        return Choice(
            Kind("object", "object"),
            Kind("int", "int", nullable, True),
            [],
            [("mixed", f"`{name}` holds {listed}: it stays a reference")],
        )
    packable = {"int", "float", "bool", "str"} & set(types)
    reasons = (
        [("mixed", f"`{name}` holds {listed}{more}: it stays a reference")] if packable else []
    )
    return Choice(Kind("object", "object"), None, [], reasons)


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _integers(name: str, seen: dict[str, Any], nullable: bool) -> Choice:
    safe = Kind("int", "int", nullable, True)
    low, high = seen.get("int_min"), seen.get("int_max")
    if seen.get("big_ints"):
        return Choice(
            safe,
            None,
            [f"`{name}` has {seen['big_ints']:,} integers beyond 63 bits, which stay objects"],
            [],
        )
    if low is None or high is None:
        return Choice(safe, None, [], [])
    for kind, least, most in INT_KINDS:
        if least <= low and high <= most:
            if WIDTHS[kind] >= 8:
                return Choice(safe, None, [], [])
            # The range is told by `tighter`.
            return Choice(safe, Kind(kind, kind, nullable, True), [], [])
    return Choice(safe, None, [], [])


def _texts(seen: dict[str, Any], held: int, nullable: bool) -> Choice:
    owned, total = seen.get("owned_bytes") or 0, seen.get("text_utf8_total") or 0
    distinct, capped = seen.get("distinct") or 0, bool(seen.get("distinct_capped"))
    tight = None
    repeats = not capped and distinct and held / distinct >= REPEATS and distinct < CATEGORIES
    if repeats:
        tight = Kind("category", "category", nullable, True)
    # The pointer goes; an end offset and half a step of rounding come.
    gain = (owned - total) / held - 2 + 8 - 4
    if gain >= UTF8_WINS:
        return Choice(Kind("utf8", "utf8", nullable, True), tight, [], [])
    return Choice(Kind("str", "str", nullable), tight, [], [])


def tighter(seen: dict[str, Any], kind: Kind) -> str:
    """What was seen that a tight kind would hold, in a few words."""
    if kind.name in WIDTHS and "int" in kind.name and seen.get("int_min") is not None:
        return f"{seen['int_min']:,} to {seen['int_max']:,}"
    if kind.name == "float32":
        return "all exact"
    if kind.name == "category":
        distinct = seen.get("distinct") or 0
        some = ", ".join(repr(value) for value in list(seen.get("values") or {})[:3])
        texts = "one text" if distinct == 1 else f"{distinct:,} texts"
        return f"{texts}: {some}" if some and distinct <= 3 else texts
    if kind.name == "float":
        return "ints become floats"
    if kind.name == "int":
        return "bools become ints"
    return ""


# ---- for a scratch class ----


def annotation_of(kind: Kind) -> Any:
    """An annotation that is stored as this kind is, for a class made only to be measured."""
    import cslots

    found: Any
    plain: dict[str, Any] = {
        "object": object,
        "int": int,
        "float": float,
        "bool": bool,
        "str": str,
        "bytes": bytes,
    }
    if kind.name in plain:
        found = plain[kind.name]
    elif kind.name == "flag":
        found = cslots.uint8
    elif kind.name == "choice":
        count = max(2, kind.choices)
        found = Literal[tuple(range(count))] if count <= 256 else cslots.uint16
    elif hasattr(cslots, kind.name):
        found = getattr(cslots, kind.name)
    else:
        module, _, name = str(ROWS[kind.name]["python"]).rpartition(".")
        found = getattr(importlib.import_module(module), name)
    return found | None if kind.nullable and kind.name != "object" else found


def column_bytes(kind: Kind) -> float:
    """Bytes of a row in a column of a pool; of a text its view, which holds up to 12 bytes."""
    null = 0.125 if kind.nullable else 0.0
    if kind.name == "bool":
        return 1 + null
    if kind.name == "utf8":
        return 16 + null
    if kind.name in ("choice", "flag"):
        return (1 if kind.choices <= 256 else 2) + null
    return WIDTHS.get(kind.name, 8) + (null if kind.packed else 0)
