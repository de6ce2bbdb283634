"""Field: what a class knows about one of its attributes, and field(), which declares one.

A Field made by `field()` is unbound: it has only what the user said. Planning a class (`_plan.py`) makes a bound one of it, which has a
name, a kind and an owner as well. Unbound Fields are never changed, so one may serve several attributes.
"""

from types import MappingProxyType

__all__ = ["KW_ONLY", "MISSING", "SELF", "Field", "field"]


class _Sentinel:
    """A value that stands for itself: the same object after copy and pickle."""

    __slots__ = ("_name",)

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return self._name

    def __reduce__(self):
        return self._name  # pickled as a global of this module


MISSING = _Sentinel("MISSING")
KW_ONLY = _Sentinel("KW_ONLY")
SELF = _Sentinel("SELF")  # as the argument of a struct field: the class that is just being made

_NO_METADATA = MappingProxyType({})


class Field:
    """One field of a Struct class; `cslots.fields(cls)` lists them.

    name         the attribute
    type         its annotation, evaluated; the string itself where it names the class being made or nothing yet
    kind         how it is stored: "uint8", "str", "struct", "choice8", ...
    nullable     True if None is accepted beside the values of the kind
    argument     struct: the class; choice: the tuple of its values; flag: the Flag class
    enum         choice, flag: the Enum class, None for a Literal
    default, default_factory   MISSING where there is none
    init, repr, compare, kw_only   bool
    hash         bool, or None: as `compare`
    metadata     read-only mapping
    owner        the name of the class that declared it
    """

    __slots__ = (
        "argument",
        "compare",
        "default",
        "default_factory",
        "enum",
        "hash",
        "init",
        "kind",
        "kw_only",
        "metadata",
        "name",
        "nullable",
        "owner",
        "repr",
        "type",
    )

    def __init__(
        self,
        default=MISSING,
        default_factory=MISSING,
        init=True,
        repr=True,
        hash=None,
        compare=True,
        metadata=None,
        kw_only=MISSING,
    ):
        self.name = None
        self.type = None
        self.kind = None
        self.nullable = False
        self.argument = None
        self.enum = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = _NO_METADATA if metadata is None else MappingProxyType(metadata)
        self.kw_only = kw_only
        self.owner = None

    def __repr__(self):
        said = "".join(f", {name}={getattr(self, name)!r}" for name in _SAID if getattr(self, name) is not MISSING)
        kind = f"{self.kind!r}" + (" or None" if self.nullable else "")
        return f"Field(name={self.name!r}, type={self.type!r}, kind={kind}, owner={self.owner!r}{said})"

    def _said(self):
        """An unbound Field that says the same: a new one, for the caller to bind."""
        said = Field.__new__(Field)
        said.name = said.type = said.kind = said.argument = said.enum = said.owner = None
        said.nullable = False
        for name in _SAID:
            setattr(said, name, getattr(self, name))
        return said


_SAID = ("default", "default_factory", "init", "repr", "hash", "compare", "kw_only", "metadata")


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
    """Declare a field with more than an annotation and a default; the meaning is that of `dataclasses.field`.

    default          the value when none is given
    default_factory  called without arguments for each object that needs a value: use it for lists, dicts, sets
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
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def from_dataclasses(found, dataclasses):
    """The unbound Field that says what a `dataclasses.Field` says."""

    def ours(value):
        return MISSING if value is dataclasses.MISSING else value

    return Field(
        ours(found.default),
        ours(found.default_factory),
        found.init,
        found.repr,
        found.hash,
        found.compare,
        found.metadata or None,
        ours(found.kw_only),
    )
