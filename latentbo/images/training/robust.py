"""Build the loss of a training, robust or not, from its settings."""

from latentbo.images.models import ImageAutoencoder
from latentbo.images.training.config import ImageTrainingConfig
from latentbo.images.training.loss import ImageLoss
from latentbo.images.training.robust_loss import PairLoss
from latentbo.images.training.robust_rivals import SelfConsistentLoss, SmoothLoss
from latentbo.images.training.robust_slopes import bound_slopes
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import make_regularizer

_WITH_PARTNERS = {
    "coupled": PairLoss,
    "augmented": PairLoss,
    "smooth-encoder": SmoothLoss,
    "self-consistent": SelfConsistentLoss,
}


def make_image_loss(
    config: ImageTrainingConfig, network: ImageAutoencoder, prior: GaussianMixturePrior
) -> ImageLoss:
    """Return the training loss; may constrain the network's weights in place."""
    regularizer, robust = config.regularizer_config, config.robust
    if robust is not None and robust.objective in _WITH_PARTNERS:
        kind = _WITH_PARTNERS[robust.objective]
        weight, noise = config.regularizer_weight, config.latent_noise
        return kind(network, regularizer, prior, weight, robust, latent_noise=noise)
    if robust is not None:
        bound_slopes(network, robust.lipschitz)
    return ImageLoss(
        network,
        make_regularizer(regularizer, prior),
        config.regularizer_weight,
        latent_noise=config.latent_noise,
        gradient_penalty=config.gradient_penalty,
    )
