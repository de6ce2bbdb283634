"""Runs a program in this process as `__main__`, as `python script.py` and `python -m module` do.

    cslots audit            python
    ------------            ------
    load()                  finds the code; sys.argv, sys.path[0], a new module __main__
    execute()               runs it; prints what nobody caught, in the program's words -> Outcome
    finish_threads()        waits for the threads, as Python does before it calls atexit's functions
    leave()                 the exit code of the program, or death by Ctrl-C

The census is taken before `leave`: the module __main__ is alive, and so are, in the traceback of an
uncaught exception, the frames of the functions that it came through. The program finds two things
that a plain run does not have: the frames of cslots lie under its first one, and cslots, with what
it imports, is in sys.modules.
"""

from __future__ import annotations

import builtins
import io
import os
import sys
from contextlib import suppress
from types import CodeType, ModuleType, SimpleNamespace, TracebackType
from typing import Any, NamedTuple, NoReturn

# What Python itself has loaded before any program begins. A plain run does not find a module of
# that name beside the program, either.
# fmt: off
BARE = {
    "abc", "codecs", "encodings", "genericpath", "importlib", "io", "ntpath", "os", "posixpath",
    "site", "stat", "sitecustomize", "usercustomize", "zipimport", "sys", "builtins", "warnings",
    "traceback", "runpy", "threading",
}
# fmt: on

_kept: list[Any] = []  # the modules __main__ before: they run the command


class Program(NamedTuple):
    kind: str  # "script", "module" or "code"
    name: str
    arguments: list[str]

    def __str__(self) -> str:
        words = {
            "script": [os.path.basename(self.name) or self.name],
            "module": ["-m", self.name],
            "code": ["-c", self.name],
        }[self.kind]
        return " ".join([*words, *self.arguments])


