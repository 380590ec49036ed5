"""Augmentations of the discriminator's images that do not change counts.

Objects stay in the frame and visible: there is no cropping, and images move only within the margin
left by shrinking. All augmentations are differentiable, and drawn per image.

References:
    T. Karras et al., "Training Generative Adversarial Networks with Limited Data", NeurIPS 2020.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

#: Name -> description.
AUGMENTATIONS = {
    "flip": "left and right are exchanged; not for digits",
    "rotate": "turned by 90, 180 or 270 degrees; not for digits or scenes with a floor",
    "shrink": "shrunk to 0.75 at the least and put anywhere; the edge's pixels fill the margin",
    "brightness": "a number is added",
    "contrast": "differences from the image's mean are multiplied by 1/2 to 2",
    "saturation": "differences from grey are multiplied by 0 to 2",
    "hue": "colours are turned about grey; not where a colour tells a class",
    "noise": "noise is added, a twentieth of the range at the most",
}
#: Those that need three channels.
COLOUR_AUGMENTATIONS = ("saturation", "hue")
LEAST_SCALE = 0.75
# Of images in [-1, 1].
BRIGHTNESS, NOISE = 0.2, 0.1


def augment(
    images: Tensor, names: Sequence[str], probability: Tensor, generator: torch.Generator
) -> Tensor:
    """Apply each augmentation to each image with a probability.

    Args:
        images: An `n x c x h x w`-dim tensor, about in [-1, 1], h = w.
        names: Of `AUGMENTATIONS`, in any order.
        probability: A scalar.
        generator: Source of randomness, on the images' device.

    Returns:
        A tensor of the same shape.
    """
    for name in AUGMENTATIONS:
        if name in names:
            chance = _uniform(images, generator)
            images = torch.where(chance < probability, WAYS[name](images, generator), images)
    return images


def _flip(images: Tensor, _: torch.Generator) -> Tensor:
    return images.flip(3)


def _rotate(images: Tensor, generator: torch.Generator) -> Tensor:
    turns = (3 * _uniform(images, generator)).floor()
    turned = images.rot90(1, (2, 3))
    for number in (1, 2):
        turned = torch.where(turns == number, images.rot90(number + 1, (2, 3)), turned)
    return turned


def _shrink(images: Tensor, generator: torch.Generator) -> Tensor:
    side = images.shape[3]
    scale = LEAST_SCALE + (1 - LEAST_SCALE) * _uniform(images, generator)
    free = side * (1 - scale)
    down, right = (_resampling(scale, free * _uniform(images, generator), side) for _ in range(2))
    # As matrices, which are twice differentiable, unlike torch's grid_sample.
    return (down @ images.float() @ right.transpose(2, 3)).to(images.dtype)


def _resampling(scale: Tensor, start: Tensor, side: int) -> Tensor:
    """Return matrices, `n x 1 x side x side`, that shrink lines of pixels and shift them."""
    places = torch.arange(side, device=scale.device)
    sources = ((places[:, None] + 0.5 - start) / scale - 0.5).clamp(0, side - 1)
    return (1 - (sources - places).abs()).clamp_min(0)


def _brightness(images: Tensor, generator: torch.Generator) -> Tensor:
    return images + BRIGHTNESS * _normal(images, generator)


def _contrast(images: Tensor, generator: torch.Generator) -> Tensor:
    mean = images.mean((1, 2, 3), keepdim=True)
    return mean + (images - mean) * 2 ** (2 * _uniform(images, generator) - 1)


def _saturation(images: Tensor, generator: torch.Generator) -> Tensor:
    grey = images.mean(1, keepdim=True)
    return grey + (images - grey) * 2 * _uniform(images, generator)


def _hue(images: Tensor, generator: torch.Generator) -> Tensor:
    """Rotate colours about the grey axis, by Rodrigues' formula."""
    angle = 2 * math.pi * _uniform(images, generator)
    grey = images.mean(1, keepdim=True)
    rest = images - grey
    across = (rest.roll(1, 1) - rest.roll(-1, 1)) / math.sqrt(3)
    return grey + rest * angle.cos() + across * angle.sin()


def _noise(images: Tensor, generator: torch.Generator) -> Tensor:
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    return images + NOISE * _uniform(images, generator) * noise


def _uniform(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return one number in [0, 1) per image, `n x 1 x 1 x 1`."""
    return torch.rand((len(images), 1, 1, 1), generator=generator, device=images.device)


def _normal(images: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn((len(images), 1, 1, 1), generator=generator, device=images.device)


WAYS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "flip": _flip,
    "rotate": _rotate,
    "shrink": _shrink,
    "brightness": _brightness,
    "contrast": _contrast,
    "saturation": _saturation,
    "hue": _hue,
    "noise": _noise,
}
