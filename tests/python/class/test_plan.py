"""The plan of a class: options, bases, fields, hash; what is refused, and in which words.

And the functions over fields.
"""

import copy
import dataclasses
import inspect
import pickle
from abc import ABC
from collections import OrderedDict, defaultdict, namedtuple
from typing import Generic, Protocol, TypeVar

import pytest
from support import pymalloc_and_slab, raises

import cslots
from cslots import (
    MISSING,
    Field,
    Struct,
    _core,
    asdict,
    astuple,
    dataclass,
    field,
    fields,
    float32,
    uint8,
    utf8,
)
from cslots._functions import suggest
from cslots._plan.plan import OPTIONS

T = TypeVar("T")


def plan(cls):
    return _core.plan_of(cls)


# --- fields ---


def test_a_field_knows_all_that_was_said():
    class User(Struct):
        age: uint8 = field(
            default=3,
            repr=False,
            hash=True,
            compare=False,
            kw_only=True,
            metadata={"unit": "years"},
        )

    (f,) = fields(User)
    assert isinstance(f, Field)
    assert (f.name, f.type, f.kind, f.nullable, f.owner) == ("age", uint8, "uint8", False, "User")
    assert (f.default, f.default_factory, f.init, f.repr, f.hash, f.compare, f.kw_only) == (
        3, MISSING, True, False, True, False, True,
    )  # fmt: skip
    assert dict(f.metadata) == {"unit": "years"}
    with pytest.raises(TypeError):
        f.metadata["unit"] = "days"
    assert "name='age'" in repr(f) and "kind='uint8'" in repr(f) and "default=3" in repr(f)


def test_one_field_may_serve_several_attributes():
    common = field(default=1, repr=False)

    class A(Struct):
        x: int = common
        y: uint8 = common

    assert [(f.name, f.kind, f.default, f.repr) for f in fields(A)] == [
        ("x", "int", 1, False),
        ("y", "uint8", 1, False),
    ]


def test_a_field_of_dataclasses_is_understood():
    class A(Struct):
        x: list = dataclasses.field(default_factory=list, repr=False)
        y: int = dataclasses.field(default=1, kw_only=True)

    assert A().x == []
    x, y = fields(A)
    assert (x.default, x.repr, x.kw_only) == (MISSING, False, False)
    assert (y.default, y.default_factory, y.kw_only) == (1, MISSING, True)


def test_missing_stands_for_itself():
    assert repr(MISSING) == "MISSING"
    assert copy.deepcopy(MISSING) is MISSING
    assert pickle.loads(pickle.dumps(MISSING)) is MISSING


def test_slots_without_annotations_are_object_fields():
    class A(Struct):
        __slots__ = ("b", "a", "c")
        a: uint8

    assert [(f.name, f.kind) for f in fields(A)] == [
        ("b", "object"),
        ("a", "uint8"),
        ("c", "object"),
    ]
    assert A([1], 2, "x").b == [1]


def test_slots_say_what_is_stored_and_other_annotations_are_hints():
    class Node(Struct):
        __slots__ = ["parent", "__x"]
        type: str
        size: int = 7
        parent: object
        __x: uint8

    assert [(f.name, f.kind) for f in fields(Node)] == [("parent", "object"), ("_Node__x", "uint8")]
    assert Node.__slots__ == ["parent", "__x"]
    assert (Node.size, hasattr(Node, "type")) == (7, False)

    class Name(Node):
        __slots__ = ()
        type = "name"

        def size(self):
            return 3

    assert (Name(None, 1).type, Name(None, 1).size(), Name.__slots__) == ("name", 3, ())


def test_slots_may_repeat_an_inherited_name():
    class A(Struct):
        name: str
        age: uint8

    class B(A):
        __slots__ = ("name", "more")
        age: uint8  # an inherited field

    assert [(f.name, f.kind, f.owner) for f in fields(B)] == [
        ("name", "str", "A"),
        ("age", "uint8", "B"),
        ("more", "object", "B"),
    ]
    with raises(TypeError, "B.name: expected str, got int 5"):
        B(5, 1, more=0)
    assert B.__slots__ == ("name", "more")


