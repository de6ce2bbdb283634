"""The verdict on a class: what each form saves, how sure that is, and why not.

reasons    level     meaning
           stops     this form is impossible as the class stands
           breaks    some code of the program must change first
           care      works, if the conversion minds it
           note      good to know

confidence high      nothing above `note`          medium    some `care`
           low       something breaks              none      no form is possible
"""

from __future__ import annotations

import keyword
from typing import Any

from . import forms, suggest
from .facts import PICKLING, file_of
from .kinds import Choice, choose, tighter
from .moment import class_bytes
from .source import ClassSource, Sources, Use
from .words import listed, percent, size

WORTH_BYTES = 1_000_000  # a class that saves less ...
WORTH_SHARE = 0.01  # ... than this of the resident memory is not worth a change
FEW = 1000  # objects
BAG = 60  # attributes; beyond, a class whose objects differ much is no record

# What they are says it all.
FINISHED = (
    "builtin",
    "extension",
    "struct",
    "enum",
    "metaclass",
    "msgspec",
)
LEVELS = ("stops", "breaks", "care", "note")
Reason = dict[str, Any]


def reason(
    code: str, level: str, text: str, forms: tuple[str, ...] = ("slots", "struct"), where: Any = ()
) -> Reason:
    return {
        "code": code,
        "level": level,
        "text": text,
        "forms": list(forms),
        "where": [str(place) for place in where],
    }


def judge(row: dict[str, Any], rss: int | None, sources: Sources | None) -> dict[str, Any]:
    """A class of a report: the row of the census with the verdict added.

    Sources take time and memory to read; without them, the objects alone decide.
    """
    found = dict(row)
    found["now"] = class_bytes(row) + forms.overhead_now(row)
    facts = row["class"]
    if facts is None:
        found.update(
            forms={},
            reasons=[],
            remarks=[],
            confidence="none",
            advice="none",
            saves=0,
            code={},
            source=None,
        )
        return found
    family: list[tuple[str, ClassSource]] = []
    if sources is not None:
        family = [
            (name, source)
            for module, name in facts["family"]
            if (source := sources.find(file_of(module), name))
        ]
    text = family[0][1] if family and family[0][0] == facts["qualname"] else None
    n = row["objects"]
    generated = is_generated(row, text)
    choices = {name: choose(name, seen) for name, seen in row["attributes"].items()}
    reasons = hard_limits(row)
    if facts["kind"] not in FINISHED:
        reasons += of_attributes(row, choices)
        reasons += of_class(row)
        if sources is not None:
            reasons += of_source(row, family, sources)
    stopped = {form for item in reasons if item["level"] == "stops" for form in item["forms"]}
    shapes = forms.all_of(row, choices, generated) if choices else {}
    found["forms"] = {
        name: {
            "bytes": form.bytes,
            "saves": found["now"] - form.bytes,
            "object": round(form.object, 1),
            "tracked": form.tracked,
        }
        for name, form in shapes.items()
        if form is not None
        and (
            (name == "slots" and "slots" not in stopped)
            or (name != "slots" and "struct" not in stopped)
        )
    }
    if choices and shapes.get("struct") is None and "struct" not in stopped:
        reasons.append(
            reason(
                "fields", "stops", "cslots cannot lay out a class with these fields", ("struct",)
            )
        )
    remarks = (
        [remark for choice in choices.values() for remark in choice.remarks]
        if "struct" in found["forms"]
        else []
    )
    struct = shapes.get("struct")
    if "struct" in found["forms"] and struct is not None and not struct.tracked and facts["gc"]:
        remarks.append("as a Struct its objects are not tracked by the garbage collector")
    empty = [
        name
        for name, seen in row["attributes"].items()
        if seen["present"] and seen["none"] == seen["present"]
    ]
    if empty and n > 1:
        remarks.append(f"always None: {listed(empty)}")
    still = [name for name, seen in row["attributes"].items() if seen.get("unchanged")]
    if (
        still
        and len(still) == len(row["attributes"])
        and not facts["frozen"]
        and "struct" in found["forms"]
    ):
        remarks.append("no attribute changed between two looks: frozen=True may do")
    remarks += _tight(row, choices, found["forms"])
    advice, saves = _advice(found["forms"])
    small = saves < WORTH_BYTES or (rss is not None and saves < WORTH_SHARE * rss)
    if advice != "none" and small:
        few = f" ({n:,} objects)" if n < FEW else ""
        reasons.append(
            reason("small", "note", f"it saves {size(max(saves, 0))}{few}: not worth a change")
        )
        advice = "leave"
    if not found["forms"]:
        found["confidence"] = "none"
    else:
        found["confidence"] = _confidence(reasons, "struct" if advice == "struct" else "slots")
    reasons.sort(key=lambda item: LEVELS.index(item["level"]))
    found.update(
        reasons=reasons,
        remarks=remarks,
        advice=advice,
        saves=saves if advice in ("struct", "slots") else 0,
    )
    found["possible"] = max(
        (form["saves"] for name, form in found["forms"].items() if name in ("slots", "struct")),
        default=0,
    )
    found["kinds"] = {
        name: {
            "safe": choice.safe.text,
            "kind": choice.safe.name,
            "packed": choice.safe.packed,
            "tight": choice.tight.text if choice.tight else None,
        }
        for name, choice in choices.items()
    }
    found["source"] = {"file": text.file, "line": text.line} if text else None
    found["generated"] = generated
    found["code"] = suggest.code(found, choices, text) if found["forms"] else {}
    return found


