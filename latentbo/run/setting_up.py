"""A run's folder appears whole or not at all, and is its user's alone."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.run.settings import CONFIG_FILE

# An empty folder that cannot be replaced: it is a mount point, or the current folder.
_FIXED = (errno.EBUSY, errno.EINVAL, errno.EXDEV, errno.EPERM, errno.EACCES)


@contextmanager
def new_folder(directory: Path) -> Iterator[Path]:
    """Give a hidden folder beside `directory` to write in, and rename it at the end.

    Only its user can read it, as it may hold addresses and command lines; an empty folder that was
    there keeps its permissions. A failure leaves nothing, a kill the hidden folder.

    Raises:
        ConfigurationError: If the folder is in use, also by a run that was quicker, or cannot be
            made.
    """
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    except OSError as error:
        raise ConfigurationError(
            f"the folder {directory} cannot be made ({error.strerror}): give another --out"
        ) from error
    try:
        yield part
        _put(part, directory)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _put(part: Path, directory: Path) -> None:
    try:
        if directory.is_dir():
            part.chmod(directory.stat().st_mode & 0o7777)
        if directory == Path.cwd():
            _move_files(part, directory)
        else:
            part.rename(directory)
    except FileExistsError as error:
        raise _in_use(directory) from error
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.ENOTDIR):
            raise _in_use(directory) from error
        if error.errno not in _FIXED or not directory.is_dir():
            raise ConfigurationError(
                f"the folder {directory} cannot be made ({error.strerror}): give another --out"
            ) from error
        _move_files(part, directory)


def _move_files(part: Path, directory: Path) -> None:
    """Move the files into a folder that stays, the settings last: they make it a run."""
    names = sorted(path.name for path in part.iterdir() if path.name != CONFIG_FILE)
    for name in (*names, CONFIG_FILE):
        try:
            os.link(part / name, directory / name)  # unlike a rename, it replaces nothing
        except FileExistsError as error:
            raise _in_use(directory) from error


def _in_use(directory: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{directory} exists: give another --out, or go on with --resume {directory}"
    )


def write_config(directory: Path, settings: dict[str, Any]) -> None:
    """Write `config.json` in one step, readable by its user alone."""
    partial = directory / f"{CONFIG_FILE}.part"
    text = json.dumps(settings, indent=1, ensure_ascii=False) + "\n"
    try:
        partial.write_text(text, encoding="utf-8")
        partial.chmod(0o600)
        os.replace(partial, directory / CONFIG_FILE)
    finally:
        partial.unlink(missing_ok=True)


def file_hashes(directory: Path, names: list[str]) -> dict[str, str]:
    """Return the sha256 of those files of a run's folder that are there."""
    paths = [directory / name for name in names]
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()
    }
