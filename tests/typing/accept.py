"""What type checkers must accept. Every line here is free of errors."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable
from dataclasses import InitVar  # pyright knows it by this import only
from enum import Enum
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, assert_type

import cslots
from cslots import (
    KW_ONLY,
    Field,
    Kind,
    Layout,
    Struct,
    asdict,
    astuple,
    category,
    field,
    fields,
    float16,
    float32,
    float64,
    int8,
    int64,
    is_struct,
    layout,
    replace,
    uint8,
    uint32,
    utf8,
)

T = TypeVar("T")


class Color(Enum):
    RED = 1


class User(Struct):
    name: utf8
    age: uint8
    email: utf8 = ""
    color: Color | None = None
    mode: Literal["a", "b"] = "a"
    born: datetime.date | None = None
    tags: list[str] = field(default_factory=list)
    score: float32 = field(default=0.0, repr=False, compare=False)
    half: float16 = field(default=0.5, kw_only=True)
    count: ClassVar[int] = 0
    _: KW_ONLY
    group: category = "all"
    level: int8 = field(default=1, metadata={"unit": "steps"})

    def older(self) -> int:
        self.age += 1
        return self.age


user = User("Ada", 36, email="ada@example.com", group="x")
assert_type(user.name, str)
assert_type(user.age, int)
assert_type(user.score, float)
assert_type(user.color, Color | None)
assert_type(user.tags, list[str])
assert_type(replace(user, age=5), User)
assert_type(asdict(user), dict[str, Any])
assert_type(astuple(user), tuple[Any, ...])
assert_type(asdict(user, dict_factory=list), list[tuple[str, Any]])
assert_type(fields(user), tuple[Field, ...])
assert_type(fields(User)[0].kind, str)
assert_type(layout(User), Layout)
assert_type(layout(user).size, int)
assert_type(is_struct(user), bool)
assert_type(cslots.categories(User, "group"), tuple[str, ...])
assert_type(copy.copy(user), User)
cslots.force_setattr(user, "age", 5)
user.older()
user.age = 300  # the range is checked when the program runs


class Point(Struct, frozen=True, order=True, weakref=True, gc=None):
    x: float64
    y: float64 = 0


print(Point(1) < Point(2), hash(Point(1, y=2)))
points: dict[Point, int] = {Point(0): 1}

match Point(1, 2):
    case Point(x, y):
        assert_type(x, float)


class Node(Struct, Generic[T]):
    value: T
    next: Node[T] | None = None


node = Node(5, Node(6))
assert_type(node, Node[int])
assert_type(node.value, int)


class Scaled(Struct):
    size: int64
    scale: InitVar[int] = 1

    def __post_init__(self, scale: int) -> None:
        self.size *= scale


Scaled(5, scale=2)
Scaled(5, 2)


class Own(Struct):
    size: uint32

    def __init__(self, text: str) -> None:
        self.size = len(text)


Own("text")


class Named(Protocol):
    name: str


class Pet(Named, Struct):
    name: str


def greet(named: Named) -> str:
    return named.name


greet(Pet("Rex"))
greet(user)


class Keywords(Struct, kw_only=True):
    b: int = 1
    a: int


Keywords(a=1)


class Plugin(Struct):
    def __init_subclass__(cls, *, plugin: str = "", **keywords: Any) -> None:
        super().__init_subclass__(**keywords)


class Special(Plugin, plugin="x", order=True):
    x: int


class Uninitialised(Struct):
    x: int = field(init=False)
    f: Callable[[int], int] = field(default=lambda x: x)
    kind: Kind = field(default=Kind("uint8"))


Uninitialised(f=abs)
