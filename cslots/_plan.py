"""The plan of a class: everything that the class statement says, decided and checked before the class exists.

    class statement -> plan(name, bases, namespace, keywords) -> Plan -> the metatype lays the class out and makes it

Nothing here touches memory, and nothing in the C part reads an annotation. In order: options, bases, fields (of the body,
then joined to the inherited ones), defaults, hash, garbage collection. All errors name the class, and the field where
there is one.
"""

from __future__ import annotations

import sys
from types import FunctionType, MemberDescriptorType

from . import _core
from ._cycles import tracking
from ._field import MISSING, SELF, Field, from_dataclasses
from ._interop import STRUCT_PARAMS, Fields
from ._kinds import Meaning, meaning_of
from ._scope import Scope, annotations_of
from ._travel import travelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    Namespace: TypeAlias = dict[str, Any]

__all__ = [
    "OPTIONS",
    "POINTERS",
    "Plan",
    "check_conflict",
    "check_plain_base",
    "declarer_of",
    "in_words",
    "is_cached_property",
    "is_data_descriptor",
    "is_parent",
    "lay_over",
    "mangled",
    "may_follow",
    "plan",
    "resolve_deferred",
    "slots_of",
    "with_none",
]

# Class options and their defaults, in the order in which errors list them.
OPTIONS: dict[str, bool | None] = {
    "frozen": False,
    "eq": True,
    "order": False,
    "unsafe_hash": False,
    "kw_only": False,
    "repr": True,
    "match_args": True,
    "weakref": False,
    "dict": False,
    "gc": None,
}
_FOR_LIFE = ("weakref", "dict")  # what a base's objects have, a subclass's objects have

_HEAP_TYPE = 1 << 9  # of type.__flags__
_OBJECT = Meaning("object")
POINTERS = frozenset({"object", "deferred", "str", "bytes", "struct"})
# Defaults of these types need no closer look: neither mutable, nor a method, nor a Field.
_PLAIN = frozenset({type(None), bool, int, float, str, bytes, tuple})


class Plan:
    """What the metatype needs to know to make a class.

    name        of the class
    fields      every Field in the order of the constructor, inherited ones first; InitVars have the kind "initvar"
    own_fields  the names declared in this class body
    namespace   for type.__new__: no defaults of fields, `__slots__` empty, `__match_args__` and `__hash__` as decided
    keywords    class keywords that are no options, for __init_subclass__
    abstract    the class body has abstract methods
    bases       for type.__new__: as written, but with Struct behind all mixins
    behind      classes whose `__init__` the class does not take, since it has them behind Struct
    tracked     objects need a GC header; `reason` says why or why not
    hash_mode   "value": hash of the fields; "identity"; "none": unhashable; "user": a `__hash__` written by hand
    extends     its objects are larger than those of its bases, or hold more
    style       "struct"; "dataclass": decorated; "subclass": derives from a decorated class, and is not decorated itself
    typed       kinds are those of the annotations; False: all fields are plain references
    params      of the decorator, as given
    declared    the Fields of a decorated class body, ClassVars included
    raw         what the class body says under `__slots__`, and a "subclass" body under the names of inherited fields
    install     the methods that a decorated class gets; `remove`: the names that leave its dict first
    frozen, eq, order, unsafe_hash, kw_only, repr, match_args, weakref, dict, gc    the options, inherited ones included
    """

    __slots__ = (
        *OPTIONS,
        "abstract",
        "bases",
        "behind",
        "declared",
        "extends",
        "fields",
        "hash_mode",
        "install",
        "keywords",
        "name",
        "namespace",
        "own_fields",
        "params",
        "raw",
        "reason",
        "remove",
        "style",
        "tracked",
        "typed",
    )
    if TYPE_CHECKING:
        frozen: bool
        eq: bool
        order: bool
        unsafe_hash: bool
        kw_only: bool
        repr: bool
        match_args: bool
        weakref: bool
        dict: bool
        gc: bool | None
        abstract: bool
        bases: tuple[type, ...]
        behind: tuple[type, ...]
        extends: bool
        fields: tuple[Field, ...]
        hash_mode: str
        keywords: Mapping[str, Any]
        name: str
        namespace: Namespace
        own_fields: tuple[str, ...]
        reason: str
        tracked: bool
        style: str
        typed: bool
        params: Mapping[str, Any]
        declared: tuple[Field, ...]
        raw: Namespace
        install: tuple[str, ...]
        remove: tuple[str, ...]

    def __init__(self) -> None:
        self.style = "struct"
        self.typed = True
        self.raw = {}
        self.bases = self.behind = ()
        self.abstract = False

    def __repr__(self) -> str:
        return f"<plan of {self.name}: {', '.join(field.name for field in self.fields)}>"


