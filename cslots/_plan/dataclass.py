"""dataclass: the plan of a decorated class, and of the classes that derive from one.

    @dataclass class C ---> plan_decorated(C, options) -> Plan
                       ---> binding/class/adopt.c turns C itself into a packed class

The decorator means what that of dataclasses means, and the class stays the same object. This file
keeps dataclasses' rules: which annotations are fields, what is a default, which methods are put
into the class and which are the user's. The metatype makes storage, checks and the methods
themselves; what a library looks for on a dataclass is in `_interop.py`.
"""

from __future__ import annotations

import re
import sys
from types import FunctionType, MemberDescriptorType

from .. import _core, _interop
from .._field import KW_ONLY, MISSING, SELF, Field, from_dataclasses
from .._kinds import Meaning
from .._travel import travelling
from .deferred import with_none
from .plan import OPTIONS as OPTIONS_OF_CLASSES
from .plan import Plan, is_parent
from .rules import (
    HEAP_TYPE,
    INITVAR,
    NOT_STORED,
    OBJECT,
    PLAIN,
    brings_dict,
    check_bases,
    check_plain_base,
    check_same_kind,
    decide_tracking,
    declarer_of,
    first_with_dict,
    from_slots,
    hidden,
    is_cached_property,
    is_foreign_field,
    out_of_order,
    understood,
)
from .scope import LAZY, Scope, annotations_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import FrameType
    from typing import Any

    Options = dict[str, Any]

__all__ = [
    "OPTIONS",
    "check_options",
    "has_dict_field",
    "has_strange_metaclass",
    "plan_decorated",
    "slots_of",
]

# What the decorator takes, with its defaults: first what dataclasses has, then what cslots adds.
OPTIONS: dict[str, Any] = {
    "init": True,
    "repr": True,
    "eq": True,
    "order": False,
    "unsafe_hash": False,
    "frozen": False,
    "match_args": True,
    "kw_only": False,
    "slots": None,
    "weakref_slot": False,
    "typed": True,
    "weakref": False,
    "dict": None,
    "gc": None,
}
_THREE_WAY = ("slots", "dict", "gc")  # these may be None
_DESCRIPTORS = (MemberDescriptorType, _core.FieldDescriptor)


def check_options(options: Options) -> Options:
    """All options of the decorator; those that were not given have their defaults.

    Raises TypeError for an option that does not exist or has a wrong value.
    """
    for name, value in options.items():
        if name not in OPTIONS:
            from .._functions import suggest

            close = suggest(name, OPTIONS)
            advice = f"; did you mean {close!r}?" if close else ""
            raise TypeError(f"dataclass() got an unexpected keyword argument {name!r}{advice}")
        if name in _THREE_WAY and value not in (None, True, False):
            raise TypeError(
                f"dataclass(): {name} expects a bool or None, got {type(value).__name__} {value!r}"
            )
    if options.get("weakref_slot") and not options.get("slots"):
        raise TypeError("weakref_slot is True but slots is False")
    if options.get("slots") is False:
        raise TypeError(
            "dataclass(): slots=False cannot be: a cslots dataclass is stored in slots; "
            "use dict=True for attributes beyond the fields, or dataclasses.dataclass"
        )
    return {**OPTIONS, **options}


# --- the decorated class -------------------------------------------------------------------------


