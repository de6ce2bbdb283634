"""The three workloads: a user, an entity of a game, a tick of a market.

A field is one row: its name, the built-in type and the packed kind that annotate it, the source of
its value for object number `i` (values are made on the way, as a program would), and the source of
a value to write to it. `probes` names the fields whose read and write are timed: the kind of value
-> the field.
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    name: str
    builtin: str
    packed: str
    value: str
    write: str


class Workload(NamedTuple):
    id: str
    name: str
    fields: tuple[Field, ...]
    probes: dict[str, str]
    main: str  # the probe that stands for "reading a field" where one figure must do

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def packed_kinds(self) -> tuple[str, ...]:
        """The names that packed annotations need from cslots."""
        ordinary = {"float", "bool", "str", "str | None"}
        return tuple(sorted({f.packed for f in self.fields} - ordinary))

    def write_value(self, probe: str) -> str:
        return next(f.write for f in self.fields if f.name == self.probes[probe])


# Executed before the value expressions: 500 symbols that all ticks share.
PRELUDE = 'SYMBOLS = [f"SYM{k:03d}" for k in range(500)]'

USER = Workload(
    "W1",
    "User",
    (
        Field("name", "str", "utf8", 'f"user{i}"', '"user77"'),
        Field("age", "int", "uint8", "i % 100", "77"),
        Field("email", "str", "utf8", 'f"user{i}@example.com"', '"user77@example.com"'),
    ),
    {"text": "name", "int": "age"},
    "int",
)

GAME_ENTITY = Workload(
    "W2",
    "GameEntity",
    (
        Field("x", "float", "float", "i * 0.5", "12345.678"),
        Field("y", "float", "float", "i * 0.25", "12345.678"),
        Field("width", "float", "float", "32.0 + i % 7", "40.5"),
        Field("height", "float", "float", "48.0 + i % 5", "40.5"),
        Field("health", "int", "int32", "i % 1000 + 300", "555"),
        Field("speed", "float", "float", "1.0 + i % 997 * 0.01", "2.25"),
        Field("texture", "str | None", "str | None", "None", '"grass.png"'),
    ),
    {"float": "x", "int": "health", "object": "texture"},
    "float",
)

TICK = Workload(
    "W3",
    "Tick",
    (
        Field("symbol", "str", "category", "SYMBOLS[i * 31 % 500]", "SYMBOLS[7]"),
        Field("price", "float", "float", "(i * 2654435761 & 0xFFFFFFFF) / 128.0", "12345.678"),
        Field("qty", "int", "int32", "i * 7919 % 1000000 + 1", "54321"),
        Field("ts", "int", "int64", "1700000000000000000 + i * 1000003", "1700000000123456789"),
        Field("flag", "bool", "bool", "i % 4 == 0", "True"),
    ),
    {"text": "symbol", "float": "price", "int": "qty", "bool": "flag"},
    "float",
)

WORKLOADS = {w.id: w for w in (USER, GAME_ENTITY, TICK)}
