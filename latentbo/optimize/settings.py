"""From the options of a new run to what its `config.json` holds."""

import argparse
import math
import shlex
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from latentbo.chemistry import USUAL, MoleculeFilter, load_constraints
from latentbo.errors import ConfigurationError
from latentbo.execution import ExecutionConfig, check_installed
from latentbo.hiding import hide
from latentbo.ledger.direction import DIRECTION, MINIMIZED
from latentbo.objectives import MINIMIZE, constraints_of, with_headers
from latentbo.optimize.execution_options import CHANGEABLE
from latentbo.optimize.laboratory_options import is_laboratory
from latentbo.optimize.protocol_options import (
    FILTER_OPTIONS,
    KUSNER,
    KUSNER_FIELDS,
    check_combination,
)
from latentbo.optimizer import NUM_FROM_POOL, PRESETS, OptimizationConfig, presets_of
from latentbo.protocols import HeldOutConfig, KusnerConfig
from latentbo.registry import added
from latentbo.tasks import TASKS, Task
from latentbo.threads import default_threads

# Options that are fields of `OptimizationConfig`, and no more.
PLAIN = ("acquisition", "min_distance", "identity", "scaling")
# Options of searches whose surrogate sees codes.
OF_CODES = ("--identity", "--scaling")
# Options of searches whose surrogate sees the molecules themselves.
OF_STRINGS = ("--no-descriptors", "--min-distance")
# Options that mean something to some presets alone.
ONLY_FOR = {
    "--surrogate": ("latent", "thesis"),
    "--acquisition": ("latent",),
    "--no-descriptors": ("hybrid", "latent"),
    "--min-distance": ("hybrid", "latent"),
    "--sources": ("hybrid", "latent"),
    "--pool-share": ("latent", "hybrid"),
    "--identity": ("latent",),
    "--scaling": ("latent",),
}


#: Oracle calls of a new run.
BUDGET = 500


def run_settings(
    options: argparse.Namespace, given: list[str]
) -> tuple[Path | None, dict[str, Any]]:
    """Return the file of strings to start from and what `config.json` holds.

    Raises:
        LatentboError: If a value cannot be used, or options contradict each other.
    """
    task = TASKS[options.task]
    if not task.is_molecular:
        _refuse_filter(task.name, given)
    check_combination(options.protocol, given)
    is_measured = is_laboratory(options)
    objective = (task.objective or "") if is_measured else _objective(options, task)
    preset = options.preset or ("latent" if options.protocol else task.preset)
    # What the task lacks is said first: no preset changes it.
    surrogate = options.surrogate or (task.code_surrogate if options.protocol else task.surrogate)
    _check_surrogate(options, preset, task)
    is_own = options.surrogate in added("surrogate")
    _check_preset(preset, surrogate, task, given, is_own_surrogate=is_own)
    defaults = PRESETS[preset].settings(surrogate)
    most_initial = defaults.get("num_initial", 100)
    budget = options.budget or BUDGET
    initial, num_initial = _initial(options, most_initial, budget)
    protocol = None if options.protocol is None else protocol_settings(options)
    defaults["num_initial"] = num_initial
    if options.batch_size is not None:
        defaults["batch_size"] = options.batch_size
    if options.sources is not None:
        _check_sources(options.sources, preset, surrogate)
        defaults["sources"] = options.sources
    if options.pool_share is not None:
        general = NUM_FROM_POOL if surrogate == "tanimoto" else OptimizationConfig.num_from_pool
        usual = defaults.get("num_from_pool") or general
        defaults["num_from_pool"] = math.ceil(options.pool_share * usual)
    given_ones = {name: getattr(options, name) for name in PLAIN}
    config = OptimizationConfig(
        **defaults,
        **{name: value for name, value in given_ones.items() if value is not None},
        preset=preset,
        descriptors=not options.no_descriptors,
        budget=budget,
        seed=options.seed,
        surrogate=surrogate,
    )
    limits = (
        options.max_heavy_atoms,
        options.max_rotatable_bonds,
        options.min_rings,
        options.min_heavy_atoms,
    )
    if protocol is not None and protocol["name"] == KUSNER:
        # As published: no limits on molecules, and a call a point at most.
        limits = (None, None, None, None)
        budget = protocol["settings"]["num_iterations"] * protocol["settings"]["batch_size"]
    molecule_filter = MoleculeFilter(*limits)
    return initial, {
        "command": shlex.join(["python", "-m", "latentbo.optimize", *map(hide, given)]),
        "task": options.task,
        **({"plugins": options.plugin} if options.plugin else {}),
        "objective": objective,
        **({DIRECTION: MINIMIZED} if is_measured and options.minimize else {}),
        **({"value_name": options.value_name} if options.value_name else {}),
        "model": None if options.model is None else str(options.model.resolve()),
        **({} if protocol is None else {"protocol": protocol}),
        **({} if protocol else {"initial": str(initial) if initial else task.pool_name}),
        "seed": options.seed,
        "budget": budget,
        "batch_size": config.batch_size,
        "threads": options.threads or default_threads(),
        **({"filter": asdict(molecule_filter)} if task.is_molecular else {}),
        **_chemistry(options.chemistry, task.is_molecular and protocol is None),
        **_constraints(options.constraints, objective, task),
        "optimizer": asdict(config),
        "execution": execution_settings(options),
    }


