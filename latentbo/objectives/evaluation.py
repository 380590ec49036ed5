"""Calling an objective that may fail: one string in, one outcome out."""

import inspect
import traceback
from dataclasses import dataclass
from pathlib import Path

from latentbo.hiding import hide
from latentbo.objectives.base import Objective, ObjectiveValueError

MAX_ERROR_LENGTH = 300


@dataclass(frozen=True)
class Outcome:
    """The result of one call of an objective.

    Attributes:
        value: The value, None if the call failed.
        error: Why it failed, in one line; empty if it did not.
    """

    value: float | None
    error: str = ""


def evaluate(objective: Objective, string: str) -> Outcome:
    """Call an objective; a failure becomes an outcome and not an exception.

    Whatever the function raises is a failure, also what is no `Exception`, such as `SystemExit`,
    a cancelled task, or a panic of a library in Rust. A `KeyboardInterrupt` passes: it is the
    user's, not the function's.

    Args:
        objective: The objective to call.
        string: What to score.

    Returns:
        The value, or the reason why there is none, without secrets (`latentbo.hiding`).
    """
    try:
        return Outcome(objective(string))
    except ObjectiveValueError as error:
        return Outcome(None, hide(str(error)))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Outcome(None, hide(describe_exception(error, _file_of_function(error))))


def describe_exception(error: BaseException, filename: str | None = None) -> str:
    """Describe an exception in one line.

    Args:
        error: The exception as caught.
        filename: The file whose last line on the way to the exception is worth knowing.

    Returns:
        Text such as `ZeroDivisionError: division by zero (score.py, line 3)`.
    """
    try:
        message = " ".join(str(error).split())
    except Exception:  # a user's exception may fail to describe itself
        message = "(its message cannot be shown)"
    if len(message) > MAX_ERROR_LENGTH:
        message = f"{message[:MAX_ERROR_LENGTH]}…"
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == filename
    ]
    return f"{text} ({Path(filename).name}, line {lines[-1]})" if filename and lines else text


def _file_of_function(error: BaseException) -> str | None:
    """Return the file of the objective's own function: the first one after those of this folder."""
    ours = (__file__, inspect.getfile(Objective), str(Path(__file__).with_name("user.py")))
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename not in ours:
            return frame.filename
    return None
