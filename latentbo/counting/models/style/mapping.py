"""The mapping network: noise and counts to a style (figure 3.3)."""

import torch
from torch import Tensor, nn

from latentbo.counting.models.style.config import StyleConfig
from latentbo.counting.models.style.layers import EqualizedLinear

EPSILON = 1e-8


def normalized(values: Tensor) -> Tensor:
    """Scale each row of `n x d` values to a mean square of 1."""
    return values * torch.rsqrt(values.square().mean(1, keepdim=True) + EPSILON)


def scaled_counts(counts: Tensor, max_count: int) -> Tensor:
    """Scale counts (`n x k`) from 0 to -1 and from the largest in training to 1."""
    return 2 * counts.float() / max_count - 1


class MappingNetwork(nn.Module):
    """Layers with LeakyReLU from noise to a style; all, one or none have the counts as input.

    Args:
        config: Sizes, and the layers with counts as input.
    """

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config = config
        size, layers = config.style_dimensions, []
        for level in range(config.mapping_layers):
            inputs = size if level else config.noise_dimensions
            if self._given(level):
                inputs += config.num_classes
            layers.append(EqualizedLinear(inputs, size, True, rate=config.mapping_rate))
        self.layers = nn.ModuleList(layers)
        #: Size of a style, including the counts if they are not mapped.
        self.outputs = size + (config.num_classes if config.mapping_counts == "none" else 0)

    def forward(self, noise: Tensor, counts: Tensor) -> Tensor:
        """Return styles.

        Args:
            noise: An `n x d`-dim tensor.
            counts: An `n x k`-dim tensor; whole numbers or not.

        Returns:
            An `n x outputs`-dim tensor.
        """
        given = self.config.count_gain * scaled_counts(counts, self.config.max_count)
        # Of the order of 1 for any length of the noise.
        values = normalized(noise.float())
        for level, layer in enumerate(self.layers):
            values = layer(
                torch.cat([values, given.to(values)], 1) if self._given(level) else values
            )
        if self.config.mapping_counts == "none":
            values = torch.cat([values, given.to(values)], 1)
        return values

    def _given(self, level: int) -> bool:
        where = self.config.mapping_counts
        return where == "every" or (where == "first" and level == 0)
