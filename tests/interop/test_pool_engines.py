"""Pools on several machines: Dask's schedulers, a real cluster of processes, Ray and Spark."""

import operator
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cslots import Pool, StaleRowError, engines

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

import pool_records as records  # noqa: E402
from pool_records import Fixed, Order  # noqa: E402

ROWS = 500


def orders(rows=ROWS):
    return Pool(Order, map(records.order, range(rows)))


@pytest.fixture(scope="module")
def cluster():
    """A client of a LocalCluster: two worker processes, which find these records."""
    distributed = pytest.importorskip("distributed")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = HERE if before is None else os.pathsep.join([HERE, before])
    try:
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
        ):
            yield client
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


@pytest.fixture(params=["synchronous", "threads", "processes", "cluster"])
def where(request, monkeypatch):
    """The keyword that says where the work is done."""
    pytest.importorskip("dask")
    if request.param == "cluster":
        return {"client": request.getfixturevalue("cluster")}
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")]))
    return {"scheduler": request.param}


def test_the_values_of_all_rows_come_in_order(where):
    assert engines.map_rows(records.number_of, orders(), **where) == list(range(ROWS))


def test_fields_of_every_kind_are_updated_as_a_loop_would(where):
    pool, expected = orders(), orders()
    for row in expected:
        records.change_all(row)
    assert engines.map_rows(records.change_all, pool, update=True, partitions=7, **where) is None
    assert list(pool) == list(expected)


def test_only_the_columns_that_are_named_come_back(where):
    pool = orders()
    engines.map_rows(records.change_all, pool, update=["price", "name"], **where)
    assert pool[3].price == 3.0
    assert pool[3].name == "the name of number 3!"
    assert pool[3].number == 3
    assert pool[3].symbol == "S3"


def test_a_function_of_a_part_gives_a_value_and_updates_columns(where):
    pool = orders()
    prices = pool["price"]  # an array that looks on stays right
    assert (
        engines.map_partitions(records.raise_price, pool, update="price", partitions=4, **where)
        == [125] * 4
    )
    assert prices[10] == pool[10].price == 6.0


def test_without_update_the_pool_stays_as_it_is(where):
    pool = orders()
    engines.map_partitions(records.raise_price, pool, **where)
    assert pool == orders()


def test_a_reduction_is_that_of_the_whole(where):
    pool = orders()
    assert (
        engines.reduce(records.total, operator.add, pool, partitions=6, **where)
        == pool["price"].sum()
    )
    names = engines.reduce(records.names_of, operator.add, pool, initial=["first"], **where)
    assert names == ["first", *(row.name for row in pool)]


def test_progress_is_told_part_by_part(where):
    told = []
    engines.map_partitions(
        len,
        orders(),
        partitions=5,
        progress=lambda done, parts: told.append((done, parts)),
        **where,
    )
    assert told == [(k, 5) for k in range(1, 6)]


def test_progress_can_be_a_line_on_stderr(capsys):
    pytest.importorskip("dask")
    engines.map_partitions(len, orders(), partitions=3, progress=True, scheduler="synchronous")
    assert capsys.readouterr().err == "\r1 of 3 parts\r2 of 3 parts\r3 of 3 parts\n"


def test_a_failing_row_raises_the_users_exception_and_says_which(where):
    pool = orders()
    with pytest.raises(LookupError, match="forty is not allowed") as caught:
        engines.map_rows(records.refuse_40, pool, update=True, **where)
    assert type(caught.value) is LookupError
    assert caught.value.__notes__ == ["(row 40 of the pool)"]
    assert pool == orders()


def test_a_failing_part_names_its_rows_and_nothing_is_updated(where):
    pool = orders()
    with pytest.raises(LookupError, match="forty is not allowed") as caught:
        engines.map_partitions(records.refuse_part, pool, update=True, partitions=20, **where)
    assert caught.value.__notes__ == ["(rows 25 to 49 of the pool)"]
    assert pool == orders()


