"""One optimization run in a folder, and spending what is left of its budget."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from latentbo.chemistry import NONE
from latentbo.data import read_lines
from latentbo.data.compounds import COMPOUNDS_FILE, Compound, read_compounds
from latentbo.errors import ObjectiveError
from latentbo.execution import ExecutionConfig, make_oracle
from latentbo.isolation import library_settings
from latentbo.ledger import Evaluation, Ledger
from latentbo.objectives import (
    BY_HAND,
    DEFAULT_TIME_LIMIT,
    Objective,
    objective_from,
)
from latentbo.optimizer import (
    BatchOptimizer,
    Ending,
    OptimizationConfig,
    OptimizerInputs,
    make_optimizer,
    optimize,
    with_front,
)
from latentbo.protocol_runs import LABELLED_FILE, ProtocolRun
from latentbo.protocols import read_labelled
from latentbo.run.lock import alone_in
from latentbo.run.model import load_checked_model
from latentbo.run.settings import (
    LEDGER_FILE,
    molecule_filter,
    proposal_filter,
    scaffold_of,
)
from latentbo.tasks import TASKS, Task


@dataclass(frozen=True)
class OptimizationRun:
    """A run's folder and all that is needed to resume it.

    Args:
        directory: Holds `config.json`, `ledger.sqlite` and the pool (`pool.smi`, `pool.txt`).
        settings: What `config.json` holds.
    """

    directory: Path
    settings: dict[str, Any]

    @property
    def task(self) -> Task:
        """The task of the run."""
        return TASKS[self.settings["task"]]

    @property
    def pool(self) -> list[str]:
        """The strings that it starts from."""
        return [line.string for line in read_lines(self.directory / self.task.pool_file)]

    @property
    def is_by_hand(self) -> bool:
        """Whether people measure its values; there is no function then."""
        return bool(self.settings["objective_source"] == BY_HAND)

    @property
    def labelled(self) -> list[tuple[str, float]]:
        """The measurements that it started from, repeated ones with every value.

        Raises:
            CheckpointError: If their file is missing or damaged.
        """
        path = self.directory / LABELLED_FILE
        return read_labelled(path) if "labelled" in self.settings else []

    @property
    def compounds(self) -> list[Compound]:
        """The same measurements with their IDs, and the censored ones among them.

        Raises:
            CheckpointError: If their file is damaged.
        """
        return read_compounds(self.directory / COMPOUNDS_FILE)

    @property
    def execution(self) -> ExecutionConfig:
        """Settings of its calls; those of earlier versions have none."""
        return ExecutionConfig(**self.settings.get("execution", {}))

    @library_settings()
    def execute(
        self,
        show: Callable[[list[Evaluation]], None],
        device: str,
        execution: ExecutionConfig | None = None,
    ) -> Ending:
        """Spend what is left of the budget; see `latentbo.optimizer.optimize`.

        Args:
            show: Called with all finished evaluations after each call.
            device: Where the model runs.
            execution: Takes the place of the run's own settings of its calls.
        """
        if self.is_by_hand:
            raise ObjectiveError(
                f"the values of {self.directory} are measured, there is no function to call: "
                f"record them with --observe FILE, and ask for {self.task.name} with --suggest N"
            )
        with alone_in(self.directory):
            return self._execute(show, device, execution or self.execution)

    def _execute(
        self, show: Callable[[list[Evaluation]], None], device: str, execution: ExecutionConfig
    ) -> Ending:
        torch.set_num_threads(self.settings["threads"])
        # First, so that a wrong function is told before a model is loaded.
        source = self.settings["objective_source"]
        objective = objective_from(source, execution.time_limit or DEFAULT_TIME_LIMIT)
        optimizer = build_optimizer(self, objective, device)
        with (
            closing(make_oracle(execution, source, objective)) as oracle,
            Ledger.open(self.directory / LEDGER_FILE) as ledger,
        ):
            return optimize(optimizer, oracle, ledger, show, execution)


def build_optimizer(run: OptimizationRun, objective: Objective, device: str) -> BatchOptimizer:
    """Return the optimizer that a run's settings describe.

    Raises:
        CheckpointError: If the model is gone, or it or the objective's front is not the one that
            the run was started with.
    """
    model = load_checked_model(run.settings, device)
    task = run.task.for_model(model)
    config = OptimizationConfig(**run.settings["optimizer"])
    if protocol := run.settings.get("protocol"):
        limits = molecule_filter(run.settings)
        return ProtocolRun(protocol, model, task, objective, limits).optimizer(
            run.directory, config
        )
    pool = run.pool
    accept, identity = task.accept(proposal_filter(run.settings, pool)), objective.identity
    inputs = OptimizerInputs(
        *(model, accept, pool, task.count, task.describe, identity, run.labelled),
        initial_bounds=[(each.string, each.bound) for each in run.compounds if each.bound],
        keep_aromatic=run.settings.get("chemistry", NONE) != NONE,
        scaffold=scaffold_of(run.settings),
    )
    return with_front(make_optimizer(config, inputs), run.settings, objective)
