import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from latentbo.images.models import ImageAutoencoder, ImageNetworkConfig
from latentbo.images.training import ImageTrainingConfig, RobustConfig, make_image_loss
from latentbo.images.training.robust_rivals import (
    SelfConsistentLoss,
    SmoothLoss,
    conditional_divergence,
    wasserstein_distance,
)
from latentbo.images.training.robust_slopes import bound_slopes, keep_weights
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import Encoding, RegularizerConfig

PRIOR = GaussianMixturePrior.standard_normal(3)


def encoding(n: int = 5, seed: int = 0) -> Encoding:
    codes, mean, log_variance = torch.randn(3, n, 3, generator=seeded(seed))
    return Encoding(codes, mean, log_variance)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 6) -> Tensor:
    return torch.rand(n, 1, 8, 8, generator=seeded(1))


def network(kind: str = "mlp", size: int = 8) -> ImageAutoencoder:
    torch.manual_seed(0)
    return ImageAutoencoder(
        ImageNetworkConfig(
            kind, size=size, width=4, num_dimensions=3, num_layers=2, variational=True
        )
    )


def rival(kind: type[SmoothLoss], name: str, **options: Any) -> SmoothLoss:
    robust = RobustConfig(name, **options)
    return kind(network(), RegularizerConfig("kl"), PRIOR, 0.1, robust)


def test_distance_of_gaussians_computed_by_hand() -> None:
    first = Encoding(*torch.tensor([[[0.0, 0.0]], [[1.0, 2.0]], [[0.0, 0.0]]]))
    second = Encoding(*torch.tensor([[[0.0, 0.0]], [[4.0, 6.0]], [[0.0, 1.3862944]]]))
    # Means 5 apart; deviations (1, 1) and (1, 2).
    assert float(wasserstein_distance(first, second)) == pytest.approx(26.0)
    assert float(wasserstein_distance(second, second)) == 0
    with pytest.raises(ValueError, match="need a variational encoding"):
        wasserstein_distance(first, Encoding(first.codes, first.mean))


def test_divergence_of_conditional_codes_is_that_of_torch() -> None:
    second, codes = encoding(), encoding(seed=1).codes
    assert second.log_variance is not None
    found = conditional_divergence(second, codes, 0.8)
    expected = kl_divergence(
        Normal(second.mean, (0.5 * second.log_variance).exp()), Normal(0.8 * codes, 0.6)
    )
    torch.testing.assert_close(found, expected.sum(1).mean())
    matched = Encoding(codes, 0.8 * codes, torch.full_like(codes, 2 * math.log(0.6)))
    assert float(conditional_divergence(matched, codes, 0.8)) == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="needs a variational encoding"):
        conditional_divergence(Encoding(codes, codes), codes, 0.8)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(SmoothLoss, "smooth-encoder"), (SelfConsistentLoss, "self-consistent")],
)
def test_loss_is_the_weighted_sum_and_reaches_all_weights(
    kind: type[SmoothLoss], name: str
) -> None:
    judge = rival(kind, name, pair_weight=3.0)
    loss, parts = judge(images(), seeded())
    expected = parts["reconstruction"] + 0.1 * (parts["kl"] + 3.0 * parts["pair"])
    torch.testing.assert_close(loss.detach(), expected)
    assert parts["pair"] > 0
    loss.backward()
    for name_, parameter in judge.named_parameters():
        assert parameter.grad is not None, name_
        assert parameter.grad.isfinite().all(), name_
        assert parameter.grad.any(), name_
    with torch.no_grad():
        assert judge.eval()(images(), seeded())[1] == judge(images(), seeded())[1]


