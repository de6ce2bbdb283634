"""Threads that share objects and classes: every value read is one that somebody stored."""

import sys
import threading

import pytest

from cslots import Struct, category, replace, uint8, utf8


class Shared(Struct):
    text: utf8
    number: int
    small: uint8
    flag: bool
    word: category
    anything: object = None
    ratio: float = 0.0
    maybe: uint8 | None = None


@pytest.fixture(autouse=True)
def switch_often():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def run(*workers):
    errors = []
    gate = threading.Barrier(len(workers))

    def guarded(worker):
        try:
            gate.wait()
            worker()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


VALUES = {
    "text": ["", "short", "m" * 40, "long é" * 2_000],
    "number": [0, -5, 2**62, 10**40],
    "small": [0, 255],
    "flag": [True, False],
    "word": [f"w{n}" for n in range(50)],
    "anything": [None, [1], "x"],
    "ratio": [0.5, -1e300],
    "maybe": [None, 0, 255],
}


def test_threads_that_write_one_object_never_mix_values_up():
    shared = Shared("", 0, 0, True, "w0")
    for name, values in VALUES.items():
        setattr(shared, name, values[0])

    def write(seed):
        def work():
            for n in range(2_000):
                for m, (name, values) in enumerate(VALUES.items()):
                    setattr(shared, name, values[(n * seed + m) % len(values)])

        return work

    def read():
        for _ in range(2_000):
            for name, values in VALUES.items():
                assert getattr(shared, name) in values

    run(write(1), write(3), read, read)


def test_threads_that_build_compare_and_copy_one_object():
    import copy
    import pickle

    shared = Shared("text", 1, 2, True, "w")

    def use():
        for n in range(300):
            repr(shared)
            shared == copy.copy(shared)
            pickle.loads(pickle.dumps(shared))
            replace(shared, text="t" * n)
            copy.deepcopy(shared)

    def write():
        for n in range(3_000):
            shared.text = "z" * (n % 400)
            shared.number = 10 ** (n % 40)
            shared.anything = [n]

    run(use, use, write)


def test_threads_that_add_categories_agree():
    class A(Struct):
        x: category

    results = [[] for _ in range(4)]

    def fill(result):
        return lambda: result.extend(A(f"c{n % 500}") for n in range(3_000))

    run(*[fill(result) for result in results])
    for result in results:
        assert [a.x for a in result] == [f"c{n % 500}" for n in range(3_000)]


def test_threads_that_make_and_drop_objects(live_blocks):
    before = live_blocks()

    def work():
        for n in range(20):
            things = [Shared("x" * (k % 300), k, 1, True, "w", [k]) for k in range(300)]
            assert [t.number for t in things] == list(range(300))

    run(work, work, work)
    assert live_blocks() == before


def test_objects_made_in_one_thread_die_in_another():
    handed = []

    def make():
        for n in range(5_000):
            handed.append(Shared("x" * (n % 100), n, 1, True, "w"))

    def drop():
        dropped = 0
        while dropped < 5_000:
            if handed:
                thing = handed.pop()
                assert thing.text == "x" * (thing.number % 100)
                dropped += 1

    run(make, drop)


def test_threads_that_make_classes():
    def work():
        for n in range(40):

            class A(Struct):
                x: uint8
                y: utf8 = "text"

            class B(A):
                z: float = 1.5

            assert (B(n).x, B(n).y, B(n).z) == (n, "text", 1.5)

    run(work, work, work)


def test_each_thread_has_its_own_objects():
    results = {}

    def work(seed):
        def inner():
            things = [
                Shared(f"{seed}-{n}", seed * n, seed, bool(n % 2), f"w{seed}") for n in range(2_000)
            ]
            for thing in things:
                thing.number += 1
                thing.text += "!"
            results[seed] = all(
                t.text == f"{seed}-{n}!" and t.number == seed * n + 1 for n, t in enumerate(things)
            )

        return inner

    run(*[work(seed) for seed in range(1, 5)])
    assert results == dict.fromkeys(range(1, 5), True)
