"""The tests of slots and Structs of other libraries, run with cslots behind the library's names.

attrs      tests/test_slots.py            cslots.dataclass(typed=False) behind attrs' decorators
                                          (attrs_facade.py)
msgspec    tests/unit/test_struct*.py     cslots.Struct behind msgspec's Struct (msgspec_facade.py)

The sdist of the release that is installed here is fetched (pip download); nothing of it is kept.
The tests are changed in two ways: they import the facade, and expect our words (and our class) of
an error where theirs differ (`texts`).

What fails is compared with three lists, in groups of one reason: `fails`, a difference of ours;
`python`, where Python's own slots and dataclasses do as cslots does; `foreign`, about an option or
a rule of the library. The last two do not apply. Tests that are foreign as a group do not run
(`left_out`). The share of those that apply and pass is printed. A test that fails and is not
listed, or is listed and passes, is an error; one that this Python skips is not. A test with
parameters counts once, and passes where all its cases do.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent


class Peer(NamedTuple):
    name: str
    files: tuple[str, ...]
    left_out: str  # for pytest -k
    texts: dict[str, str]  # regular expression in the test's source -> what takes its place
    fails: dict[str, str]  # reason -> names of tests
    python: dict[str, str]
    foreign: dict[str, str]


ATTRS = Peer(
    "attrs",
    ("tests/test_slots.py",),
    "",
    {r"^import (attrs?)$": r"from attrs_facade import attr as \1"},
    {
        "a slot that a plain base has and the class declares again has a descriptor of its own": (
            "test_inherited_slot_reuses_slot_descriptor"
        ),
    },
    {
        "a field of a base without slots gets a slot in the class "
        "that has slots": "test_inheritance_from_nonslots",
        "a pickled value that has no slot any more is an error, not "
        "dropped": "test_slots_unpickle_after_attr_removed",
    },
    {
        "asks for the class that attrs made the second one from; "
        "ours stays one class": "test_slots_base_of_slotted",
        "the option `these`": "test_nonslots_these",
        "the option `getstate_setstate`": "test_no_getstate_setstate_if_option_false",
        "attrs adds an annotation for a cached property": "test_slots_cached_property_infers_type",
        "a pickle format of attrs 22.1": "test_slots_unpickle_is_backward_compatible",
    },
)

MSGSPEC = Peer(
    "msgspec",
    ("tests/unit/test_struct.py", "tests/unit/test_struct_meta.py"),
    # Names in encoded data; a function that is not ours; objects of msgspec itself.
    "not TestTag and not TestRename and not TestDefStruct and not test_singletons and not "
    "test_struct_meta_pattern_ref_leak",
    {
        r"^(\s*)import msgspec$": r"\1import msgspec_facade as msgspec",
        r"^(\s*)from msgspec(\.structs)? import": r"\1from msgspec_facade import",
        r"Missing required argument ('\w')": r"missing required fields? \1",
        r"Extra positional arguments( provided)?": "positional argument",
        r"Argument ('\w') given by name and position": r"got field \1 twice",
        r"Unexpected keyword argument": "has no field",
        r"Required field 'c' cannot follow optional fields": "non-default field 'c' follows "
        "default field 'b'",
        r"immutable type: 'FrozenPoint'": "FrozenPoint is frozen",
        r"`struct` must be a `msgspec.Struct`": "expects one Struct object",
        r"`Point` has no field 'oops'": "Point.. has no field 'oops'",
        r"Struct field 'x' is unset": "Point.x is not set",
        r"Cannot set eq=False and order=True": "eq must be true if order is true",
        r"ValueError, match=\"Cannot set `(\w+)=False`\"": r'TypeError, match="\1=False, but its '
        r'base"',
        # Python 3.12 has other words.
        r"without an \W*r?\W*implementation for abstract method[^\"]*": "",
        r"struct type or instance": "expects a Struct or dataclass",
    },
    {
        "a base that is no Struct may bring methods, but no slots "
        "(docs/inheritance.md)": "test_mixin_nonempty_slots",
        "repr and == of an object with an unset field do not "
        "raise": "test_repr_missing_attr_errors test_struct_handles_missing_attributes",
        "gc=False below a base whose objects are tracked is "
        "refused": "test_gc_false_inherit_from_gc_true",
        "options come from the first base that is a Struct, and "
        "frozen and others do not mix": "test_struct_option_precedence",
        "our metaclass is an ABCMeta, which cannot stand before "
        "it": "test_structmeta_abcmeta_mixed_reverse_order",
    },
    {
        "a mutable default is a ValueError, not copied": (
            "test_struct_empty_mutable_defaults_fast_copy test_struct_empty_mutable_defaults_work "
            "test_struct_defaults_from_field "
            "test_struct_nonempty_mutable_defaults_error test_struct_meta_subclass_with_encoder"
        ),
        "an own __init__, __new__ or __slots__ is allowed": (
            "test_struct_subclass_forbids_init_new_slots test_mixin_forbids_init "
            "test_mixin_forbids_new"
        ),
        "the hash is that of the values": "test_hash_includes_type",
        "asdict goes into nested objects": "test_struct_meta_subclass_functions",
        "fields() takes no Example[str]": "test_fields_generic",
        "a string that cannot be evaluated is the type of an ordinary field": "test_wrong_classvar",
        "an unset field is left out of the pickle": "test_struct_pickle",
        "an object that may hold a container is tracked from the start": (
            "test_struct_gc_not_added_if_not_needed test_gc_true_inherit_from_gc_false "
            "test_struct_gc_set_on_copy "
            "test_replace_gc_delayed_tracking"
        ),
        "a constructor calls the __setattr__ of the class": "test_override_setattr "
        "test_override_setattr_inherit",
    },
    {
        "values are checked, and a field keeps its kind: msgspec does neither in a constructor": (
            "test_frozen_objects_hash_errors_if_field_unhashable test_subclass_overrides"
        ),
        "gc=False goes with weakref=True and dict=True": (
            "test_struct_gc_false_cannot_inherit_from_non_slots_classes "
            "test_struct_gc_false_forbids_dict_true "
            "test_struct_gc_false_forbids_weakref_true test_struct_gc_false_forbids_weakref_base "
            "test_struct_gc_false_base_forbids_weakref_true "
            "test_struct_gc_false_forbids_weakref_grandparent "
            "test_struct_gc_false_forbids_weakref_slot_from_mixin "
            "test_struct_gc_false_forbids_weakref_true_defstruct"
        ),
        "several bases with fields are laid out anew": "test_struct_subclass_forbids_mixed_layouts",
        "the option `repr_omit_defaults`": (
            "test_repr_omit_defaults_empty test_repr_omit_defaults_one_field "
            "test_repr_omit_defaults_multiple_fields"
        ),
        "the option `cache_hash`": "test_cache_hash_option test_cache_hash "
        "test_struct_subclass_forbidden_field_names",
        "what field() returns, and its `name`": "test_field",
        "the option `rename`": "test_fields_encode_name",
        "msgspec's decoders and a class that is not whole "
        "yet": "test_struct_errors_nicely_if_used_in_init_subclass",
    },
)


def fetch(peer: Peer, folder: Path) -> Path:
    """The unpacked sdist."""
    wanted = f"{peer.name}=={version(peer.name)}"
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-binary",
        peer.name,
    ]
    subprocess.run([*command, "--dest", str(folder), wanted], check=True)
    (archive,) = folder.glob(f"{peer.name}-*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def run(peer: Peer, sdist: Path) -> tuple[set[str], set[str]]:
    """The names of the tests that fail, and of all that ran."""
    for name in peer.files:
        source = (sdist / name).read_text(encoding="utf-8")
        for theirs, ours in peer.texts.items():
            source = re.sub(theirs, ours, source, flags=re.MULTILINE)
        (sdist / name).write_text(source, encoding="utf-8")
    command = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-q",
        "-rA",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(sdist),
    ]
    done = subprocess.run(
        [*command, "-k", peer.left_out, *peer.files],
        cwd=sdist,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{HERE}:{sdist}"},
    )
    told = re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\w+)", done.stdout, re.MULTILINE)
    if not told:
        sys.exit(done.stdout + done.stderr)
    return {name for word, name in told if word != "PASSED"}, {name for _, name in told}


def check(peer: Peer) -> bool:
    """Run the tests of one library and tell what came; True if it is what is listed."""
    with tempfile.TemporaryDirectory() as folder:
        failed, ran = run(peer, fetch(peer, Path(folder)))
    fails, python, foreign = (
        {name for names in groups.values() for name in names.split()}
        for groups in (peer.fails, peer.python, peer.foreign)
    )
    listed = fails | python | foreign
    applying = ran - python - foreign
    passing = len(applying - failed)
    print(
        f"{peer.name} {version(peer.name)}: {len(applying)} tests apply, {passing} pass "
        f"({passing / len(applying):.1%})"
    )
    titles = {
        f"{len(fails)} fail": peer.fails,
        f"{len(python)} do not apply: Python's slots and dataclasses do as "
        "cslots does": peer.python,
        f"{len(foreign)} do not apply: options and rules of {peer.name}": peer.foreign,
    }
    for title, groups in titles.items():
        print(f"  {title}")
        for reason, names in groups.items():
            print(f"    {reason}: {', '.join(names.split())}")
    for name in sorted(failed - listed):
        print(f"fails, and is not listed: {name}")
    for name in sorted(listed & ran - failed):
        print(f"passes, and is listed: {name}")
    return failed == listed & ran


if __name__ == "__main__":
    sys.exit(0 if all(list(map(check, (ATTRS, MSGSPEC)))) else 1)
