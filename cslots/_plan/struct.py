"""The plan of a Struct: options, bases, fields, defaults, order and hash, garbage collection.

In this order. All errors name the class, and the field where there is one.
"""

from __future__ import annotations

import sys
from types import FunctionType

from .. import _core
from .._field import MISSING, SELF, Field, from_dataclasses
from .._interop import STRUCT_PARAMS, Fields
from .._kinds import Meaning
from .._travel import travelling
from .cycles import tracking
from .deferred import with_none
from .plan import OPTIONS, is_parent
from .rules import (
    HEAP_TYPE,
    OBJECT,
    PLAIN,
    check_conflict,
    check_plain_base,
    check_same_kind,
    declarer_of,
    first_with_dict,
    is_cached_property,
    is_foreign_field,
    lay_over,
    mangled,
    out_of_order,
    stored_by,
    takes_keywords,
    understood,
)
from .scope import Scope, annotations_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import FrameType
    from typing import Any

    from .plan import Namespace, Plan

__all__ = ["plan_struct"]

_FOR_LIFE = ("weakref", "dict")  # what a base's objects have, a subclass's objects have


def plan_struct(
    made: Plan,
    parents: list[type],
    name: str,
    bases: tuple[type, ...],
    namespace: Namespace,
    keywords: dict[str, Any],
    frame: FrameType | None,
) -> Plan:
    """The Plan of a class statement among whose bases is a Struct.

    made       the Plan so far
    parents    the bases that have fields of their own
    frame      the frame of the class statement
    """
    written = bases
    if "__attrs_attrs__" in namespace:  # attrs makes a second class, with slots
        raise TypeError(
            f"{name}: is a Struct already, and its fields are what its class statement says; "
            "leave the decorator out"
        )
    made.name = name
    made.keywords = _set_options(made, parents, bases, keywords)
    made.namespace = kept = dict(namespace)
    scope = Scope(name, namespace, frame)
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
            check_same_kind(name, field, before)
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
            # Asked for in words, it goes before that of a base.
            kept[method] = _core.Object.__dict__[method]
    made.hash_mode = _decide_hash(made, bases, line)
    if any(field.kind == "descriptor" for field in made.fields):
        _compare_by_attribute(made)
    if "gc" not in keywords:
        made.gc = _inherited_gc(made, parents, own)
    made.tracked, made.reason = tracking(name, parents, made.fields, made.gc, made.dict)
    return made


# --- options -------------------------------------------------------------------------------------


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
    if others and not takes_keywords(bases):
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


def _refuse_keyword(name: str, keyword: str) -> None:
    from .._functions import suggest

    close = suggest(keyword, OPTIONS)
    advice = f"; did you mean {close!r}?" if close else ""
    raise TypeError(
        f"{name}: unknown class option {keyword!r}{advice} (options: {', '.join(OPTIONS)})"
    )


# --- bases ---------------------------------------------------------------------------------------


def _check_plain_bases(made: Plan, bases: Sequence[type]) -> None:
    """Bases that are no Structs may bring methods, never storage."""
    for base in bases:
        if base is object or _core.is_struct_class(base):
            continue
        for cls in base.__mro__:
            slots = stored_by(cls)
            if slots:
                whose = "" if cls is base else f" (from {cls.__name__})"
                raise TypeError(
                    f"{made.name}: base {base.__name__} has slots of its own "
                    f"({', '.join(map(repr, slots))}){whose}; make it a Struct"
                )
        check_plain_base(made.name, base)
        if base.__dictoffset__ and not made.dict and not issubclass(type(base), _abc_meta()):
            culprit = first_with_dict(base)
            raise TypeError(
                f"{made.name}: base {culprit.__name__} has no __slots__ and would bring back a "
                "__dict__ "
                f"(8 bytes an object, and the dict); add '__slots__ = ()' to {culprit.__name__}, "
                "or pass dict=True"
            )


def _abc_meta() -> type:
    from abc import ABCMeta

    return ABCMeta