def test_a_part_that_is_updated_keeps_its_rows(where):
    with pytest.raises(ValueError, match="keeps its rows: there were 100, now there are 99"):
        engines.map_partitions(records.drop_one, orders(), update=True, partitions=5, **where)


def test_a_pool_without_rows_makes_no_tasks(where):
    pool = Pool(Order)
    assert engines.map_rows(records.number_of, pool, **where) == []
    assert engines.map_rows(records.change_all, pool, update=True, **where) is None
    assert engines.reduce(records.total, operator.add, pool, initial=0.0, **where) == 0.0
    with pytest.raises(TypeError, match=r"reduce\(\) of a Pool of Order without rows"):
        engines.reduce(records.total, operator.add, pool, **where)


def test_a_frozen_class_gives_values_and_takes_no_update(where):
    from dataclasses import FrozenInstanceError

    pool = Pool(Fixed, [Fixed(1.0), Fixed(2.0)])
    assert engines.map_partitions(len, pool, partitions=2, **where) == [1, 1]
    with pytest.raises(FrozenInstanceError, match="Fixed is frozen; its rows cannot be updated"):
        engines.map_rows(len, pool, update=True, **where)


def test_more_parts_than_rows_are_one_for_each_row(where):
    assert engines.map_partitions(len, orders(3), partitions=50, **where) == [1, 1, 1]


# ---- a cluster ----


def test_the_work_of_a_lost_worker_is_done_by_another(cluster, tmp_path):
    pool, expected = orders(), orders()
    expected["price"] += 1
    mark = tmp_path / "died"
    workers = engines.map_partitions(
        records.DiesOnce(str(mark)), pool, update="price", partitions=8, client=cluster
    )
    assert mark.exists()
    assert len(workers) == 8
    assert list(pool) == list(expected)


def test_retries_are_dasks_own(cluster, tmp_path):
    fails = records.FailsOnce(str(tmp_path / "failed"))
    assert engines.map_partitions(fails, orders(), partitions=2, retries=1, client=cluster) == [
        250,
        250,
    ]
    with pytest.raises(OSError, match="flickers"):
        engines.map_partitions(
            records.FailsOnce(str(tmp_path / "again")), orders(), partitions=2, client=cluster
        )


def test_a_failure_leaves_no_task_behind(cluster):
    with pytest.raises(LookupError):
        engines.map_partitions(records.refuse_part, orders(), partitions=40, client=cluster)
    assert engines.map_partitions(len, orders(), partitions=4, client=cluster) == [125] * 4


def test_the_active_client_is_used(cluster):
    with cluster.as_current():
        pids = set(
            engines.map_partitions(lambda part: __import__("os").getpid(), orders(), partitions=4)
        )
    assert os.getpid() not in pids


def test_parts_can_be_given_to_dask_itself(cluster):
    pool = orders()
    futures = cluster.map(records.total, pool.partitions(4), pure=False)
    assert sum(cluster.gather(futures)) == pool["price"].sum()


def test_a_part_of_a_pool_travels_without_a_copy_in_the_pickle():
    """One copy makes the small pool; its columns are buffers beside the pickle."""
    from cslots.engines._parcel import Partition

    pool = orders(20_000)
    buffers = []
    head = pickle.dumps(Partition(pool[5000:15000]), 5, buffer_callback=buffers.append)
    assert len(head) < 200_000  # the strings of `note`, and names
    assert sum(buffer.raw().nbytes for buffer in buffers) > 10_000 * 60
    again = [bytes(buffer) for buffer in buffers]
    parcel = pickle.loads(head, buffers=again)
    assert any(buffer is again[0] for buffer in parcel.buffers)  # passed on as it came
    assert parcel.open() == pool[5000:15000]
    assert pickle.loads(pickle.dumps(Partition(pool[:10]), 2)).open() == pool[:10]


# ---- workers on this machine ----

needs_shared = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="needs memory that processes share by /proc"
)


def open_files():
    return len(os.listdir("/proc/self/fd"))