def plan_decorated(cls: type, options: Options) -> Plan | None:
    """The Plan that turns `cls` into a packed dataclass; None if `cls` cannot be packed.

    Raises what dataclasses raises.
    """
    before = _check_class(cls)
    name = cls.__name__
    if (
        has_strange_metaclass(cls)
        or has_dict_field(cls)
        or any(_has_layout_of_its_own(base) for base in cls.__bases__)
    ):
        return None
    raw: Mapping[str, Any] = before.raw if before is not None else {}
    given: dict[str, Any] = {**cls.__dict__, **raw}
    if before is not None:  # what the metatype put there is not the author's
        for key in (
            "__slots__",
            *[field.name for field in before.fields if field.kind not in NOT_STORED],
        ):
            if key not in raw and (key == "__slots__" or isinstance(given.get(key), _DESCRIPTORS)):
                given.pop(key, None)
    if options["slots"] is True:
        _check_slots(cls, given)
    bases = cls.__bases__
    parents = [base for base in bases if is_parent(base)]
    made = Plan()
    made.name = name
    made.style = "dataclass"
    made.typed = bool(options["typed"])
    made.keywords = {}
    made.raw = {}
    for option in OPTIONS_OF_CLASSES:
        setattr(made, option, options[option])
    for option in ("repr", "eq", "order", "unsafe_hash", "frozen", "match_args", "kw_only"):
        setattr(made, option, bool(options[option]))
    made.params = options
    made.weakref = bool(options["weakref"] or options["weakref_slot"])

    scope = Scope(
        name, {**given, "__qualname__": cls.__qualname__, "__module__": cls.__module__}, _caller()
    )
    annotations = _annotations(cls, given, scope)
    fields, frozen_bases = _inherited(cls)
    own, made.declared = _declared(cls, made, given, annotations, scope)
    for key, value in given.items():
        if (value.__class__ is Field or is_foreign_field(value)) and key not in annotations:
            raise TypeError(f"{name}.{key}: {key!r} is a field but has no type annotation")
    _check_frozen(made, frozen_bases)
    # Python makes `__hash__` None beside an `__eq__`: such a None is not what the user wrote.
    explicit_hash = "__hash__" in given and not (given["__hash__"] is None and "__eq__" in given)
    if made.order and not made.eq:
        raise ValueError("eq must be true if order is true")

    made.own_fields = tuple([field.name for field in own if field.kind not in NOT_STORED])
    for field in own:
        old = fields.get(field.name)
        if old is not None and old.kind not in NOT_STORED:
            check_same_kind(name, field, old)
        fields[field.name] = field
    for key, value in raw.items():  # what the class statement kept beside a field
        if (
            key in fields
            and fields[key].kind not in NOT_STORED
            and all(field.name != key for field in own)
        ):
            made.raw[key] = value
            if is_cached_property(value):
                fields[key] = fields[key].caching(value.func)
    everything = list(fields.values())
    if options["init"]:
        _check_order_of_defaults(made, everything)
    attributes: dict[str, Any] = {}
    _take_dict_option(made, cls, options["dict"], everything)
    if "__slots__" in given:
        everything += from_slots(made, given, fields)
    if not made.dict:
        everything += _cached(cls, given, made, attributes)
    made.fields = tuple(everything)
    made.remove = tuple(
        [
            field.name
            for field in own
            if field.kind != "initvar" and field.kind != "descriptor" and field.name in cls.__dict__
        ]
    )
    for field in made.declared:
        if (
            field.kind == "classvar" or field.kind == "initvar"
        ) and field.given is not MISSING:  # `C.x` is the default, no Field
            if field.default is MISSING:
                made.remove += (field.name,)
            elif field.given is not field.default:
                attributes[field.name] = field.default
        elif field.kind == "descriptor":
            attributes[field.name] = field.given

    made.extends = True
    decide_tracking(made, parents, cls.__mro__[1:], everything, made.gc)
    _choose_methods(made, cls, given, options, explicit_hash, attributes)
    made.namespace = attributes
    return made


def _check_class(cls: Any) -> Plan | None:
    """Refuse what cannot be decorated.

    Returns the Plan that the class statement made, for a subclass of a decorated class; else None.
    """
    if not isinstance(cls, type):
        raise TypeError(f"dataclass() expects a class, got {type(cls).__name__} {cls!r}")
    name = cls.__name__
    enum = sys.modules.get("enum")
    if enum is not None and isinstance(cls, enum.EnumMeta):
        raise TypeError(f"{name}: an Enum cannot be a dataclass; its members are its values")
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        raise TypeError(
            f"{name}: a named tuple cannot be a dataclass; derive it from nothing, and its fields "
            "become those of the dataclass"
        )
    if not cls.__flags__ & HEAP_TYPE:
        raise TypeError(
            f"{name}: is made in C; only a class that a class statement made can be a dataclass"
        )
    if _core.is_struct_class(cls):
        plan = _core.plan_of(cls)
        if plan.style == "struct":
            raise TypeError(
                f"{name}: is a Struct already, and its fields are what its class statement says; "
                "leave the decorator out"
            )
        if plan.style == "dataclass":
            raise TypeError(f"{name}: is a cslots dataclass already; decorate it once")
        return plan
    return None