def test_the_attack_of_several_steps_goes_farther_than_a_random_start() -> None:
    judge = rival(SmoothLoss, "smooth-encoder", num_steps=4, epsilon=0.1, step=0.05)
    attacked = judge.attacked(images(), seeded())
    assert float((attacked.double() - images().double()).abs().max()) <= 0.1
    assert 0 <= float(attacked.min()) <= float(attacked.max()) <= 1
    noise = (images() + 0.1 * torch.randn(images().shape, generator=seeded()).sign()).clamp(0, 1)
    clean, far, near = (
        judge.network.encode(each, seeded()) for each in (images(), attacked, noise)
    )
    assert wasserstein_distance(clean, far) > 2 * wasserstein_distance(clean, near)


def test_decoded_images_are_taken_as_data() -> None:
    """The decoder's gradient is that of the evidence bound alone."""
    gradients = []
    for weight in (1e-9, 1.0):
        judge = rival(SelfConsistentLoss, "self-consistent", pair_weight=weight)
        judge(images(), seeded())[0].backward()
        gradients.append([each.grad for each in judge.network.decoder.parameters()])
    for without, with_pair in zip(*gradients, strict=True):
        assert without is not None
        torch.testing.assert_close(without, with_pair)


def test_slopes_are_bounded_and_kept() -> None:
    bounded = network()
    bound_slopes(bounded, 2.0)
    layers = [module for module in bounded.encoder.modules() if isinstance(module, nn.Linear)]
    for layer in layers:
        singular = torch.linalg.svdvals(layer.weight)
        torch.testing.assert_close(singular, torch.full_like(singular, 2 ** (1 / 3)))
    first, second = torch.rand(2, 200, 1, 8, 8, generator=seeded())
    assert steepest(bounded.encoder, first, second) <= 2
    starts, ends = 9 * torch.randn(2, 200, 3, generator=seeded())
    assert steepest(bounded.decoder, starts, ends) <= 2
    before = bounded.encoder(first)
    keep_weights(bounded)
    assert bounded.state_dict().keys() == network().state_dict().keys()
    assert bounded.encoder(first).equal(before)
    assert all(parameter.requires_grad for parameter in bounded.parameters())


def steepest(part: nn.Module, first: Tensor, second: Tensor) -> float:
    ways = (part(first) - part(second)).flatten(1).norm(dim=1)
    return float((ways / (first - second).flatten(1).norm(dim=1)).max().detach())


def test_convolutions_are_bounded_as_maps_of_images() -> None:
    bounded = network("convolutional", 16)
    bound_slopes(bounded, 32.0)
    first = next(each for each in bounded.encoder.modules() if isinstance(each, nn.Conv2d))
    upward = [each for each in bounded.decoder.modules() if isinstance(each, nn.ConvTranspose2d)]
    # Five layers a side; the decoder's last sigmoid has the slope 1/4.
    for layer, shape, bound in ((first, (1, 16, 16), 32.0), (upward[0], (32, 1, 1), 128.0)):
        zero = layer(torch.zeros(1, *shape))
        basis = torch.eye(shape[0] * shape[1] * shape[2]).view(-1, *shape)
        matrix = (layer(basis) - zero).flatten(1)
        assert float(torch.linalg.matrix_norm(matrix, 2).detach()) <= bound**0.2 * (1 + 1e-5)


def test_weights_with_spectral_norm_are_left_as_they_are() -> None:
    normed = ImageAutoencoder(
        ImageNetworkConfig("mlp", size=8, width=4, num_dimensions=3, spectral_norm=True)
    )
    names = list(normed.state_dict())
    keep_weights(normed)
    assert list(normed.state_dict()) == names


def test_the_constraint_belongs_to_its_method() -> None:
    for robust in (None, RobustConfig("lipschitz", lipschitz=3.0)):
        config = ImageTrainingConfig(regularizer="kl", robust=robust)
        judge = make_image_loss(config, network(), PRIOR)
        is_bounded = any("parametrizations" in name for name in judge.state_dict())
        assert is_bounded == (robust is not None)
        judge(images(), seeded())[0].backward()
        assert all(parameter.grad is not None for parameter in judge.parameters())
