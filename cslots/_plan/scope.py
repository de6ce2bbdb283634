"""Scope: where the annotations of a class are evaluated, and what stands in for missing names.

A name is looked up as if the annotation stood in the class body:

    class namespace -> the class itself -> type parameters -> enclosing functions
                    -> module -> builtins -> a Placeholder

with one difference: a name that is annotated in this very class is skipped in the class namespace.
Its value there is a default, and not a type. So `date: "date | None" = None` means what it says.

A deferred field keeps the Scope, and through it the globals of the module and the class namespace;
`resolve_deferred` asks it again later. Enclosing functions are found among the running frames, or,
in Python 3.14, in the closure of the class's annotate function.
"""

from __future__ import annotations

import builtins
import sys
import types
from types import CellType, FunctionType

from .._kinds import Placeholder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from types import FrameType
    from typing import Any

__all__ = ["LAZY", "Scope", "annotations_of"]

# annotationlib.Format; importing annotationlib costs more than a hundred classes
_VALUE, _VALUE_WITH_FAKE_GLOBALS = 1, 2


LAZY: Any = getattr(types, "LazyImportType", None)  # of Python 3.15


class Scope:
    """A mapping in which every name has a value."""

    __slots__ = ("annotate", "annotated", "globals", "name", "namespace", "qualname", "stands")

    def __init__(self, name: str, namespace: dict[str, Any], frame: FrameType | None) -> None:
        self.name = name
        self.qualname: str = namespace.get("__qualname__", name)
        self.namespace = namespace
        self.annotated: Container[str] = ()
        self.annotate: Any = None
        self.globals = _globals_of(namespace.get("__module__"), frame)
        self.stands = Placeholder(name)  # for the class being made

    def __getitem__(self, name: str) -> Any:
        try:
            return self.find(name)
        except KeyError:
            return Placeholder(name, self)

    def __iter__(self) -> Iterator[str]:
        """No names: else a search for a similar one would try 0, 1, 2 and so on for ever.

        A traceback makes such a search after a NameError.
        """
        return iter(())

    def find(self, name: str) -> Any:
        """The value of `name`; KeyError if nothing has that name."""
        namespace = self.namespace
        if name in namespace and name not in self.annotated:
            return namespace[name]
        if name == self.name:
            return self.stands
        for parameter in namespace.get("__type_params__", ()):
            if parameter.__name__ == name:
                return parameter
        if self.annotate is not None and (found := _in_closure(self.annotate, name)) is not None:
            return found[0]
        if (
            ".<locals>." in self.qualname
            and (found := _in_frames(self.qualname, self.globals, name)) is not None
        ):
            return found[0]
        if name in self.globals:
            value = self.globals[name]
            return value if LAZY is None or not isinstance(value, LAZY) else self._imported(name)
        return builtins.__dict__[name]

    def _imported(self, name: str) -> Any:
        """What a lazy import of Python 3.15 brings; KeyError where the import fails."""
        try:
            return eval(name, self.globals)
        except Exception:
            raise KeyError(name) from None

    def find_dotted(self, expression: str) -> Any:
        """The value of `a.b.c`; KeyError or AttributeError."""
        first, *rest = expression.split(".")
        value = self.find(first)
        for name in rest:
            value = getattr(value, name)
        return value

    def stand_in(self, expression: str) -> Placeholder:
        """The Placeholder of a dotted name."""
        return self.stands if expression == self.qualname else Placeholder(expression, self)

    def evaluate(self, text: str) -> Any:
        """The value of an annotation that is a string; TypeError if it cannot be evaluated."""
        # Names and "Name | None" are nearly all there is; looking up costs a tenth of compiling.
        if text.isidentifier() and text not in ("None", "True", "False"):
            return self[text]
        try:
            head, bar, tail = text.partition(" | ")
            if bar and tail == "None" and head.isidentifier():
                return self[head] | None
            # As a mapping, a Scope needs no more than __getitem__.
            return eval(text, self.globals, self)  # type: ignore[arg-type]
        except SyntaxError as error:
            raise TypeError(f"annotation {text!r} is no expression") from error
        except Exception as error:
            if (
                isinstance(error, AttributeError)
                and (waiting := self._attribute_later(text)) is not None
            ):
                return waiting
            raise TypeError(f"annotation {text!r} cannot be evaluated: {error}") from error

    def _attribute_later(self, text: str) -> Any:
        """The placeholder for `module.Later` or `module.Later | None` in a half imported module."""
        dotted = text.removesuffix("| None").rstrip()
        if not all(part.isidentifier() for part in dotted.split(".")):
            return None
        return self.stand_in(dotted) if dotted == text else self.stand_in(dotted) | None


