"""Several interpreters in one process: each has its own classes, objects and slab."""

import importlib.util
import sys

import pytest
from support import run_python

MODULE = next(
    (m for m in ("_interpreters", "_xxsubinterpreters") if importlib.util.find_spec(m)), None
)
pytestmark = pytest.mark.skipif(
    MODULE is None, reason="this Python was built without the module for subinterpreters"
)

HEAD = f"""
import {MODULE} as interpreters
import sys

def create(isolated):
    if sys.version_info >= (3, 13):
        return interpreters.create("isolated" if isolated else "legacy")
    if sys.version_info >= (3, 12):
        return interpreters.create(isolated=isolated)
    return interpreters.create()

def run(ident, source):
    result = interpreters.run_string(ident, source)
    assert result is None, getattr(result, "formatted", result)

WORK = '''
import gc, pickle
from cslots import Struct, category, uint8, utf8
class User(Struct, weakref=True):
    name: utf8
    age: uint8
    word: category = "w"
    other: object = None
users = [User("u" * (n % 100), n % 256, "c%d" % (n % 5)) for n in range(5000)]
assert all(u.name == "u" * (n % 100) for n, u in enumerate(users))
assert users[3] == User("uuu", 3, "c3")
users[0].other = users
try:
    User("a", 300)
except OverflowError as error:
    assert str(error) == "User.age: 300 is out of range for uint8 (0 to 255)"
else:
    raise AssertionError
users[1].name = "x" * 100_000
gc.collect()
'''
"""


@pytest.mark.parametrize("isolated", [False, True])
def test_every_interpreter_can_import_use_and_drop_the_package(isolated):
    run_python(
        HEAD
        + f"""
exec(WORK)
for _ in range(4):
    ident = create({isolated})
    run(ident, "import sys; sys.path[:] = " + repr(sys.path))
    run(ident, WORK)
    interpreters.destroy(ident)
exec(WORK)
assert users[3].name == "uuu"
"""
    )


@pytest.mark.parametrize("isolated", [False, True])
def test_interpreters_live_side_by_side(isolated):
    run_python(
        HEAD
        + f"""
exec(WORK)
idents = [create({isolated}) for _ in range(3)]
for ident in idents:
    run(ident, "import sys; sys.path[:] = " + repr(sys.path))
    run(ident, WORK)
del users
for ident in idents:
    run(ident, "assert users[7].age == 7; del users[::2]")
    run(ident, "more = [User('m', 1) for _ in range(1000)]")
for ident in reversed(idents):
    interpreters.destroy(ident)
exec(WORK)
"""
    )


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="interpreters share one lock before Python 3.12"
)
def test_interpreters_run_at_the_same_time_in_threads():
    run_python(
        HEAD
        + """
import threading
errors = []
def work():
    try:
        ident = create(True)
        run(ident, "import sys; sys.path[:] = " + repr(sys.path))
        for _ in range(5):
            run(ident, WORK)
        interpreters.destroy(ident)
    except BaseException as error:
        errors.append(error)
threads = [threading.Thread(target=work) for _ in range(3)]
for t in threads: t.start()
for _ in range(5):
    exec(WORK, {})
for t in threads: t.join()
assert not errors, errors
"""
    )
