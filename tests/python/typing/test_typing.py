"""Type checkers accept tests/typing/accept.py, and find each error of reject.py."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

import cslots

SAMPLES = pathlib.Path(__file__).parents[2] / "typing"
PACKAGE = pathlib.Path(cslots.__file__).parent
MARK = re.compile(r"# reject$")


def marked(path):
    return {
        number for number, line in enumerate(path.read_text().splitlines(), 1) if MARK.search(line)
    }


def run(command):
    environment = dict(os.environ)
    # Mypy finds what is installed by itself, and refuses to be told.
    if PACKAGE.parent.name != "site-packages":
        environment["MYPYPATH"] = str(PACKAGE.parent)
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=300, check=False
    )


def found_by_mypy(path, cache):
    pytest.importorskip("mypy")
    version = "{}.{}".format(*sys.version_info)
    options = [
        "--strict",
        "--config-file",
        os.devnull,
        "--cache-dir",
        str(cache),
        "--python-version",
        version,
    ]
    done = run(
        [sys.executable, "-m", "mypy", *options, "--hide-error-context", "--no-pretty", str(path)]
    )
    assert re.search(r"^(Found \d+ error|Success)", done.stdout, re.MULTILINE), (
        done.stdout + done.stderr
    )
    return {
        int(line) for line in re.findall(rf"{path.name}:(\d+): error", done.stdout)
    }, done.stdout


def found_by_pyright(path, folder):
    pytest.importorskip("basedpyright")
    settings = folder / "pyrightconfig.json"
    settings.write_text(
        json.dumps(
            {
                "typeCheckingMode": "standard",
                "extraPaths": [str(PACKAGE.parent)],
                "include": [str(path)],
            }
        )
    )
    done = run([sys.executable, "-m", "basedpyright", "--outputjson", "-p", str(settings)])
    report = json.loads(done.stdout)
    errors = [d for d in report["generalDiagnostics"] if d["severity"] == "error"]
    text = "\n".join(f"{d['range']['start']['line'] + 1}: {d['message']}" for d in errors)
    return {d["range"]["start"]["line"] + 1 for d in errors}, text


@pytest.fixture(scope="module", params=[found_by_mypy, found_by_pyright])
def find(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checker")
    return lambda path: request.param(path, folder)


@pytest.mark.parametrize("name", ["accept.py", "accept_dataclass.py"])
def test_checkers_accept_what_works(find, name):
    lines, text = find(SAMPLES / name)
    assert lines == set(), text


@pytest.mark.parametrize("name", ["reject.py", "reject_dataclass.py"])
def test_checkers_find_what_does_not(find, name):
    path = SAMPLES / name
    lines, text = find(path)
    assert lines == marked(path), text
