"""A run's folder appears whole or not at all, and is its user's alone."""

import errno
import hashlib
import json
import os
import re
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.hiding import hide
from latentbo.run.settings import CONFIG_FILE

# Of hidden folders: `.NAME-MACHINE-PROCESS-RANDOM.latentbo`.
SUFFIX = ".latentbo"
_PART = re.compile(r"\..*-(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-\w{8}\.latentbo", re.DOTALL)
# Characters of the folder's name in that of the hidden one, which file systems limit.
LONGEST_NAME = 100
# Seconds after which a hidden folder without a lock has no process.
TIME_TO_LOCK = 60.0
# An empty folder that cannot be replaced: it is a mount point, or the current folder.
_FIXED = (errno.EBUSY, errno.EINVAL, errno.EXDEV, errno.EPERM, errno.EACCES)


@contextmanager
def new_folder(directory: Path) -> Iterator[Path]:
    """Give a hidden folder beside `directory` to write in, and rename it at the end.

    Only its user can read it, as it may hold addresses and command lines; an empty folder that was
    there keeps its permissions. A failure leaves nothing; a kill leaves the hidden folder, which
    the next start in the same parent folder removes.

    Raises:
        ConfigurationError: If the folder is in use, also by a run that was quicker, or cannot be
            made.
    """
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(directory.parent)
        owner = f"{_machine()}-{os.getpid()}"
        prefix = f".{directory.name[:LONGEST_NAME]}-{owner}-"
        part = Path(tempfile.mkdtemp(SUFFIX, prefix, directory.parent))
    except OSError as error:
        raise ConfigurationError(
            f"the folder {directory} cannot be made ({error.strerror}): give another --out"
        ) from error
    lock = _locked(part)
    try:
        yield part
        _put(part, directory)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _machine() -> str:
    """Return what tells machines apart that share a file system."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _locked(part: Path) -> int | None:
    """Lock a hidden folder for as long as this process lives; None where that cannot be done."""
    if sys.platform == "win32":
        return None
    import fcntl  # noqa: PLC0415  (Windows has none)

    descriptor = None
    try:
        descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        return None
    return descriptor


def _remove_stale(parent: Path) -> None:
    """Remove hidden folders that killed processes of this machine left.

    All of it must hold: the name is one that is given here, on this machine; the folder is ours; no
    process holds its lock; and the process of its name is gone, or has had a minute to take the
    lock.
    """
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            found = _PART.fullmatch(entry.name)
            if found is None or found["machine"] != _machine() or entry.is_symlink():
                continue
            lock = _locked(Path(entry.path))
            if lock is None:
                continue
            try:
                facts = os.fstat(lock)
                is_old = time.time() - facts.st_mtime > TIME_TO_LOCK
                if facts.st_uid == os.getuid() and (is_old or _is_gone(int(found["process"]))):
                    shutil.rmtree(entry.path, ignore_errors=True)
            finally:
                os.close(lock)


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def _put(part: Path, directory: Path) -> None:
    try:
        if directory.is_dir():
            part.chmod(directory.stat().st_mode & 0o7777)
        if directory == Path.cwd():
            _move_files(part, directory)
        else:
            part.rename(directory)
    except FileExistsError as error:
        raise in_use(directory) from error
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.ENOTDIR):
            raise in_use(directory) from error
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
            raise in_use(directory) from error


def in_use(directory: Path) -> ConfigurationError:
    """Return the error for a folder that is in use."""
    return ConfigurationError(
        f"{directory} exists: give another --out, or resume it with --resume {directory}"
    )


def write_config(directory: Path, settings: dict[str, Any]) -> None:
    """Write `config.json` in one step, readable by its user alone, and without secrets."""
    partial = directory / f"{CONFIG_FILE}.part"
    text = json.dumps(_without_secrets(settings), indent=1, ensure_ascii=False) + "\n"
    try:
        partial.write_text(text, encoding="utf-8")
        partial.chmod(0o600)
        os.replace(partial, directory / CONFIG_FILE)
    finally:
        partial.unlink(missing_ok=True)


def _without_secrets(content: Any) -> Any:
    """Return the settings with every text in them as `latentbo.hiding` shows it."""
    if isinstance(content, dict):
        return {name: _without_secrets(each) for name, each in content.items()}
    if isinstance(content, list | tuple):
        return [_without_secrets(each) for each in content]
    return hide(content) if isinstance(content, str) else content


def file_hashes(directory: Path, names: list[str]) -> dict[str, str]:
    """Return the sha256 of those files of a run's folder that are there."""
    paths = [directory / name for name in names]
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()
    }
