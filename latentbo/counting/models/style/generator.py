"""The generator: mapping and synthesis, with style mixing.

References:
    T. Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks",
    CVPR 2019, section 3.1.
"""

import torch
from torch import Tensor, nn

from latentbo.counting.models.style.config import StyleConfig
from latentbo.counting.models.style.mapping import MappingNetwork
from latentbo.counting.models.style.synthesis import SynthesisNetwork


class StyleGenerator(nn.Module):
    """Generates images from noise and counts.

    Args:
        config: Sizes.
    """

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.mapping = MappingNetwork(config)
        self.synthesis = SynthesisNetwork(config, self.mapping.outputs)

    def forward(
        self, noise: Tensor, counts: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return images, about in [-1, 1].

        Args:
            noise: An `n x d`-dim tensor.
            counts: An `n x k`-dim tensor; whole numbers or not.
            generator: Draws the noise of the layers.

        Returns:
            An `n x c x h x w`-dim tensor.
        """
        return self.synthesize(self.mapping(noise, counts), generator)

    def synthesize(self, style: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return images of one style per image (`n x d`) or per layer (`n x l x d`)."""
        if style.ndim == 2:
            style = style[:, None].expand(-1, self.synthesis.num_styles, -1)
        images: Tensor = self.synthesis(style, generator)
        return images

    def mixed(
        self, first: Tensor, second: Tensor, share: float, generator: torch.Generator | None
    ) -> Tensor:
        """Return one style per layer: some images have the second style from a random layer on.

        Args:
            first: An `n x d`-dim tensor.
            second: The same, of the same counts.
            share: Share of mixed images.
            generator: Source of randomness.

        Returns:
            An `n x l x d`-dim tensor.
        """
        n, layers, device = len(first), self.synthesis.num_styles, first.device
        chance = torch.rand(n, 2, generator=generator, device=device)
        # At least the first style is kept, and at least the last replaced.
        start = 1 + (chance[:, 0] * (layers - 1)).long()
        start = torch.where(chance[:, 1] < share, start, layers)
        exchanged = torch.arange(layers, device=device) >= start[:, None]
        return torch.where(exchanged[:, :, None], second[:, None], first[:, None])
