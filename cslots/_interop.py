"""What a Struct or a cslots dataclass shows to libraries that know dataclasses.

`__dataclass_fields__` and `__dataclass_params__` are made when they are first asked for, since
making them imports dataclasses. Until then a stand-in is in their place:

    vars(cls)["__dataclass_fields__"]    Fields, a dict that fills itself at the first look
    vars(cls)["__dataclass_params__"]    of a decorated class PARAMS, which puts the real thing in
                                         its own place; of a Struct STRUCT_PARAMS: what a library
                                         assigns there would mean a second decorator
    vars(cls)["__doc__"]                 DOC, as PARAMS

A library that knows pydantic's protocol gets a schema that calls the class (`pydantic_schema`).
pydantic itself would fill an object past the constructor, which a Struct does not allow.
"""

from __future__ import annotations

from . import _core
from ._field import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType
    from typing import Any

    from ._field import Field
    from ._plan.plan import Plan

__all__ = [
    "DOC",
    "PARAMS",
    "PYDANTIC",
    "STRUCT_PARAMS",
    "Fields",
    "generated_code",
    "generated_repr",
    "get_state",
    "methods_by_attribute",
    "set_state",
]


class _Later:
    """An attribute of a class that is made at the first look."""

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Callable[[type], Any]) -> None:
        self.name = name
        self.make = make

    def __get__(self, obj: object, owner: type | None = None) -> Any:
        for cls in (owner or type(obj)).__mro__:
            if cls.__dict__.get(self.name) is self:
                value = self.make(cls)
                setattr(cls, self.name, value)
                return value
        raise AttributeError(self.name)

    def __repr__(self) -> str:
        return f"<{self.name}, made at the first look>"

    def __reduce__(self) -> str:
        return "DOC" if self is DOC else "PARAMS"


class Fields(dict[str, "Any"]):
    """`__dataclass_fields__` of one class; `cls.__dataclass_fields__` gives a plain dict."""

    __slots__ = ("full", "owner")

    def __init__(self, owner: type | None = None) -> None:
        self.owner = owner
        self.full: dict[str, Any] | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        # Else it is the class of a pool's rows, which show the fields of their records.
        if self.owner is None:
            self.owner = owner

    def __reduce__(self) -> tuple[Any, ...]:
        return Fields, (self.owner,)

    def __get__(self, obj: object, owner: type | None = None) -> dict[str, Any]:
        if self.full is None:
            if self.owner is None:
                raise AttributeError("__dataclass_fields__")
            self.full = _fields_of(self.owner)
            self.update(self.full)
            self.owner.__dataclass_fields__ = self.full  # type: ignore[attr-defined]
        return self.full


def _filled_first(name: str) -> Callable[..., Any]:
    method = getattr(dict, name)

    def ask(self: Fields, *args: Any) -> Any:
        if self.full is None:
            self.__get__(None)
        return method(self, *args)

    return ask


for _name in (
    "__contains__",
    "__eq__",
    "__getitem__",
    "__iter__",
    "__len__",
    "__ne__",
    "__repr__",
    "copy",
    "get",
    "items",
    "keys",
    "values",
):
    setattr(Fields, _name, _filled_first(_name))


def _fields_of(cls: type) -> dict[str, Any]:
    """name -> dataclasses.Field, ClassVars and InitVars included, as dataclasses keeps it."""
    import dataclasses

    found: dict[str, Any] = {}
    plan = _core.plan_of(cls)
    if plan.style == "struct":
        for field in plan.fields:
            if not field.hidden:
                found[field.name] = _foreign_field(field, dataclasses)
                found[field.name].type = _spelled(cls, field)
        return found
    for base in cls.__mro__[-1:0:-1]:
        # Not asked of its own dict: a class without the decorator stands for its base, in the
        # order of the classes.
        found.update(getattr(base, "__dataclass_fields__", {}))
    for field in plan.declared:
        found[field.name] = _foreign_field(field, dataclasses)
    return found


def _foreign_field(field: Field, dataclasses: Any) -> Any:
    made = field.source
    if made is None:
        theirs = dataclasses.MISSING
        made = dataclasses.field(
            default=theirs if field.default is MISSING else field.default,
            default_factory=theirs if field.default_factory is MISSING else field.default_factory,
            init=field.init,
            repr=field.repr,
            hash=field.hash,
            compare=field.compare,
            metadata=field.metadata or None,
            kw_only=field.kw_only,
        )
    role = {"classvar": "_FIELD_CLASSVAR", "initvar": "_FIELD_INITVAR"}.get(field.kind, "_FIELD")
    made.name = field.name
    made.type = field.type
    made.kw_only = (
        dataclasses.MISSING
        if field.kw_only is MISSING or role == "_FIELD_CLASSVAR"
        else field.kw_only
    )
    made._field_type = getattr(dataclasses, role)
    return made


