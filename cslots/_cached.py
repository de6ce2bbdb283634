"""A functools.cached_property in a class whose objects cannot keep its value: it says what to do.

Imported with the first class that has one, so functools is loaded already.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

__all__ = ["Homeless"]


class Homeless(cached_property[Any]):
    """Works in a subclass with a `__dict__`, as the cached_property that it stands for would."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is not None and not hasattr(instance, "__dict__"):
            raise TypeError(
                f"{type(instance).__name__}.{self.attrname}: a cached_property has no place for "
                "its value here; "
                f"declare a field for it ({self.attrname}: object), or give the class dict=True"
            )
        return super().__get__(instance, owner)
