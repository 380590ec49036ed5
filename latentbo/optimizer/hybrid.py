"""The preset `hybrid`: several sources of molecules, judged by a Gaussian process on the molecules.

Latent moves find early, graph moves late; both only propose. A Tanimoto Gaussian process on the
molecules themselves selects among them, so that no value is paired with another molecule's code.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from latentbo.acquisition import StringSurrogate, select_thompson_strings
from latentbo.errors import ConfigurationError
from latentbo.optimizer.batches import NewStrings, Selection, not_watched
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.history import History
from latentbo.optimizer.own_surrogates import SURROGATES
from latentbo.optimizer.regions import (
    first_batch,
    is_restart,
    parents,
    region_distance,
    stalled_batches,
    worth_a_call,
)
from latentbo.optimizer.shares import proposals_per_call, success_shares
from latentbo.optimizer.trust_region import trust_region_length
from latentbo.proposals import POOL, ProposalSource
from latentbo.seeds import seed_for
from latentbo.surrogates import (
    MoleculeFeaturizer,
    TanimotoGPConfig,
    fit_tanimoto_gp,
    single_thread,
)
from latentbo.tasks import Accepted

# Least molecules of the pool among which the Gaussian process selects at a restart.
NUM_FRESH = 400
# Shares of a step that are done when the model is fitted, and when all is proposed.
FITTED, SELECTING = 0.15, 0.95
# Parts of seeds.
EACH_ROUND, FROM_POOL, AT_ONCE = 2, 3, 4


@dataclass
class HybridStrategy:
    """Rounds of proposals around the best molecules and the best candidates so far.

    Unevaluated molecules of the pool are candidates, too, and parents of others if their
    predictions are good: thirty initial molecules cannot hold all good starting points.

    Args:
        sources: Where candidates come from; see `ProposalSource` for how to write one. They share
            the proposals by their success per time.
        accept: The task's judgement of a proposed molecule.
        config: Settings of the search.
        surrogate: Settings of the Gaussian process.
        pool: Further candidates, above all after a long stall.
        watch: Is told what begins, and what share of the step is done by then.

    Raises:
        ConfigurationError: If there is no source, or two have an origin in common.
    """

    sources: Sequence[ProposalSource]
    accept: Callable[[str], Accepted]
    config: OptimizationConfig
    surrogate: TanimotoGPConfig
    pool: Sequence[str] = ()
    watch: Callable[[str, float], None] = not_watched

    def __post_init__(self) -> None:
        origins = Counter(origin for source in self.sources for origin in source.origins)
        shared = [origin for origin, count in origins.items() if count > 1]
        if shared or not self.sources:
            raise ConfigurationError(
                f"the sources of proposals share the origin {shared[0]!r}: give each its own"
                if shared
                else "there is no source of proposals: give at least one"
            )
        self._featurizer = MoleculeFeaturizer(self.surrogate)

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """See `Strategy.pick`."""
        self.watch("fitting the model", 0.0)
        surrogate = self._fit(history, seed)
        length = trust_region_length(self.config, history.batches)
        shares = success_shares(self.sources, history.batches)
        stalled = stalled_batches(history.batches)
        new = NewStrings(self.accept, history.known)
        if is_restart(stalled) and self.config.num_from_pool:
            number = max(NUM_FRESH, self.config.num_from_pool)
            new.add(self._from_pool(history, number, seed), POOL)
        if not new.origins:
            self._gather(new, history, surrogate, length, shares, stalled, seed)
        candidates = self._possible_hits(list(new.origins), history, surrogate)
        self.watch("selecting", SELECTING)
        state: dict[str, Any] = {"length": length}
        # The last share is the remainder.
        state |= {
            f"{source.name}_share": share
            for source, share in zip(self.sources[:-1], shares, strict=False)
        }
        distance = region_distance(stalled, self.config.min_distance)
        state |= {"candidates": len(candidates), "stalled": stalled, "distance": distance}
        state |= {**getattr(surrogate, "hyperparameters", {}), **new.counts}
        return state, _selected(candidates, new.origins, surrogate, q, seed_for(seed, 1))

    def _fit(self, history: History, seed: int) -> StringSurrogate:
        """Fit the Gaussian process, or the user's surrogate that the settings name."""
        own = SURROGATES[self.config.surrogate]
        with single_thread():
            if own is not None:
                fitted: StringSurrogate = own.fit(history.strings, history.values, seed)
                return fitted
            return fit_tanimoto_gp(
                self._featurizer,
                history.strings,
                history.values,
                self.surrogate,
                seed,
                history.repeats,
                history.bounds,
            )

    def _gather(
        self,
        new: NewStrings,
        history: History,
        surrogate: StringSurrogate,
        length: float,
        shares: Sequence[float],
        stalled: int,
        seed: int,
    ) -> None:
        """Propose and rank in rounds; parents are the best of the data and of the proposals."""
        config = self.config
        scores = self._evaluated(history, stalled)
        distance = region_distance(stalled, config.min_distance)
        found = new.add(self._from_pool(history, config.num_from_pool, seed), POOL)
        numbers = proposals_per_call(self.sources, shares, config.num_proposals, config.num_rounds)
        for number in range(config.num_rounds):
            done = FITTED + (SELECTING - FITTED) * number / config.num_rounds
            self.watch(f"proposing, round {number + 1} of {config.num_rounds}", done)
            with single_thread():
                mean, deviation = surrogate.predict(found)
            scores.update(zip(found, (mean + deviation).tolist(), strict=True))
            ranked = sorted(scores, key=lambda string: (-scores[string], string))
            best = parents(ranked, config.num_parents, distance)
            found = []
            for row, source in enumerate(self.sources):
                if numbers[row] and not (source.at_once and number):
                    parts = self._seed_parts(row, number)
                    proposed = source.propose(best, numbers[row], length, seed_for(seed, *parts))
                    for origin, strings in proposed.items():
                        found += new.add(strings, origin)

    def _seed_parts(self, row: int, number: int) -> tuple[int, ...]:
        """Return what the seed of a source in a round is derived from."""
        at_once = self.sources[row].at_once
        before = sum(source.at_once == at_once for source in self.sources[:row])
        # The first of each kind has the seed it had when there were no others.
        others = (before,) if before else ()
        return (AT_ONCE, *others) if at_once else (EACH_ROUND, number, *others)

    def _evaluated(self, history: History, stalled: int) -> dict[str, float]:
        """Return the values of the molecules that may be parents."""
        first = first_batch(len(history.batches), stalled)
        rows = [row for batch in history.batches[first:] for row in batch]
        found = {row.string: row.value for row in rows if row.value is not None}
        # Without a value since the restart, all molecules count.
        return found or dict(zip(history.strings, history.values.tolist(), strict=True))

    def _from_pool(self, history: History, number: int, seed: int) -> list[str]:
        """Draw molecules of the pool that were never evaluated."""
        left = [string for string in self.pool if string not in history.known]
        generator = torch.Generator().manual_seed(seed_for(seed, FROM_POOL))
        order = torch.randperm(len(left), generator=generator)
        return [left[row] for row in order[:number].tolist()]

    def _possible_hits(
        self, candidates: list[str], history: History, surrogate: StringSurrogate
    ) -> list[str]:
        """Leave out candidates that are too close to a better molecule to become a hit."""
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


def _selected(
    candidates: list[str],
    origins: dict[str, str],
    surrogate: StringSurrogate,
    q: int,
    seed: int,
) -> list[Selection]:
    """Select by Thompson sampling, and add the predictions for the selected strings."""
    with single_thread():
        strings = [
            candidates[row] for row in select_thompson_strings(surrogate, candidates, q, seed)
        ]
        mean, deviation = surrogate.predict(strings)
    return [
        Selection(string, origins[string], {"predicted": float(m), "deviation": float(s)})
        for string, m, s in zip(strings, mean, deviation, strict=True)
    ]
