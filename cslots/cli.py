"""The command `cslots`: arguments, exit codes, and one clear line for whatever went wrong.

Exit codes: 0 done; 1 a class could not be measured, or a file not written; 2 a wrong command line; 130 Ctrl-C; 141 the
reader of the output went away; `audit` ends as the program does that it ran. What a command does is in `_measure` and `_audit`,
imported when it is asked for.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from ._measure.bench import Selection

BYTES_AN_OBJECT = (
    720  # the hungriest contestant and the slots class beside it, with their slots in lists
)


class UsageError(Exception):
    """A wrong command line; the text is for the user."""


class Failure(Exception):
    """The command could not do its work; the text is for the user."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message.removeprefix('argument ')}")


def suggestion(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean '{close[0]}'?" if close else ""


def positive(text: str) -> int:
    try:
        value = int(text.replace(",", "").replace("_", ""))
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(
            f"expected a whole number of at least 1, got {text[:60]!r}"
        )
    return value


def choose(option: str, text: str | None, known: Sequence[str]) -> list[str]:
    """The items of a comma-separated list, each one of `known`; all of `known` if there is no list."""
    if text is None:
        return list(known)
    asked = [word.strip() for word in text.split(",") if word.strip()]
    for word in asked:
        if word not in known:
            raise UsageError(
                f"cslots bench: {option}: unknown '{word}'{suggestion(word, known)} (known: {', '.join(known)})"
            )
    if not asked:
        raise UsageError(f"cslots bench: {option}: the list is empty (known: {', '.join(known)})")
    return [word for word in known if word in asked]


# ---------------------------------------------------------------------------------------------- demo


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
    from ._measure import demo, output, picture
    from ._measure.progress import progress

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
        from ._measure import demo_text

        demo_text.show(report)
    for kind, path in files.items():
        if kind == "html":
            from ._measure import page

            data = page.render(report)
        else:
            data = picture.render(report, kind)
        try:
            output.write(path, data, options.force)
        except output.OutputError as error:
            raise Failure(str(error)) from None
        print(f"wrote {path}", file=sys.stderr)
    return tell_failures(demo.failures(report))


# --------------------------------------------------------------------------------------------- bench


def add_bench(parser: Parser) -> None:
    parser.description = "Measures users, game entities and ticks in depth, against every installed peer, as ratios to __slots__."
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
    from ._measure import bench, pool_report
    from ._measure.progress import progress

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
        from ._measure import bench_text

        bench_text.show(report)
    return tell_failures(bench.failures(report))


def select(options: argparse.Namespace) -> Selection:
    from ._measure.bench import GROUPS, Selection
    from ._measure.contestants import CONTESTANTS
    from ._measure.workloads import WORKLOADS

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


# ------------------------------------------------------------------------------------------- audit


def add_audit(parser: Parser) -> None:
    from ._audit import command

    command.add_audit(parser)


def run_audit(options: argparse.Namespace) -> int:
    from ._audit import command

    return command.run_audit(options)


def add_report(parser: Parser) -> None:
    from ._audit import command

    command.add_report(parser)


def run_report(options: argparse.Namespace) -> int:
    from ._audit import command

    return command.run_report(options)


# ---------------------------------------------------------------------------------------------- both


def print_json(report: dict[str, Any]) -> None:
    import json

    print(json.dumps(report, indent=1, allow_nan=False))


def enough_memory(objects: int) -> None:
    """Refuses a number of objects that would make the machine swap."""
    from ._measure.host import available_memory

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


COMMANDS: dict[str, tuple[str, Callable[[Parser], None], Callable[[argparse.Namespace], int]]] = {
    "demo": ("what slots save, and what cslots saves, on a million objects", add_demo, run_demo),
    "bench": ("the performance test in depth, against every installed peer", add_bench, run_bench),
    "audit": (
        "which classes of a program to convert, what that saves, and what would break",
        add_audit,
        run_audit,
    ),
    "report": ("draws again what cslots audit --json wrote", add_report, run_report),
}


def version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("cslots")
    except PackageNotFoundError:
        return "(not installed)"


def parse(
    arguments: Sequence[str],
) -> tuple[Callable[[argparse.Namespace], int], argparse.Namespace] | None:
    """The command and its options; None if help or the version was printed."""
    top = Parser(
        prog="cslots",
        description="Python objects at C-struct size.",
        add_help=False,
        usage="cslots COMMAND [options]",
    )
    known = ", ".join(COMMANDS)
    if not arguments:
        raise UsageError(f"cslots: no command given (commands: {known}); cslots --help says more")
    first, rest = arguments[0], list(arguments[1:])
    if first in ("-h", "--help", "help"):
        top.epilog = "cslots COMMAND --help shows the options of a command."
        commands = top.add_argument_group("commands")
        for name, (summary, _, _) in COMMANDS.items():
            commands.add_argument(name, help=summary)
        top.print_help()
        return None
    if first == "--version":
        print(f"cslots {version()}")
        return None
    if first not in COMMANDS:
        what = "option" if first.startswith("-") else "command"
        raise UsageError(
            f"cslots: unknown {what} '{first[:60]}'{suggestion(first, COMMANDS)} (commands: {known})"
        )
    _, add, run = COMMANDS[first]
    parser = Parser(prog=f"cslots {first}")
    add(parser)
    program = None
    if first == "audit":  # what follows the program's name is the program's
        from ._audit.command import split

        rest, program = split(rest)
    options, extra = parser.parse_known_args(rest)
    options.program = program
    if extra:
        names = [name for action in parser._actions for name in action.option_strings]
        what = "option" if extra[0].startswith("-") else "argument"
        raise UsageError(
            f"{parser.prog}: unknown {what} '{extra[0][:60]}'{suggestion(extra[0].partition('=')[0], names)}"
        )
    return run, options


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command -> its exit code."""
    chosen = None
    try:
        try:
            chosen = parse(sys.argv[1:] if arguments is None else arguments)
            code = chosen[0](chosen[1]) if chosen else 0
        except SystemExit as stop:  # argparse, after --help
            code = int(stop.code or 0)
        except UsageError as error:
            print(error, file=sys.stderr)
            code = 2
        except Failure as error:
            print(f"cslots: {error}", file=sys.stderr)
            code = 1
        if chosen is None or chosen[0] is not run_audit:  # there stdout is the program's
            sys.stdout.flush()
        return code
    except KeyboardInterrupt as stop:
        if getattr(stop, "of_program", False):
            raise
        return 130
    except BrokenPipeError:
        # Nobody reads: what is still in the buffer must not raise again when Python closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


if __name__ == "__main__":
    sys.exit(main())
