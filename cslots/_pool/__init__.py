"""What a Pool has beyond its C half: columns.py knows NumPy, arrow.py knows pyarrow and files.

Importing this folder imports columns.py: a pickle names `cslots._pool.CategoryColumn`.
"""

from .columns import CategoryColumn

__all__ = ["CategoryColumn"]
