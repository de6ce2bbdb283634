"""What the program's source says about a class that its objects cannot say.

Who uses `__dict__`, which attributes appear late, who patches the class:

    files of the packages in question    read once; parsed only if the text holds one of its words
    class Foo: ...                       -> ClassSource: line, attributes set in __init__ and
                                            elsewhere, annotations, users of __dict__
    anywhere in its package              -> uses: vars(x), x.__dict__, Foo.attr = ...,
                                            x.__class__ = ...

Nothing is executed or imported. Source that is missing (an archive, a notebook, byte code only), or
that does not parse, is told as a gap.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from typing import Any, NamedTuple

LARGEST = 3_000_000  # bytes of a file that is still read
MOST_FILES = 500  # of a package
MOST_BYTES = 6_000_000

_WORDS = re.compile(r"__dict__|\bvars\s*\(|__class__\s*=[^=]")


class Use(NamedTuple):
    """A place in the source."""

    file: str
    line: int
    text: str

    def where(self) -> str:
        return f"{os.path.basename(self.file)}:{self.line}"


class ClassSource:
    """What the statement `class ...` says."""

    def __init__(self, file: str, node: ast.ClassDef) -> None:
        self.file = file
        self.line = node.lineno
        self.bases = [ast.unparse(base) for base in node.bases]
        self.annotations: dict[str, str] = {}
        self.in_init: dict[str, int] = {}
        self.elsewhere: dict[str, tuple[str, int]] = {}  # attribute -> method, line
        self.dict_uses: list[Use] = []
        self.dynamic: list[Use] = []  # setattr(self, name, ...)
        self.stores: dict[str, str | None] | None = (
            None  # __init__ only stores its parameters: each with its default as text
        )
        self.methods: list[str] = []
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                self.annotations[statement.target.id] = ast.unparse(statement.annotation)
            elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self.methods.append(statement.name)
                self._method(statement)
                if statement.name == "__init__" and isinstance(statement, ast.FunctionDef):
                    self.stores = _stored_parameters(statement)

    def _method(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        parameters = [*function.args.posonlyargs, *function.args.args]
        if not parameters or any(
            isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list
        ):
            return
        me = parameters[0].arg
        first = function.name in ("__init__", "__new__", "__post_init__")
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == me
            ):
                if isinstance(node.ctx, ast.Store):
                    if first:
                        self.in_init.setdefault(node.attr, node.lineno)
                    else:
                        self.elsewhere.setdefault(node.attr, (function.name, node.lineno))
                elif node.attr == "__dict__":
                    self.dict_uses.append(
                        Use(self.file, node.lineno, f"{me}.__dict__ in {function.name}()")
                    )
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                argument = node.args[0]
                if isinstance(argument, ast.Name) and argument.id == me:
                    if node.func.id == "vars":
                        self.dict_uses.append(
                            Use(self.file, node.lineno, f"vars({me}) in {function.name}()")
                        )
                    elif (
                        node.func.id == "setattr"
                        and len(node.args) > 1
                        and not isinstance(node.args[1], ast.Constant)
                    ):
                        self.dynamic.append(
                            Use(
                                self.file,
                                node.lineno,
                                f"setattr({me}, <name>, ...) in {function.name}()",
                            )
                        )


def _stored_parameters(function: ast.FunctionDef) -> dict[str, str | None] | None:
    """The parameters of an `__init__` that only does `self.name = name` for each; else None."""
    args = function.args
    if (
        args.vararg
        or args.kwarg
        or args.posonlyargs
        or args.kwonlyargs
        or not args.args
        or function.decorator_list
    ):
        return None
    me, *names = [parameter.arg for parameter in args.args]
    defaults: list[Any] = [None] * (len(names) - len(args.defaults)) + [
        ast.unparse(value) for value in args.defaults
    ]
    stored = set()
    for k, statement in enumerate(function.body):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and k == 0:
            continue
        if isinstance(statement, ast.AnnAssign):
            target: Any = statement.target
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
        else:
            return None
        if not (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id == me
            and isinstance(statement.value, ast.Name)
            and statement.value.id == target.attr
            and target.attr in names
        ):
            return None
        stored.add(target.attr)
    return dict(zip(names, defaults, strict=True)) if stored == set(names) and names else None


class File:
    """One file: its classes, and the places that matter to any class.

    Its tree, fifty times as large as the text, is gone once it was looked through.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.failed: str | None = None
        self._classes: dict[str, ClassSource] | None = None
        self._uses: list[tuple[str, Use]] | None = None

    def _look(self) -> None:
        self._classes, self._uses = {}, []
        try:
            tree = ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self.failed = f"{os.path.basename(self.path)} cannot be parsed ({type(error).__name__})"
            return
        self._collect(tree.body, "")
        if _WORDS.search(self.text):
            for node in ast.walk(tree):
                self._use(node)

    def find(self, qualname: str) -> ClassSource | None:
        if self._classes is None:
            self._look()
        assert self._classes is not None
        return self._classes.get(qualname)

    def _collect(self, body: list[Any], prefix: str) -> None:
        assert self._classes is not None
        for node in body:
            if isinstance(node, ast.ClassDef):
                self._classes.setdefault(f"{prefix}{node.name}", ClassSource(self.path, node))
                self._collect(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._collect(node.body, f"{prefix}{node.name}.<locals>.")
            else:
                for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                    inner = getattr(node, field, None)
                    if isinstance(inner, list):
                        self._collect(inner, prefix)

    def uses(self) -> list[tuple[str, Use]]:
        """("dict" | "class", place) for each `vars(x)`, `x.__dict__` and `x.__class__ = ...`.

        Not those where x is a class, a module or `self`.
        """
        if self._uses is None:
            if not _WORDS.search(self.text):
                return []
            self._look()
        assert self._uses is not None
        return self._uses

    def _use(self, node: ast.AST) -> None:
        assert self._uses is not None
        if isinstance(node, ast.Attribute) and node.attr == "__dict__" and _is_object(node.value):
            self._uses.append(("dict", Use(self.path, node.lineno, f"{ast.unparse(node)[:60]}")))
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "vars"
            and node.args
        ):
            if _is_object(node.args[0]):
                self._uses.append(
                    ("dict", Use(self.path, node.lineno, f"{ast.unparse(node)[:60]}"))
                )
        elif (
            isinstance(node, ast.Attribute)
            and node.attr == "__class__"
            and isinstance(node.ctx, ast.Store)
        ):
            self._uses.append(
                ("class", Use(self.path, node.lineno, f"{ast.unparse(node)[:60]} = ..."))
            )

    def patches(self, name: str) -> list[Use]:
        """`Name.attribute = ...`: the class is changed after it was made."""
        return [
            self._at(match)
            for match in re.finditer(
                rf"^[ \t]*({re.escape(name)}\.\w+)[ \t]*=(?!=)", self.text, re.M
            )
        ]

    def outside(self, attributes: list[str]) -> dict[str, Use]:
        """Where `x.attribute = ...` stands for an x that is not `self`."""
        wanted = [re.escape(name) for name in attributes if f".{name}" in self.text]
        found: dict[str, Use] = {}
        if wanted:
            for match in re.finditer(
                rf"^[ \t]*((?!self\b|cls\b)[\w.]+\.({'|'.join(wanted)}))[ \t]*=(?!=)",
                self.text,
                re.M,
            ):
                found.setdefault(match[2], self._at(match))
        return found

    def _at(self, match: re.Match[str]) -> Use:
        return Use(
            self.path, self.text.count("\n", 0, match.start(1)) + 1, f"{match[1][:60]} = ..."
        )


