"""msgspec's names in the terms of cslots.Struct, for msgspec's own tests of Structs (peers.py).

A Struct here is ours as it comes: annotations are kinds, values are checked. What msgspec shows
about a class (`__struct_fields__` and its like) is made from its fields. Options about encoding,
and those that cslots has not, are errors.
"""

from __future__ import annotations

import inspect
import itertools
import sys
from types import SimpleNamespace
from typing import Any

import msgspec as real

import cslots
from cslots._core import plan_of

NODEFAULT, UNSET, Meta, json, msgpack = (
    real.NODEFAULT,
    real.UNSET,
    real.Meta,
    real.json,
    real.msgpack,
)
FieldInfo = real.structs.FieldInfo
StructConfig = SimpleNamespace
structs = sys.modules[__name__]

OPTIONS = ("frozen", "eq", "order", "kw_only", "repr", "weakref", "dict", "gc")
asdict, astuple, replace, force_setattr = (
    cslots.asdict,
    cslots.astuple,
    cslots.replace,
    cslots.force_setattr,
)


def _value(value, absent, instead):
    return instead if value is absent else value


def field(*, default=NODEFAULT, default_factory=NODEFAULT):
    given = {"default": default, "default_factory": default_factory}
    return cslots.field(**{name: value for name, value in given.items() if value is not NODEFAULT})


class StructMeta(cslots.StructMeta):
    def __new__(mcls, name, bases, namespace, **options):
        if not any(cslots.is_struct(base) for base in bases) and name != "Struct":
            bases += (Struct,)
        plain = [base for base in bases if not cslots.is_struct(base)]
        if any(base.__dictoffset__ for base in plain):  # ours asks for these in words
            options.update(dict=True)
        if any(base.__weakrefoffset__ for base in plain):
            options.update(weakref=True)
        namespace["__qualname__"] = name  # what repr() of msgspec shows
        return super().__new__(mcls, name, bases, namespace, **options)

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace, **options)
        # As msgspec counts them.
        parameters = sorted(cslots.fields(cls), key=lambda item: item.kw_only)
        made = [_value(item.default, cslots.MISSING, item.default_factory) for item in parameters]
        defaults = [_value(value, cslots.MISSING, NODEFAULT) for value in made]
        cls.__struct_fields__ = cls.__struct_encode_fields__ = tuple(
            item.name for item in parameters
        )
        cls.__struct_defaults__ = tuple(
            itertools.dropwhile(lambda value: value is NODEFAULT, defaults)
        )
        above = {
            item.name
            for base in cls.__mro__[1:]
            if cslots.is_struct(base)
            for item in cslots.fields(base)
        }
        cls.__slots__ = tuple(sorted(set(cls.__slots__) - above))
        config = {option: getattr(plan_of(cls), option) for option in OPTIONS}
        cls.__struct_config__ = StructConfig(**{**config, "gc": config["gc"] is not False})

    @property
    def __signature__(cls):
        return super().__signature__.replace(return_annotation=inspect.Signature.empty)


class Struct(cslots.Struct, metaclass=StructMeta):
    __module__ = "msgspec"

    def __rich_repr__(self):
        return list(zip(self.__struct_fields__, cslots.astuple(self)))


def defstruct(name, fields, *, bases=None, module=None, namespace=None, **options):
    body: dict[str, Any] = dict(namespace or {})
    annotations = {}
    for item in fields:
        item_name, annotation, *default = (item, Any) if isinstance(item, str) else item
        annotations[item_name] = annotation
        body.update({item_name: value for value in default})
    body.update(
        __annotations__=annotations, __module__=module or sys._getframe(1).f_globals["__name__"]
    )
    return StructMeta(name, bases or (Struct,), body, **options)


def fields(thing):
    def info(item):
        values = (
            _value(value, cslots.MISSING, NODEFAULT)
            for value in (item.default, item.default_factory)
        )
        return FieldInfo(item.name, item.name, item.type, *values)

    return tuple(info(item) for item in cslots.fields(thing))