def plan(
    name: str, bases: tuple[type, ...], namespace: Namespace, keywords: dict[str, Any]
) -> Plan:
    """The Plan of a class statement. Raises TypeError or ValueError for a class that cannot be.

    name, bases, namespace   as type() takes them
    keywords                 the keywords of the class statement: options, and what __init_subclass__ takes
    """
    parents = [base for base in bases if is_parent(base)]
    made = Plan()
    made.bases = written = bases
    made.abstract = any(
        getattr(value, "__isabstractmethod__", False) is True
        for value in namespace.values()
        if hasattr(type(value), "__get__")
    )
    if parents and not any(issubclass(base, _core.Struct) for base in parents):
        if keywords and not _takes_keywords(bases):
            raise TypeError(
                f"{name}.__init_subclass__() takes no keyword arguments, got {next(iter(keywords))!r}"
            )
        from ._subclass import plan_subclass

        return plan_subclass(made, name, bases, namespace, keywords)
    if "__attrs_attrs__" in namespace:  # attrs makes a second class, with slots
        raise TypeError(
            f"{name}: is a Struct already, and its fields are what its class statement says; leave the decorator out"
        )
    made.name = name
    made.keywords = _set_options(made, parents, bases, keywords)
    made.namespace = kept = dict(namespace)
    scope = Scope(name, namespace, sys._getframe().f_back)
    annotations = annotations_of(namespace, scope)
    if not isinstance(annotations, dict):
        raise TypeError(f"{name}: __annotations__ must be a dict, got {type(annotations).__name__}")
    for key in annotations:
        if not isinstance(key, str):
            raise TypeError(
                f"{name}: the name of a field must be a str, got {type(key).__name__} {key!r}"
            )
    slots = _names_in_slots(made, kept) if "__slots__" in kept else None
    _check_plain_bases(made, bases)

    made.bases = bases = _behind_mixins(bases)
    made.behind = _hidden_constructors(written, bases)
    line = _mro_of(bases)
    fields = _inherited(name, parents, line)
    own = _declared(made, annotations, slots, kept, scope, fields)
    made.own_fields = tuple(field.name for field in own if field.kind != "descriptor")
    if "dict" not in keywords and any(field.kind == "descriptor" for field in own):
        made.dict = True  # there a descriptor keeps its values, as a rule
    made.extends = _adds_hidden_storage(made, parents)
    if fields:
        lay_over(made, kept, fields, made.own_fields)
    for field in own:
        before = fields.get(field.name)
        if before is not None:
            _check_same_kind(name, field, before)
        elif field.kind not in ("initvar", "descriptor"):
            made.extends = True
        fields[field.name] = field
    made.fields = tuple(fields.values())
    _check_order_of_defaults(made, written)

    kept["__dataclass_fields__"] = Fields()
    kept["__dataclass_params__"] = STRUCT_PARAMS
    kept.update(
        travelling(
            namespace.get("__module__"),
            namespace.get("__qualname__", ""),
            namespace.get("__orig_bases__", bases),
        )
    )
    kept["__slots__"] = ()
    if not made.dict:
        _advise_cached(kept)
    if made.match_args and "__match_args__" not in kept:
        kept["__match_args__"] = tuple(
            [field.name for field in made.fields if field.init and not field.kw_only]
        )
    _decide_order(made, keywords, line)
    for option, method in (("eq", "__eq__"), ("repr", "__repr__")):
        if (
            keywords.get(option) is True
            and method not in kept
            and _written(line, method) is not None
        ):
            kept[method] = _core.Object.__dict__[
                method
            ]  # asked for in words, it goes before that of a base
    made.hash_mode = _decide_hash(made, bases, line)
    if any(field.kind == "descriptor" for field in made.fields):
        _compare_by_attribute(made)
    if "gc" not in keywords:
        made.gc = _inherited_gc(made, parents, own)
    made.tracked, made.reason = tracking(name, parents, made.fields, made.gc, made.dict)
    return made


def recheck(made: Plan, cls: type) -> None:
    """Decide about the garbage collector once more, now that `cls` is among the subclasses of its bases.

    The metatype calls it for a class planned as untracked. Of two threads that make classes which lead to each other, the one that looks
    later finds the other's class here, so not both can end up untracked.
    """
    if not made.tracked and any(field.kind == "struct" for field in made.fields):
        parents = [base for base in cls.__bases__ if is_parent(base)]
        made.tracked, made.reason = tracking(
            made.name, parents, made.fields, made.gc, made.dict, cls
        )