def _tight(row: dict[str, Any], choices: dict[str, Choice], shapes: dict[str, Any]) -> list[str]:
    """One sentence about the kinds that would be tighter."""
    struct, tight = shapes.get("struct"), shapes.get("tight")
    if not struct or not tight or tight["bytes"] >= struct["bytes"]:
        return []
    words = []
    for name, choice in choices.items():
        if choice.tight:
            seen = tighter(row["attributes"][name], choice.tight)
            words.append(f"{name}: {choice.tight.text}" + (f" ({seen})" if seen else ""))
    return [f"with tight kinds {size(tight['bytes'])}: {listed(words, 16)}"]


def is_generated(row: dict[str, Any], text: ClassSource | None) -> bool:
    """Would the Struct have the generated constructor?

    In dataclasses, and where `__init__` only stores its parameters.
    """
    facts = row["class"]
    if "__new__" in facts["hooks"]:
        return False
    if facts["kind"] == "dataclass":
        return bool(facts["options"].get("init", True))
    return (
        text is not None and text.stores is not None and set(text.stores) == set(row["attributes"])
    )


def _advice(shapes: dict[str, Any]) -> tuple[str, int]:
    """The form to take, and what it saves.

    A Struct has to be a tenth smaller than slots to be worth the dependency.
    """
    slots, struct = shapes.get("slots"), shapes.get("struct")
    if struct and (not slots or struct["bytes"] < slots["bytes"] * 0.9) and struct["saves"] > 0:
        return "struct", int(struct["saves"])
    if slots and slots["saves"] > 0:
        return "slots", int(slots["saves"])
    return "none", 0


def _confidence(reasons: list[Reason], form: str) -> str:
    levels = {item["level"] for item in reasons if form in item["forms"]}
    return "low" if "breaks" in levels else "medium" if "care" in levels else "high"


def relatives(rows: list[dict[str, Any]], rss: int | None) -> None:
    """Classes of one base that save little each, and enough together, are advised together.

    It is the base that has to be converted.
    """
    families: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        bases = [
            base
            for base in (row["class"] or {}).get("bases", ())
            if base["heap"] and not base["interface"] and base["slots"] is None
        ]
        root = bases[-1]["name"] if bases else row["name"]
        if row["advice"] in ("leave", "struct", "slots"):
            families.setdefault(root, []).append(row)
    for root, members in families.items():
        together = sum(row["possible"] for row in members)
        small = [
            row for row in members if row["advice"] == "leave" and row["possible"] > 0.02 * together
        ]
        if (
            len(members) < 2
            or not small
            or together < WORTH_BYTES
            or (rss is not None and together < WORTH_SHARE * rss)
        ):
            continue
        for row in small:
            row["advice"], row["saves"] = _advice(row["forms"])
            row["reasons"] = [item for item in row["reasons"] if item["code"] != "small"]
            row["reasons"].append(
                reason("relatives", "note", f"with its relatives, under {root}, {size(together)}")
            )
            row["confidence"] = _confidence(row["reasons"], row["advice"])


