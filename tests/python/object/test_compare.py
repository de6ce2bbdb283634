"""== and the order of objects are those of their values; the class must be the same."""

import datetime as dt
import enum
import math
import random
from typing import Literal

import pytest

from cslots import Struct, astuple, category, dataclass, field, float32, int8, uint16, utf8


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Level(enum.IntEnum):
    HIGH = 9
    LOW = 1


class All(Struct, order=True):
    a: int8
    b: int
    c: float
    d: utf8
    e: bool
    f: object
    g: uint16 | None = None


def test_equal_values_make_equal_objects():
    def make():
        return All(1, 10**30, 0.5, "".join(["te", "xt"]), True, [1, 2], None)

    assert make() == make()
    assert not make() != make()
    changes = {"a": 2, "b": 10**30 + 1, "c": 0.25, "d": "tex", "e": False, "f": [1, 2, 3], "g": 0}
    for name, value in changes.items():
        other = make()
        setattr(other, name, value)
        assert make() != other
        assert not make() == other


def test_objects_of_different_classes_are_not_equal():
    class A(Struct):
        x: int

    class B(Struct):
        x: int

    class C(A):
        pass

    assert A(1) != B(1)
    assert A(1) != C(1)
    assert C(1) != A(1)
    assert A(1) != 1
    assert A(1) != (1,)
    assert A(1).__eq__(1) is NotImplemented
    assert A(1).__eq__(C(1)) is NotImplemented


def test_the_other_side_may_know_better():
    class Friend:
        def __eq__(self, other):
            return True

    class A(Struct):
        x: int

    assert A(1) == Friend()
    assert Friend() == A(1)


def test_fields_without_compare_do_not_count():
    class A(Struct, order=True):
        x: int
        y: float = field(compare=False, default=0.0)
        z: object = field(compare=False, default=None)

    assert A(1, 2.0, []) == A(1, 3.0, {})
    assert A(1, 5.0) < A(2, 1.0)


def test_without_eq_objects_are_equal_to_themselves_only():
    class A(Struct, eq=False):
        x: int

    a = A(1)
    assert a == a
    assert a != A(1)
    assert hash(a) == hash(a)


def test_nan_is_not_equal_to_nan_and_both_zeros_are():
    class P(Struct, unsafe_hash=True):
        x: float
        y: float32

    assert P(math.nan, 0) != P(math.nan, 0)
    assert P(0, math.nan) != P(0, math.nan)
    assert P(0.0, -0.0) == P(-0.0, 0.0)
    assert hash(P(0.0, -0.0)) == hash(P(-0.0, 0.0))


def test_the_way_a_text_is_kept_does_not_matter():
    class A(Struct, unsafe_hash=True, order=True):
        x: utf8
        y: utf8

    straight = A("ab" * 20, "c")
    detour = A("", "")
    detour.y = "z" * 100_000
    detour.x = "ab" * 20
    detour.y = "c"
    assert straight == detour
    assert hash(straight) == hash(detour)
    assert not straight < detour
    assert not detour < straight
    assert A("a", "bc") != A("ab", "c")
    long = A("ab" * 20, "c" * 50_000)
    detour.y = "c" * 50_000
    assert long == detour
    assert hash(long) == hash(detour)


def test_datetimes_compare_as_python_compares_them():
    class A(Struct, unsafe_hash=True):
        at: dt.datetime

    naive = dt.datetime(2024, 10, 27, 2, 30)
    assert A(naive) == A(naive.replace(fold=1))
    assert hash(A(naive)) == hash(A(naive.replace(fold=1)))
    assert A(naive) != A(naive.replace(tzinfo=dt.timezone.utc))


def test_an_order_is_that_of_tuples():
    rng = random.Random(3)

    class A(Struct, order=True):
        a: int8
        b: utf8
        c: float
        d: int
        e: category
        f: dt.date
        g: bool

    def make():
        return A(
            rng.randrange(-1, 2),
            rng.choice(["", "a", "b", "ab", "é", "😀", "\uffff", "\ud800", "a\0"]),
            rng.choice([0.0, -0.0, 1.5, -1.5, math.inf]),
            rng.choice([0, -1, 10**30, -(10**30), 2**62, 2**63]),
            rng.choice(["z", "a", "m", ""]),
            rng.choice([dt.date.min, dt.date.max]),
            rng.random() < 0.5,
        )

    things = [make() for _ in range(60)]
    for a in things:
        for b in things:
            x, y = astuple(a), astuple(b)
            assert (a < b, a <= b, a > b, a >= b, a == b) == (x < y, x <= y, x > y, x >= y, x == y)
    assert [astuple(t) for t in sorted(things)] == sorted(astuple(t) for t in things)


@pytest.mark.parametrize(
    "cls, low, high", [(category, "a", "z"), (Level, Level.LOW, Level.HIGH), (Literal[5, 1], 1, 5)]
)
def test_coded_values_are_ordered_by_value_not_by_code(cls, low, high):
    class A(Struct, order=True):
        x: cls

    first, second = A(high), A(low)  # the higher value gets the lower code
    assert second < first
    assert first > second
    assert not first < second


