"""Hooks in classes and metaclasses, in pickle and copy, and those that run by themselves."""

from __future__ import annotations

import copyreg
import functools
import gc
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from hooks import ANSWERS, HOOKS, Hook, hook
from scene import INDEX, REAL, Scene

# ---- methods of the class, of its base, of a mixin ----


def class_method(name: str, where: str) -> Hook:
    def prepare(scene: Scene) -> Iterator[None]:
        space = {"class": scene.space, "base": scene.base_space, "mixin": scene.mixin_space}[where]

        def owner_of(kind: type) -> type | None:
            owned = (
                owner for owner in kind.__mro__ if owner.__dict__.get(name) is space.get(name)
            )
            return next(owned, None)  # an act may have taken it out

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            scene.fire()
            owner = owner_of(type(self))
            found = None if owner is None else getattr(super(owner, self), name, None)
            if found is not None:
                return found(*args, **kwargs)
            return plain(name, scene, self, args)

        if name == "__new__":

            def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
                scene.fire()
                owner = owner_of(cls)
                if owner is None:
                    return object.__new__(cls)
                return super(owner, cls).__new__(cls)

            space[name] = staticmethod(new)
        elif name in ("__init_subclass__", "__class_getitem__"):
            space[name] = classmethod(lambda cls, *args, **kwargs: scene.fire())
        elif name == "__match_args__":
            space[name] = property(lambda self: scene.fire() or ())
        else:
            space[name] = method
            if name == "__eq__":
                space["__hash__"] = lambda self: 7
        yield

    return prepare


def plain(name: str, scene: Scene, self: Any, args: tuple[Any, ...]) -> Any:
    """What a method answers that nobody else has."""
    if name == "__getattr__":
        raise AttributeError(args[0])
    answers: dict[str, Any] = {
        "__bool__": True,
        "__len__": 2,
        "__hash__": 7,
        "__index__": INDEX,
        "__float__": REAL,
    }
    if name == "__iter__":
        return iter(())
    if name in ("__copy__", "__deepcopy__"):
        return self
    if name == "__getnewargs__":
        return ()
    if name == "__getstate__":
        return None
    return answers.get(name)


METHODS = (
    "__post_init__ __init__ __new__ __setattr__ __delattr__ __getattr__ __getattribute__ __eq__ "
    "__ne__ __lt__ __hash__ __repr__ __str__ __format__ __bool__ __len__ __iter__ __del__ "
    "__copy__ __deepcopy__ __reduce__ __reduce_ex__ __getstate__ __setstate__ __getnewargs__ "
    "__replace__ __init_subclass__ __class_getitem__ __dir__ __sizeof__ __index__ __float__"
).split()
for name_ in METHODS:
    HOOKS[f"class {name_}"] = class_method(name_, "class")
for name_ in (
    "__setattr__",
    "__getattr__",
    "__del__",
    "__eq__",
    "__hash__",
    "__reduce_ex__",
    "__post_init__",
    "__init_subclass__",
):
    HOOKS[f"mixin {name_}"] = class_method(name_, "mixin")


@hook("property")
def _property(scene: Scene) -> Iterator[None]:
    def get(self: Any) -> Any:
        scene.fire()
        return INDEX

    scene.space["computed"] = property(
        get, lambda self, value: scene.fire(), lambda self: scene.fire()
    )
    yield


@hook("cached_property")
def _cached(scene: Scene) -> Iterator[None]:
    def computed(self: Any) -> Any:
        scene.fire()
        return INDEX

    found: Any = functools.cached_property(computed)
    found.__set_name__(None, "computed")
    scene.base_space["computed"] = found
    yield


