"""GP-BO: a genetic algorithm climbs an upper confidence bound of a Tanimoto process.

References:
    Tripp, Simm and Hernández-Lobato, "A Fresh Look at De Novo Molecular Design Benchmarks", NeurIPS
    2021 workshop on AI for Science; the bound's factor is drawn anew for each step.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from latentbo.acquisition import upper_confidence
from latentbo.optimizer.batches import NewStrings, Selection
from latentbo.optimizer.genetic import above_zero
from latentbo.optimizer.history import History
from latentbo.proposals import JENSEN_RULES, ChildRules, graph_ga_children
from latentbo.seeds import seed_for
from latentbo.surrogates import MoleculeFeaturizer, TanimotoGPConfig, fit_tanimoto_gp, single_thread
from latentbo.tasks import Accepted

# Logarithms (base 10) of the smallest and the largest factor of the deviation.
FACTORS = (-1.0, 1.0)


@dataclass
class AcquisitionSearchStrategy:
    """Picks what a genetic algorithm finds on the acquisition function; no call is spent on it.

    Args:
        accept: The task's judgement of a child.
        pool: Canonical strings, some of which join the first generation.
        surrogate: Settings of the Gaussian process.
        generations: Of the genetic algorithm.
        children: Of a generation.
        population_size: Molecules that may have children.
        mutation_rate: Share of the children that are mutated.
        rules: What a child must keep.
    """

    accept: Callable[[str], Accepted]
    pool: Sequence[str]
    surrogate: TanimotoGPConfig
    generations: int = 5
    children: int = 100
    population_size: int = 100
    mutation_rate: float = 0.1
    rules: ChildRules = JENSEN_RULES

    def __post_init__(self) -> None:
        self._featurizer = MoleculeFeaturizer(self.surrogate)

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """See `Strategy.pick`."""
        generator = torch.Generator().manual_seed(seed_for(seed, 0))
        uniform = float(torch.rand((), generator=generator, dtype=torch.float64))
        factor = 10 ** (FACTORS[0] + (FACTORS[1] - FACTORS[0]) * uniform)
        with single_thread():
            surrogate = fit_tanimoto_gp(
                self._featurizer,
                history.strings,
                history.values,
                self.surrogate,
                seed,
                history.repeats,
                history.bounds,
            )
        new = NewStrings(self.accept, history.known)
        order = torch.randperm(len(self.pool), generator=generator)[: self.population_size]
        new.add([self.pool[i] for i in order.tolist()], "pool")

        def bound(strings: Sequence[str]) -> dict[str, float]:
            with single_thread():
                mean, deviation = surrogate.predict(strings)
            found = upper_confidence(mean, deviation, factor).tolist()
            return dict(zip(strings, found, strict=True))

        scores = bound([*new.origins, *history.strings[: self.population_size]])
        for number in range(self.generations):
            population = _best(scores, self.population_size)
            children = graph_ga_children(
                population,
                above_zero(torch.tensor([scores[string] for string in population])).tolist(),
                self.children,
                self.mutation_rate,
                seed_for(seed, 1, number),
                self.rules,
            )
            scores |= bound(new.add(children, "graph"))
        picked = _best({string: scores[string] for string in new.origins}, q)
        picks = [
            Selection(string, new.origins[string], {"bound": scores[string]}) for string in picked
        ]
        return {"factor": factor, **surrogate.hyperparameters, **new.counts}, picks


def _best(scores: dict[str, float], number: int) -> list[str]:
    return sorted(scores, key=lambda string: (-scores[string], string))[:number]
