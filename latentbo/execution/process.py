"""A worker process as seen by the process that asks it; it is replaced when it hangs or dies."""

import json
import sys
import time
from typing import Any

from latentbo.errors import ObjectiveError
from latentbo.execution.oracle import CallResult
from latentbo.objectives import CallError, CallPlace
from latentbo.objectives.sources.process import LineProcess

# A user's function may load large models when it is imported.
START_LIMIT = 1800.0
# What an objective that keeps the limit itself (a program, a server) needs to say so.
GRACE = 1.0


class WorkerProcess:
    """One worker; it is started by the first call, and again after a call that it did not survive.

    Args:
        source: The objective, as `objective_from` reads it, with absolute paths.
        time_limit: Seconds that a call may take; then the worker and all it started are ended.
    """

    def __init__(self, source: str, time_limit: float) -> None:
        self.source, self.time_limit = source, time_limit
        self._process: LineProcess | None = None
        self._is_closed = False

    def ask(self, string: str, place: CallPlace | None = None) -> CallResult:
        """Make a call and wait for its result.

        Raises:
            ObjectiveError: If the objective cannot be loaded in the worker.
        """
        process = self.started()
        started = time.perf_counter()
        try:
            process.write(json.dumps([string, place and (place.number, place.run)]))
            line = process.read(self.time_limit + GRACE, self.time_limit)
            error = "" if line else f"the worker {process.epitaph()}"
        except CallError:
            line, error = None, f"no answer within {self.time_limit:g} s: the call was ended"
        seconds = time.perf_counter() - started
        if line is None:
            self._discard()
            return CallResult(None, error, {}, seconds)
        return CallResult(**{**json.loads(line), "seconds": seconds})

    def started(self) -> LineProcess:
        """Return the process, which is started if there is none.

        Raises:
            ObjectiveError: If the objective cannot be loaded in it.
        """
        return self._process or self._start()

    def close(self) -> None:
        """End the worker for good, with the call that it is making."""
        self._is_closed = True
        self._discard()

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def _start(self) -> LineProcess:
        if self._is_closed:
            raise ObjectiveError("the worker was closed: make a new one")
        process = self._process = LineProcess((sys.executable, "-m", f"{__package__}.worker"))
        # Not as an argument: everybody on the machine may read those, and it may hold secrets.
        process.write(json.dumps([self.source, self.time_limit]))
        if self._is_closed:  # meanwhile, by another thread
            self._discard()
            raise ObjectiveError("the worker was closed: make a new one")
        line = process.read(START_LIMIT)
        answer: dict[str, Any] = json.loads(line) if line else {"fatal": process.epitaph()}
        if "fatal" in answer:
            self._discard()
            raise ObjectiveError(
                f"a worker cannot load the objective {self.source!r}: {answer['fatal']}"
            )
        return process
