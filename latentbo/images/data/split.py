"""What every reader of a file format returns: labels at once, pixels when they are asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

__all__ = ["Fit", "ImageSplit", "of_tensor"]

#: Brings `n x c x h x w` bytes to the size asked for.
Fit = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class ImageSplit:
    """The images of one split where they lie; only those that are chosen are decoded.

    Args:
        count: Number of images.
        labels: An int64 tensor of shape `count`, or None.
        class_names: What the labels mean, or None.
        read: Takes sorted positions (int64, `m`) and a `Fit`, gives bytes `m x c x h x w`.
    """

    count: int
    labels: Tensor | None
    class_names: tuple[str, ...] | None
    read: Callable[[Tensor, Fit], Tensor]


def of_tensor(
    images: Tensor, labels: Tensor | None, class_names: tuple[str, ...] | None
) -> ImageSplit:
    """Make a split of images that are in memory: bytes `n x c x h x w`, int64 labels `n`."""

    def read(positions: Tensor, fit: Fit) -> Tensor:
        return fit(images[positions])

    return ImageSplit(len(images), labels, class_names, read)
