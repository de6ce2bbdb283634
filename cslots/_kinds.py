"""Kinds: from an annotation to the way its values are stored.

    annotation  ->  Meaning(kind, nullable, argument, enum)

`str` is the kind "str". `uint8`, which type checkers see as an int, is `Annotated[int,
Kind("uint8")]`. `Color | None` is "choice8" and nullable. What has no special meaning is "object".
Three answers are not kinds of stored fields: "classvar", "initvar", "kw_only".

Strings, forward references and the lazy annotations of Python 3.14 are evaluated in a Scope
(`_plan/scope.py`). The name of the class that is being made, and names that nothing has defined
yet, have stand-ins there; these become "struct" (argument SELF) and "deferred".

Importing this module imports neither typing nor enum, datetime or dataclasses: an annotation that
is made of one of them proves that it is loaded.
"""

from __future__ import annotations

import builtins
import sys
from types import GenericAlias, UnionType

from . import _core
from ._field import KW_ONLY, SELF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ._plan.scope import Scope

__all__ = ["KINDS", "TABLE", "Kind", "Meaning", "meaning_of"]

TABLE: dict[str, _core.KindRow] = {row["name"]: row for row in _core.kinds()}

# Every name that Kind() takes, and the Python type that a checker shall see.
KINDS: dict[str, type] = {
    name: getattr(builtins, row["python"])
    for name, row in TABLE.items()
    if row["python"] is not None and "." not in row["python"]
}

RANGES: dict[str, tuple[int, int]] = {
    name: row["range"] for name, row in TABLE.items() if row["range"] is not None
}


def fits_float(letter: str, value: float) -> bool:
    """Can a field of floats of that format of the struct module hold it?

    It takes infinities and nan, and what rounding keeps finite.
    """
    from struct import pack

    try:
        pack("<" + letter, float(value))  # the native formats do not look
    except OverflowError:
        return False
    return True


CHOICE_MAX = 1 << 16


