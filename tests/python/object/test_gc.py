"""Which classes the collector knows, and that nothing it should find stays hidden."""

import gc
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, Optional

import pytest
from support import FREE_THREADED, classes_die, is_tracked, raises, run_python

from cslots import Struct, category, uint8, utf8


class Cell:
    """Something that can be watched, and that can refer to anything."""


class Node(Struct):
    value: object
    next: "Node | None" = None


class Chain(Struct, gc=False):
    value: int
    next: "Chain | None" = None


class Watched(Struct, weakref=True):
    other: object = None


def test_no_field_that_can_refer_to_a_container_no_gc_header():
    class A(Struct):
        a: int
        b: float
        c: str
        d: bytes
        e: utf8
        f: category
        g: uint8 | None
        h: bool
        many: ClassVar[list] = []

    assert not is_tracked(A)
    a = A(10**30, 1.0, "s", b"b", "u", "c", None, True)
    assert not gc.is_tracked(a)
    assert not any(found is a for found in gc.get_objects())


@pytest.mark.parametrize(
    "annotation", [object, Any, list, dict[str, int], Callable, "int | str", int | str, tuple]
)
def test_a_field_that_may_hold_a_container_is_tracked(annotation):
    class A(Struct):
        x: annotation

    assert is_tracked(A)
    assert gc.is_tracked(A([]) if annotation not in (dict[str, int],) else A({}))


def test_an_acyclic_graph_of_types_needs_no_header():
    class A(Struct):
        x: int

    class B(Struct):
        a: A
        b: Optional[A] = None

    class C(Struct):
        b: B
        a: A

    assert [is_tracked(cls) for cls in (A, B, C)] == [False, False, False]
    assert C(B(A(1)), A(2)).b.a.x == 1


def test_a_class_that_can_reach_itself_is_tracked():
    class Self(Struct):
        x: "Optional[Self]" = None

    class A(Struct):
        x: int

    class B(A):
        a: A  # an A may be a B

    assert is_tracked(Self)
    assert is_tracked(B)
    assert not is_tracked(A)


def test_an_untracked_subclass_made_later_counts_as_well():
    class A(Struct):
        x: int

    class Holder(Struct):
        a: A

    class Later(A):
        holder: Holder  # holder.a may be a Later

    assert not is_tracked(Holder)
    assert is_tracked(Later)
    with raises(
        TypeError,
        "Holder.a: Later objects are tracked by the garbage collector and Holder is not; declare "
        "Holder with gc=True, or the "
        "field as object",
    ):
        Holder(Later(1, Holder(A(1))))


def test_an_untracked_holder_refuses_a_tracked_object():
    class B(Struct):
        x: uint8

    class A(Struct):
        b: B

    class B2(B):
        extra: object = None

    assert (is_tracked(A), is_tracked(B), is_tracked(B2)) == (False, False, True)
    text = (
        "A.b: B2 objects are tracked by the garbage collector and A is not; declare A with "
        "gc=True, or the field as object"
    )
    with raises(TypeError, text):
        A(B2(1))
    a = A(B(1))
    with raises(TypeError, text):
        a.b = B2(1)
    with pytest.raises((TypeError, AttributeError)):
        A.__dict__["b"].__set__(a, B2(1))
    assert a.b.x == 1
    with pytest.raises(TypeError):
        a.b.__class__ = B2


def test_a_holder_with_gc_takes_both_and_its_cycles_are_collected():
    class B(Struct):
        x: uint8

    class A(Struct, gc=True):
        b: B

    class B2(B, weakref=True):
        extra: object = None

    assert is_tracked(A)
    b = B2(1)
    a = A(b)
    b.extra = a
    gone = weakref.ref(b)
    del a, b
    gc.collect()
    assert gone() is None


def test_gc_false_takes_the_header_away():
    assert not is_tracked(Chain)
    chain = Chain(1, Chain(2))
    assert not gc.is_tracked(chain)
    assert chain.next.value == 2


def test_a_tracked_base_makes_its_subclasses_tracked():
    class A(Node):
        x: uint8 = 0

    assert is_tracked(A)