def _objective(options: argparse.Namespace, task: Task) -> str:
    """Return the objective as `config.json` names it."""
    given: str | None = options.objective
    if options.header:
        given = with_headers(given or "", options.header)
    if not options.minimize:
        return task.objective_or(given or (task.studied if options.protocol else None))
    if given is None:
        raise ConfigurationError(
            "--minimize needs --objective: the default objective is to be maximised"
        )
    return f"{MINIMIZE}:{given}"


def _chemistry(level: str | None, applies: bool) -> dict[str, Any]:
    """Return the setting that holds the rules of chemistry; protocols have none of their own."""
    return {"chemistry": level or USUAL} if applies else {}


def _constraints(path: Path | None, objective: str, task: Task) -> dict[str, Any]:
    """Return the setting that holds the constraints of a file or of the objective's, if any."""
    found = constraints_of(objective)
    if path is not None:
        if found is not None:
            raise ConfigurationError(
                f"{objective} holds constraints, and so does --constraints {path}: keep one of them"
            )
        found = load_constraints(path)
        if found is None:
            raise ConfigurationError(
                f"{path} has no table [constraints]: write one, or leave --constraints out"
            )
    if found is not None and not task.is_molecular:
        raise ConfigurationError(
            f"the constraints of {objective} are for molecules: leave them out for {task.name}"
        )
    return {} if found is None else {"constraints": found.to_dict()}


def _refuse_filter(task: str, given: list[str]) -> None:
    for option in given:
        if option.split("=")[0] in FILTER_OPTIONS:
            raise ConfigurationError(f"{option} is a limit for molecules: leave it out for {task}")


def _check_preset(
    preset: str, surrogate: str, task: Task, given: list[str], *, is_own_surrogate: bool
) -> None:
    """Refuse a preset of another task, and options that mean nothing to it.

    A user's surrogate is checked by `OptimizationConfig`.
    """
    if not PRESETS[preset].fits(task):
        raise ConfigurationError(
            f"--preset {preset} is not for {task.name}: choose one of {', '.join(presets_of(task))}"
        )
    for word in given:
        option = word.split("=")[0]
        wanted = ONLY_FOR.get(option, (preset,))
        is_checked_later = option == "--surrogate" and is_own_surrogate
        if preset not in wanted and not is_checked_later:
            raise ConfigurationError(
                f"{option} means nothing to --preset {preset}: leave it out, or choose "
                f"--preset {' or '.join(wanted)}"
            )
        if option in OF_CODES and preset == "latent" and surrogate == "tanimoto":
            raise ConfigurationError(
                f"{option} means nothing to the surrogate tanimoto, which sees no codes: leave it "
                f"out, or choose --surrogate fragments, latent, code or exact"
            )
        if option in OF_STRINGS and preset == "latent" and surrogate != "tanimoto":
            raise ConfigurationError(
                f"{option} means nothing to the surrogate {surrogate} of --preset latent: leave it "
                f"out, or choose --surrogate tanimoto"
            )


