"""Field: what a class knows about one of its attributes, and field(), which declares one.

A Field made by `field()` is unbound: it has only what the user said. Planning a class (`_plan/`)
makes a bound Field of it, which has a name, a kind and an owner as well. Unbound Fields are never
changed, so one of them may serve several attributes.
"""

from __future__ import annotations

import sys
from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final, TypeVar, overload

    _T = TypeVar("_T")

__all__ = ["KW_ONLY", "MISSING", "SELF", "Field", "field"]


class _Sentinel:
    """A value that stands for itself: the same object after copy and pickle."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name

    def __reduce__(self) -> str:
        return self._name  # pickled as a global of this module


MISSING: Final = _Sentinel("MISSING")
KW_ONLY: Final = _Sentinel("KW_ONLY")
# As the argument of a struct field: the class that is just being made.
SELF: Final = _Sentinel("SELF")

_NO_METADATA: MappingProxyType[Any, Any] = MappingProxyType({})


class Field:
    """One field of a Struct class; `cslots.fields(cls)` lists them.

    name         the attribute
    type         its annotation, evaluated; the string itself where it names the class that is being
                 made, or nothing yet
    kind         how it is stored: "uint8", "str", "struct", "choice8", ...
    nullable     True if None is accepted beside the values of the kind
    argument     struct: the class; choice: the tuple of its values; flag: the Flag class
    enum         choice, flag: the Enum class, None for a Literal
    default, default_factory   MISSING where there is none
    init, repr, compare, kw_only   bool
    hash         bool, or None: as `compare`
    metadata     read-only mapping
    cached       the function of a functools.cached_property, which makes the value at the first
                 read; else None
    owner        the name of the class that declared it
    """

    __slots__ = (
        "argument",
        "cached",
        "compare",
        "default",
        "default_factory",
        "enum",
        "given",
        "hash",
        "hidden",
        "init",
        "kind",
        "kw_only",
        "late",
        "lenient",
        "metadata",
        "name",
        "nullable",
        "owner",
        "repr",
        "source",
        "type",
    )

    def __init__(
        self,
        default: Any = MISSING,
        default_factory: Any = MISSING,
        init: bool = True,
        repr: bool = True,
        hash: bool | None = None,
        compare: bool = True,
        metadata: Mapping[Any, Any] | None = None,
        kw_only: Any = MISSING,
    ) -> None:
        self.name: str = ""
        self.type: Any = None
        self.kind: str = ""
        self.nullable: bool = False
        self.argument: Any = None
        self.enum: Any = None
        self.cached: Any = None
        # The name in its annotation that had no value when the class was made, but has one now.
        self.late: str | None = None
        self.owner: str = ""
        self.lenient = False  # nullable only because required references lead in a circle
        self.hidden = False  # storage that is no field: a name in `__slots__`, a cached property
        self.given: Any = MISSING  # a decorated class: what stood in its body,
        self.source: Any = None  # and the dataclasses.Field that it was
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = _NO_METADATA if metadata is None else MappingProxyType(metadata)
        self.kw_only = kw_only

    def __repr__(self) -> str:
        said = "".join(
            f", {name}={getattr(self, name)!r}"
            for name in _SAID
            if getattr(self, name) is not MISSING
        )
        kind = f"{self.kind!r}" + (" or None" if self.nullable else "")
        return (
            f"Field(name={self.name!r}, type={self.type!r}, kind={kind}, "
            f"owner={self.owner!r}{said})"
        )

    def __set_name__(self, owner: type, name: str) -> None:
        """As in dataclasses: a default that wants to know its name is told."""
        told = getattr(type(self.default), "__set_name__", None)
        if told is not None:
            told(self.default, owner, name)

    def bind(self, name: str, annotation: Any, meaning: Any, owner: str) -> None:
        """Give it its name, and the kind that its annotation means (a Meaning)."""
        self.name = name
        self.type = annotation
        self.kind = meaning.kind
        self.nullable = meaning.nullable
        self.argument = meaning.argument
        self.enum = meaning.enum
        self.owner = owner

    def unbound(self) -> Field:
        """An unbound Field that says the same: a new one, for the caller to bind."""
        said = Field()
        for name in _SAID:
            setattr(said, name, getattr(self, name))
        return said

    def caching(self, function: Any) -> Field:
        """The same field in a subclass that has a cached property of this function over it."""
        said = Field()
        for name in Field.__slots__:
            setattr(said, name, getattr(self, name))
        said.cached = function
        return said


_SAID = ("default", "default_factory", "init", "repr", "hash", "compare", "kw_only", "metadata")


if TYPE_CHECKING:
    # What type checkers see: the type of the default is that of the field.
    @overload
    def field(
        *,
        default: _T,
        init: bool = True,
        repr: bool = True,
        hash: bool | None = None,
        compare: bool = True,
        metadata: Mapping[Any, Any] | None = None,
        kw_only: bool = ...,
    ) -> _T: ...
    @overload
    def field(
        *,
        default_factory: Callable[[], _T],
        init: bool = True,
        repr: bool = True,
        hash: bool | None = None,
        compare: bool = True,
        metadata: Mapping[Any, Any] | None = None,
        kw_only: bool = ...,
    ) -> _T: ...
    @overload
    def field(
        *,
        init: bool = True,
        repr: bool = True,
        hash: bool | None = None,
        compare: bool = True,
        metadata: Mapping[Any, Any] | None = None,
        kw_only: bool = ...,
    ) -> Any: ...
    def field(**said: Any) -> Any: ...

else:

    def field(
        *,
        default=MISSING,
        default_factory=MISSING,
        init=True,
        repr=True,
        hash=None,
        compare=True,
        metadata=None,
        kw_only=MISSING,
    ):
        """Declare a field with more than an annotation and a default, as `dataclasses.field` does.

        default          the value when none is given
        default_factory  called without arguments for each object that needs a value: for lists,
                         dicts, sets
        init             False: no parameter of the constructor
        repr, compare    False: left out of repr(); of ==, ordering
        hash             None: as `compare`
        metadata         a mapping for your own use, kept read-only
        kw_only          True: given by keyword only

        Raises ValueError if both `default` and `default_factory` are given.

        >>> class Player(Struct):
        ...     name: str
        ...     items: list = field(default_factory=list)
        ...     score: uint32 = field(default=0, kw_only=True)
        """
        default, default_factory, kw_only = _ours(default), _ours(default_factory), _ours(kw_only)
        if default is not MISSING and default_factory is not MISSING:
            raise ValueError("cannot specify both default and default_factory")
        return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _ours(value: Any) -> Any:
    """The value; but MISSING for the MISSING of dataclasses, which a helper may pass on."""
    dataclasses = sys.modules.get("dataclasses")
    return MISSING if dataclasses is not None and value is dataclasses.MISSING else value


def from_dataclasses(found: Any) -> Field:
    """The unbound Field that says what a `dataclasses.Field` says."""
    return Field(
        _ours(found.default),
        _ours(found.default_factory),
        found.init,
        found.repr,
        found.hash,
        found.compare,
        found.metadata or None,
        _ours(found.kw_only),
    )
