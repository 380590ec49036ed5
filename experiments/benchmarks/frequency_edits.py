"""The edits of `latentbo.proposals.InfillMoves` with tokens drawn by frequency, not by the decoder.

    python -m latentbo.optimize molecules --plugin experiments/benchmarks/frequency_edits.py \
        --preset latent --sources frequency

The control of the latent search: where the decoder's edits find no more than these, the model adds
nothing to an edit but the bookkeeping. Frequencies are those of the tokens of 2,000 molecules of
the default pool.
"""

import contextlib
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

import latentbo
from latentbo.data.pool import default_pool
from latentbo.proposals import InfillMoves
from latentbo.representations import BEGIN, END, PAD, RepresentationError

NUM_COUNTED = 2000


class FrequencyEdits(InfillMoves):
    """Edits whose tokens are drawn by their frequency in molecules."""

    name = "frequency"
    origins = ("infill", "splice")

    @cached_property
    def _counts(self) -> Tensor:
        """Return how often each token occurs in molecules of the pool."""
        found = torch.zeros(len(self.model.representation.vocabulary), dtype=torch.float64)
        for molecule in default_pool()[:NUM_COUNTED]:
            with contextlib.suppress(RepresentationError):
                tokens = self.model.representation.encode([molecule])[0]
                found += torch.bincount(tokens, minlength=len(found))
        found[[PAD, BEGIN, END]] = 0
        return found

    def write(
        self,
        codes: Tensor,
        prefixes: Sequence[Sequence[int]],
        numbers: Sequence[int],
        forbidden: Sequence[int],
        seed: int,
    ) -> list[list[int]]:
        """See `InfillMoves.write`; neither the codes nor the prefixes matter."""
        generator = torch.Generator().manual_seed(seed)
        most = max(1, *numbers)
        weights = self._counts.repeat(len(numbers), 1)
        rows = torch.multinomial(weights, most, True, generator=generator).tolist()
        return [row[:number] for row, number in zip(rows, numbers, strict=True)]


latentbo.register_source("frequency", lambda inputs: FrequencyEdits(inputs.model))
