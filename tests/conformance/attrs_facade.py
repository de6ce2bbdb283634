"""attrs' decorators in the terms of cslots.dataclass, for attrs' own tests (peers.py).

A class with slots=True becomes ours, untyped; so does one that derives from such a class. Every
other class is attrs' own.
"""

import functools
import inspect
import types

import attr as real

import cslots


def _field(item):
    if item.converter is not None or item.on_setattr is not None:
        raise NotImplementedError("converters and on_setattr are attrs'")
    given = {name: getattr(item, name) for name in ("init", "hash", "metadata")}
    given.update(
        repr=item.repr is not False, compare=item.eq is not False, kw_only=bool(item.kw_only)
    )
    default = getattr(item, "_default", None) if hasattr(item, "_default") else item.default
    if isinstance(default, real.Factory):
        if default.takes_self:
            raise NotImplementedError("a default that is made from the object is attrs'")
        given["default_factory"] = default.factory
    elif default is not real.NOTHING:
        given["default"] = default
    return cslots.field(**given)


def _convert(cls, options, annotated):
    annotations = dict(inspect.get_annotations(cls)) if annotated else {}
    for base in cls.__mro__[:0:-1]:  # attributes of bases that attrs made
        for item in base.__dict__.get("__attrs_attrs__", ()):
            annotations.setdefault(item.name, object)
            if item.name not in vars(cls):
                setattr(cls, item.name, _field(item))
    made = {
        name: value
        for name, value in vars(cls).items()
        if isinstance(value, real._make._CountingAttr)
    }
    for name, item in sorted(made.items(), key=lambda pair: pair[1].counter):
        annotations.setdefault(name, object)
        setattr(cls, name, _field(item))
    cls.__annotations__ = annotations
    cls.__qualname__ = cls.__qualname__.rpartition(">.")[2]  # what repr() of attrs shows
    known = ("frozen", "kw_only", "order", "repr", "init", "eq", "unsafe_hash")
    ours = {name: options[name] for name in known if options.get(name) is not None}
    if options.get("hash"):
        ours["unsafe_hash"] = True
    if options["slots"]:
        ours.update(slots=True, weakref=options.get("weakref_slot", True))
    else:
        ours["dict"] = True
    return cslots.dataclass(typed=False, **ours)(cls)


def _decorator(theirs, defaults, slots, annotated):
    def decorate(maybe_cls=None, **options):
        def wrap(cls):
            said = {**defaults, "slots": slots, **options}
            if not said["slots"] and not any(cslots.is_struct(base) for base in cls.__mro__):
                return theirs(**options)(cls)
            return _convert(cls, said, annotated or said.get("auto_attribs"))

        return wrap if maybe_cls is None else wrap(maybe_cls)

    return decorate


class _Facade(types.ModuleType):
    def __getattr__(self, name):
        return getattr(real, name)


def _either(ours, theirs):
    return lambda thing, **options: (ours if cslots.is_struct(thing) else theirs)(thing, **options)


attr = _Facade("attr")
attr.s = attr.attrs = _decorator(real.s, {"order": True}, False, False)
attr.define = attr.mutable = _decorator(real.define, {}, True, True)
attr.frozen = functools.partial(attr.define, frozen=True)
attr.fields = lambda cls: tuple(
    types.SimpleNamespace(name=field.name)
    for field in (cslots.fields if cslots.is_struct(cls) else real.fields)(cls)
)
attr.asdict = _either(cslots.asdict, real.asdict)
attr.evolve = _either(cslots.replace, real.evolve)
