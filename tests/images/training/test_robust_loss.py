import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from latentbo.images.models import ImageAutoencoder, ImageNetworkConfig
from latentbo.images.training import RobustConfig
from latentbo.images.training.robust_loss import PairLoss
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import (
    Encoding,
    PairRegularizer,
    RegularizerConfig,
    ks_distance,
    ks_expectation,
    make_regularizer,
    pair_covariance_expectation,
)
from latentbo.training.attacked import evaluated

THESIS = RegularizerConfig("gmm-ks", {"mean": 0.0, "sliced": 0.0})
PRIOR = GaussianMixturePrior.one_hot(3, 2, scale=4.0)


def pair_regularizer(
    config: RegularizerConfig, prior: GaussianMixturePrior, **options: Any
) -> PairRegularizer:
    robust = RobustConfig(**options)
    return PairRegularizer(config, prior, robust.coupling, robust.two_point_term)


def pair_terms(codes: Tensor, others: Tensor, **options: Any) -> dict[str, Tensor]:
    prior = GaussianMixturePrior.standard_normal(codes.shape[1])
    return pair_regularizer(THESIS, prior, **options)(codes, others)


def normal_cdf(value: float) -> float:
    return 0.5 * (1 + math.erf(value / math.sqrt(2)))


def test_terms_of_two_pairs_computed_by_hand() -> None:
    """Two codes in one dimension, prior N(0, 1); plotting positions 1/4 and 3/4."""
    codes, others = [-0.5, 1.0], [0.2, 0.8]
    found = pair_terms(torch.tensor(codes)[:, None], torch.tensor(others)[:, None], strength=0.9)
    heights = [[normal_cdf(value) for value in side] for side in (codes, others)]
    single = [((low - 0.25) ** 2 + (high - 0.75) ** 2) / 2 for low, high in heights]
    paired = sum((a - b) ** 2 for a, b in zip(*heights, strict=True)) / 2
    floor = 2 / 3 * (1 / 12 - 1 / 48) + 1 / 3 * (1 - 0.9) / 6
    expected = (sum(single) / 3 + paired / 3) / floor
    assert float(found["ks"]) == pytest.approx(expected, rel=1e-5)
    # Means 0.25 and 0.5; variances 0.5625 and 0.09, covariance 0.225.
    residuals = (0.5625 - 1) ** 2 + (0.09 - 1) ** 2 + 2 * (0.225 - 0.9) ** 2
    floor = pair_covariance_expectation(
        GaussianMixturePrior.standard_normal(1), 2, RobustConfig(strength=0.9).coupling
    )
    assert float(found["covariance"]) == pytest.approx(residuals / 4 / floor, rel=1e-5)


def test_equal_codes_fully_coupled_have_the_terms_of_single_codes() -> None:
    codes = PRIOR.sample(20, torch.Generator().manual_seed(0))
    single = make_regularizer(THESIS, PRIOR)(Encoding(codes, codes))
    pairs = pair_regularizer(THESIS, PRIOR, strength=1.0)(codes, codes)
    for name, value in single.items():
        torch.testing.assert_close(pairs[name], value)


def test_uncoupled_pairs_have_the_covariance_of_the_augmented_form() -> None:
    codes, others = torch.randn(2, 20, 3, generator=torch.Generator().manual_seed(0))
    coupled = pair_terms(codes, others, strength=0.0)
    augmented = pair_terms(codes, others, objective="augmented")
    torch.testing.assert_close(coupled["covariance"], augmented["covariance"])
    prior = GaussianMixturePrior.standard_normal(3)
    mean = 0.5 * (ks_distance(codes, prior) + ks_distance(others, prior))
    torch.testing.assert_close(augmented["ks"], mean / ks_expectation(20))
    assert coupled["ks"] != augmented["ks"]


def test_terms_without_pairs_are_means_of_both_sides() -> None:
    codes, others = torch.randn(2, 20, 3, generator=torch.Generator().manual_seed(0))
    config = RegularizerConfig("gmm-ks", {"sliced": 0.0})
    single = make_regularizer(config, PRIOR)
    sides = [single(Encoding(each, each))["mean"] for each in (codes, others)]
    pairs = pair_regularizer(config, PRIOR)
    terms = pairs(codes, others)
    torch.testing.assert_close(terms["mean"], sum(sides) / 2)
    expected = sum(config.weights[name] * value for name, value in terms.items())
    torch.testing.assert_close(pairs.loss(terms), torch.as_tensor(expected))


def objective(kind: str = "mlp", noise: float = 0.0, **options: Any) -> PairLoss:
    torch.manual_seed(0)
    size = 8 if kind == "mlp" else 16
    network = ImageNetworkConfig(kind, size=size, width=4, num_dimensions=3, num_layers=2)
    robust = RobustConfig(**options)
    config = RegularizerConfig("gmm-ks")
    return PairLoss(ImageAutoencoder(network), config, PRIOR, 0.05, robust, latent_noise=noise)


