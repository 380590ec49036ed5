"""Progress of a suggestion and its time left: live on a terminal, lines in a log."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from latentbo.live import INTERVAL, LiveLine, Ticker

# Part of the work before which nothing is said of the time left.
_LEAST = 0.02


class SuggestionProgress(LiveLine):
    """A line on a terminal, else a line every half a minute.

    The time left is what the work that is done took, for the work that is left.

    Args:
        console: Where to write.
        interval: Seconds between two lines where that is no terminal.
        clock: Seconds from any start.
    """

    def __init__(
        self,
        console: Console,
        interval: float = INTERVAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.console, self._clock = console, clock
        self._started = clock()
        self._stage, self._done = "loading the model", 0.0
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[left]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self.bar.add_task(self._stage, total=1.0, left="")
        self.ticker = Ticker(interval, self._write_line)

    def stage(self, name: str, done: float) -> None:
        """Show the stage that begins.

        Args:
            name: Of the work.
            done: Share of all work that is done by now, 0 to 1.
        """
        self._stage, self._done = name, done
        self.bar.update(self._task, description=name, completed=done, left=self.left)

    def within(self, first: float, last: float) -> Callable[[str, float], None]:
        """Return a way to tell the stages of a part of the work.

        Args:
            first: Share of all work that is done before this part.
            last: The same after it.
        """
        return lambda name, done: self.stage(name, first + (last - first) * done)

    @property
    def left(self) -> str:
        """The time left in words; empty while there is nothing to tell it by."""
        if self._done < _LEAST:
            return ""
        seconds = (self._clock() - self._started) * (1 - self._done) / self._done
        return (
            f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"
        )

    @property
    def line(self) -> str:
        """All of it in one line."""
        parts = [self._stage, f"{self._done:.0%} done", self.left]
        return f"suggesting: {', '.join(part for part in parts if part)}"

    def _write_line(self) -> None:
        self.console.print(self.line, soft_wrap=True)
