"""Classes that another process cannot import travel by value, with their objects and pools."""

import subprocess
import sys
import textwrap

import pytest

cloudpickle = pytest.importorskip("cloudpickle")

SCRIPT = '''
import abc, datetime, enum, functools, sys, typing
import cslots
from cslots import Pool, Struct, category, dataclass, field, int16, uint8, utf8


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Part(Struct):
    name: utf8
    count: uint8 = 1


class Order(Struct, weakref=True):
    id: int
    kind: category
    color: Color | None = None
    when: datetime.date | None = None
    part: Part | None = None
    tags: list = field(default_factory=lambda: ["new"], metadata={"a": 1})
    LIMIT: typing.ClassVar[int] = 7

    def double(self):
        return Order(self.id * 2, self.kind)

    @property
    def half(self):
        return self.id // 2

    @classmethod
    def make(cls):
        return cls(0, "made")


class Wide(Order, frozen=False):
    extra: int16 = 5

    def double(self):
        return super().double().id + 1


class Key(Struct, frozen=True, order=True):
    a: int
    b: str = "b"


class Own(Struct):
    x: uint8
    y: float

    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return self.x == other.x

    def __hash__(self):
        return 5


class Node(Struct):
    value: int
    next: "Node | None" = None
    tree: "Tree | None" = None


class Tree(Struct):
    root: Node | None = None

    def grow(self):
        self.root = Node(1, None, self)
        return Leaf(self.root)


class Leaf(Tree):
    pass


Node(1, None, Tree())  # the name has its value now


class Shape(Struct, abc.ABC):
    name: str

    @abc.abstractmethod
    def area(self): ...


class Square(Shape):
    side: float

    def area(self):
        return self.side**2


T = typing.TypeVar("T")


class Box(Struct, typing.Generic[T]):
    item: T


class Lazy(Struct):
    n: int
    square: int = functools.cached_property(lambda self: self.n**2)


class Slots(Struct):
    __slots__ = ("a", "b")


@dataclass
class Data:
    x: uint8
    name: str = "n"
    tags: list[str] = field(default_factory=list)
    init: cslots.InitVar[int] = 0

    def __post_init__(self, init):
        if init:
            self.x = init

    @functools.cached_property
    def slow(self):
        return self.x * 10


@dataclass(frozen=True, order=True)
class Frozen:
    x: int
    text: utf8 = ""


@dataclass(typed=False)
class Loose:
    x: int = 3
    y: "Unknown" = None


@dataclass
class More(Data):
    z: float = 0.5


class Plain(Data):
    def more(self):
        return self.x + 1


def local():
    @dataclass
    class Inside:
        x: int

        def same(self):
            return Inside(self.x)

    return Inside


Inside = local()
order = Order(4, "b", Color.BLUE, datetime.date(2024, 2, 29), Part("p", 2))
Order(1, "c")
OBJECTS = [
    Part("a"), order, Wide(1, "w", extra=3), Key(1), Own(3), Node(1, Node(2)), Tree(Node(3)),
    Square("s", 2.0), Box([1]), Lazy(3),
    Slots(a=1, b=[2]), Data(1, init=9), Frozen(1, "t"), Loose(), More(1, z=2.0), Plain(5),
    Inside(7),
]
POOLS = [Pool(Order, [order, Order(2, "d")]), Pool(Data, [Data(1)]), Pool(Part, [Part("x")])]


def look(objects, pools):
    """All that must be the same on the other side."""
    told = []
    for obj in objects:
        cls = type(obj)
        told.append((cls.__name__, cls.__qualname__, cls.__module__, repr(obj),
            str(cslots.layout(cls)), cls.__match_args__))
        told.append([(f.name, f.kind, f.nullable, f.init, f.kw_only,
            dict(f.metadata)) for f in cslots.fields(cls)])
        told.append((cls.__hash__ is None, cls.__doc__, [b.__name__ for b in cls.__mro__],
            sys.getsizeof(obj)))
        told.append(sorted(n for n in dir(cls) if not n.startswith("__")))
    part, order, wide, key, own, node, tree, square, box, *others = objects
    lazy, slots, data, frozen, loose, more, plain, inside = others
    Order = type(order)
    told += [cslots.categories(Order, "kind"), order.double().id, order.half, Order.make().kind,
        Order.LIMIT, Order(1, "x").tags]
    told += [type(order.color).__name__, order.color.name, order.part.name,
        type(order.part) is type(part)]
    told += [wide.double(), isinstance(wide, Order), hash(own), own == type(own)(3),
        key < type(key)(2)]
    told += [repr(type(tree)().grow()), node.next.value, type(node)(5, None, tree).tree is tree,
        square.area(), lazy.square, slots.b]
    told += [data.slow, data.x, type(data)(1).tags, hash(frozen) == hash(type(frozen)(1, "t")),
        frozen < type(frozen)(2), plain.more()]
    told += [inside.same() == inside, isinstance(more, type(data)), loose.x]
    for wrong in (lambda: type(part)("a", 300), lambda: setattr(frozen, "x", 5),
        lambda: type(square).__base__("x"), lambda: part.nme):
        try:
            wrong()
        except Exception as error:
            told.append((type(error).__name__, str(error)))
    for pool in pools:
        told += [len(pool), [repr(row) for row in pool], pool.record_class.__name__]
    told.append(pools[0].record_class is Order)
    return told
'''
SEND = """
import cloudpickle, pickle
look(OBJECTS, POOLS)  # the tables of categories have all their strings from here on
with open(sys.argv[1], "wb") as file:
    cloudpickle.dump((look, OBJECTS, POOLS, look(OBJECTS, POOLS)), file)
"""
TAKE = """
import pickle, sys
import cloudpickle
with open(sys.argv[1], "rb") as file:
    data = file.read()
look, objects, pools, before = pickle.loads(data)
after = look(objects, pools)
for one, two in zip(before, after, strict=True):
    assert one == two, (one, two)
same = pickle.loads(data)[1]
assert all(type(a) is type(b) for a, b in zip(objects, same)), "the same class twice"
with open(sys.argv[1], "wb") as file:
    cloudpickle.dump((look, objects, pools, before), file)
"""


