"""What each annotation means: its kind, whether it takes None, and names that come later."""

# ruff: noqa: F821  the names that nothing defines are the point here
from __future__ import annotations

import copy
import dataclasses
import datetime
import enum
import pickle
import sys
import types
import typing
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    NewType,
    Optional,
    TypeVar,
    Union,
)

import pytest
from support import raises

import cslots
from cslots import KW_ONLY, InitVar, Kind, Struct, _core, dataclass, field, uint8, utf8

T = TypeVar("T")


def one_field(annotation: Any) -> Any:
    """class Box(Struct): x: annotation; strings are evaluated in this module"""

    class Box(Struct):
        x: annotation

    return Box


def meaning(annotation: Any) -> Any:
    """(kind, nullable) of a field annotated so."""
    found = _core.plan_of(one_field(annotation)).fields[0]
    return found.kind, found.nullable


def kinds(cls: type) -> dict[str, Any]:
    return {f.name: (f.kind, f.nullable) for f in _core.plan_of(cls).fields}


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1


class Empty(enum.Enum):
    pass


class Small(enum.Flag):
    A = 1
    H = 128


class Wide(enum.IntFlag):
    A = 1
    Z = 1 << 63


class TooWide(enum.IntFlag):
    Z = 1 << 64


class Level(enum.IntEnum):
    LOW = 1


class Address(Struct):
    street: str


class Box(Struct, Generic[T]):
    value: T


UserId = NewType("UserId", int)
SmallId = NewType("SmallId", uint8)


class Subclass(datetime.datetime):
    pass


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (bool, ("bool", False)),
        (int, ("int", False)),
        (float, ("float64", False)),
        (str, ("str", False)),
        (bytes, ("bytes", False)),
        (object, ("object", False)),
        (Any, ("object", False)),
        (None, ("object", False)),
        (complex, ("object", False)),
        (list, ("object", False)),
        (list[int], ("object", False)),
        (typing.List[int], ("object", False)),
        (int | str, ("object", False)),
        (int | str | None, ("object", False)),
        (Union[int, str], ("object", False)),
        (T, ("object", False)),
        (type, ("object", False)),
        (type[int], ("object", False)),
        (5, ("object", False)),
        (int | None, ("int", True)),
        (None | int, ("int", True)),
        (Optional[float], ("float64", True)),
        (Union[None, str], ("str", True)),
        (object | None, ("object", False)),
        (Optional[Any], ("object", False)),
        (datetime.date, ("date", False)),
        (datetime.datetime, ("datetime", False)),
        (datetime.timedelta, ("timedelta", False)),
        (datetime.datetime | None, ("datetime", True)),
        (datetime.time, ("object", False)),
        (Subclass, ("object", False)),
        (Color, ("choice8", False)),
        (Color | None, ("choice8", True)),
        (Level, ("choice8", False)),
        (Empty, ("object", False)),
        (enum.Enum, ("object", False)),
        (Small, ("flag8", False)),
        (Wide, ("flag64", False)),
        (TooWide, ("object", False)),
        (enum.Flag, ("object", False)),
        (Literal["a", "b"], ("choice8", False)),
        (Literal["a", None], ("choice8", False)),
        (Literal["a"] | None, ("choice8", True)),
        (Literal["a", None] | None, ("choice8", False)),
        (Literal[Literal[1, 2], b"x", True, Color.RED], ("choice8", False)),
        (Address, ("struct", False)),
        (Address | None, ("struct", True)),
        (Box[int], ("struct", False)),
        (Optional[Box[T]], ("struct", True)),
        (UserId, ("int", False)),
        (SmallId, ("uint8", False)),
        (SmallId | None, ("uint8", True)),
        (Final[int], ("int", False)),
        (Final, ("object", False)),
        (Annotated[str, "a note"], ("str", False)),
        (Annotated[int | None, "a note"], ("int", True)),
        (Annotated[int | None, Kind("uint8")], ("uint8", True)),
        (Annotated[int, "a note", Kind("int16"), "more"], ("int16", False)),
        (Annotated[int, Kind("object")], ("object", False)),
        (Annotated[uint8, "a note"], ("uint8", False)),
        (Kind("utf8"), ("utf8", False)),
        (typing.ForwardRef("int"), ("int", False)),
        (Optional["int"], ("int", True)),
        ("int", ("int", False)),
        ("int | None", ("int", True)),
        ("None | int", ("int", True)),
        ("Optional[uint8]", ("uint8", True)),
        ("'int'", ("int", False)),
        ("utf8 | None", ("utf8", True)),
        ("datetime.date", ("date", False)),
        ("None", ("object", False)),
        (" int", ("int", False)),
    ],
    ids=str,
)
def test_an_annotation_means_a_kind(annotation, expected):
    assert meaning(annotation) == expected


