"""The ways to write a class of a few fields, as the source text a user would write.

A contestant turns a workload into source. With `value=True` the source gives the class `==` and
`hash()` by value (the plain classes write out by hand what dataclasses generate). Sources are
executed in the measuring process only, so a class that cannot be made is that row's failure and
nobody else's.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import NamedTuple

from .workloads import Workload

METHOD = """\
    def nothing(self):
        pass
    @property
    def itself(self):
        return self
"""


class Contestant(NamedTuple):
    id: str
    label: str
    needs: str  # the module without which this one is skipped
    source: Callable[[Workload, bool], str]
    # Or "index": o[2] instead of o.email; or "pool": as "attribute", kept in a Pool.
    style: str = "attribute"
    mutable: bool = True
    keywords: bool = True
    methods: bool = True
    demo: bool = True

    def missing(self) -> str | None:
        """Why this one cannot be measured here, or None."""
        try:
            found = not self.needs or importlib.util.find_spec(self.needs) is not None
        except (ImportError, ValueError):
            found = False
        if found:
            return None
        package = self.needs.partition(".")[0]
        return "cslots is not built here" if package == "cslots" else f"{package} is not installed"


def _by_hand(w: Workload, value: bool, slots: bool) -> str:
    names = w.field_names
    lines = [f"class {w.name}:"]
    if slots:
        lines.append(f"    __slots__ = {names!r}")
    lines.append(f"    def __init__(self, {', '.join(names)}):")
    lines += [f"        self.{n} = {n}" for n in names]
    if value:
        lines.append("    def __eq__(self, other):")
        lines.append("        if other.__class__ is self.__class__:")
        lines.append("            return " + " and ".join(f"self.{n} == other.{n}" for n in names))
        lines.append("        return NotImplemented")
        lines.append("    def __hash__(self):")
        lines.append(f"        return hash(({', '.join(f'self.{n}' for n in names)},))")
    return "\n".join(lines) + "\n" + METHOD


def annotated(w: Workload, head: str, packed: bool = False) -> str:
    fields = "".join(f"    {f.name}: {f.packed if packed else f.builtin}\n" for f in w.fields)
    return f"{head}\n{fields}{METHOD}"


def plain(w: Workload, value: bool) -> str:
    return _by_hand(w, value, slots=False)


def slots(w: Workload, value: bool) -> str:
    return _by_hand(w, value, slots=True)


def dataclass(w: Workload, value: bool) -> str:
    options = "(unsafe_hash=True)" if value else ""
    return annotated(w, f"from dataclasses import dataclass\n@dataclass{options}\nclass {w.name}:")


def dataclass_slots(w: Workload, value: bool) -> str:
    options = "slots=True, unsafe_hash=True" if value else "slots=True"
    return annotated(
        w, f"from dataclasses import dataclass\n@dataclass({options})\nclass {w.name}:"
    )


def namedtuple(w: Workload, value: bool) -> str:
    return annotated(w, f"from typing import NamedTuple\nclass {w.name}(NamedTuple):")


def bare_tuple(w: Workload, value: bool) -> str:
    return f"{w.name} = tuple\n"


def attrs(w: Workload, value: bool) -> str:
    options = "(unsafe_hash=True)" if value else ""
    return annotated(w, f"from attrs import define\n@define{options}\nclass {w.name}:")


def msgspec(w: Workload, value: bool) -> str:
    options = ", frozen=True" if value else ""
    return annotated(w, f"from msgspec import Struct\nclass {w.name}(Struct{options}):")


def msgspec_nogc(w: Workload, value: bool) -> str:
    options = ", frozen=True" if value else ""
    return annotated(w, f"from msgspec import Struct\nclass {w.name}(Struct, gc=False{options}):")


def recordclass(w: Workload, value: bool) -> str:
    options = ", hashable=True" if value else ""
    return annotated(w, f"from recordclass import dataobject\nclass {w.name}(dataobject{options}):")


def struct(w: Workload, value: bool) -> str:
    options = ", unsafe_hash=True" if value else ""
    return annotated(w, f"from cslots import Struct\nclass {w.name}(Struct{options}):")


def struct_packed(w: Workload, value: bool) -> str:
    options = ", unsafe_hash=True" if value else ""
    names = ", ".join(("Struct", *w.packed_kinds))
    return annotated(
        w, f"from cslots import {names}\nclass {w.name}(Struct{options}):", packed=True
    )


def decorated_packed(w: Workload, value: bool) -> str:
    options = "(unsafe_hash=True)" if value else ""
    names = ", ".join(("dataclass", *w.packed_kinds))
    return annotated(
        w, f"from cslots import {names}\n@dataclass{options}\nclass {w.name}:", packed=True
    )


CONTESTANTS = {
    c.id: c
    for c in (
        Contestant("plain", "plain class", "", plain),
        Contestant("slots", "__slots__", "", slots),
        Contestant("dataclass", "dataclass", "", dataclass, demo=False),
        Contestant("dataclass-slots", "dataclass(slots)", "", dataclass_slots),
        Contestant("namedtuple", "NamedTuple", "", namedtuple, mutable=False, demo=False),
        Contestant(
            "tuple",
            "tuple",
            "",
            bare_tuple,
            "index",
            mutable=False,
            keywords=False,
            methods=False,
            demo=False,
        ),
        Contestant("attrs", "attrs", "attrs", attrs),
        Contestant("msgspec", "msgspec", "msgspec", msgspec),
        Contestant("msgspec-nogc", "msgspec gc=False", "msgspec", msgspec_nogc),
        Contestant("recordclass", "recordclass", "recordclass", recordclass),
        Contestant("struct", "Struct, builtins", "cslots._core", struct),
        Contestant("struct-packed", "Struct, packed", "cslots._core", struct_packed),
        Contestant("pool", "Pool, packed", "cslots._core", struct_packed, "pool"),
        Contestant(
            "decorated-packed", "dataclass, packed", "cslots._core", decorated_packed, demo=False
        ),
    )
}