def root() -> Plan:
    """The Plan of Struct itself: no fields, and every option as it is by default."""
    made = Plan()
    for option, default in OPTIONS.items():
        setattr(made, option, default)
    made.name = "Struct"
    made.fields = made.own_fields = ()
    made.namespace = {}
    made.keywords = {}
    made.extends = made.tracked = False
    made.reason = "no field can refer to a container"
    made.hash_mode = "none"
    return made


def is_parent(base: type) -> bool:
    return base is not _core.Struct and _core.is_struct_class(base)


# --- options ----------------------------------------------------------------------------------------------------------


def _set_options(
    made: Plan, parents: Sequence[type], bases: Sequence[type], keywords: dict[str, Any]
) -> dict[str, Any]:
    """Set the options; return the other keywords."""
    name = made.name
    others: dict[str, Any] = {}
    value: Any
    for option, value in keywords.items():
        if option not in OPTIONS:
            others[option] = value
        elif value is not True and value is not False and not (option == "gc" and value is None):
            expected = "a bool or None" if option == "gc" else "a bool"
            raise TypeError(
                f"{name}: option {option} expects {expected}, got {type(value).__name__} {value!r}"
            )
    if others and not _takes_keywords(bases):
        _refuse_keyword(name, next(iter(others)))
    first = _core.plan_of(parents[0]) if parents else None
    for option, default in OPTIONS.items():
        if option in keywords:
            value = keywords[option]
        elif first is None or option == "kw_only":
            value = default
        else:
            value = getattr(first, option)
        setattr(made, option, value)
    for parent in parents:
        above = _core.plan_of(parent)
        if above.frozen and not made.frozen:
            raise TypeError(
                f"{name}: cannot inherit non-frozen Struct from a frozen one ({parent.__name__})"
            )
        if made.frozen and not above.frozen and above.fields:
            raise TypeError(
                f"{name}: cannot inherit frozen Struct from a non-frozen one ({parent.__name__})"
            )
        for option in _FOR_LIFE:
            if getattr(above, option):
                if keywords.get(option) is False:
                    raise TypeError(
                        f"{name}: {option}=False, but its base {parent.__name__} has {option}=True"
                    )
                setattr(made, option, True)
    if made.order and not made.eq:
        raise ValueError("eq must be true if order is true")
    return others


def _takes_keywords(bases: Sequence[type]) -> bool:
    """True if some base has an __init_subclass__ of its own; Generic's takes anything too, only to hand it on."""
    return any(
        "__init_subclass__" in cls.__dict__
        and cls.__module__ not in ("typing", "builtins", "cslots", "cslots._core")
        for base in bases
        for cls in base.__mro__
    )


def _refuse_keyword(name: str, keyword: str) -> None:
    from ._functions import suggest

    close = suggest(keyword, OPTIONS)
    advice = f"; did you mean {close!r}?" if close else ""
    raise TypeError(
        f"{name}: unknown class option {keyword!r}{advice} (options: {', '.join(OPTIONS)})"
    )


# --- bases ------------------------------------------------------------------------------------------------------------


def _check_plain_bases(made: Plan, bases: Sequence[type]) -> None:
    """Bases that are no Structs may bring methods, never storage."""
    for base in bases:
        if base is object or _core.is_struct_class(base):
            continue
        for cls in base.__mro__:
            slots = slots_of(cls)
            if slots:
                whose = "" if cls is base else f" (from {cls.__name__})"
                raise TypeError(
                    f"{made.name}: base {base.__name__} has slots of its own ({', '.join(map(repr, slots))}){whose}; make it a Struct"
                )
        check_plain_base(made.name, base)
        if base.__dictoffset__ and not made.dict and not issubclass(type(base), _abc_meta()):
            culprit = next(cls for cls in reversed(base.__mro__) if cls.__dictoffset__)
            raise TypeError(
                f"{made.name}: base {culprit.__name__} has no __slots__ and would bring back a __dict__ "
                f"(8 bytes an object, and the dict); add '__slots__ = ()' to {culprit.__name__}, or pass dict=True"
            )


def check_plain_base(name: str, base: type) -> None:
    """Refuse a base whose objects have a layout made in C: int, dict, Exception and the like."""
    stored = sum(len(slots_of(cls)) for cls in base.__mro__)
    size = base.__basicsize__ - 8 * (
        stored + (base.__dictoffset__ > 0) + (base.__weakrefoffset__ > 0)
    )
    if size > object.__basicsize__ or base.__itemsize__:
        raise TypeError(
            f"{name}: base {base.__name__} has a layout of its own, which a Struct cannot extend; keep one in a field"
        )


