"""A small optimizer, and a quick oracle that sometimes fails."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from latentbo.chemistry import MoleculeFilter
from latentbo.ledger import Evaluation, Proposal, Status
from latentbo.models import TrainedModel
from latentbo.optimizer import BatchOptimizer, OptimizationConfig, OptimizerInputs
from latentbo.optimizer import make_optimizer as make_preset
from latentbo.tasks import TASKS

MakeOptimizer = Callable[..., BatchOptimizer]
Oracle = Callable[[str], float | None]

SETTINGS: dict[str, Any] = {
    "budget": 27,
    "num_initial": 7,
    "batch_size": 6,
    "num_proposals": 60,
    "num_rounds": 2,
    "num_candidates": 24,
    "num_inducing": 20,
    "num_from_pool": 0,
}


@pytest.fixture
def make_optimizer(tiny_model: TrainedModel, molecules: list[str]) -> MakeOptimizer:
    """Make a fresh optimizer with other settings or inputs."""

    def make(
        pool: Sequence[str] = molecules, inputs: dict[str, Any] | None = None, **changes: Any
    ) -> BatchOptimizer:
        accept = TASKS["molecules"].accept(MoleculeFilter(min_rings=None))
        given = {"accept": accept, **(inputs or {})}
        config = OptimizationConfig(**SETTINGS | changes)
        return make_preset(config, OptimizerInputs(tiny_model, pool=pool, **given))

    return make


@pytest.fixture
def oracle() -> Oracle:
    """More carbon is better; molecules with sulphur fail."""

    def score(smiles: str) -> float | None:
        return None if "S" in smiles.upper() else smiles.upper().count("C") + len(smiles) / 100

    return score


@pytest.fixture
def evaluated(oracle: Oracle) -> Callable[[Sequence[Proposal]], list[Evaluation]]:
    """Ask the oracle for a batch."""

    def ask(proposals: Sequence[Proposal]) -> list[Evaluation]:
        rows = []
        for p in proposals:
            value = oracle(p.string)
            status = Status.FAILED if value is None else Status.OK
            rows.append(Evaluation(p.call, p.batch, p.string, p.origin, p.details, status, value))
        return rows

    return ask
