"""References in pools: None, unset and objects, counted right by every operation; their memory."""

import copy
import gc
import os
import pickle
import sys

import pytest
from support import run_python

from cslots import Pool, Struct, field, int32


class Node(Struct):
    number: int32
    # Of a field with a default, del would leave that.
    link: object = field(default_factory=type(None))


class Later(Struct):
    number: int32
    late: object = field(init=False)


def made(rows=40):
    """Rows in turn: None, unset, an object of its own, one that all such rows share."""
    shared = ["shared"]
    pool = Pool(Node, [Node(i, [None, None, [i], shared][i % 4]) for i in range(rows)])
    for row in pool:
        if row.number % 4 == 1:
            del row.link
    return pool, shared


def states(pool):
    return [(row.number, getattr(row, "link", "unset")) for row in pool]


def expected(rows=40, shared=None):
    return [(i, [None, "unset", [i], ["shared"]][i % 4]) for i in range(rows)]


def test_none_unset_and_objects_are_told_apart():
    pool, _ = made()
    assert states(pool) == expected()
    assert pool[0].link is None
    with pytest.raises(AttributeError):
        pool[1].link
    with pytest.raises(AttributeError):
        del pool[1].link
    del pool[0].link
    with pytest.raises(AttributeError):
        pool[0].link
    pool[0].link = None
    assert pool[0].link is None
    assert hasattr(copy.copy(pool[0]), "link") and not hasattr(copy.copy(pool[1]), "link")


def reverse(pool):
    pool.reverse()
    pool.reverse()
    return pool


def middle(pool):
    pool.insert(3, Node(77, [77]))
    del pool[3]
    return pool


def over(pool):
    pool[::2] = [copy.copy(row) for row in pool[::2]]
    return pool


def grown(pool):
    rows = len(pool)
    pool.extend(Node(i) for i in range(20_000))
    del pool[rows:]
    return pool


def sort(pool):
    pool.sort("number", reverse=True)
    pool.sort("number")
    return pool


@pytest.mark.parametrize(
    "through",
    [
        copy.copy,
        copy.deepcopy,
        Pool.copy,
        reverse,
        middle,
        over,
        grown,
        sort,
        lambda pool: Pool(Node, pool),
        lambda pool: Pool(Node, [copy.copy(row) for row in pool]),
        lambda pool: pool.filter([True] * len(pool)),
        lambda pool: pool[:].copy(),
        *[lambda pool, p=protocol: pickle.loads(pickle.dumps(pool, p)) for protocol in (2, 4, 5)],
    ],
)
def test_references_come_through(through):
    pool, shared = made()
    before = sys.getrefcount(shared)
    result = through(pool)
    assert states(result) == expected()
    link = result[3].link
    assert all(result[i].link is link for i in range(3, 40, 4))
    del result, link, pool
    gc.collect()
    assert sys.getrefcount(shared) == before - 10


def test_a_field_that_no_one_gave_is_unset_and_not_none():
    for pool in (Pool(Later, [Later(1)]), Pool(Later, {"number": [1]})):
        assert not hasattr(pool[0], "late")
        pool[0].late = None
        assert pool[0].late is None


@pytest.mark.parametrize("value", [None, "unset", [1], 5])
def test_each_state_follows_each_other(value):
    pool = Pool(Node, [Node(0, [0])])
    for other in (None, "unset", [2], 7):
        for state in (value, other):
            if state == "unset":
                if hasattr(pool[0], "link"):
                    del pool[0].link
            else:
                pool[0].link = state
            assert getattr(pool[0], "link", "unset") == state


@pytest.mark.skipif(
    sys.platform != "linux" or "CSLOTS_SANITIZED" in os.environ,
    reason="reads /proc; a sanitizer keeps what is freed",
)
def test_a_column_in_which_nothing_is_referred_to_takes_no_memory():
    run_python(
        """
import gc
from cslots import Pool, Struct, int32
from cslots._measure.memory import resident_bytes
class Node(Struct):
    number: int32
    a: object = None
    b: str | None = None
    c: "Node | None" = None
node = Node(1)
pool = Pool(Node, [node] * 100)
gc.collect()
before = resident_bytes()
pool = Pool(Node)
for _ in range(2_000_000): pool.append(node)
gc.collect()  # it looks into the pool
assert pool[-1].a is pool[0].b is pool[1].c is None
grown = resident_bytes() - before
assert grown < 2_000_000 * 4 * 1.3 + (2 << 20), grown
pool[1_000_000].a = pool
assert resident_bytes() - before - grown < 1 << 20
"""
    )
