"""Setting up the folder of a run, and opening that of an earlier one."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from latentbo.data import Line
from latentbo.data.assay import Assay, Unusable, read_assay, write_left_out
from latentbo.data.compounds import COMPOUNDS_FILE, Compound, write_compounds
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.execution import ExecutionConfig
from latentbo.given import read_given
from latentbo.isolation import library_settings
from latentbo.ledger import Ledger
from latentbo.ledger.direction import is_minimized
from latentbo.models import TrainedModel, load_model
from latentbo.models.files import read_json
from latentbo.optimizer import (
    FRONT,
    OptimizationConfig,
    front_settings,
)
from latentbo.proposals import fragments_of, starting_molecules
from latentbo.protocol_runs import LABELLED_FILE, LabelledStart, ProtocolRun
from latentbo.registry import UnknownNameError
from latentbo.run.model import check_task, model_folder, model_hash
from latentbo.run.optimization_run import OptimizationRun
from latentbo.run.resuming import identity_of
from latentbo.run.setting_up import file_hashes, in_use, new_folder, write_config
from latentbo.run.settings import (
    CONFIG_FILE,
    LEDGER_FILE,
    LEFT_OUT_FILE,
    check_objective,
    molecule_filter,
    objective_of,
    proposal_filter,
    scaffold_of,
    versions,
)
from latentbo.tasks import TASKS, Pool, Task, recorded_task, starting_pool
from latentbo.threads import MOST_THREADS

# Molecules that are made of a scaffold to start from, before the rules are applied.
NUM_MADE = 1000
NEEDED = {"objective", "objective_source", "model", "model_sha256", "budget"}
# What is told of a run's start.
SUMMARIES = {
    "pool": {"usable", "left_out"},
    "labelled": {"count", "source", "best"},
    "protocol": {"name"},
}


@library_settings()
def create_run(
    directory: Path, settings: dict[str, Any], initial: Path | Assay | None
) -> OptimizationRun:
    """Set up a run's folder: settings, the pool that it starts from, an empty ledger.

    Args:
        directory: A folder that does not exist, or is empty.
        settings: For `config.json`; completed here with versions, hashes and what was left out.
        initial: File of strings to start from, or of strings with values that were measured before,
            or what was read of it; None takes the task's own pool.

    Raises:
        ConfigurationError: If the folder is in use, or an objective, model or option is wrong.
        DataError: If no string of the pool can be used.
    """
    # An objective may change the current folder.
    directory = directory.absolute()
    _check_free(directory)
    scaffold_of(settings)
    source, objective = objective_of(settings)
    check_objective(objective, settings["task"])
    if front_settings(objective) and "protocol" in settings:
        raise ConfigurationError(
            f"a protocol is for one value, and {objective.name} has a Pareto front: leave "
            f"--protocol out, or take another mean"
        )
    folder = model_folder(settings)
    model = load_model(folder)
    check_task(model, settings["task"], folder)
    task = TASKS[settings["task"]].for_model(model)
    complete = {
        **settings,
        "objective_source": source,
        "model_sha256": model_hash(folder),
        "versions": versions(),
        **front_settings(objective),
    }
    if protocol := settings.get("protocol"):
        start, sha256 = ProtocolRun(
            protocol, model, task, objective, molecule_filter(settings)
        ).start()
        complete["protocol"] = {**protocol, "data_sha256": sha256}
        return write_run(directory, {**complete, "labelled": start.summary}, None, start)
    assay = read_assay(initial, task.strings) if isinstance(initial, Path) else initial
    if assay is not None and assay.has_values:
        return _create_from_given(directory, complete, assay, task, model)
    lines = None if assay is None else [Line(line.number, line.string) for line in assay.lines]
    path = None if assay is None else assay.path
    # The user's own compounds need no rules of chemistry: somebody has made them.
    rules = proposal_filter(settings) if assay is None else molecule_filter(settings)
    made = _made(complete, task, [] if lines is None else lines)
    pool = starting_pool(task, model, rules, path, lines, made)
    left_out = [] if assay is None else _left_out(pool, assay)
    reasons = Counter(line.reason for line in left_out) or pool.reasons
    return write_run(
        directory,
        {**complete, "pool": replace(pool, reasons=reasons).summary()},
        pool,
        left_out=left_out,
    )


def _left_out(pool: Pool, assay: Assay) -> list[Unusable]:
    """Return the lines of a file of strings that the pool or the reader left out."""
    originals = {line.number: line.original for line in assay.lines}
    refused = [
        Unusable(number, originals.get(number, string), reason, string)
        for number, string, reason in pool.left_out
    ]
    return sorted([*assay.unusable, *refused], key=lambda line: line.number)


def _create_from_given(
    directory: Path, settings: dict[str, Any], assay: Assay, task: Task, model: TrainedModel
) -> OptimizationRun:
    """Set up a run that starts from measurements, and from the task's own pool beside them."""
    if FRONT in settings:
        raise ConfigurationError(
            f"{assay.path} holds one value for each {task.noun}, and the objective has a Pareto "
            f"front: give a file of {task.name} alone, or take another mean"
        )
    given = read_given(task, assay.negated if is_minimized(settings) else assay)
    made = _made(settings, task, [])
    pool = starting_pool(task, model, proposal_filter(settings), None, made=made)
    summary = {"labelled": given.summary(), "pool": pool.summary()}
    if assay.value_name:
        settings = {"value_name": assay.value_name, **settings}
    start = LabelledStart(summary["labelled"], given.pairs)
    return write_run(
        directory, {**settings, **summary}, pool, start, given.left_out, given.compounds
    )


