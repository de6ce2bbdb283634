"""cslots: Python objects at C-struct size.

    >>> from cslots import Struct, uint8, utf8
    >>> class User(Struct):
    ...     name: utf8
    ...     age: uint8
    ...     email: utf8
    >>> user = User("Ada", 36, email="ada@example.com")
    >>> user.age += 1

The annotation of a field decides how its value is stored; `print(cslots.layout(User))` shows
where. Python's own names mean what they say: bool, int, float, str, bytes, datetime.date,
uuid.UUID, an Enum class, Literal[...], another Struct and so on. cslots adds int8 to int64, uint8
to uint64, float16 to float64, utf8 and category. Any other annotation makes an ordinary reference,
which is not checked.
"""

# Importing this module must stay cheap: what only some programs need is imported at first use.

from ._core import (
    Pool,
    PoolSlice,
    RangeError,
    StaleRowError,
    Struct,
    StructMeta,
    __version__,
    categories,
    dataclass,
    force_setattr,
    replace,
)
from ._core import kinds as _table

# Pool is not registered with collections.abc: a library that sees a Sequence (polars) takes the
# rows one by one, and does not ask for Arrow data.

_LATER = {
    "CategoryColumn": "_pool.columns",
    "Field": "_field",
    "KW_ONLY": "_field",
    "MISSING": "_field",
    "NotPackedWarning": "_plan.unpacked",
    "field": "_field",
    "Kind": "_kinds",
    "asdict": "_functions",
    "astuple": "_functions",
    "fields": "_functions",
    "is_dataclass": "_functions",
    "is_struct": "_functions",
    "FieldLayout": "_layout",
    "Layout": "_layout",
    "layout": "_layout",
    "make_dataclass": "_make",
    "audit": "_audit",
}
_KINDS = frozenset(row["name"] for row in _table() if row["offered"])

__all__ = [
    "KW_ONLY",
    "MISSING",
    "CategoryColumn",
    "Field",
    "FieldLayout",
    "FrozenInstanceError",
    "InitVar",
    "Kind",
    "Layout",
    "NotPackedWarning",
    "Pool",
    "PoolSlice",
    "RangeError",
    "StaleRowError",
    "Struct",
    "StructMeta",
    "__version__",
    "asdict",
    "astuple",
    "audit",
    "categories",
    "dataclass",
    "field",
    "fields",
    "force_setattr",
    "is_dataclass",
    "is_struct",
    "layout",
    "make_dataclass",
    "replace",
]
__all__.extend(sorted(_KINDS))


def __getattr__(name):
    if name in _LATER:
        module = __import__(f"{__name__}.{_LATER[name]}", None, None, (name,))
        value = getattr(module, name)
    elif name in _KINDS:
        from ._kinds import alias

        value = alias(name)
    elif name == "InitVar":
        from dataclasses import InitVar as value
    elif name == "FrozenInstanceError":
        from dataclasses import FrozenInstanceError as value
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
