"""cslots audit runs a program as Python does.

Output, exit code, tracebacks, modules, threads and signals are the program's own.
"""

import os
import signal
import sys
import threading
import zipfile

import pytest
from support.audit import AUDIT, PYTHON, run, same, start

from cslots._audit import watch
from cslots._audit.watch import Statm

PROGRAMS = {
    "arguments": """
        import sys
        print(sys.argv, sys.path[0], len(sys.path))
    """,
    "the module": """
        'the docstring'
        import sys
        print(__name__, __file__, __doc__, __package__, __spec__, type(__loader__).__name__,
            type(__builtins__).__name__)
        print(sorted(globals()))
        print(sys.modules['__main__'].__dict__ is globals())
    """,
    "exit code": "import sys; print('a'); sys.exit(3)",
    "exit code 0": "import sys; sys.exit()",
    "exit with a text": "import sys; print('out'); sys.exit('a last word')",
    "exit with an object": "raise SystemExit([1, 2])",
    "exit code beyond a byte": "raise SystemExit(256 + 7)",
    "exit code below zero": "raise SystemExit(-1)",
    "exit code that is a bool": "raise SystemExit(True)",
    "exit deep inside": """
        import sys
        def f(n):
            try:
                if n == 0: sys.exit(4)
                f(n - 1)
            finally:
                print('left', n)
        f(5)
    """,
    "an exception": """
        def f():
            return 1 / 0
        try:
            f()
        except ZeroDivisionError as error:
            raise KeyError('text') from error
    """,
    "an exception in an exception": """
        class Odd(Exception):
            def __str__(self): raise ValueError
        raise Odd
    """,
    "an exception group": "raise ExceptionGroup('several', [ValueError(1), KeyError(2)])",
    "a recursion": """
        def f(): f()
        try: f()
        except RecursionError: print('caught')
    """,
    "a syntax error": "print('never')\nx = = 1\n",
    "a syntax error at run time": "eval('1 +')",
    "a module that is not there": "import there_is_no_such_module",
    "own excepthook": """
        import sys
        sys.excepthook = lambda kind, value, trace: print('hook', kind.__name__,
            trace.tb_frame.f_code.co_name)
        raise ValueError
    """,
    "an excepthook that exits": """
        import sys
        def hook(*_): sys.exit(9)
        sys.excepthook = hook
        raise ValueError
    """,
    "last_value": """
        import atexit, sys
        atexit.register(lambda: print('atexit', sys.last_type.__name__, sys.last_value,
            sys.last_traceback.tb_lineno))
        raise ValueError('x')
    """,
    "threads end first": """
        import atexit, threading, time
        atexit.register(print, 'atexit one')
        atexit.register(print, 'atexit two')
        ends = threading.Event()
        def work():
            ends.wait()
            time.sleep(0.2)
            print('thread', threading.current_thread().name, threading.active_count())
        threading.Thread(target=work).start()
        print('main ends', threading.active_count(), [t.name for t in threading.enumerate()])
        ends.set()
    """,
    "an exception in a thread": """
        import threading
        def work(): raise ValueError('in the thread')
        t = threading.Thread(target=work); t.start(); t.join()
        print('on')
    """,
    "daemon threads": """
        import threading, time
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        print('done')
    """,
    "an executor": """
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(2)
        future = pool.submit(lambda: print('worked'))
    """,
    "atexit that fails": """
        import atexit
        def fail(): raise ValueError('at exit')
        atexit.register(fail)
    """,
    "a finalizer at the end": """
        class Loud:
            def __del__(self): print('deleted', self.name)
        loud = Loud(); loud.name = 'global'
        def main():
            loud = Loud(); loud.name = 'local'
        main()
        print('end')
    """,
    "pickle of its classes": """
        import pickle, __main__
        class Point:
            pass
        p = Point(); p.x = 1
        print(pickle.loads(pickle.dumps(p)).x, Point.__module__, __main__.Point is Point)
        print(pickle.dumps(p).count(b'__main__'))
    """,
    "hints of its dataclasses": """
        from __future__ import annotations
        import dataclasses, typing
        @dataclasses.dataclass
        class A:
            b: B
        class B: pass
        print(typing.get_type_hints(A)['b'] is B)
    """,
    "annotations of the module": """
        x: int = 1
        print(__annotations__)
    """,
    "own stdout": """
        import sys, io
        sys.stdout = io.StringIO()
        print('nowhere')
    """,
    "closed stdout": """
        import sys
        print('before', flush=True)
        sys.stdout.close()
    """,
    "no stdout": """
        import sys
        sys.stdout = None
        print('nothing')
    """,
    "closed descriptors": """
        import os
        os.closerange(3, 1000)
        os.close(2)
        print(os.open('/dev/null', os.O_WRONLY), os.open('/dev/null', os.O_WRONLY))
    """,
    "descriptors": """
        import os
        print([os.open('/dev/null', os.O_WRONLY) for _ in range(5)])
    """,
    "input": "import sys; print(input(), sys.stdin.read())",
    "asyncio": """
        import asyncio
        async def main():
            await asyncio.sleep(0.01)
            return 5
        print(asyncio.run(main()))
    """,
    "a forked child that goes on": """
        import os
        print('once', flush=True)
        child = os.fork()
        if child: print(os.waitpid(child, 0)[1])
        else: print('child')
    """,
    "a forked child that fails": """
        import os
        child = os.fork()
        if child: print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        else: raise ValueError('in the child')
    """,
    "a fork is not one of many threads": """
        import os, warnings
        warnings.simplefilter('error')
        child = os.fork()
        if child: print(os.waitpid(child, 0)[1])
    """,
    "_exit": """
        import os
        print('out', flush=True)
        os._exit(5)
    """,
    "subprocess": """
        import subprocess, sys
        print(subprocess.run([sys.executable, '-c', 'import sys; sys.exit(6)']).returncode)
    """,
    "killed by itself": """
        import os, signal
        os.kill(os.getpid(), signal.SIGTERM)
    """,
    "Ctrl-C that nobody catches": """
        def wait(): raise KeyboardInterrupt
        wait()
    """,
    "Ctrl-C that it catches": """
        import os, signal, time
        try:
            os.kill(os.getpid(), signal.SIGINT); time.sleep(5)
        except KeyboardInterrupt:
            print('caught')
    """,
    "signal handlers": """
        import signal
        print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGUSR1),
            signal.getsignal(signal.SIGTERM))
    """,
    "warnings": """
        import warnings
        warnings.warn('old', DeprecationWarning)
    """,
    "profile and trace": """
        import sys
        print(sys.getprofile(), sys.gettrace())
    """,
    "gc": """
        import gc
        print(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks)
    """,
    "exec of another program": """
        import os, sys
        print('before', flush=True)
        os.execv(sys.executable, [sys.executable, '-c', 'print("after")'])
    """,
    "classes that lie": """
        class Liar:
            __class__ = property(lambda self: 1 / 0)
            def __getattr__(self, name): raise RuntimeError(name)
            def __eq__(self, other): raise RuntimeError
            __hash__ = None
            def __sizeof__(self): return -1
            def __bool__(self): raise RuntimeError
            def __repr__(self): raise RuntimeError
        class Meta(type):
            def __getattribute__(cls, name):
                if name in ('__module__', '__qualname__', '__name__', '__mro__',
                    '__dict__'): print('asked for', name)
                return type.__getattribute__(cls, name)
            def __eq__(cls, other): print('compared'); return True
            __hash__ = type.__hash__
            def __subclasses__(cls): print('subclasses')
        class Odd(metaclass=Meta): pass
        print('made')
        many = [Liar() for _ in range(2000)]
        for liar in many: object.__setattr__(liar, 'value', [])
        odd = [Odd() for _ in range(2000)]
        for o in odd: o.x = 1
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_what_it_does_without_us(script, name):
    same(
        script.folder,
        [script(PROGRAMS[name]), "an argument", "--json", "-q"],
        "first line\nthe rest\n",
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_child_processes_are_the_programs_own(script, method):
    source = f"""
        import multiprocessing
        class Item:
            def __init__(self, x): self.x = x
        def work(item):
            return Item(item.x + 1)
        if __name__ == '__main__':
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                print([item.x for item in pool.map(work, [Item(k) for k in range(5)])])
    """
    code, out, _ = same(script.folder, [script(source)])
    assert (code, out) == (0, "[1, 2, 3, 4, 5]\n")


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads /proc")
class TestDescriptor:
    """The watch looks often, and yet the files of a program get the numbers of a plain run."""

    def test_a_look_opens_nothing(self, monkeypatch):
        statm = Statm()
        assert statm.number >= 200 and not os.get_inheritable(statm.number)
        monkeypatch.setattr(os, "open", lambda *_: pytest.fail("a look opened a file"))
        assert statm.read() > 1_000_000
        number = statm.number
        statm.close()
        with pytest.raises(OSError):
            os.fstat(number)

    def test_the_program_may_close_it_and_use_its_number(self, tmp_path, monkeypatch):
        statm = Statm()
        number = statm.number
        with open(tmp_path / "own", "w") as file:
            os.dup2(file.fileno(), number)
        try:
            assert statm.read() is None
            monkeypatch.setattr(watch, "LOST", -1.0)
            assert statm.read() > 1_000_000
            assert statm.number != number
            statm.close()
            os.write(number, b"still open")
        finally:
            os.close(number)


class TestModule:
    def test_a_package_with_main(self, script):
        script("print('init', __name__)\n", "package/__init__.py")
        script("VALUE = 5\n", "package/other.py")
        script(
            """
            import sys
            from .other import VALUE
            print(VALUE, __name__, __package__, __spec__.name, __file__, sys.argv, sys.path[0])
            print(sorted(globals()))
            """,
            "package/__main__.py",
        )
        code, out, _ = same(script.folder, ["-m", "package", "-m", "--top", "x"])
        assert code == 0 and "['" in out

    def test_a_module(self, script):
        script(
            "import sys; print(__name__, __spec__.name, __package__ == '', sys.argv)\n"
            "sys.exit(3)\n",
            "one.py",
        )
        assert same(script.folder, ["-m", "one", "a"])[0] == 3

    def test_a_module_that_fails(self, script):
        script("def f(): raise ValueError('here')\nf()\n", "one.py")
        code, _, err = run(AUDIT, ["-m", "one"], script.folder)
        assert code == 1
        assert (
            err.splitlines()[0].startswith("Traceback")
            and err.splitlines()[-1] == "ValueError: here"
        )
        assert "_audit" not in err

    def test_no_such_module(self, script):
        assert run(AUDIT, ["-m", "there_is_none"], script.folder) == (
            1,
            "",
            "cslots audit: No module named there_is_none\n",
        )

    def test_a_package_without_main(self, script):
        script("", "package/__init__.py")
        code, _, err = run(AUDIT, ["-m", "package"], script.folder)
        assert code == 1
        assert (
            err
            == "cslots audit: No module named package.__main__; 'package' is a package and cannot "
            "be directly executed\n"
        )

    def test_a_package_that_fails_as_it_is_imported(self, script):
        script("raise RuntimeError('too early')\n", "package/__init__.py")
        script("", "package/__main__.py")
        code, _, err = run(AUDIT[:-1], ["-m", "package"], script.folder)
        assert code == 1
        assert "RuntimeError: too early" in err
        assert "/_audit/" not in err
        assert err.endswith("cslots audit: the program did not start; there is nothing to report\n")


class TestOtherForms:
    def test_code(self, script):
        same(
            script.folder,
            [
                "-c",
                "import sys; print(sys.argv, repr(sys.path[0]), __name__, sorted(globals()))",
                "a",
            ],
        )

    def test_code_that_fails(self, script):
        same(script.folder, ["-c", "1/0"])

    def test_a_folder(self, script):
        script(
            "import sys, other\nprint(sys.argv, sys.path[0], __name__, __file__, other.X, "
            "repr(__package__))\n",
            "app/__main__.py",
        )
        script("X = 1\n", "app/other.py")
        same(script.folder, ["app", "a"])

    def test_an_archive(self, script):
        with zipfile.ZipFile(script.folder / "app.pyz", "w") as archive:
            archive.writestr(
                "__main__.py",
                "import sys, other\nprint(sys.argv, sys.path[0], __name__, other.X)\n",
            )
            archive.writestr("other.py", "X = 1\n")
        same(script.folder, ["app.pyz", "a"])

    def test_byte_code(self, script):
        import py_compile

        py_compile.compile(
            str(script.folder / script("print(__name__, 5)")),
            cfile=str(script.folder / "compiled.pyc"),
        )
        same(script.folder, ["compiled.pyc"])

    def test_an_encoding(self, script):
        (script.folder / "latin.py").write_bytes(
            "# coding: latin-1\nprint(ascii('é'))\n".encode("latin-1")
        )
        same(script.folder, ["latin.py"])

    def test_a_link_to_a_script(self, script):
        script("import sys; print(sys.path[0], sys.argv, __file__)", "real/program.py")
        os.symlink("real/program.py", script.folder / "link.py")
        same(script.folder, ["link.py"])

    def test_modules_beside_the_program_come_first(self, script):
        names = [
            "argparse",
            "difflib",
            "gettext",
            "fcntl",
            "json",
            "ast",
            "platform",
            "html",
            "textwrap",
            "table",
            "rich",
        ]
        # Of these nothing comes first, in a plain run neither.
        names = [name for name in names if name not in sys.builtin_module_names]
        for name in names:
            script(f"print('own {name}'); X = 1\n", f"{name}.py")
        code, out, _ = same(
            script.folder, [script("\n".join(f"import {name}; {name}.X" for name in names))]
        )
        assert code == 0 and out.count("own") == len(names)
        code, out, err = run([*AUDIT[:-1], "--json", "r.json"], ["program.py"], script.folder)
        assert code == 0 and out.count("own") == len(names)
        assert "Nothing here is worth a change" in err


class TestSignals:
    def test_ctrl_c_ends_the_program_as_it_does_without_us(self, script):
        # Wherever the signal finds the program, it is in this one line, which no traceback can
        # show: its place in the line would be marked there.
        line = "while True: print('ready', flush=True); time.sleep(0.01)"
        name = script(f"import time\nexec(compile({line!r}, '<a line>', 'exec'))\n")
        seen = []
        for command in (PYTHON, AUDIT):
            with start(command, [name], script.folder) as process:
                assert process.stdout.readline() == "ready\n"
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=600)
                assert set(out.splitlines()) <= {"ready"}
                seen.append((process.returncode, err))
        assert seen[0] == seen[1]
        assert seen[0][0] == -signal.SIGINT

    def test_a_signal_asks_for_a_report(self, script):
        name = script(
            """
            import select, sys
            class Thing:
                def __init__(self, x): self.x = x
            things = [Thing(float(k)) for k in range(5000)]
            print('ready', flush=True)
            # Python runs no handler of a signal that comes just before a system call blocks. Here
            # no call blocks for long.
            while not select.select([sys.stdin], [], [], 0.05)[0]: pass
            print(sys.stdin.readline())
            """
        )
        with start(AUDIT[:-1], ["--at", "signal", name], script.folder) as process:
            assert process.stdout.readline() == "ready\n"
            watchdog = threading.Timer(600, process.kill)
            watchdog.start()
            process.send_signal(signal.SIGUSR1)
            lines = []
            while "objects counted" not in (line := process.stderr.readline()):
                assert line, lines
                lines.append(line)
            out, err = process.communicate("go\n", timeout=600)
            watchdog.cancel()
        assert process.returncode == 0
        assert out == "go\n\n"
        text = "".join(lines)
        assert "at the signal" in text
        assert "__main__.Thing" in text and "5,000" in text
        assert "cslots audit" not in err, "one report, at the signal"

    def test_without_a_signal_the_end_is_reported(self, script):
        code, _, err = run(
            AUDIT[:-1], ["--at", "signal", "--signal", "SIGUSR2", script("print(1)")], script.folder
        )
        assert code == 0
        assert "No SIGUSR2 came while the program ran; this is its end." in err

    def test_an_unknown_signal(self, script):
        code, _, err = run(
            AUDIT, ["--at", "signal", "--signal", "USR9", script("print(1)")], script.folder
        )
        assert code == 2
        assert err.startswith(
            "cslots audit: --signal: unknown 'USR9'; did you mean 'USR2'? (known: USR1, USR2,"
        )
        assert err.count("\n") == 1
