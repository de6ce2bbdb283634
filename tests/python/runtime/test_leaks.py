"""Every scenario of leak_scenarios.py, run again and again, ends where it began."""

import gc
import sys

import pytest
from support import classes_die
from support.leak_scenarios import SCENARIOS

from cslots import _core


def held():
    for _ in range(3):
        gc.collect()
    if sys.version_info >= (3, 13):  # Python's own caches hold on to names
        sys._clear_internal_caches()
    else:
        sys._clear_type_cache()
    total = getattr(sys, "gettotalrefcount", lambda: 0)()
    return sys.getallocatedblocks(), _core.slab_stats()["blocks"], len(gc.get_objects()), total


@classes_die
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_leaves_nothing_behind(name):
    work = SCENARIOS[name]
    for _ in range(3):  # caches fill
        work()
    growth = []
    for _ in range(4):
        before = held()
        for _ in range(4):
            work()
        after = held()
        growth.append([b - a for a, b in zip(before, after, strict=True)])
    # A leak grows in every round; what Python itself keeps for later does not.
    least = [min(column) for column in zip(*growth, strict=True)]
    assert all(value <= 0 for value in least[1:3]), growth
    assert least[0] < 4, growth
    assert least[3] < 4, growth