def has_strange_metaclass(cls: type) -> bool:
    """StructMeta does not derive from its metaclass, which may decide how objects are made."""
    return not _core.is_struct_class(cls) and not issubclass(_core.StructMeta, type(cls))


def has_dict_field(cls: type) -> bool:
    """`__dict__: dict = {}` in the class body asks dataclasses for that slot."""
    return isinstance(cls.__dict__.get("__dict__"), dict)


def _has_layout_of_its_own(base: type) -> bool:
    if base is object or _core.is_struct_class(base):
        return False
    try:
        check_plain_base("", base)
    except TypeError:
        return True
    return False


def _check_slots(cls: type, given: Mapping[str, Any]) -> None:
    """dataclasses refuses these when slots=True is asked for in words."""
    if "__slots__" in given:
        raise TypeError(f"{cls.__name__} already specifies __slots__")
    for base in cls.__mro__[1:-1]:
        if hasattr(base.__dict__.get("__slots__"), "__next__"):
            raise TypeError(f"Slots of '{base.__name__}' cannot be determined")


def _caller() -> Any:
    """The frame that the decorator was called from; C functions have none."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return frame


def _annotations(cls: type, given: dict[str, Any], scope: Scope) -> dict[str, Any]:
    # Python 3.14, after an assignment.
    if "__annotations__" not in given and "__annotations_cache__" in given:
        given = {**given, "__annotations__": given["__annotations_cache__"]}
    annotations = annotations_of(given, scope)
    if not isinstance(annotations, dict):
        raise TypeError(
            f"{cls.__name__}: __annotations__ must be a dict, got {type(annotations).__name__}"
        )
    return annotations


def _inherited(cls: type) -> tuple[dict[str, Field], list[tuple[type, bool]]]:
    """name -> Field of the bases in dataclasses' order, and which of the bases are frozen."""
    fields: dict[str, Field] = {}
    frozen: list[tuple[type, bool]] = []
    for base in cls.__mro__[-1:0:-1]:
        if base is not _core.Struct and _core.is_struct_class(base):
            plan = _core.plan_of(base)
            for field in plan.fields:
                if field.argument is SELF:
                    field.argument = declarer_of(base, field.name)
                check_bases(cls.__name__, fields, field)
                fields[field.name] = field
            frozen.append((base, plan.frozen))
            if plan.style == "subclass" and "__dataclass_fields__" in base.__dict__:
                from .foreign import made_by_dataclasses

                fields.update(made_by_dataclasses(base, fields))
        elif "__dataclass_fields__" in base.__dict__:
            from .foreign import fields_of_dataclass

            fields.update(fields_of_dataclass(base))
            frozen.append((base, base.__dataclass_params__.frozen))  # type: ignore[attr-defined]
    return fields, frozen


def _check_frozen(made: Plan, bases: list[tuple[type, bool]]) -> None:
    if not bases:
        return
    if not made.frozen:
        for base, frozen in bases:
            if frozen:
                raise TypeError(
                    f"{made.name}: cannot inherit non-frozen dataclass from a frozen one "
                    f"({base.__name__})"
                )
    else:
        for base, frozen in bases:
            if not frozen:
                raise TypeError(
                    f"{made.name}: cannot inherit frozen dataclass from a non-frozen one "
                    f"({base.__name__})"
                )


# --- fields --------------------------------------------------------------------------------------


def _declared(
    cls: type, made: Plan, given: dict[str, Any], annotations: dict[str, Any], scope: Scope
) -> tuple[list[Field], tuple[Field, ...]]:
    """The bound Fields of the class body; and the same with its ClassVars."""
    own: list[Field] = []
    declared: list[Field] = []
    kw_only = made.kw_only
    marked = False
    for name, annotation in annotations.items():
        if not isinstance(name, str):
            raise TypeError(
                f"{made.name}: the name of a field must be a str, got {type(name).__name__} "
                f"{name!r}"
            )
        meaning = _meaning(cls, made, name, annotation, scope)
        if meaning.kind == "kw_only":
            if marked:
                raise TypeError(
                    f"{made.name}.{name}: {name!r} is KW_ONLY, but KW_ONLY has already been "
                    "specified"
                )
            kw_only = marked = True
            continue
        field = _bind(cls, made, name, annotation, meaning, given.get(name, MISSING))
        if meaning.kind == "classvar":
            if field.kw_only is not MISSING:
                raise TypeError(
                    f"{made.name}.{name}: field {name} is a ClassVar but specifies kw_only"
                )
            field.kw_only = False
            declared.append(field)
            continue
        if field.kw_only is MISSING:
            field.kw_only = kw_only
        own.append(field)
        declared.append(field)
    return own, tuple(declared)


