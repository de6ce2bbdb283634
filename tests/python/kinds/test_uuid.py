"""uuid.UUID is kept as its 16 bytes, and comes back as a plain UUID."""

import ctypes
import functools
import io
import pickle
import struct
import uuid
from uuid import UUID, SafeUUID

import pytest
from support import one_field, raises
from support.arrow import ArrowSchema, child, pointer

from cslots import Pool, RangeError, Struct, _core, dataclass, layout

VALUES = [UUID(int=number) for number in (0, 1, 2**64 - 1, 2**64, 2**127, 2**128 - 1)]


class Item(Struct, order=True):
    id: UUID
    parent: UUID | None = None


def test_it_takes_16_bytes_and_gives_back_the_value():
    assert [field.size for field in layout(Item).fields] == [16, 16]
    for value in VALUES:
        item = Item(value)
        assert item.id == value and type(item.id) is UUID
        assert (str(item.id), item.id.bytes, item.id.hex) == (str(value), value.bytes, value.hex)
        assert item.id.is_safe is SafeUUID.unknown
        assert hash(item.id) == hash(value)
        assert pickle.loads(pickle.dumps(item.id)) == value


def test_is_safe_is_not_kept():
    value = UUID(int=5, is_safe=SafeUUID.safe)
    assert Item(value).id == value
    assert Item(value).id.is_safe is SafeUUID.unknown


@pytest.mark.parametrize("value", ["0" * 32, 5, b"x" * 16, None, object()])
def test_what_is_no_uuid_is_refused(value):
    item = Item(VALUES[1])
    with pytest.raises(TypeError, match=r"Item\.id: expected uuid \(a uuid\.UUID\), got "):
        item.id = value
    assert item.id == VALUES[1]


class Odd(UUID):
    pass


class Different(UUID):
    def __eq__(self, other):
        return False

    __hash__ = UUID.__hash__


def test_a_value_of_a_subclass_is_kept_where_the_plain_one_is_equal():
    assert type(Item(Odd(int=7)).id) is UUID
    assert Item(Odd(int=7)).id == UUID(int=7)
    text = (
        "Item.id: Different('00000000-0000-0000-0000-000000000007') cannot be kept exactly in "
        "16 bytes; convert it to a plain UUID first"
    )
    with raises(ValueError, text):
        Item(Different(int=7))


@pytest.mark.parametrize("number", [-1, 2**128, "7", 7.0, None, True])
def test_a_uuid_that_lies_about_its_number_is_refused(number):
    value = UUID(int=7)
    object.__setattr__(value, "int", number)
    with pytest.raises((TypeError, OverflowError)):
        Item(value)
    value = UUID(int=7)
    del_int(value)
    with pytest.raises(AttributeError):
        Item(value)


def del_int(value):
    object.__delattr__(value, "int")


def test_the_number_of_a_subclass_may_run_code():
    seen = []

    class Own(UUID):
        @property
        def int(self):
            seen.append(self)
            return 9

        @int.setter
        def int(self, value):
            pass

    box = one_field(UUID)(VALUES[0])
    value = Own(int=3)
    object.__setattr__(value, "int", 3)
    box.x = value
    assert box.x == UUID(int=9) and seen


def test_order_is_that_of_uuids():
    items = [Item(value) for value in VALUES[::-1]]
    assert sorted(items) == items[::-1]
    pool = Pool(Item, items)
    pool.sort("id")
    assert [row.id for row in pool] == VALUES
    pool.sort("id", reverse=True)
    assert [row.id for row in pool] == VALUES[::-1]


def test_a_dataclass_has_the_hash_of_a_tuple():
    @dataclass(frozen=True)
    class Key:
        id: UUID
        other: UUID | None

    assert hash(Key(VALUES[4], None)) == hash((VALUES[4], None))
    assert Key(VALUES[4], VALUES[0]) == Key(UUID(int=2**127), UUID(int=0))


def test_arrow_is_told_that_they_are_uuids():
    pool = Pool(Item, [Item(value) for value in VALUES])
    capsule, array = pool.__arrow_c_array__()
    schema = pointer(capsule, b"arrow_schema", ArrowSchema)
    found = child(schema, "id", schema)
    assert found.format == b"w:16"
    pairs = [b"ARROW:extension:name", b"arrow.uuid", b"ARROW:extension:metadata", b""]
    expected = struct.pack("=i", 2) + b"".join(struct.pack("=i", len(x)) + x for x in pairs)
    address = ctypes.c_void_p.from_buffer(found, ArrowSchema.metadata.offset).value
    assert ctypes.string_at(address, len(expected)) == expected
    assert Pool.from_arrow(Item, pool) == pool
    del array


def test_the_array_of_a_column_has_their_bytes():
    numpy = pytest.importorskip("numpy")
    pool = Pool(Item, [Item(value, value) for value in VALUES])
    array = pool["id"]
    assert array.dtype == numpy.dtype("V16")
    assert [value.tobytes() for value in array] == [value.bytes for value in VALUES]
    array[0] = numpy.frombuffer(VALUES[-1].bytes, "V16")[0]
    assert pool[0].id == VALUES[-1]
    del array
    again = Pool(Item, {"id": pool["id"], "parent": pool["parent"]})
    assert again == pool
    assert Pool(Item, {"id": VALUES, "parent": [None] * len(VALUES)})[1].id == VALUES[1]
    with pytest.raises(TypeError):
        Pool(Item, {"id": numpy.zeros(2, "V8")})


def test_only_the_class_itself_is_the_annotation():
    class Box(Struct):
        odd: Odd
        text: "UUID"

    kinds = {field.name: field.kind for field in layout(Box).fields}
    assert kinds == {"odd": "object", "text": "uuid"}
    assert uuid.UUID is UUID and any(row["python"] == "uuid.UUID" for row in _core.kinds())
    assert issubclass(RangeError, ValueError)


@pytest.mark.parametrize("number", [-1, 2**128, -(2**128), 10**400, "1", True, None])
def test_a_uuid_whose_number_was_altered_is_refused(number):
    item, odd = Item(VALUES[1]), UUID(int=0)
    object.__setattr__(odd, "int", number)
    pool = Pool(Item, [item])
    for refused in (
        lambda: Item(odd),
        lambda: setattr(item, "id", odd),
        lambda: setattr(pool[0], "id", odd),
        lambda: pool.append(id=odd),
        lambda: Pool(Item, {"id": [odd]}),
    ):
        with pytest.raises(TypeError, match=r"\AItem\.id: expected uuid \(a uuid\.UUID\), got "):
            refused()
    assert item.id == pool[0].id == VALUES[1] and len(pool) == 1


def test_another_class_under_that_name_is_refused(monkeypatch):
    """An object of it, made without its __new__, would be half made: partial() would crash."""
    for other in (functools.partial, io.BytesIO):
        monkeypatch.setattr(uuid, "UUID", other)
        with raises(TypeError, f"uuid.UUID is not the class of UUIDs, but {other!r}"):

            class Box(Struct):
                x: uuid.UUID

        assert Item(VALUES[2]).id.int == VALUES[2].int
