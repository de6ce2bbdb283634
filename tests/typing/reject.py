"""What type checkers must find: an error on each line that ends in `# reject`, and on no other."""

from __future__ import annotations

from cslots import Struct, asdict, field, replace, uint8, utf8


class User(Struct):
    name: utf8
    age: uint8 = 0


class Point(Struct, frozen=True):
    x: float
    y: float


user = User("Ada", 36)
point = Point(1, 2)

User()  # reject
User("Ada", "36")  # reject
User("Ada", 36, 5)  # reject
User("Ada", aeg=5)  # reject
User(5)  # reject
user.age = "old"  # reject
user.emial  # reject
point.x = 5  # reject
user < user  # reject
asdict(5)  # reject
replace()  # reject
text: str = user.age  # reject
field(default=1, default_factory=int)  # reject


class Wrong(Struct):
    x: uint8 = "text"  # reject
    y: uint8 = field(default="text")  # reject
    z: list[int] = field(default_factory=dict)  # reject


class Order(Struct):
    a: int = 1
    b: int  # reject


class Option(Struct, frozen="yes"):  # reject
    x: int