def _abc_meta() -> type:
    from abc import ABCMeta

    return ABCMeta


def slots_of(cls: type) -> list[str]:
    """The names of the attributes that `cls` itself stores in its objects."""
    if "__slots__" not in cls.__dict__:
        return []
    return [key for key, value in cls.__dict__.items() if type(value) is MemberDescriptorType]


def _behind_mixins(bases: tuple[type, ...]) -> tuple[type, ...]:
    """The bases with Struct behind all others, as `object` is: what a mixin defines goes before what every Struct has.

    `class Operator(Leaf, Mixin)`, with Leaf a Struct, gets the bases (Leaf, Mixin, Struct).
    """
    last = (_core.Struct, object)
    first = next(index for index, base in enumerate(bases) if issubclass(base, _core.Struct))
    if all(base is object or issubclass(base, _core.Struct) for base in bases[first:]):
        return bases
    return (
        *[base for base in bases if base not in last],
        _core.Struct,
        *[base for base in bases if base is object],
    )


def _hidden_constructors(written: Sequence[type], bases: Sequence[type]) -> tuple[type, ...]:
    """Classes whose `__init__` is not that of the new class: those that its statement has behind Struct, which brings the constructor."""
    if written is bases or _core.Struct not in written:
        return ()
    place = list(written).index(_core.Struct)
    before = {cls for base in written[:place] for cls in base.__mro__}
    return tuple(
        {
            cls: None
            for base in written[place + 1 :]
            for cls in base.__mro__
            if cls not in before and not _core.is_struct_class(cls)
        }
    )


def _mro_of(bases: Sequence[type]) -> list[type]:
    """What stands behind a class of these bases in its `__mro__` (C3), which does not exist yet."""
    if len(bases) == 1:
        return list(bases[0].__mro__)
    lines = [list(base.__mro__) for base in bases] + [list(bases)]
    order: list[type] = []
    while any(lines):
        free = (
            line[0] for line in lines if line and not any(line[0] in other[1:] for other in lines)
        )
        head = next(free, None)
        if head is None:  # there is no such order: type.__new__ says so
            return list(bases)
        order.append(head)
        for line in lines:
            if line and line[0] is head:
                del line[0]
    return order


def _written(line: Iterable[type], name: str) -> tuple[type, Any] | None:
    """The first class in `line` whose author defined `name`, and what it is there; what cslots or `object` put there does not count."""
    for cls in line:
        if cls is object or name not in cls.__dict__:
            continue
        value = cls.__dict__[name]
        if _core.is_generated(value):
            continue
        if (
            name == "__hash__"
            and value is None
            and is_parent(cls)
            and _written((cls,), "__eq__") is None
        ):
            continue  # decided here, for the `==` of a Struct
        return cls, value
    return None


def _adds_hidden_storage(made: Plan, parents: Sequence[type]) -> bool:
    """True if an option brings storage that no base has: weakref, dict."""
    return (made.weakref and not any(_core.plan_of(parent).weakref for parent in parents)) or (
        made.dict and not any(_core.plan_of(parent).dict for parent in parents)
    )


# --- fields -----------------------------------------------------------------------------------------------------------


def _inherited(cls_name: str, parents: Sequence[type], line: Sequence[type]) -> dict[str, Field]:
    """name -> Field of the bases, the last class first, as dataclasses collects them."""
    fields: dict[str, Field] = {}
    declarers: dict[str, type] = {}
    several = len(parents) > 1
    for parent in reversed([cls for cls in line if is_parent(cls)] if several else parents):
        for field in _core.plan_of(parent).fields:
            name = field.name
            if field.argument is SELF:
                field.argument = declarer_of(parent, name)
            if several:
                declarer = declarer_of(parent, name)
                known = declarers.get(name)
                # `parent` goes before the bases seen so far, unless one of those redeclared what it merely inherits.
                if known is not None and known is not declarer:
                    check_conflict(cls_name, fields[name], field)
                    if issubclass(known, declarer):
                        continue
                declarers[name] = declarer
            fields[name] = field
    return fields


