"""Plan: everything that a class statement says, decided and checked before the class exists.

class statement -> Plan -> the metatype lays the class out and makes it
"""

from __future__ import annotations

from .. import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from .._field import Field

    Namespace: TypeAlias = dict[str, Any]

__all__ = ["OPTIONS", "Plan", "is_parent", "root"]


# Class options and their defaults, in the order in which errors list them.
OPTIONS: dict[str, bool | None] = {
    "frozen": False,
    "eq": True,
    "order": False,
    "unsafe_hash": False,
    "kw_only": False,
    "repr": True,
    "match_args": True,
    "weakref": False,
    "dict": False,
    "gc": None,
}


class Plan:
    """What the metatype needs to know to make a class.

    name        of the class
    fields      every Field in the order of the constructor, inherited ones first; InitVars have the
                kind "initvar"
    own_fields  the names declared in this class body
    namespace   for type.__new__: no defaults of fields, `__slots__` empty, `__match_args__` and
                `__hash__` as decided
    keywords    the class keywords that are not options, for __init_subclass__
    abstract    the class body has abstract methods
    bases       for type.__new__: as written, but with Struct behind all mixins
    behind      classes whose `__init__` the class does not take, since it has them behind Struct
    tracked     objects need a GC header; `reason` says why or why not
    hash_mode   "value": hash of the fields; "identity"; "none": unhashable; "user": a `__hash__`
                that the user wrote
    extends     its objects are larger than those of its bases, or hold more
    style       "struct"; "dataclass": decorated; "subclass": derives from a decorated class, and is
                not decorated itself
    typed       kinds are those of the annotations; False: all fields are plain references
    params      of the decorator, as given
    declared    the Fields of a decorated class body, ClassVars included
    raw         what the class body says under `__slots__`, and a "subclass" body under the names of
                inherited fields
    install     the methods that a decorated class gets
    remove      the names that leave its dict before that
    frozen, eq, order, unsafe_hash, kw_only, repr, match_args, weakref, dict, gc
                the options, inherited ones included
    """

    __slots__ = (
        *OPTIONS,
        "abstract",
        "bases",
        "behind",
        "declared",
        "extends",
        "fields",
        "hash_mode",
        "install",
        "keywords",
        "name",
        "namespace",
        "own_fields",
        "params",
        "raw",
        "reason",
        "remove",
        "style",
        "tracked",
        "typed",
    )
    if TYPE_CHECKING:
        frozen: bool
        eq: bool
        order: bool
        unsafe_hash: bool
        kw_only: bool
        repr: bool
        match_args: bool
        weakref: bool
        dict: bool
        gc: bool | None
        abstract: bool
        bases: tuple[type, ...]
        behind: tuple[type, ...]
        extends: bool
        fields: tuple[Field, ...]
        hash_mode: str
        keywords: Mapping[str, Any]
        name: str
        namespace: Namespace
        own_fields: tuple[str, ...]
        reason: str
        tracked: bool
        style: str
        typed: bool
        params: Mapping[str, Any]
        declared: tuple[Field, ...]
        raw: Namespace
        install: tuple[str, ...]
        remove: tuple[str, ...]

    def __init__(self) -> None:
        self.style = "struct"
        self.typed = True
        self.raw = {}
        self.bases = self.behind = ()
        self.abstract = False

    def stored(self) -> list[Field]:
        """The fields that the objects have values of: no InitVars, and no slots that are hidden."""
        return [field for field in self.fields if field.kind != "initvar" and not field.hidden]

    def __repr__(self) -> str:
        return f"<plan of {self.name}: {', '.join(field.name for field in self.fields)}>"


def root() -> Plan:
    """The Plan of Struct itself: no fields, and every option as it is by default."""
    made = Plan()
    for option, default in OPTIONS.items():
        setattr(made, option, default)
    made.name = "Struct"
    made.fields = made.own_fields = ()
    made.namespace = {}
    made.keywords = {}
    made.extends = made.tracked = False
    made.reason = "no field can refer to a container"
    made.hash_mode = "none"
    return made


def is_parent(base: type) -> bool:
    return base is not _core.Struct and _core.is_struct_class(base)
