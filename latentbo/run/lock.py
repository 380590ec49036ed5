"""Working on a run's folder alone, also on file systems without `flock`."""

import errno
import os
import socket
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from latentbo.errors import CheckpointError
from latentbo.ledger.file_locks import NO_LOCKS
from latentbo.run.settings import CONFIG_FILE, LEDGER_FILE

if sys.platform != "win32":
    import fcntl

#: Made where the file system has no locks.
LOCK_FILE = "run.lock"

_HELD = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK)


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Work on a run's folder alone: two processes would pay for the same calls.

    The lock goes with the process, however it ends; only the file that stands in where the file
    system has no locks can stay behind, and says so. Where there are none (Windows), nothing is
    checked.

    Raises:
        CheckpointError: If another process works on the run.
    """
    if sys.platform == "win32":
        yield
        return
    with ExitStack() as stack:
        file = stack.enter_context(_opened(directory / CONFIG_FILE))
        if not any(_locked(lock, file, directory) for lock in (fcntl.flock, fcntl.lockf)):
            warnings.warn(
                f"the file system of {directory} has no locks: {LOCK_FILE} stands in for one",
                RuntimeWarning,
                stacklevel=3,
            )
            stack.enter_context(_lock_file(directory))
        yield


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("r+b")
    except PermissionError:  # read only: a lock of a local file system needs no more
        return path.open("rb")


def _locked(lock: Callable[[Any, int], object], file: IO[bytes], directory: Path) -> bool:
    """Take a lock; False where the file system has none of this kind."""
    try:
        lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise CheckpointError(
                f"another process is working on the run in {directory}: wait until it ends, or "
                f"stop it"
            ) from None
        if error.errno not in NO_LOCKS:
            raise
        return False
    return True


@contextmanager
def _lock_file(directory: Path) -> Iterator[None]:
    path = directory / LOCK_FILE
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        with suppress(OSError):
            holder = path.read_text(encoding="utf-8", errors="replace").strip()[:100]
        raise CheckpointError(
            f"another process is working on the run in {directory} ({path.name}: {holder}): wait "
            f"until it ends; if it was killed, delete {path}"
        ) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        # SQLite's, of a process that was killed: whoever works on the run holds our lock.
        with suppress(OSError):
            (directory / f"{LEDGER_FILE}.lock").rmdir()
        yield
    finally:
        path.unlink(missing_ok=True)