class Kind:
    """The mark inside `Annotated[T, Kind(name)]` that says how a field annotated so is stored.

    >>> Percent = Annotated[int, Kind("uint8")]     # the same storage as cslots.uint8
    >>> Anything = Annotated[int, Kind("object")]   # an unchecked pointer, though annotated as int

    Raises ValueError for a name that is no kind.
    """

    __slots__ = ("name",)

    name: str

    def __init__(self, name: str) -> None:
        if name not in KINDS:
            raise ValueError(f"no kind is named {name!r} (kinds: {', '.join(KINDS)})")
        object.__setattr__(self, "name", name)

    @property
    def __is_annotated_types_grouped_metadata__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[object]:
        """The range of the kind in the terms of annotated_types; nothing if it has no range.

        hypothesis, pydantic and others read them.

        hypothesis asks where annotated_types is not installed, too: there it is told the strategy.
        """
        bounds = RANGES.get(self.name)
        row = TABLE[self.name]
        letter = row["buffer"] or ""
        if bounds is None and not (row["family"] == "float" and row["size"] < 8):
            return
        try:
            from annotated_types import Ge, Le, Predicate
        except ImportError:
            strategies = sys.modules.get("hypothesis.strategies")
            if strategies is not None:
                yield (
                    strategies.floats(width=8 * row["size"])
                    if bounds is None
                    else strategies.integers(*bounds)
                )
            return
        if bounds is None:
            yield Predicate(lambda value: fits_float(letter, value))
        else:
            yield Ge(bounds[0])
            yield Le(bounds[1])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Kind is immutable; cannot assign {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Kind is immutable; cannot delete {name!r}")

    def __repr__(self) -> str:
        return f"Kind({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, Kind) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def __reduce__(self) -> tuple[type[Kind], tuple[str]]:
        return Kind, (self.name,)


class Meaning:
    """What an annotation asks for; `open`: it holds a name that could not be looked up."""

    __slots__ = ("argument", "enum", "kind", "nullable", "open")

    def __init__(
        self,
        kind: str,
        nullable: bool = False,
        argument: Any = None,
        enum: Any = None,
        open: bool = False,
    ) -> None:
        self.kind = kind
        self.nullable = nullable
        self.argument = argument
        self.enum = enum
        self.open = open

    def or_none(self) -> Meaning:
        """The same, and None too. `object` takes None anyway; a Literal may list it."""
        if self.nullable or self.kind in ("object", "classvar", "initvar"):
            return self
        if self.kind in ("choice8", "choice16") and self.enum is None and None in self.argument:
            return self
        return Meaning(self.kind, True, self.argument, self.enum, self.open)

    def __str__(self) -> str:
        """The kind as error messages say it: "uint8", "Address or None", "one of 'a', 'b'"."""
        word: str
        if self.kind == "struct":
            word = "the class itself" if self.argument is SELF else self.argument.__qualname__
        elif self.kind == "deferred":
            word = repr(self.argument[0])
        elif self.enum is not None:
            word = self.enum.__qualname__
        elif self.kind in ("choice8", "choice16"):
            word = "one of " + ", ".join(map(repr, self.argument))
        else:
            word = self.kind
        return word + " or None" if self.nullable else word


class Placeholder:
    """Stands in an annotation for a name without a value.

    The name comes later, or it is that of the class being made.
    """

    __slots__ = ("expression", "scope")

    def __init__(self, expression: str, scope: Scope | None = None) -> None:
        self.expression = expression
        self.scope = scope  # None: it is the class being made

    def __getattr__(self, name: str) -> Placeholder:
        if name[:2] == "__":  # typing asks for __origin__, __parameters__ and the like
            raise AttributeError(name)
        if self.scope is None:
            raise NameError(f"{self.expression}.{name} is not defined while the class is made")
        return self.scope.stand_in(f"{self.expression}.{name}")

    def __getitem__(self, parameters: object) -> Placeholder:
        return self

    def __or__(self, other: object) -> Either:
        return Either(self, other)

    def __ror__(self, other: object) -> Either:
        return Either(other, self)

    def __repr__(self) -> str:
        return self.expression


class Either:
    """`A | B` where one of them is a Placeholder."""

    __slots__ = ("__args__",)

    def __init__(self, *args: object) -> None:
        self.__args__ = args

    def __or__(self, other: object) -> Either:
        return Either(*self.__args__, other)

    def __ror__(self, other: object) -> Either:
        return Either(other, *self.__args__)

    def __repr__(self) -> str:
        return " | ".join(
            "None" if a is None else getattr(a, "__name__", None) or repr(a) for a in self.__args__
        )


_OBJECT = Meaning("object")
_CLASSVAR = Meaning("classvar")
_INITVAR = Meaning("initvar")
_KW_ONLY = Meaning("kw_only")

# By identity, since hashing a typing object costs more than all the rest. The keys stay alive: they
# are built-in types, and what _ALIASES holds.
_BY_ID = {
    id(object): _OBJECT,
    id(str): Meaning("str"),
    id(bytes): Meaning("bytes"),
    id(bool): Meaning("bool"),
    id(int): Meaning("int"),
    id(float): Meaning("float64"),
    id(KW_ONLY): _KW_ONLY,
    id(list): _OBJECT,
    id(dict): _OBJECT,
    id(set): _OBJECT,
    id(tuple): _OBJECT,
    id(complex): _OBJECT,
}
_BY_KIND = {name: Meaning(name) for name in KINDS}
_ALIASES: dict[str, Any] = {}


_NONE_TYPE = type(None)
_FLAG_SIZES = [(8 * row["size"], name) for name, row in TABLE.items() if row["family"] == "flag"]
# Of classes that a program knows only after it imported their module: {"datetime": {"date": ...}}.
_CLASSES: dict[str, dict[str, Meaning]] = {}
for _name, _row in TABLE.items():
    if _row["python"] is not None and "." in _row["python"]:
        _module, _, _class = _row["python"].rpartition(".")
        _CLASSES.setdefault(_module, {})[_class] = Meaning(_name)


def alias(name: str) -> Any:
    """The annotation `cslots.<name>`: made when first asked for, the same object ever after."""
    found = _ALIASES.get(name)
    if found is None:
        from typing import Annotated

        found = _ALIASES.setdefault(name, Annotated[KINDS[name], Kind(name)])
        _BY_ID[id(found)] = _BY_KIND[name]
    return found


def meaning_of(annotation: Any, scope: Scope) -> Meaning:
    """The Meaning of one annotation; `scope` looks up the names in strings.

    Raises TypeError for an annotation that cannot be evaluated.
    """
    known = _BY_ID.get(id(annotation))
    if known is not None:
        return known
    if annotation.__class__ is str:
        return meaning_of(scope.evaluate(annotation), scope)
    if issubclass(type(annotation), type):
        return _of_class(annotation)
    return _of_form(annotation, scope)


def _of_class(cls: Any) -> Meaning:
    if _core.is_struct_class(cls):
        return Meaning("struct", argument=cls)
    modules = sys.modules
    for name, meanings in _CLASSES.items():
        module = modules.get(name)
        for attribute, meaning in meanings.items():
            if module is not None and cls is getattr(module, attribute, None):
                return meaning
    enum = modules.get("enum")
    if enum is not None and isinstance(cls, enum.EnumMeta):
        return _of_flag(cls) if issubclass(cls, enum.Flag) else _of_enum(cls)
    dataclasses = modules.get("dataclasses")
    if dataclasses is not None and cls is dataclasses.InitVar:
        return _INITVAR
    return _OBJECT


def _choices(values: tuple[Any, ...], enum: Any) -> Meaning:
    if not 0 < len(values) <= CHOICE_MAX:
        return _OBJECT
    return Meaning("choice8" if len(values) <= 256 else "choice16", argument=values, enum=enum)


def _of_enum(cls: Any) -> Meaning:
    return _OBJECT if _makes_members(cls) else _choices(tuple(cls), cls)


def _makes_members(cls: Any) -> bool:
    """True if the Enum has a `_missing_` that makes members: their number is not known.

    Most only look for one.
    """
    missing = next(
        (base.__dict__["_missing_"] for base in cls.__mro__ if "_missing_" in base.__dict__), None
    )
    code = getattr(getattr(missing, "__func__", missing), "__code__", None)
    return code is not None and "__new__" in _names_in(code)


def _names_in(code: Any) -> Iterator[str]:
    """The names that a function uses, and those that are defined in it."""
    yield from code.co_names
    for const in code.co_consts:
        if hasattr(const, "co_names"):
            yield from _names_in(const)


def _of_flag(cls: Any) -> Meaning:
    values = [member.value for member in cls.__members__.values()]
    if not values or not all(isinstance(value, int) and value >= 0 for value in values):
        return _OBJECT
    width = max(values).bit_length()
    for bits, kind in _FLAG_SIZES:
        if width <= bits:
            return Meaning(kind, argument=cls, enum=cls)
    return _OBJECT


def _of_form(annotation: Any, scope: Scope) -> Meaning:
    """What is not a class: typing's constructs, unions, placeholders, other objects."""
    form = type(annotation)
    if form is Placeholder:
        if annotation.scope is None:
            return Meaning("struct", argument=SELF, open=True)
        last = annotation.expression.rpartition(".")[2]
        if last == "ClassVar":  # imported for the type checker only
            return _CLASSVAR
        if last == "InitVar":
            return _INITVAR
        return Meaning("deferred", argument=(annotation.expression, annotation.scope), open=True)
    if form is Either or form is UnionType:
        return _of_union(annotation.__args__, scope)
    if form is Kind:
        return _BY_KIND[annotation.name]
    if form is Meaning:  # of a class that is made from a pickle
        return annotation  # type: ignore[no-any-return]
    if annotation is None:
        return _OBJECT
    origin = getattr(annotation, "__origin__", None)
    metadata = getattr(annotation, "__metadata__", None)
    if metadata is not None and origin is not None:
        return _of_annotated(origin, metadata, scope)
    typing = sys.modules.get("typing")
    if typing is not None:
        if origin is typing.Union:
            return _of_union(annotation.__args__, scope)
        if origin is typing.Literal:
            return _of_literal(annotation)
        if origin is typing.ClassVar or annotation is typing.ClassVar:
            return _CLASSVAR
        if origin is typing.Final:
            return meaning_of(annotation.__args__[0], scope)
        if annotation is typing.Self:
            return Meaning("struct", argument=SELF, open=True)
        if form is typing.NewType:
            return meaning_of(annotation.__supertype__, scope)
        if form is typing.ForwardRef:
            return meaning_of(scope.evaluate(annotation.__forward_arg__), scope)
        alias_type = getattr(typing, "TypeAliasType", None)
        if alias_type is not None:
            if form is alias_type:
                return _of_type_alias(annotation, (), scope)
            if type(origin) is alias_type:
                return _of_type_alias(origin, annotation.__args__, scope)
    dataclasses = sys.modules.get("dataclasses")
    if dataclasses is not None:
        if form is dataclasses.InitVar:
            return _INITVAR
        if annotation is dataclasses.KW_ONLY:
            return _KW_ONLY
    if form is not GenericAlias and origin is not None and _core.is_struct_class(origin):
        return Meaning("struct", argument=origin)
    return _OBJECT


def _of_union(args: tuple[Any, ...], scope: Scope) -> Meaning:
    others = [arg for arg in args if arg is not None and arg is not _NONE_TYPE]
    if len(others) != 1:
        return _OBJECT
    meaning = meaning_of(others[0], scope)
    return meaning if len(others) == len(args) else meaning.or_none()


def _of_annotated(origin: Any, metadata: tuple[Any, ...], scope: Scope) -> Meaning:
    inner = meaning_of(origin, scope)
    for mark in metadata:
        if mark.__class__ is Kind:
            known = _BY_KIND[mark.name]
            # Annotated[int | None, Kind("uint8")] is uint8 | None
            return known.or_none() if inner.nullable else known
    return inner


def _of_literal(annotation: Any) -> Meaning:
    values = []
    enum = sys.modules.get("enum")
    for value in _literal_values(annotation.__args__):
        if not (
            value is None
            or value.__class__ in (str, int, bool, bytes)
            or (enum is not None and isinstance(value, enum.Enum))
        ):
            raise TypeError(
                f"Literal[{value!r}]: a literal is a str, int, bool, bytes, None or an Enum "
                "member that is defined before the class"
            )
        values.append(value)
    return _choices(tuple(values), None)


def _literal_values(args: tuple[Any, ...]) -> Iterator[Any]:
    for arg in args:
        inner = getattr(arg, "__args__", None)
        if inner is None:
            yield arg
        else:
            yield from _literal_values(inner)


def _of_type_alias(alias: Any, args: tuple[Any, ...], scope: Scope) -> Meaning:
    """`type Maybe[T] = T | None`: the value, with the parameters put in."""
    try:
        value = alias.__value__
    except NameError:
        return Meaning("deferred", argument=(alias.__name__, scope), open=True)
    if args:
        given = dict(zip(alias.__type_params__, args, strict=False))
        if value in alias.__type_params__:
            value = given.get(value, value)
        else:
            parameters = getattr(value, "__parameters__", ())
            if parameters:
                value = value[tuple(given.get(parameter, parameter) for parameter in parameters)]
    return meaning_of(value, scope)