def test_a_single_slot_may_be_a_str_and_private_names_are_mangled():
    class A(Struct):
        __slots__ = "__secret"

        def tell(self):
            return self.__secret

    assert [f.name for f in fields(A)] == ["_A__secret"]
    assert A(5).tell() == 5


def test_slots_may_ask_for_a_dict_and_weak_references():
    class A(Struct):
        __slots__ = ("a", "__dict__", "__weakref__")

    assert (plan(A).dict, plan(A).weakref) == (True, True)
    assert [f.name for f in fields(A)] == ["a"]


def test_match_args_are_the_positional_fields():
    class A(Struct):
        a: int
        b: int = field(default=1, init=False)
        c: int = field(default=1, kw_only=True)
        d: int = 2

    class B(A):
        __match_args__ = ("d",)

    class C(A, match_args=False):
        e: int = 3

    assert A.__match_args__ == ("a", "d")
    assert B.__match_args__ == ("d",)
    assert "__match_args__" not in vars(C)


def test_a_lambda_and_a_function_may_be_defaults():
    def shout(text):
        return text.upper()

    class A(Struct):
        f: object = shout
        g: object = lambda x: x

    assert A().f is shout
    assert A().g(5) == 5


def test_fields_of_no_struct_is_an_error():
    with raises(TypeError, "fields() expects a Struct or dataclass, or an object of one, got 5"):
        fields(5)
    assert fields(Struct) == ()


# --- what is refused ---


def test_a_mutable_default_is_refused():
    class Mutable:
        __hash__ = None

    for default in ([], {}, set(), Mutable()):
        name = type(default).__name__
        text = (
            f"User.tags: mutable default {type(default)!r} is not allowed; use "
            f"field(default_factory={name})"
        )
        for said in (default, field(default=default)):
            with raises(ValueError, text):

                class User(Struct):
                    tags: object = said


def test_a_field_after_one_with_a_default_needs_one_too():
    with raises(
        TypeError,
        "User: non-default field 'b' follows default field 'a'; reorder them or use kw_only=True",
    ):

        class User(Struct):
            a: int = 1
            c: int = field(default=1, kw_only=True)
            d: int = field(init=False)
            b: int


def test_a_class_with_its_own_init_orders_its_fields_as_it_likes():
    class User(Struct):
        a: int = 1
        b: int

        def __init__(self):
            self.b = 2

    class Sub(User):
        c: int = 3
        d: int

    assert Sub().b == 2


def test_a_name_is_declared_once():
    with raises(TypeError, "User.a: declared twice"):

        class User(Struct):
            __slots__ = ("a", "b", "a")


@pytest.mark.parametrize(
    "make",
    [
        lambda f: f,
        property,
        classmethod,
        staticmethod,
    ],
)
def test_a_field_and_a_method_cannot_share_a_name(make):
    with raises(TypeError, "User.age: a field and a method have the same name"):

        class User(Struct):
            age: int

            @make
            def age(self):
                return 5


def test_a_field_cannot_have_a_name_of_pythons_own():
    with raises(TypeError, "User.__len__: a field cannot have a name of Python's own"):

        class User(Struct):
            __len__: int


def test_a_default_and_a_factory_exclude_each_other():
    with raises(ValueError, "cannot specify both default and default_factory"):
        field(default=1, default_factory=int)


def test_a_field_call_needs_an_annotation():
    with raises(TypeError, "User.x: field() without an annotation"):

        class User(Struct):
            x = field(default=1)


def test_class_and_init_variables_have_no_factory():
    from typing import ClassVar

    with raises(TypeError, "User.x: a ClassVar cannot have a default_factory"):

        class User(Struct):
            x: ClassVar[int] = field(default_factory=int)

    with raises(TypeError, "User.x: an InitVar cannot have a default_factory"):

        class User(Struct):  # noqa: F811
            x: cslots.InitVar[int] = field(default_factory=int)