def _inherited_gc(made: Plan, parents: Sequence[type], own: Iterable[Field]) -> bool | None:
    """gc=False speaks for the fields of the class that said it, not for those that a subclass adds or another base has."""
    speakers = [parent for parent in parents if _core.plan_of(parent).gc is False]
    if not speakers:
        return made.gc
    spoken = {field.name for parent in speakers for field in _core.plan_of(parent).fields} - {
        field.name for field in own
    }
    others = [field for field in made.fields if field.name not in spoken]
    return None if tracking(made.name, list(parents), others, None, made.dict)[0] else False


def declarer_of(cls: type, field_name: str) -> type:
    for ancestor in cls.__mro__:
        if is_parent(ancestor) and field_name in _core.plan_of(ancestor).own_fields:
            return ancestor
    return cls


def _names_in_slots(made: Plan, namespace: Namespace) -> list[str]:
    """The field names in `__slots__`, as the class sees them. `__dict__` and `__weakref__` there are the options."""
    slots = namespace["__slots__"]
    if hasattr(slots, "__next__"):
        slots = tuple(slots)
    made.raw["__slots__"] = slots
    names: list[str] = []
    for name in (slots,) if isinstance(slots, str) else slots:
        if not isinstance(name, str) or not name.isidentifier():
            raise TypeError(f"{made.name}: __slots__ holds {name!r}, which is no name of a field")
        if name == "__dict__":
            made.dict = True
        elif name == "__weakref__":
            made.weakref = True
        else:
            name = mangled(made.name, name)
            if name in names:
                raise TypeError(f"{made.name}.{name}: declared twice")
            names.append(name)
    return names


def mangled(class_name: str, name: str) -> str:
    """`__x` in class User is `_User__x`; the compiler does so with annotations, but sees no names in strings."""
    stripped = class_name.lstrip("_")
    if not name.startswith("__") or name.endswith("__") or not stripped:
        return name
    return f"_{stripped}{name}"


def _declared(
    made: Plan,
    annotations: dict[str, Any],
    slots: Sequence[str] | None,
    kept: Namespace,
    scope: Scope,
    inherited: dict[str, Field],
) -> list[Field]:
    """The bound Fields of the class body, in order; their defaults leave `kept`.

    Where there are `__slots__`, they say what is stored: an annotation gives one of them (or an inherited field) its kind,
    and is a hint for type checkers otherwise.
    """
    own = []
    kw_only = made.kw_only
    marked = False
    for name in slots or ():
        if (
            name not in annotations and name not in inherited
        ):  # Python lets `__slots__` repeat what a base has
            own.append(
                _bind(made, name, object, _OBJECT, kept.pop(name, MISSING), kw_only, kept, scope)
            )
    for name, annotation in annotations.items():
        hint = (
            slots is not None
            and name not in slots
            and name not in inherited
            and _field_of(kept.get(name)) is None
        )
        try:
            value = scope.evaluate(annotation) if annotation.__class__ is str else annotation
            meaning = meaning_of(value, scope)
        except TypeError as error:
            raise TypeError(f"{made.name}.{name}: {error}") from error.__cause__
        except RecursionError:
            raise TypeError(
                f"{made.name}.{name}: annotation {annotation!r} refers to itself"
            ) from None
        kind = meaning.kind
        if kind == "kw_only":
            if marked:
                raise TypeError(f"{made.name}.{name}: KW_ONLY is given twice")
            kw_only = marked = True
            continue
        if kind == "classvar":
            _set_classvar(made, name, kept)
            continue
        if hint and kind != "initvar":
            continue
        field = _bind(
            made,
            name,
            annotation if meaning.open else value,
            meaning,
            kept.pop(name, MISSING),
            kw_only,
            kept,
            scope,
        )
        if kind == "initvar":
            _check_initvar(made, field)
            if field.default is not MISSING:
                kept[name] = field.default  # as in dataclasses, the class attribute stays
        own.append(field)
    if slots and annotations and len(own) > 1:
        place = {name: index for index, name in enumerate(slots)}
        own.sort(key=lambda field: place.get(field.name, len(place)))
    for name, value in kept.items():
        if value.__class__ is Field:
            raise TypeError(f"{made.name}.{name}: field() without an annotation")
    return own


