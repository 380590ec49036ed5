"""The table of methods for images: regularizers of codes and constraints of the decoder."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.images.training.robust_config import LATENT_NOISE, RobustConfig
from latentbo.priors import GaussianMixturePrior


@dataclass(frozen=True)
class ImageMethod:
    """A method; network, reconstruction loss and schedule are the same for all methods.

    Args:
        description: For tables.
        regularizer: Name of the regularizer.
        weight: Of the regularizer relative to the mean squared error per pixel.
        per_pixel: Whether to divide the weight by the number of values of an image: the method was
            published with the squared error summed over them.
        mixture: Whether the prior is the Gaussian mixture; else N(0, I).
        prior_scale: Distance of the mixture's means from the origin.
        term_weights: Weights that replace those of the regularizer's terms.
        latent_noise: Standard deviation of the noise on codes.
        gradient_penalty: Weight of the decoder's Jacobian, divided like `weight`.
        spectral_norm: Whether the decoder's weights have spectral norm 1.
        has_prior: Whether codes are trained to follow the prior, so that its samples can be
            decoded; else only an ex-post density can be sampled.
        robust: Settings of robust training (chapter 5); None: not robust.
    """

    description: str
    regularizer: str
    weight: float
    per_pixel: bool = True
    mixture: bool = False
    prior_scale: float = 1.0
    term_weights: Mapping[str, float] = field(default_factory=dict)
    latent_noise: float = 0.0
    gradient_penalty: float = 0.0
    spectral_norm: bool = False
    has_prior: bool = True
    robust: RobustConfig | None = None

    def training(self, num_values: int, channels: int = 1) -> dict[str, Any]:
        """Return the method's part of an `ImageTrainingConfig`, by numbers of values and channels.

        The channels determine the budget of the attack in robust training.
        """
        share = 1 / num_values if self.per_pixel else 1.0
        return {
            "regularizer": self.regularizer,
            "regularizer_weight": self.weight * share,
            "term_weights": dict(self.term_weights),
            "latent_noise": self.latent_noise,
            "gradient_penalty": self.gradient_penalty * share,
            "robust": self.robust and self.robust.for_channels(channels),
        }

    def prior(
        self, num_dimensions: int, num_components: int, scale: float | None = None
    ) -> GaussianMixturePrior:
        """Return the method's prior: a mixture of `num_components` one-hot means, or one Gaussian.

        The means are at a distance of `scale` (None: `prior_scale`) from the origin; if more than
        the dimensions, they lie on a sphere.
        """
        scale = self.prior_scale if scale is None else scale
        if not self.mixture or num_components == 1:
            return GaussianMixturePrior.standard_normal(num_dimensions)
        if num_components > num_dimensions:
            return GaussianMixturePrior.on_sphere(num_dimensions, num_components, scale)
        return GaussianMixturePrior.one_hot(num_dimensions, num_components, scale)


IMAGE_METHODS = {
    "gmm-dae": ImageMethod(
        "Gaussian-mixture prior by Kolmogorov-Smirnov distance, moments and projections",
        "gmm-ks",
        # Found by trials: see experiments/results/images/README.md.
        1e-4,
        per_pixel=False,
        mixture=True,
        prior_scale=4.0,
        term_weights={"sliced": 4.0},
    ),
    "gmm-dae-thesis": ImageMethod(
        "the same as in the thesis: two terms alone, modes at a distance of 1",
        "gmm-ks-thesis",
        0.005,
        per_pixel=False,
        mixture=True,
    ),
    "vae": ImageMethod("variational autoencoder", "kl", 1.0),
    "beta-vae": ImageMethod("variational autoencoder, divergence times 4", "kl", 4.0),
    "beta-tcvae": ImageMethod(
        "variational autoencoder, total correlation times 6",
        "kl",
        1.0,
        # The divergence already contains the total correlation once.
        term_weights={"total-correlation": 5.0},
    ),
    "gmvae": ImageMethod("variational autoencoder with the mixture prior", "kl", 1.0, mixture=True),
    "wae-mmd": ImageMethod("Wasserstein autoencoder (maximum mean discrepancy)", "mmd", 1.0),
    "constant-variance": ImageMethod(
        "variational autoencoder of constant variance", "constant-variance", 1.0, latent_noise=0.3
    ),
    "rae-l2": ImageMethod(
        "regularized autoencoder, L2 norm of the decoder's weights",
        "rae",
        0.1,
        term_weights={"decoder": 1e-4},
        has_prior=False,
    ),
    "rae-gp": ImageMethod(
        "regularized autoencoder, gradient penalty",
        "l2",
        0.1,
        gradient_penalty=0.1,
        has_prior=False,
    ),
    "rae-sn": ImageMethod(
        "regularized autoencoder, spectral norm", "l2", 0.1, spectral_norm=True, has_prior=False
    ),
    "autoencoder": ImageMethod("plain autoencoder", "none", 0.0, has_prior=False),
}


def _pairs(
    description: str, objective: str, mixture: bool = True, cross: str = "scaled"
) -> ImageMethod:
    """GMM-DAE with pairs of codes; attacked images have a quarter of the error's weight.

    Found by trials: see experiments/results/robustness/README.md.
    """
    robust = RobustConfig(objective, epsilon=0.1, step=0.125, cross=cross, adversarial_share=0.25)
    return replace(
        IMAGE_METHODS["gmm-dae"],
        description=description,
        # Twice that of GMM-DAE, whose terms use clean codes only; here clean codes have half.
        weight=2e-4,
        term_weights={"sliced": 4.0, "ks": 3.0},
        mixture=mixture,
        robust=robust,
    )


#: The methods of chapter 5 in addition to "gmm-dae", "vae", "beta-vae" and "beta-tcvae".
ROBUST_METHODS = {
    "noise-injection": replace(
        IMAGE_METHODS["gmm-dae"],
        description="GMM-DAE with noise N(0, I) on the decoder's codes",
        latent_noise=LATENT_NOISE["text"],
    ),
    "augmented": _pairs("GMM-DAE of clean and of attacked images", "augmented"),
    "coupled": _pairs("the same, codes of both coupled (ours)", "coupled"),
    "coupled-components": _pairs(
        "the same, coupled within their component", "coupled", cross="components"
    ),
    "coupled-one-component": _pairs("the same with the prior N(0, I)", "coupled", mixture=False),
    "coupled-thesis": replace(
        IMAGE_METHODS["gmm-dae-thesis"],
        description="coupled codes as in the thesis: a larger attack, noise N(0, I) on codes",
        latent_noise=LATENT_NOISE["text"],
        robust=RobustConfig("coupled"),
    ),
    "lipschitz-vae": ImageMethod(
        "variational autoencoder of bounded slopes", "kl", 1.0, robust=RobustConfig("lipschitz")
    ),
    "smooth-encoder": ImageMethod(
        "variational autoencoder, codes of attacked images close",
        "kl",
        1.0,
        robust=RobustConfig("smooth-encoder", num_steps=5),
    ),
    "avae": ImageMethod(
        "variational autoencoder that encodes its own images consistently",
        "kl",
        1.0,
        robust=RobustConfig("self-consistent", strength=0.975),
    ),
}


def image_method(name: str) -> ImageMethod:
    """Return a method of either table by name.

    Raises:
        ConfigurationError: If the name is unknown.
    """
    methods = {**IMAGE_METHODS, **ROBUST_METHODS}
    if name not in methods:
        raise ConfigurationError(f"unknown method {name!r}; choose one of {', '.join(methods)}")
    return methods[name]
