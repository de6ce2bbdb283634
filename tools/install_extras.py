"""Install extras of pyproject.toml into the environment this runs in.

install_extras.py GROUP...              the build's requirements ("build") or an extra: all of it,
                                        or an error
install_extras.py --optional GROUP...   what installs on this Python; the rest is named in one line
                                        and left out
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

# Never compiled here: without a wheel for this Python they are left out at once, not after minutes
# of compiling.
WHEELS_ONLY = [
    "basedpyright",
    "clang-format",
    "clang-tidy",
    "contourpy",
    "duckdb",
    "matplotlib",
    "mypy",
    "nanoarrow",
    "numpy",
    "pandas",
    "pillow",
    "polars",
    "pyarrow",
    "ruff",
]
TIME_LIMIT = 600  # seconds


def requirements(groups: list[str]) -> list[str]:
    with (Path(__file__).resolve().parent.parent / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    known = {
        **project["project"]["optional-dependencies"],
        "build": [*project["build-system"]["requires"], "meson>=1.3", "ninja"],
    }
    return [requirement for group in groups for requirement in known[group]]


def install(wanted: list[str]) -> str:
    """Empty if that worked, else the line that says why not."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--prefer-binary",
    ]
    try:
        run = subprocess.run(
            [*command, "--only-binary", ",".join(WHEELS_ONLY), *wanted],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        return f"took longer than {TIME_LIMIT} s"
    if run.returncode == 0:
        return ""
    lines = [line.strip() for line in run.stdout.splitlines() if line.strip()]
    return next(
        (line for line in lines if line.lower().startswith("error")),
        lines[-1] if lines else "pip failed",
    )


def main() -> None:
    arguments = sys.argv[1:]
    optional = "--optional" in arguments
    groups = [argument for argument in arguments if argument != "--optional"]
    wanted = requirements(groups)
    print(f"Installing into {sys.prefix}: {', '.join(wanted)}", flush=True)
    problem = install(wanted)
    if problem and not optional:
        sys.exit(f"cslots: cannot install {' '.join(wanted)}: {problem}")
    if problem:
        for requirement in wanted:
            if reason := install([requirement]):
                print(
                    f"Left out: {requirement} does not install on Python "
                    f"{sys.version.split()[0]} ({reason})",
                    flush=True,
                )


if __name__ == "__main__":
    main()
