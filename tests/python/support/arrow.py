"""Arrow's C data interface by ctypes: the structs of a capsule, a stream of batches.

Every has a field of each kind that Arrow knows.
"""

import ctypes
import datetime
import enum
from typing import Literal

from cslots import Struct, category, float32, int8, uint64, utf8
from support.samples import NOON, UTC


class Color(enum.Enum):
    """Two members: a third word, or code, is one that the column does not know."""

    RED = 1
    GREEN = "g"


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Every(Struct):
    flag: bool
    maybe_flag: bool | None
    small: int8
    big: uint64
    number: int
    maybe_number: int | None
    real: float
    single: float32
    text: utf8
    maybe_text: utf8 | None
    sort: category
    maybe_sort: category | None
    color: Color
    maybe_color: Color | None
    letter: Literal["a", "b"]
    mixed: Literal[1, "1", None]
    right: Right
    day: datetime.date
    moment: datetime.datetime
    utc: datetime.datetime | None
    delta: datetime.timedelta
    string: str
    maybe_string: str | None
    data: bytes


def every(i):
    none = i % 3 == 0
    return Every(
        flag=i % 2 == 0,
        maybe_flag=None if none else i % 2 == 1,
        small=i % 256 - 128,
        big=2**64 - 1 - i,
        number=i * 10**12,
        maybe_number=None if none else -i,
        real=i / 7,
        single=i / 8,
        text=f"text {i}" if i % 2 else f"a text that does not fit a view: {i}",
        maybe_text=None if none else "äöü€😀"[: i % 6] * (i % 4),
        sort=f"sort {i % 5}",
        maybe_sort=None if none else f"sort {i % 400}",
        color=Color.GREEN if i % 2 else Color.RED,
        maybe_color=None if none else Color.GREEN,
        letter="ab"[i % 2],
        mixed=(1, "1")[i % 2],
        right=Right(i % 4),
        day=datetime.date(1969, 12, 1) + datetime.timedelta(i),
        moment=NOON + datetime.timedelta(microseconds=i),
        utc=None if none else NOON.replace(tzinfo=UTC),
        delta=datetime.timedelta(microseconds=-i),
        string=f"string {i} é",
        maybe_string=None if none else "",
        data=bytes([i % 256, 0, 255]),
    )


class Arrays:
    """The capsules of a pool, after `change(schema, array)` has had its way with the structs."""

    def __init__(self, pool, change=None, requested=None):
        self.capsules = pool.__arrow_c_array__(requested)
        if change is not None:
            change(
                pointer(self.capsules[0], b"arrow_schema", ArrowSchema),
                pointer(self.capsules[1], b"arrow_array", ArrowArray),
            )

    def __arrow_c_array__(self, requested_schema=None):
        return self.capsules


class Stream:
    def __init__(self, pool):
        self.capsule = pool.__arrow_c_stream__()

    def __arrow_c_stream__(self, requested_schema=None):
        return self.capsule


class ArrowSchema(ctypes.Structure):
    pass


ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowSchema))),
    ("dictionary", ctypes.POINTER(ArrowSchema)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


class ArrowArray(ctypes.Structure):
    pass


ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowArray))),
    ("dictionary", ctypes.POINTER(ArrowArray)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


def pointer(capsule, name, struct):
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.cast(get(capsule, name), ctypes.POINTER(struct)).contents


def child(struct, name, schema):
    names = [schema.children[i].contents.name.decode() for i in range(schema.n_children)]
    return struct.children[names.index(name)].contents


class ArrowArrayStream(ctypes.Structure):
    pass


GET = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ArrowArrayStream), ctypes.c_void_p)


TEXT = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(ArrowArrayStream))


RELEASE = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArrayStream))


ArrowArrayStream._fields_ = [
    ("get_schema", GET),
    ("get_next", GET),
    ("get_last_error", TEXT),
    ("release", RELEASE),
    ("private_data", ctypes.c_void_p),
]


class Batches:
    """A stream made in Python: batches of pools; an int is an error code."""

    def __init__(self, batches, message=b"it broke"):
        self.left = list(batches)
        self.message = None if message is None else ctypes.create_string_buffer(message)
        self.released = 0
        self.kept = []
        self.stream = ArrowArrayStream(
            GET(self.get_schema),
            GET(self.get_next),
            TEXT(self.get_last_error),
            RELEASE(self.release),
        )

    def move(self, capsule, name, struct, out):
        self.kept.append(capsule)
        source = pointer(capsule, name, struct)
        ctypes.memmove(out, ctypes.addressof(source), ctypes.sizeof(struct))
        source.release = None
        return 0

    def get_schema(self, stream, out):
        if not self.left or isinstance(self.left[0], int):
            return 22
        return self.move(self.left[0].__arrow_c_schema__(), b"arrow_schema", ArrowSchema, out)

    def get_next(self, stream, out):
        if not self.left:
            ctypes.cast(out, ctypes.POINTER(ArrowArray)).contents.release = None
            return 0
        batch = self.left.pop(0)
        if isinstance(batch, int):
            return batch
        return self.move(batch.__arrow_c_array__()[1], b"arrow_array", ArrowArray, out)

    def get_last_error(self, stream):
        return None if self.message is None else ctypes.addressof(self.message)

    def release(self, stream):
        self.released += 1
        stream.contents.release = RELEASE()

    def __arrow_c_stream__(self, requested_schema=None):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = (
            ctypes.py_object,
            [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p],
        )
        self.name = b"arrow_array_stream"
        return new(ctypes.addressof(self.stream), self.name, None)
