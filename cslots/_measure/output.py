"""Files that a command writes.

Checked before the measuring starts, never written over unless asked, never half written.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile


class OutputError(Exception):
    """A file that cannot be written; the text is for the user."""


def check(paths: list[str], force: bool) -> None:
    """Refuses what cannot be written, before two minutes of measuring are spent on it."""
    real = [os.path.realpath(path) for path in paths]
    for k, (path, target) in enumerate(zip(paths, real, strict=True)):
        if not path:
            raise OutputError("the name of the file to write is empty")
        if target in real[:k]:
            raise OutputError(f"{path}: named twice")
        folder = os.path.dirname(target)
        if os.path.isdir(target):
            raise OutputError(f"{path}: is a directory")
        if not os.path.isdir(folder):
            raise OutputError(f"{path}: there is no directory {os.path.dirname(path) or folder}")
        with contextlib.suppress(OSError):
            if not stat.S_ISREG(os.stat(target).st_mode):
                raise OutputError(f"{path}: is not a regular file")
        if os.path.lexists(path) and not force:
            raise OutputError(f"{path}: exists; give another name, or --force to write over it")
        if not _can_create(folder):
            raise OutputError(
                f"{path}: cannot be written (no permission, or a read-only file system)"
            )


def _can_create(folder: str) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def write(path: str, data: bytes, force: bool) -> None:
    """All of the file or nothing of it; a file that came into being meanwhile is kept."""
    target = os.path.realpath(path)
    partial = f"{target}.{os.getpid()}.partial"
    try:
        with open(partial, "xb") as file:
            file.write(data)
        if force:
            os.replace(partial, target)
        else:
            _publish(partial, target)
    except FileExistsError:
        raise OutputError(
            f"{path}: exists; give another name, or --force to write over it"
        ) from None
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(partial)


def _publish(partial: str, target: str) -> None:
    try:
        os.link(partial, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise FileExistsError(target) from None
        os.rename(partial, target)