def _bind(
    made: Plan,
    name: str,
    annotation: Any,
    meaning: Meaning,
    said: Any,
    kw_only: bool,
    kept: Namespace,
    scope: Scope,
) -> Field:
    """The bound Field of one declaration; `said` is what the class body assigned to it. A descriptor goes back to `kept`."""
    if name[:2] == "__" and name[-2:] == "__":
        raise TypeError(f"{made.name}.{name}: a field cannot have a name of Python's own")
    field: Field | None
    if said is MISSING or said.__class__ in _PLAIN:
        field = Field(said)
    else:
        field = _field_of(said)
        if field is None and is_cached_property(said):
            field = Field(init=False, repr=False, compare=False)
            field.cached = said.func
        elif field is None:
            if _is_method(name, said):
                raise TypeError(f"{made.name}.{name}: a field and a method have the same name")
            field = Field(said)
        behind = field.default
        if _is_descriptor(behind):
            meaning = Meaning("descriptor")
            field = _kept_elsewhere(made, name, field)
            kept[name] = behind
        default_type = field.default.__class__
        if default_type.__hash__ is None:
            raise ValueError(
                f"{made.name}.{name}: mutable default {default_type!r} is not allowed; use field(default_factory={default_type.__name__})"
            )
    meaning = with_none(made.name, scope.qualname, field, meaning)
    field.bind(name, annotation, meaning, made.name)
    if field.kw_only is MISSING:
        field.kw_only = kw_only
    return field


def with_none(name: str, qualname: str, field: Field, meaning: Meaning) -> Meaning:
    """The Meaning of a field that takes None too where its default is None, or where no first object could be made without.

    Required references that lead in a circle back to the class (`class Node: next: "Node"`) take None, all of them: the
    circle is closed afterwards. What a name that is not there yet leads to is seen when it is.
    """
    if field.default is None:
        return meaning.or_none()
    if meaning.nullable or not _is_required(field) or meaning.kind not in ("struct", "deferred"):
        return meaning
    if (
        meaning.kind == "deferred"
        or meaning.argument is SELF
        or _leads_back(meaning.argument, (name, qualname), None)
    ):
        field.lenient = True
        return meaning.or_none()
    return meaning


def _is_required(field: Field) -> bool:
    return field.init and field.default is MISSING and field.default_factory is MISSING


def _leads_back(start: type, names: tuple[str, ...], target: type | None) -> bool:
    """Do required references lead from `start` to the class of these names, which is being made, or to `target`?"""
    seen = {start}
    todo = [start]
    while todo:
        cls = todo.pop()
        if target is not None and issubclass(target, cls):
            return True
        for field in _core.plan_of(cls).fields:
            if not _is_required(field) or (field.nullable and not field.lenient):
                continue
            following: Any = field.argument
            if field.kind == "deferred":
                expression, scope = field.argument
                if expression in names:
                    return True
                try:
                    following = scope.find_dotted(expression)
                except (KeyError, AttributeError):
                    continue
            elif field.kind != "struct" or following is SELF:
                continue
            if _core.is_struct_class(following) and following not in seen:
                seen.add(following)
                todo.append(following)
    return False


def _is_descriptor(value: object) -> bool:
    """An object of a class that somebody wrote, with a `__get__`; methods and other functions are defaults like any other."""
    kind = type(value)
    return (
        bool(kind.__flags__ & _HEAP_TYPE)
        and hasattr(kind, "__get__")
        and not is_cached_property(value)
    )


def _kept_elsewhere(made: Plan, name: str, field: Field) -> Field:
    """The Field whose value a descriptor keeps: it stays on the class, and the constructor assigns through it, as in a dataclass."""
    descriptor = field.default
    kind: Any = type(descriptor)
    if not hasattr(kind, "__set__"):
        raise TypeError(
            f"{made.name}.{name}: the default is a descriptor without __set__ ({kind.__name__}), "
            f"which could not keep the value of a field; give it a __set__, or annotate it as ClassVar"
        )
    field.given = descriptor
    try:
        field.default = kind.__get__(
            descriptor, None, type(made.name, (), {})
        )  # the class itself is not there yet
    except AttributeError:
        field.default = MISSING
    return field


def _compare_by_attribute(made: Plan) -> None:
    """The methods that look at fields, for a class in which a descriptor keeps some value: they read attributes."""
    from ._interop import methods_by_attribute

    wanted = [
        method
        for method, has in (("__repr__", made.repr), ("__eq__", made.eq))
        if has and method not in made.namespace
    ]
    wanted += [
        method for method in _core.ORDER if made.namespace.get(method) is _core.ORDER[method]
    ]
    if made.hash_mode == "value":
        wanted.append("__hash__")
    fields = [field for field in made.fields if not field.hidden and field.kind != "initvar"]
    made.namespace.update(methods_by_attribute(fields, wanted))


def _field_of(said: Any) -> Field | None:
    """A new unbound Field if `said` is one, ours or that of dataclasses; else None."""
    if said.__class__ is Field:
        return said.unbound()
    dataclasses = sys.modules.get("dataclasses")
    if dataclasses is not None and isinstance(said, dataclasses.Field):
        return from_dataclasses(said)
    return None


