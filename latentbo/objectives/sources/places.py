"""Which call is being made, and a folder of its own for the files that a program leaves.

A call is announced here while it is made, and a program that is started for each molecule learns of
it from its environment variables. The folder is made when such a program starts, and removed if it
is empty when the call ends.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

CALLS = "calls"
CALL, CALL_DIR = "LATENTBO_CALL", "LATENTBO_CALL_DIR"


@dataclass(frozen=True)
class CallPlace:
    """A call of a run.

    Args:
        number: Of the call, from 1; as in the ledger.
        run: Absolute path of the run's folder.
    """

    number: int
    run: str

    @property
    def folder(self) -> Path:
        """Where the call's files go."""
        return Path(self.run) / CALLS / f"{self.number:06d}"


_current: ContextVar[CallPlace | None] = ContextVar("latentbo_call", default=None)


def files_of_calls(run: Path) -> dict[int, list[str]]:
    """Return what calls left: sorted paths from the run's folder; links are no files."""
    found: dict[int, list[str]] = {}
    for root, _, names in sorted(os.walk(run / CALLS)):
        for path in (Path(root, name) for name in sorted(names)):
            place = path.relative_to(run)
            if place.parts[1].isdecimal() and not path.is_symlink():
                found.setdefault(int(place.parts[1]), []).append(place.as_posix())
    return found


@contextmanager
def calling(place: CallPlace | None) -> Iterator[None]:
    """Say which call is made inside the block, in this thread.

    What an interrupted attempt at the same call left is removed first.
    """
    if place is None:
        yield
        return
    if place.folder.is_dir():
        shutil.rmtree(place.folder, ignore_errors=True)
    token = _current.set(place)
    try:
        yield
    finally:
        _current.reset(token)
        for folder in (place.folder, place.folder.parent):
            with suppress(OSError):  # it holds files, or was never made
                folder.rmdir()


def environment() -> Mapping[str, str]:
    """Return what a program of the current call is told; makes the folder.

    Without a run's folder on this machine, as on a cluster that shares no disk, only the number.
    """
    place = _current.get()
    if place is None:
        return {}
    told = {CALL: str(place.number)}
    with suppress(OSError):
        if Path(place.run).is_dir():
            place.folder.parent.mkdir(mode=0o700, exist_ok=True)
            place.folder.mkdir(mode=0o700, exist_ok=True)
            told[CALL_DIR] = str(place.folder)
    return told
