"""Losses of count-conditioned GANs, as functions of the discriminator's outputs.

References:
    A. Saseendran, thesis, University of Siegen, 2023, eq. 3.1 to 3.3; those of the rivals in
    `latentbo.counting.models.discriminator`.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from latentbo.counting.models import DiscriminatorOutput
from latentbo.errors import ConfigurationError

#: Form of the regression's count error -> description.
COUNT_ERRORS = {
    "norm": "mean over images of the Euclidean norm (eq. 3.2)",
    "square": "mean over images and classes of the square, as in the published code",
}


class BothLosses(NamedTuple):
    """The two parts of a player's loss, scalars: their sum is `adversarial + weight * counts`."""

    adversarial: Tensor
    counts: Tensor

    def total(self, weight: float) -> Tensor:
        """Return eq. 3.3."""
        return self.adversarial + weight * self.counts


def adversarial_loss(realness: Tensor, real: bool) -> Tensor:
    """Binary cross entropy of logits (`n`) that images are real, whatever the truth: a scalar."""
    return binary_cross_entropy_with_logits(realness, torch.full_like(realness, float(real)))


def count_error(predicted: Tensor, counts: Tensor, form: str) -> Tensor:
    """Error of regressed counts: a scalar.

    Args:
        predicted: An `n x k`-dim tensor.
        counts: The true or requested counts, `n x k`.
        form: One of `COUNT_ERRORS`.

    Raises:
        ConfigurationError: If the form is unknown.
    """
    difference = predicted - counts.to(predicted.dtype)
    if form == "norm":
        return torch.linalg.vector_norm(difference, dim=1).mean()
    if form == "square":
        return difference.square().mean()
    raise ConfigurationError(
        f"unknown count error {form!r}; choose one of {', '.join(COUNT_ERRORS)}"
    )


def classified_error(logits: Tensor, counts: Tensor) -> Tensor:
    """Cross entropy of counts, mean over images and classes: a scalar.

    Minus it, plus a constant, is InfoGAN's bound on the mutual information of counts and images.

    Args:
        logits: An `n x k x (max + 1)`-dim tensor.
        counts: Whole numbers from 0 to max, `n x k`.
    """
    return cross_entropy(logits.flatten(0, 1), counts.long().flatten())


def generator_loss(method: str, fake: DiscriminatorOutput, counts: Tensor, form: str) -> BothLosses:
    """Return the generator's loss.

    TACGAN's generator also makes its twin classifier fail: ACGAN's loss alone asks for images that
    are easy to classify, which makes the images of a class more alike than the real ones.

    Args:
        method: One of `latentbo.counting.models.COUNT_METHODS`.
        fake: Output of the discriminator for generated images.
        counts: The requested counts, `n x k`.
        form: Of the regression's error.
    """
    error = _head_error(fake.counts, counts, form)
    if method == "tacgan":
        error = error - _head_error(fake.twin, counts, form)
    return BothLosses(adversarial_loss(fake.realness, True), error)


def discriminator_loss(
    method: str,
    real: DiscriminatorOutput,
    fake: DiscriminatorOutput,
    counts: Tensor,
    asked: Tensor,
    form: str,
    generated_share: float = 0.5,
) -> BothLosses:
    """Return the discriminator's loss, count heads included.

    All heads learn from real and from generated images, but InfoGAN's and TACGAN's twin from
    generated ones only, whatever the share.

    Args:
        method: One of `latentbo.counting.models.COUNT_METHODS`.
        real: Output of the discriminator for real images.
        fake: Its output for generated images.
        counts: Of the real images, `n x k`.
        asked: The requested counts, `m x k`.
        form: Of the regression's error.
        generated_share: Of generated images in the count loss, which is twice the mean of real and
            generated ones: at 0.5 their sum.
    """
    adversarial = adversarial_loss(real.realness, True) + adversarial_loss(fake.realness, False)
    error = _head_error(fake.counts, asked, form)
    if method != "infogan":
        error = 2 * _head_error(real.counts, counts, form).lerp(error, generated_share)
    if method == "tacgan":
        error = error + _head_error(fake.twin, asked, form)
    return BothLosses(adversarial, error)


def _head_error(predicted: Tensor | None, counts: Tensor, form: str) -> Tensor:
    """Error of a count head's output by its shape; 0 without a head."""
    if predicted is None:
        return torch.zeros((), device=counts.device)
    return (
        classified_error(predicted, counts)
        if predicted.ndim == 3
        else count_error(predicted, counts, form)
    )
