"""A user directory: the same class with __slots__ and as a Struct, and what each takes.

python examples/users.py [N]
"""

from __future__ import annotations

from resident import count_from_arguments, kept, saving

import cslots
from cslots import Struct, uint8, utf8


class SlotsUser:
    __slots__ = ("age", "email", "name")

    def __init__(self, name: str, age: int, email: str) -> None:
        self.name = name
        self.age = age
        self.email = email


class User(Struct):
    name: utf8
    age: uint8
    email: utf8

    def is_adult(self) -> bool:
        return self.age >= 18


def main() -> None:
    count = count_from_arguments(300_000)

    def make(user: type) -> list:
        return [user(f"user{i}", i % 100, f"user{i}@example.com") for i in range(count)]

    users, packed = kept(lambda: make(User))
    others, slots = kept(lambda: make(SlotsUser))
    assert all(a.email == b.email for a, b in zip(users, others, strict=True))

    ada = User(name="Ada", age=36, email="ada@example.com")
    print(ada, "is an adult" if ada.is_adult() else "is a minor")
    for mistake in (
        lambda: setattr(ada, "age", 300),
        lambda: setattr(ada, "emial", "x"),
        lambda: User("Ada"),
    ):
        try:
            mistake()
        except (TypeError, OverflowError, AttributeError) as error:
            print(f"  {type(error).__name__}: {error}")
    print()
    print(cslots.layout(User))
    print()
    print(saving("users", count, slots, packed))


if __name__ == "__main__":
    main()
