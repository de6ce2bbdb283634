"""Bars as SVG text, for the page: one bar a class, its name above it, readable on a phone."""

from __future__ import annotations

import math
from html import escape

WIDTH = 360
ROW = 34
BAR = 13
TOP = 6
AXIS = 40
RIGHT = 54  # room for the figure after the longest bar


def tick_step(largest: float, ticks: int = 4) -> float:
    """A round distance (1, 2 or 5 times a power of ten) that gives about `ticks` ticks."""
    rough = largest / ticks
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)


def bars(title: str, axis: str, rows: list[tuple[str, float, str, bool]]) -> str:
    """rows: (label, value, the value as text, whether it is one of ours) -> an <svg> element."""
    largest = max((value for _, value, _, _ in rows), default=0.0)
    if largest <= 0:
        return ""
    room = WIDTH - RIGHT
    height = TOP + ROW * len(rows) + AXIS
    bottom = TOP + ROW * len(rows)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    step = tick_step(largest)
    for k in range(int(largest / step) + 1):
        x = k * step / largest * room
        anchor = "start" if k == 0 else "middle"
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom + 4}"/>')
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{bottom + 16}" '
            f'text-anchor="{anchor}">{k * step:g}</text>'
        )
    for k, (label, value, text, ours) in enumerate(rows):
        y = TOP + ROW * k
        length = max(value / largest * room, 1.0)
        style = "bar ours" if ours else "bar"
        parts.append(f'<text class="label" x="0" y="{y + 12}">{escape(label)}</text>')
        parts.append(
            f'<rect class="{style}" x="0" y="{y + 16}" width="{length:.1f}" height="{BAR}" '
            'rx="1.5"/>'
        )
        parts.append(
            f'<text class="value" x="{length + 4:.1f}" y="{y + 16 + BAR - 2}">{escape(text)}</text>'
        )
    parts.append(
        f'<text class="axis" x="{room / 2}" y="{bottom + 33}" '
        f'text-anchor="middle">{escape(axis)}</text>'
    )
    parts.append("</svg>")
    return "\n".join(parts)
