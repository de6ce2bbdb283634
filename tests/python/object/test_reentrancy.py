"""Python code that runs in the middle of an operation and changes what is being worked on."""

import gc
import weakref

import pytest

from cslots import Struct, _core, field, float32, replace, uint8, utf8


class Thing(Struct, order=True):
    x: object = None
    n: int = 0
    text: utf8 = ""
    y: object = None
    small: uint8 = 0
    f: float = 0.0


class Do:
    """Runs `act` whenever Python asks it for anything, then answers as plainly as it can."""

    def __init__(self, act):
        self.act = act

    def __index__(self):
        self.act()
        return 5

    def __eq__(self, other):
        self.act()
        return True

    def __lt__(self, other):
        self.act()
        return False

    def __hash__(self):
        self.act()
        return 7

    def __repr__(self):
        self.act()
        return "Do()"

    def __deepcopy__(self, memo):
        self.act()
        return "deep"

    def __reduce__(self):
        self.act()
        return (str, ("reduced",))


class Die(Do):
    """Runs `act` when it dies as well."""

    def __del__(self):
        self.act()


def test_an_index_that_writes_the_same_object():
    thing = Thing()

    def act():
        thing.n = 10**30
        thing.text = "x" * 1000
        thing.small = 9

    thing.n = Do(act)
    assert (thing.n, thing.small, thing.text) == (5, 9, "x" * 1000)
    thing.small = Do(act)
    assert thing.small == 5
    thing.f = Do(act)
    assert thing.f == 5.0


def test_an_index_that_drops_the_object_it_is_meant_for():
    holder = [Thing(text="x" * 1000)]

    def act():
        holder.clear()
        gc.collect()

    setattr(holder[0], "small", Do(act))
    holder.append(Thing())
    descriptor = Thing.__dict__["n"]
    descriptor.__set__(holder[0], Do(act))
    assert holder == []


def test_an_index_in_the_constructor_that_makes_and_drops_objects():
    made = []

    def act():
        made.append(Thing(n=len(made)))
        gc.collect()
        made.append(Thing(text="y" * 500))
        del made[:1]

    for _ in range(4):
        thing = Thing([], Do(act), "text" * 100, {}, Do(act), Do(act))
        assert (thing.n, thing.small, thing.f, thing.text) == (5, 5, 5.0, "text" * 100)


def test_an_index_in_the_constructor_that_finds_the_half_made_object():
    """gc.get_objects() may show an object whose fields are not all there yet."""

    def act():
        for found in gc.get_objects():
            if type(found) is Thing:
                for name in ("x", "n", "text", "y", "small", "f"):
                    getattr(found, name, None)
                try:
                    repr(found)
                except AttributeError:
                    pass

    thing = Thing([1], Do(act), "text", {}, Do(act), Do(act))
    assert (thing.n, thing.text) == (5, "text")


def test_a_factory_that_makes_another_object_of_the_class():
    depth = []

    class A(Struct):
        x: object = field(default_factory=lambda: make())
        text: utf8 = "t"

    def make():
        if len(depth) < 10:
            depth.append(1)
            return A()
        return None

    a = A()
    count = 0
    while a is not None:
        count += 1
        assert a.text == "t"
        a = a.x
    assert count == 11


def test_a_factory_without_end_is_a_recursion_error():
    class A(Struct):
        x: object = field(default_factory=lambda: A())

    with pytest.raises(RecursionError):
        A()


def test_a_factory_that_changes_the_class():
    class A(Struct):
        x: int = field(default_factory=lambda: meddle())
        y: int = field(default_factory=lambda: meddle())

    def meddle():
        A.note = 1
        A.__post_init__ = lambda self: None
        gc.collect()
        return 5

    assert (A().x, A().y) == (5, 5)


@pytest.mark.parametrize(
    "operation", [lambda a, b: a == b, lambda a, b: a < b, lambda a, b: a != b, lambda a, b: a >= b]
)
def test_a_comparison_that_empties_both_sides(operation):
    a, b = Thing(), Thing()

    def act():
        for thing in (a, b):
            if hasattr(thing, "x"):
                del thing.x
            if hasattr(thing, "y"):
                thing.y = None
                del thing.y
            thing.text = "z" * 2000

    a.x, b.x = Do(act), Do(act)
    a.y, b.y = [], []
    try:
        operation(a, b)
    except (AttributeError, TypeError):
        pass
    for thing in (a, b):
        thing.x = thing.y = None


def test_a_comparison_that_drops_one_side():
    class Holder(Struct):
        thing: object

    a, b = Holder(Thing(1)), Holder(Thing(2))

    def act():
        a.thing = b.thing = None
        gc.collect()

    a.thing.x, b.thing.x = Do(act), Do(act)
    a.thing.y, b.thing.y = [1], [1]
    a.thing == b.thing
    assert (a.thing, b.thing) == (None, None)


