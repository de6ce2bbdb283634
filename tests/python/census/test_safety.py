"""The census against programs that do not mean well: it runs none of their code,
and it crashes on nothing that they can build."""

import sys

import pytest
from support import pymalloc_and_slab, run_python

HEAD = """
import gc, sys
from cslots._census import capture
METHODS = ["public"]
try:
    capture(method="private")
    METHODS.append("private")
except ValueError:
    pass
"""


def check(source):
    return run_python(HEAD + source)


def test_a_replaced_get_objects_is_not_called():
    run_python("""
import gc
from cslots._census import capture
def replaced(*args, **kwargs): raise RuntimeError("called")
gc.get_objects = replaced
for method in ("public", None): capture(method=method)
""")


def test_no_code_of_the_programs_objects_is_run():
    check("""
def trap(name):
    def method(self, *arguments):
        if armed: ran.append(name)
        return original[name](self, *arguments) if name in original else NotImplemented
    return method

original = {"__getattribute__": object.__getattribute__, "__setattr__": object.__setattr__,
    "__hash__": object.__hash__,
            "__eq__": object.__eq__, "__repr__": object.__repr__, "__sizeof__": object.__sizeof__,
            "__reduce_ex__": object.__reduce_ex__,
            "__dir__": object.__dir__, "__format__": object.__format__, "__str__": object.__str__,
            "__init_subclass__": lambda *a: None}
armed, ran = False, []

class Meta(type):
    __getattribute__ = trap("meta.__getattribute__")
    __eq__ = trap("meta.__eq__")
    __hash__ = type.__hash__
    def __getattribute__(cls, name):
        if armed: ran.append("meta." + name)
        return type.__getattribute__(cls, name)
    def __instancecheck__(cls, other):
        if armed: ran.append("instancecheck")
        return False
    def mro(cls):
        return type.mro(cls)

class Trapped(metaclass=Meta):
    for name in original:
        if name != "__init_subclass__": locals()[name] = trap(name)
    def __getattr__(self, name):
        if armed: ran.append("getattr " + name)
        raise AttributeError(name)
    def __del__(self):
        if armed: ran.append("del")
    def __len__(self):
        if armed: ran.append("len")
        raise RuntimeError
    def __bool__(self):
        if armed: ran.append("bool")
        raise RuntimeError
    def __index__(self):
        if armed: ran.append("index")
        raise RuntimeError
    @property
    def shadow(self):
        if armed: ran.append("property")
        return 1
    @property
    def __class__(self):
        if armed: ran.append("class")
        raise RuntimeError

class Descriptor:
    def __get__(self, *arguments):
        if armed: ran.append("get")
        return 1
    def __set_name__(self, owner, name): pass

class Holder:
    lazy = Descriptor()
    def __init__(self): self.lazy = 5; self.other = 6

class EvilKey:
    def __init__(self, text): self.text = text
    def __hash__(self):
        if armed: ran.append("key hash")
        return hash(self.text)
    def __eq__(self, other):
        if armed: ran.append("key eq")
        return self.text == other

keep = [Trapped(), Holder()]
for name in ("x", "name", "other", "_fields", "n_fields", "__sizeof__"):
    keep.append(Evil := type("Evil", (), {EvilKey(name): 1}))
    item = Evil()
    item.__dict__[EvilKey(name)] = 2
    keep.append(item)
t = Trapped()
t.__dict__["a"] = Trapped()
t.__dict__["shadow"] = Trapped()
keep.append(t)

class SubStr(str):
    __eq__ = trap("str eq")
    def __hash__(self):
        if armed: ran.append("str hash")
        return str.__hash__(self)
class SubInt(int):
    def __index__(self):
        if armed: ran.append("int index")
        return 1
class SubDict(dict):
    def __iter__(self):
        if armed: ran.append("dict iter")
        return iter(())
    def __getitem__(self, key):
        if armed: ran.append("dict get")
    def __sizeof__(self):
        if armed: ran.append("dict sizeof")
        return -1
class SubList(list):
    def __sizeof__(self):
        if armed: ran.append("list sizeof")
        return 1 << 80
class SubGen: pass
h = Holder()
h.values = [SubStr("x"), SubInt(5), SubDict(a=1), SubList([1])]
h.__dict__[SubStr("text")] = 1
keep.append(h)
import collections, array
class SubDeque(collections.deque):
    def __sizeof__(self):
        if armed: ran.append("deque sizeof")
        return 5
class SubArray(array.array):
    def __sizeof__(self):
        if armed: ran.append("array sizeof")
        return "x"
keep += [SubDeque([1]), SubArray("i", [1])]
import weakref
keep += [weakref.proxy(h), weakref.ref(h, lambda r: ran.append("callback"))]
class Slotted:
    __slots__ = ("a",)
s = Slotted(); s.a = Trapped(); keep.append(s)

armed = True
for method in METHODS:
    capture(method=method)
armed = False
assert ran == [], ran
""")


