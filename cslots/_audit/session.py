"""One run of `cslots audit`: starts the program, keeps its moments, and writes the report.

The report goes to the stderr that was there when the command began, or to files. The exit code is
that of the program; only `--fail-over` changes it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from time import perf_counter
from typing import Any

from .._cli.parser import Failure, UsageError, suggestion
from . import run
from .moment import Moment, NoCensus, take, total
from .watch import Watch
from .words import size as words

SAMPLED = 12  # classes whose values are kept for --prove

TOO_MUCH = 3  # exit code of --fail-over

SIGNALS = ("USR1", "USR2", "HUP", "QUIT", "INFO", "TERM", "ALRM", "VTALRM", "PROF")


class Stderr:
    """The stderr of the command: the program may close, replace or redirect its own."""

    def __init__(self) -> None:
        self.number = -1
        self.identity: tuple[int, int, int] | None = None
        self.terminal = False
        try:
            import fcntl

            # Far away: the numbers that the program gets are those of a plain run.
            self.number = fcntl.fcntl(2, fcntl.F_DUPFD_CLOEXEC, 200)
        except (ImportError, OSError, ValueError):
            try:
                self.number = os.dup(2)
            except OSError:
                return
        self.identity = self._identity(self.number)
        self.terminal = os.isatty(self.number)

    @staticmethod
    def _identity(number: int) -> tuple[int, int, int] | None:
        try:
            found = os.fstat(number)
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_rdev

    def isatty(self) -> bool:
        return self.terminal

    def fileno(self) -> int:
        return self.number

    def write(self, text: str) -> None:
        """To the file of the beginning, or nowhere: a number may be another file's by now."""
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(BaseException):
                stream.flush()
        for number in (self.number, 2):
            if (
                number >= 0
                and self.identity is not None
                and self._identity(number) == self.identity
            ):
                data = self._encoded(text)
                try:
                    while data:
                        data = data[os.write(number, data) :]
                    return
                except OSError:
                    continue

    def _encoded(self, text: str) -> bytes:
        encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
        try:
            return text.encode(encoding, "replace")
        except LookupError:
            return text.encode("ascii", "replace")


