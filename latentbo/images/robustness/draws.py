"""Random choice of images to attack and of their targets."""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.attacks import other_class
from latentbo.errors import InputError
from latentbo.images.models import as_float


@dataclass(frozen=True, eq=False)
class DrawnImages:
    """Images of one trial, with one target per image.

    Args:
        rows: An `n`-dim tensor: numbers of the images.
        target_rows: An `n`-dim tensor: numbers of the targets.
        images: An `n x c x h x w`-dim tensor in [0, 1].
        targets: The same of the targets.
        labels: An `n`-dim tensor of the images' classes; None: no classes.
        target_labels: The same of the targets.
    """

    rows: Tensor
    target_rows: Tensor
    images: Tensor
    targets: Tensor
    labels: Tensor | None
    target_labels: Tensor | None


def draw_images(
    images: Tensor, labels: Tensor | None, number: int, generator: torch.Generator
) -> DrawnImages:
    """Draw distinct images, and for each a target of another class.

    Without classes a target is any other image.

    Args:
        images: An `m x c x h x w`-dim tensor, uint8 or in [0, 1].
        labels: An `m`-dim tensor, or None.
        number: Number of images.
        generator: Source of randomness, on the CPU.

    Raises:
        InputError: If there are too few images, or no target of another class.
    """
    if not 1 <= number <= len(images):
        raise InputError(f"{number} images cannot be drawn from {len(images)}: ask for fewer")
    rows = torch.randperm(len(images), generator=generator)[:number]
    kinds = torch.arange(len(images)) if labels is None else labels
    targets = other_class(kinds[rows], kinds, generator)
    return DrawnImages(
        rows,
        targets,
        as_float(images[rows]),
        as_float(images[targets]),
        None if labels is None else labels[rows],
        None if labels is None else labels[targets],
    )