def _behind_mixins(bases: tuple[type, ...]) -> tuple[type, ...]:
    """The bases with Struct behind all others, as `object` is.

    What a mixin defines goes before what every Struct has.

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
    """Classes whose `__init__` is not that of the new class.

    They stand behind Struct in its class statement, and Struct brings the constructor.
    """
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
    """The first class in `line` whose author defined `name`, and what `name` is there.

    What cslots or `object` put there does not count.
    """
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


# --- fields --------------------------------------------------------------------------------------


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
                # `parent` goes before the bases seen so far, unless one of those redeclared the
                # field that `parent` merely inherits.
                if known is not None and known is not declarer:
                    check_conflict(cls_name, fields[name], field)
                    if issubclass(known, declarer):
                        continue
                declarers[name] = declarer
            fields[name] = field
    return fields


def _inherited_gc(made: Plan, parents: Sequence[type], own: Iterable[Field]) -> bool | None:
    """The option gc where the class statement does not give it.

    gc=False speaks for the fields of the class that said it, not for those that a subclass adds
    or that another base has.
    """
    speakers = [parent for parent in parents if _core.plan_of(parent).gc is False]
    if not speakers:
        return made.gc
    spoken = {field.name for parent in speakers for field in _core.plan_of(parent).fields} - {
        field.name for field in own
    }
    others = [field for field in made.fields if field.name not in spoken]
    return None if tracking(made.name, list(parents), others, None, made.dict)[0] else False


def _names_in_slots(made: Plan, namespace: Namespace) -> list[str]:
    """The field names in `__slots__`, as the class sees them.

    `__dict__` and `__weakref__` there are the options.
    """
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


def _declared(
    made: Plan,
    annotations: dict[str, Any],
    slots: Sequence[str] | None,
    kept: Namespace,
    scope: Scope,
    inherited: dict[str, Field],
) -> list[Field]:
    """The bound Fields of the class body, in order; their defaults leave `kept`.

    Where there are `__slots__`, they say what is stored. An annotation then gives one of them (or
    an inherited field) its kind; otherwise it is a hint for type checkers.
    """
    own = []
    kw_only = made.kw_only
    marked = False
    for name in slots or ():
        # Python lets `__slots__` repeat what a base has.
        if name not in annotations and name not in inherited:
            own.append(
                _bind(made, name, object, OBJECT, kept.pop(name, MISSING), kw_only, kept, scope)
            )
    for name, annotation in annotations.items():
        hint = (
            slots is not None
            and name not in slots
            and name not in inherited
            and _field_of(kept.get(name)) is None
        )
        value, meaning = understood(f"{made.name}.{name}", annotation, scope)
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
    """The bound Field of one declaration; `said` is what the class body assigned to it.

    A descriptor goes back to `kept`.
    """
    if name[:2] == "__" and name[-2:] == "__":
        raise TypeError(f"{made.name}.{name}: a field cannot have a name of Python's own")
    field: Field | None
    if said is MISSING or said.__class__ in PLAIN:
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
                f"{made.name}.{name}: mutable default {default_type!r} is not allowed; use "
                f"field(default_factory={default_type.__name__})"
            )
    meaning = with_none(made.name, scope.qualname, field, meaning)
    field.bind(name, annotation, meaning, made.name)
    if field.kw_only is MISSING:
        field.kw_only = kw_only
    return field


def _is_descriptor(value: object) -> bool:
    """True for an object with a `__get__` whose class is written in Python.

    Methods and other functions are defaults like any other.
    """
    kind = type(value)
    return (
        bool(kind.__flags__ & HEAP_TYPE)
        and hasattr(kind, "__get__")
        and not is_cached_property(value)
    )


def _kept_elsewhere(made: Plan, name: str, field: Field) -> Field:
    """The Field whose value a descriptor keeps.

    The descriptor stays on the class, and the constructor assigns through it, as in a dataclass.
    """
    descriptor = field.default
    kind: Any = type(descriptor)
    if not hasattr(kind, "__set__"):
        raise TypeError(
            f"{made.name}.{name}: the default is a descriptor without __set__ ({kind.__name__}), "
            "which could not keep the value of a field; give it a __set__, or annotate it as "
            "ClassVar"
        )
    field.given = descriptor
    try:
        # The class itself is not there yet.
        field.default = kind.__get__(descriptor, None, type(made.name, (), {}))
    except AttributeError:
        field.default = MISSING
    return field


def _compare_by_attribute(made: Plan) -> None:
    """Put in methods that read attributes, for a class in which a descriptor keeps a value."""
    from .._interop import methods_by_attribute

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
    made.namespace.update(methods_by_attribute(made.stored(), wanted))


def _field_of(said: Any) -> Field | None:
    """A new unbound Field if `said` is one, ours or that of dataclasses; else None."""
    if said.__class__ is Field:
        return said.unbound()
    return from_dataclasses(said) if is_foreign_field(said) else None


def _is_method(name: str, value: object) -> bool:
    """True for what `def name` leaves in a class body; any other function is a default."""
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
            from .._cached import Homeless

            kept[name] = Homeless(value.func)


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


def _check_order_of_defaults(made: Plan, bases: Sequence[type]) -> None:
    found = out_of_order(made.fields)
    if found is not None and not _has_own_init(made, bases):
        field, before = found
        raise TypeError(
            f"{made.name}: non-default field {field.name!r} follows default field {before.name!r}; "
            f"reorder them or use kw_only=True"
        )


def _has_own_init(made: Plan, bases: Sequence[type]) -> bool:
    """True if the user wrote the `__init__` of the class, here or in a base.

    Then no constructor follows from the fields.
    """
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


# --- comparison ----------------------------------------------------------------------------------


def _decide_order(made: Plan, keywords: dict[str, Any], line: Sequence[type]) -> None:
    """Decide about the ordering methods.

    order=True and an ordering method in the same class contradict each other; an inherited order
    yields to such a method.

    Struct itself has no ordering methods: functools.total_ordering must not find any on a class
    that does not order its objects.
    """
    asked = keywords.get("order") is True
    for method, ours in _core.ORDER.items():
        if method in made.namespace:
            if asked:
                raise TypeError(
                    f"{made.name}: order=True would overwrite {method}; leave one of them out, or "
                    "use functools.total_ordering"
                )
        elif asked or (
            made.order and not any(method in cls.__dict__ for cls in line if cls is not object)
        ):
            made.namespace[method] = ours


def _decide_hash(made: Plan, bases: Sequence[type], line: Sequence[type]) -> str:
    """dataclasses' table; puts `__hash__` into the namespace where it is not the user's."""
    namespace = made.namespace
    # Beside an __eq__, a None in __hash__ looks like the one that Python puts there itself.
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
    """`__hash__` where a base's author wrote the `==`: found as in any class.

    But the None that stands beside the `==` of a Struct does not count.
    """
    found = _written(line, "__hash__")
    if found is None or found[1] is None:
        made.namespace["__hash__"] = None
        return "none"
    if next(cls for cls in line if "__hash__" in cls.__dict__) is not found[0]:
        made.namespace["__hash__"] = found[1]
    return "user"
