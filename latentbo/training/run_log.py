"""The log of a training run, and its stop by Ctrl-C."""

import contextlib
import json
import math
import os
import signal
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from latentbo.training.loop import Progress


class RunLog:
    """`metrics.jsonl` and TensorBoard; a resumed run drops entries after its checkpoint."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "metrics.jsonl"
        self.folder = directory / "tensorboard"
        self.writer: Any = None
        self.started = False

    def __enter__(self) -> "RunLog":
        return self

    def __exit__(self, *_: object) -> None:
        if self.writer is not None:
            self.writer.close()

    def write(self, progress: Progress) -> None:
        """Append a line, and a point to each curve."""
        if not self.started:
            self._start(progress.step)
        row = {"step": progress.step, "epoch": round(progress.epoch, 4), **progress.metrics}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        for name, value in progress.metrics.items():
            self.writer.add_scalar(name, value, progress.step)

    def _start(self, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  (slow to import)

        self.started = True
        if self.path.exists():
            rows = self.path.read_text(encoding="utf-8").splitlines()
            kept = [row for row in rows if _step_of(row) < step]
            partial = self.path.with_suffix(".part")
            partial.write_text("".join(row + "\n" for row in kept), encoding="utf-8")
            os.replace(partial, self.path)
        self.writer = SummaryWriter(str(self.folder), purge_step=step)


def _step_of(row: str) -> float:
    """Return the step of a line of `metrics.jsonl`; infinite for a line cut off by a crash."""
    try:
        return float(json.loads(row)["step"])
    except (ValueError, TypeError, LookupError):
        return math.inf


class StopOnInterrupt:
    """Turns the first Ctrl-C into a stop after the current step; a second one stops at once."""

    def __enter__(self) -> Callable[[], bool]:
        self.wanted = False
        self.previous = None
        # ValueError outside the main thread, where Ctrl-C cannot be caught.
        with contextlib.suppress(ValueError):
            self.previous = signal.signal(signal.SIGINT, self._handle)
        return lambda: self.wanted

    def _handle(self, number: int, frame: types.FrameType | None) -> None:
        if self.wanted:
            raise KeyboardInterrupt
        self.wanted = True
        print("\nstopping after this step (Ctrl-C again stops at once)", file=sys.stderr)

    def __exit__(self, *_: object) -> None:
        if self.previous is not None:
            signal.signal(signal.SIGINT, self.previous)
