"""A small optimizer, and a quick oracle that sometimes fails."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from latentbo.chemistry import MoleculeFilter
from latentbo.ledger import Evaluation, Proposal, Status
from latentbo.models import TrainedModel
from latentbo.optimizer import OptimizationConfig, TrustRegionOptimizer
from latentbo.tasks import TASKS

MakeOptimizer = Callable[..., TrustRegionOptimizer]
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
    """Make a fresh optimizer with other settings."""

    def make(pool: Sequence[str] = molecules, **changes: Any) -> TrustRegionOptimizer:
        accept = TASKS["molecules"].accept(MoleculeFilter(min_rings=None))
        return TrustRegionOptimizer(
            tiny_model, accept, pool, OptimizationConfig(**SETTINGS | changes)
        )

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
            value = oracle(p.smiles)
            status = Status.FAILED if value is None else Status.OK
            rows.append(Evaluation(p.call, p.batch, p.smiles, p.origin, p.details, status, value))
        return rows

    return ask
