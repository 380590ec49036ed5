"""Codes to tokens, one step at a time; rows that have ended are dropped from the computation."""

import torch
from torch import Tensor

from latentbo.models.network import SequenceAutoencoder
from latentbo.representations import BEGIN, END, PAD, Representation

__all__ = ["decode_tokens"]


@torch.no_grad()
def decode_tokens(
    model: SequenceAutoencoder,
    representation: Representation,
    codes: Tensor,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Decode codes greedily or by sampling, under the representation's mask.

    Args:
        model: The autoencoder; its decoder is used.
        representation: Gives the mask, and the maximum length.
        codes: An `n x d`-dim tensor on the model's device.
        temperature: 0 takes the most probable token, else samples from softmax(logits / T).
        generator: Draws the samples (on the codes' device).

    Returns:
        An `n x max_length` int64 tensor; rows without an end token ran out of length.
    """
    num_rows, device = len(codes), codes.device
    tokens = torch.full((num_rows, representation.max_length), PAD, device=device)
    alive = torch.arange(num_rows, device=device)
    mask = representation.decoder_mask(num_rows, device)
    state = model.decoder.initial_state(codes)
    previous = torch.full((num_rows, 1), BEGIN, device=device)
    for position in range(representation.max_length):
        logits, state = model.decoder(codes, previous, state)
        allowed = logits[:, 0].float().masked_fill(~mask.allowed(), -torch.inf)
        chosen = _choose(allowed, temperature, generator)
        tokens[alive, position] = chosen
        mask.advance(chosen)
        going_on = chosen != END
        if not going_on.all():
            mask.keep(going_on)
            alive, codes, chosen = alive[going_on], codes[going_on], chosen[going_on]
            state = state[:, going_on].contiguous()
        if not len(alive):
            break
        previous = chosen[:, None]
    return tokens


def _choose(logits: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
    if temperature == 0.0:
        return logits.argmax(1)
    probabilities = torch.softmax(logits / temperature, 1)
    return torch.multinomial(probabilities, 1, generator=generator)[:, 0]