def run(code, path):
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_classes_of_a_script_arrive_with_equal_layouts_and_travel_on(tmp_path):
    path = tmp_path / "objects.pickle"
    run(SCRIPT + SEND, path)
    run(TAKE, path)
    run(TAKE, path)  # from a process that has them by value itself


def run_main(code, tmp_path):
    """As a script: its classes are those of __main__."""
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


USE = """
    import cslots
    from cslots import Pool, Struct, category, dataclass, uint8

    class Part(Struct):
        name: category
        count: uint8 = 1

    @dataclass
    class Data:
        x: uint8

    def work(part, data, pool):
        pool[0].count += 1
        return Part(part.name * 2, part.count + 1), Data(data.x + 1), pool

    def check(part, data, pool):
        good = part == Part("aa", 2) and data == Data(2) and pool[0].count == 6
        assert good and pool.record_class is Part, (part, data, pool)
        assert cslots.categories(Part, "name")[0] == "a"
"""
ENGINES = {
    "joblib": """
    import joblib
    check(*joblib.Parallel(2)(joblib.delayed(work)(Part("a"), Data(1), Pool(Part, [Part("b",
        5)])) for _ in range(2))[1])
    """,
    "distributed": """
    if __name__ == "__main__":
        from distributed import Client
        with Client(n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
            check(*client.submit(work, Part("a"), Data(1), Pool(Part, [Part("b", 5)])).result())
    """,
    "ray": """
    import ray
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    check(*ray.get(ray.remote(work).remote(Part("a"), Data(1), Pool(Part, [Part("b", 5)]))))
    ray.shutdown()
    """,
}


@pytest.mark.parametrize("engine", ENGINES)
def test_workers_get_the_classes_of_a_script(engine, tmp_path):
    pytest.importorskip(engine)
    run_main(USE + ENGINES[engine], tmp_path)


DILL = """
import sys
import dill
from cslots import Pool, Struct, category, dataclass, field, uint8

class Part(Struct):
    name: category
    count: uint8 = 1
    tags: list = field(default_factory=lambda: [1])

    def double(self):
        return type(self)(self.name, self.count * 2)

@dataclass(frozen=True, order=True)
class Data:
    x: uint8

    def more(self):
        return type(self)(self.x + 1)

with open(sys.argv[1], "wb") as file:
    dill.dump((Part("a"), Data(1), Pool(Part, [Part("b", 5)])), file)
"""
DILL_LOADS = """
import sys
import dill
with open(sys.argv[1], "rb") as file:
    part, data, pool = dill.load(file)
assert (part.double().count, part.tags) == (2, [1]) and data < data.more() and pool[0].count == 5
assert pool.record_class is type(part)
"""


def test_dill_takes_classes_that_were_made_after_its_import(tmp_path):
    pytest.importorskip("dill")
    run(DILL, tmp_path / "objects.dill")
    run(DILL_LOADS, tmp_path / "objects.dill")


def test_a_class_that_can_be_imported_travels_by_reference():
    from cslots import Struct

    assert (
        b"__orig_bases__" not in cloudpickle.dumps(Struct)
        and cloudpickle.loads(cloudpickle.dumps(Struct)) is Struct
    )
