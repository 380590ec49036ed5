"""Sources of candidates for the preset `hybrid`."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from latentbo.proposals.graph import WORTH_A_CALL, GraphMoves
from latentbo.proposals.moves import rank_weights

#: Origins of strings of the pool: chosen among candidates, and drawn at random.
POOL, RANDOM = "pool", "random"
CROSSOVER, MUTATION = "graph-crossover", "graph-mutation"
# Share of mutants among the children of the graph moves.
MUTATION_SHARE = 0.3


class ProposalSource(ABC):
    """Proposes strings like the best ones so far; `HybridStrategy` takes a list of sources.

    To add a source, derive a class, give it a `name` and a method `propose`, and put an instance
    into the list. Its share of the proposals follows the success of its selected strings per time;
    see `latentbo.optimizer.shares.success_shares`. The strategy itself makes proposals canonical,
    and drops repeated, known and unwanted ones.

    Example:
        >>> class Homologues(ProposalSource):
        ...     name = "homologue"
        ...
        ...     def propose(self, parents, number, length, seed):
        ...         return {self.name: [f"C{parent}" for parent in parents[:number]]}
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of its share in the states of steps, and its origin unless `origins` differs."""

    @property
    def origins(self) -> Collection[str]:
        """Origins whose selected strings count as this source's."""
        return (self.name,)

    @property
    def cost(self) -> float:
        """Time of one proposal, in units of one graph move."""
        return 1.0

    @property
    def at_once(self) -> bool:
        """Whether the proposals of all rounds are made in the first round, as one large batch."""
        return False

    @abstractmethod
    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """Return new strings; a pure function of its arguments.

        Args:
            parents: The m best strings, best first; m >= 1.
            number: Number of proposals wanted, at least 1.
            length: Length of the trust region, in standard deviations of a latent space's prior.
            seed: Of everything random; it differs between steps, rounds and sources.

        Returns:
            The proposals by their origin, each of which is in `origins`; None for a failed one.
        """


@dataclass(frozen=True)
class GraphSource(ProposalSource):
    """Crossovers and mutations of molecular graphs.

    Selected strings of the pool count as this source's, because they take no model either.

    Args:
        keep_aromatic: Whether what is left of an aromatic ring must stay aromatic.
    """

    keep_aromatic: bool = False
    name = "graph"
    origins = (CROSSOVER, MUTATION, POOL, RANDOM)

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """See `ProposalSource.propose`."""
        weights = rank_weights(len(parents)).tolist()
        rules = replace(WORTH_A_CALL, keep_aromatic=self.keep_aromatic)
        mutations = round(MUTATION_SHARE * number)
        return {
            CROSSOVER: GraphMoves(0.0, rules).propose(parents, weights, number - mutations, seed),
            MUTATION: GraphMoves(1.0, rules).propose(parents, weights, mutations, seed),
        }
