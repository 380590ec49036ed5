"""Several objectives for an optimizer of one: new weights at every step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.ledger.record import Evaluation, Status, StepRecord, Suggestion
from latentbo.objectives import Combination, Objective
from latentbo.optimizer.history import num_proposed
from latentbo.optimizer.loop import Optimizer
from latentbo.pareto import augmented_chebyshev, draw_weights, unit_scores
from latentbo.seeds import seed_for

__all__ = ["FRONT", "ScalarisedOptimizer", "front_settings", "with_front"]

#: Name of the settings of a run that seeks a front.
FRONT = "pareto"

# Tells the seed of the weights from others of the same step.
WEIGHTS = 7001


@dataclass
class ScalarisedOptimizer:
    """Asks another optimizer, to which one number of each row's terms is shown.

    At every step weights are drawn from the seed and the number of the step, and each row's value
    is replaced by the augmented Chebyshev scalarisation of its scores, which are scaled by the
    range seen so far. A step stays a pure function of the rows, as it is in the inner optimizer.

    Args:
        inner: Proposes; a pure function of the rows.
        names: The terms, at least two.

    Raises:
        ConfigurationError: If there are fewer than two terms, or two of one name.

    References:
        Knowles, "ParEGO", IEEE Transactions on Evolutionary Computation 10, 2006.
    """

    inner: Optimizer
    names: Sequence[str]

    def __post_init__(self) -> None:
        if len(self.names) < 2 or len(set(self.names)) < len(self.names):
            raise ConfigurationError(
                f"the terms of a Pareto front are {', '.join(self.names) or 'missing'}; give two "
                f"or more, each with its own name"
            )

    @property
    def config(self) -> Any:
        """Settings of the inner optimizer."""
        return self.inner.config

    def ask(
        self, evaluations: Sequence[Evaluation], steps: Sequence[StepRecord] = ()
    ) -> Suggestion:
        """Propose the next batch.

        Args:
            evaluations: All rows, finished or pending, in the order of their calls.
            steps: The recorded steps.

        Returns:
            What the inner optimizer proposes; the state of its step holds the drawn weights.
        """
        if not evaluations:
            return self.inner.ask(evaluations, steps)
        seed = seed_for(self.config.seed, num_proposed(evaluations), WEIGHTS)
        weights = draw_weights(len(self.names), seed)
        suggestion = self.inner.ask(self._shown(evaluations, weights), steps)
        state = dict(zip(self.names, weights.tolist(), strict=True))
        step = replace(suggestion.step, state={**suggestion.step.state, "weights": state})
        return replace(suggestion, step=step)

    def _shown(self, evaluations: Sequence[Evaluation], weights: torch.Tensor) -> list[Evaluation]:
        """The rows with scalarised values; one that lacks a term counts as failed."""
        whole = [row for row in evaluations if row.value is not None and self._is_complete(row)]
        scores = torch.tensor(
            [[row.terms[name]["score"] for name in self.names] for row in whole],
            dtype=torch.float64,
        ).reshape(len(whole), len(self.names))
        values = augmented_chebyshev(unit_scores(scores), weights).tolist()
        shown = {row.call: value for row, value in zip(whole, values, strict=True)}
        return [
            replace(row, value=shown[row.call])
            if row.call in shown
            else replace(row, value=None, status=Status.FAILED)
            if row.status is Status.OK
            else row
            for row in evaluations
        ]

    def _is_complete(self, row: Evaluation) -> bool:
        return all(name in row.terms for name in self.names)


def front_settings(objective: Objective) -> dict[str, Any]:
    """Return what `config.json` says of a front: the terms' weights and references by their names.

    Returns:
        One setting, `pareto`; none of an objective whose front is not sought.
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
    optimizer: Optimizer, settings: Mapping[str, Any], objective: Objective
) -> Optimizer:
    """Return an optimizer that seeks the front that a run's settings tell of, if any.

    Raises:
        CheckpointError: If the objective's front is another one by now.
    """
    found, recorded = front_settings(objective).get(FRONT), settings.get(FRONT)
    if found != recorded:
        raise CheckpointError(
            f"the terms of {objective.name} are not those that the run was started with "
            f"({_told(found)} instead of {_told(recorded)}): restore the file, or start a new run"
        )
    return optimizer if recorded is None else ScalarisedOptimizer(optimizer, tuple(recorded))


def _told(front: Mapping[str, Any] | None) -> str:
    if front is None:
        return "no Pareto front"
    terms = (
        f"{name} (weight {each['weight']:g}, reference {each['reference']:g})"
        for name, each in front.items()
    )
    return f"the front of {', '.join(terms)}"