def _check_surrogate(options: argparse.Namespace, preset: str, task: Task) -> None:
    """Refuse a surrogate that the preset, the protocol or the task has no use for."""
    surrogate = options.surrogate
    if surrogate == "tanimoto" and (options.protocol or not task.is_molecular):
        place = f"the protocol {options.protocol}" if options.protocol else task.name
        raise ConfigurationError(
            f"--surrogate tanimoto sees molecules, not codes, and is not for {place}: leave it out"
        )
    if surrogate == "curves" and task.describe is None:
        fitting = " and ".join(each.name for each in TASKS.values() if each.describe)
        raise ConfigurationError(
            f"--surrogate curves is for {fitting}: choose fragments, latent or exact for "
            f"{task.name}"
        )
    if preset == "thesis" and surrogate not in (
        None,
        "latent",
        "code",
        "exact",
        *added("surrogate"),
    ):
        raise ConfigurationError(
            f"--surrogate {surrogate} is not for --preset thesis, whose process sees codes alone: "
            f"choose latent or exact"
        )


def _check_sources(sources: tuple[str, ...], preset: str, surrogate: str) -> None:
    """Refuse graph moves where the surrogate sees codes, whose search has none."""
    if preset == "latent" and surrogate != "tanimoto" and "graph" in sources:
        raise ConfigurationError(
            f"--sources graph means nothing to the surrogate {surrogate} of --preset latent: "
            f"choose latent, infill or both"
        )


def _initial(options: argparse.Namespace, most: int, budget: int) -> tuple[Path | None, int]:
    """Return the file of strings to start from, if any, and how many are evaluated."""
    default = max(1, min(most, budget // 5))
    given = options.initial
    if given is None:
        return None, min(options.num_initial or default, budget)
    try:
        number = int(given)
    except ValueError:
        return Path(given), min(options.num_initial or default, budget)
    if number < 1 or options.num_initial is not None:
        raise ConfigurationError(
            f"--initial {given}: give a number from 1 up (and not --num-initial beside it), or a "
            f"file of {'SMILES' if TASKS[options.task].is_molecular else options.task}"
        )
    return None, min(number, budget)


def execution_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return what `config.json` holds of how calls are made.

    Raises:
        ConfigurationError: If a value cannot be used, or options contradict each other.
    """
    if options.asynchronous and options.protocol is not None:
        raise ConfigurationError(
            f"--asynchronous means nothing to --protocol {options.protocol}: leave it out"
        )
    given = {"retries": options.retries, "asynchronous": options.asynchronous}
    return asdict(ExecutionConfig(**given, **_changes(options)))


def resumed_execution(stored: ExecutionConfig, options: argparse.Namespace) -> ExecutionConfig:
    """Return the settings of a resumed run: its own, changed by what is given now.

    Raises:
        ConfigurationError: If a value cannot be used.
    """
    kept = asdict(stored)
    if options.workers is not None:
        kept["scheduler"] = None
    if options.scheduler is not None:
        kept["workers"] = 1
    return ExecutionConfig(**{**kept, **_changes(options)})


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """Return the changeable settings that are given.

    Raises:
        ConfigurationError: If a Dask cluster is asked for and Dask is not installed.
    """
    if options.scheduler is not None:
        # Before the folder of a run is made.
        check_installed()
    names = [option.removeprefix("--").replace("-", "_") for option in CHANGEABLE]
    given = {name: getattr(options, name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def protocol_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return what `config.json` holds of the protocol.

    Raises:
        ConfigurationError: If a value cannot be used.
    """
    kind: Any = KusnerConfig if options.protocol == KUSNER else HeldOutConfig
    chosen = {
        field.name: getattr(options, KUSNER_FIELDS.get(field.name, field.name), None)
        for field in fields(kind)
    }
    if options.protocol == KUSNER:
        chosen["num_samples"] = TASKS[options.task].num_samples
    config = kind(**{name: value for name, value in chosen.items() if value is not None})
    return {
        "name": options.protocol,
        "data": None if options.data is None else str(options.data.resolve()),
        "limit": options.limit,
        "settings": asdict(config),
    }
