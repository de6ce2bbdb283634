"""Watches a running program's resident memory, and takes a moment near its peak.

    RSS                      .---x  <- the function that held the data returns: a moment
                        .----'    \\                                    (3.12 and newer)
              x--------'           '-----------  <- the end: its data may be gone
            /  ^ it grew by half, or grew and stands still:
      -----'     a moment, if the time spent stays within the budget
      0 s                                  time

A thread without a `threading.Thread` reads the RSS twenty times a second (more often at first;
10 µs each), and does nothing else while the memory does not grow. It reads from a descriptor that
stays open, far from those that the program gets.
Where Python has sys.monitoring, the thread also marks functions that have been running for a while
when the memory stands at its highest. As such a function returns, its locals are still there; the
moment is taken then, in the program's own thread.

Before a fork the thread ends; it starts again in the parent as its next line runs. So neither the
program nor Python, which warns of forks in processes of several threads, sees it there.
"""

from __future__ import annotations

import _thread
import marshal
import os
import sys
from contextlib import suppress
from time import perf_counter, sleep, thread_time
from types import CodeType
from typing import Any

from . import moment
from .moment import Moment, NoCensus

FCNTL: Any = None
with suppress(ImportError):  # missing only where there is no /proc
    import fcntl  # now: the program may have a module of that name

    FCNTL = fcntl

INTERVALS = ((1.0, 0.01), (10.0, 0.025), (float("inf"), 0.05))  # up to so many seconds, a look each
WORTH = 16 << 20  # bytes of growth below which no moment is taken
STEP = 1.5  # growth since the last moment that asks for another
STANDS_STILL = 0.4  # seconds without growth
BUDGET = 0.10  # of the time so far may go into moments while the program grows ...
GRANTED = 0.5  # ... and this many seconds anyway
LAST_CHANCE = 0.25  # the same where it stands still, or a function is about to return with the data
LAST_GRANTED = 3.0
# Where the memory stands still, so many bytes of growth, and this part of all of it, are worth
# another moment ...
TRIFLE = 1 << 16
TRIFLE_OF = 500
# ... as long as all moments took no more than this part of the time, and what is granted.
TRIFLING = 0.02
SEEN_RUNNING = 2  # looks at which a function has been seen running before its return is waited for
DEEPEST = 400  # frames that are looked through
MISSES = 50  # returns of other calls of a marked function, after which the mark is taken off
HOT = 0.03  # seconds: a function that returns so soon after it was marked is called all the time
FAR = 200  # the lowest number of the descriptor of the watch
LOST = 1.0  # seconds after which a descriptor that the program closed is opened again
# Seconds in which the system takes a thread that ended off its list: only a hang takes longer.
UNLISTED = 10.0


def _monitoring() -> Any:
    """sys.monitoring, of Python 3.12 and newer."""
    return sys.monitoring  # type: ignore[attr-defined,unused-ignore]


class Statm:
    """The resident memory, read from a descriptor that is opened once.

    A descriptor that came and went with each look would have the number that the program's next
    one gets in a plain run. Or the program would close it, open a file of that number, and lose it
    as the watch closes its own.
    """

    def __init__(self) -> None:
        self.number = -1
        self.identity: tuple[int, int] | None = None
        self.lost_at = 0.0
        self._open()

    def _open(self) -> None:
        try:
            low = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
            try:
                self.number = FCNTL.fcntl(low, FCNTL.F_DUPFD_CLOEXEC, FAR)
            finally:
                os.close(low)
            self.identity = self._found()
        except (AttributeError, OSError, ValueError):
            self.number = -1

    def _found(self) -> tuple[int, int] | None:
        try:
            found = os.fstat(self.number)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def read(self) -> int | None:
        if self.identity is None:
            return moment.resident()  # there is no such file here
        if self.number < 0:
            if perf_counter() - self.lost_at < LOST:
                return None
            self._open()
        try:
            if self.number >= 0 and self._found() == self.identity:
                return int(os.pread(self.number, 64, 0).split()[1]) * moment.PAGE
        except (OSError, IndexError, ValueError):
            pass
        self.number, self.lost_at = -1, perf_counter()
        return None

    def close(self) -> None:
        """Closes it, unless the number is another file's by now."""
        if self.number >= 0 and self._found() == self.identity:
            os.close(self.number)
        self.number, self.identity = -1, None


