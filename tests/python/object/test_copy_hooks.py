"""copy.copy, copy.deepcopy and pickle ask the hooks of a class as of any Python class."""

import copy
import copyreg
import pickle
import sys
import threading
import types

import pytest
from support import raises

from cslots import Pool, Struct, dataclass, field, uint8, utf8

CALLS = []


def plain(cls):
    """The oracle: the same class body without cslots."""
    return cls


class Lock:
    """What can be neither copied nor pickled."""

    def __reduce_ex__(self, protocol):
        raise TypeError("a lock cannot be copied")


class GetSet:
    __slots__ = ()

    def __getstate__(self):
        CALLS.append("getstate")
        return {"n": self.n}

    def __setstate__(self, state):
        CALLS.append("setstate")
        self.n, self.lock = state["n"], Lock()


class OnlySet:
    __slots__ = ()

    def __setstate__(self, state):
        CALLS.append(state)
        self.n, self.lock = state[1]["n"], None


class Reduce:
    __slots__ = ()

    def __reduce__(self):
        CALLS.append("reduce")
        return type(self), (self.n + 1,)


class ReduceEx:
    __slots__ = ()

    def __reduce_ex__(self, protocol):
        CALLS.append("reduce_ex")
        return type(self), (self.n + 1,)


class Global:
    __slots__ = ()

    def __reduce__(self):
        return "THE_ONE"


class NewArgs:
    __slots__ = ()

    def __new__(cls, n=None, lock=None):
        CALLS.append(n)
        return super().__new__(cls)

    def __getnewargs__(self):
        return (self.n,)


HOOKS = [GetSet, OnlySet, Reduce, ReduceEx, Global, NewArgs]


def made(base, how):
    if how == "slots":
        cls = type(base.__name__, (base,), {"__slots__": ("n", "lock"), "__init__": _init})
    elif how == "Struct":
        cls = types.new_class(
            base.__name__,
            (base, Struct),
            {},
            lambda body: body.update(__annotations__={"n": object, "lock": object}, lock=None),
        )
    else:
        body = {"__annotations__": {"n": object, "lock": object}, "lock": None}
        cls = dataclass(typed=how == "dataclass")(type(base.__name__, (base,), body))
    cls.__module__, cls.__qualname__ = __name__, "CURRENT"
    globals()["CURRENT"] = cls
    return cls


def _init(self, n, lock=None):
    self.n, self.lock = n, lock


def told(cls, action):
    CALLS.clear()
    obj = cls(1)
    globals()["THE_ONE"] = obj
    CALLS.clear()
    other = action(obj)
    return other is obj, other.n, type(getattr(other, "lock", None)), list(CALLS)