def test_lying_classes_are_told_by_their_real_type():
    check("""
class Liar:
    @property
    def __class__(self): return int
    def __sizeof__(self): return 10**9
class Real: pass
keep = [Liar() for _ in range(10)]
for method in METHODS:
    report = capture(method=method)
    row = next(row for row in report["classes"] if row["type"] is Liar)
    assert row["objects"] == 10 and row["object_bytes"] < 10_000
""")


def test_proxies_and_odd_objects():
    check("""
import weakref, types, functools, itertools, re, operator, contextvars, decimal, datetime
import fractions, array, mmap, io, struct
import ctypes, threading, queue, asyncio
import collections, enum, uuid, pathlib, random, sqlite3, ssl, tempfile, hashlib, zlib, bz2, lzma
import json, csv
import xml.etree.ElementTree as ET, pickle, socket, select, selectors, subprocess
class A: pass
a = A()
def gen():
    x = yield 1
async def coro(): pass
async def agen():
    yield 1
running = gen(); next(running)
keep = [weakref.proxy(a), types.SimpleNamespace(x=1), functools.partial(print, 1),
    itertools.cycle([1, 2]),
    itertools.tee([1])[0], re.compile("x").match("x"),
    operator.attrgetter("x"), contextvars.copy_context(), decimal.Decimal("1.5"),
    datetime.datetime.now(datetime.timezone.utc),
    fractions.Fraction(1, 3),
    array.array("d", [1.0]), mmap.mmap(-1, 4096), io.BytesIO(b"x" * 1000), io.StringIO("x" * 1000),
    struct.Struct("i"),
    ctypes.c_int(1),
    (ctypes.c_int * 10)(), threading.Lock(), threading.local(), queue.SimpleQueue(),
    collections.Counter("abc"),
    collections.ChainMap(), uuid.uuid4(), pathlib.Path("."),
    random.Random(), sqlite3.connect(":memory:"), hashlib.sha256(), zlib.compressobj(),
    bz2.BZ2Compressor(),
    lzma.LZMACompressor(), ET.fromstring("<a b='1'><c/></a>"),
    pickle.Pickler(io.BytesIO()), socket.socket(), csv.reader([]), json.JSONEncoder(),
    memoryview(b"x"), slice(1, "x"),
    range(10**30), property(), staticmethod(print), classmethod(print),
    types.MappingProxyType({}), iter([]), iter({}), iter(()), enumerate([]), zip([], []), map(str,
    []), filter(None, []),
    reversed([]), super(A, a), NotImplemented, ..., frozenset({1}),
    gen(), running, agen(), types.CellType(), types.CellType(1), (lambda: 0).__code__,
    sys._getframe(), sys.exc_info,
    types.ModuleType("m"), types.MethodType(print, a),
    type("T", (), {}), types.GenericAlias(list, (int,)), int | str, sys.implementation, sys.flags,
    sys.float_info,
    sys.version_info, sys.thread_info, a.__class__.__dict__, object(), 1j, True, b"",
    bytearray(b"xyz"), bytearray()]
c = coro(); keep.append(c)
try: raise ValueError("x")
except ValueError as error: keep += [error, error.__traceback__]
class S(ctypes.Structure): _fields_ = [("x", ctypes.c_int)]
keep.append(S())
for method in METHODS:
    report = capture(method=method)
    assert report["objects"] > 1000
c.close()
""")


