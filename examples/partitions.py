"""A sum and an update over many rows: by rows, with NumPy on columns, in partitions by Dask.

python examples/partitions.py [N]        100,000,000 rows take 1.2 GB
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable

from resident import count_from_arguments

from cslots import Pool, Struct, int64, uint32

LOOPED = 100_000  # rows that the plain loop changes
PART = 50_000  # rows whose intermediate results stay in the cache


class Account(Struct):
    owner: uint32
    cents: int64


def total(part) -> int:
    return int(part["cents"].sum())


def pay_interest(part) -> None:
    cents = part["cents"]
    cents += cents // 1000


def timed(call: Callable) -> tuple[object, float]:
    start = time.perf_counter()
    result = call()
    return result, time.perf_counter() - start


def fill(pool: Pool, rows: int) -> None:
    """In steps, so that the columns to copy from are small."""
    import numpy

    for start in range(0, rows, 1 << 20):
        number = numpy.arange(start, min(rows, start + (1 << 20)))
        pool.extend({"owner": number.astype("u4"), "cents": number * 7919 % 10_000_000})


def loop(part) -> None:
    for account in part:
        account.cents += account.cents // 1000


def by_workers(pool: Pool) -> None:
    """The same on a cluster of this machine's processes. A larger cluster is another Client."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        print("in partitions by Dask: left out, it is not installed (pip install 'cslots[dask]')")
        return
    from cslots.engines import map_partitions, reduce

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        megabytes = len(pool) * 12 / 1e6
        before = total(pool)
        found, seconds = timed(lambda: reduce(total, operator.add, pool, client=client))
        assert found == before
        print(
            f"by two workers: sum in {seconds:.2f} s "
            f"({megabytes / seconds:,.0f} MB/s to the workers)"
        )
        expected = before + int((pool["cents"] // 1000).sum())
        parts, seconds = timed(
            lambda: map_partitions(pay_interest, pool, update="cents", client=client)
        )
        print(
            f"by two workers: update in {seconds:.2f} s, "
            f"{len(parts)} partitions there and one column back"
        )
        assert total(pool) == expected


def main() -> None:
    rows = count_from_arguments(1_000_000)
    pool = Pool(Account, reserve=rows)
    _, seconds = timed(lambda: fill(pool, rows))
    print(
        f"{rows:,} accounts, {pool.memory()['used'] / rows:.1f} bytes each, "
        f"filled in {seconds:.2f} s"
    )

    part = pool[:LOOPED]
    expected = sum(account.cents + account.cents // 1000 for account in part)
    _, seconds = timed(lambda: loop(part))
    assert int(part["cents"].sum()) == expected
    print(f"row by row: update in {seconds / len(part) * 1e9:.0f} ns a row")

    whole, seconds = timed(lambda: total(pool))
    print(f"with NumPy: sum in {seconds:.3f} s ({seconds / rows * 1e9:.2f} ns a row)")
    assert whole == sum(total(part) for part in pool.partitions(7))
    parts = pool.partitions(rows // PART + 1)
    _, seconds = timed(lambda: [pay_interest(part) for part in parts])
    print(
        f"with NumPy: update in {seconds:.3f} s ({seconds / rows * 1e9:.2f} ns a row), part by part"
    )
    by_workers(pool)


if __name__ == "__main__":
    main()
