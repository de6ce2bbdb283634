"""A pool while user code runs in the middle of its own operations.

Masks, keys of a sort, copies, pickles, and on 3.11 the collector in allocations.
docs/design/lifetime.md has the rules.
"""

import gc
import pickle

import pytest
from support import raises

from cslots import Pool, Struct, category


class Item(Struct):
    x: int
    o: object = None
    c: category = "a"


def items(count):
    return Pool(Item, [Item(i, [i]) for i in range(count)])


class Mask:
    """A sequence of bools that runs `act` as it is read."""

    def __init__(self, values, act):
        self.values, self.act = values, act

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        if index == 1:
            self.act()
        return self.values[index]


ACTS = {
    "reverse": lambda pool: pool.reverse(),
    "swap one": lambda pool: (pool.pop(0), pool.append(Item(9))),
    "clear": lambda pool: pool.clear(),
    "grow": lambda pool: pool.append(Item(9)),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_mask_is_for_the_records_that_were_there_when_it_was_asked_for(act):
    pool = items(4)
    with raises(RuntimeError, "filter(): the pool has changed while the mask was read"):
        pool.filter(Mask([True, False, True, False], lambda: act(pool)))


def test_arguments_of_a_sort_that_take_one_another_away():
    class Truth:
        def __bool__(self):
            for found in gc.get_objects():
                if type(found) is dict and found.get("reverse") is self:
                    found.clear()
            return True

    pool = items(5)
    for _ in range(20):
        pool.sort(**{"key": [*"x"], "reverse": Truth()})
    assert [row.x for row in pool] == [4, 3, 2, 1, 0]


def test_a_pool_whose_rows_are_copied_by_value_can_be_read_and_not_changed():
    wide = Pool(Item, [Item(i, None, f"word {i}") for i in range(300)])
    narrow = items(3)
    wide.extend(narrow)  # codes of another width: record by record
    assert [row.x for row in wide[300:]] == [0, 1, 2]
    narrow.append(Item(3))  # it is read no more
    wide.extend(wide[:2])
    assert len(wide) == 305 and len(narrow) == 4


def test_the_collector_in_the_middle_of_a_copy_or_a_pickle_changes_nothing():
    pools = []

    def change(phase, info):
        for pool in pools:
            try:
                pool.clear()
                pool.extend([Item(i, [i]) for i in range(3)])
            except RuntimeError:
                pass

    class Box(Struct):
        o: object
        x: int = 0

    threshold = gc.get_threshold()
    gc.callbacks.append(change)
    gc.set_threshold(1)
    try:
        for _ in range(30):
            pools[:] = [items(40)]
            pool = pools[0]
            for operation in (
                pool.copy,
                lambda: pickle.loads(pickle.dumps(pool)),
                lambda: pool.filter([True] * len(pool)),
                lambda: [row.o for row in pool],
                lambda: Pool(Item, pool[::-1]),
                lambda: pool.pop(),
                lambda: pool[0] == pool[-1],
                lambda: pool == pool.copy(),
            ):
                try:
                    operation()
                except (RuntimeError, IndexError, ReferenceError, ValueError):
                    pass
            assert all(type(row.x) is int and type(row.o) is list for row in pool)
    finally:
        pools.clear()
        gc.set_threshold(*threshold)
        gc.callbacks.remove(change)


def test_the_last_reference_to_an_iterated_pool_goes_in_the_middle():
    for _ in range(50):
        iterator = iter(items(3))
        kept = [next(iterator)]
        kept += iterator
        assert [row.x for row in kept] == [0, 1, 2]
        del iterator
