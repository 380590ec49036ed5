"""The page of a run that still goes, rewritten at intervals."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from latentbo.hiding import hide
from latentbo.report.files import write_page

#: Seconds between two pages, at least.
INTERVAL = 60.0
#: Share of a run's time that its pages may cost.
SHARE = 0.05
# What a first page is taken to cost in seconds; it is written after a minute, then.
_FIRST = SHARE * INTERVAL


class LiveReport:
    """Rewrites `report.html` while a run goes, at most every minute and in 5 % of its time.

    A page costs more with every molecule, so the interval grows with the cost of the last one. A
    page that cannot be written is told once and stops nothing.

    Args:
        directory: Of the run.
        clock: Seconds from any start.
        write: Writes the page of a run, which asks for itself again after so many seconds, or,
            with None, is that of a run that stands still.
    """

    def __init__(
        self,
        directory: Path,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[Path, int | None], object] = write_page,
    ) -> None:
        self.directory, self._clock, self._write = directory, clock, write
        self._started = self._last = clock()
        self._cost, self._spent, self._calls = _FIRST, 0.0, 0
        self._is_broken = self._is_written = False

    def show(self, num_calls: int) -> None:
        """Write the page, if its time has come.

        Args:
            num_calls: Calls that have ended.
        """
        now = self._clock()
        # A page costs in proportion to its molecules.
        growth = num_calls / self._calls if self._calls else 1.0
        cost = self._cost * max(1.0, growth)
        late = (self._spent + cost) / SHARE > now - self._started
        if self._is_broken or late or now - self._last < INTERVAL:
            return
        self._calls = num_calls
        wait = max(INTERVAL, cost / SHARE)
        self._try(round(wait))
        self._last = self._clock()
        self._cost = self._last - now
        self._spent += self._cost

    def finish(self) -> None:
        """Write a page that no longer asks for itself, if there is one that does."""
        if self._is_written:
            self._try(None)
            self._is_written = False

    def _try(self, refresh: int | None) -> None:
        try:
            self._write(self.directory, refresh)
        except Exception as error:
            # Whatever is wrong with a page, calls were paid for.
            print(f"warning: no page of the running run: {hide(str(error))}", file=sys.stderr)
            self._is_broken = True
        else:
            self._is_written = True
