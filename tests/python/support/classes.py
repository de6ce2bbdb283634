"""What tests of class statements share: classes made of dicts, bases whose layouts clash."""

from cslots import Struct, _core, fields, uint8, utf8


def make_class(name, bases, annotations, **options):
    return _core.StructMeta(
        name, bases, {"__annotations__": annotations, "__module__": __name__}, **options
    )


def flat_of(cls, **options):
    """The class with the same fields, all declared in one body."""
    return make_class("Flat", (Struct,), {f.name: f.type for f in fields(cls)}, **options)


def shape_of(cls):
    """All of layout_of but which field lies where."""
    found = _core.layout_of(cls)
    places = sorted(
        (f["offset"], f["size"], f["bits"], f["kind"] if f["size"] not in (0, 8) else "")
        for f in found["fields"]
    )
    return places, {
        key: value
        for key, value in found.items()
        if key not in ("fields", "name", "weakref_offset", "dict_offset")
    }


class Named(Struct):
    name: str
    age: uint8


class Tagged(Struct):
    tag: str
    weight: float
    text: utf8


def clash():
    class A(Struct):
        x: object = "ax"
        n: float = 1.0

    class B(Struct):
        y: object = "by"
        m: float = 2.0
        z: str = "bz"

    return A, B


def join(A, B):
    class C(A, B):
        pass

    return C


def vars_of(cls):
    return {
        name: value for ancestor in reversed(cls.__mro__) for name, value in vars(ancestor).items()
    }
