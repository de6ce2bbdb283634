"""Every allocation of a pool fails once: the pool is as it was, or as it should be.

Columns come from PyMem_RawMalloc and, when they are large, from reserved address space; the first
fails here too.
"""

import pytest
from support import need_failing_allocations, run_python
from support.memory import HEAD

need_failing_allocations()

POOL = """
import enum
import datetime as dt
import cslots._pool.columns
from cslots import Pool, StaleRowError, astuple


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Record(Struct):
    n: int
    t: utf8 = ""
    t2: utf8 | None = None
    w: category = "w"
    f: float = 0.0
    u: uint8 | None = None
    c: Color = Color.RED
    d: dt.datetime | None = None
    o: object = None


LONG = "a text that is longer than its view " * 3


def record(i):
    return Record(
        i,
        LONG + str(i),
        None if i % 2 else LONG,
        f"w{i % 3}",
        i / 2,
        i % 3 or None,
        Color.BLUE,
        dt.datetime(2020, 1, 1),
        (i,),
    )


def make(rows=9):
    return Pool(Record, [record(i) for i in range(rows)])


def state(pool):
    return [(r.n, r.t, r.t2, r.w, r.f, r.u, r.c, r.d, r.o) for r in pool]


def try_change(change, rows=9, accept=()):
    # from the same pool each time: as it was, or changed
    pool = make(rows)
    before = state(pool)
    change(pool)
    after = state(pool)
    for stop in (1, 0):
        done = 0
        for start in range(3000):
            pool = make(rows)
            row = pool[2]
            _testcapi.set_nomemory(start, start + 1 if stop else 0)
            try:
                change(pool)
            except MemoryError:
                failed = True
            except BaseException as error:
                _testcapi.remove_mem_hooks()
                if not isinstance(error, accept):
                    raise
                failed = True
            else:
                failed = False
            finally:
                _testcapi.remove_mem_hooks()
            now = state(pool)
            assert now == (before if failed else after), (start, failed)
            try:
                assert row.n == 2 or not failed
            except StaleRowError:
                assert not failed
            pool.append(record(3))
            pool.compact()
            assert state(pool)[:-1] == now
            done = 0 if failed else done + 1
            if done >= 8:
                break
        else:
            raise AssertionError("no end of failing allocations")
"""

