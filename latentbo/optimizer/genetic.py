"""The graph genetic algorithm: what is good has children, no model of the values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from latentbo.optimizer.batches import NewStrings, Selection
from latentbo.optimizer.history import History
from latentbo.proposals import JENSEN_RULES, ChildRules, graph_ga_children
from latentbo.seeds import seed_for
from latentbo.tasks import Accepted

# Of one step; a population that has nothing new to offer is given up after these.
MOST_TRIES = 20


@dataclass
class GeneticStrategy:
    """Graph GA: children of the best molecules so far, all of which are evaluated.

    The best of all evaluated molecules are the population: a population that is replaced by the
    best of itself and its children holds just these.

    Args:
        accept: The task's judgement of a child.
        population_size: Molecules that may have children.
        mutation_rate: Share of the children that are mutated.
        rules: What a child must keep.

    References:
        Jensen, "A graph-based genetic algorithm and generative model/Monte Carlo tree search for
        the exploration of chemical space", Chemical Science 10, 2019; the sizes are those of the
        benchmark PMO (Gao et al., NeurIPS 2022).
    """

    accept: Callable[[str], Accepted]
    population_size: int = 120
    mutation_rate: float = 0.067
    rules: ChildRules = JENSEN_RULES

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """See `Strategy.pick`."""
        population = history.strings[: self.population_size]
        scores = above_zero(history.values[: self.population_size]).tolist()
        new = NewStrings(self.accept, history.known)
        for attempt in range(MOST_TRIES):
            missing = q - len(new.origins)
            if not population or missing < 1:
                break
            children = graph_ga_children(
                *(population, scores, missing, self.mutation_rate),
                *(seed_for(seed, attempt), self.rules),
            )
            new.add(children, "graph")
        return dict(new.counts), [
            Selection(string, origin) for string, origin in new.origins.items()
        ]


def above_zero(scores: Tensor) -> Tensor:
    """Raise `n` scores by a constant so that none is negative; leave those alone that are not.

    A genetic algorithm draws parents in proportion to their scores.
    """
    return scores - scores.min().clamp(max=0.0) if len(scores) else scores
