"""The objective of a run whose values people measure: there is no function to call."""

from collections.abc import Callable, Hashable
from typing import NoReturn

from latentbo.errors import ObjectiveError
from latentbo.objectives.base import Objective

#: Its name, in `config.json` and in reports.
BY_HAND = "measured"


def measured_by_hand(task: str, identity: Callable[[str], Hashable] = str) -> Objective:
    """Return an objective whose calls are errors.

    Args:
        task: Whose strings are measured.
        identity: Strings with equal identities have equal values.
    """
    return Objective(BY_HAND, _refuse, "values that people measure", task, identity)


def _refuse(string: str) -> NoReturn:
    raise ObjectiveError(
        f"the value of {string} is measured, there is no function to call: record it with "
        f"--observe FILE, or with tell()"
    )
