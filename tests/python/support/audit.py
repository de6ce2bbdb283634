"""Programs that run plainly and under `cslots audit`."""

import os
import pathlib
import re
import subprocess
import sys

PYTHON = [sys.executable]
AUDIT = [sys.executable, "-m", "cslots", "audit", "-q"]


def start(command, arguments, folder, **settings):
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        **settings.pop("env", {}),
    }
    if not sys.flags.safe_path:
        # Where cslots is found, if it is not installed, without the program's folder getting a
        # different place.
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(
                None,
                [
                    str(pathlib.Path(__import__("cslots").__file__).parent.parent),
                    environment.get("PYTHONPATH"),
                ],
            )
        )
    return subprocess.Popen(
        [*command, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **settings,
    )


def run(command, arguments, folder, text="", **settings):
    with start(command, arguments, folder, **settings) as process:
        return finished(process, text)


def finished(process, text=""):
    try:
        out, err = process.communicate(text, timeout=600)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return (
        process.returncode,
        re.sub("0x[0-9a-f]+|pid=[0-9]+", "...", out),
        re.sub("0x[0-9a-f]+|pid=[0-9]+", "...", err),
    )


def same(folder, arguments, text="", **settings):
    """Runs a program plainly and audited, and compares all that can be seen -> what was seen."""
    with (
        start(PYTHON, arguments, folder, **settings) as plain,
        start(AUDIT, arguments, folder, **settings) as audited,
    ):
        seen = [finished(process, text) for process in (plain, audited)]
    assert seen[1] == seen[0]
    return seen[0]
