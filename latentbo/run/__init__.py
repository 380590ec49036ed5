"""One optimization run in a folder: set it up or restore it, spend the budget."""

from latentbo.run.folder import create_run, open_run, write_run
from latentbo.run.model import check_task, load_checked_model, model_folder, model_hash
from latentbo.run.optimization_run import OptimizationRun, build_optimizer
from latentbo.run.resuming import as_started, changed_versions, grown
from latentbo.run.settings import (
    CONFIG_FILE,
    LEDGER_FILE,
    LEFT_OUT_FILE,
    check_objective,
    molecule_filter,
    objective_of,
    proposal_filter,
    versions,
)

__all__ = [
    "CONFIG_FILE",
    "LEDGER_FILE",
    "LEFT_OUT_FILE",
    "OptimizationRun",
    "as_started",
    "build_optimizer",
    "changed_versions",
    "check_objective",
    "check_task",
    "create_run",
    "grown",
    "load_checked_model",
    "model_folder",
    "model_hash",
    "molecule_filter",
    "objective_of",
    "open_run",
    "proposal_filter",
    "versions",
    "write_run",
]
