"""The records of carry.py, in a module that workers can import."""

from __future__ import annotations

from typing import Any

from cslots import Struct, int64, uint32


class Account(Struct):
    owner: uint32
    cents: int64


def total(part: Any) -> int:
    return int(part["cents"].sum())