def test_kw_only_is_marked_once():
    with raises(TypeError, "User.__2: KW_ONLY is given twice".replace("__2", "_2")):

        class User(Struct):
            _: cslots.KW_ONLY
            a: int
            _2: cslots.KW_ONLY


@pytest.mark.parametrize("name", ["not a name", "", 5])
def test_slots_hold_names(name):
    with raises(TypeError, f"User: __slots__ holds {name!r}, which is no name of a field"):

        class User(Struct):
            __slots__ = (name,)


def test_an_unknown_option_is_refused_with_a_suggestion():
    options = ", ".join(OPTIONS)
    with raises(
        TypeError,
        f"User: unknown class option 'frozne'; did you mean 'frozen'? (options: {options})",
    ):

        class User(Struct, frozne=True):
            pass

    with raises(TypeError, f"User: unknown class option 'zzz' (options: {options})"):

        class User(Struct, Generic[T], zzz=True):  # noqa: F811
            pass


def test_an_option_of_a_wrong_type_is_refused():
    with raises(TypeError, "User: option frozen expects a bool, got str 'yes'"):

        class User(Struct, frozen="yes"):
            pass

    with raises(TypeError, "User: option gc expects a bool or None, got int 1"):

        class User(Struct, gc=1):  # noqa: F811
            pass


# --- bases ---


def test_a_redeclared_field_keeps_place_and_kind():
    class A(Struct):
        a: uint8
        b: int = 1

    class B(A):
        c: int = 2
        a: uint8 = 5

    assert [(f.name, f.default, f.owner) for f in fields(B)] == [
        ("a", 5, "B"),
        ("b", 1, "A"),
        ("c", 2, "B"),
    ]
    with raises(TypeError, "B.a: is int or None here and uint8 in A; a field keeps its kind"):

        class B(A):  # noqa: F811
            a: int = None


def test_a_field_that_names_its_own_class_keeps_its_meaning_in_subclasses():
    class Node(Struct):
        next: "Node | None" = None

    class Sub(Node):
        x: int = 0

    assert fields(Sub)[0].argument is Node
    assert Sub(Node()).next.next is None
    assert Node(Sub()).next.x == 0


def test_options_come_from_the_first_base():
    class A(Struct, order=True, kw_only=True, repr=False, weakref=True):
        x: int

    class B(Struct):
        pass

    class C(A, B):
        y: int

    inherited = plan(C)
    assert (inherited.order, inherited.kw_only, inherited.repr, inherited.weakref) == (
        True,
        False,
        False,
        True,
    )


def test_frozen_and_not_frozen_do_not_mix():
    class Frozen(Struct, frozen=True):
        x: int

    class Open(Struct):
        x: int

    class OpenAndEmpty(Struct):
        pass

    with raises(TypeError, "C: cannot inherit non-frozen Struct from a frozen one (Frozen)"):

        class C(Frozen, frozen=False):
            pass

    with raises(TypeError, "C: cannot inherit frozen Struct from a non-frozen one (Open)"):

        class C(Open, frozen=True):  # noqa: F811
            pass

    class D(OpenAndEmpty, frozen=True):
        x: int

    assert plan(D).frozen


def test_what_a_base_gave_for_life_cannot_be_taken_back():
    class A(Struct, dict=True, weakref=True):
        pass

    for option in ("dict", "weakref"):
        with raises(TypeError, f"B: {option}=False, but its base A has {option}=True"):
            type(Struct)("B", (A,), {}, **{option: False})


def test_a_base_without_fields_joins_any_other():
    class Mixin(Struct):
        def hello(self):
            return self.x

    class A(Struct):
        x: int

    class B(A):
        y: int = 2

    class C(Mixin, B):
        z: int = 3

    class D(A, Mixin):
        pass

    assert [f.name for f in fields(C)] == ["x", "y", "z"]
    assert (C(1).hello(), D(4).hello()) == (1, 4)


