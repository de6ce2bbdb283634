from collections.abc import Callable
from dataclasses import KW_ONLY as KW_ONLY  # checkers know the mark by this name; cslots has one of its own
from dataclasses import InitVar as InitVar
from typing import Annotated, Any, TypeAlias, TypeVar, overload

from ._core import Struct as Struct
from ._core import StructMeta as StructMeta
from ._core import __version__ as __version__
from ._core import categories as categories
from ._core import force_setattr as force_setattr
from ._core import replace as replace
from ._field import MISSING as MISSING
from ._field import Field as Field
from ._field import field as field
from ._functions import fields as fields
from ._functions import is_struct as is_struct
from ._kinds import Kind as Kind
from ._layout import FieldLayout as FieldLayout
from ._layout import Layout as Layout
from ._layout import layout as layout

_T = TypeVar("_T")

@overload
def asdict(obj: Struct) -> dict[str, Any]: ...
@overload
def asdict(obj: Struct, *, dict_factory: Callable[[list[tuple[str, Any]]], _T]) -> _T: ...
@overload
def astuple(obj: Struct) -> tuple[Any, ...]: ...
@overload
def astuple(obj: Struct, *, tuple_factory: Callable[[list[Any]], _T]) -> _T: ...

int8: TypeAlias = Annotated[int, Kind("int8")]
int16: TypeAlias = Annotated[int, Kind("int16")]
int32: TypeAlias = Annotated[int, Kind("int32")]
int64: TypeAlias = Annotated[int, Kind("int64")]
uint8: TypeAlias = Annotated[int, Kind("uint8")]
uint16: TypeAlias = Annotated[int, Kind("uint16")]
uint32: TypeAlias = Annotated[int, Kind("uint32")]
uint64: TypeAlias = Annotated[int, Kind("uint64")]
float32: TypeAlias = Annotated[float, Kind("float32")]
float64: TypeAlias = Annotated[float, Kind("float64")]
utf8: TypeAlias = Annotated[str, Kind("utf8")]
category: TypeAlias = Annotated[str, Kind("category")]