# ---- reasons ----


def hard_limits(row: dict[str, Any]) -> list[Reason]:
    """What makes a form impossible, whatever the source says."""
    facts = row["class"]
    kind, solid = facts["kind"], facts["solid"]
    found = []
    both = ("slots", "struct")
    if kind in ("builtin", "extension"):
        return [reason("extension", "stops", "it is a type of C code, not a class statement", both)]
    if kind == "struct":
        return [reason("struct", "stops", "it is a Struct already", both)]
    if kind == "enum":
        return [reason("enum", "stops", "its objects are members of an Enum", both)]
    if kind == "metaclass":
        return [reason("metaclass", "stops", "its objects are classes", both)]
    if kind == "msgspec":
        return [
            reason(
                "msgspec",
                "stops",
                "it is a msgspec.Struct: gc=False is what it can save there",
                both,
            )
        ]
    if kind == "pydantic":
        found.append(
            reason(
                "pydantic",
                "stops",
                "it is a pydantic model, which keeps its fields in a dict",
                both,
            )
        )
    if kind == "namedtuple":
        found.append(
            reason(
                "namedtuple", "stops", "it is a tuple: a Struct has no indexing and unpacking", both
            )
        )
    if kind == "exception":
        found.append(
            reason("exception", "stops", "it is an exception, whose base has a dict", both)
        )
    elif solid != "object" and kind not in ("namedtuple",):
        found.append(
            reason(
                "base",
                "stops",
                f"its objects are of the built-in type {solid} inside: it cannot be a Struct",
                ("struct",),
            )
        )
        if facts["solid_items"]:
            found.append(
                reason(
                    "base",
                    "stops",
                    f"a class that extends {solid} cannot have non-empty __slots__",
                    ("slots",),
                )
            )
        if facts["solid_dict"]:
            found.append(reason("base", "stops", f"{solid} has a dict itself", ("slots",)))
    if not row["has_dict"] and kind in ("plain", "dataclass", "attrs"):
        found.append(reason("slotted", "stops", "it has __slots__ already", ("slots",)))
    names = list(row["attributes"])
    odd = [name for name in names if not name.isidentifier() or keyword.iskeyword(name)]
    if odd:
        found.append(
            reason(
                "names", "stops", f"attributes whose names are no identifiers: {listed(odd)}", both
            )
        )
    dunder = [name for name in names if name.startswith("__") and name.endswith("__")]
    if dunder:
        found.append(
            reason(
                "names",
                "stops",
                f"attributes with names of Python's own: {listed(dunder)}",
                ("struct",),
            )
        )
    present = sum(seen["present"] for seen in row["attributes"].values()) / max(1, row["objects"])
    if len(names) > BAG and present < 0.5 * len(names):
        found.append(
            reason(
                "bag",
                "stops",
                f"its objects have {len(names):,} different attributes, {present:.1f} each: a "
                "namespace, no record",
                both,
            )
        )
    if not names and row["objects"]:
        found.append(reason("empty", "stops", "its objects have no attributes", ("struct",)))
    return found


def of_attributes(row: dict[str, Any], choices: dict[str, Choice]) -> list[Reason]:
    n = row["objects"]
    found = []
    some = {
        name: seen["present"] for name, seen in row["attributes"].items() if seen["present"] < n
    }
    if some:
        words = [
            f"{name} ({percent(count, n)})"
            for name, count in sorted(some.items(), key=lambda pair: -pair[1])
        ]
        found.append(
            reason(
                "some",
                "care",
                f"only some objects have {listed(words)}: declare them too; others may exist that "
                "this run never set",
            )
        )
    level = {"mixed": "note", "subclass": "note"}
    for choice in choices.values():
        for code, text in choice.reasons:
            found.append(reason(code, level[code], text, ("struct",)))
    return found