@pytest.mark.parametrize(
    "name", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
)
def test_the_named_kinds_are_ordinary_types_for_checkers(name):
    annotation = getattr(cslots, name)
    assert annotation is getattr(cslots, name)
    assert annotation.__origin__ is int
    assert annotation.__metadata__ == (Kind(name),)
    assert meaning(annotation) == (name, False)
    assert meaning(annotation | None) == (name, True)


def test_a_copy_of_a_named_kind_means_the_same():
    assert meaning(Annotated[int, Kind("uint8")]) == ("uint8", False)


def test_choices_keep_the_order_of_definition():
    color, flag, literal = (
        _core.plan_of(one_field(a)).fields[0] for a in (Color | None, Small, Literal["b", 1, "a"])
    )
    assert (color.argument, color.enum) == ((Color.RED, Color.GREEN), Color)
    assert (flag.argument, flag.enum) == (Small, Small)
    assert (literal.argument, literal.enum) == (("b", 1, "a"), None)


@pytest.mark.parametrize(
    ("count", "kind"), [(256, "choice8"), (257, "choice16"), (65536, "choice16"), (65537, "object")]
)
def test_the_number_of_choices_decides_their_width(count, kind):
    assert meaning(Literal[tuple(range(count))]) == (kind, False)


@pytest.mark.parametrize(
    ("bit", "kind"), [(7, "flag8"), (8, "flag16"), (16, "flag32"), (32, "flag64"), (64, "object")]
)
def test_the_highest_bit_decides_the_width_of_a_flag(bit, kind):
    assert meaning(enum.Flag("F", {"LOW": 1, "HIGH": 1 << bit})) == (kind, False)


def test_a_default_of_none_makes_a_plain_type_nullable():
    class User(Struct):
        age: int = None
        name: utf8 = field(default=None)
        mode: Literal["a", None] = None
        what: Any = None

    assert kinds(User) == {
        "age": ("int", True),
        "name": ("utf8", True),
        "mode": ("choice8", False),
        "what": ("object", False),
    }


def test_class_variables_are_no_fields():
    class User(Struct):
        a: ClassVar[int] = 1
        b: "typing.ClassVar" = 2
        c: "ClassVar[Later]" = 3
        d: Annotated[ClassVar[int], "a note"] = 4
        e: ClassVar[int] = field(default=5)
        f: "OnlyForTheChecker.ClassVar[int]"
        x: int

    assert [f.name for f in cslots.fields(User)] == ["x"]
    assert (User.a, User.b, User.c, User.d, User.e) == (1, 2, 3, 4, 5)


def test_init_variables_go_to_post_init_only():
    class User(Struct):
        name: str
        scale: InitVar[int] = 2
        other: "dataclasses.InitVar[Later]" = 3

    plan = _core.plan_of(User)
    assert kinds(User) == {
        "name": ("str", False),
        "scale": ("initvar", False),
        "other": ("initvar", False),
    }
    assert [f.name for f in cslots.fields(User)] == ["name"]
    assert plan.fields[1].default == 2


@pytest.mark.parametrize(
    "mark", [KW_ONLY, dataclasses.KW_ONLY, "KW_ONLY", "dataclasses.KW_ONLY"], ids=repr
)
def test_kw_only_marks_what_follows(mark):
    class User(Struct):
        a: int
        _: mark
        b: int
        c: int = field(default=1, kw_only=False)

    assert [(f.name, f.kw_only) for f in cslots.fields(User)] == [
        ("a", False),
        ("b", True),
        ("c", False),
    ]


# --- names that are the class itself, or come later ---


def test_a_class_may_name_itself():
    class Node(Struct):
        value: int
        next: "Node | None" = None
        other: "Optional[Node]" = None
        children: "list[Node]" = ()

    assert kinds(Node) == {
        "value": ("int", False),
        "next": ("struct", True),
        "other": ("struct", True),
        "children": ("object", False),
    }
    assert Node(1, Node(2)).next.value == 2
    with pytest.raises(TypeError, match="Node"):
        Node(1, 5)


def test_a_generic_class_may_name_itself_with_parameters():
    class Node(Struct, Generic[T]):
        next: "Node[T] | None" = None

    assert kinds(Node)["next"] == ("struct", True)