def test_half_built_objects():
    check("""
import collections
class NoInit:
    __slots__ = ("a", "b")
    def __init__(self): raise ValueError
class Fails:
    def __new__(cls):
        self = object.__new__(cls)
        keep.append(self)
        raise ValueError
class InInit:
    def __init__(self):
        self.a = 1
        keep.append(self)
        for method in METHODS: reports.append(capture(method=method))
        self.b = 2
keep, reports = [object.__new__(NoInit)], []
for cls in (NoInit, Fails):
    try: cls()
    except ValueError: pass
InInit()
for base in (list, dict, set, tuple, int, str, bytes, bytearray, float, complex, frozenset,
    collections.deque,
    collections.OrderedDict, collections.defaultdict,
             Exception, type, property, staticmethod, classmethod, super, memoryview, range, slice,
             map, zip, filter, enumerate,
             reversed):
    try: keep.append(base.__new__(base))
    except Exception: pass
    try: keep.append(type("Sub", (base,), {}).__new__(type("Sub", (base,), {})))
    except Exception: pass
import io, functools, array, struct, random, threading, itertools, decimal, datetime, ctypes, re
import sqlite3, ssl, pickle, weakref
import types, contextvars, asyncio, queue, csv, zlib, json
for module in (io, functools, array, struct, random, threading, itertools, decimal, datetime,
    ctypes, sqlite3, pickle, weakref,
    types, contextvars, asyncio, queue):
    for cls in vars(module).values():
        if isinstance(cls, type):
            try: keep.append(cls.__new__(cls))
            except BaseException: pass
# deleted slots, attributes and dicts
class Slots: __slots__ = ("a", "__dict__", "__weakref__")
s = Slots(); s.a = 1; del s.a; s.x = 1; del s.x; keep.append(s)
class P: pass
p = P(); p.x = 1; p.__dict__ = {"y": 2}; keep.append(p)
q = P(); q.__dict__ = p.__dict__; keep.append(q)
r = P(); r.x = 1; t = P(); t.__dict__ = r.__dict__; keep += [r, t]
u = P(); u.x = 1; d = u.__dict__; del u.__dict__; keep += [u, d]
for method in METHODS: reports.append(capture(method=method))
assert len(reports) == 2 * len(METHODS)
rows = [row for row in reports[-1]["classes"] if row["type"] is P]
seen = rows[0]["attributes"]
assert rows[0]["objects"] == 5 and seen["y"]["present"] == 2 == seen["x"]["present"], rows
""")


def test_a_list_with_holes():
    check("""
import ctypes
keep = []
new_list = ctypes.pythonapi.PyList_New; new_list.restype = ctypes.py_object
new_list.argtypes = [ctypes.c_ssize_t]
new_tuple = ctypes.pythonapi.PyTuple_New; new_tuple.restype = ctypes.py_object
new_tuple.argtypes = [ctypes.c_ssize_t]
holes = [new_list(100), new_tuple(100)]
class A: pass
a = A(); a.x, a.y = holes
for method in METHODS: capture(method=method)
""")


def test_changed_classes():
    check("""
class A:
    __slots__ = ("x", "y")
a = A(); a.x = a.y = 1.5
taken = A.x
del A.x
A.y = 5
class B:
    stolen = taken
b = B()
class C: pass
c = C(); c.x = 1
C.x = property(lambda self: 1 / 0)
class D(C): pass
d = D(); d.z = 1
d.__class__ = C
class E: pass
e = E(); e.x = 1
for i in range(100): setattr(E, f"y{i}", i)
import types
T = types.new_class("T", (), {}, lambda ns: ns.update({1: 2, "x": 3}))
t = T()
for method in METHODS:
    rows = {row["type"]: row for row in capture(method=method)["classes"]}
    assert rows[A]["objects"] == 1 and rows[C]["objects"] == 2, rows
""")


