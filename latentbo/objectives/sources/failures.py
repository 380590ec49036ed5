"""Failures of objectives outside this process."""

import math

from latentbo.errors import ObjectiveError
from latentbo.objectives.base import LARGEST_VALUE, ObjectiveValueError, is_too_large

#: Seconds that one molecule may take, unless the user says otherwise.
DEFAULT_TIME_LIMIT = 300.0

MAX_SHOWN = 120


class CallError(ObjectiveValueError):
    """A program, a file or a server gave no value for a molecule; the message says why."""


def is_writable(text: str) -> bool:
    """Tell whether a text can name a file or be a program's argument."""
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a character
        return False
    return "\0" not in text


def number_in(text: str, teller: str) -> float:
    """Return the finite number that a text is.

    Args:
        text: The text; blanks around it are ignored.
        teller: Whose text it is, and what it did, such as `the program printed`.

    Raises:
        CallError: If it is no number, NaN, infinite, or larger than `LARGEST_VALUE`.
    """
    try:
        value = float(text)
    except ValueError as error:
        raise CallError(f"{teller} {shorten(text.strip())!r}, not a number") from error
    if not math.isfinite(value):
        raise CallError(f"{teller} {text.strip()}; a value must be finite")
    if is_too_large(value):
        raise CallError(
            f"{teller} {shorten(text.strip())}; values beyond {LARGEST_VALUE:g} count as none"
        )
    return value


def check_time_limit(seconds: float) -> None:
    """Refuse a time limit that is no finite number of seconds above 0.

    Raises:
        ObjectiveError: If it is none.
    """
    if not 0 < seconds < math.inf:
        raise ObjectiveError(f"the time limit is {seconds} s; give a number of seconds above 0")


def shorten(text: str) -> str:
    """Return the first part of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else f"{line[:MAX_SHOWN]}…"