def test_self_is_the_class_itself():
    class Node(Struct):
        next: typing.Self | None = None

    assert kinds(Node)["next"] == ("struct", True)
    assert Node(Node()).next.next is None


def test_an_older_class_of_the_same_name_is_another():
    for _ in range(2):

        class Again(Struct):
            next: "Again | None" = None

        assert Again(Again()).next.next is None


def test_a_field_of_the_name_of_its_type_means_the_type():
    scope = {"__name__": "a_module", "Struct": Struct}
    exec(
        "from __future__ import annotations\nfrom datetime import date\nclass Event(Struct):\n    "
        "date: date | None = None\n",
        scope,
    )
    assert kinds(scope["Event"]) == {"date": ("date", True)}


def test_a_name_may_be_defined_after_the_class():
    class Author(Struct):
        best: "Book | None" = None
        books: "list[Book]" = ()

    assert kinds(Author) == {"best": ("deferred", True), "books": ("object", False)}

    class Book(Struct):
        author: Author

    author = Author(None)
    author.best = Book(author)
    assert author.best.author is author
    with pytest.raises(TypeError, match="Author.best: expected .*Book or None"):
        author.best = 5
    assert kinds(Author)["best"] == ("struct", True)


def test_a_name_that_comes_later_may_be_dotted():
    module = types.ModuleType("later_module")
    scope = {"__name__": "a_module", "Struct": Struct, "later": module}
    exec('class A(Struct):\n    b: "later.B | None" = None\n    c: "later.B" = None', scope)
    assert kinds(scope["A"]) == {"b": ("deferred", True), "c": ("deferred", True)}
    module.B = Address
    assert scope["A"](Address("x"), Address("y")).b.street == "x"


def test_a_name_that_never_comes_is_an_error():
    class User(Struct):
        other: "Othr | None" = None

    with raises(
        TypeError,
        "User.other: annotation 'Othr' names nothing; define it, or correct the annotation",
    ):
        User(5)


class WaitsForever(Struct):
    other: NeverThere | None = None  # noqa: F821


def test_an_object_without_what_is_not_there_yet_is_copied_and_pickled():
    waits = WaitsForever()
    for copied in (copy.copy(waits), copy.deepcopy(waits), pickle.loads(pickle.dumps(waits))):
        assert copied == waits


@pytest.mark.parametrize("root", [Struct, dataclass], ids=["Struct", "dataclass"])
def test_a_name_that_is_not_there_yet_takes_none(root):
    bases, decorate = ((), root) if root is dataclass else ((root,), lambda cls: cls)

    @decorate
    class Node(*bases):
        left: "Leaf | None" = None
        right: "Leaf | None" = None
        other: "Leef | None" = None

    node = Node()
    node.left = None
    assert (node.left, copy.copy(node).right) == (None, None)
    with raises(
        TypeError,
        "Node.left: annotation 'Leaf' names nothing; define it, or correct the annotation",
    ):
        node.left = 5

    @decorate
    class Leaf(*bases):
        size: uint8

    node.left = leaf = Leaf(3)
    assert node.left is leaf
    with raises(TypeError, "Node.right: expected Leaf or None, got int 5"):
        node.right = 5
    with raises(
        TypeError,
        "Node.other: annotation 'Leef' names nothing; define it, or correct the annotation",
    ):
        Node(other=leaf)
    assert Node(None, leaf).right is leaf


def test_an_own_init_may_leave_out_what_is_not_there_yet():
    class Node(Struct):
        leaf: "Leaf | None"

        def __init__(self, leaf=None):
            self.leaf = leaf

    assert Node().leaf is None
    with raises(
        TypeError,
        "Node.leaf: annotation 'Leaf' names nothing; define it, or correct the annotation",
    ):
        Node(5)


def test_a_name_that_comes_later_cannot_be_a_packed_kind():
    class User(Struct):
        age: "Age" = None

    Age = uint8
    with raises(
        TypeError, "User.age: annotation 'Age' means uint8; it must be defined before the class"
    ):
        User(5)


def test_a_name_that_comes_later_may_mean_any_object():
    class User(Struct):
        tags: "Tags"

    Tags = list[str]
    assert User(["a"]).tags == ["a"]
    assert kinds(User)["tags"] == ("object", False)