def _globals_of(module: Any, frame: FrameType | None) -> dict[str, Any]:
    """The globals of the class statement: of its frame, since sys.modules may be changed."""
    if frame is not None and frame.f_globals.get("__name__") == module:
        return frame.f_globals
    found = sys.modules.get(module)
    return {} if found is None else found.__dict__


def _in_closure(function: Any, name: str) -> tuple[Any] | None:
    """(value,) of a free variable that has a value."""
    code = getattr(function, "__code__", None)
    if code is None or name not in code.co_freevars:
        return None
    try:
        return (function.__closure__[code.co_freevars.index(name)].cell_contents,)
    except ValueError:
        return None


def _in_frames(qualname: str, module_globals: dict[str, Any], name: str) -> tuple[Any] | None:
    """(value,) of a local variable of the running functions that the class statement stands in."""
    outer = qualname.rpartition(".<locals>.")[0]
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_qualname == outer and frame.f_globals is module_globals:
            if name in frame.f_locals:
                return (frame.f_locals[name],)
            outer = outer.rpartition(".<locals>.")[0]
            if not outer:
                return None
        frame = frame.f_back
    return None


def annotations_of(namespace: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """The annotations of a class body, evaluated as far as possible; strings stay strings."""
    found = namespace.get("__annotations__")
    if found is not None:
        if isinstance(found, dict):
            scope.annotated = found
        return found  # type: ignore[no-any-return]
    annotate = namespace.get("__annotate_func__") or namespace.get("__annotate__")
    if annotate is None:
        return {}
    code = getattr(annotate, "__code__", None)
    # A global that has the name of this class is an older class (a cell that runs again, a loop).
    # The scope knows the new one.
    if code is None or not (scope.name in code.co_names or scope.name in code.co_freevars):
        try:
            return annotate(_VALUE)  # type: ignore[no-any-return]
        except (NameError, AttributeError):
            if code is None:
                raise
    return _evaluate_lazily(annotate, scope)


class _Names(dict[str, object]):
    """Globals for an annotate function: empty, so that every name is asked of the scope."""

    __slots__ = ("scope",)
    scope: Scope

    def __missing__(self, name: str) -> Any:
        return self.scope[name]


def _evaluate_lazily(annotate: Any, scope: Scope) -> dict[str, Any]:
    """Run an annotate function of Python 3.14 so that undefined names evaluate to placeholders."""
    scope.annotate = annotate
    code = annotate.__code__
    names = _Names()
    names.scope = scope
    cells = []
    for name, cell in zip(code.co_freevars, annotate.__closure__ or (), strict=True):
        if name == scope.name or (_in_closure(annotate, name) is None):
            cell = CellType(scope[name])
        cells.append(cell)
    function = FunctionType(code, names, annotate.__name__, annotate.__defaults__, tuple(cells))
    function.__kwdefaults__ = annotate.__kwdefaults__
    try:
        return function(_VALUE_WITH_FAKE_GLOBALS)  # type: ignore[no-any-return]
    except NotImplementedError:  # written by hand, for the documented formats only
        import annotationlib  # type: ignore[import-not-found,unused-ignore]

        found: dict[str, Any] = annotationlib.call_annotate_function(
            annotate, annotationlib.Format.FORWARDREF
        )
        return found
