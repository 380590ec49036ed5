"""The candidates of a step: rounds of moving, decoding and ranking, without an oracle call."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.features import Featurizer
from latentbo.proposals.candidates import (
    TEMPERATURES,
    Candidates,
    accept_candidates,
    decode_candidates,
)
from latentbo.proposals.moves import local_moves
from latentbo.proposals.sources import ProposalSource
from latentbo.seeds import seed_for
from latentbo.surrogates import FittedSurrogate, single_thread
from latentbo.tasks import Accepted

# More rounds of decoding where the planned ones find too few new molecules to choose from.
EXTRA_ROUNDS = 12
# By which factor each of them reaches further than the one before: in the latent space, and in the
# temperature of the decoder.
REACH = 1.4
#: Origins of decoded codes.
TRUST_REGION, PRIOR = "trust-region", "prior"


@dataclass(frozen=True)
class CandidateSet:
    """Candidates of a step: strings, scaled codes (`n x d`), origins."""

    strings: list[str]
    scaled: Tensor
    origins: list[str]


@dataclass
class Search:
    """Rounds of proposals; each starts from the best of the data and of the rounds before.

    What is best among candidates is the surrogate's mean plus one standard deviation. This costs no
    oracle call, and lets a step go further than one move away from what is known.

    Args:
        model: The autoencoder.
        accept: The task's judgement of a decoded string.
        featurizer: Strings and codes to what the surrogate sees.
        config: Settings.
        number: Number of the step.
        length: Length of the trust region.
        known: Identities of the strings that are not to be found again.
        generator: Draws the codes.
        surrogate: Ranks; None: nothing is known yet.
        identity: Strings with equal identities have equal values.
        num_codes: Codes decoded a round.
        edits: Sources of strings beside them.
        numbers: Proposals of each of these: of those `at_once` in the first round and in those
            beyond the planned ones, of the others in every round.
        counts: How the proposals of all rounds ended.
    """

    model: TrainedModel
    accept: Callable[[str], Accepted]
    featurizer: Featurizer
    config: OptimizationConfig
    number: int
    length: float
    known: set[Hashable]
    generator: torch.Generator
    surrogate: FittedSurrogate | None
    identity: Callable[[str], Hashable] = str
    num_codes: int = 0
    edits: Sequence[ProposalSource] = ()
    numbers: Sequence[int] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def run(
        self,
        train_strings: Sequence[str],
        train_Z: Tensor,
        train_Y: Tensor,
        pool: tuple[list[str], Tensor],
        enough: int,
    ) -> CandidateSet:
        """Return the candidates of `num_rounds` rounds, of a few more if these give too few.

        Args:
            train_strings: The n strings of the data.
            train_Z: Their features (`n x d`).
            train_Y: Their `n` values.
            pool: Strings that may be chosen without decoding, with their features.
            enough: Number of candidates below which more rounds are made.
        """
        config = self.config
        strings, scaled = self._from_pool(*pool)
        origins = ["pool"] * len(strings)
        for attempt in range(config.num_rounds + EXTRA_ROUNDS):
            extra = attempt - config.num_rounds + 1
            if extra > 0 and len(strings) >= enough:
                break
            rows = self._parents(train_Z, train_Y, scaled)
            features, names = torch.cat([train_Z, scaled]), [*train_strings, *strings]
            # Extra rounds reach further, the last ones over the whole prior.
            from_prior = len(rows) == 0 or extra > EXTRA_ROUNDS // 2
            reach = REACH ** max(0, extra)
            codes = self._propose(features[rows], from_prior, self.length * reach)
            parts = {
                PRIOR if from_prior else TRUST_REGION: self._decode(codes, strings, attempt, reach)
            }
            parents = [names[row] for row in rows.tolist()]
            if not from_prior:
                for origin, proposed in self._edited(parents, attempt, reach).items():
                    known = [*strings, *(each for part in parts.values() for each in part.strings)]
                    parts[origin] = self._judged(proposed, known, attempt)
            for origin, part in parts.items():
                strings += part.strings
                origins += [origin] * len(part.strings)
                features = self.featurizer.features(part.strings, part.codes)
                scaled = torch.cat([scaled, features])
        return CandidateSet(strings, scaled, origins)

    def _from_pool(self, strings: list[str], features: Tensor) -> tuple[list[str], Tensor]:
        """Return the most promising molecules of the pool that were not evaluated yet."""
        rows = [
            row for row, string in enumerate(strings) if self.identity(string) not in self.known
        ]
        count = min(len(rows), self.config.num_from_pool)
        if count == 0:
            return [], features[:0]
        if self.surrogate is None:
            order = torch.randperm(len(rows), generator=self.generator)
        else:
            with single_thread():
                mean, deviation = self.surrogate.predict(features[rows])
            order = (mean + deviation).argsort(descending=True, stable=True)
        kept = [rows[i] for i in order[:count].tolist()]
        return [strings[row] for row in kept], features[kept]

    def _parents(self, train_Z: Tensor, train_Y: Tensor, scaled: Tensor) -> Tensor:
        """Return the rows of the best of the data and the candidates, in this order."""
        scores = train_Y
        if self.surrogate is not None and len(scaled):
            with single_thread():
                mean, deviation = self.surrogate.predict(scaled)
            scores = torch.cat([scores, mean + deviation])
        order = scores.argsort(descending=True, stable=True)
        return order[: self.config.num_parents]

    def _propose(self, parents: Tensor, from_prior: bool, length: float) -> Tensor:
        if from_prior:
            return self.model.prior.sample(self.config.num_proposals, self.generator)
        if self.num_codes == 0:
            return torch.empty(0, self.model.num_dimensions)
        featurizer = self.featurizer
        codes = (featurizer.codes(parents) - featurizer.mean) / featurizer.deviation
        gradients = self._gradients(parents)
        moved, _ = local_moves(codes, self.num_codes, length, self.generator, gradients)
        return moved * featurizer.deviation + featurizer.mean

    def _gradients(self, parents: Tensor) -> Tensor | None:
        """Return the gradients of the surrogate's mean in the codes of parents (`m x d`)."""
        if self.surrogate is None:
            return None
        with single_thread():
            gradients = self.surrogate.gradients(parents)
        return gradients[:, : self.model.num_dimensions].float()

    def _decode(self, codes: Tensor, strings: list[str], attempt: int, reach: float) -> Candidates:
        found = decode_candidates(
            self.model,
            self.accept,
            codes,
            self.known.union(map(self.identity, strings)),
            seed_for(self.config.seed, self.number, attempt + 1),
            self.config.consistent,
            self.identity,
            [reach * temperature for temperature in TEMPERATURES],
        )
        self._count(found)
        return found

    def _edited(
        self, parents: Sequence[str], attempt: int, reach: float
    ) -> dict[str, Sequence[str | None]]:
        """Return what the sources of strings propose, by its origin."""
        found: dict[str, Sequence[str | None]] = {}
        for row, (source, number) in enumerate(zip(self.edits, self.numbers, strict=True)):
            # Made in every round they would climb the surrogate's errors: edits of edits.
            if number and not (source.at_once and 0 < attempt < self.config.num_rounds):
                seed = seed_for(self.config.seed, self.number, attempt + 1, row + 1)
                found.update(source.propose(parents, number, self.length * reach, seed))
        return found

    def _judged(
        self, proposed: Sequence[str | None], strings: Sequence[str], attempt: int
    ) -> Candidates:
        found = accept_candidates(
            self.model,
            self.accept,
            proposed,
            self.known.union(map(self.identity, strings)),
            seed_for(self.config.seed, self.number, attempt + 1),
            self.config.consistent,
            self.identity,
        )
        self._count(found)
        return found

    def _count(self, found: Candidates) -> None:
        for name, count in found.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
