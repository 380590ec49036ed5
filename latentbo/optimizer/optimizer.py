"""The ask-tell loop in the latent space of a trained model.

Step k is a pure function of (configuration, evaluations of the batches before k, seed derived from
(seed, k)): everything is refitted from the ledger, nothing inside a step looks at the clock. So a
run that was killed and resumed gives the same ledger as an unbroken one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from latentbo.acquisition import select
from latentbo.models import TrainedModel
from latentbo.optimizer.candidates import (
    Accepted,
    Candidates,
    decode_candidates,
    encode_known,
)
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.moves import local_moves
from latentbo.optimizer.record import Evaluation, Proposal, StepRecord
from latentbo.optimizer.trust_region import trust_region_length
from latentbo.surrogates import FittedSurrogate, SparseGPConfig, fit_sparse_gp
from latentbo.training import seed_for

__all__ = ["LatentOptimizer", "Suggestion"]

# Rounds of decoding a step before fewer than `batch_size` new molecules are accepted as its yield.
MAX_ROUNDS = 5
# Codes are scaled to about the unit cube: the prior's mean is 0.5, ten standard deviations are 1.
SCALE = 10.0


@dataclass(frozen=True)
class Suggestion:
    """What `ask` returns: a step's record and its proposals (fewer than asked for: none left)."""

    step: StepRecord
    proposals: list[Proposal]


