"""The command `cslots`: chooses what to run, and says in one clear line what went wrong.

Exit codes: 0 done; 1 a class could not be measured, or a file not written; 2 a wrong command line;
130 Ctrl-C; 141 the reader of the output went away. `audit` ends as the program does that it ran.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from .measure import add_bench, add_demo, run_bench, run_demo
from .parser import Failure, Parser, UsageError, suggestion

# ---- audit ----


def add_audit(parser: Parser) -> None:
    from . import audit

    audit.add_audit(parser)


def run_audit(options: argparse.Namespace) -> int:
    from . import audit

    return audit.run_audit(options)


def add_report(parser: Parser) -> None:
    from . import audit

    audit.add_report(parser)


def run_report(options: argparse.Namespace) -> int:
    from . import audit

    return audit.run_report(options)


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
            f"cslots: unknown {what} '{first[:60]}'{suggestion(first, COMMANDS)} (commands: "
            f"{known})"
        )
    _, add, run = COMMANDS[first]
    parser = Parser(prog=f"cslots {first}")
    add(parser)
    program = None
    if first == "audit":  # what follows the program's name is the program's
        from .audit import split

        rest, program = split(rest)
    options, extra = parser.parse_known_args(rest)
    options.program = program
    if extra:
        names = [name for action in parser._actions for name in action.option_strings]
        what = "option" if extra[0].startswith("-") else "argument"
        raise UsageError(
            f"{parser.prog}: unknown {what} "
            f"'{extra[0][:60]}'{suggestion(extra[0].partition('=')[0], names)}"
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
