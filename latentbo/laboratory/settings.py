"""Settings of an ask-tell run."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from latentbo.chemistry import (
    CHEMISTRY,
    USUAL,
    Constraints,
    MoleculeFilter,
    load_constraints,
    nearest_name,
)
from latentbo.errors import ConfigurationError
from latentbo.objectives import BY_HAND
from latentbo.optimizer import PRESETS, OptimizationConfig, presets_of
from latentbo.tasks import Task, find_task
from latentbo.threads import default_threads

#: Settings of the search that every `ask` decides for itself.
FROM_ASK = ("budget", "batch_size", "num_initial")
# Settings of the search with a parameter of their own.
NAMED = ("preset", "seed")


def by_hand_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the settings of a run with a function into those of one whose values are measured."""
    search = {name: x for name, x in settings["optimizer"].items() if name not in FROM_ASK}
    kept = {name: x for name, x in settings.items() if name not in ("batch_size", "execution")}
    return {**kept, "objective": BY_HAND, "budget": None, "optimizer": search}


def new_settings(
    task: str | Task,
    preset: str | None,
    seed: int,
    model: Any,
    initial: Path | None,
    constraints: str | Path | Mapping[str, Any] | Constraints | None,
    limits: MoleculeFilter | None,
    chemistry: str | None,
    threads: int | None,
    search: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what `config.json` holds of a new run; the arguments are those of `LatentOptimizer`.

    Raises:
        ConfigurationError: If a value cannot be used.
    """
    found = find_task(task)
    config = _config(found, preset, seed, search)
    if (limits or constraints) and not found.is_molecular:
        raise ConfigurationError(
            f"limits and constraints are for molecules: drop them for {found.name}"
        )
    if threads is not None and threads < 1:
        raise ConfigurationError(f"threads must be at least 1, not {threads}")
    return by_hand_settings(
        {
            "task": found.name,
            "model": str(Path(model).resolve()) if isinstance(model, str | Path) else None,
            "initial": str(initial) if initial else found.pool_name,
            "seed": seed,
            "threads": threads or default_threads(),
            **({"filter": asdict(limits or MoleculeFilter())} if found.is_molecular else {}),
            **_chemistry(chemistry, found),
            **_constraints(constraints),
            "optimizer": asdict(config),
        }
    )


def _config(
    task: Task, preset: str | None, seed: int, search: Mapping[str, Any]
) -> OptimizationConfig:
    preset = preset or task.preset
    known = {field.name for field in fields(OptimizationConfig)} - {*FROM_ASK, *NAMED}
    for name in search:
        if name not in known:
            raise ConfigurationError(
                f"unknown setting {name!r}{nearest_name(name, known)}; there are "
                f"{', '.join(sorted(known))}"
            )
    if preset in PRESETS and not PRESETS[preset].fits(task):
        raise ConfigurationError(
            f"the preset {preset!r} is not for {task.name}: choose one of "
            f"{', '.join(presets_of(task))}"
        )
    surrogate = search.get("surrogate", task.surrogate)
    defaults = PRESETS[preset].settings(surrogate) if preset in PRESETS else {}
    settings = {"surrogate": surrogate, **defaults, **search}
    config = OptimizationConfig(**settings, preset=preset, seed=seed)
    if config.surrogate == "tanimoto" and not task.is_molecular:
        raise ConfigurationError(
            f"the surrogate 'tanimoto' is for molecules: choose another one for {task.name}"
        )
    if config.surrogate == "curves" and task.describe is None:
        raise ConfigurationError(
            f"the surrogate 'curves' is for expressions: choose another one for {task.name}"
        )
    return config


def _chemistry(level: str | None, task: Task) -> dict[str, Any]:
    if level not in (None, *CHEMISTRY):
        raise ConfigurationError(
            f"there is no chemistry {level!r}{nearest_name(str(level), CHEMISTRY)}; use "
            f"{', '.join(CHEMISTRY)}"
        )
    if level is not None and not task.is_molecular:
        raise ConfigurationError(f"rules of chemistry are for molecules: drop it for {task.name}")
    return {"chemistry": level or USUAL} if task.is_molecular else {}


def _constraints(given: str | Path | Mapping[str, Any] | Constraints | None) -> dict[str, Any]:
    if given is None:
        return {}
    found: Constraints | None
    if isinstance(given, Constraints):
        found = given
    elif isinstance(given, Mapping):
        found = Constraints.from_dict(given)
    elif isinstance(given, str | Path):
        found = load_constraints(Path(given))
    else:
        raise ConfigurationError(
            f"constraints are a TOML file, a dictionary or Constraints, not {given!r}"
        )
    if found is None:
        raise ConfigurationError(f"{given} has no table [constraints]: write one, or leave it out")
    return {"constraints": found.to_dict()}
