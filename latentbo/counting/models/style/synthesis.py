"""The synthesis network: styles to an image by connected blocks of modulated convolutions."""

import itertools
import math

import torch
from torch import Tensor, nn

from latentbo.counting.models.style.config import FIRST_SIDE, StyleConfig
from latentbo.counting.models.style.filters import Smoothing
from latentbo.counting.models.style.layers import EqualizedConvolution
from latentbo.counting.models.style.modulation import ImageLayer, StyledConvolution


class SynthesisNetwork(nn.Module):
    """Blocks from 4 pixels to the full size; each doubles the side of the one before.

    Block b has the styles 2 b - 1 and 2 b, and the image layer after it style 2 b + 1, which the
    next block uses again.

    Args:
        config: Sizes and connections.
        style: Size of a style.
    """

    def __init__(self, config: StyleConfig, style: int) -> None:
        super().__init__()
        self.config = config
        widths = [config.width_at(side) for side in config.sides]
        self.start = nn.Parameter(torch.randn(1, widths[0], FIRST_SIDE, FIRST_SIDE))
        pairs = list(itertools.pairwise(widths))
        self.first = nn.ModuleList(
            StyledConvolution(before, after, style, doubles=True) for before, after in pairs
        )
        self.second = nn.ModuleList(StyledConvolution(width, width, style) for width in widths)
        self.skips = nn.ModuleDict(
            {
                f"{source}-{target}": EqualizedConvolution(
                    widths[source], widths[target], 1, activated=False
                )
                for source, target in _connected(config)
            }
        )
        shown = widths if config.connections == "output-skips" else widths[-1:]
        self.images = nn.ModuleList(ImageLayer(width, config.channels, style) for width in shown)
        self.smoothing = Smoothing()

    @property
    def num_styles(self) -> int:
        """Number of styles per image."""
        return 2 * len(self.second)

    def forward(self, styles: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return images, about in [-1, 1].

        Args:
            styles: An `n x num_styles x d`-dim tensor.
            generator: Draws the noise of the layers.

        Returns:
            An `n x c x h x w`-dim tensor, in full precision.
        """
        maps = self.start.expand(len(styles), -1, -1, -1)
        outputs: list[Tensor] = []
        image: Tensor | None = None
        for block in range(len(self.second)):
            if block:
                maps = self.first[block - 1](maps, styles[:, 2 * block - 1], generator)
            own = self.second[block](maps, styles[:, 2 * block], generator)
            maps = self._connect(block, own, outputs)
            # Dense connections use the outputs of earlier blocks, residual ones their sum.
            outputs.append(own if self.config.connections == "dense" else maps)
            if self.config.connections == "output-skips":
                layer = self.images[block]
                part = layer(maps, styles[:, 2 * block + 1]).float()
                image = part if image is None else part + self.smoothing.doubled(image).float()
        if image is None:
            image = self.images[0](maps, styles[:, -1]).float()
        return image

    def _connect(self, block: int, own: Tensor, outputs: list[Tensor]) -> Tensor:
        """Return a block's maps plus connected ones, divided by the root of their number."""
        if self.config.connections == "output-skips" or not block:
            return own
        total: Tensor | None = None
        number = 1
        for source, maps in enumerate(outputs):
            if total is not None:
                # Doubling the sum of earlier maps once per block doubles all of them.
                total = self.smoothing.doubled(total)
            name = f"{source}-{block}"
            if name in self.skips:
                part = self.skips[name](maps)
                total = part if total is None else total + part
                number += 1
        assert total is not None
        return (own + self.smoothing.doubled(total)) * (1 / math.sqrt(number))


def _connected(config: StyleConfig) -> list[tuple[int, int]]:
    """Return the pairs of blocks (source, target) with an extra connection."""
    blocks = range(len(config.sides))
    pairs = [(source, target) for target in blocks for source in range(target)]
    if config.connections == "residual":
        return [(source, target) for source, target in pairs if source + 1 == target]
    return pairs if config.connections == "dense" else []