@pytest.mark.parametrize(
    "action",
    [copy.copy, copy.deepcopy, lambda obj: pickle.loads(pickle.dumps(obj))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("how", ["Struct", "dataclass", "untyped"])
@pytest.mark.parametrize("hooks", HOOKS)
def test_hooks_are_asked_as_those_of_a_class_with_slots(hooks, how, action):
    assert told(made(hooks, how), action) == told(made(hooks, "slots"), action)


@pytest.mark.parametrize("how", ["Struct", "dataclass", "untyped"])
def test_copyreg_is_asked(how):
    class Nothing:
        __slots__ = ()

    cls = made(Nothing, how)
    assert copy.copy(cls(1)).n == copy.deepcopy(cls(1)).n == 1
    copyreg.pickle(cls, lambda obj: (cls, (obj.n + 1,)))
    try:
        assert (
            copy.copy(cls(1)).n
            == copy.deepcopy(cls(1)).n
            == pickle.loads(pickle.dumps(cls(1))).n
            == 2
        )
    finally:
        del copyreg.dispatch_table[cls]
    assert copy.copy(cls(1)).n == 1


def test_hooks_that_the_class_gets_later_are_asked():
    class Late(Struct):
        n: int

    one = Late(1)
    Late.__reduce_ex__ = lambda self, protocol: (Late, (self.n + 1,))
    assert copy.copy(one).n == copy.deepcopy(one).n == 2
    del Late.__reduce_ex__
    assert copy.copy(one).n == copy.deepcopy(one).n == 1


class Ring(Struct):
    name: utf8
    other: object = None

    def __reduce_ex__(self, protocol):
        CALLS.append(protocol)
        return super().__reduce_ex__(protocol)


def test_a_hook_may_hand_on_to_the_one_of_the_base():
    CALLS.clear()
    ring = Ring("a")
    ring.other = [ring]
    deep = copy.deepcopy(ring)
    assert deep.name == "a" and deep.other[0] is deep and deep is not ring
    assert copy.copy(ring).other is ring.other
    assert pickle.loads(pickle.dumps(ring)).other[0].name == "a"
    assert CALLS[:2] == [4, 4]


def test_a_deep_copy_by_hooks_keeps_shared_objects_and_cycles():
    class Node(Struct):
        parts: list

        def __getstate__(self):
            return {"parts": self.parts}

    shared = [1]
    node = Node([shared, shared])
    node.parts.append(node)
    deep = copy.deepcopy(node)
    assert deep.parts[0] is deep.parts[1] is not shared and deep.parts[2] is deep


def test_a_wrong_answer_of_a_hook_is_told():
    class Odd(Struct):
        n: int

        def __reduce_ex__(self, protocol):
            return 5

    with raises(
        TypeError, "Odd: expected a str, or a tuple of 2 to 6 parts, from its __reduce_ex__, got 5"
    ):
        copy.copy(Odd(1))


def test_the_hooks_of_a_row_are_asked_with_an_object():
    class Rec(Struct):
        n: int

        def __reduce__(self):
            return Rec, (self.n + 1,)

    pool = Pool(Rec, [Rec(1)])
    assert copy.copy(pool[0]) == copy.deepcopy(pool[0]) == Rec(2)


def test_an_exception_of_a_hook_comes_through():
    class Bad(Struct):
        n: int

        def __getstate__(self):
            raise KeyError("no")

    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(KeyError):
            copied(Bad(1))


# --- the state ---


class State(Struct, dict=True):
    n: uint8
    text: utf8
    parts: list


def test_getstate_gives_what_a_class_with_slots_gives():
    obj = State(1, "a", [])
    assert obj.__getstate__() == (None, {"n": 1, "text": "a", "parts": []})
    obj.more = 5
    assert obj.__getstate__() == ({"more": 5}, {"n": 1, "text": "a", "parts": []})
    del obj.parts
    assert obj.__getstate__() == ({"more": 5}, {"n": 1, "text": "a"})


@pytest.mark.parametrize("frozen", [False, True])
def test_setstate_takes_what_getstate_gives(frozen):
    class Text(Struct, frozen=frozen):
        text: utf8
        n: uint8 = 3

    obj = Text.__new__(Text)
    obj.__setstate__(Text("a", 4).__getstate__())
    assert obj == Text("a", 4)
    with raises(
        TypeError,
        "Text has no field 'gone' any more; the pickle has a value for it (a __setstate__ can "
        "take it)",
    ):
        obj.__setstate__({"gone": 1})
    with raises(TypeError, "Text: expected the state of a class or dataclass, got int"):
        obj.__setstate__(5)


def test_setstate_alone_is_called_for_texts_too():
    text = made(OnlySet, "Struct")
    text = types.new_class(
        "Text",
        (OnlySet, Struct),
        {},
        lambda body: body.update(__annotations__={"n": utf8, "lock": object}, lock=None),
    )
    CALLS.clear()
    assert copy.copy(text("a")).n == "a" and CALLS == [(None, {"n": "a", "lock": None})]


# --- pickles of what the class was before ---

HEADS = {"Struct": "class T(cslots.Struct):\n", "dataclass": "@cslots.dataclass\nclass T:\n"}
KEEPS = "  def __setstate__(self, state):\n    seen.append(state)\n"


@pytest.fixture
def define():
    module = sys.modules["replaced"] = types.ModuleType("replaced")
    module.seen = []

    def run(source):
        exec("import cslots, dataclasses, typing\n" + source, module.__dict__)
        return module

    yield run
    del sys.modules["replaced"]


@pytest.mark.parametrize("head", HEADS)
def test_setstate_of_the_new_class_is_asked_before_a_field_that_is_gone_is_an_error(define, head):
    module = define(HEADS[head] + "  count: int\n  minor: cslots.utf8 | None\n  launch: bool\n")
    data = [pickle.dumps(module.T(1, None, False)), pickle.dumps(module.T(10**30, "text", True))]
    define(HEADS[head] + "  launch: bool\n  count: int = 0\n")
    for pickled in data:
        with raises(
            TypeError,
            "T has no field 'minor' any more; the pickle has a value for it (a __setstate__ can "
            "take it)",
        ):
            pickle.loads(pickled)
    define(HEADS[head] + "  launch: bool = False\n  count: int = 7\n" + KEEPS)
    loaded = [pickle.loads(pickled) for pickled in data]
    assert module.seen == [
        (None, {"count": 1, "minor": None, "launch": False}),
        (None, {"count": 10**30, "minor": "text", "launch": True}),
    ]
    assert [(obj.count, obj.launch) for obj in loaded] == [(7, False)] * 2


@pytest.mark.parametrize("head", HEADS)
def test_setstate_gets_all_of_an_object_that_is_part_of_a_cycle_at_once(define, head):
    module = define(HEADS[head] + "  n: int\n  gone: list\n")
    obj = module.T(1, [])
    obj.gone.append(obj)
    data = pickle.dumps([obj, obj, module.T(2, [])])
    define(HEADS[head] + "  n: int = 0\n" + KEEPS)
    one, same, two = pickle.loads(data)
    assert one is same and one is not two
    assert module.seen[0] == (None, {"n": 1, "gone": [one]}) and module.seen[1] == (
        None,
        {"n": 2, "gone": []},
    )


def test_setstate_gets_the_dict_too(define):
    module = define("class T(cslots.Struct, dict=True):\n  n: int\n")
    obj = module.T(1)
    obj.more = obj
    data = pickle.dumps(obj)
    define("class T(cslots.Struct, dict=True):\n  n: int = 0\n" + KEEPS)
    loaded = pickle.loads(data)
    assert module.seen == [({"more": loaded}, {"n": 1})]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("head", [*HEADS, "frozen"])
@pytest.mark.parametrize(
    "before",
    [
        "class T:\n  def __init__(self, n, text): self.n, self.text = n, text\n",
        "class T:\n  __slots__ = ('n', 'text')\n  def __init__(self, n, text): self.n, self.text "
        "= n, text\n",
        "@dataclasses.dataclass\nclass T:\n  n: int\n  text: str\n",
        "@dataclasses.dataclass(frozen=True, slots=True)\nclass T:\n  n: int\n  text: str\n",
    ],
)
def test_a_pickle_of_the_plain_class_of_before_loads(define, head, protocol, before):
    data = pickle.dumps(define(before).T(1, "a"), protocol)
    head = "class T(cslots.Struct, frozen=True):\n" if head == "frozen" else HEADS[head]
    module = define(head + "  n: cslots.uint8\n  text: cslots.utf8\n  new: float = 0.5\n")
    assert pickle.loads(data) == module.T(1, "a", 0.5)
    define(head + "  n: cslots.uint8\n")
    refusal = (
        "T has no field 'text' any more; the pickle has a value for it (a __setstate__ can take it)"
    )
    if "frozen=True, slots=True" in before:  # a list of values, without names
        refusal = "T has 1 fields; the pickle has 2 values (a __setstate__ can take them)"
    with raises(TypeError, refusal):
        pickle.loads(data)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("options", ["", ", frozen=True"])
def test_a_pickle_of_the_named_tuple_of_before_loads_into_a_struct(define, protocol, options):
    data = pickle.dumps(
        define("class T(typing.NamedTuple):\n  n: int\n  text: str\n").T(1, "a"), protocol
    )
    fields = (
        "  n: cslots.uint8\n  text: cslots.utf8\n  parts: list = "
        "cslots.field(default_factory=list)\n"
    )
    module = define(f"class T(cslots.Struct{options}):\n{fields}")
    assert pickle.loads(data) == module.T(1, "a", [])
    define(f"class T(cslots.Struct{options}):\n  n: cslots.uint8\n")
    with raises(TypeError, "T() takes at most 1 positional argument, got 2"):
        pickle.loads(data)


def test_a_lock_is_left_out_of_copies_and_pickles():
    class Guarded(Struct):
        n: int
        lock: object = field(default_factory=threading.Lock, repr=False, compare=False)

        def __getstate__(self):
            return {"n": self.n}

    one = Guarded(1)
    for copied in (copy.copy, copy.deepcopy):
        other = copied(one)
        assert other == one and other.lock is not one.lock
