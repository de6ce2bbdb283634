"""Pools and engines that work on several machines: Dask, Ray Data, Spark.

    map_rows(function, pool)                  what function(row) gives for each row, by Dask
    map_partitions(function, pool)            what function(part) gives for each part, a small Pool
    reduce(function, combine, pool)           one value out of all parts
    to_ray(pool), from_ray(cls, dataset)      a Ray Dataset, by way of Arrow
    to_spark(pool, session), from_spark(...)  a Spark DataFrame, by way of Arrow

With `update`, the first two also bring the changes that the function made back into the pool. An
engine is imported by the call that needs it. docs/scale.md has the arithmetic, and docs/pool.md a
tour.
"""

from ._arrow import from_ray, from_spark, to_ray, to_spark
from ._dask import map_partitions, map_rows, reduce

__all__ = ["from_ray", "from_spark", "map_partitions", "map_rows", "reduce", "to_ray", "to_spark"]