def _made(settings: dict[str, Any], task: Task, lines: Sequence[Line]) -> list[str]:
    """Return molecules to start from that keep the run's scaffold; none without one."""
    scaffold, rules = scaffold_of(settings), proposal_filter(settings)
    if scaffold is None or rules is None:
        return []
    known = [canonical for line in lines if (canonical := task.canonical(line.string))]
    fragments = fragments_of([*known, *task.pool()])
    made = starting_molecules(scaffold, fragments, NUM_MADE, settings["seed"])
    return [smiles for smiles in made if rules.violation(smiles) is None]


def write_run(
    directory: Path,
    settings: dict[str, Any],
    pool: Pool | None,
    start: LabelledStart | None = None,
    left_out: Sequence[Unusable] = (),
    compounds: Sequence[Compound] = (),
) -> OptimizationRun:
    """Write a run's folder from its complete settings, its pool or what a protocol gives it.

    The folder appears whole or not at all.

    Args:
        directory: The folder.
        settings: For `config.json`.
        pool: The strings that it starts from.
        start: Labelled strings.
        left_out: Lines of the user's file that cannot be used.
        compounds: The user's measurements.

    Raises:
        ConfigurationError: If the folder is in use, or cannot be made.
    """
    directory = directory.absolute()
    task = TASKS[settings["task"]]
    with new_folder(directory) as part:
        if start is not None:
            start.write(part)
        if pool is not None:
            text = "".join(f"{string}\n" for string in pool.strings)
            (part / task.pool_file).write_text(text, encoding="utf-8")
        if left_out:
            write_left_out(part / LEFT_OUT_FILE, left_out)
        if compounds:
            write_compounds(part / COMPOUNDS_FILE, compounds)
        settings = {
            **settings,
            **identity_of(settings["objective_source"], directory),
            "files_sha256": file_hashes(part, [task.pool_file, LABELLED_FILE, COMPOUNDS_FILE]),
        }
        Ledger.create(part / LEDGER_FILE).close()
        write_config(part, settings)
    # As a resumed run reads them: JSON has no tuples.
    return OptimizationRun(directory, json.loads(json.dumps(settings)))


def _check_free(directory: Path) -> None:
    try:
        free = not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))
    except OSError as error:
        raise ConfigurationError(
            f"the folder {directory} cannot be read ({error.strerror}): give another --out"
        ) from error
    if not free:
        raise in_use(directory)


def open_run(directory: Path) -> OptimizationRun:
    """Read the folder of an earlier run.

    Raises:
        CheckpointError: If it is none, or incomplete.
    """
    directory = directory.absolute()
    _check_present(directory, CONFIG_FILE, LEDGER_FILE)
    settings = read_json(directory / CONFIG_FILE)
    try:
        recorded_task(settings)
        OptimizationConfig(**settings["optimizer"])
        proposal_filter(settings)
        usable = 1 <= settings["threads"] <= MOST_THREADS
        budget = settings["budget"]  # None: people measure, as long as they like
        usable &= budget is None or (isinstance(budget, int) and budget > 0)
        usable &= isinstance(settings["objective_source"], str)
        usable &= isinstance(settings["model"], str | None)
        usable &= settings.keys() >= NEEDED and bool(settings.keys() & {"pool", "protocol"})
        usable &= all(_is_summary(settings, name, keys) for name, keys in SUMMARIES.items())
        ExecutionConfig(**settings.get("execution", {}))
    except CheckpointError:  # a ValueError, too, and says more
        raise
    except UnknownNameError as error:
        raise CheckpointError(f"{directory / CONFIG_FILE}: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError):
        usable = False
    if not usable:
        raise CheckpointError(
            f"{directory / CONFIG_FILE} does not describe a run of this version of latentbo: "
            f"start a new run"
        )
    run = OptimizationRun(directory, settings)
    if "protocol" not in settings:
        _check_present(directory, run.task.pool_file)
    return run


def _is_summary(settings: dict[str, Any], name: str, keys: set[str]) -> bool:
    """Whether what the settings say of the run's start, if anything, can be told."""
    if name not in settings:
        return True
    said = settings[name]
    return (
        isinstance(said, dict)
        and said.keys() >= keys
        and isinstance(said.get("left_out", {}), dict)
        and isinstance(said.get("best"), int | float | None)
    )


def _check_present(directory: Path, *names: str) -> None:
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        raise CheckpointError(
            f"{directory} is no folder of a run ({missing[0]} is missing): give the folder that "
            f"an earlier run printed"
        )