def _is_object(node: ast.expr) -> bool:
    """May what stands before `.__dict__` be an ordinary object?

    Not a class, a module or `self`, which the class itself looks at.
    """
    if isinstance(node, ast.Name):
        return (
            node.id not in ("self", "cls", "type", "klass", "mcs", "module", "mod")
            and not node.id[:1].isupper()
        )
    if isinstance(node, ast.Call):
        return not (
            isinstance(node.func, ast.Name)
            and node.func.id in ("type", "super", "__import__", "import_module")
        )
    if isinstance(node, ast.Attribute):
        return node.attr != "__class__" and not node.attr[:1].isupper()
    return isinstance(node, ast.Subscript)


class Sources:
    """The files of the program, as far as they are asked for."""

    def __init__(self, main_file: str | None = None) -> None:
        self.main_file = main_file
        self.files: dict[str, File | None] = {}
        self.packages: dict[str, list[File]] = {}
        self.gaps: list[str] = []

    def file(self, path: str | None) -> File | None:
        if not path or not path.endswith((".py", ".pyw")):
            if path and not path.endswith((".so", ".pyd", ".pyc")) and os.path.isfile(path):
                pass  # a script needs no suffix
            else:
                return None
        if path not in self.files:
            self.files[path] = self._read(path)
        return self.files[path]

    def _read(self, path: str) -> File | None:
        try:
            if os.path.getsize(path) > LARGEST:
                self.gaps.append(f"{os.path.basename(path)} is too large to be looked through")
                return None
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            return None
        match = re.search(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", data[:400], re.M)
        try:
            text = data.decode(match[1].decode() if match else "utf-8-sig", "replace")
        except LookupError:
            text = data.decode("latin-1")
        return File(path, text)

    def find(self, file: str | None, qualname: str) -> ClassSource | None:
        found = self.file(file)
        return found.find(qualname) if found else None

    def package(self, module: str) -> list[File]:
        """The files of all imported modules of its top-level package, and of the main module."""
        top = module.partition(".")[0]
        if top not in self.packages:
            paths = []
            for name, loaded in list(sys.modules.items()):
                if name == top or name.startswith(top + "."):
                    try:
                        path = object.__getattribute__(loaded, "__dict__").get("__file__")
                    except AttributeError:
                        continue
                    if type(path) is str:
                        paths.append(path)
            if self.main_file:
                paths.append(self.main_file)
            files: list[File] = []
            size = 0
            for path in dict.fromkeys(paths):
                if len(files) >= MOST_FILES or size > MOST_BYTES:
                    self.gaps.append(
                        f"{top}: only {len(files)} of its {len(paths)} files were looked through"
                    )
                    break
                file = self.file(path)
                if file is not None:
                    files.append(file)
                    size += len(file.text)
            self.packages[top] = files
        return self.packages[top]