def test_cycles_are_collected():
    for make in (
        lambda w: setattr(w, "other", w),
        lambda w: setattr(w, "other", [w]),
        lambda w: setattr(w, "other", Node(w)),
        lambda w: setattr(w, "other", Watched({"me": w})),
        lambda w: setattr(w, "other", Node(1, Node(w))),
    ):
        watched = Watched()
        gone = weakref.ref(watched)
        make(watched)
        gc.collect()
        assert gone() is watched
        del watched
        gc.collect()
        assert gone() is None


def test_all_referents_are_shown():
    value = Cell()
    node = Node(value, Node(None))
    assert any(r is value for r in gc.get_referents(node))
    assert any(r is node.next for r in gc.get_referents(node))
    assert any(r is node for r in gc.get_referrers(value))


def test_a_subclass_with_packed_fields_shows_only_its_pointers():
    class A(Node):
        big: int = 10**30
        text: utf8 = "x" * 100_000
        c: category = "c"

    a = A([1])
    assert [r for r in gc.get_referents(a) if r is not None and not isinstance(r, type)] == [[1]]


def test_a_million_nodes_in_a_chain_are_freed():
    for cls in (Node, Chain):
        node = None
        for n in range(1_000_000):
            node = cls(n, node)
        del node
        gc.collect()


def test_a_chain_of_mixed_classes_and_containers_is_freed(live_blocks):
    class Link(Struct):
        a: object
        b: "Link | None" = None

    class Leaf(Struct, gc=False):
        a: object
        name: utf8 = "leaf"

    before = live_blocks()
    thing = None
    for n in range(200_000):
        thing = (Link(thing), Leaf(thing), [thing], (thing,), Node(thing), {"k": thing})[n % 6]
    del thing
    assert live_blocks() == before


def test_an_untracked_chain_hands_all_blocks_back(live_blocks):
    before = live_blocks()
    chain = None
    for n in range(200_000):
        chain = Chain(n * 10**18, chain)
    assert live_blocks() == before + (0 if FREE_THREADED else 200_000)  # which has no slab
    del chain
    assert live_blocks() == before


@pytest.mark.parametrize("tracked", [False, True])
def test_del_runs_once(tracked):
    seen = []

    class A(Struct, gc=tracked):
        x: utf8

        def __del__(self):
            seen.append(self.x)

    assert is_tracked(A) == tracked
    a = A("one")
    del a
    assert seen == ["one"]
    things = [A(str(n)) for n in range(10)]
    things.clear()
    assert len(seen) == 11


@pytest.mark.parametrize("tracked", [False, True])
def test_del_may_bring_the_object_back(tracked):
    kept = []

    class A(Struct, gc=tracked, weakref=True):
        x: utf8

        def __del__(self):
            kept.append(self)

    a = A("text" * 100)
    gone = weakref.ref(a)
    del a
    assert len(kept) == 1
    assert kept[0].x == "text" * 100
    kept[0].x = "other"
    assert gone() is None or gone() is kept[0]
    kept.clear()
    gc.collect()
    assert len(kept) <= 1
    kept.clear()


@pytest.mark.parametrize("tracked", [False, True])
def test_an_exception_of_del_is_reported_and_the_object_freed(tracked, live_blocks, monkeypatch):
    reports = []
    monkeypatch.setattr("sys.unraisablehook", lambda report: reports.append(report.exc_type))

    class A(Struct, gc=tracked):
        x: utf8

        def __del__(self):
            raise ZeroDivisionError

    before = live_blocks()
    for _ in range(10):
        A("x" * 10_000)
    assert live_blocks() == before
    assert reports == [ZeroDivisionError] * 10


def test_del_does_not_disturb_an_exception_on_its_way():
    class A(Struct):
        x: int

        def __del__(self):
            try:
                1 / 0
            except ZeroDivisionError:
                pass

    def fail():
        a = A(1)
        raise KeyError(a.x)

    with pytest.raises(KeyError):
        fail()


def test_del_given_later_runs():
    seen = []

    class A(Struct):
        x: int

    A(1)
    A.__del__ = lambda self: seen.append(self.x)
    A(2)
    assert seen == [2]


