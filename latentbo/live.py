"""A live line on a terminal, and lines at intervals where there is none."""

import threading
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from rich.console import Console
from rich.progress import Progress

#: Seconds between two lines in a log.
INTERVAL = 30.0


class Ticker:
    """Calls a function at intervals while its context is open, from a thread of its own.

    Args:
        interval: Seconds between two calls.
        action: What is called.
    """

    def __init__(self, interval: float, action: Callable[[], None]) -> None:
        self._interval, self._action = interval, action
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._interval):
            with suppress(OSError):  # such as a terminal that is gone
                self._action()


class LiveLine:
    """Shows a bar while its context is open; where there is no terminal, lines at intervals.

    Attributes:
        console: Where to.
        bar: The bar.
        ticker: Writes the lines; None: there are none.
    """

    console: Console
    bar: Progress
    ticker: Ticker | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.bar.start()
        elif self.ticker is not None and not self.console.quiet:
            self.ticker.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if self.ticker is not None:
            self.ticker.__exit__(kind, error, trace)
        if self.console.is_terminal:
            self.bar.stop()