def _meaning(cls: type, made: Plan, name: str, annotation: Any, scope: Scope) -> Meaning:
    """What an annotation asks for."""
    if annotation.__class__ is str:
        role = _role_of_string(annotation, cls)
        if role is not None:
            return role
        if not made.typed:
            return OBJECT
    _, meaning = understood(f"{made.name}.{name}", annotation, scope)
    if not made.typed and meaning.kind not in ("classvar", "initvar", "kw_only"):
        return OBJECT
    return meaning


# module.Name or Name, at the start of a string annotation, as dataclasses looks for it
_NAME = re.compile(r"\s*(?:([^\W\d]\w*)\s*\.)?\s*([^\W\d]\w*)")


def _of_module(module: Any, name: str) -> Any:
    """The value of a name in a module; None where there is none.

    A lazy import of Python 3.15 is made, if that works.
    """
    value = getattr(module, "__dict__", {}).get(name)
    if LAZY is None or not isinstance(value, LAZY):
        return value
    try:
        return getattr(module, name)
    except Exception:
        return None


def _role_of_string(annotation: str, cls: type) -> Meaning | None:
    """ClassVar, InitVar or KW_ONLY in a string annotation.

    dataclasses looks for them in the module of the class, and so does this.
    """
    match = _NAME.match(annotation)
    if match is None:
        return None
    prefix, name = match.groups()
    module = sys.modules.get(cls.__module__)
    namespace = module.__dict__ if module is not None else {}
    dataclasses, typing = sys.modules.get("dataclasses"), sys.modules.get("typing")
    if prefix is not None:
        home = _of_module(module, prefix)
        if home is None or (
            home is not dataclasses and home is not typing and home is not sys.modules.get("cslots")
        ):
            return None
        namespace = home.__dict__
    found = _of_module(module, name) if prefix is None else namespace.get(name)
    if found is None:
        return None
    if typing is not None and (
        found is typing.ClassVar or getattr(found, "__origin__", None) is typing.ClassVar
    ):
        return Meaning("classvar")
    if dataclasses is not None:
        if found is dataclasses.InitVar or type(found) is dataclasses.InitVar:
            return INITVAR
        if found is dataclasses.KW_ONLY:
            return Meaning("kw_only")
    return Meaning("kw_only") if found is KW_ONLY else None


def _bind(cls: type, made: Plan, name: str, annotation: Any, meaning: Meaning, said: Any) -> Field:
    """The bound Field of one annotation; `said` is what stands in the class body under its name."""
    where = f"{made.name}.{name}"
    field: Field
    if said is MISSING:
        field = Field(_inherited_default(cls, name))
    elif said.__class__ in PLAIN:
        field = Field(said)
    elif said.__class__ is Field:
        field = said.unbound()
    elif is_foreign_field(said):
        field = from_dataclasses(said)
        field.source = said
    else:
        field = Field(_on_class(cls, said))
    field.given = said
    # What stays on the class.
    behind = field.default if said.__class__ is Field or field.source is not None else said
    if meaning.kind in ("classvar", "initvar"):
        if field.default_factory is not MISSING:
            raise TypeError(f"{where}: field {name} cannot have a default factory")
    elif is_cached_property(behind):
        field = Field(init=False, repr=False, compare=False)
        field.cached = behind.func
    else:
        if field.default.__class__.__hash__ is None:
            raise ValueError(
                f"{where}: mutable default {type(field.default)} for field {name} is not allowed: "
                "use default_factory"
            )
        if _is_descriptor(behind, field):
            field.given = behind
            meaning = Meaning("descriptor")
    meaning = with_none(made.name, cls.__qualname__, field, meaning)
    field.bind(name, annotation, meaning, made.name)
    return field


