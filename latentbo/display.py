"""The live line of an optimization run."""

import heapq
import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from latentbo.ledger import Evaluation, Status
from latentbo.ledger.averages import mean
from latentbo.live import INTERVAL, LiveLine, Ticker

NUM_TOP = 10


class OptimizationDisplay(LiveLine):
    """Calls, best, top-10 mean and seconds per call: live on a terminal, else a line every 30 s.

    Args:
        budget: Oracle calls in all.
        quiet: Print nothing.
        is_minimized: Whether the values shown are minus those of the run, which maximises.
        verbose: Print a line for each call.
        interval: Seconds between two lines where there is no terminal.
    """

    def __init__(
        self,
        budget: int,
        quiet: bool = False,
        is_minimized: bool = False,
        verbose: bool = False,
        interval: float = INTERVAL,
    ) -> None:
        self.verbose = verbose
        self.budget = budget
        self.sign = -1 if is_minimized else 1
        self.console = Console(quiet=quiet, file=sys.stdout)
        self.bar = Progress(
            TextColumn("calls {task.completed}/{task.total}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[text]}"),
            TimeElapsedColumn(),
            console=self.console,
        )
        self.task = self.bar.add_task("calls", total=budget, text="loading the model")
        self.started = time.monotonic()
        self.line = "loading the model"
        self.ticker = Ticker(interval, lambda: self.say(self.line))
        self.first: int | None = None
        self.seen, self.failed, self.top = 0, 0, list[float]()

    def show(self, finished: list[Evaluation]) -> None:
        """Show the state after a call."""
        calls = len(finished)
        if self.first is None:
            # A resumed run starts with all that it has, of which only the last call is new.
            self.first, self.started = calls, time.monotonic()
        new = finished[-1:] if self.first == calls else finished[self.seen :]
        if self.verbose:
            for row in new:
                self.say(self._call_line(row))
        self._take_in(finished)
        text = self._text(calls)
        self.bar.update(self.task, completed=calls, text=text)
        self.line = f"calls {calls}/{self.budget}  {text}"
        if calls == self.budget and not self.console.is_terminal:
            self.say(self.line)

    def _call_line(self, row: Evaluation) -> str:
        if row.status is Status.FAILED or row.value is None:
            return f"call {row.call}: failed, {row.message}  {row.string}"
        return f"call {row.call}: {self.sign * row.value:.6g}  {row.string}"

    def _take_in(self, finished: list[Evaluation]) -> None:
        """Take in what is new: a look at all of them would make each call dearer than the last."""
        for row in finished[self.seen :]:
            if row.value is None:
                self.failed += 1
            elif len(self.top) < NUM_TOP:
                heapq.heappush(self.top, row.value)
            else:
                heapq.heappushpop(self.top, row.value)
        self.seen = len(finished)

    def _text(self, calls: int) -> str:
        text = f"{self.failed} failed"
        if self.top:
            best, average = self.sign * max(self.top), self.sign * mean(self.top)
            text = f"best {best:.4g}  top-{NUM_TOP} mean {average:.4g}"
            text += f"  {self.failed} failed" if self.failed else ""
        made = calls - (self.first or 0)
        if made:
            text += f"  {(time.monotonic() - self.started) / made:.2f} s/call"
        return text

    def say(self, text: str) -> None:
        """Print a line as it is (no markup)."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def print(self, content: Any) -> None:
        """Print a table."""
        self.console.print(content)
