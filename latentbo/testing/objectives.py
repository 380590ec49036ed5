"""The contract of an objective."""

from collections.abc import Callable, Sequence
from typing import Any

from latentbo.objectives import Objective, evaluate
from latentbo.testing.contract import require, twice


def check_objective(
    function: Callable[[str], Any], strings: Sequence[str], *, is_noisy: bool = False
) -> None:
    """Check that runs can maximise a function.

    It returns a finite number for each string, in whatever order they are asked for, and the same
    again unless it is noisy: a resumed or a parallel run calls it in another order and process.

    Args:
        function: Takes a string.
        strings: Strings that it can score, at least one.
        is_noisy: Whether its values scatter.

    Raises:
        ContractError: If it does not keep the contract.
    """
    require(strings, "give check_objective a string or more")
    name = getattr(function, "__name__", type(function).__name__)
    objective = Objective(name, function)
    order = list(strings)

    def values() -> dict[str, float | None]:
        found = {}
        for string in order:
            outcome = evaluate(objective, string)
            require(outcome.value is not None, f"{name} fails for {string!r}: {outcome.error}")
            found[string] = outcome.value
        order.reverse()
        return found

    first, second = twice(values)
    changed = [string for string in first if first[string] != second[string]]
    require(
        is_noisy or not changed,
        f"{name} returns another value for {changed[:1]} when it is called again: seed what it "
        f"draws, keep nothing between calls, or pass is_noisy=True",
    )