def test_a_diamond_takes_the_nearest_default():
    class A(Struct):
        x: int = 1

    class B(A):
        pass

    class C(A):
        x: int = 2

    class D(B, C):
        pass

    assert D.__mro__[1:4] == (B, C, A)
    assert D().x == 2


def test_bases_that_bring_no_storage_are_welcome():
    class Shape(ABC):
        pass

    class Named(Protocol):
        name: str

    class Plain:
        __slots__ = ()

    class A(Shape, Named, Plain, Struct, Generic[T]):
        name: str

    assert A("x").name == "x"
    assert not hasattr(A("x"), "__dict__")


# --- comparison ---


@pytest.mark.parametrize("unsafe_hash", [False, True])
@pytest.mark.parametrize("eq", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("own", ["nothing", "hash", "eq", "none", "both"])
def test_hashing_follows_the_table_of_dataclasses(unsafe_hash, eq, frozen, own):
    body = {
        "nothing": {},
        "hash": {"__hash__": lambda self: 7},
        "eq": {"__eq__": lambda self, other: self is other},
        "both": {"__eq__": lambda self, other: self is other, "__hash__": None},
        "none": {"__hash__": None},
    }[own]
    options = {"unsafe_hash": unsafe_hash, "eq": eq, "frozen": frozen}

    def behaviour(make):
        try:
            cls = make()
        except TypeError:
            return "refused"
        try:
            a, b = hash(cls(5)), hash(cls(5))
        except TypeError:
            return "unhashable"
        return "by hand" if a == b == 7 else "value" if a == b else "identity"

    def as_dataclass():
        return dataclasses.dataclass(**options)(
            type("A", (), {"__annotations__": {"x": int}, **body})
        )

    keep = []

    def as_struct():
        cls = type(Struct)("A", (Struct,), {"__annotations__": {"x": int}, **body}, **options)
        return lambda x: keep.append(cls(x)) or keep[-1]

    expected = behaviour(as_dataclass)
    if expected == "identity":  # the two objects of the dataclass may share their address
        assert behaviour(as_struct) in ("identity", "value")
        return
    assert behaviour(as_struct) == expected or (expected == "value" and not eq)


def test_an_order_needs_eq():
    with raises(ValueError, "eq must be true if order is true"):

        class User(Struct, eq=False, order=True):
            pass


def test_an_order_and_a_method_for_it_exclude_each_other():
    text = (
        "User: order=True would overwrite __lt__; leave one of them out, or use "
        "functools.total_ordering"
    )
    with raises(TypeError, text):

        class User(Struct, order=True):
            def __lt__(self, other):
                return False


# --- garbage collection ---


def test_a_class_says_why_it_is_tracked():
    class Leaf(Struct):
        x: utf8

    class Holder(Struct):
        leaf: Leaf

    class Any_(Struct):
        x: object

    class OfAny(Struct):
        a: Any_

    class SubOfAny(Any_):
        y: int

    class Node(Struct):
        next: "Node | None"

    class Early(Struct):
        x: "Nowhere"  # noqa: F821

    class WithDict(Struct, dict=True):
        pass

    class Forced(Struct, gc=True):
        pass

    class Forbidden(Struct, gc=False):
        x: object

    expected = {
        Leaf: (False, "no field can refer to a container"),
        Holder: (False, "no chain of fields leads back to it"),
        Any_: (True, "field 'x' can hold any object"),
        OfAny: (True, "field 'a' holds Any_ objects, which are tracked"),
        SubOfAny: (True, "the objects of its base Any_ are tracked"),
        Node: (True, "field 'next' leads back to Node"),
        Early: (True, "field 'x' names Nowhere, which was not defined yet"),
        WithDict: (True, "dict=True: a __dict__ can hold any object"),
        Forced: (True, "gc=True"),
        Forbidden: (False, "gc=False; a cycle is never freed (field 'x' can hold any object)"),
    }
    for cls, wanted in expected.items():
        assert (plan(cls).tracked, plan(cls).reason) == wanted
        assert cslots.layout(cls).reason == wanted[1]


def test_a_way_back_through_subclasses_is_found():
    class A(Struct):
        x: int

    class B(Struct):
        a: A

    class C(A):
        b: B | None = None  # C -> B -> A, and a C is an A

    class D(Struct):
        b: B  # D -> B -> A -> C is tracked: not D's concern

    assert (plan(A).tracked, plan(B).tracked, plan(C).tracked, plan(D).tracked) == (
        False,
        False,
        True,
        False,
    )
    assert plan(C).reason == "field 'b' leads back to C by way of B, A"


def test_a_way_back_through_an_untracked_subclass_is_found():
    class A(Struct):
        pass

    class Target(Struct):
        pass

    class A2(A):
        t: Target | None = None

    class Closing(Target):
        a: A | None = None  # Closing -> A -> (a subclass) A2 -> Target, and a Closing is a Target

    assert not plan(A2).tracked
    assert plan(Closing).tracked
    assert plan(Closing).reason == "field 'a' leads back to Closing by way of A, A2, Target"


def test_any_struct_may_be_the_class_itself():
    class A(Struct):
        x: Struct | None = None

    assert plan(A).tracked


def test_gc_cannot_be_switched_off_below_a_tracked_base():
    class A(Struct):
        x: object

    with raises(TypeError, "B: gc=False, but the objects of its base A are tracked"):

        class B(A, gc=False):
            pass


# --- functions ---


class Point(Struct):
    x: float32
    y: float32


Pair = namedtuple("Pair", "a b")


@dataclasses.dataclass
class Plain:
    p: Point


class Everything(Struct):
    point: Point
    many: object
    scale: cslots.InitVar[int] = 1


def test_asdict_goes_through_all_containers():
    inner = Point(1, 2)
    d = {"x": 1.0, "y": 2.0}
    shared = [inner]
    many = {
        "list": shared,
        "tuple": (inner, 1),
        "named": Pair(inner, 2),
        Point(3, 4).x: Plain(inner),
        "default": defaultdict(list, {"k": [inner]}),
        "ordered": OrderedDict(k=inner),
        "set": {1, 2},
        "text": "t",
    }
    result = asdict(Everything(inner, many))
    assert result == {
        "point": d,
        "many": {
            "list": [d],
            "tuple": (d, 1),
            "named": Pair(d, 2),
            3.0: {"p": d},
            "default": {"k": [d]},
            "ordered": {"k": d},
            "set": {1, 2},
            "text": "t",
        },
    }
    assert type(result["many"]["named"]) is Pair
    assert result["many"]["default"].default_factory is list
    assert result["many"]["set"] is not many["set"]
    assert asdict(inner, dict_factory=list) == [("x", 1.0), ("y", 2.0)]


def test_astuple_goes_through_all_containers():
    inner = Point(1, 2)
    assert astuple(Everything(inner, {"a": [inner, Pair(inner, 1)]})) == (
        (1.0, 2.0),
        {"a": [(1.0, 2.0), Pair((1.0, 2.0), 1)]},
    )
    assert astuple(inner, tuple_factory=list) == [1.0, 2.0]


def test_asdict_takes_objects_of_structs_only():
    with raises(TypeError, "asdict() expects an object of a Struct or dataclass, got 5"):
        asdict(5)
    with pytest.raises(TypeError):
        astuple(Point)


def test_is_struct_knows_classes_and_objects():
    assert cslots.is_struct(Point) and cslots.is_struct(Point(1, 2)) and cslots.is_struct(Struct)
    assert not cslots.is_struct(Plain) and not cslots.is_struct(5)


def test_the_signature_is_that_of_the_constructor():
    class A(Struct):
        a: int
        b: object = field(default_factory=list)
        c: int = field(default=1, kw_only=True)
        d: int = field(default=1, init=False)
        e: cslots.InitVar[int] = 5

    assert (
        str(inspect.signature(A))
        == "(a: int, b: object = <factory>, e: int = 5, *, c: int = 1) -> None"
    )


def test_the_signature_is_that_of_an_own_constructor():
    class A(Struct):
        a: int

        def __init__(self, text: str):
            self.a = int(text)

    class B(A):
        b: int = 0

    class C(Struct):
        a: int

        def __new__(cls, a, *rest):
            return super().__new__(cls)

    assert str(inspect.signature(A)) == str(inspect.signature(B)) == "(text: str)"
    assert str(inspect.signature(C)) == "(a, *rest)"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("emial", "email"),
        ("eMail", "email"),
        ("nam", "name"),
        ("nmae", "name"),
        ("agee", "age"),
        ("frozen", None),
        ("zzz", None),
        ("x", None),
        ("", None),
        ("e" * 1000, None),
    ],
)
def test_only_a_close_name_is_suggested(name, wanted):
    assert suggest(name, ("name", "age", "email")) == wanted