class Watch:
    """start() ... stop(); then `best` is the moment with the most bytes in objects, if any.

    `peak` is the highest RSS that was seen.
    """

    def __init__(self, started: float, peak: bool, samples: int = 0) -> None:
        self.samples = samples
        self.started = started
        self.wants_moments = peak
        self.first: CodeType | None = None  # the program's own first code; our frames lie below
        self.owner = os.getpid()
        self.main = _thread.get_ident()
        self.statm = Statm()
        self.first_rss = self.statm.read() or 0
        self.peak = self.first_rss
        self.peak_at = 0.0
        # The best moment, marshalled: the next census shall not find its thousands of dicts.
        self.kept: bytes | None = None
        self.kept_total = -1
        self.spent = 0.0
        self.moments: list[list[float]] = []  # when, at which RSS, seconds it took
        self.rate = 3e-9  # seconds a resident byte of the last moment; a guess at first
        self.last_rss = self.first_rss
        self.grew_at = 0.0
        self.grew_to = self.first_rss
        self.failed: str | None = None
        self.busy = False
        self.ending = False
        self.wake: Any = None
        self.ended: Any = None
        self.thread = 0
        self.returns = Returns(self) if sys.version_info >= (3, 12) else None
        self.hooked = False

    # --- the thread

    def start(self) -> None:
        if not self.first_rss:
            return
        if not self.hooked and hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._before_fork, after_in_parent=self._after_fork)
            self.hooked = True
        self.ending = False
        self.wake, self.ended = _thread.allocate_lock(), _thread.allocate_lock()
        self.wake.acquire()
        self.ended.acquire()
        try:
            _thread.start_new_thread(self._run, (self.wake, self.ended))
        except RuntimeError:  # no more threads: the end will do
            self.wake = None

    def stop(self) -> None:
        if self.wake is not None:
            self.ending = True
            wake, self.wake = self.wake, None
            wake.release()
            self.ended.acquire()
        if self.returns:
            self.returns.close()
        self.statm.close()

    def _run(self, wake: Any, ended: Any) -> None:
        self.thread = _thread.get_native_id()
        try:
            while not wake.acquire(timeout=self._interval()):
                self.look()
        # The interpreter ends, or something that must never reach the program.
        except BaseException:
            pass
        finally:
            ended.release()

    def _interval(self) -> float:
        now = perf_counter() - self.started
        return next(interval for until, interval in INTERVALS if now < until)

    def _before_fork(self) -> None:
        self._paused = False
        if os.getpid() != self.owner or self.wake is None or _thread.get_native_id() == self.thread:
            return
        self._paused = True
        self.ending = True
        wake, self.wake = self.wake, None
        wake.release()
        self.ended.acquire()
        late = perf_counter() + UNLISTED
        # Until the system has taken it off its list, too.
        while os.path.exists(f"/proc/self/task/{self.thread}") and perf_counter() < late:
            sleep(0.0001)

    def _after_fork(self) -> None:
        if not self._paused:
            return
        if self.returns is None or not self.returns.at_next_line(sys._getframe(1), self.start):
            self.start()

    # --- looking

    def look(self) -> None:
        rss = self.statm.read()
        if rss is None:
            return
        now = perf_counter() - self.started
        if rss > self.peak:
            self.peak, self.peak_at = rss, now
        if not self.wants_moments:
            return
        if rss > self.grew_to * 1.01:
            self.grew_to, self.grew_at = rss, now
        if rss - self.first_rss < WORTH:
            return
        if self.returns and rss > 0.97 * self.peak:
            self.returns.look(now)
        grown = rss - self.first_rss > (self.last_rss - self.first_rss) * STEP
        still = (
            rss >= self.peak * 0.98
            and now - self.grew_at > STANDS_STILL
            and self._worth_a_last_look(rss, now)
        )
        if still or (grown and self._affords(rss, now, GRANTED, BUDGET)):
            self.take(rss)
            if still:  # what grew in between is the moment's own
                self.last_rss = max(self.last_rss, self.statm.read() or 0)

    def _worth_a_last_look(self, rss: int, now: float) -> bool:
        """Is a moment due, where the memory stands still or its data is about to go?

        Only if enough has come since the last moment, and there is time for one.
        """
        trifle = max(TRIFLE, (rss - self.first_rss) // TRIFLE_OF)
        share = LAST_CHANCE if rss > self.last_rss * 1.08 else TRIFLING
        return rss > self.last_rss + trifle and self._affords(rss, now, LAST_GRANTED, share)

    def _affords(self, rss: int, now: float, granted: float, share: float) -> bool:
        return self.spent + (rss - self.first_rss) * self.rate <= granted + share * now

    def take(self, rss: int) -> None:
        if self.busy or self.failed:
            return
        self.busy = True
        began, worked = perf_counter(), thread_time()
        try:
            self.keep(moment.take("peak", self.started, samples=self.samples))
        except NoCensus as error:
            self.failed = str(error)
        except Exception as error:
            self.failed = f"{type(error).__name__}: {error}"
        finally:
            took = perf_counter() - began
            self.spent += took
            self.moments.append([round(began - self.started, 3), rss, round(took, 4)])
            # What the next moment will take if this thread can work all the time.
            self.rate = (thread_time() - worked) / max(rss - self.first_rss, WORTH)
            self.last_rss = max(rss, self.last_rss)
            self.busy = False

    def keep(self, seen: Moment) -> None:
        count = moment.total(seen)
        if count >= self.kept_total:
            self.kept, self.kept_total = marshal.dumps(seen), count

    @property
    def best(self) -> Moment | None:
        """The moment with the most bytes in objects."""
        found: Moment | None = marshal.loads(self.kept) if self.kept is not None else None
        return found

    def returning(self) -> None:
        """A marked function is about to return: the last time its locals can be seen."""
        if self.ending and self.wake is None and self.busy:
            return
        rss = self.statm.read()
        if rss is None or rss - self.first_rss < WORTH:
            return
        now = perf_counter() - self.started
        if rss > self.peak:
            self.peak, self.peak_at = rss, now
        if rss > self.peak * 0.9 and self._worth_a_last_look(rss, now):
            self.take(rss)


class Returns:
    """Marks functions that have been running for a while; the watch hears before they return."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.running: dict[
            int, tuple[CodeType, int, int]
        ] = {}  # id of a frame -> its code, its depth, how often seen
        self.marked: dict[
            CodeType, list[Any]
        ] = {}  # code -> [id of the frame, when it was marked, misses]
        self.hot: set[CodeType] = set()
        self.resumed: dict[
            CodeType, Any
        ] = {}  # code of a frame that forked -> what to do when it goes on
        self.tool: int | None = None
        self.last_look = -1.0

    def look(self, now: float) -> None:
        if now - self.last_look < 0.03:
            return
        self.last_look = now
        frame = sys._current_frames().get(self.watch.main)
        stack: list[tuple[int, CodeType]] = []
        while frame is not None and frame.f_code is not self.watch.first and len(stack) <= DEEPEST:
            stack.append((id(frame), frame.f_code))
            frame = frame.f_back
        if len(stack) > DEEPEST:
            return
        stack.reverse()
        seen: dict[int, tuple[CodeType, int, int]] = {}
        codes: dict[CodeType, int] = {}
        for _, code in stack:
            codes[code] = codes.get(code, 0) + 1
        for depth, (identity, code) in enumerate(stack):
            if codes[code] > 1 or code.co_flags & 0x2A0:  # recursion; generators and coroutines
                continue
            before = self.running.get(identity)
            times = before[2] + 1 if before and before[0] is code and before[1] == depth else 1
            seen[identity] = (code, depth, times)
            if times >= SEEN_RUNNING and code not in self.marked and code not in self.hot:
                self._mark(code, identity)
        self.running = seen

    def _set_events(self, code: CodeType, events: int) -> None:
        _monitoring().set_local_events(self.tool, code, events)

    def at_next_line(self, frame: Any, do: Any) -> bool:
        """Calls `do` as that frame goes on to another line, or returns; False if it cannot."""
        if not self._has_tool():
            return False
        events = _monitoring().events
        self.resumed[frame.f_code] = do
        self._set_events(frame.f_code, events.LINE | events.PY_RETURN)
        return True

    def _on_line(self, code: CodeType, line: int) -> Any:
        do = self.resumed.pop(code, None)
        events = _monitoring().events.PY_RETURN if code in self.marked else 0
        self._set_events(code, events)
        if do is not None and os.getpid() == self.watch.owner:
            do()
        return None

    def _has_tool(self) -> bool:
        if self.tool is None:
            monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
            for tool in (4, 3):
                try:
                    monitoring.use_tool_id(tool, "cslots audit")
                except ValueError:
                    continue
                self.tool = tool
                monitoring.register_callback(tool, monitoring.events.PY_RETURN, self._returning)
                monitoring.register_callback(tool, monitoring.events.LINE, self._on_line)
                break
        return self.tool is not None

    def _mark(self, code: CodeType, identity: int) -> None:
        if not self._has_tool():
            self.watch.returns = None
            return
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        self.marked[code] = [identity, perf_counter(), 0]
        events = monitoring.get_local_events(self.tool, code)
        monitoring.set_local_events(self.tool, code, events | monitoring.events.PY_RETURN)

    def _returning(self, code: CodeType, offset: int, value: object) -> Any:
        if code in self.resumed:
            self._on_line(code, 0)
        mark = self.marked.get(code)
        if mark is None:
            return None
        if perf_counter() - mark[1] < HOT:
            self.hot.add(code)
        elif _thread.get_ident() == self.watch.main and id(sys._getframe(1)) == mark[0]:
            self.watch.returning()
        else:
            mark[2] += 1
            if mark[2] < MISSES:
                return None
        del self.marked[code]
        self._set_events(code, 0)
        return None

    def close(self) -> None:
        if self.tool is not None:
            monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
            for code in [*self.marked, *self.resumed]:
                monitoring.set_local_events(self.tool, code, 0)
            for event in (monitoring.events.PY_RETURN, monitoring.events.LINE):
                monitoring.register_callback(self.tool, event, None)
            monitoring.free_tool_id(self.tool)
            self.tool = None
