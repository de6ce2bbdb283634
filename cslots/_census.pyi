from collections.abc import Collection
from typing import Any, Literal

def capture(
    *,
    classes: Collection[type] | None = None,
    details: bool = True,
    skip: Collection[object] = (),
    method: Literal["private", "public"] | None = None,
) -> dict[str, Any]:
    """Count all live objects: how many of each class, the bytes of their blocks, and what their attributes hold.

    Sizes are in bytes of real blocks, as the allocator rounds them. The dict has `objects`, `bytes`, `seconds`, `method`, `heap`,
    `builtin` (values that no class of interest owns, by type) and `classes`;
    docs/design/census.md says what each of their keys means.

    Runs no code of the program's objects and makes no `__dict__`. `classes`: details for these only. `skip`: objects that are
    passed over, and types whose objects are. `method`: by itself the private way where it works, which is faster and finds names
    that the public one cannot. MemoryError when the census finds no memory for itself; RuntimeError where other threads would run
    meanwhile (a free-threaded build without its GIL).
    """

def _fail_after(count: int, /) -> None:
    """For tests: the allocation that fails in later captures, counted from 0; -1 for none."""
