"""Further moves in the latent space, as sources of `--preset latent`.

    python -m latentbo.optimize molecules --plugin experiments/benchmarks/code_moves.py \
        --preset latent --sources latent,infill,pcn

- `library`: 1,000 decoded samples of the prior, all of them candidates of every step.
- `pcn`: preconditioned Crank-Nicolson steps from the codes of the best molecules, which leave the
  prior as it is (Cotter et al., "MCMC methods for functions", Statistical Science 28, 2013).
- `mixing`: sums of two to four codes with weights of sum of squares 1, so that a mix of samples of
  a Gaussian at the origin is a sample of it.
- `inversion`: the usual moves, around codes that gradient steps have changed until the decoder
  gives back the molecule.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import torch
from torch import Tensor

import latentbo
from latentbo.models import TrainedModel
from latentbo.proposals import CodeCache, LatentMoves, rank_weights
from latentbo.proposals.graph_rules import sound
from latentbo.seeds import seed_for

NUM_LIBRARY = 1000
#: Least and largest step of pCN; drawn log-uniformly.
STEPS = (0.05, 0.5)
MOST_MIXED = 4
#: Gradient steps of an inversion, and their rate.
NUM_STEPS, RATE = 20, 0.1


class Library(LatentMoves):
    """Decoded samples of the prior, the same ones in every step."""

    name = "library"

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """See `ProposalSource.propose`; all samples, whatever the number: the process chooses."""
        return {self.name: self._samples}

    @cached_property
    def _samples(self) -> list[str | None]:
        codes = self.model.prior.sample(NUM_LIBRARY, torch.Generator().manual_seed(0))
        decoded = [row.string for row in self.model.decode(codes)]
        return [string for string in sound(dict.fromkeys(decoded)) if string is not None]


class CrankNicolson(LatentMoves):
    """Steps towards fresh samples of a Gaussian with the prior's mean and covariance."""

    name = "pcn"

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """See `ProposalSource.propose`; parents that the model cannot hold are left out."""
        known = list(self._codes.of(parents).values())
        if not known:
            return {self.name: []}
        generator = torch.Generator().manual_seed(seed_for(seed, 0))
        rows = torch.multinomial(rank_weights(len(known)), number, True, generator=generator)
        mean, deviation = self._prior
        codes = torch.stack(known)[rows] - mean
        uniform = torch.rand(number, 1, generator=generator)
        step = STEPS[0] * (STEPS[1] / STEPS[0]) ** uniform
        fresh = deviation * torch.randn(codes.shape, generator=generator)
        moved = (1 - step.square()).sqrt() * codes + step * fresh
        return {self.name: self._decode(moved + mean, seed)}

    @property
    def _prior(self) -> tuple[Tensor, Tensor]:
        return self.model.prior.mean, self.model.prior.covariance.diagonal().sqrt()


class Mixing(CrankNicolson):
    """Weighted sums of several codes."""

    name = "mixing"

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """See `ProposalSource.propose`; parents that the model cannot hold are left out."""
        known = list(self._codes.of(parents).values())
        if not known:
            return {self.name: []}
        generator = torch.Generator().manual_seed(seed_for(seed, 0))
        mean, _ = self._prior
        chances = rank_weights(len(known)).repeat(number, 1)
        rows = torch.multinomial(chances, MOST_MIXED, True, generator=generator)
        weights = torch.rand(number, MOST_MIXED, generator=generator)
        many = torch.randint(2, MOST_MIXED + 1, (number, 1), generator=generator)
        weights = weights * (torch.arange(MOST_MIXED) < many)
        # The same parent twice is one with both weights.
        codes = torch.stack(known)[rows] - mean
        mixed = (weights[:, :, None] * codes).sum(1)
        same = (rows[:, :, None] == rows[:, None, :]).float()
        norm = torch.einsum("ni,nij,nj->n", weights, same, weights).sqrt().clamp(min=1e-6)
        return {self.name: self._decode(mixed / norm[:, None] + mean, seed)}


class InvertedCodes(CodeCache):
    """Codes from which the decoder gives back their molecule, where gradients find them."""

    def _code(self, string: str) -> Tensor | None:
        if string in self._codes:
            return self._codes[string]
        code = super()._code(string)
        if code is not None and self.model.decode(code[None])[0].string != string:
            self._codes[string] = code = _inverted(self.model, string, code)
        return code


def _inverted(model: TrainedModel, string: str, start: Tensor) -> Tensor:
    targets = torch.tensor([model.representation.indices(string)])
    code = start.clone()[None].requires_grad_()
    optimizer = torch.optim.Adam([code], RATE)
    for _ in range(NUM_STEPS):
        optimizer.zero_grad()
        logits = model.network.logits(code, targets)
        torch.nn.functional.cross_entropy(logits[0].float(), targets[0]).backward()
        optimizer.step()
    found = code.detach()
    return found[0] if model.decode(found)[0].string == string else start


class Inversion(LatentMoves):
    """The usual moves from inverted codes."""

    name = "inversion"

    def __post_init__(self) -> None:
        self._codes = InvertedCodes(self.model)


def _register(source: type[LatentMoves]) -> None:
    latentbo.register_source(source.name, lambda inputs: source(inputs.model))


for each in (Library, CrankNicolson, Mixing, Inversion):
    _register(each)