SCRIPTS = {
    "make": """
things = [record(i) for i in range(5)]
try_all(lambda: Pool(Record))
try_all(lambda: Pool(Record, things))
try_all(lambda: Pool(Record, reserve=1000))
""",
    "class of rows": """
ready.extend(
    real_plan("Local", (Thing,), {"__annotations__": {"e": float}, "e": 0.5}, {})
    for _ in range(2000)
)
meta = type(Struct)
classes = [meta("Local", (Thing,), {}) for _ in range(900)]


def work():
    cls = classes.pop()
    pool = Pool(cls)
    pool.append(cls("name", 1))
    assert pool[0].e == 0.5


try_all(work, limit=450)
cls = classes.pop()
assert Pool(cls, [cls("x", 1)])[0].name == "x"
""",
    "append": """
one = record(50)
try_change(lambda pool: pool.append(one))
try_change(lambda pool: pool.append(pool[1]))
try_change(lambda pool: pool.insert(2, one))
new = iter(range(10**6))
try_change(lambda pool: pool.extend([one] * 40))
try_change(lambda pool: pool.extend(pool))
try_change(lambda pool: pool.extend(pool[::-2]))
""",
    "columns": """
columns = {"n": list(range(30)), "t": [LONG * 2] * 30, "w": ["word"] * 30, "u": [None, 1, 2] * 10}
try_change(lambda pool: pool.extend(columns), accept=ImportError)
try_change(lambda pool: pool.__setitem__("n", list(range(9))), accept=ImportError)
try_change(lambda pool: pool.__setitem__("t", [LONG * 4] * 9), accept=ImportError)
try_change(lambda pool: pool.__setitem__("o", [[]] * 9), accept=ImportError)
try_change(lambda pool: pool[1:5].__setitem__("t2", [LONG * 4] * 4), accept=ImportError)
""",
    "replace": """
one, some = Record(70, LONG * 9, LONG * 3, "other", u=7, o=[1]), [record(60 + i) for i in range(4)]
def replace(pool):
    pool[2] = one
try_change(replace)
def replace_slice(pool):
    pool[1:9:2] = some
try_change(replace_slice)
held = []
def rows_of_their_own(pool):
    held[:] = [pool[3], pool[3], pool[4]]
    pool[3:5] = some[:2]
try_change(rows_of_their_own)
assert state(held) == state([record(3), record(3), record(4)])
""",
    "write": """
def write(name, value):
    def change(pool):
        setattr(pool[2], name, value)
    try_change(change)
write("t", LONG * 5)
write("t", "")
write("t2", LONG * 5)
write("t2", None)
write("f", 7.5)
write("u", 7)
write("u", None)
write("o", [5])
write("n", 2**63 - 1)
write("d", None)
""",
    "remove": """
mask = [i % 2 == 0 for i in range(9)]
try_change(lambda pool: pool.pop())
try_change(lambda pool: pool.__delitem__(2))
try_change(lambda pool: pool.__delitem__(slice(None, None, 2)))
try_change(lambda pool: pool.__delitem__(mask))
try_change(lambda pool: pool.remove(pool[3]))
try_change(lambda pool: pool.clear())
""",
    "order": """
try_change(lambda pool: pool.sort("t", reverse=True))
try_change(lambda pool: pool.sort(("w", "f")), accept=ImportError)
try_change(lambda pool: pool.sort("o", reverse=True), accept=ImportError)
try_change(lambda pool: pool.reverse())
try_change(lambda pool: pool.compact())
try_change(lambda pool: pool.reserve(1000))
""",
    "snapshot": """
def shared(change):
    # the columns are shared with a pickle: each write copies first
    def work(pool):
        change(pool)
    real = make
    def make_shared(rows=9):
        pool = real(rows)
        kept.append([])
        pickle.dumps(pool, 5, buffer_callback=kept[-1].append)
        del kept[:-2]
        return pool
    kept = []
    globals()["make"] = make_shared
    try:
        try_change(work)
    finally:
        globals()["make"] = real
one = record(50)
shared(lambda pool: setattr(pool[2], "n", 77))
shared(lambda pool: setattr(pool[2], "t", LONG * 2))
shared(lambda pool: setattr(pool[2], "u", None))
shared(lambda pool: pool.__setitem__(2, one))
shared(lambda pool: pool.__setitem__(slice(0, 9, 3), [one, one, one]))
shared(lambda pool: pool.append(one))
shared(lambda pool: pool.extend([one] * 50))
shared(lambda pool: pool.insert(2, one))
shared(lambda pool: pool.pop())
shared(lambda pool: pool.reverse())
shared(lambda pool: pool.clear())
""",
    "read": """
ACCEPT = (ImportError, pickle.PicklingError)
pool = make()
mask = [True] * 9
for work in (
    lambda: list(pool),
    lambda: [copy.copy(r) for r in pool],
    lambda: state(pool),
    lambda: pool.copy(),
    lambda: pool.filter(mask),
    lambda: pool[1:7:2].copy(),
    lambda: list(reversed(pool)),
    lambda: pool == pool.copy(),
    lambda: pool.index(pool[8]),
    lambda: pool.memory(),
    lambda: pickle.dumps(pool, 4),
    lambda: pickle.dumps(pool, 5),
    lambda: repr(pool[3]),
    lambda: pool[3].t2,
    lambda: replace(pool[3], n=4),
    lambda: pool._values("t"),
    lambda: pool._view("f"),
    lambda: memoryview(pool._view("f")),
    lambda: memoryview(pool._view("n")).tolist(),
):
    try_all(work)
assert state(pool) == state(make())
pool.pop()
""",
    "load": """
ACCEPT = None
pool = make()
for protocol in (3, 5):
    data = pickle.dumps(pool, protocol)
    try_all(lambda: pickle.loads(data))
    assert pickle.loads(data) == pool
restore, (cls,), (rows, columns) = pool.__reduce_ex__(4)
try_all(lambda: restore(cls, rows, columns))
def fill():
    empty = restore(cls)
    try:
        empty.__setstate__((rows, columns))
    except BaseException:
        assert len(empty) == 0
        empty.append(pool[0])
        raise
try_all(fill)
""",
    "many categories": """
class Word(Struct):
    w: category
for width in (250, 65530):
    words = [f"x{i}" for i in range(width)]
    pool = Pool(Word, {"w": words})
    n = iter(range(10**6))
    def work():
        pool[0].w = f"{width}new{next(n)}"
    def check():
        assert pool[0].w.startswith((str(width), "x")) and pool[5].w == "x5"
    try_all(work, check)
""",
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) for name in SCRIPTS])
def test_an_allocation_that_fails_leaves_the_pool_as_it_was(name):
    run_python(HEAD + POOL + SCRIPTS[name] + "\nprint('done')\n")
