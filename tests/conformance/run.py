"""CPython's own tests of dataclasses, run with cslots.dataclass in the place of the decorator.

    python tests/conformance/run.py untyped         typed=False: the meaning of dataclasses
    python tests/conformance/run.py typed           as it comes: kinds, and values are checked
    python tests/conformance/run.py stdlib-slots    for comparison: dataclasses with slots=True

Prints how many tests pass. For the first two: the tests that are known to fail, and why, are in
expected.txt; another failure, or a listed test that passes, makes the exit status 1. (Bug fix
releases bring more tests: a listed one that this Python does not have, or skips, does not.) No
test is changed, and nothing of the dataclasses module but the decorator.
"""

import argparse
import dataclasses
import functools
import io
import pathlib
import sys
import unittest

MODES = ("untyped", "typed", "stdlib-slots")
EXPECTED = pathlib.Path(__file__).with_name("expected.txt")
theirs = dataclasses.dataclass


def decorator_for(mode):
    if mode == "stdlib-slots":

        @functools.wraps(theirs)
        def decorator(cls=None, /, **options):
            return theirs(cls, **{"slots": True, **options})

        return decorator
    import cslots

    @functools.wraps(theirs)
    def decorator(cls=None, /, **options):
        # slots=False is what dataclasses.make_dataclass passes on where nobody asked for anything.
        if options.get("slots") is False and not options.get("weakref_slot"):
            del options["slots"]
        return cslots.dataclass(cls, **({"typed": False} if mode == "untyped" else {}), **options)

    return decorator


def read_expected(mode, version):
    """test -> reason. `reason:` starts a group, `  modes versions Class.test` is a test in it."""
    known = {}
    reason = None
    for number, line in enumerate(EXPECTED.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            reason = line.rstrip(":")
            continue
        words = line.split()
        if len(words) != 3 or reason is None:
            raise SystemExit(
                f"{EXPECTED.name}:{number}: expected '  modes versions Class.test' under a reason"
            )
        modes, versions, test = words
        if mode in modes.split(",") and (versions == "all" or version in versions.split(",")):
            known[test] = reason
    return known


def name_of(case):
    return ".".join(getattr(case, "test_case", case).id().split(".")[-2:])


def names_in(suite):
    for part in suite:
        yield from names_in(part) if isinstance(part, unittest.TestSuite) else (name_of(part),)


def run(mode):
    """(number of tests, the names of those that were run, test -> last line of its traceback)"""
    try:  # dataclasses of the test runner itself, which are none of the tests
        import _colorize  # noqa: F401
    except ImportError:
        pass
    dataclasses.dataclass = decorator_for(mode)
    import test.test_dataclasses as module

    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    names = set(names_in(suite))
    result = unittest.TextTestRunner(stream=io.StringIO(), verbosity=0).run(suite)
    failed = {}
    for case, trace in result.failures + result.errors:
        failed.setdefault(name_of(case), trace.strip().splitlines()[-1])
    return result.testsRun, names - {name_of(case) for case, _ in result.skipped}, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=MODES)
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="list the failures that are expected, too"
    )
    options = parser.parse_args()
    try:
        import test.support  # noqa: F401
    except ImportError:
        print("this Python has no package `test`: nothing to run")
        return 0
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    total, ran, failed = run(options.mode)
    print(f"{options.mode}, Python {version}: {total - len(failed)} of {total} tests pass")
    if options.mode == "stdlib-slots":
        return 0
    known = read_expected(options.mode, version)
    status = 0
    for name in sorted(failed.keys() - known.keys()):
        print(f"FAILS, and is not listed: {name}: {failed[name]}")
        status = 1
    for name in sorted(known.keys() & ran - failed.keys()):
        print(f"PASSES, take it off the list: {name} ({known[name]})")
        status = 1
    if options.verbose:
        for name in sorted(failed.keys() & known.keys()):
            print(f"{name}: {known[name]}")
    return status


if __name__ == "__main__":
    sys.exit(main())