def of_class(row: dict[str, Any]) -> list[Reason]:
    """What the class itself shows: hooks, bases, defaults, weak references."""
    facts = row["class"]
    found = []
    both = ("slots", "struct")
    if row["weakrefs"]:
        found.append(
            reason(
                "weakref",
                "note",
                f"{row['weakrefs']:,} objects have weak references: weakref=True, or "
                "'__weakref__' among the slots",
            )
        )
    if facts["cached"]:
        names = listed(facts["cached"])
        found.append(
            reason(
                "cached_property",
                "breaks",
                f"functools.cached_property {names} needs a dict",
                ("slots",),
            )
        )
        found.append(
            reason(
                "cached_property",
                "care",
                f"functools.cached_property {names}: declare a field of that name",
                ("struct",),
            )
        )
    pickling = [name for name in PICKLING if name in facts["hooks"]]
    if pickling:
        found.append(
            reason(
                "pickle",
                "care",
                f"{listed(pickling)}: its pickling expects the old state; try a round trip",
                both,
            )
        )
    access = [
        name
        for name in ("__getattr__", "__getattribute__", "__setattr__", "__delattr__")
        if name in facts["hooks"]
    ]
    if access and facts["kind"] not in ("dataclass", "attrs"):
        found.append(
            reason(
                "hooks",
                "care",
                f"{listed(access)} in {facts['hooks'][access[0]]}: look whether it keeps "
                "attributes by itself",
                both,
            )
        )
    copying = [name for name in ("__copy__", "__deepcopy__") if name in facts["hooks"]]
    if copying:
        found.append(
            reason("copy", "note", f"{listed(copying)}: look whether it fills a __dict__", both)
        )
    if facts["metaclass"] and not facts["abstract"]:
        found.append(
            reason(
                "metaclass",
                "stops",
                f"its metaclass {facts['metaclass']} cannot be that of a Struct",
                ("struct",),
            )
        )
        found.append(
            reason(
                "metaclass",
                "care",
                f"its metaclass {facts['metaclass']} sees the class being made",
                ("slots",),
            )
        )
    elif facts["metaclass"] and facts["metaclass"] not in ("abc.ABCMeta", "typing._ProtocolMeta"):
        found.append(
            reason(
                "metaclass",
                "stops",
                f"its metaclass {facts['metaclass']} is one of its own",
                ("struct",),
            )
        )
    found += _of_bases(row)
    if row["dict_bytes"] > 200 * row["objects"]:
        each = row["dict_bytes"] / row["objects"]
        found.append(
            reason(
                "own dicts",
                "note",
                f"each object has a dict of its own ({each:.0f} bytes): attributes are set from "
                "outside or in varying order",
            )
        )
    if facts["class_values"]:
        names = listed(facts["class_values"])
        found.append(
            reason(
                "default",
                "care",
                f"the class has values for {names} too: __slots__ refuses such names",
                ("slots",),
            )
        )
        found.append(
            reason(
                "default",
                "note",
                f"the class has values for {names}: they become defaults of the fields",
                ("struct",),
            )
        )
    if facts["shadowed"]:
        found.append(
            reason(
                "method",
                "breaks",
                "objects have attributes named like methods of the class: "
                f"{listed(facts['shadowed'])}",
                both,
            )
        )
    if facts["patched"]:
        found.append(
            reason(
                "patched",
                "care",
                f"another module put {listed(facts['patched'])} onto the class",
                both,
            )
        )
    return found


def _of_bases(row: dict[str, Any]) -> list[Reason]:
    facts = row["class"]
    top = facts["module"].partition(".")[0]
    found = []
    open_bases = [
        base
        for base in facts["bases"]
        if base["heap"] and base["slots"] is None and not base["interface"] and not base["struct"]
    ]
    if not row["has_dict"]:
        open_bases = []
    if (
        row["has_dict"]
        and facts["own_slots"] is not None
        and "__dict__" not in (facts["own_slots"] or [])
    ):
        blame = [base["name"] for base in facts["bases"] if base["slots"] is None and base["dict"]]
        if blame:
            found.append(
                reason(
                    "idle slots",
                    "care",
                    f"its __slots__ does nothing: {listed(blame)} "
                    f"{'has' if len(blame) == 1 else 'have'} a __dict__",
                )
            )
    mine = [base["name"] for base in open_bases if base["name"].partition(".")[0] == top]
    foreign = [base["name"] for base in open_bases if base["name"].partition(".")[0] != top]
    if mine:
        others = sorted(
            {sub for base in open_bases for sub in base["subclasses"]} - {facts_name(facts), *mine}
        )
        also = f"; from these derive, too: {listed(others, 3)}" if others else ""
        found.append(
            reason(
                "bases",
                "care",
                f"convert {listed(mine)} as well: a base without slots brings the dict back{also}",
            )
        )
    if foreign:
        found.append(
            reason(
                "bases", "breaks", f"{listed(foreign)} (of another package) brings the dict back"
            )
        )
    with_fields = [base["name"] for base in facts["bases"] if base["fields"] and base["heap"]]
    if len(with_fields) > 1 and row["has_dict"]:
        found.append(
            reason(
                "layout", "note", f"several bases with slots ({listed(with_fields)})", ("slots",)
            )
        )
    if facts["subclasses"] and row["has_dict"]:
        found.append(
            reason(
                "subclasses",
                "note",
                "its subclasses need slots too, or they keep their dict: "
                f"{listed(facts['subclasses'])}",
            )
        )
    return found


