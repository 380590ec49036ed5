"""The attack in training: change inputs so that their codes move away (eq. 5.1)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from latentbo.attacks import Budget, fast_gradient_sign
from latentbo.training.pair_config import PairConfig


def attacked_inputs(
    network: nn.Module,
    encode: Callable[[Tensor], Tensor],
    inputs: Tensor,
    config: PairConfig,
    generator: torch.Generator,
    limits: tuple[float, float] = (0.0, 1.0),
) -> Tensor:
    """Return attacked inputs, whose codes moved away, without a gradient: Fast-FGSM.

    Args:
        network: The network behind `encode`; set to evaluation mode during the attack.
        encode: Differentiable function from inputs to `n x d` codes.
        inputs: An `n x …`-dim tensor.
        config: Bound and step of the attack.
        generator: Source of the random start, on the inputs' device.
        limits: Least and largest value of an input.
    """
    budget = Budget(config.epsilon, "maximum", limits)
    share = config.step / config.epsilon
    with evaluated(network):
        with torch.no_grad():
            codes = encode(inputs)
        return fast_gradient_sign(encode, inputs, codes, budget, generator, share)


@contextmanager
def evaluated(network: nn.Module) -> Iterator[None]:
    """Set a network to evaluation mode temporarily.

    Recurrent layers stay in training mode: cuDNN computes their gradients only there, and without
    dropout the results are equal.
    """
    modes = {module: module.training for module in network.modules()}
    try:
        for module in modes:
            module.training = isinstance(module, nn.RNNBase)
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
