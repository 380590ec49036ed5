"""The live line of an optimization run."""

import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from latentbo.ledger import Evaluation
from latentbo.live import LiveLine
from latentbo.report import top_mean

# Without a terminal (a log file), a line is printed this many times a run.
NUM_LINES = 20


class OptimizationDisplay(LiveLine):
    """Calls, best, top-10 mean and seconds per call: live on a terminal, else as lines.

    Args:
        budget: Oracle calls in all.
        quiet: Print nothing.
        is_minimized: Whether the values shown are minus those of the run, which maximises.
    """

    def __init__(self, budget: int, quiet: bool = False, is_minimized: bool = False) -> None:
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
        self.first: int | None = None

    def show(self, finished: list[Evaluation]) -> None:
        """Show the state after a call."""
        calls = len(finished)
        if self.first is None:
            self.first, self.started = calls, time.monotonic()
        text = self._text(finished, calls)
        self.bar.update(self.task, completed=calls, text=text)
        due = calls == self.budget or calls % max(1, self.budget // NUM_LINES) == 0
        if due and not self.console.is_terminal:
            self.say(f"calls {calls}/{self.budget}  {text}")

    def _text(self, finished: list[Evaluation], calls: int) -> str:
        values = [row.value for row in finished]
        successes = [value for value in values if value is not None]
        failed = calls - len(successes)
        text = f"{failed} failed"
        if successes:
            best, mean = self.sign * max(successes), self.sign * top_mean(values, 10)[-1]
            text = f"best {best:.4g}  top-10 mean {mean:.4g}"
            text += f"  {failed} failed" if failed else ""
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
