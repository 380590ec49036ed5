"""The judgement of a decoded string by its task."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """What a task says of a decoded string.

    Args:
        string: The canonical string, None if there is no usable one.
        reason: `invalid` (no string of the task) or `filtered` (one that the user does not want);
            empty if accepted.
    """

    string: str | None
    reason: str = ""
