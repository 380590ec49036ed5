"""The contract of a source of proposals."""

import math
from collections.abc import Mapping, Sequence

from latentbo.proposals import ProposalSource
from latentbo.testing.contract import require, twice


def check_source(source: ProposalSource, parents: Sequence[str]) -> None:
    """Check that `hybrid` can use a source of proposals.

    Its attributes make sense; it proposes strings, at most as many as it is asked for, under its
    own origins, from one parent and from many; it leaves its arguments alone, and proposes the same
    for the same arguments, whatever it was asked before.

    Args:
        source: The source.
        parents: Strings that it can work on, at least two.

    Raises:
        ContractError: If it does not keep the contract.
    """
    require(len(parents) > 1, "give check_source two parents or more")
    name = type(source).__name__
    origins = list(source.origins)
    require(origins and all(isinstance(each, str) for each in origins), f"{name}.origins: no texts")
    require(len(set(origins)) == len(origins), f"{name}.origins: one is repeated")
    require(0 < source.cost < math.inf, f"{name}.cost is {source.cost}: give a positive number")
    for given, number, seed in ((parents[:1], 1, 0), (parents, 20, 0), (parents, 20, 1)):
        _check_call(source, given, number, seed)


def _check_call(source: ProposalSource, parents: Sequence[str], number: int, seed: int) -> None:
    def propose() -> dict[str, list[str | None]]:
        given = list(parents)
        found = source.propose(given, number, 0.5, seed)
        require(given == list(parents), f"{place} changes its parents: copy them first")
        require(isinstance(found, Mapping), f"{place} returns no mapping of origins to proposals")
        return {origin: list(strings) for origin, strings in found.items()}

    place = f"{type(source).__name__}.propose (number={number}, seed={seed})"
    first, second = twice(propose)
    foreign = first.keys() - set(source.origins)
    require(not foreign, f"{place} returns an origin that is not in origins: {sorted(foreign)}")
    proposed = [string for strings in first.values() for string in strings]
    require(
        all(isinstance(string, str | None) for string in proposed),
        f"{place} returns something that is neither a string nor None",
    )
    require(len(proposed) <= number, f"{place} returns {len(proposed)} proposals: give fewer")
    require(
        first == second,
        f"{place} returns different proposals for the same arguments: draw from generators that "
        f"are seeded with `seed`, and keep nothing between calls",
    )
