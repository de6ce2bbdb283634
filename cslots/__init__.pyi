import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import (
    KW_ONLY as KW_ONLY,
)  # checkers know the mark by this name; cslots has one of its own
from dataclasses import FrozenInstanceError as FrozenInstanceError
from dataclasses import InitVar as InitVar
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Protocol,
    TypeAlias,
    TypeVar,
    dataclass_transform,
    overload,
    type_check_only,
)

from typing_extensions import TypeIs

from ._audit import audit as audit
from ._core import Pool as Pool
from ._core import PoolSlice as PoolSlice
from ._core import RangeError as RangeError
from ._core import StaleRowError as StaleRowError
from ._core import Struct as Struct
from ._core import StructMeta as StructMeta
from ._core import __version__ as __version__
from ._field import MISSING as MISSING
from ._field import Field as Field
from ._field import field as field
from ._functions import is_struct as is_struct
from ._kinds import Kind as Kind
from ._layout import FieldLayout as FieldLayout
from ._layout import Layout as Layout
from ._plan.unpacked import NotPackedWarning as NotPackedWarning
from ._pool.columns import CategoryColumn as CategoryColumn

# What checkers believe a dataclass to be, whoever made it; they believe it of a Struct too.
@type_check_only
class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

_T = TypeVar("_T")
_RecordT = TypeVar("_RecordT", bound=Struct | _Dataclass)
_Record: TypeAlias = Struct | _Dataclass
_RecordClass: TypeAlias = type[Struct] | type[_Dataclass]

# --- dataclasses

# In three: with nothing, with a class, and with options that give the decorator.
@overload
@dataclass_transform(field_specifiers=(field, Field, dataclasses.field, dataclasses.Field))
def dataclass(cls: None = None, /) -> Callable[[type[_T]], type[_T]]: ...
@overload
def dataclass(
    cls: type[_T],
    /,
    *,
    init: bool = True,
    repr: bool = True,
    eq: bool = True,
    order: bool = False,
    unsafe_hash: bool = False,
    frozen: bool = False,
    match_args: bool = True,
    kw_only: bool = False,
    slots: Literal[True] | None = None,
    weakref_slot: bool = False,
    typed: bool = True,
    weakref: bool = False,
    dict: bool | None = None,
    gc: bool | None = None,
) -> type[_T]: ...
@overload
def dataclass(
    cls: None = None,
    /,
    *,
    init: bool = True,
    repr: bool = True,
    eq: bool = True,
    order: bool = False,
    unsafe_hash: bool = False,
    frozen: bool = False,
    match_args: bool = True,
    kw_only: bool = False,
    slots: Literal[True] | None = None,
    weakref_slot: bool = False,
    typed: bool = True,
    weakref: bool = False,
    dict: bool | None = None,
    gc: bool | None = None,
) -> Callable[[type[_T]], type[_T]]: ...
def make_dataclass(
    cls_name: str,
    fields: Iterable[str | tuple[str, Any] | tuple[str, Any, Any]],
    *,
    bases: tuple[type, ...] = (),
    namespace: Mapping[str, Any] | None = None,
    module: str | None = None,
    init: bool = True,
    repr: bool = True,
    eq: bool = True,
    order: bool = False,
    unsafe_hash: bool = False,
    frozen: bool = False,
    match_args: bool = True,
    kw_only: bool = False,
    slots: Literal[True] | None = None,
    weakref_slot: bool = False,
    typed: bool = True,
    weakref: bool = False,
    dict: bool | None = None,
    gc: bool | None = None,
) -> type: ...
@overload
def is_dataclass(obj: type) -> TypeIs[type[_Dataclass]]: ...
@overload
def is_dataclass(obj: object) -> TypeIs[_Dataclass | type[_Dataclass]]: ...

# --- Structs, and dataclasses of either make

def fields(class_or_instance: _Record | _RecordClass) -> tuple[Field, ...]: ...
@overload
def asdict(obj: _Record) -> dict[str, Any]: ...
@overload
def asdict(obj: _Record, *, dict_factory: Callable[[list[tuple[str, Any]]], _T]) -> _T: ...
@overload
def astuple(obj: _Record) -> tuple[Any, ...]: ...
@overload
def astuple(obj: _Record, *, tuple_factory: Callable[[list[Any]], _T]) -> _T: ...
def replace(obj: _RecordT, /, **changes: Any) -> _RecordT: ...
def layout(obj: _Record | _RecordClass) -> Layout: ...
def categories(cls: _RecordClass, name: str, /) -> tuple[str, ...]: ...
def force_setattr(obj: _Record, name: str, value: object, /) -> None: ...

# --- annotations

int8: TypeAlias = Annotated[int, Kind("int8")]
int16: TypeAlias = Annotated[int, Kind("int16")]
int32: TypeAlias = Annotated[int, Kind("int32")]
int64: TypeAlias = Annotated[int, Kind("int64")]
uint8: TypeAlias = Annotated[int, Kind("uint8")]
uint16: TypeAlias = Annotated[int, Kind("uint16")]
uint32: TypeAlias = Annotated[int, Kind("uint32")]
uint64: TypeAlias = Annotated[int, Kind("uint64")]
float16: TypeAlias = Annotated[float, Kind("float16")]
float32: TypeAlias = Annotated[float, Kind("float32")]
float64: TypeAlias = Annotated[float, Kind("float64")]
utf8: TypeAlias = Annotated[str, Kind("utf8")]
category: TypeAlias = Annotated[str, Kind("category")]
