"""Every command and every make target that a document names is there, and something runs it.

RUNS says what: a step of .ci/run, or a test. Whoever names a new command in a document adds a line
here.
"""

import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from cslots._cli import main as cli

ROOT = pathlib.Path(__file__).parents[3]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
    *sorted(ROOT.glob("*/README.md")),
    ROOT / "bench/audit/README.md",
]

# target -> the step of .ci/run that runs it, or the test that does
RUNS = {
    "help": "docs/test_named_commands.py",
    "install": "docs/test_named_commands.py",
    "demo": "make demo",
    "test": "make test",
    "lint": "make lint pytest",
    "format": "make format",
    "ctest": "make test",
    "pytest": "make pytest",
    "interop": "make interop",
    "interop ENGINES=1": "make interop ENGINES=1",
    "peers": "make peers",
    "audit-bench": "make audit-bench",
    "bench": "make bench",
    "asan": "make asan",
    "attack": "make attack",
    "leaks": "make leaks",
    "fuzz": "make fuzz",
    "test-all-pythons": "docs/test_named_commands.py",
    "wheel": "make wheel",
    "clean": "docs/test_named_commands.py",
    "distclean": "docs/test_named_commands.py",
}
# command -> the file that runs it for the tests
COMMANDS = {
    "demo": "commands/test_commands.py",
    "bench": "commands/test_commands.py",
    "audit": "support/audit.py",
    "report": "audit/test_report.py",
}

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def code_of(text):
    """What a document shows as code: lines of blocks, and spans."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(
        r"`([^`\n]+)`", re.sub(r"^```[^\n]*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    )
    return [line.strip() for block in blocks for line in block.splitlines()] + spans


def named(program):
    """What documents and `make help` say to `program`, as lists of words."""
    codes = [
        code
        for path in DOCUMENTS
        if path.exists()
        for code in code_of(path.read_text(encoding="utf-8"))
    ]
    help_lines = re.findall(
        r"^\t@echo '(make .*?)'$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    codes += help_lines
    for code in codes:
        command = re.split(r"\s{2,}|\s#|\s[>|]|;|&&", code.removeprefix("$ "))[0]
        try:
            words = shlex.split(command)
        except ValueError:
            words = command.split()
        if words[:1] == [program]:
            yield words[1:]


def named_targets():
    found = set()
    for words in named("make"):
        targets = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
        found |= set(targets)
        found |= {f"{target} ENGINES=1" for target in targets if "ENGINES=1" in words}
    return found


def steps_of_ci():
    return (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_every_target_that_a_document_names_is_run():
    assert named_targets() - set(RUNS) == set(), "add what runs it to RUNS"
    for target, where in RUNS.items():
        if where.endswith(".py"):
            text = (ROOT / "tests/python" / where).read_text(encoding="utf-8")
            assert f"make {target}" in text or f'"{target}"' in text, target
        else:
            words = re.escape(where).replace(r"\ ", " ")
            assert re.search(rf"^ +step \"[^\"]*\" {words}\b", steps_of_ci(), re.MULTILINE), (
                f"{where} is no step of .ci/run"
            )


def test_every_command_that_a_document_names_is_tested():
    commands = {words[0] for words in named("cslots") if words and not words[0].startswith("-")}
    assert commands == set(cli.COMMANDS) == set(COMMANDS)
    for command, where in COMMANDS.items():
        assert f'"{command}"' in (ROOT / "tests/python" / where).read_text(encoding="utf-8"), (
            command
        )


@pytest.mark.parametrize("words", sorted({tuple(words) for words in named("cslots")}), ids=" ".join)
def test_a_command_is_taken_as_a_document_writes_it(words):
    words = ["script.py" if word == "args..." else word for word in words]
    if words in ([], ["audit"], ["report"]):  # the name of the command only
        return
    assert cli.parse(words) is not None


@needs_make
@pytest.mark.parametrize("target", sorted(RUNS))
def test_make_knows_how_to_run_a_target(target):
    done = subprocess.run(
        ["make", "-n", *target.split(), f"PYTHON={sys.executable}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@needs_make
def test_make_help_names_every_target():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = " ".join(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)).split()
    assert "FORCE" in phony
    for target in set(phony) - {"FORCE", "help", "install"}:
        assert re.search(rf"\b{target}\b", done.stdout), target


@needs_make
def test_make_clean_removes_what_was_built_and_distclean_the_environments(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("build/py", "dist", ".venv/bin", ".mypy_cache", "cslots"):
        (tmp_path / name).mkdir(parents=True)
    for name in (".venv/.installed", ".venv/bin/python", "cslots/_core.x.so", "cslots/kept.py"):
        (tmp_path / name).touch()

    def left():
        return sorted(
            str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()
        )

    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert (
        left() == [".venv/bin/python", "Makefile", "cslots/kept.py"]
        and not (tmp_path / "build").exists()
    )
    subprocess.run(["make", "distclean"], cwd=tmp_path, check=True, capture_output=True)
    assert left() == ["Makefile", "cslots/kept.py"]


@needs_make
def test_make_test_all_pythons_runs_the_tests_on_each(tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "tools/test-all-pythons.sh", tmp_path / "tools")
    fake = tmp_path / "make"  # stands for the make that would build and test
    fake.write_text('#!/bin/sh\necho "asked for $*"\necho "3 passed in 0.1s"\n')
    fake.chmod(0o755)
    done = subprocess.run(
        ["make", "test-all-pythons", f"MAKE={fake}", f"PYTHONS={sys.executable}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    version = ".".join(map(str, sys.version_info[:3]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(
        rf"^{re.escape(version)}\w* +passed: 3 passed in 0.1s$", done.stdout, re.MULTILINE
    ), done.stdout