def _spelled(cls: type, field: Field) -> Any:
    """The annotation of a field; one that named what came later, as Python spells it now."""
    from ._kinds import Either, Placeholder

    if not isinstance(field.type, (Either, Placeholder)):
        return field.type
    for owner in cls.__mro__:
        if owner.__name__ == field.owner:
            try:
                return owner.__annotations__[field.name]
            except (AttributeError, KeyError, NameError):
                break
    return repr(field.type)


def _params_of(cls: type) -> Any:
    """The parameters of the decorator, in the class that dataclasses has for them."""
    from dataclasses import _DataclassParams  # type: ignore[attr-defined]

    plan = _core.plan_of(cls)
    given: dict[str, Any]
    if plan.style == "struct":
        given = {
            name: getattr(plan, name, True) for name in (*_DataclassParams.__slots__, "weakref")
        }
        given["weakref_slot"] = plan.weakref
    else:
        given = dict(plan.params)
    given["slots"] = True
    given["weakref_slot"] = given["weakref_slot"] or given["weakref"]
    return _DataclassParams(**{name: given[name] for name in _DataclassParams.__slots__})


def _with_names(cls: type, signature: Any) -> Any:
    """The signature with its annotations evaluated.

    They may name the class itself, or what came later. From Python 3.14 on they are asked again.
    """
    annotate = getattr(cls.__init__, "__annotate__", None)  # type: ignore[misc]
    if annotate is None or not getattr(annotate, "__generated_by_dataclasses__", False):
        return signature
    known = annotate(3)  # annotationlib.Format.FORWARDREF
    parameters = [
        each.replace(annotation=known.get(each.name, each.annotation))
        for each in signature.parameters.values()
    ]
    return signature.replace(parameters=parameters)


def _doc_of(cls: type) -> str:
    import inspect

    try:
        text = str(_with_names(cls, inspect.signature(cls))).replace(" -> None", "")
    except (TypeError, ValueError, NameError):
        text = ""
    return cls.__name__ + text


class _StructParams:
    """`__dataclass_params__` of Structs."""

    __slots__ = ()

    def __get__(self, obj: object, owner: type | None = None) -> Any:
        return _params_of(owner or type(obj))

    def __repr__(self) -> str:
        return "<__dataclass_params__, made at each look>"

    def __reduce__(self) -> str:
        return "STRUCT_PARAMS"


STRUCT_PARAMS = _StructParams()
PARAMS = _Later("__dataclass_params__", _params_of)
DOC = _Later("__doc__", _doc_of)


def __create_fn__() -> Callable[[object], str]:  # noqa: N807
    """Named as in dataclasses, for pprint (binding/object/repr_method.c)."""

    def __repr__(self: object) -> str:  # noqa: N807
        return repr(self)

    return __repr__


generated_repr = __create_fn__


def generated_code() -> CodeType:
    """Code that lies in a file of dataclasses, for rich."""
    import reprlib

    return __create_fn__().__code__.replace(co_filename=reprlib.__file__)


def methods_by_attribute(fields: Iterable[Field], wanted: Iterable[str]) -> dict[str, Any]:
    """Methods that read attributes, for a class in which a descriptor keeps a field's value."""
    from reprlib import recursive_repr

    fields = list(fields)
    shown = [field.name for field in fields if field.repr]
    compared = [field.name for field in fields if field.compare]
    hashed = [
        field.name for field in fields if (field.compare if field.hash is None else field.hash)
    ]

    def values(self: Any, names: Iterable[str]) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in names])

    @recursive_repr()
    def __repr__(self: Any) -> str:  # noqa: N807
        said = ", ".join([f"{name}={getattr(self, name)!r}" for name in shown])
        return f"{type(self).__qualname__}({said})"

    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
        return (
            values(self, compared) == values(other, compared)
            if type(self) is type(other)
            else NotImplemented
        )

    def __lt__(self: Any, other: Any) -> Any:  # noqa: N807
        return (
            values(self, compared) < values(other, compared)
            if type(self) is type(other)
            else NotImplemented
        )

    def __le__(self: Any, other: Any) -> Any:  # noqa: N807
        return (
            values(self, compared) <= values(other, compared)
            if type(self) is type(other)
            else NotImplemented
        )

    def __gt__(self: Any, other: Any) -> Any:  # noqa: N807
        return (
            values(self, compared) > values(other, compared)
            if type(self) is type(other)
            else NotImplemented
        )

    def __ge__(self: Any, other: Any) -> Any:  # noqa: N807
        return (
            values(self, compared) >= values(other, compared)
            if type(self) is type(other)
            else NotImplemented
        )

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self, hashed))

    methods = (__repr__, __eq__, __lt__, __le__, __gt__, __ge__, __hash__)
    return {method.__name__: method for method in methods if method.__name__ in wanted}


