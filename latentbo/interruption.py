"""Ctrl-C, SIGTERM and SIGHUP: one kind of exception, at the next step of whatever waits.

A wait without limit may never return for a signal: RDKit's own handling of Ctrl-C leaves the
handler with SA_RESTART, and the system then restarts the wait. So waits are cut into steps, and an
exception that somebody else's code swallowed is raised again at the next step.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Longest wait in seconds between two looks at the signals.
STEP = 0.2

# SIGHUP is no signal of Windows.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")

_received: list[int] = []


class Interrupted(KeyboardInterrupt):
    """A signal that asks the program to stop.

    Args:
        number: Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number

    @property
    def exit_code(self) -> int:
        """As shells count it: 128 and the signal's number."""
        return 128 + self.number


def raise_if_interrupted() -> None:
    """Raise what a signal asked for, if the exception of its handler was swallowed.

    Raises:
        Interrupted: Once for each signal.
    """
    if _received:
        number = _received[-1]
        _received.clear()
        raise Interrupted(number)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise `Interrupted` for Ctrl-C, SIGTERM and SIGHUP within the block.

    A signal that is ignored, as `nohup` does with SIGHUP, stays so. Outside the main thread, where
    no handler can be set, nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    ours = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    _received.clear()
    for number in ours:
        signal.signal(number, _receive)
    try:
        yield
    except Interrupted:
        _received.clear()
        raise
    finally:
        for number in ours:
            signal.signal(number, before[number])


def _receive(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    raise Interrupted(number)