@hook("descriptor")
def _descriptor(scene: Scene) -> Iterator[None]:
    class Descriptor:
        def __get__(self, thing: Any, owner: Any = None) -> Any:
            scene.fire()
            return self if thing is None else INDEX

        def __set__(self, thing: Any, value: Any) -> None:
            scene.fire()

        def __delete__(self, thing: Any) -> None:
            scene.fire()

        def __set_name__(self, owner: Any, name: str) -> None:
            scene.fire()

    scene.space["computed"] = Descriptor()
    yield
    scene.evil = Descriptor()


@hook("__set_name__")
def _set_name(scene: Scene) -> Iterator[None]:
    yield

    class Evil:
        def __set_name__(self, owner: Any, name: str) -> None:
            scene.fire()

    scene.evil = Evil()


@hook("default_factory")
def _factory(scene: Scene) -> Iterator[None]:
    yield

    def make() -> Any:
        scene.fire()
        return ("good",)

    scene.factory = make


# ---- metaclasses ----


def meta_method(name: str) -> Hook:
    def prepare(scene: Scene) -> Iterator[None]:
        cell: list[Any] = []

        def method(cls: Any, *args: Any, **kwargs: Any) -> Any:
            scene.fire()
            if not cell:
                cell.append(next(m for m in type(cls).__mro__ if m.__name__ == "Meta"))
            found = getattr(super(cell[0], cls), name, None)
            if found is None:
                raise AttributeError(args[0] if args else name)
            return found(*args, **kwargs)

        if name == "__prepare__":
            scene.meta_space[name] = classmethod(lambda cls, *args, **kwargs: scene.fire() or {})
        elif name == "__new__":

            def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
                scene.fire()
                meta = next(m for m in cls.__mro__ if m.__name__ == "Meta")
                return super(meta, cls).__new__(cls, *args, **kwargs)

            scene.meta_space[name] = new
        else:
            scene.meta_space[name] = method
            if name == "__eq__":
                scene.meta_space["__hash__"] = type.__hash__
        yield

    return prepare


for name_ in (
    "mro __call__ __new__ __init__ __prepare__ __instancecheck__ __subclasscheck__ __setattr__ "
    "__delattr__ __getattribute__ __getattr__ "
    "__repr__ __eq__ __hash__ __dir__ __del__"
).split():
    HOOKS[f"metaclass {name_}"] = meta_method(name_)


# ---- pickle, copy ----


def tool(name: str, fallback: Callable[..., Any]) -> Hook:
    def prepare(scene: Scene) -> Iterator[None]:
        yield

        def method(self: Any, *args: Any) -> Any:
            scene.fire()
            return fallback(self, *args)

        scene.tools[name] = method

    return prepare


def find_class(self: Any, module: str, name: str) -> Any:
    return getattr(__import__(module, None, None, ["x"]), name)


HOOKS["Pickler.persistent_id"] = tool("persistent_id", lambda self, thing: None)
HOOKS["Pickler.reducer_override"] = tool("reducer_override", lambda self, thing: NotImplemented)
HOOKS["Unpickler.find_class"] = tool("find_class", find_class)


@hook("deepcopy memo")
def _memo(scene: Scene) -> Iterator[None]:
    yield

    class Memo(dict):  # type: ignore[type-arg]
        def get(self, *args: Any) -> Any:
            scene.fire()
            return dict.get(self, *args)

        def __setitem__(self, key: Any, value: Any) -> None:
            scene.fire()
            dict.__setitem__(self, key, value)

        def __getitem__(self, key: Any) -> Any:
            scene.fire()
            return dict.__getitem__(self, key)

    scene.tools["memo"] = Memo


@hook("copyreg")
def _copyreg(scene: Scene) -> Iterator[None]:
    yield

    def reduce(thing: Any) -> Any:
        scene.fire()
        return thing.__reduce_ex__(2)

    cls = scene.cls
    copyreg.dispatch_table[cls] = reduce
    ref = weakref.ref(cls)
    scene.undo.append(
        lambda: [
            copyreg.dispatch_table.pop(key) for key in list(copyreg.dispatch_table) if key is ref()
        ]
    )


# ---- what runs by itself ----