def _is_method(name: str, value: object) -> bool:
    """True for what `def name` leaves in a class body, decorated or not; a lambda or another function is a default."""
    if isinstance(value, FunctionType):
        return value.__qualname__.rpartition(".")[2] == name
    return isinstance(value, (property, classmethod, staticmethod))


def _advise_cached(kept: Namespace) -> None:
    """Cached properties that are no fields, in a class without a `__dict__`."""
    functools = sys.modules.get("functools")
    if functools is None:
        return
    for name, value in kept.items():
        if value.__class__ is functools.cached_property:
            from ._cached import Homeless

            kept[name] = Homeless(value.func)


def is_cached_property(value: object) -> bool:
    functools = sys.modules.get("functools")
    return functools is not None and isinstance(value, functools.cached_property)


def _set_classvar(made: Plan, name: str, kept: Namespace) -> None:
    said = kept.get(name, MISSING)
    field = _field_of(said)
    if field is None:
        return
    if field.default_factory is not MISSING:
        raise TypeError(f"{made.name}.{name}: a ClassVar cannot have a default_factory")
    if field.kw_only is not MISSING:
        raise TypeError(f"{made.name}.{name}: a ClassVar cannot be kw_only")
    del kept[name]
    if field.default is not MISSING:
        kept[name] = field.default


def _check_initvar(made: Plan, field: Field) -> None:
    if field.default_factory is not MISSING:
        raise TypeError(f"{made.name}.{field.name}: an InitVar cannot have a default_factory")


def is_data_descriptor(value: object) -> bool:
    """True for a property and its like: over a field of a base, that is what objects have under the name."""
    return hasattr(type(value), "__set__") or hasattr(type(value), "__delete__")


def lay_over(
    made: Plan, kept: Namespace, inherited: dict[str, Field], own_names: Iterable[str]
) -> None:
    """What the class body says under the names of inherited fields, without an annotation.

    A property and its like stay on the class, and objects find them. Anything else gives way to the
    value of the field, as to an entry of `__dict__`: it is kept beside it, for a field that has none.
    A cached property makes the value then.
    """
    for attribute in inherited.keys() & kept.keys():
        field = inherited[attribute]
        if (
            field.kind in ("initvar", "descriptor", "classvar")
            or field.hidden
            or attribute in own_names
        ):
            continue
        if not is_data_descriptor(kept[attribute]):
            made.raw[attribute] = value = kept.pop(attribute)
            if is_cached_property(value):
                inherited[attribute] = field.caching(value.func)


def check_conflict(cls_name: str, one: Field, other: Field) -> None:
    """Two bases that have a field of one name must store it alike."""
    if one is not other and meaning_of_field(one) != meaning_of_field(other):
        raise TypeError(
            f"{cls_name}.{one.name}: is {in_words(other)} in base {other.owner} and {in_words(one)} in base {one.owner}; "
            f"bases with a field of one name must store it alike"
        )


def _check_same_kind(name: str, field: Field, before: Field) -> None:
    if not may_follow(field, before):
        raise TypeError(
            f"{name}.{field.name}: is {in_words(field)} here and {in_words(before)} in {before.owner}; a field keeps its kind"
        )


def may_follow(field: Field, before: Field) -> bool:
    """May a subclass annotate a field of its base so? References may become others, and a None may go; else the kind stays."""
    if field.kind in POINTERS and before.kind in POINTERS:
        return True
    kind, nullable, *rest = meaning_of_field(field)
    base_kind, base_nullable, *base_rest = meaning_of_field(before)
    return (kind, rest) == (base_kind, base_rest) and nullable <= base_nullable


def meaning_of_field(field: Field) -> tuple[Any, ...]:
    argument = field.argument[0] if field.kind == "deferred" else field.argument
    return field.kind, field.nullable, argument, field.enum


def in_words(field: Field) -> str:
    return str(Meaning(field.kind, field.nullable, field.argument, field.enum))


def _check_order_of_defaults(made: Plan, bases: Sequence[type]) -> None:
    last: Field | None = None
    for field in made.fields:
        if field.init and not field.kw_only:
            if field.default is not MISSING or field.default_factory is not MISSING:
                last = field
            elif last is not None and not _has_own_init(made, bases):
                raise TypeError(
                    f"{made.name}: non-default field {field.name!r} follows default field {last.name!r}; reorder them or use kw_only=True"
                )


