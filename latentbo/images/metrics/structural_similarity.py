r"""Multi-scale structural similarity of pairs of images, also for small ones.

With means, variances and covariance of two patches under a Gaussian window, the luminance is
`(2 m_x m_y + C_1) / (m_x^2 + m_y^2 + C_1)`, and contrast times structure, with `C_3 = C_2 / 2`, is
`(2 s_xy + C_2) / (s_x^2 + s_y^2 + C_2)`. Equations 5.13 to 5.15 of A. Saseendran's thesis (2023)
print these without the additions of the constants in the numerators. The similarity is the product
over scales of the mean of contrast times structure, to the power of the scale's weight; at the
last, coarsest scale, luminance is a factor of it. Each scale halves the images of the one before.

References:
    Z. Wang, E. P. Simoncelli and A. C. Bovik, "Multiscale structural similarity for image quality
    assessment", Asilomar 2003.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from latentbo.errors import ConfigurationError, InputError

# Weights of five scales, the finest first (Wang et al., 2003).
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
LUMINANCE_CONSTANT, CONTRAST_CONSTANT = 0.01**2, 0.03**2


@dataclass(frozen=True)
class SimilarityConfig:
    """Settings of the similarity.

    Args:
        weights: Exponent of each scale, the finest first.
        window_size: Height and width of the window in pixels.
        sigma: Standard deviation of the Gaussian window in pixels.
        shrink_window: Whether the window shrinks to the images of a scale if it does not fit; else
            such images are refused.
        mirror_last: Whether windows of the last scale extend beyond the edges, with mirrored
            images, as in torchmetrics; else windows lie inside the images, as at other scales.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    weights: tuple[float, ...] = WEIGHTS
    window_size: int = 11
    sigma: float = 1.5
    shrink_window: bool = False
    mirror_last: bool = False

    def __post_init__(self) -> None:
        if not self.weights or not min(self.weights) > 0:
            raise ConfigurationError(
                f"weights must be one positive number a scale, got {self.weights}"
            )
        if self.window_size < 1 or not self.sigma > 0:
            raise ConfigurationError(
                f"the window must have a positive size and sigma, got {self.window_size} pixels "
                f"and {self.sigma}"
            )

    @property
    def least_size(self) -> int:
        """Minimum height and width of images, in pixels."""
        return (1 if self.shrink_window else self.window_size) * 2 ** (len(self.weights) - 1)


#: Name -> settings. "standard" is the first three scales, weights renormalised, with a window that
#: fits at 28 pixels. "thesis" is the computation of the published evaluation: the window shrinks
#: with the scale, and the last similarity enters once for each of the other four, to the power 4 *
#: 0.1333. "five-scales" is the original, for images of at least 176 pixels.
SIMILARITY_PRESETS = {
    "standard": SimilarityConfig(tuple(w / sum(WEIGHTS[:3]) for w in WEIGHTS[:3]), 7),
    "thesis": SimilarityConfig((*WEIGHTS[:4], 4 * WEIGHTS[4]), 6, shrink_window=True),
    "five-scales": SimilarityConfig(),
}


@torch.no_grad()
def multiscale_similarity(
    first: Tensor, second: Tensor, config: str | SimilarityConfig = "standard"
) -> Tensor:
    """Multi-scale structural similarity of each pair of images, from 0 to 1 (equal).

    Channels are averaged. A scale whose mean is negative counts as 0.

    Args:
        first: An `n x c x h x w`-dim floating-point tensor in [0, 1].
        second: A tensor of the same shape; pairs are in order.
        config: Settings, or one of `SIMILARITY_PRESETS`.

    Returns:
        An `n`-dim tensor.

    Raises:
        ConfigurationError: If the preset is unknown.
        InputError: If the images do not form pairs, or are too small for the settings.
    """
    config = _preset(config) if isinstance(config, str) else config
    _check(first, second, config)
    similarity = torch.ones(len(first), dtype=first.dtype, device=first.device)
    for scale, weight in enumerate(config.weights, start=1):
        is_last = scale == len(config.weights)
        if is_last and config.mirror_last:
            first, second = (_mirrored(images, config) for images in (first, second))
        luminance, contrast = _maps(first, second, config)
        value = contrast * luminance if is_last else contrast
        similarity = similarity * value.mean((1, 2, 3)).clamp_min(0) ** weight
        if not is_last:
            first, second = (functional.avg_pool2d(images, 2) for images in (first, second))
    return similarity


def _maps(first: Tensor, second: Tensor, config: SimilarityConfig) -> tuple[Tensor, Tensor]:
    """Luminance, and contrast times structure, where the window fits: `n x c x h' x w'` each."""
    columns = [_window(size, config).to(first) for size in first.shape[2:]]

    def smooth(images: Tensor) -> Tensor:
        flat = images.flatten(0, 1)[:, None]
        rows = functional.conv2d(flat, columns[0][None, None, :, None])
        means = functional.conv2d(rows, columns[1][None, None, None, :])
        return means.view(*images.shape[:2], *means.shape[2:])

    mean_1, mean_2 = smooth(first), smooth(second)
    variance_1 = smooth(first * first) - mean_1 * mean_1
    variance_2 = smooth(second * second) - mean_2 * mean_2
    covariance = smooth(first * second) - mean_1 * mean_2
    luminance = (2 * mean_1 * mean_2 + LUMINANCE_CONSTANT) / (
        mean_1 * mean_1 + mean_2 * mean_2 + LUMINANCE_CONSTANT
    )
    contrast = (2 * covariance + CONTRAST_CONSTANT) / (variance_1 + variance_2 + CONTRAST_CONSTANT)
    return luminance, contrast


def _mirrored(images: Tensor, config: SimilarityConfig) -> Tensor:
    height, width = ((min(size, config.window_size) - 1) // 2 for size in images.shape[2:])
    return functional.pad(images, (width, width, height, height), mode="reflect")


def _window(size: int, config: SimilarityConfig) -> Tensor:
    """The Gaussian window's weights along one side of images of `size` pixels; they sum to 1."""
    length = min(size, config.window_size)
    offsets = torch.arange(length, dtype=torch.float64) - (length - 1) / 2
    return torch.softmax(-0.5 * (offsets / config.sigma) ** 2, dim=0)


def _preset(name: str) -> SimilarityConfig:
    if name not in SIMILARITY_PRESETS:
        raise ConfigurationError(
            f"unknown preset {name!r}; choose one of {', '.join(SIMILARITY_PRESETS)}"
        )
    return SIMILARITY_PRESETS[name]


def _check(first: Tensor, second: Tensor, config: SimilarityConfig) -> None:
    if first.ndim != 4 or first.shape != second.shape or not first.is_floating_point():
        raise InputError(
            f"images are {tuple(first.shape)} of {first.dtype} and {tuple(second.shape)}: give two "
            f"n x c x h x w tensors of one shape with floating-point numbers in [0, 1]"
        )
    if min(first.shape[2:]) < config.least_size:
        raise InputError(
            f"images of {first.shape[2]} x {first.shape[3]} pixels are too small for "
            f"{len(config.weights)} scales: use at least {config.least_size} pixels, fewer scales, "
            f"or shrink_window"
        )
