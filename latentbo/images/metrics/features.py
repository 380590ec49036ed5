"""The interface of feature networks of images, and the names of their distances."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError

#: Name of the one network whose Fréchet distance is called FID.
INCEPTION = "inception"
# Decoders end in a sigmoid, and resizing overshoots by rounding errors only.
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class FeatureNetwork:
    """A function from images to features, with the facts to report with its distances.

    Args:
        name: Printed with each number.
        num_features: Number d of features.
        resize: How images are resized, in words; "none" if they are not.
        compute: Maps a batch, `n x c x h x w` with values in [0, 1], to `n x d`.
        repeats_grey: Whether grey images are repeated to three channels first.
        batch_size: Images computed at once.
        device: Device of the images for `compute`, and of the features.

    Raises:
        ConfigurationError: If the name is empty or a number is below 1.
    """

    name: str
    num_features: int
    resize: str
    compute: Callable[[Tensor], Tensor]
    repeats_grey: bool = True
    batch_size: int = 100
    device: str = "cpu"

    def __post_init__(self) -> None:
        if not self.name or not self.resize:
            raise ConfigurationError(
                f"a feature network has name {self.name!r} and resize {self.resize!r}; "
                "name both, because they are printed with each number"
            )
        for field in ("num_features", "batch_size"):
            if getattr(self, field) < 1:
                raise ConfigurationError(
                    f"{field} of feature network {self.name} is {getattr(self, field)}; "
                    "give at least 1"
                )

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """Return the features of images, `n x d`, computed in batches without gradients.

        Args:
            images: An `n x c x h x w`-dim floating-point tensor in [0, 1]; c is 1 (grey) or 3.

        Raises:
            InputError: If the images or the features have another shape, type or range.
        """
        _check_images(images)
        if not len(images):
            return torch.empty(0, self.num_features, device=self.device)
        return torch.cat([self._of_batch(batch) for batch in images.split(self.batch_size)])

    def _of_batch(self, batch: Tensor) -> Tensor:
        # Detached, because a decoder's output would keep its whole graph.
        batch = batch.detach().to(self.device).clamp(0.0, 1.0)
        if self.repeats_grey and batch.shape[1] == 1:
            batch = batch.expand(-1, 3, -1, -1)
        features = self.compute(batch)
        if features.shape != (len(batch), self.num_features):
            raise InputError(
                f"feature network {self.name} returned {tuple(features.shape)} for "
                f"{len(batch)} images; expected {len(batch)} x {self.num_features}"
            )
        return features


def distance_name(network: FeatureNetwork) -> str:
    """Return the name of the Fréchet distance of these features: FID for Inception-v3 only."""
    return "FID" if network.name == INCEPTION else f"Fréchet distance ({network.name})"


def _check_images(images: Tensor) -> None:
    if images.ndim != 4 or images.shape[1] not in {1, 3} or not images.is_floating_point():
        raise InputError(
            f"images are {tuple(images.shape)} of {images.dtype}; give n x c x h x w "
            "floating-point numbers with 1 or 3 channels"
        )
    if not images.numel():
        return
    low, high = (float(each) for each in images.aminmax())
    # Written so that nan is refused too.
    if not (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):
        raise InputError(
            f"images have values from {low:.4g} to {high:.4g}; scale them to [0, 1] "
            "(8-bit images: divide by 255)"
        )
