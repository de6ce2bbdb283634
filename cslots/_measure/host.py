"""Where a report was measured: the Python, its build, the machine, and how quiet it was."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
from collections.abc import Iterable
from time import perf_counter
from typing import Any

from .build import system


def machine() -> dict[str, Any]:
    return {
        **system(),
        "processor": _processor(),
        "cpus": os.cpu_count(),
    }


def _processor() -> str | None:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or None


def versions(packages: Iterable[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def describe(report: dict[str, Any]) -> str:
    """One line: CPython 3.14.0, PGO, LTO; Linux x86_64; 1,000,000 objects of each class."""
    py, box = report["python"], report["platform"]
    build = [name for name, on in (("PGO", py["pgo"]), ("LTO", py["lto"])) if on] or [
        "neither PGO nor LTO"
    ]
    build += [
        name for name, on in (("debug", py["debug"]), ("free-threaded", py["free_threaded"])) if on
    ]
    return (
        f"{py['implementation']} {py['version']} ({', '.join(build)}), {box['system']} "
        f"{box['machine']}, "
        f"{report['objects']:,} objects of each class"
    )


def available_memory() -> int | None:
    """Bytes that can be had without swapping, where the system says so."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def spin() -> float:
    """ms of a fixed loop: compared over a run it shows how far the machine wanders."""

    def once() -> float:
        start, total = perf_counter(), 0
        for i in range(100_000):
            total += i & 7
        return perf_counter() - start

    once()
    return statistics.median(once() for _ in range(15)) * 1e3


def noise(spreads: list[float], spins: list[float]) -> dict[str, Any]:
    """Of the spreads (median/min - 1 of a loop): the middle, the 90th percentile, the worst."""
    ordered = sorted(spreads)
    at = (
        (lambda share: round(ordered[int((len(ordered) - 1) * share)] * 100, 2))
        if ordered
        else (lambda share: None)
    )
    return {
        "timings": len(ordered),
        "median_percent": at(0.5),
        "p90_percent": at(0.9),
        "worst_percent": at(1.0),
        "spin_ms": [round(ms, 3) for ms in spins],
    }


def describe_noise(report: dict[str, Any]) -> str:
    n = report["noise"]
    if not n["timings"]:
        return "Noise: nothing was timed."
    text = (
        f"Noise (median/min - 1 of {n['timings']} timings): half under {n['median_percent']:.1f} "
        "%, "
        f"90 % under {n['p90_percent']:.1f} %, worst {n['worst_percent']:.0f} %."
    )
    if len(n["spin_ms"]) > 1:
        text += (
            f" A fixed loop took {n['spin_ms'][0]:.2f} ms at the start, "
            f"{n['spin_ms'][-1]:.2f} ms at the end."
        )
    return text
