"""Classes with very many fields, and with very long names."""

import pickle
import sys

import pytest
from support import raises

from cslots import Struct, _core, fields, uint8, utf8


def make(annotation, count):
    names = [f"f{n}" for n in range(count)]
    return type(Struct)(
        "Big",
        (Struct,),
        {"__annotations__": dict.fromkeys(names, annotation), "__module__": __name__},
    )


@pytest.mark.parametrize(
    "annotation, make_value",
    [(uint8, lambda n: n % 256), (object, lambda n: n), (bool, lambda n: n % 3 == 0)],
)
def test_ten_thousand_fields(annotation, make_value):
    Big = make(annotation, 10_000)
    values = [make_value(n) for n in range(10_000)]
    big = Big(*values)
    assert list(_core.values(big)) == values
    assert big.f0 == values[0]
    assert big.f9999 == values[9999]
    big.f5000 = values[1]
    assert big.f5000 == values[1]
    assert big.f4999 == values[4999]
    assert big.f5001 == values[5001]
    assert big == Big(**{f"f{n}": value for n, value in enumerate(_core.values(big))})
    assert len(fields(Big)) == 10_000
    assert repr(big).count("=") == 10_000
    with pytest.raises(AttributeError, match="… 9988 more"):
        big.zzz = 1
    with pytest.raises(TypeError, match=r"takes at most 10000 positional arguments, got 10001"):
        Big(*range(10_001))


def test_ten_thousand_texts():
    Big = make(utf8, 10_000)
    big = Big(*[f"t{n}" for n in range(10_000)])
    assert big.f9999 == "t9999"
    big.f5000 = "longer" * 100
    big.f0 = ""
    assert (big.f0, big.f1, big.f4999, big.f5000, big.f5001) == (
        "",
        "t1",
        "t4999",
        "longer" * 100,
        "t5001",
    )
    empty = Big(*[""] * 10_000)
    assert empty.f9999 == ""
    empty.f0 = "x" * 100_000
    assert (empty.f0, empty.f9999) == ("x" * 100_000, "")


def test_ten_thousand_nullable_fields_with_defaults():
    names = {f"f{n}": uint8 | None for n in range(10_000)}
    Big = type(Struct)("Big", (Struct,), {"__annotations__": names} | dict.fromkeys(names))
    big = Big()
    assert set(_core.values(big)) == {None}
    big.f7777 = 5
    assert [n for n, v in enumerate(_core.values(big)) if v is not None] == [7777]


def test_ten_thousand_missing_arguments():
    with pytest.raises(TypeError, match=r"\ABig\(\) missing required fields 'f0', 'f1'"):
        make(uint8, 10_000)()


def test_slots_with_ten_thousand_names():
    Big = type(Struct)("Big", (Struct,), {"__slots__": [f"f{n}" for n in range(10_000)]})
    big = Big(*range(10_000))
    assert big.f1234 == 1234
    assert sys.getsizeof(big) >= 80_000


def test_a_pickle_of_a_big_object():
    global Big
    Big = make(uint8, 3_000)
    Big.__qualname__ = "Big"
    big = Big(*[n % 256 for n in range(3_000)])
    assert pickle.loads(pickle.dumps(big)) == big


def test_names_may_be_long_and_in_any_script():
    names = ["名前", "é", "ﬁ", "x" * 10_000, "Ünïcode"]
    import unicodedata

    namespace = {unicodedata.normalize("NFKC", name): uint8 for name in names}
    A = type(Struct)("Тип", (Struct,), {"__annotations__": namespace})
    a = A(*range(5))
    assert [getattr(a, name) for name in namespace] == [0, 1, 2, 3, 4]
    with raises(OverflowError, "Тип.名前: 300 is out of range for uint8 (0 to 255)"):
        a.名前 = 300


def test_a_thousand_classes():
    classes = [make(uint8, 3) for _ in range(1_000)]
    assert [cls(1, 2, n % 256).f2 for n, cls in enumerate(classes)] == [
        n % 256 for n in range(1_000)
    ]


def test_a_thousand_subclasses_of_one_class():
    class Base(Struct):
        x: utf8

    subs = [type(Struct)(f"S{n}", (Base,), {"__annotations__": {"y": uint8}}) for n in range(1_000)]
    assert all(sub("a", 5).y == 5 for sub in subs)
