"""How large the block of an object is: how allocators round, and how objects are laid out.

    an object of a slots class   [ GC head 16 ][ header 16 | slot 8 | ... | weak list 8 ]
                                 pymalloc: steps of 16 up to 512
    a tracked Struct             [ GC head 16 ][ header 16 | fixed part ]    pymalloc
    an untracked Struct          [ header 16 | fixed part | tail of texts ]
                                 the slab of cslots: steps of 8 up to 512
    beyond 512 bytes             malloc: what malloc_usable_size says

Layouts of Structs are not computed here: a class with these fields is made, and `layout` asked.
"""

from __future__ import annotations

import sys

POINTER = 8
HEADER = 16
GC_HEAD = 16
SMALL = 512
SLAB_STEP = 8

if "t" in getattr(sys, "abiflags", ""):  # free-threaded
    HEADER = 32  # owner, flags, mutex, two reference counts, type; there is no GC head
    GC_HEAD = 0


def pymalloc(size: int) -> int:
    """Bytes of the block that holds `size` bytes."""
    if size <= SMALL:
        return max(16, -(-size // 16) * 16)
    return malloc(size)


def malloc(size: int) -> int:
    """What malloc_usable_size says of a block of `size` bytes, in glibc."""
    return max(24, -(-(size + 8) // 16) * 16 - 8)


POOL, POOL_HEAD = 16 * 1024, 48
PAGE, PAGE_HEAD = 32 * 1024, 64


def pymalloc_share(block: float) -> float:
    """What a block of pymalloc takes of its pool, whose head and tail hold no block."""
    if block > SMALL or block < 16:
        return block
    return POOL / ((POOL - POOL_HEAD) // block)


def slab_share(block: float) -> float:
    """The same for a block of our slab."""
    if block > SMALL or block < 16:
        return block
    return PAGE / ((PAGE - PAGE_HEAD) // block)


def slab(size: int) -> int:
    if size <= SMALL:
        return max(16, -(-size // SLAB_STEP) * SLAB_STEP)
    return malloc(size)


def slots_object(size_of_base: int, slots: int, weakref: bool, tracked: bool = True) -> int:
    """The block of an object of a class with `__slots__`."""
    size = size_of_base + POINTER * (slots + weakref)
    return pymalloc((GC_HEAD if tracked else 0) + size)


def text_tail(fixed: int, count: int, total: int, shortest: int, longest: int) -> float:
    """Mean block of an untracked Struct with texts.

    Its texts have `total` bytes in `count` objects, from `shortest` to `longest` an object. The
    tail holds at least the 8 bytes of a pointer. Lengths that vary end anywhere inside a step:
    half a step more on average.
    """
    if count <= 0:
        return float(slab(fixed + 8))
    if shortest == longest:
        return float(slab(fixed + max(8, longest)))
    mean = total / count
    rounded = fixed + mean + (SLAB_STEP - 1) / 2
    return (
        float(max(slab(fixed + 8), rounded))
        if rounded <= SMALL
        else float(malloc(int(fixed + mean)))
    )
