"""The C extension. What is meant for users is exported by cslots; the rest serves the package."""

from abc import ABCMeta
from collections.abc import Mapping
from typing import Any, Final, Self, TypeVar, dataclass_transform, final

from ._field import Field, field
from ._plan import Plan

__version__: Final[str]

_T = TypeVar("_T")
_M = TypeVar("_M")

class Object:
    def __replace__(self, /, *_: Any, **changes: Any) -> Self: ...

@dataclass_transform(eq_default=True, order_default=False, kw_only_default=False, frozen_default=False, field_specifiers=(field, Field))
class StructMeta(ABCMeta):
    # Other keywords go to __init_subclass__; a misspelt option is found when the program runs.
    def __new__(
        mcls: type[_M],
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        /,
        *,
        frozen: bool = ...,
        eq: bool = ...,
        order: bool = ...,
        unsafe_hash: bool = ...,
        kw_only: bool = ...,
        repr: bool = ...,
        match_args: bool = ...,
        weakref: bool = ...,
        dict: bool = ...,
        gc: bool | None = ...,
        **keywords: Any,
    ) -> _M: ...

class Struct(Object, metaclass=StructMeta): ...

@final
class FieldDescriptor: ...

def plan_of(cls: type, /) -> Plan: ...
def is_being_made(obj: object, /) -> bool: ...
def is_generated(obj: object, /) -> bool: ...
def default_of(cls: type, name: str, fallback: Any, /) -> Any: ...
def dataclass(cls: type[_M] | None = None, /, **options: Any) -> Any: ...
def is_struct_class(obj: object, /) -> bool: ...
def layout_of(cls: type, /) -> Mapping[str, Any]: ...
def values(obj: Any, /) -> tuple[Any, ...]: ...
def replace(obj: _T, /, **changes: Any) -> _T: ...
def slab_stats() -> dict[str, int]: ...
def categories(cls: type, name: str, /) -> tuple[str, ...]: ...
def force_setattr(obj: Any, name: str, value: object, /) -> None: ...
