"""Numbers and lists as a report says them."""

from __future__ import annotations


def listed(items: list[str], most: int = 6) -> str:
    if len(items) <= most:
        return ", ".join(items)
    return f"{', '.join(items[:most])} and {len(items) - most} more"


def percent(count: int, of: int) -> str:
    share = 100 * count / max(1, of)
    return (
        "less than 1 %" if 0 < share < 1 else f"{min(99, round(share)) if share < 100 else 100} %"
    )


def size(count: float) -> str:
    """Bytes in the unit that suits: 812 B, 12.3 kB, 61.0 MB, 1.25 GB."""
    for unit, factor, digits in (("GB", 1e9, 2), ("MB", 1e6, 1), ("kB", 1e3, 1)):
        if abs(count) >= factor * 0.9995:
            return f"{count / factor:,.{digits}f} {unit}"
    return f"{count:.0f} B"
