"""The demo's report as a PNG or SVG picture by matplotlib: memory, gc.collect, construction."""

from __future__ import annotations

import importlib.util
import io
from typing import Any

from . import host
from .demo_text import OURS

OTHERS_COLOUR, OURS_COLOUR = "#9aa7b5", "#1f7a5c"


def available() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def _panels(report: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("bytes an object (resident, values included)", lambda row: row["bytes"]),
        (f"ms, full gc.collect() with {report['objects']:,} alive", lambda row: row["gc_ms"]),
        ("ns to make an object, keyword arguments", lambda row: row["ns"].get("construct_keyword")),
    ]


def render(report: dict[str, Any], kind: str) -> bytes:
    """kind: "png" or "svg"."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = _panels(report)
    figure = Figure(
        figsize=(6.2 * len(report["workloads"]), 3.1 * len(panels) + 0.8),
        dpi=150,
        layout="constrained",
    )
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(panels), len(report["workloads"]), squeeze=False)
    for column, workload in enumerate(report["workloads"]):
        good = [row for row in workload["results"] if row["status"] == "ok"]
        for (axis_label, value), axes in zip(panels, grid[:, column], strict=True):
            rows = [(row, value(row)) for row in good if value(row) is not None]
            drawn = axes.barh(
                [row["label"] for row, _ in rows],
                [amount for _, amount in rows],
                color=[OURS_COLOUR if row["id"] in OURS else OTHERS_COLOUR for row, _ in rows],
            )
            axes.bar_label(
                drawn,
                fmt="%.0f" if max((a for _, a in rows), default=0) >= 50 else "%.1f",
                padding=3,
                fontsize=8,
            )
            axes.invert_yaxis()
            axes.margins(x=0.12)
            axes.set_xlabel(axis_label, fontsize=9)
            axes.tick_params(labelsize=8)
            axes.spines[["top", "right"]].set_visible(False)
        signature = f"{workload['name']}({', '.join(workload['fields'])})"
        grid[0, column].set_title(signature, fontsize=10, loc="left")
    figure.suptitle(f"cslots demo: {host.describe(report)}", fontsize=9)
    out = io.BytesIO()
    figure.savefig(out, format=kind)
    return out.getvalue()