@needs_shared
def test_rows_for_workers_of_this_machine_do_not_travel(cluster, monkeypatch):
    from cslots.engines import _dask, _parcel

    def travels(part, protocol):
        raise AssertionError("the rows went through Dask")

    monkeypatch.setattr(_parcel.Partition, "__reduce_ex__", travels)
    pool, expected = orders(), orders()
    expected["price"] += 1
    before = open_files()
    engines.map_partitions(records.raise_price, pool, update=True, partitions=7, client=cluster)
    assert list(pool) == list(expected)
    with pytest.raises(LookupError):
        engines.map_partitions(records.refuse_part, orders(), partitions=20, client=cluster)
    assert open_files() <= before + 2  # sockets of Dask's may come and go
    assert _dask.is_near(cluster.nthreads())


@needs_shared
def test_rows_travel_where_the_worker_does_not_see_the_memory(cluster, monkeypatch):
    from cslots.engines import _shared

    asked = []

    class Far(_shared.Shared):
        __slots__ = ()

        def __getstate__(self):
            asked.append(self.first)
            first, last, process, file, mark, sizes = super().__getstate__()
            # As if another process had this number.
            return (
                first,
                last,
                process,
                file,
                bytes(len(mark)),
                sizes,
            )

        def __reduce__(self):
            return _far, (self.__getstate__(),)

    monkeypatch.setattr("cslots.engines._dask.Shared", Far)
    pool, expected = orders(), orders()
    expected["price"] += 1
    engines.map_partitions(records.raise_price, pool, update="price", partitions=30, client=cluster)
    assert list(pool) == list(expected)
    assert 0 < len(asked) < 10  # after the first that came back, nothing more was tried


def _far(state):
    from cslots.engines._shared import Shared

    shared = Shared.__new__(Shared)
    shared.__setstate__(state)
    return shared


@needs_shared
def test_shared_rows_are_a_pool_of_their_own():
    from cslots.engines._parcel import Outcome, Partition, Work
    from cslots.engines._shared import Elsewhere, Shared

    pool = orders(100)
    shared = Shared(Partition(pool[10:60]))
    again = pickle.loads(pickle.dumps(shared))
    other = again.open()
    assert other == pool[10:60] and len(pickle.dumps(shared)) < 1000
    other["price"] += 1
    assert other != pool[10:60] and again.open() == pool[10:60]
    work = Work(records.raise_price, False, ["price", "name"])
    first, second = (pickle.loads(pickle.dumps(work(again))) for _ in range(2))
    for outcome in (second, first):  # each attempt stands for itself
        assert list(
            memoryview(shared.taken(outcome).columns["price"].values).cast("B").cast("d")
        ) == [i * 0.5 + 1 for i in range(10, 60)]
    assert shared.taken(Outcome(5, {})).value == 5
    taken = shared.taken(first)
    kept = again.open()
    shared.close()
    shared.close()
    with pytest.raises(Elsewhere):
        again.open()
    del shared
    assert kept == pool[10:60]
    # What came back outlives the memory.
    assert taken.columns["name"].values == [order.name for order in pool[10:60]]
    assert len(memoryview(taken.columns["price"].values).cast("B")) == 50 * 8


@pytest.mark.parametrize(
    ("addresses", "near"),
    [
        (["tcp://127.0.0.1:4000", "tcp://127.0.0.1:4001"], True),
        (["tls://[::1]:4000"], True),
        (["tcp://127.0.0.1:4000", "tcp://10.0.0.7:4001"], False),
        (["inproc://127.0.0.1/1/2"], False),
        (["ucx://10.0.0.1:4000"], False),
        ([], False),
    ],
)
def test_workers_are_near_if_all_of_them_are(addresses, near):
    from cslots.engines._shared import is_near

    assert is_near(addresses) == (near and hasattr(os, "memfd_create"))


# ---- refused ----