# --- layout ---


@pymalloc_and_slab
def test_a_layout_is_data_and_a_drawing():
    import json

    class User(Struct, weakref=True):
        name: utf8
        age: uint8
        ok: bool
        score: float | None = None

    drawn = cslots.layout(User)
    assert cslots.layout(User("a", 1, True)).to_dict() == drawn.to_dict()
    data = json.loads(json.dumps(drawn.to_dict()))
    assert [f["name"] for f in data["fields"]] == ["name", "age", "ok", "score"]
    assert (data["header"], data["gc_head"], data["tracked"]) == (16, 0, False)
    assert data["total"] == data["block"] + data["gc_head"]
    text = str(drawn)
    for word in (
        "User",
        "name",
        "utf8",
        "age",
        "uint8",
        "ok",
        "bool",
        "score",
        "float64 or None",
        "weak references",
    ):
        assert word in text
    assert "not tracked: no field can refer to a container" in text
    with raises(TypeError, "layout() expects a Struct class or object, got 5"):
        cslots.layout(5)


def test_a_drawing_leaves_no_byte_out():
    class User(Struct, dict=True, weakref=True):
        a: uint8
        b: float
        c: "User | None"
        d: bool

    class Sub(User):
        e: uint8 | None = None

    for cls in (User, Sub, Point):
        drawn = cslots.layout(cls)
        end = -drawn.gc_head
        for offset, size, *_ in drawn._rows():
            if offset != "":
                assert offset == end
                end += size
        assert end == drawn.block