class Session:
    """One run of a program: starts it, keeps its moments, reports."""

    def __init__(self, options: argparse.Namespace, program: run.Program) -> None:
        from .._measure import output

        self.options = options
        self.program = program
        self.files = {
            kind: os.path.abspath(path)
            for kind in ("output", "json", "html")
            if (path := getattr(options, kind)) is not None
        }
        empty = [kind for kind in ("output", "json", "html") if getattr(options, kind) == ""]
        if empty:
            raise UsageError(f"cslots audit: --{empty[0]}: the name of the file is empty")
        try:
            output.check(list(self.files.values()), options.force)
        except output.OutputError as error:
            raise Failure(str(error)) from None
        self.files_written: set[str] = set()
        self.output = output
        self.stderr = Stderr()
        self.path = list(sys.path)
        self.owner = os.getpid()
        self.notes: list[str] = []
        self.signalled = 0
        self.samples = SAMPLED if options.prove else 0
        self.reported: dict[str, Any] | None = None
        self.code = 0
        self.children: Any = None

    def go(self) -> int:
        number = self._signal_number() if self.options.at == "signal" else None
        try:
            target = run.load(self.program)
        except run.NotStarted as error:
            print(f"cslots audit: {error}", file=sys.stderr)
            return error.code
        if isinstance(target, run.Outcome):
            if not self.options.quiet:
                self.stderr.write(
                    "cslots audit: the program did not start; there is nothing to report\n"
                )
            return run.leave(target)
        with contextlib.suppress(ImportError):  # what is wrong is told when it is needed
            # Now, before the program changes what an import finds.
            from cslots import _census  # noqa: F401

        self.main_file = target.module.__dict__.get("__file__")
        self.started = perf_counter()
        self.watch = Watch(
            self.started, peak=self.options.at in ("auto", "peak"), samples=self.samples
        )
        self.watch.first = target.code
        if self.options.children:
            from .children import Children

            self.children = Children(self.options.at)
        if number is not None:
            self._listen(number)
        self._catch_exit()
        self.watch.start()
        outcome = run.execute(target)
        if os.getpid() != self.owner:  # a child that the program forked: it ends as it would
            return run.leave(outcome)
        run.finish_threads()
        self._finish(outcome)
        if outcome.code == 0 and self.code and not outcome.interrupted:
            return self.code
        return run.leave(outcome)

    def _catch_exit(self) -> None:
        """os._exit ends a process without a word to anybody; the report is written before."""
        real = os._exit

        def _exit(status: int) -> Any:
            if os.getpid() == self.owner and self.reported is None and type(status) is int:
                self.notes.append("The program ended itself with os._exit.")
                with contextlib.suppress(BaseException):
                    self._finish(None)
            real(status)

        os._exit = _exit

    def _finish(self, outcome: run.Outcome | None) -> None:
        """The report at the end of the program, unless a signal has asked for it already."""
        self.watch.stop()
        if (
            outcome is not None
            and outcome.error is not None
            and not isinstance(outcome.error, SystemExit)
        ):
            what = (
                "was interrupted"
                if outcome.interrupted
                else f"ended by {type(outcome.error).__name__}"
            )
            self.notes.append(f"The program {what}; what was alive then is counted.")
        if self.signalled:
            return
        if self.options.at == "signal":
            self.notes.append(
                f"No SIG{self.options.signal} came while the program ran; this is its end."
            )
        try:
            chosen = self._choose()
            self._report(chosen, outcome)
        except NoCensus as error:
            self.stderr.write(f"cslots audit: {error}\n")
            self.code = 1
        except MemoryError:
            self.stderr.write("cslots audit: there is not enough memory left for a report\n")
            self.code = 1
        except KeyboardInterrupt:
            self.stderr.write("cslots audit: interrupted; no report\n")
            self.code = 130
        except Exception as error:  # a bug of ours must not look like one of the program
            self.stderr.write(f"cslots audit: no report: {type(error).__name__}: {error}\n"[:500])
            self.code = 1

    def _choose(self) -> Moment:
        """The moment that the report is about, and what the others say about it."""
        try:
            end: Moment | None = take("end", self.started, samples=self.samples)
        except NoCensus:
            if self.watch.kept is None:
                raise
            end = None
        peak = self.watch.best
        if self.options.at == "peak" and peak is None:
            self.notes.append(
                "The resident memory grew too little, or too fast, for a moment near its peak; "
                "this is the end."
            )
        if end is None:
            assert peak is not None
            self.notes.append("There was not enough memory to count at the end.")
            return peak
        if peak is None:
            return end
        chosen, other = (end, peak) if total(end) >= 0.98 * total(peak) else (peak, end)
        if self.options.at == "peak":
            chosen, other = peak, end
        self._compare(chosen, other)
        return chosen

    @staticmethod
    def _compare(chosen: Moment, other: Moment) -> None:
        """Marks the attributes whose values are the same in both moments: none was assigned."""
        before = {row["name"]: row for row in other["classes"]}
        for row in chosen["classes"]:
            old = before.get(row["name"])
            if old is None or old["objects"] != row["objects"] or not row["objects"]:
                continue
            for name, seen in row["attributes"].items():
                was = old["attributes"].get(name)
                if (
                    was
                    and seen.get("fingerprint") is not None
                    and was.get("fingerprint") == seen["fingerprint"]
                ):
                    seen["unchanged"] = True

    # --- signals

    def _signal_number(self) -> int:
        import signal

        word = self.options.signal.upper().removeprefix("SIG")
        number = getattr(signal, f"SIG{word}", None)
        if number is None or word not in SIGNALS:
            there = [name for name in SIGNALS if hasattr(signal, f"SIG{name}")]
            raise UsageError(
                "cslots audit: --signal: unknown "
                f"'{self.options.signal[:20]}'{suggestion(word, there)} (known: "
                f"{', '.join(there)})"
            )
        self.options.signal = word
        return int(number)

    def _listen(self, number: int) -> None:
        import signal

        def arrived(number: int, frame: Any) -> None:
            if os.getpid() != self.owner or self.watch.busy:
                return
            self.signalled += 1
            self.watch.busy = True
            try:
                self._report(take("signal", self.started, samples=self.samples), None)
            except NoCensus as error:
                self.stderr.write(f"cslots audit: {error}\n")
            finally:
                self.watch.busy = False

        signal.signal(number, arrived)

    # --- the report

    def _report(self, seen: Moment, outcome: run.Outcome | None) -> None:
        from .imports import our_imports

        with our_imports(self.path, self.main_file):
            from . import schema, table

            if self.watch.failed:
                self.notes.append(
                    f"Near the peak the objects could not be counted: {self.watch.failed}."
                )
            if seen["at"] == "peak" and seen["rss"] and self.watch.peak > 1.15 * seen["rss"]:
                self.notes.append(
                    f"The resident memory went up to {words(self.watch.peak)} after this moment; "
                    "data that lives longer shows more."
                )
            report = schema.assemble(
                seen,
                program={
                    "name": str(self.program)[:200],
                    "arguments": self.program.arguments,
                    "exit_code": outcome.code if outcome else None,
                },
                main_file=self.main_file,
                notes=self.notes,
            )
            if self.children:
                report["children"] = self.children.collect(self.main_file)
                report["notes"] += self.children.notes
            else:
                from .children import unseen

                report["notes"] += unseen()
            report["watched"] = {
                "start_rss": self.watch.first_rss,
                "peak_rss": max(self.watch.peak, seen["rss"] or 0),
                "peak_at": round(self.watch.peak_at, 3),
                "moments": self.watch.moments,
            }
            if self.options.prove:
                from .prove import prove

                prove(report, seen.get("samples") or {})
            self.reported = report
            self._write(report, table)
        self._judge(report)

    def _write(self, report: dict[str, Any], table: Any) -> None:
        if not self.options.quiet and "output" not in self.files:
            width = table.width_of(self.stderr)
            text = table.render(
                report, top=self.options.top, width=width, colour=self.stderr.isatty()
            )
            self.stderr.write("\n" + text)
        for kind, path in self.files.items():
            try:
                if kind == "output":
                    data = table.render(report, top=self.options.top).encode()
                elif kind == "json":
                    from .schema import dumps

                    data = dumps(report)
                else:
                    from .html import page

                    data = page(report, self.options.top)
                self.output.write(path, data, self.options.force or path in self.files_written)
                self.files_written.add(path)
            except self.output.OutputError as error:
                self.stderr.write(f"cslots audit: {error}\n")
                self.code = 1

    def _judge(self, report: dict[str, Any]) -> None:
        verdict = over(report, self.options.fail_over)
        if verdict:
            self.stderr.write(f"cslots audit: {verdict}\n")
            self.code = TOO_MUCH


def over(report: dict[str, Any], limit: int | None) -> str:
    """Why `--fail-over` fails; empty if it does not."""
    saves = report["total"]["saves"]
    if limit is None or saves <= limit:
        return ""
    return f"{words(saves)} can be saved, more than the {words(limit)} of --fail-over"
