"""Several objectives as one: each gives a score, and the scores have a weighted mean.

Of a Pareto combination the mean is only what a record and a progress line show: what is searched
for is the whole front (see `latentbo.pareto` and `latentbo.optimizer.ScalarisedStrategy`).
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from latentbo.errors import ConfigurationError
from latentbo.objectives.base import Objective, is_too_large
from latentbo.objectives.evaluation import Outcome, evaluate
from latentbo.objectives.sources import CallError
from latentbo.objectives.term import MEANS, MeanKind, Term

CombinationKind = Literal["geometric", "arithmetic", "pareto"]
#: The kind that has a front.
PARETO: CombinationKind = "pareto"
KINDS: tuple[CombinationKind, ...] = (*MEANS, PARETO)


@dataclass(frozen=True)
class TermValue:
    """The result of a term for one molecule.

    Attributes:
        name: The term.
        raw: The objective's value.
        score: The transform of it.
    """

    name: str
    raw: float
    score: float


@dataclass(frozen=True)
class DetailedOutcome(Outcome):
    """An outcome with the values of the terms that it is made of.

    Attributes:
        terms: In order; those before the failure, if the call failed; none of an objective that is
            no combination.
    """

    terms: tuple[TermValue, ...] = ()

    def details(self) -> dict[str, Any]:
        """Return the terms for a record in JSON: name to raw value and score."""
        return {
            term.name: {key: value for key, value in asdict(term).items() if key != "name"}
            for term in self.terms
        }


@dataclass(frozen=True)
class Combination:
    """The weighted mean of the scores of several objectives.

    All terms are asked, in their order, until one fails: then the molecule has failed.

    Attributes:
        mean: `geometric` (0 as soon as one score is 0; scores must not be negative),
            `arithmetic`, or `pareto` (the arithmetic mean is recorded, the front is sought).
        terms: At least one, two for `pareto`, with different names.

    Raises:
        ConfigurationError: If there is no such mean, no term, only one for a front, or two of one
            name.
    """

    mean: CombinationKind
    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        if self.mean not in KINDS:
            raise ConfigurationError(f"there is no mean {self.mean!r}; use {' or '.join(KINDS)}")
        if not self.terms:
            raise ConfigurationError("a combination has no terms; give at least one")
        if self.is_pareto and len(self.terms) < 2:
            raise ConfigurationError(
                "a Pareto front needs two terms or more; add one, or take another mean"
            )
        names = [term.name for term in self.terms]
        for name in names:
            if names.count(name) > 1:
                raise ConfigurationError(f"two terms are named {name!r}; give each its own name")

    @property
    def is_pareto(self) -> bool:
        """Whether the front of the terms is sought, not the best mean."""
        return self.mean == PARETO

    def __call__(self, string: str) -> float:
        """Return the mean of the scores.

        Raises:
            CallError: If a term has no value, or no score that has a mean; names the term.
        """
        outcome = self.outcome(string)
        if outcome.value is None:
            raise CallError(outcome.error)
        return outcome.value

    def outcome(self, string: str) -> DetailedOutcome:
        """Return the mean of the scores and each term's part in it, or why there is none."""
        values: list[TermValue] = []
        for term in self.terms:
            raw = evaluate(term.objective, string)
            if raw.value is None:
                return DetailedOutcome(None, f"term {term.name!r}: {raw.error}", tuple(values))
            score = _score(term, raw.value)
            if wrong := self._wrong(score):
                error = f"term {term.name!r}: the score of the value {raw.value} is {score}{wrong}"
                return DetailedOutcome(None, error, tuple(values))
            values.append(TermValue(term.name, raw.value, score))
        scores, weights = [each.score for each in values], [term.weight for term in self.terms]
        kind: MeanKind = "geometric" if self.mean == "geometric" else "arithmetic"
        return DetailedOutcome(weighted_mean(kind, scores, weights), "", tuple(values))

    def _wrong(self, score: float) -> str | None:
        if not math.isfinite(score) or is_too_large(score):
            return "; give a transform that suits such values"
        if self.mean == "geometric" and score < 0:
            return (
                ", and a geometric mean needs scores from 0 up; give a transform, or take the "
                "arithmetic mean"
            )
        return None


def _score(term: Term, value: float) -> float:
    try:
        return term.transform(value)
    except OverflowError:
        return math.nan


def weighted_mean(kind: MeanKind, scores: Sequence[float], weights: Sequence[float]) -> float:
    r"""Return a mean of scores, which lies between the smallest and the largest.

    Arithmetic: `sum_i w_i s_i / sum_i w_i`; geometric: `(prod_i s_i^w_i)^(1 / sum_i w_i)`.

    Args:
        kind: Of the mean.
        scores: n finite scores; none negative for a geometric mean.
        weights: n weights above 0.
    """
    largest = max(weights)
    shares = [weight / largest for weight in weights]
    total = math.fsum(shares)
    if kind == "arithmetic":
        mean = math.fsum(share / total * score for share, score in zip(shares, scores, strict=True))
    elif 0 in scores:
        return 0.0
    else:
        logs = (share * math.log(score) for share, score in zip(shares, scores, strict=True))
        mean = math.exp(math.fsum(logs) / total)
    return min(max(mean, min(scores)), max(scores))


def evaluate_in_detail(objective: Objective, string: str) -> DetailedOutcome:
    """Call an objective as `evaluate` does, and tell each term's value if it is a combination."""
    if isinstance(objective.function, Combination):
        return objective.function.outcome(string)
    outcome = evaluate(objective, string)
    return DetailedOutcome(outcome.value, outcome.error)
