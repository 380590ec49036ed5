"""Children of good molecules by edits of their graphs, without any model."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem, rdBase

from latentbo.chemistry import parse_molecule, standardize
from latentbo.errors import ConfigurationError, InputError
from latentbo.proposals.graph_crossover import crossover
from latentbo.proposals.graph_mutation import mutate
from latentbo.proposals.graph_rules import JENSEN_RULES, ChildRules, Parent

# Added to scores, so that a population of zeros can mate.
SMALLEST_SCORE = 1e-10
# Parents, of some ten kilobytes each: the same are asked for children again and again.
REMEMBERED = 2000
#: Fragments of fewer than six atoms are not worth a call.
WORTH_A_CALL = ChildRules(min_heavy_atoms=6)


@dataclass(frozen=True)
class GraphMoves:
    """Children of good molecules.

    Attributes:
        mutation_share: Share of children that are mutants of one parent; the others are crossovers
            of two.
        rules: What a child must keep.

    Raises:
        ConfigurationError: If `mutation_share` is not within 0 and 1.
    """

    mutation_share: float = 0.3
    rules: ChildRules = WORTH_A_CALL

    def __post_init__(self) -> None:
        _check_share("mutation_share", self.mutation_share)

    def propose(
        self, parents: Sequence[str], weights: Sequence[float], number: int, seed: int
    ) -> list[str | None]:
        """Draw children; the result depends on the arguments alone.

        Args:
            parents: The m SMILES strings of the parents.
            weights: Their m weights, proportional to the probabilities of being drawn.
            number: Number of children to draw.
            seed: Seed of all draws.

        Returns:
            `number` canonical SMILES strings without stereochemistry, None where nothing came of
            it. Children may repeat each other or a molecule that is no parent of theirs.

        Raises:
            InputError: If there is no parent of positive weight, a weight is negative or not
                finite, the lengths differ, or a parent is no molecule.
        """
        _check_weights("weights", weights, parents)
        molecules = [_ready(parent) for parent in parents]
        chance = random.Random(seed)  # noqa: S311
        return [_written(self._child(molecules, weights, chance)) for _ in range(number)]

    def _child(
        self, molecules: Sequence[Parent], weights: Sequence[float], chance: random.Random
    ) -> Chem.Mol | None:
        """Draw one or two parents and make a child."""
        first = _drawn(weights, chance)
        others = [0.0 if row == first else weight for row, weight in enumerate(weights)]
        if chance.random() < self.mutation_share or not any(others):
            return mutate(molecules[first], chance, self.rules)
        second = _drawn(others, chance)
        return crossover(molecules[first], molecules[second], chance, self.rules)


def graph_ga_children(
    population: Sequence[str],
    scores: Sequence[float],
    number: int,
    mutation_rate: float,
    seed: int,
    rules: ChildRules = JENSEN_RULES,
) -> list[str | None]:
    """Reproduce a population once, as the Graph GA of Jensen and of the PMO benchmark does.

    A mating pool of the population's size is drawn in proportion to the scores. Each child is a
    crossover of two members of the pool, which may be the same, and then mutates by chance. The
    result depends on the arguments alone.

    Args:
        population: The m SMILES strings of the members.
        scores: Their m scores; those below zero count as zero.
        number: Number of children to draw.
        mutation_rate: Probability that a child mutates (0.067 in the benchmark).
        seed: Seed of all draws.
        rules: What a child must keep.

    Returns:
        `number` canonical SMILES strings without stereochemistry, None where nothing came of it.

    Raises:
        ConfigurationError: If `mutation_rate` is not within 0 and 1.
        InputError: If there is no member, a score is not finite, the lengths differ, or a member
            is no molecule.

    References:
        Gao et al., "Sample Efficiency Matters: A Benchmark for Practical Molecular Optimization",
        NeurIPS 2022.
    """
    _check_share("mutation_rate", mutation_rate)
    weights = [
        max(score, 0.0) + SMALLEST_SCORE if math.isfinite(score) else score for score in scores
    ]
    _check_weights("scores", weights, population)
    molecules = [_ready(member) for member in population]
    chance = random.Random(seed)  # noqa: S311
    pool = chance.choices(molecules, weights, k=len(molecules))
    children: list[str | None] = []
    for _ in range(number):
        child = crossover(chance.choice(pool), chance.choice(pool), chance, rules)
        if child is not None and chance.random() < mutation_rate:
            child = mutate(child, chance, rules)
        children.append(_written(child))
    return children


@lru_cache(maxsize=REMEMBERED)
def _ready(smiles: str) -> Parent:
    with rdBase.BlockLogs():
        return Parent.of(parse_molecule(smiles))


def _drawn(weights: Sequence[float], chance: random.Random) -> int:
    return chance.choices(range(len(weights)), weights)[0]


def _written(child: Chem.Mol | None) -> str | None:
    """Write a child as everyone else in the package writes molecules."""
    return None if child is None else standardize(Chem.MolToSmiles(child)).smiles


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ConfigurationError(f"{name} is {value}; give a share from 0 to 1")


def _check_weights(name: str, weights: Sequence[float], molecules: Sequence[str]) -> None:
    if len(weights) != len(molecules):
        raise InputError(f"{len(molecules)} molecules have {len(weights)} {name}; give one each")
    wrong = [weight for weight in weights if not 0 <= weight < math.inf]
    if wrong:
        raise InputError(f"{name} contain {wrong[0]}; give finite numbers from 0 up")
    if not any(weights):
        raise InputError(f"no molecule has {name} above 0; give at least one")
