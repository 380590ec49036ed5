"""From settings to the loss of a training, robust or not."""

from latentbo.models.images import ImageAutoencoder
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import make_regularizer
from latentbo.training.images.config import ImageTrainingConfig
from latentbo.training.images.objective import ImageObjective
from latentbo.training.images.robust_objective import PairObjective
from latentbo.training.images.robust_rivals import SelfConsistentObjective, SmoothObjective
from latentbo.training.images.robust_slopes import bound_slopes

__all__ = ["make_image_objective"]

_WITH_PARTNERS = {
    "coupled": PairObjective,
    "augmented": PairObjective,
    "smooth-encoder": SmoothObjective,
    "self-consistent": SelfConsistentObjective,
}


def make_image_objective(
    config: ImageTrainingConfig, network: ImageAutoencoder, prior: GaussianMixturePrior
) -> ImageObjective:
    """Return the loss that a training minimises; may constrain the network's weights in place."""
    regularizer, robust = config.regularizer_config, config.robust
    if robust is not None and robust.objective in _WITH_PARTNERS:
        kind = _WITH_PARTNERS[robust.objective]
        weight, noise = config.regularizer_weight, config.latent_noise
        return kind(network, regularizer, prior, weight, robust, latent_noise=noise)
    if robust is not None:
        bound_slopes(network, robust.lipschitz)
    return ImageObjective(
        network,
        make_regularizer(regularizer, prior),
        config.regularizer_weight,
        latent_noise=config.latent_noise,
        gradient_penalty=config.gradient_penalty,
    )