def _on_class(cls: type, said: Any) -> Any:
    """What `Cls.name` gives for something in the class body."""
    kind = type(said)
    if isinstance(said, MemberDescriptorType):  # a slot
        return MISSING
    if not hasattr(kind, "__get__"):
        return said
    try:
        return kind.__get__(said, None, cls)
    except AttributeError:
        return MISSING


def _inherited_default(cls: type, name: str) -> Any:
    """The default of `name: T`: what a base has under that name.

    There is none if that is a property, or a field without a default.
    """
    for base in cls.__mro__[1:]:
        # Asked first: a field that a base annotated again is read by a descriptor of an older base.
        if _core.is_struct_class(base) and name in _core.plan_of(base).own_fields:
            return _core.default_of(base, name, MISSING)
        if _core.is_struct_class(base) and name in _core.plan_of(base).raw:
            return _on_class(cls, _core.plan_of(base).raw[name])
        found = base.__dict__.get(name, MISSING)
        if found is MISSING:
            continue
        if hasattr(type(found), "__set__"):
            return MISSING
        return _on_class(cls, found)
    return MISSING


def _is_descriptor(value: Any, field: Field) -> bool:
    """True for an attribute that keeps its value somewhere else.

    It stays on the class, and the constructor assigns through it.
    """
    kind = type(value)
    if (
        kind in PLAIN
        or isinstance(value, (MemberDescriptorType, FunctionType, type))
        or value is MISSING
    ):
        return False
    if hasattr(kind, "__set__"):
        return True
    return hasattr(kind, "__get__") and not field.init and not is_cached_property(value)


def _check_order_of_defaults(made: Plan, fields: Iterable[Field]) -> None:
    found = out_of_order(fields)
    if found is not None:
        field, before = found
        raise TypeError(
            f"{made.name}: non-default argument {field.name!r} follows default argument "
            f"{before.name!r}"
        )


# --- storage that is no field --------------------------------------------------------------------


def _take_dict_option(made: Plan, cls: type, wanted: bool | None, fields: Iterable[Field]) -> None:
    """Decide about the `__dict__` of the objects.

    They have one if the user wants it, a base has one, or a descriptor keeps its values there.
    """
    needed = [base for base in cls.__bases__ if brings_dict(base)]
    if wanted is False and needed:
        raise TypeError(
            f"{made.name}: dict=False, but base {needed[0].__name__} has a __dict__; "
            f"add '__slots__ = ()' to {first_with_dict(needed[0]).__name__}, or leave dict=False "
            "out"
        )
    slots = cls.__dict__.get("__slots__", ())
    asked = (
        "__dict__" in ((slots,) if isinstance(slots, str) else tuple(slots))
        if not _core.is_struct_class(cls)
        else False
    )
    made.dict = bool(
        wanted
        or needed
        or asked
        or (wanted is None and any(field.kind == "descriptor" for field in fields))
    )
    if any(base.__weakrefoffset__ != 0 for base in cls.__bases__):
        made.weakref = True


def _cached(
    cls: type, given: dict[str, Any], made: Plan, attributes: dict[str, Any]
) -> list[Field]:
    """Cached properties of a class without a `__dict__` keep their values in slots of their own."""
    found = []
    for name, value in given.items():
        if (
            is_cached_property(value)
            and name not in made.raw
            and all(field.name != name for field in made.declared)
        ):
            found.append(hidden(made, name, value.func))
    return found


# --- methods -------------------------------------------------------------------------------------


def checks_writes(made: Plan) -> bool:
    """Does the class get `__setattr__` and `__delattr__`?

    They check kinds; and after `del obj.field` the default is seen.
    """
    return made.typed or any(field.default is not MISSING for field in made.fields)


