"""What carries rows from this process to others on this machine, in MB/s.    carry.py [ROWS]

    Arrow IPC         a stream of record batches through a socket to one process, which reads them
    map_partitions    cslots.engines, two Dask workers, which sum a column: rows in shared memory
    by the scheduler  the same with rows sent through Dask, as to another machine

Each three times, in turn: other work on the machine swings them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from accounts import Account, total  # noqa: E402

from cslots import Pool, engines  # noqa: E402

BATCH = 700_000  # rows: 8 MB
READER = """
import socket, sys, pyarrow.ipc
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
    rows = sum(batch.num_rows for batch in pyarrow.ipc.open_stream(connection.makefile("rb")))
    connection.sendall(b"%d\\n" % rows)
"""


def by_arrow(pool: Pool[Account]) -> float:
    """Seconds; the other process is there before the clock starts."""
    import pyarrow.ipc

    with socket.create_server(("127.0.0.1", 0)) as server:
        reader = subprocess.Popen([sys.executable, "-c", READER, str(server.getsockname()[1])])
        connection, _ = server.accept()
        with connection, connection.makefile("wb") as file:
            start = time.perf_counter()
            batches = [
                batch
                for part in pool.partitions(-(-len(pool) // BATCH))
                for batch in part.to_arrow().to_batches()
            ]
            with pyarrow.ipc.new_stream(file, batches[0].schema) as stream:
                for batch in batches:
                    stream.write_batch(batch)
            file.flush()
            connection.shutdown(socket.SHUT_WR)
            assert int(connection.makefile("rb").readline()) == len(pool)
            seconds = time.perf_counter() - start
        reader.wait()
    return seconds


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    import numpy
    from distributed import Client, LocalCluster

    rows = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    pool = Pool(
        Account, {"owner": numpy.arange(rows, dtype="u4"), "cents": numpy.arange(rows, dtype="i8")}
    )
    os.environ["PYTHONPATH"] = os.pathsep.join([HERE, os.environ.get("PYTHONPATH", "")])
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):

        def shared() -> object:
            return engines.map_partitions(total, pool, client=client)

        def sent() -> object:
            near = engines._dask.is_near
            engines._dask.is_near = lambda addresses: False
            try:
                return engines.map_partitions(total, pool, client=client)
            finally:
                engines._dask.is_near = near

        shared()
        for _ in range(3):
            for name, seconds in (
                ("Arrow IPC", by_arrow(pool)),
                ("map_partitions", timed(shared)),
                ("by the scheduler", timed(sent)),
            ):
                print(f"{name:18} {rows * 12 / seconds / 1e6:8,.0f} MB/s", flush=True)


if __name__ == "__main__":
    main()
