"""The molecules that an objective asks to find: a fair start must not hold them."""

from latentbo.errors import ObjectiveError
from latentbo.objectives.builtin import OBJECTIVES
from latentbo.objectives.goals import Goal


def targets(name: str) -> tuple[str, ...]:
    """Return the molecules that a built-in objective asks to find.

    A benchmark takes them, and what is nearly the same, out of the molecules it starts from.

    Args:
        name: The name of a built-in objective.

    Returns:
        Canonical SMILES: one for rediscovery and similarity, two for a median, none for all
        others, whose score is not of similarity alone.

    Raises:
        ObjectiveError: If there is no built-in objective of that name.
    """
    if name not in OBJECTIVES:
        raise ObjectiveError(
            f"there is no built-in objective {name!r}, so its targets are not known; "
            "use a name of latentbo.objectives.OBJECTIVES"
        )
    function = OBJECTIVES[name].function
    return function.targets() if isinstance(function, Goal) else ()