@dataclass
class LatentOptimizer:
    """Proposes molecules; the caller evaluates them and asks again with all evaluations so far.

    Args:
        model: The trained autoencoder.
        accept: The task's judgement of a decoded string.
        pool: Canonical strings to start from.
        config: Settings.
    """

    model: TrainedModel
    accept: Callable[[str], Accepted]
    pool: Sequence[str]
    config: OptimizationConfig
    _codes: dict[str, Tensor] = field(default_factory=dict)

    def ask(self, evaluations: Sequence[Evaluation]) -> Suggestion:
        """Propose the next batch.

        Args:
            evaluations: All finished evaluations, in the order of their calls.

        Returns:
            At most `batch_size` proposals (the initial molecules if there are no evaluations),
            never more than the budget leaves, never a molecule evaluated before. No proposals: the
            model finds nothing new that passes the filter.
        """
        remaining = self.config.budget - len(evaluations)
        if not evaluations:
            return self._initial(min(remaining, self.config.num_initial))
        batches = _by_batch(evaluations)
        number = len(batches)
        q = min(remaining, self.config.batch_size)
        return self._step(number, batches, q, len(evaluations) + 1)

    def _initial(self, num_initial: int) -> Suggestion:
        generator = torch.Generator().manual_seed(seed_for(self.config.seed, 0))
        order = torch.randperm(len(self.pool), generator=generator)[:num_initial].tolist()
        proposals = [
            Proposal(call, 0, self.pool[i], "initial") for call, i in enumerate(order, start=1)
        ]
        return Suggestion(StepRecord(0, {"pool": len(self.pool)}), proposals)

    def _step(
        self, number: int, batches: list[list[Evaluation]], q: int, first_call: int
    ) -> Suggestion:
        generator = torch.Generator().manual_seed(seed_for(self.config.seed, number))
        train_Z, train_Y = self._training_data(batches, generator)
        length = trust_region_length(self.config, batches)
        known = {row.smiles for batch in batches for row in batch}
        candidates, origins = self._candidates(
            number, train_Z, train_Y, length, known, generator, q
        )
        state: dict[str, Any] = {"length": length, **candidates.counts}
        state["candidates"] = len(candidates.strings)
        if not candidates.strings:
            return Suggestion(StepRecord(number, state), [])
        if len(train_Y) < 2:
            rows = torch.arange(min(q, len(candidates.strings)))
            details: list[dict[str, float]] = [{} for _ in rows]
        else:
            rows, details, fit = self._choose(number, train_Z, train_Y, candidates.codes, q)
            state |= {"converged": fit.converged, "lengthscale": fit.lengthscale}
            state |= {"noise": fit.noise, "train": len(train_Y)}
        proposals = [
            Proposal(first_call + i, number, candidates.strings[row], origins[row], details[i])
            for i, row in enumerate(rows.tolist())
        ]
        return Suggestion(StepRecord(number, state), proposals)

    def _training_data(
        self, batches: list[list[Evaluation]], generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the scaled codes (`n x d`) and values (`n`) of successful calls, best first.

        Codes are computed batch by batch, so that they are the same to the last bit whether the
        batches were evaluated in this process or before it was resumed.
        """
        codes, values = [], []
        for batch in batches:
            self._remember(batch)
            for row in batch:
                if row.value is not None and row.smiles in self._codes:
                    codes.append(self._codes[row.smiles])
                    values.append(row.value)
        if not codes:
            return torch.empty(0, self.model.num_dimensions).double(), torch.empty(0).double()
        train_Z, train_Y = torch.stack(codes), torch.tensor(values, dtype=torch.float64)
        order = train_Y.argsort(descending=True, stable=True)
        if len(order) > self.config.max_train:
            best, rest = order.split([self.config.max_train // 2, len(order) - self.config.max_train // 2])
            kept = torch.randperm(len(rest), generator=generator)
            order = torch.cat([best, rest[kept[: self.config.max_train - len(best)]]])
        return train_Z[order], train_Y[order]

    def _remember(self, batch: list[Evaluation]) -> None:
        strings = [row.smiles for row in batch]
        if strings[0] in self._codes or strings[-1] in self._codes:
            return
        codes, encodable = encode_known(self.model, strings)
        self._codes.update(zip(encodable, self._scaled(codes), strict=True))

    def _scaled(self, codes: Tensor) -> Tensor:
        prior = self.model.prior
        deviation = prior.covariance.diagonal().sqrt()
        return (0.5 + (codes - prior.mean) / deviation / SCALE).double()

    def _unscaled(self, scaled: Tensor) -> Tensor:
        prior = self.model.prior
        deviation = prior.covariance.diagonal().sqrt()
        return ((scaled - 0.5) * SCALE).float() * deviation + prior.mean

    def _candidates(
        self,
        number: int,
        train_Z: Tensor,
        train_Y: Tensor,
        length: float,
        known: set[str],
        generator: torch.Generator,
        q: int,
    ) -> tuple[Candidates, list[str]]:
        """Decode rounds of codes until there are enough new molecules to choose from."""
        strings: list[str] = []
        codes = [torch.empty(0, self.model.num_dimensions)]
        origins: list[str] = []
        counts: dict[str, int] = {}
        parents = train_Z[: self.config.num_parents]
        for attempt in range(MAX_ROUNDS):
            # Later rounds reach further, the last ones over the whole prior.
            use_prior = len(parents) == 0 or attempt >= MAX_ROUNDS - 2
            if use_prior:
                proposed = self.model.prior.sample(self.config.num_proposals, generator)
            else:
                reach = length * 1.5**attempt / SCALE
                scaled, _ = local_moves(parents, self.config.num_proposals, reach, generator)
                proposed = self._unscaled(scaled)
            seed = seed_for(self.config.seed, number, attempt + 1)
            found = decode_candidates(
                self.model, self.accept, proposed, known | set(strings), seed
            )
            strings += found.strings
            codes.append(found.codes)
            origins += ["prior" if use_prior else "trust-region"] * len(found.strings)
            counts = {k: counts.get(k, 0) + v for k, v in found.counts.items()}
            if len(strings) >= 4 * q:
                break
        return Candidates(strings, self._scaled(torch.cat(codes)), [], counts), origins

    def _choose(
        self, number: int, train_Z: Tensor, train_Y: Tensor, candidates: Tensor, q: int
    ) -> tuple[Tensor, list[dict[str, float]], FittedSurrogate]:
        targets = winsorized(train_Y)[:, None]
        fit = fit_sparse_gp(train_Z, targets, SparseGPConfig(self.config.num_inducing))
        seed = seed_for(self.config.seed, number, 0)
        rows = select(
            self.config.acquisition, fit.model, candidates, q, float(train_Y.max()), seed
        )
        with torch.no_grad():
            posterior = fit.model.posterior(candidates[rows])
        mean, deviation = posterior.mean[:, 0], posterior.variance[:, 0].sqrt()
        details = [
            {"predicted": float(m), "deviation": float(s)}
            for m, s in zip(mean, deviation, strict=True)
        ]
        return rows, details, fit


def winsorized(values: Tensor) -> Tensor:
    """Raise values far below the rest to 3 robust standard deviations below the median.

    A few terrible molecules would otherwise set the scale of the standardised targets; which of two
    terrible molecules is worse does not matter to the search. Nothing is changed above.

    Args:
        values: An `n`-dim tensor.
    """
    median = values.median()
    deviation = 1.4826 * (values - median).abs().median()
    if deviation == 0:
        return values
    return values.clamp(min=float(median - 3 * deviation))


def _by_batch(evaluations: Sequence[Evaluation]) -> list[list[Evaluation]]:
    batches: list[list[Evaluation]] = []
    for row in evaluations:
        if row.batch == len(batches):
            batches.append([])
        batches[row.batch].append(row)
    return batches
