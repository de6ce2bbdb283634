"""The commands `cslots audit` and `cslots report`: arguments, where the report goes, exit codes.

    cslots audit [options] script.py args...     what follows the program's name is the program's
    cslots audit [options] -m module args...
    cslots audit --diff before.json after.json
    cslots report data.json

What the program prints is its own, and the exit code is that of the program. Only `--fail-over`
changes it: a program that succeeded, with more to save than that, ends with 3.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any

from .._audit import run
from .._audit.session import TOO_MUCH, Session, over
from .._audit.words import size as words
from .parser import Failure, Parser, UsageError, positive, suggestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def size(text: str) -> int:
    """20MB, 1.5GB, 300k, 4096; also MiB."""
    match = re.fullmatch(r"\s*([0-9][0-9_,]*(?:\.[0-9]+)?)\s*([kMGT]?)(i?)[bB]?\s*", text, re.I)
    if not match:
        raise argparse.ArgumentTypeError(f"expected a size such as 20MB, got {text[:60]!r}")
    base = 1024 if match[3] else 1000
    power = " kmgt".index(match[2].lower() or " ")
    return round(float(match[1].replace("_", "").replace(",", "")) * float(base**power))


# ---- arguments ----


def add_audit(parser: Parser) -> None:
    parser.usage = (
        "cslots audit [options] script.py args...\n"
        "       cslots audit [options] -m module args...\n"
        "       cslots audit --diff before.json after.json"
    )
    parser.description = (
        "Runs a Python program, unmodified, and says which of its classes to "
        "convert, what that saves in real bytes, and what would break."
    )
    parser.epilog = "Options stand before the program; what follows it is the program's."
    parser.add_argument(
        "-m", dest="module", metavar="MODULE", help="run a module, as python -m does"
    )
    parser.add_argument(
        "-c", dest="code", metavar="CODE", help="run a line of Python, as python -c does"
    )
    parser.add_argument(
        "--at",
        choices=("auto", "exit", "peak", "signal"),
        default="auto",
        help="when to count: at the end, near the peak of the resident memory, at a signal; auto: "
        "at the end or near the peak, "
        "where more objects were (the default)",
    )
    parser.add_argument(
        "--signal",
        default="USR1",
        metavar="NAME",
        help="the signal that --at signal waits for (default USR1)",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write the report as text into a file instead of to stderr"
    )
    parser.add_argument(
        "--json", metavar="FILE", help="write the report as data, for cslots report and --diff"
    )
    parser.add_argument(
        "--html", metavar="FILE", help="write the report as one self-contained page"
    )
    parser.add_argument("--force", action="store_true", help="write over files that exist")
    parser.add_argument(
        "--top", type=positive, default=10, metavar="N", help="rows of the table (default 10)"
    )
    parser.add_argument(
        "--prove",
        action="store_true",
        help="make objects of each form in fresh processes and measure them",
    )
    parser.add_argument(
        "--children", action="store_true", help="count in multiprocessing's child processes, too"
    )
    parser.add_argument(
        "--fail-over",
        type=size,
        metavar="SIZE",
        help=f"exit code {TOO_MUCH} if more than this can be saved (20MB)",
    )
    parser.add_argument(
        "--diff",
        nargs=2,
        metavar=("A", "B"),
        help="compare two reports instead of running a program",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no report on stderr")


FLAGS = {"--force", "--prove", "--children", "-q", "--quiet", "-h", "--help"}
VALUED = {
    "--at": 1,
    "--signal": 1,
    "--output": 1,
    "--json": 1,
    "--html": 1,
    "--top": 1,
    "--fail-over": 1,
    "--diff": 2,
}


def split(arguments: Sequence[str]) -> tuple[list[str], run.Program | None]:
    """Our options, and the program with its own arguments."""
    ours: list[str] = []
    k = 0
    while k < len(arguments):
        word = arguments[k]
        if word == "--":
            k += 1
            break
        if word in ("-m", "-c"):
            if k + 1 >= len(arguments):
                raise UsageError(f"cslots audit: {word}: expected one argument")
            kind = "module" if word == "-m" else "code"
            return ours, run.Program(kind, arguments[k + 1], list(arguments[k + 2 :]))
        if word in VALUED:
            ours += arguments[k : k + 1 + VALUED[word]]
            k += 1 + VALUED[word]
            continue
        if not word.startswith("-") or word == "-":
            break
        if word not in FLAGS and word.partition("=")[0] not in VALUED:
            raise UsageError(
                "cslots audit: unknown option "
                f"'{word[:60]}'{suggestion(word.partition('=')[0], [*FLAGS, *VALUED])}"
            )
        ours.append(word)
        k += 1
    rest = list(arguments[k:])
    return ours, run.Program("script", rest[0], rest[1:]) if rest else None


def run_audit(options: argparse.Namespace) -> int:
    program: run.Program | None = options.program
    if options.diff:
        if program:
            raise UsageError(
                "cslots audit: --diff compares two reports; it runs no program "
                f"('{program.name[:60]}')"
            )
        return _diff(options)
    if program is None:
        raise UsageError(
            "cslots audit: no program given (cslots audit script.py, cslots audit -m module)"
        )
    if program.name == "-":
        raise UsageError("cslots audit: a program from stdin is not supported; give a file")
    session = Session(options, program)
    return session.go()


# ---- report and diff ----


# What drawing a report raises in which something else stands.
DAMAGED = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
)


def _load(path: str) -> dict[str, Any]:
    from .._audit import schema

    try:
        return schema.load(path)
    except schema.BadReport as error:
        raise Failure(str(error)) from None


def _diff(options: argparse.Namespace) -> int:
    from .._audit import diff

    if options.html:
        raise UsageError("cslots audit: --diff has no --html")
    before, after = _load(options.diff[0]), _load(options.diff[1])
    try:
        found = diff.compare(before, after)
        text = diff.render(found)
    except DAMAGED:
        raise Failure(f"{options.diff[0]} or {options.diff[1]} is a damaged report") from None
    _write_text(options, text, found)
    if options.fail_over is not None and found["grown"] > options.fail_over:
        print(
            f"cslots: the classes grew by {words(found['grown'])}, more than the "
            f"{words(options.fail_over)} of --fail-over",
            file=sys.stderr,
        )
        return TOO_MUCH
    return 0


def add_report(parser: Parser) -> None:
    parser.description = "Draws a report again that cslots audit --json wrote."
    parser.add_argument("file", metavar="DATA.json")
    parser.add_argument("--html", metavar="FILE", help="write one self-contained page")
    parser.add_argument(
        "--output", metavar="FILE", help="write the text into a file instead of to stdout"
    )
    parser.add_argument("--force", action="store_true", help="write over files that exist")
    parser.add_argument(
        "--top", type=positive, default=10, metavar="N", help="rows of the table (default 10)"
    )
    parser.add_argument(
        "--fail-over",
        type=size,
        metavar="SIZE",
        help=f"exit code {TOO_MUCH} if more than this can be saved (20MB)",
    )


def run_report(options: argparse.Namespace) -> int:
    from .._audit import table

    report = _load(options.file)
    colour = sys.stdout.isatty() and options.output is None
    options.json = None
    try:
        text = table.render(
            report, top=options.top, width=table.width_of(sys.stdout), colour=colour
        )
        verdict = over(report, options.fail_over)
        page = None
        if options.html:
            from .._audit.html import page as draw

            page = draw(report, options.top)
    except DAMAGED as error:
        raise Failure(f"{options.file}: is a damaged report ({type(error).__name__})") from None
    _write_text(options, text, report, page)
    if verdict:
        print(f"cslots: {verdict}", file=sys.stderr)
        return TOO_MUCH
    return 0


def _write_text(
    options: argparse.Namespace, text: str, data: dict[str, Any], page: bytes | None = None
) -> None:
    from .._audit.schema import dumps
    from .._measure import output

    files = {
        kind: path
        for kind in ("output", "json", "html")
        if (path := getattr(options, kind)) is not None
    }
    try:
        output.check(list(files.values()), options.force)
        for kind, path in files.items():
            if kind == "output":
                made = text.encode()
            elif kind == "json":
                made = dumps(data)
            else:
                made = page or b""
            output.write(path, made, options.force)
            print(f"wrote {path}", file=sys.stderr)
    except output.OutputError as error:
        raise Failure(str(error)) from None
    if "output" not in files:
        sys.stdout.write(text if _can_show(text) else text.encode("ascii", "replace").decode())


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