def _choose_methods(
    made: Plan,
    cls: type,
    given: dict[str, Any],
    options: Options,
    explicit_hash: bool,
    attributes: dict[str, Any],
) -> None:
    """Decide which methods the class gets, by the rules of dataclasses.

    What the body defines stays, except where that is an error.
    """
    name = made.name
    install = []

    def missing_from_bases(method: str) -> bool:
        """True if no base but object, or one where cslots put it, defines the method."""
        for base in cls.__mro__:
            found = base.__dict__.get(method)
            if found is not None and base is not object and not _core.is_generated(found):
                return False
        return True

    if options["init"] and "__init__" not in given:
        install.append("__init__")
    if made.repr and "__repr__" not in given:
        install.append("__repr__")
    if made.eq and "__eq__" not in given:
        install.append("__eq__")
    if made.order:
        for method in _core.ORDER:
            if method in given:
                raise TypeError(
                    f"Cannot overwrite attribute {method} in class {name}. Consider using "
                    "functools.total_ordering"
                )
            install.append(method)
    if made.frozen:
        for method in ("__setattr__", "__delattr__"):
            if method in given:
                raise TypeError(f"Cannot overwrite attribute {method} in class {name}")
            install.append(method)
    elif (
        checks_writes(made)
        and missing_from_bases("__setattr__")
        and missing_from_bases("__delattr__")
    ):
        install += ("__setattr__", "__delattr__")
    made.hash_mode = "user"
    if made.unsafe_hash and explicit_hash:
        raise TypeError(f"Cannot overwrite attribute __hash__ in class {name}")
    if made.unsafe_hash or (made.eq and made.frozen and not explicit_hash):
        made.hash_mode = "value"
        install.append("__hash__")
    elif made.eq and not explicit_hash:
        made.hash_mode = "none"
        attributes["__hash__"] = None
    if "__replace__" not in given:
        install.append("__replace__")
    for method in ("__reduce_ex__", "__copy__", "__deepcopy__", "__sizeof__", "__setstate__"):
        if missing_from_bases(method):
            install.append(method)
    if missing_from_bases("__getstate__"):
        install.append("__getstate__")
    if made.match_args and "__match_args__" not in given:
        attributes["__match_args__"] = tuple(
            [field.name for field in made.fields if field.init and not field.kw_only]
        )
    if any(field.kind == "descriptor" for field in made.fields):
        written = _interop.methods_by_attribute(made.stored(), install)
        install = [method for method in install if method not in written]
        attributes.update(written)
    attributes["__dataclass_fields__"] = _interop.Fields(cls)
    attributes["__dataclass_params__"] = _interop.PARAMS
    if not hasattr(cls, "__get_pydantic_core_schema__"):
        attributes["__get_pydantic_core_schema__"] = _interop.PYDANTIC
    if "__cslots_late__" not in cls.__dict__:
        attributes.update(
            travelling(
                cls.__module__,
                cls.__qualname__,
                cls.__dict__.get("__orig_bases__", cls.__bases__),
                cls,
            )
        )
    if not getattr(cls, "__doc__", None):
        attributes["__doc__"] = _interop.DOC
    if "__slots__" in given:
        attributes["__slots__"] = given["__slots__"]
    elif options["slots"]:
        slots = _own_slots(cls, made)
        docs = {field.name: getattr(field.source, "doc", None) for field in made.fields}
        attributes["__slots__"] = (
            {key: docs.get(key) for key in slots} if any(docs.values()) else tuple(slots)
        )
    made.install = tuple(install)


def _own_slots(cls: type, made: Plan) -> list[str]:
    """What `__slots__` of the class would hold if its author had written it."""
    above = {key for base in cls.__mro__[1:] for key in _slot_names(base)}
    slots = [
        field.name
        for field in made.fields
        if field.owner == made.name and field.kind not in NOT_STORED and field.name not in above
    ]
    if made.weakref and not any(base.__weakrefoffset__ for base in cls.__bases__):
        slots.append("__weakref__")
    return slots


def slots_of(cls: type) -> Any:
    """`cls.__slots__` where the dict of the class has none.

    It holds the names of the fields; of an ordinary subclass, it is that of its base.
    """
    for base in cls.__mro__:
        if "__slots__" in base.__dict__:
            return base.__dict__["__slots__"]
        if _core.is_struct_class(base) and _core.plan_of(base).style == "dataclass":
            return tuple(_own_slots(base, _core.plan_of(base)))
    raise AttributeError(f"type object {cls.__name__!r} has no attribute '__slots__'")


def _slot_names(cls: type) -> Iterable[str]:
    slots = cls.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else () if hasattr(slots, "__next__") else slots
