"""The hybrid strategy: latent and graph moves, judged by a Gaussian process on the molecules.

Latent moves find early, graph moves late; both only propose. What is chosen among them is decided
by a Tanimoto process on the molecules as they are, so that there is no code that belongs to another
molecule than its value.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from latentbo.acquisition import select_thompson_strings
from latentbo.ledger.record import INITIAL, MEASURED, Evaluation
from latentbo.optimizer.batches import NewStrings, Selection
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.history import GIVEN, History
from latentbo.optimizer.regions import (
    first_batch,
    is_restart,
    parents,
    region_distance,
    stalled_batches,
    worth_a_call,
)
from latentbo.optimizer.trust_region import trust_region_length
from latentbo.proposals import Accepted, GraphMoves, LatentMoves, rank_weights
from latentbo.seeds import seed_for
from latentbo.surrogates import (
    MoleculeFeaturizer,
    TanimotoGPConfig,
    TanimotoSurrogate,
    fit_tanimoto_gp,
    single_thread,
)

__all__ = ["HybridStrategy", "latent_share"]

LATENT, CROSSOVER, MUTATION, POOL = "latent", "graph-crossover", "graph-mutation", "pool"
# Least molecules of the pool among which the process chooses at a restart.
NUM_FRESH = 400
NUM_TOP, DECAY, LEAST_SHARE = 10, 0.9, 0.1
# Of our own time: what decoding a code takes, in children of the graph moves.
LATENT_COST = 3.0
# Origins of what no move has proposed.
NOT_PICKED = (GIVEN, INITIAL, MEASURED)
#: Of the graph moves.
MUTATION_SHARE = 0.3


@dataclass
class HybridStrategy:
    """Rounds of proposals around the best molecules and the best candidates so far.

    Molecules of the pool that were not called yet are candidates, too, and parents of others if
    the process expects much of them: a start of thirty cannot hold all good beginnings.

    Args:
        latent: Moves in a model's latent space; None: graph moves alone.
        accept: The task's judgement of a proposed molecule.
        config: Settings of the search.
        surrogate: Settings of the Gaussian process.
        pool: Where other beginnings come from, above all for a search that is stuck.
    """

    latent: LatentMoves | None
    accept: Callable[[str], Accepted]
    config: OptimizationConfig
    surrogate: TanimotoGPConfig
    pool: Sequence[str] = ()

    def __post_init__(self) -> None:
        self._featurizer = MoleculeFeaturizer(self.surrogate)

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """See `Strategy.pick`."""
        with single_thread():
            surrogate = fit_tanimoto_gp(
                self._featurizer,
                history.strings,
                history.values,
                self.surrogate,
                seed,
                history.repeats,
            )
        length = trust_region_length(self.config, history.batches)
        share = latent_share(history.batches) if self.latent else 0.0
        stalled = stalled_batches(history.batches)
        new = NewStrings(self.accept, history.known)
        if is_restart(stalled):
            number = max(NUM_FRESH, self.config.num_from_pool)
            new.add(self._from_pool(history, number, seed), POOL)
        if not new.origins:
            self._gather(new, history, surrogate, length, share, stalled, seed)
        candidates = self._possible_hits(list(new.origins), history, surrogate)
        with single_thread():
            chosen = select_thompson_strings(surrogate, candidates, q, seed_for(seed, 1))
            mean, deviation = surrogate.predict([candidates[row] for row in chosen])
        picks = [
            Selection(
                candidates[row],
                new.origins[candidates[row]],
                {"predicted": float(m), "deviation": float(s)},
            )
            for row, m, s in zip(chosen, mean, deviation, strict=True)
        ]
        state = {"length": length, "latent_share": share, "candidates": len(candidates)}
        distance = region_distance(stalled, self.config.min_distance)
        state |= {"stalled": stalled, "distance": distance}
        return {**state, **surrogate.hyperparameters, **new.counts}, picks

    def _gather(
        self,
        new: NewStrings,
        history: History,
        surrogate: TanimotoSurrogate,
        length: float,
        share: float,
        stalled: int,
        seed: int,
    ) -> None:
        """Propose, judge, and go on from the best of the data and of what was proposed."""
        scores = self._evaluated(history, stalled)
        distance = region_distance(stalled, self.config.min_distance)
        found = new.add(self._from_pool(history, self.config.num_from_pool, seed), POOL)
        rounds = self.config.num_rounds
        num_latent = round(share * self.config.num_proposals * rounds)
        num_graph = self.config.num_proposals - num_latent // rounds
        for number in range(rounds):
            with single_thread():
                mean, deviation = surrogate.predict(found)
            scores.update(zip(found, (mean + deviation).tolist(), strict=True))
            ranked = sorted(scores, key=lambda string: (-scores[string], string))
            best = parents(ranked, self.config.num_parents, distance)
            found = []
            if self.latent and not number:
                # All at once: to decode a few codes takes nearly as long as to decode many.
                moved = self.latent.propose(best, num_latent, length, seed_for(seed, 4))
                found += new.add(moved, LATENT)
            found += self._children(new, best, num_graph, seed_for(seed, 2, number))

    def _evaluated(self, history: History, stalled: int) -> dict[str, float]:
        """Return the values of the molecules that may be parents."""
        first = first_batch(len(history.batches), stalled)
        rows = [row for batch in history.batches[first:] for row in batch]
        found = {row.smiles: row.value for row in rows if row.value is not None}
        # Nothing since then has a value: then all there is must do.
        return found or dict(zip(history.strings, history.values.tolist(), strict=True))

    def _from_pool(self, history: History, number: int, seed: int) -> list[str]:
        """Draw molecules of the pool that were never called."""
        left = [string for string in self.pool if string not in history.known]
        generator = torch.Generator().manual_seed(seed_for(seed, 3))
        order = torch.randperm(len(left), generator=generator)
        return [left[row] for row in order[:number].tolist()]

    def _possible_hits(
        self, candidates: list[str], history: History, surrogate: TanimotoSurrogate
    ) -> list[str]:
        """Leave out what is too close to a better molecule to become a hit."""
        if not self.config.min_distance or not candidates:
            return candidates
        with single_thread():
            mean, deviation = surrogate.predict(candidates)
        hopeful = worth_a_call(
            candidates,
            (mean + deviation).tolist(),
            history.strings,
            history.values.tolist(),
            self.config.min_distance,
        )
        return [string for string, is_so in zip(candidates, hopeful, strict=True) if is_so]

    def _children(self, new: NewStrings, best: Sequence[str], number: int, seed: int) -> list[str]:
        """Make children by graph moves, and return what is new."""
        weights = rank_weights(len(best)).tolist()
        mutations = round(MUTATION_SHARE * number)
        found = []
        for origin, moves, count in (
            (CROSSOVER, GraphMoves(0.0), number - mutations),
            (MUTATION, GraphMoves(1.0), mutations),
        ):
            found += new.add(moves.propose(best, weights, count, seed), origin)
        return found


def latent_share(batches: Sequence[Sequence[Evaluation]]) -> float:
    """Return the share of latent moves among the proposals, from what both kinds came to.

    A pick succeeds if it enters the ten best. Successes and picks are forgotten by a factor of 0.9
    a batch; the share is that of the success rates for the time that a proposal takes, within
    [0.1, 0.9].

    Args:
        batches: What was known first (the initial molecules, say), and what came of each batch of
            picks, in order; see `by_success`.
    """
    tried, won = dict.fromkeys((True, False), 2.0), dict.fromkeys((True, False), 1.0)
    top: list[float] = []
    for batch in batches:
        threshold = top[-1] if len(top) == NUM_TOP else -torch.inf
        for counts in (tried, won):
            for kind in counts:
                counts[kind] *= DECAY
        for row in batch:
            if row.origin not in NOT_PICKED:
                tried[row.origin == LATENT] += 1
                won[row.origin == LATENT] += row.value is not None and row.value > threshold
        values = [row.value for row in batch if row.value is not None]
        top = sorted([*top, *values], reverse=True)[:NUM_TOP]
    rates = {kind: won[kind] / tried[kind] for kind in tried}
    share = rates[True] / max(1e-9, rates[True] + LATENT_COST * rates[False])
    return min(max(share, LEAST_SHARE), 1 - LEAST_SHARE)
