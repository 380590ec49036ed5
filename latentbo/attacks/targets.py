"""Targets of attacks on codes: inputs of another class."""

import torch
from torch import Tensor

from latentbo.errors import InputError


def other_class(labels: Tensor, candidates: Tensor, generator: torch.Generator) -> Tensor:
    """Choose for each input a candidate of another class, uniformly at random.

    Args:
        labels: An `n`-dim tensor of the inputs' classes.
        candidates: An `m`-dim tensor of the candidates' classes. For data without classes, give
            the inputs' and candidates' numbers, so that no input is its own target.
        generator: Source of randomness.

    Returns:
        An `n`-dim tensor of positions among the candidates, on the CPU.

    Raises:
        InputError: If an input has no candidate of another class.
    """
    allowed = (labels.cpu()[:, None] != candidates.cpu()).float()
    without = allowed.sum(1) == 0
    if bool(without.any()):
        classes = sorted(set(labels.cpu()[without].tolist()))
        raise InputError(
            f"no target has another class than {classes}: give candidates of more classes"
        )
    drawn = torch.multinomial(allowed.to(generator.device), 1, generator=generator)
    return drawn[:, 0].cpu()
