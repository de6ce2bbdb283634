"""The census among classes that lie about what they are, while things are made and torn down.

It reads no memory that is not there, and runs nothing of the program's between its first look and
the end of the report.
"""

import pytest
from support import run_python

HEAD = """
import collections, gc, sys, threading
from cslots._census import capture
METHODS = ["public"]
try:
    capture(method="private")
    METHODS.append("private")
except ValueError:
    pass

def find(report, cls):
    return next(row for row in report["classes"] if row["type"] is cls)
"""


def check(source):
    return run_python(HEAD + source)


NAMES = [
    "cslots._core.Object",
    "collections.deque",
    "collections.OrderedDict",
    "array.array",
    "decimal.Decimal",
    "_io.BytesIO",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_class_that_has_the_name_of_another_and_a_size_of_a_third(name):
    check(f"""
import array, decimal, io
from cslots import Struct, dataclass
sizes = [dict.__sizeof__, list.__sizeof__, set.__sizeof__, str.__sizeof__, int.__sizeof__,
    type.__sizeof__, bytearray.__sizeof__,
         collections.deque.__sizeof__, collections.OrderedDict.__sizeof__, array.array.__sizeof__,
         decimal.Decimal.__sizeof__,
         io.BytesIO.__sizeof__, io.StringIO.__sizeof__, object.__sizeof__, Struct.__sizeof__,
         (lambda self: 1 << 80), 5]
keep = []
for size in sizes:
    for bases in ((), (Struct,), (dict,), (list,), (tuple,), (int,), (collections.OrderedDict,),
        (collections.deque,)):
        namespace = {{"__sizeof__": size, "__module__": __name__}}
        if Struct in bases: namespace["__annotations__"] = {{"x": int}}
        try:
            cls = type(Struct)({name!r}, bases, namespace) if Struct in bases else type({name!r},
                bases, namespace)
        except TypeError: # Struct keeps its own __sizeof__
            continue
        keep += [cls(5) if Struct in bases else cls() for _ in range(3)]
    try: keep.append(dataclass(type({name!r}, (), {{"__sizeof__": size,
        "__annotations__": {{"x": int}}, "__module__": __name__}}))(1))
    except TypeError: pass
class Holder: pass
holder = Holder()
holder.keep, holder.one = keep, keep[0]
for method in METHODS:
    report = capture(method=method)
    for row in report["classes"]:
        assert row["object_bytes"] < 1 << 40, row
""")


def test_the_size_of_a_tuple_is_not_what_its_class_says():
    check("""
class Fields(tuple):
    __slots__ = ()
    n_fields = 900
class Plain(tuple):
    __slots__ = ()
keep = [Fields((1, 2)), Plain((1, 2))]
for method in METHODS:
    report = capture(method=method)
    assert find(report, Fields)["object_bytes"] == find(report, Plain)["object_bytes"]
""")


def test_a_qualified_name_that_is_no_exact_str():
    check("""
ran = []
class Name(str):
    def __hash__(self):
        if armed:
            ran.append(1)
            victims.clear()
            gc.collect()
        return str.__hash__(self)
    def __eq__(self, other):
        if armed: victims.clear()
        return str.__eq__(self, other)
armed = False
victims = []
for module in ("builtins", __name__):
    for i in range(50):
        cls = type("A", (), {"__module__": module})
        cls.__qualname__ = Name(f"Odd{i % 3}")
        holder = type("Holder", (), {})()
        holder.value = cls()
        holder.other = cls
        victims += [holder, cls, cls()]
del cls, holder
armed = True
for method in METHODS:
    report = capture(method=method)
    assert not ran and victims
    names = [row["name"] for row in report["classes"]]
    assert {"Odd0", "Odd1", "Odd2", "__main__.Odd0"} <= set(names)
    assert all(type(name) is str for name in names)
""")


def test_arguments_that_take_one_another_away():
    check("""
class Taker(list):
    def __iter__(self):
        for found in gc.get_objects():
            if type(found) is dict and found.get("classes") is self: found.clear()
        return iter(())
class Truth:
    def __bool__(self):
        for found in gc.get_objects():
            if type(found) is dict and found.get("details") is self: found.clear()
        return True
for wanted in METHODS:
    for _ in range(20):
        capture(**{"classes": Taker(), "details": Truth(), "skip": [object() for _ in range(100)],
            "method": "".join(wanted)})
        capture(**{"classes": Taker(), "skip": [object() for _ in range(100)],
            "method": "".join(wanted)})
for wrong, error in ((5, TypeError), (b"public", TypeError), ("publi", ValueError), ("public\\0",
    ValueError), ("", ValueError)):
    try: capture(method=wrong)
    except error as e:
        assert str(e).startswith("capture(): method is 'private' or 'public', got "), e
    else: raise AssertionError(wrong)
class Raises:
    def __bool__(self): raise ZeroDivisionError
try: capture(details=Raises())
except ZeroDivisionError: pass
else: raise AssertionError
""")


def test_constants_in_one_another_deeper_than_the_stack():
    check("""
def function(): return ((1,),)
nested = ("deep_name",)
for _ in range(20_000): nested = (nested,)
function.__code__ = function.__code__.replace(co_consts=(None, nested))
threading.stack_size(128 << 10)
for method in METHODS:
    told = []
    thread = threading.Thread(target=lambda: told.append(capture(method=method)))
    thread.start(); thread.join()
    assert len(told) == 1
""")


def test_classes_that_are_torn_down():
    check("""
import weakref
reports = []
def look(*unused):
    for method in METHODS: reports.append(capture(method=method))
class Dies:
    def __del__(self): look()
def make():
    class Meta(type):
        def __del__(cls): look()
    class A(metaclass=Meta):
        __slots__ = ("x", "__weakref__", "__dict__")
        def __del__(self): look()
    A.own, A.dies = A(), Dies()
    A.own.x = A.own.cycle = A.own
    watch.append(weakref.ref(A, look)); watch.append(weakref.ref(A.own, look))
    watch.append(weakref.finalize(A, look))
watch = []
for _ in range(3):
    make()
    gc.collect()
assert len(reports) >= 6
""")


def test_objects_and_pools_of_cslots_while_they_are_made_and_change_their_class():
    check("""
from cslots import Pool, Struct, dataclass, field, utf8
def look(*unused):
    for method in METHODS: capture(method=method)
class Looks:
    def __index__(self): look(); return 7
    def __repr__(self): look(); return "looks"
    def __hash__(self): look(); return 5
    def __eq__(self, other): look(); return False
    def __del__(self): look()
def factory():
    look()
    return [1]
class A(Struct, weakref=True):
    x: int
    t: utf8 = ""
    o: object = field(default_factory=factory)
    def __post_init__(self): look()
    def __init_subclass__(cls): look()
    @property
    def p(self): look(); return 1
class B(A):
    y: int = 0
@dataclass
class D:
    x: int
    o: object = field(default_factory=factory)
    def __post_init__(self): look()
a = A(Looks(), "text" * 20)
pool = Pool(A, [a, A(3)])
pool.append({"x": Looks()})
pool.extend([A(5), {"x": Looks()}])
pool.extend({"x": [Looks(), Looks()]})
rows = [*pool]
rows[0].p; rows[0].x = Looks(); pool[1] = A(8); pool.sort("x"); del pool[0]
Pool.from_arrow(type("N", (Struct,), {"__annotations__": {"x": int, "o": object},
    "o": field(default_factory=factory)}),
                Pool(type("M", (Struct,), {"__annotations__": {"x": int}}), {"x": range(3)}))
D(Looks()); B(1, y=Looks())
pool.__reduce_ex__(5)
look()
""")


def test_dicts_and_lists_that_other_threads_change():
    check("""
sys.setswitchinterval(1e-6)
class A: pass
shared = [A() for _ in range(50)]
stop = []
def change():
    i = 0
    while not stop:
        i += 1
        for a in shared:
            setattr(a, f"x{i % 40}", [i])
            a.__dict__.pop(f"x{(i + 7) % 40}", None)
            if i % 11 == 0: a.__dict__ = {"new": i}
        shared[i % 50] = A()
        shared.append(A()); shared.pop(0)
threads = [threading.Thread(target=change) for _ in range(3)]
for thread in threads: thread.start()
for _ in range(15):
    for method in METHODS: capture(method=method)
stop.append(1)
for thread in threads: thread.join()
""")


def test_the_collector_stays_off_until_the_report_is_made():
    check("""
def hook(event, args):
    if event == "gc.get_objects": gc.enable()
sys.addaudithook(hook)
class Garbage:
    def __del__(self): collected.append(1)
collected = []
gc.set_threshold(1)
for _ in range(10):
    gc.disable()
    for i in range(20):
        one = Garbage(); one.me = one; one.cls = type(f"C{i}", (), {}); one.obj = one.cls()
    del one
    before = len(collected)
    for method in METHODS:
        capture(method=method)
        gc.disable()
        # 3.11 asks gc.get_objects(), which collects once it is enabled: before the first look.
        assert len(collected) == before or sys.version_info < (3, 12)
    gc.enable(); gc.collect()
""")


def test_a_class_property_is_not_asked():
    check("""
class Liar:
    @property
    def __class__(self): raise SystemExit("asked")
class Other:
    __class__ = property(lambda self: keep.clear() or int)
keep = [Liar() for _ in range(10)] + [Other() for _ in range(10)]
for method in METHODS:
    report = capture(method=method)
    assert find(report, Liar)["objects"] == find(report, Other)["objects"] == 10 and len(keep) == 20
""")
