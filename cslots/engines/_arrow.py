"""Ray Data and Spark: pools as their tables and back, by way of Arrow.

Neither takes all that a pool's Arrow stream has (docs/interop.md): texts travel as large_utf8, not
as string views; for Spark, which knows neither unsigned integers nor dictionaries, those become
the next larger signed integer (uint64: decimal(20, 0)) and plain values.
"""

from __future__ import annotations

from typing import Any, TypeVar

from .. import _core
from ._need import need

_R = TypeVar("_R")


def to_ray(pool: _core.Pool[Any], *, partitions: int = 1) -> Any:
    """A ray.data.Dataset of the records, in `partitions` blocks; Ray keeps a copy."""
    data = need("ray.data", "ray")
    arrow = need("pyarrow", "ray")
    table = _plain_table(pool, arrow, for_spark=False)
    rows = table.num_rows
    count = max(1, min(len(pool.partitions(partitions)), rows))
    return data.from_arrow(
        [
            table.slice(rows * k // count, rows * (k + 1) // count - rows * k // count)
            for k in range(count)
        ]
    )


def from_ray(cls: type[_R], dataset: Any) -> _core.Pool[_R]:
    """A Pool of cls with the rows of a ray.data.Dataset, whose columns are the fields."""
    need("ray.data", "ray")
    arrow = need("pyarrow", "ray")
    pool: _core.Pool[_R] = _core.Pool(cls)
    for batch in dataset.iter_batches(batch_size=None, batch_format="pyarrow"):
        pool.extend(_fitting(arrow, batch))
    return pool


def to_spark(pool: _core.Pool[Any], session: Any) -> Any:
    """A DataFrame of a SparkSession with the records."""
    need("pyspark.sql", "spark")
    arrow = need("pyarrow", "spark")
    table = _plain_table(pool, arrow, for_spark=True)
    try:
        return session.createDataFrame(table)
    except TypeError:  # Spark 3 takes no Arrow table
        return session.createDataFrame(table.to_pandas())


def from_spark(cls: type[_R], frame: Any) -> _core.Pool[_R]:
    """A Pool of cls with the rows of a Spark DataFrame, collected on the driver.

    The columns of the DataFrame are the fields.
    """
    need("pyspark.sql", "spark")
    arrow = need("pyarrow", "spark")
    table = (
        frame.toArrow() if hasattr(frame, "toArrow") else arrow.Table.from_pandas(frame.toPandas())
    )
    return _core.Pool(cls, _fitting(arrow, table))


def _plain_table(pool: _core.Pool[Any], arrow: Any, for_spark: bool) -> Any:
    """The pool as a pyarrow Table of types that these engines know."""
    table = arrow.table(pool)
    for k, field in enumerate(table.schema):
        target = _plain_type(field.type, arrow, for_spark)
        if target != field.type:
            table = table.set_column(
                k, arrow.field(field.name, target, field.nullable), table.column(k).cast(target)
            )
    return table


def _plain_type(given: Any, arrow: Any, for_spark: bool) -> Any:
    types = arrow.types
    if types.is_dictionary(given) and for_spark:
        return _plain_type(given.value_type, arrow, for_spark)
    if types.is_string_view(given) or types.is_string(given):
        return arrow.large_string()
    if types.is_binary_view(given) or types.is_binary(given):
        return arrow.large_binary()
    if for_spark and types.is_unsigned_integer(given):
        return {
            8: arrow.int16(),
            16: arrow.int32(),
            32: arrow.int64(),
            64: arrow.decimal128(20, 0),
        }[given.bit_width]
    return given


def _fitting(arrow: Any, table: Any) -> Any:
    """Decimals, which stand for uint64, as that."""
    for k, field in enumerate(table.schema):
        if arrow.types.is_decimal(field.type) and field.type.scale == 0:
            table = table.set_column(
                k,
                arrow.field(field.name, arrow.uint64(), field.nullable),
                table.column(k).cast(arrow.uint64()),
            )
    return table
