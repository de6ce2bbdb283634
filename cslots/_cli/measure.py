"""The commands `cslots demo` and `cslots bench`: arguments, output, exit codes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .parser import Failure, Parser, UsageError, positive, suggestion

if TYPE_CHECKING:
    from .._measure.bench import Selection


BYTES_AN_OBJECT = (
    720  # the hungriest contestant and the slots class beside it, with their slots in lists
)


def choose(option: str, text: str | None, known: Sequence[str]) -> list[str]:
    """The items of a comma-separated list, each one of `known`; without a list, all of `known`."""
    if text is None:
        return list(known)
    asked = [word.strip() for word in text.split(",") if word.strip()]
    for word in asked:
        if word not in known:
            raise UsageError(
                f"cslots bench: {option}: unknown '{word}'{suggestion(word, known)} (known: "
                f"{', '.join(known)})"
            )
    if not asked:
        raise UsageError(f"cslots bench: {option}: the list is empty (known: {', '.join(known)})")
    return [word for word in known if word in asked]


def add_demo(parser: Parser) -> None:
    parser.description = (
        "Makes a million users and a million game entities in each way to write such a class, "
        "every one in a fresh process, and shows what they really cost."
    )
    parser.add_argument(
        "-n",
        "--objects",
        type=positive,
        default=1_000_000,
        metavar="N",
        help="objects of each class (default 1,000,000)",
    )
    parser.add_argument("--png", metavar="FILE", help="write the picture as PNG (needs matplotlib)")
    parser.add_argument("--svg", metavar="FILE", help="write the picture as SVG (needs matplotlib)")
    parser.add_argument("--html", metavar="FILE", help="write one self-contained page")
    parser.add_argument("--force", action="store_true", help="write over files that exist")
    parser.add_argument(
        "--json", action="store_true", help="print the report as JSON instead of tables"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress on stderr")


def run_demo(options: argparse.Namespace) -> int:
    from .._measure import demo, output, picture
    from .._measure.progress import progress

    files = {
        kind: path
        for kind in ("png", "svg", "html")
        if (path := getattr(options, kind)) is not None
    }
    for kind in ("png", "svg"):
        if kind in files and not picture.available():
            raise Failure(
                f"--{kind} needs matplotlib: pip install 'cslots[plot]' (--html works without)"
            )
    try:
        output.check(list(files.values()), options.force)
    except output.OutputError as error:
        raise Failure(str(error)) from None
    enough_memory(options.objects)
    with progress(demo.steps(), options.quiet) as shown:
        report = demo.measure(options.objects, shown)
    # The tables first: a file that cannot be written after all costs the file, not the measuring.
    if options.json:
        print_json(report)
    else:
        from .._measure import demo_text

        demo_text.show(report)
    for kind, path in files.items():
        if kind == "html":
            from .._measure import page

            data = page.render(report)
        else:
            data = picture.render(report, kind)
        try:
            output.write(path, data, options.force)
        except output.OutputError as error:
            raise Failure(str(error)) from None
        print(f"wrote {path}", file=sys.stderr)
    return tell_failures(demo.failures(report))


def add_bench(parser: Parser) -> None:
    parser.description = (
        "Measures users, game entities and ticks in depth, against every "
        "installed peer, as ratios to __slots__."
    )
    parser.add_argument(
        "--only", metavar="LIST", help="classes to measure, separated by commas (--list shows them)"
    )
    parser.add_argument(
        "--groups", metavar="LIST", help="what to measure, separated by commas (--list shows them)"
    )
    parser.add_argument(
        "--workloads",
        metavar="LIST",
        help="W1 (User), W2 (GameEntity), W3 (Tick), separated by commas",
    )
    parser.add_argument(
        "-n",
        "--objects",
        type=positive,
        metavar="N",
        help="objects alive for memory and gc (default 1,000,000)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the objects and fewer samples"
    )
    parser.add_argument(
        "--long", action="store_true", help="pools of up to 100,000,000 rows (some 3 GB)"
    )
    parser.add_argument(
        "--list", action="store_true", help="show classes and groups, and measure nothing"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the report as JSON instead of tables"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress on stderr")


def run_bench(options: argparse.Namespace) -> int:
    from .._measure import bench, pool_report
    from .._measure.progress import progress

    selection = select(options)
    if options.list:
        list_bench(selection)
        return 0
    scale = bench.QUICK if options.quick else bench.Scale()
    if options.long:
        if options.quick:
            raise UsageError("cslots bench: --long and --quick: give one of them")
        scale = scale._replace(pool=pool_report.LONG)
    if options.objects:
        few = {
            name: min(rows, options.objects)
            for name, rows in scale.pool._asdict().items()
            if name != "samples"
        }
        pool = scale.pool if options.long else scale.pool._replace(**few)
        scale = scale._replace(
            objects=options.objects, pickled=min(scale.pickled, options.objects), pool=pool
        )
    if selection.memory:
        enough_memory(scale.objects)
    with progress(selection.steps(), options.quiet) as shown:
        report = bench.measure(selection, scale, shown)
    if options.json:
        print_json(report)
    else:
        from .._measure import bench_text

        bench_text.show(report)
    return tell_failures(bench.failures(report))


def select(options: argparse.Namespace) -> Selection:
    from .._measure.bench import GROUPS, Selection
    from .._measure.contestants import CONTESTANTS
    from .._measure.workloads import WORKLOADS

    classes = choose("--only", options.only, list(CONTESTANTS))
    groups = choose("--groups", options.groups, GROUPS)
    workloads = choose("--workloads", options.workloads, list(WORKLOADS))
    # Bytes and collections are compared with the slots row, so it is always there.
    chosen = [c for c in CONTESTANTS.values() if c.id in classes or c.id == "slots"]
    return Selection(chosen, groups, [WORKLOADS[key] for key in workloads])


def list_bench(selection: Selection) -> None:
    print("classes (--only):")
    for c in selection.contestants:
        reason = c.missing()
        print(f"  {c.id:16} {c.label:18} {'skipped: ' + reason if reason else ''}".rstrip())
    print(f"groups (--groups):\n  {', '.join(selection.groups)}")
    print("workloads (--workloads):")
    for w in selection.workloads:
        print(f"  {w.id}  {w.name}({', '.join(w.field_names)})")


def print_json(report: dict[str, Any]) -> None:
    import json

    print(json.dumps(report, indent=1, allow_nan=False))


def enough_memory(objects: int) -> None:
    """Refuses a number of objects that would make the machine swap."""
    from .._measure.host import available_memory

    needed, free = objects * BYTES_AN_OBJECT, available_memory()
    if free is not None and needed > free:
        raise Failure(
            f"-n {objects}: needs about {needed / 1e9:,.1f} GB, {free / 1e9:,.1f} GB are free"
        )


def tell_failures(failures: list[str]) -> int:
    if not failures:
        return 0
    print(
        f"cslots: could not measure {len(failures)} of the classes: {'; '.join(failures)}",
        file=sys.stderr,
    )
    return 1
