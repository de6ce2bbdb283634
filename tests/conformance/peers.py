"""attrs' own tests of slots, run with cslots.dataclass behind attrs' decorators (attrs_facade.py).

peers.py        fetches the sdist of the attrs that is installed here (pip download), and runs its tests/test_slots.py

What fails is compared with FAILS (a difference of ours) and ATTRS_ONLY (about attrs itself), and the share of those that apply
and pass is printed. A test that fails and is not listed, or is listed and passes, is an error. Nothing of attrs is kept here.
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

HERE = Path(__file__).resolve().parent

FAILS = {
    "test_inheritance_from_nonslots": "a field of a base without slots gets a slot in the class that has slots",
    "test_inherited_slot_reuses_slot_descriptor": "a slot that a plain base has and the class declares again has a descriptor of its own",
    "test_slots_unpickle_after_attr_removed": "a pickled value that has no field any more is an error, not dropped",
}
ATTRS_ONLY = {
    "test_slots_base_of_slotted": "asks for the class that attrs made the second one from; ours stays one class",
    "test_nonslots_these": "the option `these`",
    "test_no_getstate_setstate_if_option_false": "the option `getstate_setstate`",
    "test_slots_cached_property_infers_type": "attrs adds an annotation for a cached property",
    "test_slots_unpickle_is_backward_compatible": "a pickle format of attrs 22.1",
}


def fetch(folder: Path) -> Path:
    """The unpacked sdist of attrs."""
    wanted = f"attrs=={version('attrs')}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", "attrs"]
    subprocess.run([*command, "--dest", str(folder), wanted], check=True)
    (archive,) = folder.glob("attrs-*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def run(tests: Path) -> tuple[set[str], int]:
    """The names of the tests that fail, and how many ran."""
    source = (tests / "test_slots.py").read_text(encoding="utf-8")
    source = re.sub(r"^import (attrs?)$", r"from attrs_facade import attr as \1", source, flags=re.MULTILINE)
    (tests / "test_slots.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "--rootdir", str(tests.parent)]
    done = subprocess.run(
        [*command, "tests/test_slots.py"],
        cwd=tests.parent,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{HERE}:{tests.parent}"},
    )
    told = re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\w+)", done.stdout, re.MULTILINE)
    if not told:
        sys.exit(done.stdout + done.stderr)
    return {name for word, name in told if word != "PASSED"}, len(told)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        failed, count = run(fetch(Path(folder)) / "tests")
    listed = FAILS.keys() | ATTRS_ONLY.keys()
    applying = count - len(ATTRS_ONLY)
    print(f"attrs {version('attrs')}: {applying} tests of slots apply, {applying - len(failed - ATTRS_ONLY.keys())} pass")
    for name, reason in {**FAILS, **ATTRS_ONLY}.items():
        print(f"  {name}: {reason}")
    for name in sorted(failed - listed):
        print(f"fails, and is not listed: {name}")
    for name in sorted(listed - failed):
        print(f"passes, and is listed: {name}")
    return 1 if failed ^ listed else 0


if __name__ == "__main__":
    sys.exit(main())
