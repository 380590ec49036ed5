"""The ask-tell loop in the latent space of a trained model.

Step k is a pure function of (configuration, evaluations of the batches before k, seed derived from
(seed, k)): everything is refitted from the ledger, nothing inside a step looks at the clock. So a
run that was killed and resumed gives the same ledger as an unbroken one.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch import Tensor

from latentbo.acquisition import select
from latentbo.errors import ConfigurationError
from latentbo.ledger.record import Evaluation, Proposal, StepRecord, Suggestion
from latentbo.models import TrainedModel
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.features import NUM_CONFIDENCE, Featurizer
from latentbo.optimizer.history import LEAST_VALUES, History, by_batch, by_success, draw_initial
from latentbo.optimizer.search import Found, Search
from latentbo.optimizer.trust_region import trust_region_length
from latentbo.proposals.candidates import Accepted, encode_known
from latentbo.seeds import seed_for
from latentbo.surrogates import (
    ExactGPConfig,
    FittedSurrogate,
    Repeats,
    SparseGPConfig,
    fit_exact_gp,
    fit_sparse_gp,
    single_thread,
    winsorized,
)

__all__ = ["TrustRegionOptimizer"]

# Surrogates that see the code, and what the model says of it, and nothing else.
CODE_ALONE = ("latent", "exact")


@dataclass
class TrustRegionOptimizer:
    """Proposes molecules; the caller evaluates them and asks again with all evaluations so far.

    Args:
        model: The trained autoencoder.
        accept: The task's judgement of a decoded string.
        pool: Canonical strings to start from.
        config: Settings.
        count: Counts the fragments of strings (`n x m`), so that the surrogate sees them beside the
            codes; None: it sees the model's features alone.
        labelled: Strings whose values are known without a call (of a data set, say): the surrogate
            learns from them, and they are never proposed. Repeated ones stand there with every
            value. With two of them there is no initial batch.
        describe: Strings to descriptors (`n x m`) for the surrogate `curves`; None: there are none.
        identity: Strings with equal identities have equal values, such as `x*1` and `x` where the
            value depends on the function: of these, one is evaluated.
        must_beat_labelled: Whether the trust region grows only if a batch brings something into the
            ten best of the labelled strings, too; the protocol `held-out` takes what is evaluated
            alone.
    """

    model: TrainedModel
    accept: Callable[[str], Accepted]
    pool: Sequence[str]
    config: OptimizationConfig
    count: Callable[[Sequence[str]], Tensor] | None = None
    labelled: Sequence[tuple[str, float]] = ()
    identity: Callable[[str], Hashable] = str
    describe: Callable[[Sequence[str]], Tensor] | None = None
    must_beat_labelled: bool = False
    _features: dict[str, Tensor] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _pool: tuple[list[str], Tensor] | None = None

    def __post_init__(self) -> None:
        self.model = self.model.finishing()
        self._identity = cache(self.identity)
        distinct = {self._identity(string): string for string in reversed(self.pool)}
        self.pool = list(distinct.values())[::-1]
        surrogate = self.config.surrogate
        if surrogate == "curves" and self.describe is None:
            raise ConfigurationError(
                "the surrogate 'curves' is for expressions: choose fragments or latent"
            )
        self.featurizer = Featurizer(
            self.model,
            None if surrogate in CODE_ALONE else self.count,
            self.describe if surrogate == "curves" else None,
        )

    def ask(
        self, evaluations: Sequence[Evaluation], steps: Sequence[StepRecord] = ()
    ) -> Suggestion:
        """Propose the next batch.

        Args:
            evaluations: All evaluations, in the order of their calls; pending ones are known, but
                have no value.
            steps: The recorded steps, of which some may have proposed nothing.

        Returns:
            At most `batch_size` proposals (the initial molecules if there are no evaluations),
            never more than the budget leaves, never a molecule evaluated before. No proposals: the
            model finds nothing new that passes the filter.
        """
        remaining = self.config.budget - len(evaluations)
        history = History.of(evaluations, self.labelled, len(steps))
        if not evaluations and self._needs_initial(history):
            return self._initial(min(remaining, self.config.num_initial), history)
        if remaining < 1:
            return Suggestion(StepRecord(history.batch), [])
        return self._step(evaluations, history, min(remaining, self.config.batch_size))

    def _needs_initial(self, history: History) -> bool:
        """Whether there is too little to learn from; without a pool, what there is must do."""
        if not self.labelled:
            return True
        return bool(self.pool) and len(history.strings) < LEAST_VALUES

    def _initial(self, num_initial: int, history: History) -> Suggestion:
        proposals = draw_initial(self.pool, self.config, num_initial, history.known)
        return Suggestion(StepRecord(history.batch, {"pool": len(self.pool)}), proposals)

    def _step(self, evaluations: Sequence[Evaluation], history: History, q: int) -> Suggestion:
        number = history.number
        generator = torch.Generator().manual_seed(seed_for(self.config.seed, number))
        train_Z, train_Y, repeats = self._training_data(evaluations, history, generator)
        length = trust_region_length(self.config, self._judged(evaluations, history))
        state: dict[str, Any] = {"length": length, "train": len(train_Y)}
        surrogate = self._fit(train_Z, train_Y, repeats)
        if surrogate is not None:
            state |= {"converged": surrogate.converged, "noise": surrogate.noise}
            state |= {"lengthscale": surrogate.lengthscale}
        known = {self._identity(string) for string in history.known}
        search = Search(
            self.model,
            self.accept,
            self.featurizer,
            self.config,
            number,
            length,
            known,
            generator,
            surrogate,
            self._identity,
        )
        enough = max(4 * q, self.config.num_candidates)
        candidates = search.run(train_Z, train_Y, self._screened(), enough)
        state |= {**search.counts, "candidates": len(candidates.strings)}
        rows, details = self._choose(number, surrogate, train_Y, candidates, q)
        proposals = [
            Proposal(
                history.next_call + i,
                history.batch,
                candidates.strings[row],
                candidates.origins[row],
                detail,
            )
            for i, (row, detail) in enumerate(zip(rows, details, strict=True))
        ]
        return Suggestion(StepRecord(history.batch, state), proposals)

    def _judged(
        self, evaluations: Sequence[Evaluation], history: History
    ) -> list[list[Evaluation]]:
        """Return the batches by whose success the trust region grows or shrinks."""
        return history.batches if self.must_beat_labelled else by_success(evaluations)

    def _fit(
        self, train_Z: Tensor, train_Y: Tensor, repeats: Repeats | None
    ) -> FittedSurrogate | None:
        """Fit the surrogate; None where there are too few values to learn from."""
        if len(train_Y) < LEAST_VALUES:
            return None
        with single_thread():
            targets = winsorized(train_Y)[:, None]
            if self.config.surrogate == "exact":
                return fit_exact_gp(train_Z, targets, ExactGPConfig(), repeats)
            return fit_sparse_gp(
                train_Z,
                targets,
                SparseGPConfig(
                    self.config.num_inducing,
                    num_confidence=NUM_CONFIDENCE,
                    num_counts=self.featurizer.num_counts,
                    num_descriptors=self.featurizer.num_descriptors,
                ),
                repeats,
            )

    def _training_data(
        self,
        evaluations: Sequence[Evaluation],
        history: History,
        generator: torch.Generator,
    ) -> tuple[Tensor, Tensor, Repeats | None]:
        """Return scaled codes (`n x d`), values (`n`) and repeats of what has a value, best first.

        Codes are computed batch by batch, so that they are the same to the last bit whether the
        batches were evaluated in this process or before it was resumed.
        """
        self._remember([string for string, _ in self.labelled])
        for batch in by_batch(evaluations):
            self._remember([row.smiles for row in batch])
        rows = [row for row, string in enumerate(history.strings) if string in self._features]
        if not rows:
            return self.featurizer.features([], torch.empty(0)), torch.empty(0).double(), None
        if len(rows) > self.config.max_train:
            half = self.config.max_train // 2
            best, rest = rows[:half], rows[half:]
            kept = torch.randperm(len(rest), generator=generator)[: self.config.max_train - half]
            rows = [*best, *(rest[i] for i in kept.sort().values.tolist())]
        train_Z = torch.stack([self._features[history.strings[row]] for row in rows])
        repeats = None if history.repeats is None else history.repeats.rows(torch.tensor(rows))
        return train_Z, history.values[rows], repeats

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

    def _choose(
        self,
        number: int,
        surrogate: FittedSurrogate | None,
        train_Y: Tensor,
        candidates: Found,
        q: int,
    ) -> tuple[list[int], list[dict[str, float]]]:
        """Choose at most q candidates: their row numbers and what is predicted for them."""
        if surrogate is None or not candidates.strings:
            rows = list(range(min(q, len(candidates.strings))))
            return rows, [{} for _ in rows]
        best_f = float(surrogate.standardized(train_Y.max()))
        seed = seed_for(self.config.seed, number, 0)
        with single_thread():
            chosen = select(
                self.config.acquisition, surrogate.model, candidates.scaled, q, best_f, seed
            )
            mean, deviation = surrogate.predict(candidates.scaled[chosen])
        details = [
            {"predicted": float(m), "deviation": float(s)}
            for m, s in zip(mean, deviation, strict=True)
        ]
        return chosen.tolist(), details
