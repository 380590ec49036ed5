"""The return value of all readers of file formats: labels in memory, pixels read on use."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

#: Resizes `n x c x h x w` bytes.
Fit = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class ImageSplit:
    """The images of one split in their files; only selected ones are decoded.

    Args:
        count: Number of images.
        labels: An int64 tensor of shape `count`, or None.
        class_names: Names of the labels, or None.
        read: From sorted positions (int64, `m`) and a `Fit` to bytes `m x c x h x w`.
    """

    count: int
    labels: Tensor | None
    class_names: tuple[str, ...] | None
    read: Callable[[Tensor, Fit], Tensor]


def of_tensor(
    images: Tensor, labels: Tensor | None, class_names: tuple[str, ...] | None
) -> ImageSplit:
    """Make a split of images in memory: bytes `n x c x h x w`, int64 labels `n`."""

    def read(positions: Tensor, fit: Fit) -> Tensor:
        return fit(images[positions])

    return ImageSplit(len(images), labels, class_names, read)