def facts_name(facts: dict[str, Any]) -> str:
    return f"{facts['module']}.{facts['qualname']}"


def of_source(
    row: dict[str, Any], family: list[tuple[str, ClassSource]], sources: Sources
) -> list[Reason]:
    facts = row["class"]
    found = []
    name = facts["qualname"].rpartition(".")[2]
    uses: list[Use] = [use for _, source in family for use in source.dict_uses]
    if uses and facts["kind"] != "struct":
        found.append(
            reason(
                "dict",
                "breaks",
                f"its methods use {listed([f'{use.text} ({use.where()})' for use in uses], 3)}: "
                "there is no __dict__ any more",
                where=[f"{use.file}:{use.line}" for use in uses],
            )
        )
    dynamic = [use for _, source in family for use in source.dynamic]
    if dynamic:
        found.append(
            reason(
                "setattr",
                "care",
                f"{listed([f'{use.text} ({use.where()})' for use in dynamic], 3)}: attributes "
                "that this run never set would be refused",
                where=[f"{use.file}:{use.line}" for use in dynamic],
            )
        )
    late: dict[str, str] = {}
    first = {
        attribute for _, source in family for attribute in (*source.in_init, *source.annotations)
    }
    for _, source in family:
        for attribute, (method, line) in source.elsewhere.items():
            if attribute in row["attributes"] and attribute not in first:
                late.setdefault(attribute, f"{attribute} in {method}(), line {line}")
    known = first | set(late)
    package = sources.package(facts["module"])
    missing = (
        [attribute for attribute in row["attributes"] if attribute not in known] if family else []
    )
    outside: dict[str, Use] = {}
    if missing and not uses and not dynamic:
        for file in package:
            for attribute, use in file.outside(missing).items():
                outside.setdefault(attribute, use)
    if late:
        found.append(
            reason(
                "late",
                "note",
                f"set after __init__: {listed(list(late.values()), 4)}: declare them too",
            )
        )
    if outside:
        words = [f"{attribute} ({use.where()})" for attribute, use in outside.items()]
        found.append(
            reason(
                "late",
                "care",
                f"set from outside of the class: {listed(words, 4)}: declare them too",
            )
        )
    elsewhere = [use for file in package for kind, use in file.uses() if kind == "dict"]
    if elsewhere and row["has_dict"]:
        words = [f"{use.text} ({use.where()})" for use in elsewhere]
        found.append(
            reason(
                "dict elsewhere",
                "note",
                f"its package uses the __dict__ of objects: {listed(words, 3)}: of these too?",
                where=[f"{use.file}:{use.line}" for use in elsewhere[:20]],
            )
        )
    classed = [use for file in package for kind, use in file.uses() if kind == "class"]
    if classed:
        found.append(
            reason(
                "__class__",
                "note",
                "its package assigns __class__: "
                f"{listed([f'{use.text} ({use.where()})' for use in classed], 3)}",
            )
        )
    patches = [use for file in package for use in file.patches(name)]
    if patches:
        found.append(
            reason(
                "patched",
                "note",
                "changed after it was made: "
                f"{listed([f'{use.text} ({use.where()})' for use in patches], 3)}",
            )
        )
    return found