def images(n: int = 6, size: int = 8) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(n, 1, size, size, generator=generator)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", ["coupled", "augmented"])
def test_loss_is_the_weighted_sum_and_reaches_all_weights(name: str) -> None:
    judge = objective(objective=name, noise=0.5)
    loss, parts = judge(images(), seeded())
    weights = judge.pairs.weights
    expected = parts["reconstruction"] + 0.05 * sum(weights[n] * parts[n] for n in weights)
    torch.testing.assert_close(loss.detach(), expected)
    assert not any(value.requires_grad for value in parts.values())
    loss.backward()
    for name_, parameter in judge.named_parameters():
        assert parameter.grad is not None, name_
        assert parameter.grad.isfinite().all(), name_
        assert parameter.grad.any(), name_


def test_coupled_training_keeps_attacked_codes_nearer_than_the_augmented_form() -> None:
    """Two kinds of images that differ much, and in each kind a little noise."""
    shown = 0.15 * images(40)
    shown[::2, :, :4] += 0.8
    shown[1::2, :, :, 4:] += 0.8
    moved = {}
    for name in ("augmented", "coupled"):
        torch.manual_seed(0)
        sizes = ImageNetworkConfig("mlp", size=8, width=16, num_dimensions=2, num_layers=1)
        robust = RobustConfig(name, epsilon=0.1, step=0.125)
        prior = GaussianMixturePrior.standard_normal(2)
        judge = PairLoss(ImageAutoencoder(sizes), THESIS, prior, 1.0, robust)
        optimizer = torch.optim.Adam(judge.parameters(), lr=1e-2)
        for step in range(60):
            optimizer.zero_grad()
            judge(shown, seeded(step))[0].backward()
            optimizer.step()
        with torch.no_grad():
            attacked = judge.attacked(shown, seeded())
            clean, far = (judge.network.encode(each).codes for each in (shown, attacked))
        moved[name] = float((far - clean).norm(dim=1).mean() / clean.std(0).norm())
    assert moved["coupled"] < 0.7 * moved["augmented"]


def test_reconstruction_of_clean_and_of_attacked_images() -> None:
    whole, half = objective(), objective(adversarial_share=0.5)
    found = [judge(images(), seeded())[1]["reconstruction"] for judge in (whole, half)]
    attacked = whole.attacked(images(), seeded())
    network = whole.network
    errors = [
        nn.functional.mse_loss(network.decoder(network.encode(each).codes), images())
        for each in (images(), attacked)
    ]
    torch.testing.assert_close(found[0], errors[0].detach())
    torch.testing.assert_close(found[1], (0.5 * (errors[0] + errors[1])).detach())


@pytest.mark.parametrize("kind", ["mlp", "convolutional"])
def test_attacked_images_are_near_within_range_and_far_in_codes(kind: str) -> None:
    judge = objective(kind, epsilon=0.1, step=0.125)
    clean = images(6, 8 if kind == "mlp" else 16)
    before = {name: value.clone() for name, value in judge.state_dict().items()}
    attacked = judge.attacked(clean, seeded())
    assert float((attacked.double() - clean.double()).abs().max()) <= 0.1
    assert 0 <= float(attacked.min()) <= float(attacked.max()) <= 1
    noise = (clean + 0.1 * torch.randn(clean.shape, generator=seeded()).sign()).clamp(0, 1)
    with evaluated(judge.network), torch.no_grad():
        codes = [judge.network.encode(each).codes for each in (clean, attacked, noise)]
    distances = [(each - codes[0]).norm(dim=1).mean() for each in codes[1:]]
    assert distances[0] > 1.5 * distances[1]
    assert judge.network.training
    for name, value in judge.state_dict().items():
        assert value.equal(before[name]), name
    assert all(parameter.grad is None for parameter in judge.parameters())


def test_running_statistics_are_those_of_clean_and_attacked_images_together() -> None:
    judge = objective("convolutional")
    convolution, norm = list(judge.network.encoder.modules())[1:3]
    assert isinstance(norm, nn.BatchNorm2d)
    clean = images(6, 16)
    both = torch.cat([clean, judge.attacked(clean, seeded())])
    expected = 0.1 * convolution(both).mean((0, 2, 3))
    judge(clean, seeded())
    torch.testing.assert_close(norm.running_mean, expected.detach())
    assert norm.num_batches_tracked == 1


def test_all_randomness_comes_from_the_generator() -> None:
    judge = objective(noise=0.5)
    first = judge(images(), seeded())[1]
    torch.rand(3)
    assert judge(images(), seeded())[1] == first
    assert judge(images(), seeded(1))[1]["ks"] != first["ks"]


def test_validation_attacks_too_and_adds_no_noise() -> None:
    quiet, noisy = objective().eval(), objective(noise=2.0).eval()
    with torch.no_grad():
        assert quiet(images(), seeded())[1] == noisy(images(), seeded())[1]
    assert not quiet.network.training
