"""The log of a run: a line every half a minute, and one for each event."""

import datetime
import math
import sys
import threading
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from latentbo.hiding import hide
from latentbo.ledger import Evaluation, Status
from latentbo.live import INTERVAL, Ticker

# Letters of an event that are written.
_MOST_SAID = 500


class RunLog:
    """Appends lines with their time (UTC, ISO 8601) to a file; one that fails stops nothing.

    A file that cannot be written is told once on standard error, and tried again with the next
    line: a full disk may have room later.

    Args:
        path: The file; None: nothing is written.
        budget: Oracle calls in all.
        finished: The evaluations that a resumed run has already.
        is_minimized: Whether the values shown are minus those of the run, which maximises.
        interval: Seconds between two lines when nothing happens.
    """

    def __init__(
        self,
        path: Path | None,
        budget: int,
        finished: Sequence[Evaluation] = (),
        is_minimized: bool = False,
        interval: float = INTERVAL,
    ) -> None:
        # Absolute: a user's function may change the working folder.
        self.path = None if path is None else path.absolute()
        self.budget, self.sign = budget, -1 if is_minimized else 1
        self.best, self.failed, self.seen = -math.inf, 0, 0
        self._warned, self._lock = False, threading.Lock()
        self._ticker = Ticker(interval, self._tick)
        self._take_in(finished, lambda _: None)

    def __enter__(self) -> Self:
        begun = f"resumed at call {self.seen}" if self.seen else "started"
        self.write(f"{begun}; budget {self.budget}")
        if self.path is not None:
            self._ticker.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if self.path is not None:
            self._ticker.__exit__(kind, error, trace)
        if error is not None:
            said = str(error)
            self.write(f"stopped by {type(error).__name__}{': ' if said else ''}{said}")

    def show(self, finished: Sequence[Evaluation]) -> None:
        """Write what is new in the finished evaluations: failures, and values above the best."""
        if self.path is not None:
            self._take_in(finished, self.write)

    def write(self, text: str) -> None:
        """Append a line; never raises an error of the file."""
        if self.path is None:
            return
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        line = f"{now} {' '.join(hide(text).split())[:_MOST_SAID]}\n"
        try:
            with self._lock, self.path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(line)
        except OSError as error:
            if not self._warned:
                why = error.strerror or error
                print(f"warning: --log {self.path}: {why}; the run goes on", file=sys.stderr)
            self._warned = True

    def _take_in(self, finished: Sequence[Evaluation], write: Callable[[str], None]) -> None:
        for row in finished[self.seen :]:
            if row.status is Status.FAILED:
                self.failed += 1
                write(f"call {row.call} failed: {row.message} ({row.string})")
            elif row.value is not None and row.value > self.best:
                self.best = row.value
                write(f"best {self.sign * row.value:.6g} at call {row.call}: {row.string}")
        self.seen = len(finished)

    def _tick(self) -> None:
        best = "" if self.best == -math.inf else f"; best {self.sign * self.best:.6g}"
        failed = f"; {self.failed} failed" if self.failed else ""
        self.write(f"calls {self.seen}/{self.budget}{best}{failed}")