def test_names_of_enclosing_functions_are_found():
    Age = uint8

    def make() -> type:
        class User(Struct):
            age: "Age | None"

        return User

    assert kinds(make()) == {"age": ("uint8", True)}


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        ("not an expression", "Box.x: annotation 'not an expression' is no expression"),
        ("1 / 0", "Box.x: annotation '1 / 0' cannot be evaluated: division by zero"),
        (
            "Literal[1.5]",
            "Box.x: Literal[1.5]: a literal is a str, int, bool, bytes, None or an Enum member "
            "that is defined before the class",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_an_error(annotation, text):
    with raises(TypeError, text):
        one_field(annotation)


def test_a_string_that_names_itself_is_an_error():
    global Circular
    Circular = "Circular"
    with pytest.raises(TypeError, match=r"Box\.x: annotation '?annotation'? refers to itself"):
        one_field("Circular")


# --- Python's newer ways to annotate ---


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement is new in 3.12")
def test_a_type_alias_means_its_value():
    scope = {"__name__": "a_module", "Struct": Struct, "uint8": uint8, "Address": Address}
    exec(
        "type Age = uint8\n"
        "type Maybe[T] = T | None\n"
        "type Swapped[A, B] = B | None\n"
        "class User[T](Struct):\n"
        "    age: Age\n"
        "    maybe: Maybe[uint8]\n"
        "    home: Swapped[int, Address]\n"
        "    any: T\n"
        "    named: 'T'\n"
        "    box: 'Maybe[T]'\n",
        scope,
    )
    assert kinds(scope["User"]) == {
        "age": ("uint8", False),
        "maybe": ("uint8", True),
        "home": ("struct", True),
        "any": ("object", False),
        "named": ("object", False),
        "box": ("object", False),
    }


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are lazy from 3.14 on")
def test_lazy_annotations_need_no_strings():
    scope = {"__name__": "a_module", "Struct": Struct, "uint8": uint8}
    source = (
        "def make():\n"
        "    class Node(Struct):\n"
        "        next: Node | None = None\n"
        "        other: Later | None = None\n"
        "        outer: Outer = None\n"
        "        many: list[Node] = None\n"
        "        age: uint8 = 0\n"
        "    class Later(Struct):\n"
        "        x: int\n"
        "    return Node, Later\n"
    )
    # Without this file's future import.
    exec(compile(source, "a_module", "exec", dont_inherit=True), scope)
    for _ in range(2):
        Node, Later = scope["make"]()
        assert kinds(Node) == {
            "next": ("struct", True),
            "other": ("deferred", True),
            "outer": ("deferred", True),
            "many": ("object", False),
            "age": ("uint8", False),
        }
        scope["Outer"] = Address
        assert Node(Node(), Later(1)).other.x == 1
        del scope["Outer"]


def test_a_kind_has_a_known_name():
    with pytest.raises(ValueError, match="no kind is named 'unit8'"):
        Kind("unit8")
    assert Kind("uint8") == Kind("uint8") != Kind("int8")
    assert repr(Kind("uint8")) == "Kind('uint8')"
    with pytest.raises(AttributeError):
        Kind("uint8").name = "int8"


@pytest.mark.parametrize("root", [Struct, dataclass], ids=["Struct", "dataclass"])
def test_required_references_in_a_circle_take_none_until_it_is_closed(root):
    bases, decorate = ((), root) if root is dataclass else ((root,), lambda cls: cls)

    @decorate
    class Node(*bases):
        next: "Node"

    @decorate
    class Head(*bases):
        tail: "Tail"

    @decorate
    class Tail(*bases):
        head: "Head"

    node, head, tail = Node(None), Head(None), Tail(None)
    node.next, head.tail, tail.head = node, tail, head
    assert node.next is node and head.tail.head is head
    with raises(TypeError, "Node.next: expected Node or None, got int 5"):
        Node(5)


@pytest.mark.parametrize("root", [Struct, dataclass], ids=["Struct", "dataclass"])
def test_a_required_reference_in_no_circle_takes_no_none(root):
    bases, decorate = ((), root) if root is dataclass else ((root,), lambda cls: cls)

    @decorate
    class User(*bases):
        home: "Home"

    @decorate
    class Home(*bases):
        street: str

    @decorate
    class Visit(*bases):
        home: Home
        user: User
        again: "Visit | None" = None

    home = Home("x")
    user = User(home)
    for call in (
        lambda: User(None),
        lambda: setattr(user, "home", None),
        lambda: Visit(None, user),
        lambda: Visit(home, None),
    ):
        with pytest.raises(TypeError, match="got NoneType None"):
            call()