class NotStarted(Exception):
    """The program cannot be started; the text is for the user."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class Target(NamedTuple):
    code: CodeType
    module: ModuleType


class Outcome(NamedTuple):
    """How the program ended. `error` keeps the frames alive that it came through."""

    code: int
    error: BaseException | None

    @property
    def interrupted(self) -> bool:
        return type(self.error) is KeyboardInterrupt


def load(program: Program) -> Target | Outcome:
    """The program's code, and a module to run it in.

    An Outcome if the program ended before that: its text does not compile, or the package that
    `-m` names fails. Raises NotStarted if there is no program.
    """
    old_path, old_argv = list(sys.path), list(sys.argv)
    try:
        if program.kind == "module":
            return _load_module(program)
        if program.kind == "code":
            _set_path("")
            sys.argv = ["-c", *program.arguments]
            _show_lines(program.name)
            return _compiled(program.name.encode(), "<string>", {"__loader__": _builtin_importer()})
        return _load_script(program)
    except NotStarted:
        sys.path[:], sys.argv = old_path, old_argv
        raise


def _show_lines(code: str) -> None:
    """Since 3.13 a traceback shows the lines of `-c`, too."""
    if sys.version_info >= (3, 13):
        import linecache

        linecache.cache["<string>"] = (
            len(code),
            None,
            [line + "\n" for line in code.splitlines()],
            "<string>",
        )


def _load_script(program: Program) -> Target | Outcome:
    name = program.name
    path = os.path.abspath(name)
    sys.argv = [name, *program.arguments]
    if os.path.isdir(path) or _is_zip(path):
        return _load_folder(name, path)
    try:
        with io.open_code(path) as file:
            text = file.read()
    except OSError as error:
        raise NotStarted(f"{name}: {error.strerror or error}", 2) from None
    _set_path(os.path.dirname(os.path.realpath(path)))
    from importlib.machinery import SourceFileLoader, SourcelessFileLoader

    if text[:4] == _magic():
        import marshal

        loader: Any = SourcelessFileLoader("__main__", path)
        try:
            return Target(
                marshal.loads(text[16:]), _main_module({"__file__": path, "__loader__": loader})
            )
        except (ValueError, EOFError, TypeError):
            raise NotStarted(f"{name}: is no byte code that this Python can read", 1) from None
    return _compiled(
        text, path, {"__file__": path, "__loader__": SourceFileLoader("__main__", path)}
    )


def _magic() -> bytes:
    import _imp

    number: int = getattr(_imp, "pyc_magic_number_token", None) or 0
    if number:
        return number.to_bytes(4, "little")
    from importlib.util import MAGIC_NUMBER

    return MAGIC_NUMBER


def _is_zip(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            if file.read(2) == b"PK":
                return True
            if file.seek(0, 2) < 22:
                return False
    except OSError:
        return False
    return path.endswith((".pyz", ".zip", ".whl"))


def _load_folder(name: str, path: str) -> Target | Outcome:
    """A directory or an archive with a __main__.py."""
    import runpy

    sys.path.insert(0, path)
    try:
        _, spec, code = runpy._get_main_module_details(runpy._Error)  # type: ignore[attr-defined]
    except runpy._Error:  # type: ignore[attr-defined]
        raise NotStarted(f"{name}: there is no __main__ module in it", 1) from None
    except BaseException as error:
        return ended(error, None)
    return Target(code, _of_spec(spec))


def _load_module(program: Program) -> Target | Outcome:
    import runpy

    python: Any = runpy
    sys.argv = ["-m", *program.arguments]
    _set_path(os.getcwd() if not program.name.startswith(".") else "")
    try:
        _, spec, code = python._get_module_details(program.name, python._Error)
    except python._Error as error:
        raise NotStarted(str(error), 1) from None
    except BaseException as error:  # the package's own __init__ raised
        return ended(error, None)
    sys.argv[0] = spec.origin
    return Target(code, _of_spec(spec))


def _of_spec(spec: Any) -> ModuleType:
    return _main_module(
        {
            "__file__": spec.origin,
            "__cached__": spec.cached,
            "__loader__": spec.loader,
            "__package__": spec.parent,
            "__spec__": spec,
        }
    )


def _compiled(text: bytes, path: str, names: dict[str, Any]) -> Target | Outcome:
    module = _main_module(names)
    try:
        return Target(compile(text, path, "exec", dont_inherit=True), module)
    except (SyntaxError, ValueError) as error:
        return ended(error.with_traceback(None), None)


def _builtin_importer() -> Any:
    from importlib.machinery import BuiltinImporter

    return BuiltinImporter


def _main_module(names: dict[str, Any]) -> ModuleType:
    """A new `__main__`, where pickle and `import __main__` find the classes of the program."""
    module = ModuleType("__main__")
    found: dict[str, Any] = {
        "__builtins__": builtins,
        "__spec__": None,
        "__package__": None,
        "__loader__": None,
    }
    if sys.version_info < (3, 14):
        found["__annotations__"] = {}
    if "__file__" in names and sys.version_info < (3, 15):
        found["__cached__"] = None
    module.__dict__.update(found | names)
    _kept.append(sys.modules.get("__main__"))
    sys.modules["__main__"] = module
    return module


def _set_path(first: str) -> None:
    """sys.path[0], and no module of ours in the place of one beside the program."""
    if not sys.flags.safe_path:
        if sys.path:
            sys.path[0] = first
        else:
            sys.path.append(first)
        _drop_ours(first)


def _drop_ours(folder: str) -> None:
    """Modules that cslots has loaded do not hide those of that name beside the program."""
    try:
        beside = {name.partition(".")[0] for name in os.listdir(folder or os.curdir)}
    except OSError:
        return
    for name in list(sys.modules):
        top = name.partition(".")[0]
        if (
            top in beside
            and top in sys.stdlib_module_names
            and top not in BARE
            and top not in sys.builtin_module_names
        ):
            del sys.modules[name]


def execute(target: Target) -> Outcome:
    caught: BaseException | None = None
    try:
        exec(target.code, target.module.__dict__)
    except BaseException as error:
        caught = error
    return ended(caught, target.code) if caught is not None else Outcome(0, None)


# ---- how it ends ----


def ended(error: BaseException, code: CodeType | None) -> Outcome:
    """Does with an uncaught exception what Python does.

    `sys.exit` gives the exit code; others go to sys.excepthook.
    """
    error.__traceback__ = _without_ours(error.__traceback__, code)
    if isinstance(error, SystemExit):
        return Outcome(_exit_code(error), error)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    sys_exit = _call_hook(error)
    return sys_exit if sys_exit is not None else Outcome(1, error)


def _without_ours(trace: TracebackType | None, code: CodeType | None) -> TracebackType | None:
    at = trace
    while at is not None and (at.tb_frame.f_code is not code):
        if code is None and at.tb_frame.f_globals is not globals():
            break
        at = at.tb_next
    return at if at is not None or code is None else trace


def _exit_code(error: SystemExit) -> int:
    try:
        code = error.code
    except BaseException:
        code = None
    if code is None:
        return 0
    if isinstance(code, int):
        return code if -(2**31) <= code < 2**31 else 255
    with suppress(BaseException):
        sys.stdout.flush()
    with suppress(BaseException):
        print(code, file=sys.stderr, flush=True)
    return 1


def _call_hook(error: BaseException) -> Outcome | None:
    hook = getattr(sys, "excepthook", None)
    try:
        if hook is None:
            print("sys.excepthook is missing", file=sys.stderr)
            sys.__excepthook__(type(error), error, error.__traceback__)
        else:
            hook(type(error), error, error.__traceback__)
    except SystemExit as stop:
        return Outcome(_exit_code(stop), stop)
    except BaseException as second:
        second.__context__ = None
        try:
            print("Error in sys.excepthook:", file=sys.stderr)
            sys.__excepthook__(type(second), second, _without_ours(second.__traceback__, None))
            print("\nOriginal exception was:", file=sys.stderr)
            sys.__excepthook__(type(error), error, error.__traceback__)
        except BaseException:
            pass
    return None


def finish_threads() -> None:
    """Waits for the threads that are not daemons, as Python does before atexit's functions.

    Python will find them ended.
    """
    threading = sys.modules.get("threading")
    shutdown = getattr(threading, "_shutdown", None)
    if shutdown is None:
        return
    try:
        shutdown()
    except BaseException as error:
        hook = sys.unraisablehook
        args: Any = SimpleNamespace(
            exc_type=type(error),
            exc_value=error,
            exc_traceback=_without_ours(error.__traceback__, None),
            err_msg=None,
            object=threading,
        )
        with suppress(BaseException):
            hook(args)


def leave(outcome: Outcome) -> int:
    """The exit code; does not return after Ctrl-C: Python shall end by that signal."""
    if outcome.interrupted:
        interrupt()
    return outcome.code


def interrupt() -> NoReturn:
    sys.excepthook = lambda *_: None
    error = KeyboardInterrupt()
    error.of_program = True  # type: ignore[attr-defined]  # cli.main lets it pass
    raise error