def test_a_pool_that_changed_meanwhile_is_not_updated():
    pytest.importorskip("dask")
    pool = orders(10)
    here = {"scheduler": "synchronous", "partitions": 2}
    with pytest.raises(
        StaleRowError,
        match="rows were removed or moved while engines worked on them; nothing was updated",
    ):
        engines.map_partitions(
            records.raise_price,
            pool,
            update=True,
            progress=lambda done, parts: done == 2 and pool.pop(),
            **here,
        )
    pool = orders(10)
    with pytest.raises(
        RuntimeError,
        match="rows were added while engines worked on the others; nothing was updated",
    ):
        engines.map_partitions(
            records.raise_price,
            pool,
            update=True,
            progress=lambda done, parts: pool.append(records.order(done)),
            **here,
        )
    assert pool[0].price == 0.0


@pytest.mark.parametrize(
    ("arguments", "options", "error", "text"),
    [
        ((len, []), {}, TypeError, "expected a Pool, got list; a slice's copy() is one"),
        (
            (None, orders(1)),
            {},
            TypeError,
            "expected a function first, then the pool; got NoneType",
        ),
        (
            (len, orders(1)),
            {"update": "pric"},
            ValueError,
            "update: Pool of Order has no column 'pric'; did you mean 'price'?",
        ),
        (
            (len, orders(1)),
            {"client": object(), "scheduler": "threads"},
            TypeError,
            "give a client or a scheduler, not both",
        ),
        (
            (len, orders(1)),
            {"partitions": 0},
            ValueError,
            "Pool of Order: partitions() takes a whole number of at least 1, got 0",
        ),
    ],
)
def test_wrong_arguments_are_one_clear_line(arguments, options, error, text):
    pytest.importorskip("dask")
    with pytest.raises(error) as caught:
        engines.map_partitions(*arguments, **options)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: engines.map_rows(len, orders(1)),
            "cslots.engines needs dask for this: pip install 'cslots[dask]'",
        ),
        (
            lambda: engines.to_ray(orders(1)),
            "cslots.engines needs ray.data for this: pip install 'cslots[ray]'",
        ),
        (
            lambda: engines.from_ray(Order, None),
            "cslots.engines needs ray.data for this: pip install 'cslots[ray]'",
        ),
        (
            lambda: engines.to_spark(orders(1), None),
            "cslots.engines needs pyspark.sql for this: pip install 'cslots[spark]'",
        ),
        (
            lambda: engines.from_spark(Order, None),
            "cslots.engines needs pyspark.sql for this: pip install 'cslots[spark]'",
        ),
    ],
)
def test_an_engine_that_is_missing_says_what_to_install(monkeypatch, call, text):
    for name in ("dask", "ray", "ray.data", "pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError) as caught:
        call()
    assert str(caught.value) == text


def test_importing_the_engines_imports_none():
    source = (
        "import sys, cslots.engines; print(sorted({'dask', 'distributed', 'ray', 'pyspark', "
        "'pyarrow', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# ---- Ray and Spark ----

needs_arrow = pytest.mark.skipif(
    not hasattr(Pool, "__arrow_c_stream__"), reason="pools of this build have no Arrow stream"
)


@needs_arrow
def test_a_pool_goes_to_ray_and_comes_back(monkeypatch):
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data", reason="ray[data] is not installed")
    # Else it writes a token into the home directory.
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    ray.init(
        num_cpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20
    )
    try:
        pool = orders(300)
        dataset = engines.to_ray(pool, partitions=3)
        assert dataset.count() == 300
        assert dataset.sum("price") == pool["price"].sum()
        assert list(engines.from_ray(Order, dataset)) == list(pool)
    finally:
        ray.shutdown()


@needs_arrow
def test_a_pool_goes_to_spark_and_comes_back():
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs a Java runtime")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    try:
        pool = orders(300)
        frame = engines.to_spark(pool, session)
        assert frame.count() == 300
        assert frame.agg({"price": "sum"}).collect()[0][0] == pool["price"].sum()
        assert list(engines.from_spark(Order, frame)) == list(pool)
    finally:
        session.stop()