def test_a_repr_that_empties_the_object():
    thing = Thing()

    def act():
        if hasattr(thing, "y"):
            del thing.y
        thing.text = "q" * 3000
        thing.x = None

    thing.x = Do(act)
    try:
        repr(thing)
    except AttributeError:
        pass
    assert thing.text == "q" * 3000


def test_a_hash_that_empties_the_object():
    class A(Struct, unsafe_hash=True):
        x: object
        y: object
        text: utf8

    a = A(None, [1], "text")

    def act():
        if hasattr(a, "y"):
            del a.y
        a.x = None
        a.text = "w" * 2000

    a.x = Do(act)
    try:
        hash(a)
    except (AttributeError, TypeError):
        pass


@pytest.mark.parametrize("name", ["copy", "deepcopy", "dumps", "asdict", "replace"])
def test_a_copy_that_changes_the_original(name):
    import copy
    import pickle

    from cslots import asdict

    thing = Thing(text="x" * 50)

    def act():
        if hasattr(thing, "y"):
            del thing.y
        thing.text = "v" * 5000
        thing.x = None

    thing.x = Do(act)
    function = {
        "copy": copy.copy,
        "deepcopy": copy.deepcopy,
        "dumps": pickle.dumps,
        "asdict": asdict,
        "replace": replace,
    }[name]
    try:
        function(thing)
    except (AttributeError, TypeError):
        pass
    thing.x = None


def test_the_death_of_an_old_value_that_writes_the_same_field():
    thing = Thing()
    seen = []

    def act():
        seen.append(thing.x)
        if len(seen) < 5:
            thing.x = Die(act)

    thing.x = Die(act)
    thing.x = "new"
    assert seen[0] == "new"
    assert len(seen) >= 1
    for _ in range(5):
        thing.x = None
    assert len(seen) == 5


def test_the_death_of_a_field_value_that_looks_at_its_dying_holder():
    """While an object dies, code of what it held runs; the object must be out of reach by then."""
    looked = []

    class A(Struct, weakref=True):
        x: object
        y: object
        text: utf8

    a = A(None, None, "text" * 100)
    ref = weakref.ref(a)

    def act():
        looked.append(ref())
        looked.extend(o for o in gc.get_objects() if type(o) is A)
        gc.collect()

    a.x, a.y = Die(act), Die(act)
    del a
    assert looked == [None, None]


def test_the_death_of_a_value_during_a_failed_construction():
    made = []

    def act():
        made.append(Thing(text="x" * 100))
        gc.collect()

    for _ in range(4):
        with pytest.raises(TypeError):
            Thing(Die(act), 1, 5)
        with pytest.raises(TypeError):
            Thing(Die(act), 1, "text" * 1000, Die(act), "no")
    assert len(made) == 12


def test_a_name_with_a_strange_equality():
    class Name(str):
        def __eq__(self, other):
            gc.collect()
            raise ZeroDivisionError

        __hash__ = str.__hash__

    thing = Thing()
    for act in (
        lambda: getattr(thing, Name("n")),
        lambda: setattr(thing, Name("n"), 5),
        lambda: Thing(**{Name("n"): 5}),
    ):
        try:
            act()
        except (ZeroDivisionError, AttributeError, TypeError):
            pass
    assert thing.n in (0, 5)


def test_a_literal_is_found_without_trusting_foreign_equality():
    from typing import Literal

    class A(Struct):
        x: Literal["a", "b", 1]

    class Liar(str):
        def __eq__(self, other):
            return True

        def __hash__(self):
            return hash("a")

    a = A("b")
    try:
        a.x = Liar("zzz")
    except TypeError:
        pass
    assert a.x in ("a", "b")
    assert type(a.x) is str


def test_an_eq_that_raises_while_a_choice_is_looked_for():
    from typing import Literal

    class A(Struct):
        x: Literal["a", 1]

    class Bad:
        def __eq__(self, other):
            raise ZeroDivisionError

        def __hash__(self):
            return hash("a")

    a = A("a")
    with pytest.raises((TypeError, ZeroDivisionError)):
        a.x = Bad()
    assert a.x == "a"


def test_an_init_subclass_that_uses_the_class_that_is_being_made():
    class Base(Struct):
        x: object = field(default_factory=lambda: Base.sub())

        def __init_subclass__(cls):
            Base.sub = cls
            cls(1)

    class Sub(Base):
        y: uint8 = 3

    assert Base.sub is Sub
    assert Sub(1).y == 3


def test_float32_and_text_in_one_constructor_with_side_effects():
    class A(Struct):
        a: utf8
        b: float32
        c: utf8

    a = A("x", Do(lambda: gc.collect()), "y" * 100_000)
    assert (a.a, a.b, a.c) == ("x", 5.0, "y" * 100_000)


def test_values_and_force_setattr_with_side_effects():
    thing = Thing()
    _core.force_setattr(thing, "small", Do(lambda: setattr(thing, "text", "z" * 999)))
    assert _core.values(thing) == (None, 0, "z" * 999, None, 5, 0.0)
