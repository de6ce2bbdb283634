from collections.abc import Collection
from typing import Any, Literal

def capture(
    *,
    classes: Collection[type] | None = None,
    details: bool = True,
    skip: Collection[object] = (),
    method: Literal["private", "public"] | None = None,
) -> dict[str, Any]:
    """Count all live objects.

    For each class: how many there are, the bytes of their blocks, and what their attributes hold.
    Sizes are in bytes of real blocks, as the allocator rounds them. The dict has `objects`,
    `bytes`, `seconds`, `method`, `heap`, `builtin` (by type: values that no class of interest owns)
    and `classes`; docs/design/census.md says what each of their keys means.

    classes  details for these classes only
    skip     objects to pass over, and types whose objects to pass over
    method   without one, the private way where it works: it is faster, and finds names that the
             public way cannot find

    Runs no code of the objects, and makes no `__dict__`. Raises MemoryError where the census finds
    no memory for itself, RuntimeError where other threads would run meanwhile (a free-threaded
    build without its GIL).
    """

def _fail_after(count: int, /) -> None:
    """For tests: the allocation that fails in later captures, counted from 0; -1 for none."""
