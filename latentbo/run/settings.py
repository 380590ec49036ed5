"""Objects made from a run's settings: objective, filter, versions."""

import platform
from collections.abc import Iterable
from importlib import metadata
from typing import Any

from latentbo import __version__
from latentbo.chemistry import (
    NONE,
    AllRules,
    Constraints,
    MakeableRules,
    MoleculeFilter,
    MoleculeRules,
    Scaffold,
)
from latentbo.errors import ConfigurationError
from latentbo.objectives import (
    BY_HAND,
    Objective,
    anchor_objective,
    measured_by_hand,
    objective_from,
)
from latentbo.tasks import TASKS

CONFIG_FILE, LEDGER_FILE = "config.json", "ledger.sqlite"
#: What was left out of a file, with its reasons.
LEFT_OUT_FILE = "left-out.csv"
PACKAGES = ("torch", "gpytorch", "botorch", "rdkit", "selfies", "numpy")


def objective_of(settings: dict[str, Any]) -> tuple[str, Objective]:
    """Return a run's objective, and the text that names it from any folder.

    Raises:
        ObjectiveError: If there is no such objective.
        ConfigurationError: If a file that describes it cannot be used.
    """
    if settings["objective"] == BY_HAND:
        task = TASKS[settings["task"]]
        identity = objective_from(task.objective).identity if task.objective else str
        return BY_HAND, measured_by_hand(task.name, identity)
    source = anchor_objective(settings["objective"])
    return source, objective_from(source)


def check_objective(objective: Objective, task: str) -> None:
    """Refuse a built-in objective of another task; those of molecules score all SMILES.

    Raises:
        ConfigurationError: If it is one.
    """
    known = TASKS.get(objective.task or task)
    molecular = known is not None and known.is_molecular and TASKS[task].is_molecular
    if objective.task not in (None, task) and not molecular:
        raise ConfigurationError(
            f"the objective {objective.name!r} scores {objective.task}, not {task}: use one that "
            f"'python -m latentbo.optimize --list-objectives' shows for {task}, or a function of "
            f"your own"
        )


def molecule_filter(settings: dict[str, Any]) -> MoleculeRules | None:
    """Return the filter of a run's settings, and its constraints; None for a task without them."""
    if not TASKS[settings["task"]].is_molecular:
        return None
    limits = MoleculeFilter(**settings["filter"])
    if "constraints" not in settings:
        return limits
    place = f"{CONFIG_FILE}, constraints"
    return AllRules((limits, Constraints.from_dict(settings["constraints"], place)))


def proposal_filter(settings: dict[str, Any], exempt: Iterable[str] = ()) -> MoleculeRules | None:
    """Return what proposals must keep: `molecule_filter`, and the rules of chemistry.

    Args:
        settings: Of a run; one of an earlier version has no rules of chemistry.
        exempt: Strings that these rules let pass: compounds that the user has.

    Raises:
        ConfigurationError: If the settings hold a value that cannot be used.
    """
    limits, level = molecule_filter(settings), settings.get("chemistry", NONE)
    if limits is None or level == NONE:
        return limits
    return AllRules((limits, MakeableRules(level, frozenset(exempt))))


def scaffold_of(settings: dict[str, Any]) -> Scaffold | None:
    """Return the scaffold that the proposals of a run keep; None if there is none.

    Raises:
        ConfigurationError: If it cannot be used, or the preset cannot keep one.
    """
    smiles = settings.get("constraints", {}).get("scaffold")
    if smiles is None:
        return None
    preset = settings["optimizer"]["preset"]
    if preset != "hybrid" or "protocol" in settings:
        chosen = "a protocol" if "protocol" in settings else f"--preset {preset}"
        raise ConfigurationError(
            f"{chosen} cannot keep the scaffold {smiles}: leave it out, or choose --preset hybrid"
        )
    return Scaffold(smiles)


def versions() -> dict[str, str]:
    """Return the versions that a result can depend on."""
    found = {name: metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "latentbo": __version__, **found}
