"""The preset `latent`: a trust region in the latent space, a Gaussian process over the codes."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch import Tensor

from latentbo.acquisition import select
from latentbo.errors import ConfigurationError
from latentbo.ledger.record import Evaluation
from latentbo.models import TrainedModel
from latentbo.optimizer.batches import Selection
from latentbo.optimizer.code_surrogate import fit_code_surrogate
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.features import Featurizer
from latentbo.optimizer.history import LEAST_VALUES, History, by_batch, by_success
from latentbo.optimizer.own_surrogates import SURROGATES
from latentbo.optimizer.search import PRIOR, TRUST_REGION, CandidateSet, Search
from latentbo.optimizer.shares import Competitor, proposals_per_call, success_shares
from latentbo.optimizer.trust_region import trust_region_length
from latentbo.proposals import POOL, ProposalSource, encode_known
from latentbo.seeds import seed_for
from latentbo.surrogates import FittedSurrogate, Repeats, single_thread
from latentbo.tasks import Accepted

# Surrogates whose only inputs are the code and, but for `code`, the model's confidence.
CODE_ALONE = ("latent", "exact", "code")


@dataclass(frozen=True)
class _Codes:
    """Moves of codes, as one of the sources that share the proposals."""

    origins: tuple[str, ...] = (TRUST_REGION, PRIOR, POOL)
    cost: float = 1.0
    at_once: bool = False


@dataclass
class TrustRegionStrategy:
    """Decodes codes around the best strings, and selects by Thompson sampling or log-EI.

    It needs no values to start from: without them, it proposes strings of the pool and samples of
    the prior.

    Args:
        model: The trained autoencoder.
        accept: The task's judgement of a decoded string.
        pool: Canonical strings, some of which are candidates beside the decoded ones.
        config: Settings.
        count: Counts the fragments of strings (`n x m`), as further inputs of the surrogate; None:
            its inputs are the model's features alone.
        describe: Strings to descriptors (`n x m`) for the surrogate `curves`; None: there are none.
        identity: Strings with equal identities have equal values, such as `x*1` and `x` where the
            value depends on the function: only one of them is evaluated.
        must_beat_initial_data: Whether the trust region grows only if a batch brings something into
            the ten best of the initial data, too; the protocol `held-out` judges evaluations alone.
        edits: Sources of strings beside moved codes; they share the proposals by their success.
        moves_codes: Whether codes are moved, too.

    Raises:
        ConfigurationError: If a surrogate lacks its inputs, or there is nothing to propose.
    """

    model: TrainedModel
    accept: Callable[[str], Accepted]
    pool: Sequence[str]
    config: OptimizationConfig
    count: Callable[[Sequence[str]], Tensor] | None = None
    describe: Callable[[Sequence[str]], Tensor] | None = None
    identity: Callable[[str], Hashable] = str
    must_beat_initial_data: bool = True
    edits: Sequence[ProposalSource] = ()
    moves_codes: bool = True
    _features: dict[str, Tensor] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _pool: tuple[list[str], Tensor] | None = None

    def __post_init__(self) -> None:
        self.model = self.model.finishing()
        self._identity = cache(str if self.config.identity == "string" else self.identity)
        distinct = {self._identity(string): string for string in reversed(self.pool)}
        self.pool = list(distinct.values())[::-1]
        surrogate = self.config.surrogate
        if surrogate == "curves" and self.describe is None:
            raise ConfigurationError(
                "the surrogate 'curves' is for expressions: choose fragments or latent"
            )
        is_code_alone = surrogate in CODE_ALONE or SURROGATES[surrogate] is not None
        self.featurizer = Featurizer(
            self.model,
            None if is_code_alone else self.count,
            self.describe if surrogate == "curves" else None,
            confidence=surrogate != "code",
        )
        self._is_scaled = self.config.scaling == "prior"
        if not (self.moves_codes or self.edits):
            raise ConfigurationError("there is no source of proposals: give at least one")

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """See `Strategy.pick`."""
        generator = torch.Generator().manual_seed(seed)
        self._scale(history)
        strings, train_Z, train_Y, repeats = self._training_data(history, generator)
        length = trust_region_length(self.config, self._judged(history))
        state: dict[str, Any] = {"length": length, "train": len(train_Y)}
        competing: list[Competitor] = [*self.edits, *([_Codes()] if self.moves_codes else [])]
        shares = success_shares(competing, self._judged(history))
        state |= {
            f"{source.name}_share": share for source, share in zip(self.edits, shares, strict=False)
        }
        config = self.config
        numbers = proposals_per_call(competing, shares, config.num_proposals, config.num_rounds)
        surrogate = self._fit(train_Z, train_Y, repeats)
        if surrogate is not None:
            state |= {"converged": surrogate.converged, "noise": surrogate.noise}
            state |= {"lengthscale": surrogate.lengthscale}
        search = Search(
            self.model,
            self.accept,
            self.featurizer,
            self.config,
            history.number,
            length,
            {self._identity(string) for string in history.known},
            generator,
            surrogate,
            self._identity,
            numbers[-1] if self.moves_codes else 0,
            self.edits,
            numbers[: len(self.edits)],
        )
        enough = max(4 * q, self.config.num_candidates)
        candidates = search.run(strings, train_Z, train_Y, self._screened(), enough)
        state |= {**search.counts, "candidates": len(candidates.strings)}
        return state, self._select(history.number, surrogate, train_Y, candidates, q)

    def _scale(self, history: History) -> None:
        """Let the data known before the first step set the scale of the codes, if they shall."""
        if not self._is_scaled:
            first = [string for string, _ in history.initial_data]
            first += [row.string for row in history.evaluations if row.batch == 0]
            codes, _ = encode_known(self.model, first)
            self.featurizer.scale_to(codes)
            self._is_scaled = len(codes) >= LEAST_VALUES

    def _judged(self, history: History) -> list[list[Evaluation]]:
        """Return the batches by whose success the trust region grows or shrinks."""
        return history.batches if self.must_beat_initial_data else by_success(history.evaluations)

    def _fit(
        self, train_Z: Tensor, train_Y: Tensor, repeats: Repeats | None
    ) -> FittedSurrogate | None:
        """Fit the surrogate; None if there are too few values to learn from."""
        if len(train_Y) < LEAST_VALUES:
            return None
        with single_thread():
            return fit_code_surrogate(
                self.config,
                train_Z,
                train_Y,
                repeats,
                num_confidence=self.featurizer.num_confidence,
                num_counts=self.featurizer.num_counts,
                num_descriptors=self.featurizer.num_descriptors,
            )

    def _training_data(
        self, history: History, generator: torch.Generator
    ) -> tuple[list[str], Tensor, Tensor, Repeats | None]:
        """Return strings, features (`n x d`), values (`n`) and repeats of those with a value.

        The best come first.

        Codes are computed batch by batch, so that they are the same to the last bit whether the
        batches were evaluated in this process or before it was resumed.
        """
        self._remember([string for string, _ in history.initial_data])
        for batch in by_batch(history.evaluations):
            self._remember([row.string for row in batch])
        rows = [row for row, string in enumerate(history.strings) if string in self._features]
        if not rows:
            return [], self.featurizer.features([], torch.empty(0)), torch.empty(0).double(), None
        if len(rows) > self.config.max_train:
            half = self.config.max_train // 2
            best, rest = rows[:half], rows[half:]
            kept = torch.randperm(len(rest), generator=generator)[: self.config.max_train - half]
            rows = [*best, *(rest[i] for i in kept.sort().values.tolist())]
        strings = [history.strings[row] for row in rows]
        train_Z = torch.stack([self._features[string] for string in strings])
        repeats = None if history.repeats is None else history.repeats.rows(torch.tensor(rows))
        return strings, train_Z, history.values[rows], repeats

    def _remember(self, strings: Sequence[str]) -> None:
        """Compute the features of strings that were never seen before."""
        new = [string for string in dict.fromkeys(strings) if string not in self._seen]
        if not new:
            return
        self._seen.update(new)
        codes, encodable = encode_known(self.model, new)
        features = self.featurizer.features(encodable, codes)
        self._features.update(zip(encodable, features, strict=True))

    def _screened(self) -> tuple[list[str], Tensor]:
        """Return the pool's encodable strings and their features; computed once.

        Of a large pool, only a random part: all of ZINC-250k would take an hour to encode.
        """
        if self._pool is None:
            generator = torch.Generator().manual_seed(seed_for(self.config.seed, -1))
            order = torch.randperm(len(self.pool), generator=generator)[: self.config.max_screened]
            wanted = [self.pool[i] for i in order.sort().values.tolist()]
            codes, strings = encode_known(self.model, wanted if self.config.num_from_pool else [])
            self._pool = strings, self.featurizer.features(strings, codes)
        return self._pool

    def _select(
        self,
        number: int,
        surrogate: FittedSurrogate | None,
        train_Y: Tensor,
        candidates: CandidateSet,
        q: int,
    ) -> list[Selection]:
        """Select at most q candidates, with predictions; the first ones without a surrogate."""
        if surrogate is None or not candidates.strings:
            return [
                Selection(string, origin)
                for string, origin in zip(candidates.strings[:q], candidates.origins, strict=False)
            ]
        best_f = float(surrogate.standardized(train_Y.max()))
        seed = seed_for(self.config.seed, number, 0)
        with single_thread():
            chosen = select(
                self.config.acquisition, surrogate.model, candidates.scaled, q, best_f, seed
            )
            mean, deviation = surrogate.predict(candidates.scaled[chosen])
        return [
            Selection(
                candidates.strings[row],
                candidates.origins[row],
                {"predicted": float(m), "deviation": float(s)},
            )
            for row, m, s in zip(chosen.tolist(), mean, deviation, strict=True)
        ]