def _has_own_init(made: Plan, bases: Sequence[type]) -> bool:
    """True if the user wrote the `__init__` of the class, here or in a base: then no constructor follows from the fields."""
    if "__init__" in made.namespace:
        return True
    for base in bases:
        for cls in base.__mro__:
            init = cls.__dict__.get("__init__")
            if init is None or cls is object:
                continue
            if not isinstance(init, FunctionType):
                return False  # the generated one
            if init.__name__ != "_no_init_or_replace_init":  # what typing puts on every Protocol
                return True
    return False


# --- comparison -------------------------------------------------------------------------------------------------------


def _decide_order(made: Plan, keywords: dict[str, Any], line: Sequence[type]) -> None:
    """order=True and an ordering method in the same class contradict each other; an inherited order yields to it.

    Struct itself has no ordering methods: what orders nothing must not look as if it did (functools.total_ordering).
    """
    asked = keywords.get("order") is True
    for method, ours in _core.ORDER.items():
        if method in made.namespace:
            if asked:
                raise TypeError(
                    f"{made.name}: order=True would overwrite {method}; leave one of them out, or use functools.total_ordering"
                )
        elif asked or (
            made.order and not any(method in cls.__dict__ for cls in line if cls is not object)
        ):
            made.namespace[method] = ours


def _decide_hash(made: Plan, bases: Sequence[type], line: Sequence[type]) -> str:
    """dataclasses' table; puts `__hash__` into the namespace where it is not the user's."""
    namespace = made.namespace
    # With an __eq__ of its own, a class whose __hash__ is None looks like any that Python made so: not said by the user.
    if "__hash__" in namespace and not (namespace["__hash__"] is None and "__eq__" in namespace):
        if made.unsafe_hash:
            raise TypeError(
                f"{made.name}: unsafe_hash=True would overwrite __hash__; leave one of them out"
            )
        return "none" if namespace["__hash__"] is None else "user"
    if "__eq__" not in namespace and not made.unsafe_hash and _written(line, "__eq__") is not None:
        return _hash_beside(made, line)
    ours = _core.Object.__hash__
    if made.unsafe_hash or (made.eq and made.frozen):
        namespace["__hash__"] = ours
        return "value"
    if made.eq:
        namespace["__hash__"] = None
        return "none"
    if "__eq__" in namespace:
        return "none"  # type.__new__ says so too
    for base in bases:
        inherited: object = base.__hash__
        if inherited is not None and inherited is not object.__hash__ and inherited is not ours:
            return "user"
    namespace["__hash__"] = ours
    return "identity"


def _hash_beside(made: Plan, line: Sequence[type]) -> str:
    """The `==` is that of a base's author, and so is the hash: found as in any class, but for the None that stands beside our `==`."""
    found = _written(line, "__hash__")
    if found is None or found[1] is None:
        made.namespace["__hash__"] = None
        return "none"
    if next(cls for cls in line if "__hash__" in cls.__dict__) is not found[0]:
        made.namespace["__hash__"] = found[1]
    return "user"


# --- names that come later --------------------------------------------------------------------------------------------


def resolve_deferred(cls: type, field: Field) -> tuple[str, Any]:
    """What a field holds whose annotation named nothing when its class was made: ("struct", Cls) or ("object", None).

    Called at the first construction of an object, or store to the field. The answer is kept in the Field. Raises
    TypeError if the name still has no value, or has one that would have needed a place in the layout.
    """
    if field.kind != "deferred":
        return field.kind, field.argument
    expression, scope = field.argument
    where = f"{cls.__name__}.{field.name}"
    try:
        meaning: Meaning | None = meaning_of(scope.find_dotted(expression), scope)
    except (KeyError, AttributeError):
        meaning = None
    except TypeError as error:
        raise TypeError(f"{where}: {error}") from error.__cause__
    if meaning is None or meaning.kind == "deferred":
        raise TypeError(
            f"{where}: annotation {expression!r} names nothing; define it, or correct the annotation"
        )
    if meaning.kind not in ("struct", "object") or meaning.argument is SELF:
        raise TypeError(
            f"{where}: annotation {expression!r} means {meaning}; it must be defined before the class"
        )
    if field.lenient:
        field.nullable = meaning.kind == "struct" and (
            meaning.nullable or _leads_back(meaning.argument, (), cls)
        )
    if meaning.kind == "object" or (
        meaning.nullable and not field.nullable
    ):  # an alias that hides a None
        field.kind, field.argument = "object", None
    else:
        field.kind, field.argument = "struct", meaning.argument
        field.late = expression
    return field.kind, field.argument
