"""Several objectives for a strategy of one: new weights at every step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.ledger.record import Evaluation, Status
from latentbo.objectives import Combination, Objective
from latentbo.optimizer.batches import BatchOptimizer, RandomStrategy, Selection, Strategy
from latentbo.optimizer.history import History
from latentbo.pareto import augmented_chebyshev, draw_weights, unit_scores
from latentbo.seeds import seed_for

#: Name of the settings of a run that seeks a front.
FRONT = "pareto"

# Distinguishes the seed of the weights from others of the same step.
WEIGHTS = 7001


@dataclass(frozen=True)
class ScalarisedStrategy:
    """Gives another strategy one value per evaluation, scalarised from its terms.

    At every step weights are drawn from the seed and the number of the step, and each value is
    replaced by the augmented Chebyshev scalarisation of the scores, which are scaled by the range
    seen so far.

    Args:
        strategy: Decides.
        names: The terms, at least two.
        seed: Of the run.

    Raises:
        ConfigurationError: If there are fewer than two terms, or two with the same name.

    References:
        Knowles, "ParEGO", IEEE Transactions on Evolutionary Computation 10, 2006.
    """

    strategy: Strategy
    names: Sequence[str]
    seed: int

    def __post_init__(self) -> None:
        if len(self.names) < 2 or len(set(self.names)) < len(self.names):
            raise ConfigurationError(
                f"the terms of a Pareto front are {', '.join(self.names) or 'missing'}; give two "
                f"or more, each with its own name"
            )

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """See `Strategy.pick`; the state also holds the drawn weights."""
        weights = draw_weights(len(self.names), seed_for(self.seed, history.number, WEIGHTS))
        scalarised = replace(history, evaluations=self._scalarised(history.evaluations, weights))
        state, selections = self.strategy.pick(scalarised, q, seed)
        return {
            **state,
            "weights": dict(zip(self.names, weights.tolist(), strict=True)),
        }, selections

    def _scalarised(
        self, evaluations: Sequence[Evaluation], weights: torch.Tensor
    ) -> list[Evaluation]:
        """Replace the values; an evaluation that lacks a term counts as failed."""
        whole = [row for row in evaluations if row.value is not None and self._is_complete(row)]
        scores = torch.tensor(
            [[row.terms[name]["score"] for name in self.names] for row in whole],
            dtype=torch.float64,
        ).reshape(len(whole), len(self.names))
        values = augmented_chebyshev(unit_scores(scores), weights).tolist()
        value_of = {row.call: value for row, value in zip(whole, values, strict=True)}
        return [
            replace(row, value=value_of[row.call])
            if row.call in value_of
            else replace(row, value=None, status=Status.FAILED)
            if row.status is Status.OK
            else row
            for row in evaluations
        ]

    def _is_complete(self, row: Evaluation) -> bool:
        return all(name in row.terms for name in self.names)


def front_settings(objective: Objective) -> dict[str, Any]:
    """Return the setting `pareto` for `config.json`: weights and references of the terms by name.

    It is empty for an objective whose front is not sought.
    """
    combination = objective.function
    if not isinstance(combination, Combination) or not combination.is_pareto:
        return {}
    return {
        FRONT: {
            term.name: {"weight": term.weight, "reference": term.reference}
            for term in combination.terms
        }
    }


def with_front(
    optimizer: BatchOptimizer, settings: Mapping[str, Any], objective: Objective
) -> BatchOptimizer:
    """Return an optimizer that seeks the front in a run's settings, if there is one.

    Raises:
        CheckpointError: If the objective's front is another one by now.
    """
    found, recorded = front_settings(objective).get(FRONT), settings.get(FRONT)
    if found != recorded:
        raise CheckpointError(
            f"the terms of {objective.name} are not those that the run was started with "
            f"({_readable(found)} instead of {_readable(recorded)}): restore the file, or start a "
            f"new run"
        )
    if recorded is None:
        return optimizer
    names, seed = tuple(recorded), optimizer.config.seed
    fallback = optimizer.fallback or RandomStrategy(optimizer.pool)
    return replace(
        optimizer,
        strategy=ScalarisedStrategy(optimizer.strategy, names, seed),
        fallback=ScalarisedStrategy(fallback, names, seed),
    )


def _readable(front: Mapping[str, Any] | None) -> str:
    if front is None:
        return "no Pareto front"
    terms = (
        f"{name} (weight {each['weight']:g}, reference {each['reference']:g})"
        for name, each in front.items()
    )
    return f"the front of {', '.join(terms)}"
