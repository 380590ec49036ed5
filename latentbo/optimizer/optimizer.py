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
from latentbo.optimizer.history import by_batch, draw_initial
from latentbo.optimizer.search import Found, Search
from latentbo.optimizer.trust_region import trust_region_length
from latentbo.proposals.candidates import Accepted, encode_known
from latentbo.surrogates import (
    ExactGPConfig,
    FittedSurrogate,
    SparseGPConfig,
    fit_exact_gp,
    fit_sparse_gp,
    single_thread,
    winsorized,
)
from latentbo.training import seed_for

__all__ = ["LatentOptimizer"]

# Surrogates that see the code, and what the model says of it, and nothing else.
CODE_ALONE = ("latent", "exact")


@dataclass
class LatentOptimizer:
    """Proposes molecules; the caller evaluates them and asks again with all evaluations so far.

    Args:
        model: The trained autoencoder.
        accept: The task's judgement of a decoded string.
        pool: Canonical strings to start from.
        config: Settings.
        count: Counts the fragments of strings (`n x m`), so that the surrogate sees them beside the
            codes; None: it sees the model's features alone.
        labelled: Strings whose values are known without a call (of a data set, say): the surrogate
            learns from them, and they are never proposed. With them there is no initial batch.
        describe: Strings to descriptors (`n x m`) for the surrogate `curves`; None: there are none.
        identity: Strings with equal identities have equal values, such as `x*1` and `x` where the
            value depends on the function: of these, one is evaluated.
    """

    model: TrainedModel
    accept: Callable[[str], Accepted]
    pool: Sequence[str]
    config: OptimizationConfig
    count: Callable[[Sequence[str]], Tensor] | None = None
    labelled: Sequence[tuple[str, float]] = ()
    identity: Callable[[str], Hashable] = str
    describe: Callable[[Sequence[str]], Tensor] | None = None
    _features: dict[str, Tensor] = field(default_factory=dict)
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
            evaluations: All finished evaluations, in the order of their calls.
            steps: Ignored, part of the common signature: all is folded from the evaluations.

        Returns:
            At most `batch_size` proposals (the initial molecules if there are no evaluations),
            never more than the budget leaves, never a molecule evaluated before. No proposals: the
            model finds nothing new that passes the filter.
        """
        del steps
        remaining = self.config.budget - len(evaluations)
        if not evaluations and not self.labelled:
            return self._initial(min(remaining, self.config.num_initial))
        batches = by_batch(evaluations)
        number = len(batches)
        if remaining < 1:
            return Suggestion(StepRecord(number), [])
        q = min(remaining, self.config.batch_size)
        return self._step(number, batches, q, len(evaluations) + 1)

    def _initial(self, num_initial: int) -> Suggestion:
        proposals = draw_initial(self.pool, self.config, num_initial)
        return Suggestion(StepRecord(0, {"pool": len(self.pool)}), proposals)

    def _step(
        self, number: int, batches: list[list[Evaluation]], q: int, first_call: int
    ) -> Suggestion:
        generator = torch.Generator().manual_seed(seed_for(self.config.seed, number))
        train_Z, train_Y = self._training_data(batches, generator)
        length = trust_region_length(self.config, batches)
        state: dict[str, Any] = {"length": length, "train": len(train_Y)}
        surrogate = self._fit(train_Z, train_Y)
        if surrogate is not None:
            state |= {"converged": surrogate.converged, "noise": surrogate.noise}
            state |= {"lengthscale": surrogate.lengthscale}
        known = {self._identity(row.smiles) for batch in batches for row in batch}
        known |= {self._identity(string) for string, _ in self.labelled}
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
                first_call + i, number, candidates.strings[row], candidates.origins[row], detail
            )
            for i, (row, detail) in enumerate(zip(rows, details, strict=True))
        ]
        return Suggestion(StepRecord(number, state), proposals)

    def _fit(self, train_Z: Tensor, train_Y: Tensor) -> FittedSurrogate | None:
        """Fit the surrogate; None where there are too few values to learn from."""
        if len(train_Y) < 2:
            return None
        with single_thread():
            targets = winsorized(train_Y)[:, None]
            if self.config.surrogate == "exact":
                return fit_exact_gp(train_Z, targets, ExactGPConfig())
            return fit_sparse_gp(
                train_Z,
                targets,
                SparseGPConfig(
                    self.config.num_inducing,
                    num_confidence=NUM_CONFIDENCE,
                    num_counts=self.featurizer.num_counts,
                    num_descriptors=self.featurizer.num_descriptors,
                ),
            )

    def _training_data(
        self, batches: list[list[Evaluation]], generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the scaled codes (`n x d`) and values (`n`) of successful calls, best first.

        Codes are computed batch by batch, so that they are the same to the last bit whether the
        batches were evaluated in this process or before it was resumed.
        """
        codes, values = self._labelled_data()
        for batch in batches:
            self._remember(batch)
            for row in batch:
                if row.value is not None and row.smiles in self._features:
                    codes.append(self._features[row.smiles])
                    values.append(row.value)
        if not codes:
            return self.featurizer.features([], torch.empty(0)), torch.empty(0).double()
        train_Z, train_Y = torch.stack(codes), torch.tensor(values, dtype=torch.float64)
        order = train_Y.argsort(descending=True, stable=True)
        if len(order) > self.config.max_train:
            half = self.config.max_train // 2
            best, rest = order[:half], order[half:]
            kept = torch.randperm(len(rest), generator=generator)[: self.config.max_train - half]
            order = torch.cat([best, rest[kept.sort().values]])
        return train_Z[order], train_Y[order]

    def _labelled_data(self) -> tuple[list[Tensor], list[float]]:
        """Return the features and values of the labelled strings that the model can hold."""
        missing = [string for string, _ in self.labelled if string not in self._features]
        if len(missing) == len(self.labelled):
            self._add_features(missing)
        held = [(string, value) for string, value in self.labelled if string in self._features]
        return [self._features[string] for string, _ in held], [value for _, value in held]

    def _remember(self, batch: list[Evaluation]) -> None:
        strings = [row.smiles for row in batch]
        if not strings or strings[0] in self._features or strings[-1] in self._features:
            return
        self._add_features(strings)

    def _add_features(self, strings: list[str]) -> None:
        codes, encodable = encode_known(self.model, strings)
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
