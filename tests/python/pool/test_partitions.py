"""pool.partitions(n): slices of nearly equal length that are the pool, in order."""

import pickle

import pytest
from support import raises

from cslots import Pool, StaleRowError, Struct


class Point(Struct):
    x: float


def points(rows):
    return Pool(Point, [Point(float(i)) for i in range(rows)])


@pytest.mark.parametrize("rows", [1, 2, 7, 10, 100])
@pytest.mark.parametrize("parts", [1, 2, 3, 7, 10, 99])
def test_parts_follow_one_another_and_differ_by_one_row_at_most(rows, parts):
    pool = points(rows)
    found = pool.partitions(parts)
    assert len(found) == min(parts, rows)
    assert [row.x for part in found for row in part] == [row.x for row in pool]
    assert max(map(len, found)) - min(map(len, found)) <= 1


def test_an_empty_pool_has_no_parts():
    assert points(0).partitions(3) == []


def test_parts_are_looked_at_in_place():
    pool = points(10)
    second = pool.partitions(2)[1]
    second[0].x = -1.0
    assert pool[5].x == -1.0
    del pool[0]
    with pytest.raises(StaleRowError):
        len(second)


class Three:
    def __index__(self):
        return 3


def test_whatever_is_a_whole_number_counts():
    assert len(points(10).partitions(Three())) == 3
    assert len(points(10).partitions(10**30)) == 10


@pytest.mark.parametrize(
    ("bad", "error"),
    [(0, ValueError), (-1, ValueError), (1.5, TypeError), ("2", TypeError), (None, TypeError)],
)
def test_what_is_no_number_of_parts_is_refused(bad, error):
    with raises(
        error, f"Pool of Point: partitions() takes a whole number of at least 1, got {bad!r}"
    ):
        points(4).partitions(bad)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_part_is_pickled_as_a_pool_of_its_records(protocol):
    pool = points(1000)
    data = pickle.dumps(pool[10:13], protocol)
    assert len(data) < 500  # the pool stays at home
    again = pickle.loads(data)
    assert isinstance(again, Pool)
    assert [row.x for row in again] == [10.0, 11.0, 12.0]
    assert pickle.loads(pickle.dumps(pool[20:0:-10], protocol)) == pool[20:0:-10]


def test_a_stale_part_is_not_pickled():
    pool = points(3)
    part = pool[1:]
    del pool[0]
    with pytest.raises(StaleRowError):
        pickle.dumps(part)
