"""Resident memory of this process, for the examples to show what they saved.

It is the memory of its own, without that of programs and libraries.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any


def resident_bytes() -> int:
    gc.collect()
    try:
        with open("/proc/self/smaps_rollup") as rollup:
            # Not the pages of files: the system takes them away where memory is short, whatever
            # the objects do.
            return (
                sum(
                    int(line.split()[1])
                    for line in rollup
                    if line.startswith(("Anonymous:", "Swap:"))
                )
                * 1024
            )
    except OSError:
        import psutil  # where there is no /proc

        return int(psutil.Process().memory_info().rss)


def kept(make: Callable[[], list[Any]]) -> tuple[list[Any], int]:
    """-> (the objects that `make` made, the bytes this process grew by)."""
    before = resident_bytes()
    objects = make()
    return objects, resident_bytes() - before


def count_from_arguments(default: int) -> int:
    """The number given on the command line, or `default`; another word ends the program."""
    import sys

    if len(sys.argv) < 2:
        return default
    try:
        count = int(sys.argv[1].replace(",", "").replace("_", ""))
    except ValueError:
        count = 0
    if count < 1 or len(sys.argv) > 2:
        sys.exit(
            f"usage: python {sys.argv[0]} [N]   "
            f"N is a whole number of at least 1 (default {default:,})"
        )
    return count


def saving(name: str, count: int, slots: int, packed: int) -> str:
    """The closing line of an example."""
    text = f"{count:,} {name}: {slots / 1e6:,.1f} MB with __slots__"
    text += f", {packed / 1e6:,.1f} MB with cslots"
    return (
        f"{text} ({1 - packed / slots:.0%} saved)" if slots > 0 else f"{text} (too few to measure)"
    )