def test_values_without_an_order_are_refused():
    class A(Struct, order=True):
        x: Color

    class B(Struct, order=True):
        x: int8 | None

    class C(Struct, order=True):
        x: object

    assert A(Color.RED) <= A(Color.RED)
    for a, b in ((A(Color.RED), A(Color.BLUE)), (B(None), B(1)), (C("a"), C(1))):
        with pytest.raises(TypeError):
            a < b
        with pytest.raises(TypeError):
            b >= a


def test_naive_and_aware_datetimes_have_no_order():
    class A(Struct, order=True):
        at: dt.datetime

    naive = dt.datetime(2024, 1, 1)
    with pytest.raises(TypeError):
        A(naive) < A(naive.replace(tzinfo=dt.timezone.utc))
    assert A(naive) < A(naive + dt.timedelta(microseconds=1))


def test_without_the_option_there_is_no_order():
    class A(Struct):
        x: int

    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        assert getattr(A(1), compare)(A(2)) is NotImplemented
    with pytest.raises(TypeError, match="'<' not supported between instances of 'A' and 'A'"):
        A(1) < A(2)


def test_an_order_between_classes_is_refused():
    class A(Struct, order=True):
        x: int

    class B(A):
        pass

    with pytest.raises(TypeError):
        A(1) < B(2)
    with pytest.raises(TypeError):
        A(1) < 5


def test_order_needs_eq_and_no_method_of_its_own():
    with pytest.raises(ValueError, match="eq must be true if order is true"):

        class A(Struct, order=True, eq=False):
            x: int

    with pytest.raises(TypeError, match="__lt__"):

        class B(Struct, order=True):
            x: int

            def __lt__(self, other):
                return True


def test_own_comparisons_are_used():
    class A(Struct):
        x: int

        def __eq__(self, other):
            return "equal"

        def __lt__(self, other):
            return "less"

    assert (A(1) == A(2)) == "equal"
    assert (A(1) < A(2)) == "less"


def test_not_equal_follows_an_own_eq():
    class A(Struct):
        x: int

        def __eq__(self, other):
            return False

    class B(Struct, eq=False):
        x: int

        def __eq__(self, other):
            return True

    class C(B):
        y: int = 0

    assert A(1) != A(1)
    assert not B(1) != B(2)
    assert not C(1) != C(2)


def test_an_exception_of_a_comparison_comes_through():
    class Bad:
        def __eq__(self, other):
            raise ZeroDivisionError

        __lt__ = __eq__

    class A(Struct, order=True):
        n: int
        x: object

    with pytest.raises(ZeroDivisionError):
        A(1, Bad()) == A(1, Bad())
    with pytest.raises(ZeroDivisionError):
        A(1, Bad()) < A(1, Bad())


def test_an_object_without_all_its_fields_can_be_compared_without_a_crash():
    for annotation in (int, utf8, object, float, category):

        class A(Struct, order=True):
            x: annotation

        empty = A.__new__(A)
        for compare in (
            lambda: empty == A.__new__(A),
            lambda: empty < A.__new__(A),
            lambda: repr(empty),
        ):
            try:
                compare()
            except (AttributeError, TypeError):
                pass


def test_a_field_that_is_not_compared_decides_nothing_when_it_is_unset():
    class A(Struct):
        x: int
        note: int = field(compare=False)

    a = A.__new__(A)
    a.x = 1
    assert a == A(1, 2)
    b = A.__new__(A)
    b.note = 2
    assert b != A(0, 2)


@pytest.mark.parametrize("root", [Struct, dataclass], ids=["Struct", "dataclass"])
def test_equal_literals_are_equal(root):
    bases, decorate = ((), root(frozen=True)) if root is dataclass else ((root,), lambda cls: cls)

    @decorate
    class A(*bases, **({} if root is dataclass else {"frozen": True})):
        x: Literal[1, True, 0, False] | None

    assert (A(1) == A(True), A(0) == A(False), A(1) == A(0), A(None) == A(0)) == (
        True,
        True,
        False,
        False,
    )
    assert (hash(A(1)) == hash(A(True)), len({A(1), A(True), A(None), A(None)})) == (True, 2)
    assert (A(True).x, type(A(True).x), type(A(1).x)) == (True, bool, int)


class Loose(enum.Enum):
    A = "a"
    B = "A"

    def __eq__(self, other):
        return self.value.lower() == other.value.lower()

    def __hash__(self):
        return hash(self.value.lower())


def test_members_that_are_equal_by_their_own_word_are_equal():
    class A(Struct, frozen=True):
        x: Loose

    assert (
        A(Loose.A) == A(Loose.B)
        and hash(A(Loose.A)) == hash(A(Loose.B))
        and A(Loose.B).x is Loose.B
    )