@pytest.mark.parametrize(
    "where",
    [
        "signal",
        "atexit",
        "finalizer",
        "weakref",
        "gc callback",
        "thread",
        "small thread",
        "trace",
        "generator",
        "exception",
        "import",
    ],
)
def test_called_from_anywhere(where):
    printed = check(
        """
import atexit, signal, os, threading, weakref
where = %r
class A: pass
keep = [A() for _ in range(1000)]
done = []
def look(*unused):
    for method in METHODS:
        rows = {row["type"]: row["objects"] for row in capture(method=method)["classes"]}
        assert rows.get(A, 0) >= 1000, rows.get(A)
    done.append(1)
    print("looked", flush=True)
if where == "signal":
    signal.signal(signal.SIGUSR1, look)
    os.kill(os.getpid(), signal.SIGUSR1)
    for _ in range(1000): pass
elif where == "atexit":
    atexit.register(look)
elif where == "finalizer":
    class F:
        def __del__(self): look()
    f = F(); f.me = f; del f; gc.collect()
elif where == "weakref":
    a = A(); r = weakref.ref(a, look); del a
elif where == "gc callback":
    gc.callbacks.append(lambda *a: done or look())
    gc.collect()
elif where == "thread":
    ts = [threading.Thread(target=look) for _ in range(4)]
    for t in ts: t.start()
    for t in ts: t.join()
elif where == "small thread":
    threading.stack_size(32768 if sys.version_info < (3, 14) else 262144)
    deep = []
    for _ in range(10000): deep = [(deep, {"a": deep})]
    keep[0].deep = deep
    t = threading.Thread(target=look); t.start(); t.join()
elif where == "trace":
    def trace(*a):
        if not done: done.append(1); look()
    sys.settrace(trace)
    (lambda: 0)()
    sys.settrace(None)
elif where == "generator":
    def g():
        local = [1.5] * 10
        look()
        yield local
    next(g())
elif where == "exception":
    try: 1 / 0
    except ZeroDivisionError:
        look()
        assert sys.exc_info()[0] is ZeroDivisionError
elif where == "import":
    import importlib.util, tempfile
    with tempfile.TemporaryDirectory() as d:
        open(os.path.join(d, "looks.py"), "w").write("import __main__; __main__.look()")
        sys.path.insert(0, d)
        import looks
"""
        % where
    )
    assert "looked" in printed


def test_subinterpreters():
    pytest.importorskip("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
    check("""
try: import _interpreters as interpreters
except ImportError: import _xxsubinterpreters as interpreters
source = '''
from cslots._census import capture
class Inner: pass
keep = [Inner() for _ in range(50)]
report = capture()
rows = {row["name"]: row["objects"] for row in report["classes"]}
assert rows["__main__.Inner"] == 50 and "__main__.Outer" not in rows, rows
report = capture(method="public")
'''
class Outer: pass
keep = [Outer() for _ in range(1000)]
for _ in range(3):
    one = interpreters.create()
    failed = interpreters.run_string(one, source) if sys.version_info < (3,
        13) else interpreters.exec(one, source)
    assert failed is None, failed
    interpreters.destroy(one)
rows = {row["name"]: row["objects"] for row in capture()["classes"]}
assert rows["__main__.Outer"] == 1000 and "__main__.Inner" not in rows
""")


@pymalloc_and_slab
@pytest.mark.parametrize("allocator", ["malloc", "debug", "malloc_debug", "pymalloc_debug"])
def test_other_allocators(allocator, monkeypatch):
    monkeypatch.setenv("PYTHONMALLOC", allocator)
    check("""
class A: pass
keep = [A() for _ in range(1000)]
text = "x" * 10000
report = capture()
assert next(row for row in report["classes"] if row["type"] is A)["objects"] == 1000
print(report["heap"])
""")


def test_under_tracemalloc():
    check("""
import tracemalloc
tracemalloc.start()
class A: pass
keep = [A() for _ in range(1000)]
text = "x" * 10000
for method in METHODS: capture(method=method)
""")


def test_the_collector_keeps_its_state():
    gc_enabled = check("""
class A:
    def __del__(self): print("finalized")
for switch in (gc.enable, gc.disable):
    switch()
    state, counts = gc.isenabled(), gc.get_threshold()
    a = A(); a.me = a; del a
    report = capture()
    assert gc.isenabled() == state and gc.get_threshold() == counts
gc.collect()
""")
    assert gc_enabled.count("finalized") == 2


def test_a_report_keeps_nothing_alive_but_types():
    check("""
import weakref
class A: pass
class Text(str): pass
a = A(); a.text = "a text of its own, quite long"; a.more = Text("x")
refs = weakref.ref(a), weakref.ref(a.more)
count = sys.getrefcount(a.text)
report = capture()
assert sys.getrefcount(a.text) == count
del a
gc.collect()
assert refs[0]() is None and refs[1]() is None
assert report
""")


@pytest.mark.slow
def test_ten_million_objects():
    check("""
out = [None] * 2_500_000
class A:
    __slots__ = ("x", "y", "z")
    def __init__(self, i): self.x, self.y, self.z = i, i + 0.5, (i,)
gc.disable()
for i in range(len(out)): out[i] = A(i)
gc.enable()
report = capture()
assert report["objects"] > 10_000_000, report["objects"]
assert report["heap"]["census_peak"] < 0.05 * report["bytes"]
""")