def pydantic_schema(cls: type, source: Any, handler: Any) -> Any:
    """`__get_pydantic_core_schema__`: that of a dataclass, but the class makes its objects."""
    schema = handler(source)
    inner = handler.resolve_ref_schema(schema)
    if cls is _core.Struct or inner.get("type") != "dataclass":
        return schema
    if _core.plan_of(cls).style == "subclass" or "__is_pydantic_dataclass__" in vars(cls):
        inner["slots"] = True  # pydantic's own __init__ shall fill the fields, and not a __dict__
        _core.check_members(cls)
        return schema
    from pydantic_core import core_schema

    fields = [field for field in _core.plan_of(cls).fields if field.init]
    taken = [field.name for field in fields if field.kind != "initvar"]
    init_vars = [field.name for field in fields if field.kind == "initvar"]

    def validate(value: Any, check: Any) -> Any:
        if isinstance(value, cls):
            return value
        values, only_given = check(value)
        given = {name: values[name] for name in taken if name in values}
        return cls(**given, **dict(zip(init_vars, only_given or (), strict=False)))

    validate.__name__ = validate.__qualname__ = cls.__name__  # what errors show

    def serialise(value: Any, write: Any) -> Any:
        return write(value)

    def describe(schema: Any, handler: Any) -> Any:
        described = handler(schema)
        handler.resolve_ref_schema(described).setdefault("title", cls.__name__)
        return described

    as_dataclass = dict(inner)
    ref = as_dataclass.pop("ref", None)
    made = core_schema.no_info_wrap_validator_function(
        validate,
        inner["schema"],
        ref=ref,
        metadata={"pydantic_js_functions": [describe]},
        serialization=core_schema.wrap_serializer_function_ser_schema(
            serialise, schema=as_dataclass
        ),
    )
    inner.clear()  # others may refer to it already
    inner.update(made)
    return schema


PYDANTIC: Any = classmethod(pydantic_schema)


def range_error() -> type[Exception] | None:
    """RangeError for a program that has loaded msgspec: it is a ValidationError as well.

    None if there cannot be such a class.
    """
    import msgspec

    return type(
        "RangeError",
        (_core.RangeError, msgspec.ValidationError),
        {
            "__module__": "cslots",
            "__doc__": _core.RangeError.__doc__,
            "__reduce__": lambda self: (_core.RangeError, self.args),
        },
    )


def get_state(obj: Any) -> list[Any]:
    """The values of the fields: what dataclasses pickles of a frozen class with slots."""
    return [getattr(obj, field.name) for field in _core.plan_of(type(obj)).stored()]


def set_state(obj: Any, state: Any) -> None:
    """Take over what `__getstate__` gives, or the state of what the class was before.

    That may have been a plain class, one with slots, or a dataclass. A state is a dict, a pair of
    dicts (that of the `__dict__`, that of the slots), or a list of values.
    """
    cls = type(obj)
    plan = _core.plan_of(cls)
    stored = plan.stored()
    if isinstance(state, list):
        if len(state) > len(stored):
            raise TypeError(
                f"{cls.__name__} has {len(stored)} fields; the pickle has {len(state)} values (a "
                "__setstate__ can take them)"
            )
        state = dict(zip([field.name for field in stored], state, strict=False))
    missing = {field.name: field for field in stored if field.kind != "descriptor"}
    parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    for part in parts:
        if part is None:
            continue
        if not isinstance(part, dict):
            raise TypeError(
                f"{cls.__name__}: expected the state of a class or dataclass, got "
                f"{type(part).__name__}"
            )
        for name, value in part.items():
            if name in missing:
                _core.force_setattr(obj, name, value)
                del missing[name]
            else:
                _set_other(obj, plan, name, value)
    for name, field in missing.items():  # one that the class got after the pickle was made
        if field.default is not MISSING:
            _core.force_setattr(obj, name, field.default)
        elif field.default_factory is not MISSING:
            _core.force_setattr(obj, name, field.default_factory())


def _set_other(obj: Any, plan: Plan, name: str, value: Any) -> None:
    """Set what is not a field: a hidden one, a slot of a base, an entry of the `__dict__`."""
    if any(
        field.name == name and field.kind not in ("initvar", "descriptor") for field in plan.fields
    ):
        _core.force_setattr(obj, name, value)
        return
    found = next((cls.__dict__[name] for cls in type(obj).__mro__ if name in cls.__dict__), None)
    try:
        if hasattr(type(found), "__set__"):
            type(found).__set__(found, obj, value)  # type: ignore[union-attr]
        else:
            obj.__dict__[name] = value
    except AttributeError as error:
        raise TypeError(
            f"{type(obj).__name__} has no field {name!r} any more; the pickle has a value for it "
            "(a __setstate__ can take it)"
        ) from error
