from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import (
    REGULARIZERS,
    Encoding,
    Regularizer,
    RegularizerConfig,
    ks_distance,
    ks_expectation,
    make_regularizer,
    regularizer,
)

FLOORED = ["ks", "covariance", "mean", "sliced"]


def encode(codes: Tensor, variational: bool = False) -> Encoding:
    return Encoding(codes, codes, torch.zeros_like(codes) if variational else None)


@pytest.mark.parametrize("name", REGULARIZERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_name_gives_finite_terms_and_gradients(
    name: str, dtype: torch.dtype, generator: torch.Generator
) -> None:
    prior = GaussianMixturePrior.one_hot(4, scale=2.0)
    regularize = make_regularizer(name, prior)
    codes = torch.randn(20, 4, generator=generator).to(dtype).requires_grad_()
    decoder = [torch.ones(2, 3, dtype=dtype, requires_grad=True)]
    terms = regularize(encode(codes, regularize.requires_variance), generator, decoder)
    assert set(terms) == set(REGULARIZERS[name])
    for term, value in terms.items():
        assert value.shape == ()
        assert value.dtype == dtype
        source = decoder[0] if term == "decoder" else codes
        (gradient,) = torch.autograd.grad(value, source, retain_graph=True)
        assert torch.isfinite(gradient).all()
        assert gradient.abs().max() > 0


@pytest.mark.parametrize("n", [8, 100])
@pytest.mark.parametrize("full", [False, True])
def test_terms_are_one_on_average_at_the_prior(
    make_prior: Callable[..., GaussianMixturePrior],
    generator: torch.Generator,
    n: int,
    full: bool,
) -> None:
    prior = make_prior(full=full)
    regularize = make_regularizer("gmm-ks", prior)
    draws = [regularize(encode(prior.sample(n, generator)), generator) for _ in range(300)]
    for name in FLOORED:
        values = torch.stack([terms[name] for terms in draws])
        assert abs(float(values.mean()) - 1) < 4 * float(values.std()) / 300**0.5


def test_loss_is_the_weighted_sum() -> None:
    config = RegularizerConfig("none", {"ks": 2.0, "l2": 0.5})
    regularize = Regularizer(config, GaussianMixturePrior.standard_normal(2))
    terms = {"ks": torch.tensor(3.0), "l2": torch.tensor(4.0)}
    assert float(regularize.loss(terms)) == 8.0
    assert float(make_regularizer("none", regularize.prior).loss({})) == 0.0


def test_thesis_preset_uses_the_published_position(generator: torch.Generator) -> None:
    prior = GaussianMixturePrior.one_hot(3, dtype=torch.float64)
    codes = torch.randn(30, 3, dtype=torch.float64, generator=generator)
    terms = make_regularizer("gmm-ks-thesis", prior)(encode(codes))
    expected = ks_distance(codes, prior, "right") / ks_expectation(30, "right")
    torch.testing.assert_close(terms["ks"], expected)
    assert set(terms) == {"ks", "covariance"}


class TestFarFromThePrior:
    """200 points at mean 8 or 50: distribution functions saturate there."""

    @pytest.fixture
    def prior(self) -> GaussianMixturePrior:
        return GaussianMixturePrior.one_hot(10)

    def test_gradient_is_of_useful_size(
        self, prior: GaussianMixturePrior, generator: torch.Generator
    ) -> None:
        codes = 50 + torch.randn(200, 10, generator=generator)
        codes.requires_grad_()
        for name, useful in (("gmm-ks", True), ("gmm-ks-thesis", False)):
            regularize = make_regularizer(name, prior)
            terms = regularize(encode(codes), generator)
            (gradient,) = torch.autograd.grad(regularize.loss(terms), codes)
            assert torch.isfinite(gradient).all()
            assert bool(gradient.mean(dim=0).min() > 0.1) == useful

    def test_default_comes_home_and_the_thesis_form_does_not(
        self, prior: GaussianMixturePrior, generator: torch.Generator
    ) -> None:
        start = 8 + torch.randn(200, 10, generator=generator)
        means = {}
        for name in ("gmm-ks", "gmm-ks-thesis"):
            regularize = make_regularizer(name, prior)
            codes = start.clone().requires_grad_()
            optimizer = torch.optim.SGD([codes], lr=0.5)
            for _ in range(60):
                optimizer.zero_grad()
                regularize.loss(regularize(encode(codes), generator)).backward()
                optimizer.step()
            means[name] = float(codes.detach().mean())
        assert means["gmm-ks"] == pytest.approx(0.1, abs=0.2)
        assert means["gmm-ks-thesis"] > 7.5


@pytest.mark.parametrize("factor", ["mean", "covariance"])
def test_loss_grows_with_the_factors_of_the_thesis(factor: str, generator: torch.Generator) -> None:
    """Figures 4.2 to 4.4: the loss grows with the factors of means and of covariances."""
    prior = GaussianMixturePrior.one_hot(3, 2)
    regularize = make_regularizer("gmm-ks-thesis", prior)
    losses = []
    for value in (1.0, 2.0, 3.0, 5.0):
        mean, scale = (value, 1.0) if factor == "mean" else (1.0, value**0.5)
        other = GaussianMixturePrior.spherical(mean * prior.means, scale)
        losses.append(float(regularize.loss(regularize(encode(other.sample(2000, generator))))))
    assert losses == sorted(losses)
    assert losses[0] < 6
    assert losses[-1] > 20 * losses[0]


def test_autocast_does_not_lower_the_precision(generator: torch.Generator) -> None:
    prior = GaussianMixturePrior.one_hot(8, scale=4.0)
    codes = prior.sample(64, generator)
    regularize = make_regularizer("gmm-ks", prior)
    plain = regularize(encode(codes), torch.Generator().manual_seed(1))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = regularize(encode(codes), torch.Generator().manual_seed(1))
    for name, value in plain.items():
        assert torch.equal(cast[name], value)


def test_low_precision_codes_give_float32_terms(generator: torch.Generator) -> None:
    prior = GaussianMixturePrior.one_hot(4)
    codes = prior.sample(10, generator).bfloat16()
    terms = make_regularizer("gmm-ks", prior)(encode(codes), generator)
    assert {value.dtype for value in terms.values()} == {torch.float32}


def test_generator_decides_the_directions() -> None:
    prior = GaussianMixturePrior.one_hot(4, scale=4.0)
    codes = prior.sample(30, torch.Generator().manual_seed(0))
    regularize = make_regularizer("gmm-ks", prior)
    values = [
        float(regularize(encode(codes), torch.Generator().manual_seed(seed))["sliced"])
        for seed in (1, 1, 2)
    ]
    assert values[0] == values[1] != values[2]


def test_closed_forms_are_found_once_per_batch_size(
    monkeypatch: pytest.MonkeyPatch, generator: torch.Generator
) -> None:
    asked: list[int] = []

    def count(prior: GaussianMixturePrior, n: int) -> float:
        asked.append(n)
        return 1.0

    monkeypatch.setattr(regularizer, "covariance_expectation", count)
    prior = GaussianMixturePrior.standard_normal(2)
    regularize = make_regularizer("gmm-ks", prior)
    for n in (10, 10, 20, 10):
        regularize(encode(prior.sample(n, generator)), generator)
    assert asked == [10, 20]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", REGULARIZERS)
def test_gpu_agrees_with_cpu(name: str) -> None:
    prior = GaussianMixturePrior.one_hot(4, scale=2.0)
    codes = prior.sample(50, torch.Generator().manual_seed(0))
    regularize = make_regularizer(name, prior)
    on_cpu = regularize(encode(codes, True), torch.Generator().manual_seed(1))
    on_gpu = regularize(encode(codes.cuda(), True), torch.Generator().manual_seed(1))
    for term, value in on_cpu.items():
        assert on_gpu[term].is_cuda
        torch.testing.assert_close(on_gpu[term].cpu(), value, rtol=1e-4, atol=1e-5)


class TestErrors:
    def test_unknown_name(self) -> None:
        with pytest.raises(ConfigurationError, match="'vae'; choose one of gmm-ks, "):
            make_regularizer("vae", GaussianMixturePrior.standard_normal(2))

    @pytest.mark.parametrize("name", REGULARIZERS)
    @pytest.mark.parametrize("shape", [(1, 2), (5, 3)])
    def test_shape(self, name: str, shape: tuple[int, int]) -> None:
        regularize = make_regularizer(name, GaussianMixturePrior.standard_normal(2))
        with pytest.raises(ValueError, match=r"codes must be n x 2 with n >= 2, got shape \("):
            regularize(encode(torch.zeros(shape), variational=True))

    def test_missing_variance(self) -> None:
        regularize = make_regularizer("kl", GaussianMixturePrior.standard_normal(2))
        assert regularize.requires_variance
        with pytest.raises(ValueError, match="log_variance=None"):
            regularize(encode(torch.zeros(3, 2)))