@hook("gc callback")
def _gc(scene: Scene) -> Iterator[None]:
    def callback(phase: str, info: Any) -> None:
        scene.fire()

    yield
    threshold = gc.get_threshold()
    scene.tools["before"] = lambda: (gc.callbacks.append(callback), gc.set_threshold(1))
    scene.tools["after"] = lambda: (gc.set_threshold(*threshold), gc.callbacks.remove(callback))


@hook("__del__ in a cycle")
def _cycle(scene: Scene) -> Iterator[None]:
    """Garbage that the collector finds while the operation runs."""

    class Garbage:
        def __del__(self) -> None:
            scene.fire()

    def before() -> None:
        for _ in range(20):
            garbage = Garbage()
            garbage.itself = garbage  # type: ignore[attr-defined]
        del garbage
        gc.set_threshold(1)

    yield
    threshold = gc.get_threshold()
    scene.tools["before"] = before
    scene.tools["after"] = lambda: gc.set_threshold(*threshold)


audited: list[Any] = [None]


def audit(event: str, args: tuple[Any, ...]) -> None:
    if audited[0] is not None:
        audited[0]()


@hook("audit")
def _audit(scene: Scene) -> Iterator[None]:
    """Audit hooks cannot be taken away again: one stays, in this process."""
    yield
    if len(audited) == 1:
        audited.append(True)
        sys.addaudithook(audit)
    scene.tools["before"] = lambda: audited.__setitem__(0, scene.fire)
    scene.tools["after"] = lambda: audited.__setitem__(0, None)


@hook("profile")
def _profile(scene: Scene) -> Iterator[None]:
    """sys.setprofile: at each call and return of a Python function, whoever calls it."""
    own = (scene.fire.__code__, __file__)

    def profile(frame: Any, event: str, arg: Any) -> None:
        if event in ("call", "return") and frame.f_code.co_filename.find("/attack/") < 0:
            scene.fire()

    yield
    scene.tools["before"] = lambda: sys.setprofile(profile)
    scene.tools["after"] = lambda: sys.setprofile(None)
    del own


@hook("thread")
def _thread(scene: Scene) -> Iterator[None]:
    """Each method of the payload gives the GIL away; another thread acts meanwhile."""
    yield
    errors: list[BaseException] = []

    def work() -> None:
        try:
            scene.fire()
        except BaseException as error:
            errors.append(error)

    def handed_over(answer: Callable[..., Any]) -> Callable[..., Any]:
        def method(*args: Any) -> Any:
            if scene.armed and not scene.acting:
                other = threading.Thread(target=work)
                other.start()
                other.join()
                errors.clear()
            return answer(scene, *args)

        return method

    names = (
        "__index__",
        "__float__",
        "__eq__",
        "__lt__",
        "__hash__",
        "__repr__",
        "__iter__",
        "__len__",
        "keys",
        "__getitem__",
    )
    space = {name: handed_over(ANSWERS[name]) for name in names}
    scene.evil = type("Evil", (), space)()


@hook("switch")
def _switch(scene: Scene) -> Iterator[None]:
    """Another thread acts when it can, while Python code that the operation called runs."""
    yield
    main = threading.get_ident()
    going = threading.Event()
    stop = threading.Event()
    other: list[threading.Thread] = []

    def inside() -> bool:
        frame = sys._current_frames().get(main)
        return frame is not None and frame.f_code.co_filename.find("/attack/") < 0

    def work() -> None:
        going.set()
        while not stop.is_set():
            if inside():
                try:
                    scene.fire()
                except BaseException:
                    pass
            time.sleep(0)

    def before() -> None:
        sys.setswitchinterval(1e-6)
        other.append(threading.Thread(target=work))
        other[0].start()
        going.wait()

    def after() -> None:
        stop.set()
        other.pop().join()
        sys.setswitchinterval(0.005)

    scene.tools["before"] = before
    scene.tools["after"] = after