# --- the module ---


def test_every_public_name_is_there():
    for name in cslots.__all__:
        assert getattr(cslots, name) is not None
        assert name in dir(cslots)
    with pytest.raises(AttributeError, match="module 'cslots' has no attribute 'nothing'"):
        cslots.nothing  # noqa: B018


def test_annotations_that_are_none_are_refused():
    meta = type(Struct)
    with raises(TypeError, "Z: __annotations__ must be a dict, got int"):
        meta("Z", (Struct,), {"__annotations__": 5})
    with raises(TypeError, "Z: the name of a field must be a str, got int 1"):
        meta("Z", (Struct,), {"__annotations__": {1: int}})


@pytest.mark.parametrize("fields", [None, 5, [1, 2], "abc"])
def test_a_plan_that_somebody_changed_breaks_no_class(fields):
    @dataclass
    class Base:
        x: int = 0

    class Derived(Base):
        pass

    _core.plan_of(Base).fields = fields
    Derived.__post_init__ = lambda _: None  # looks for the constructor
    assert Derived(1).x == 1


@pytest.mark.parametrize("install", [[], 5, None])
def test_a_planner_of_somebody_else_breaks_no_class(monkeypatch, install):
    class Plan:
        def __init__(self):
            self.remove, self.namespace, self.install = (), {}, install

    monkeypatch.setattr("cslots._plan.dataclass.plan_decorated", lambda cls, options: Plan())

    class Plain:
        x: int = 0

    with pytest.raises(SystemError, match="cslots: a plan needs a tuple of methods to install"):
        dataclass(Plain)
    with pytest.raises(TypeError, match="dataclass\\(\\) expects a class, got 5"):
        dataclass(5)
    assert Plain().x == 0
