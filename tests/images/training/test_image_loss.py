from typing import Any

import pytest
import torch
from torch import nn

from latentbo.errors import ConfigurationError
from latentbo.images.models import ImageAutoencoder, ImageNetworkConfig
from latentbo.images.training import (
    IMAGE_METHODS,
    ImageLoss,
    ImageTrainingConfig,
    image_method,
    jacobian_norm,
)
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import make_regularizer


def objective(name: str = "none", weight: float = 1.0, **options: Any) -> ImageLoss:
    torch.manual_seed(0)
    variational = name == "kl"
    network = ImageNetworkConfig("mlp", size=8, width=16, num_dimensions=3, variational=variational)
    prior = GaussianMixturePrior.one_hot(3, 2, scale=4.0)
    regularizer = make_regularizer(name, prior)
    return ImageLoss(ImageAutoencoder(network), regularizer, weight, **options)


def images(n: int = 6) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (n, 1, 8, 8), dtype=torch.uint8, generator=generator)


def test_reconstruction_is_the_mean_squared_error_of_a_pixel() -> None:
    judge = objective()
    loss, parts = judge(images(), torch.Generator())
    target = images().float() / 255
    decoded = judge.network.decoder(judge.network.encode(target).codes)
    torch.testing.assert_close(loss, nn.functional.mse_loss(decoded, target))
    assert parts["loss"] == parts["reconstruction"] == loss


@pytest.mark.parametrize("name", ["gmm-ks", "kl", "mmd", "rae"])
def test_the_loss_is_the_weighted_sum_of_its_parts(name: str) -> None:
    judge = objective(name, 0.25)
    loss, parts = judge(images(), torch.Generator().manual_seed(0))
    weights = judge.regularizer.weights
    expected = parts["reconstruction"] + 0.25 * sum(weights[n] * parts[n] for n in weights)
    torch.testing.assert_close(loss.detach(), expected)
    assert not any(value.requires_grad for value in parts.values())


def test_noise_reaches_the_decoder_and_not_the_regularizer() -> None:
    quiet, noisy = objective("gmm-ks"), objective("gmm-ks", latent_noise=2.0)
    _, without = quiet(images(), torch.Generator().manual_seed(0))
    _, with_noise = noisy(images(), torch.Generator().manual_seed(0))
    assert with_noise["ks"] == without["ks"]
    assert with_noise["reconstruction"] != without["reconstruction"]
    noisy.eval()
    _, evaluated = noisy(images(), torch.Generator().manual_seed(0))
    assert evaluated["reconstruction"] == without["reconstruction"]


def test_jacobian_of_a_linear_decoder_is_its_matrix() -> None:
    decoder = nn.Linear(3, 50)
    estimate = jacobian_norm(decoder, torch.zeros(4000, 3), torch.Generator().manual_seed(0))
    expected = decoder.weight.square().sum()
    assert float(estimate.detach()) == pytest.approx(float(expected.detach()), rel=0.05)


def test_gradient_penalty_shrinks_the_jacobian() -> None:
    """Its gradient points the right way: steps along it alone lower it."""
    judge = objective(gradient_penalty=1.0)
    optimizer = torch.optim.Adam(judge.network.decoder.parameters(), lr=1e-2)
    values = []
    for step in range(30):
        _, parts = judge(images(), torch.Generator().manual_seed(step))
        values.append(float(parts["jacobian"]))
        codes = judge.network.encode(images().float() / 255).codes.detach()
        norm = jacobian_norm(judge.network.decoder, codes, torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        norm.backward()
        optimizer.step()
    assert sum(values[-5:]) < 0.5 * sum(values[:5])


def test_the_penalty_is_left_out_of_validation() -> None:
    judge = objective(gradient_penalty=1.0).eval()
    with torch.no_grad():
        _, parts = judge(images(), torch.Generator())
    assert "jacobian" not in parts


@pytest.mark.parametrize("name", IMAGE_METHODS)
def test_every_method_gives_a_finite_loss_and_gradients(name: str) -> None:
    method = image_method(name)
    config = ImageTrainingConfig(**method.training(64))
    torch.manual_seed(0)
    network = ImageNetworkConfig(
        *("mlp", 1, 8, 3, 16),
        variational=config.regularizer_config.requires_variance,
        spectral_norm=method.spectral_norm,
    )
    judge = ImageLoss(
        ImageAutoencoder(network),
        make_regularizer(config.regularizer_config, method.prior(3, 2)),
        config.regularizer_weight,
        latent_noise=config.latent_noise,
        gradient_penalty=config.gradient_penalty,
    )
    loss, _ = judge(images(), torch.Generator().manual_seed(0))
    loss.backward()
    for name_, parameter in judge.named_parameters():
        assert parameter.grad is not None, name_
        assert parameter.grad.isfinite().all(), name_


def test_methods_with_the_mixture_share_its_prior() -> None:
    for name, method in IMAGE_METHODS.items():
        prior = method.prior(5, 4, scale=3.0)
        assert prior.num_components == (4 if method.mixture else 1), name
    assert image_method("gmm-dae").prior(4, 9, scale=3.0).num_components == 9
    with pytest.raises(ConfigurationError, match="unknown method 'gan'; choose one of gmm-dae"):
        image_method("gan")


@pytest.mark.parametrize(
    ("field", "value"),
    [("latent_noise", -1.0), ("gradient_penalty", float("inf")), ("regularizer_weight", -0.1)],
)
def test_wrong_values_are_named(field: str, value: float) -> None:
    values: dict[str, Any] = {field: value}
    with pytest.raises(ConfigurationError, match=rf"{field} must .*{value}"):
        ImageTrainingConfig(**values)
