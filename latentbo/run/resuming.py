"""A run is gone on with as it was begun: its objective, its files, and the versions it ran with."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.hiding import HIDDEN, hide
from latentbo.models import load_model
from latentbo.objectives import BY_HAND, anchor_objective
from latentbo.objectives.fingerprint import objective_files, objective_hash
from latentbo.run.lock import alone_in
from latentbo.run.model import check_task, model_folder, model_hash
from latentbo.run.optimization_run import OptimizationRun
from latentbo.run.setting_up import file_hashes, write_config
from latentbo.run.settings import CONFIG_FILE, versions

# Versions on which proposals depend.
WARNED = ("latentbo", "rdkit", "torch")


def identity_of(source: str, directory: Path) -> dict[str, Any]:
    """Return what `config.json` keeps of an objective, to know it again wherever it is moved.

    Args:
        source: The objective with absolute paths.
        directory: Of the run: the objective's file is looked for from there, too.
    """
    if source == BY_HAND:
        return {}
    files = objective_files(source)
    beside = {} if not files else {"objective_beside": os.path.relpath(files[0], directory)}
    return {"objective_sha256": objective_hash(source), **beside}


def as_started(
    run: OptimizationRun, objective: str | None = None, accept: bool = False
) -> OptimizationRun:
    """Return a run with the place where its objective is now, if all is as it was.

    Args:
        run: An opened run.
        objective: The same objective by its new path; None: where it was, or at the same place
            beside the run's folder.
        accept: Go on although the objective, the model or a file of the run has changed;
            `config.json` keeps a record of it.

    Raises:
        CheckpointError: If something has changed, and that is not accepted, or the objective holds
            secrets, which are not stored, and is not given again.
    """
    settings = run.settings
    source = settings["objective_source"]
    if objective is not None:
        source = anchor_objective(objective)
    elif HIDDEN in source:
        raise CheckpointError(
            f"secrets are not stored, and the objective {source} has some: give it again with "
            f"--objective (a reference env:NAME in place of a secret is stored)"
        )
    elif source != BY_HAND:
        source = _found(source, settings.get("objective_beside"), run.directory)
    changes = _changes(run, source)
    if changes and not accept:
        name, (before, now) = next(iter(changes.items()))
        raise CheckpointError(
            f"{name} is not the one this run was started with (sha256 {str(before)[:12]}, now "
            f"{str(now)[:12]}): restore it, start a new run, or resume with --accept-changes, "
            f"which {CONFIG_FILE} records"
        )
    settings = {**settings, "objective_source": source}
    if changes:
        settings = _accepted(run.directory, settings, changes)
    return replace(run, settings=settings)


def grown(run: OptimizationRun, budget: int) -> OptimizationRun:
    """Return a run with a larger budget; `config.json` keeps the former ones.

    It ends with the calls of a run that was started with this budget, if the former one ended with
    a full batch and the number of first calls was the same.

    Raises:
        ConfigurationError: If the budget is smaller than before, or no matter of the run's user.
    """
    settings = run.settings
    before = settings["budget"]
    if before is None or "protocol" in settings:
        kind = "whose values are measured" if before is None else "under a protocol"
        raise ConfigurationError(f"--budget means nothing to a run {kind}: leave it out")
    if budget == before:
        return run
    if budget < before:
        raise ConfigurationError(
            f"--budget {budget} is smaller than that of the run in {run.directory}, {before}: a "
            f"budget can only grow"
        )
    settings = {
        **settings,
        "budget": budget,
        "optimizer": {**settings["optimizer"], "budget": budget},
        "former_budgets": [*settings.get("former_budgets", []), before],
    }
    with alone_in(run.directory):
        write_config(run.directory, settings)
    return replace(run, settings=settings)


def changed_versions(run: OptimizationRun) -> list[str]:
    """Say which packages have another version than at the start of the run."""
    before, now = run.settings.get("versions", {}), versions()
    return [
        f"note: the run was started with {name} {before[name]}, this is {now[name]}: the next "
        f"proposals may differ from those of an unbroken run"
        for name in WARNED
        if name in before and before[name] != now[name]
    ]


def _found(source: str, beside: str | None, directory: Path) -> str:
    """Return the objective where its file is now: the run and it may have moved together."""
    files = objective_files(source)
    if not files or beside is None or files[0].is_file():
        return source
    moved = Path(os.path.normpath(directory / beside))
    return source.replace(str(files[0]), str(moved), 1) if moved.is_file() else source


def _changes(run: OptimizationRun, source: str) -> dict[str, tuple[Any, Any]]:
    """Return what has another hash than at the start, with both; runs of old versions have none."""
    settings, found = run.settings, {}
    wanted = settings.get("objective_sha256")
    now = None if source == BY_HAND else objective_hash(source)
    moved = hide(source) != hide(settings["objective_source"])
    other = _part_of_file(hide(source)) != _part_of_file(hide(settings["objective_source"]))
    # A missing file has its own message when it is loaded.
    if wanted is not None and now is not None and wanted != now:
        found[f"the objective {source}"] = (wanted, now)
    elif other or (wanted is None and now is not None and moved):
        found[f"the objective {source}"] = (settings["objective_source"], hide(source))
    folder = model_folder(settings)
    if (present := model_hash(folder)) != settings["model_sha256"]:
        found[f"the model in {folder}"] = (settings["model_sha256"], present)
    hashes = settings.get("files_sha256", {})
    for name, present in file_hashes(run.directory, list(hashes)).items():
        if present != hashes[name]:
            found[str(run.directory / name)] = (hashes[name], present)
    return found


def _part_of_file(source: str) -> str:
    """Return the function or the column that an objective names within its file."""
    if source.startswith(("http:", "https:")):
        return ""
    part = source.rpartition(":")[2]
    return part if part.isidentifier() else ""


def _accepted(
    directory: Path, settings: dict[str, Any], changes: dict[str, tuple[Any, Any]]
) -> dict[str, Any]:
    """Record changes, and take what there is now for what is to be compared with from now on."""
    source = settings["objective_source"]
    folder = model_folder(settings)
    check_task(load_model(folder), settings["task"], folder)
    record = [{"what": name, "before": old, "now": new} for name, (old, new) in changes.items()]
    settings = {
        **settings,
        **identity_of(source, directory),
        "model_sha256": model_hash(folder),
        "files_sha256": file_hashes(directory, list(settings.get("files_sha256", {}))),
        "accepted_changes": [*settings.get("accepted_changes", []), *record],
    }
    write_config(directory, settings)
    return settings