def test_del_in_a_cycle_runs():
    seen = []

    class A(Struct):
        other: object = None

        def __del__(self):
            seen.append(1)

    a, b = A(), A()
    a.other, b.other = b, a
    del a, b
    gc.collect()
    assert seen == [1, 1]


@classes_die
def test_a_class_nobody_knows_is_collected():
    def make():
        class A(Struct):
            x: utf8
            y: object = None
            z: "A | None" = None

            def method(self):
                return __class__

        a = A("text")
        a.y = a
        return weakref.ref(A)

    refs = [make() for _ in range(10)]
    gc.collect()
    assert [ref() for ref in refs] == [None] * 10


@classes_die
def test_a_class_lives_as_long_as_its_objects():
    class A(Struct):
        x: utf8

        def double(self):
            return self.x * 2

    a = A("text")
    gone = weakref.ref(A)
    del A
    gc.collect()
    assert a.double() == "texttext"
    del a
    gc.collect()
    assert gone() is None


@classes_die
def test_a_tracked_object_kept_on_its_class_does_not_keep_the_class():
    class A(Struct, gc=True):
        x: int

    A.zero = A(0)
    gone = weakref.ref(A)
    del A
    gc.collect()
    assert gone() is None


def test_what_dies_at_the_end_of_the_program_does_no_harm():
    out = run_python(
        """
        import gc
        from cslots import Struct, category, utf8

        class A(Struct, weakref=True):
            x: utf8
            c: category
            def __del__(self):
                print("del", self.x, self.c)

        class B(Struct):
            a: object
            me: object = None

        keep = A("text", "cat")
        cycle = B(A("two", "cat"))
        cycle.me = cycle
        B.kept = B(A("three", "dog"))
        import sys
        sys.kept = A("four", "x")
        """
    )
    # What only the collector can reach dies after the builtins, as with any class; what the module
    # holds dies before.
    assert "del text cat" in out


def test_collecting_while_objects_are_made_is_safe():
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:

        class A(Struct):
            x: object
            t: utf8
            y: object = None

        things = []
        for n in range(2000):
            a = A([n], str(n))
            a.y = a if n % 2 else things[-1:]
            things.append(a)
            if n % 10 == 9:
                del things[::2]
        assert all(t.t == str(t.x[0]) for t in things)
    finally:
        gc.set_threshold(*threshold)


def test_gc_false_speaks_for_the_fields_of_its_class_only():
    class Node(Struct, gc=False):
        next: object = None

    class Named(Node):
        name: str = ""

    class Loose(Node):
        extra: object = None

    assert not gc.is_tracked(Node())
    assert not gc.is_tracked(Named())
    assert gc.is_tracked(Loose())


def test_classes_made_by_two_threads_that_lead_to_each_other_are_not_both_untracked():
    import threading

    class A(Struct):
        x: int

    class B(Struct):
        x: int

    for _ in range(30):
        made = {}
        barrier = threading.Barrier(2)

        def make(name, base, other):
            barrier.wait()
            made[name] = type(Struct)(
                name, (base,), {"__annotations__": {"other": other}, "__module__": __name__}
            )

        threads = [
            threading.Thread(target=make, args=arguments)
            for arguments in (("SubA", A, B), ("SubB", B, A))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert any(
            gc.is_tracked(cls(0, other(0))) for cls, other in ((made["SubA"], B), (made["SubB"], A))
        )


def test_gc_false_on_a_class_without_fields_does_not_speak_for_those_of_a_subclass():
    class Base(Struct, gc=False):
        pass

    class A(Base):
        o: object = None

    class B(Base, gc=False):
        o: object = None

    assert (gc.is_tracked(A()), gc.is_tracked(B())) == (True, False)


def test_a_class_statement_that_fails_leaves_nothing_behind():
    def leaks(*root):
        class A(*root):
            pass

        class B(A):
            pass

        with pytest.raises(TypeError):

            class C(A, B):
                def f(self):
                    return super().f()

        return weakref.ref(A)

    plain, ours = leaks(), leaks(Struct)
    gc.collect()
    gc.collect()
    assert (plain(), ours()) == (None, None)
