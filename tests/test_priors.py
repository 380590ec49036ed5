import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.priors import GaussianMixturePrior

DTYPES = [torch.float32, torch.float64]


def random_mixture(
    num_components: int, num_dimensions: int, seed: int = 0, full: bool = False
) -> GaussianMixturePrior:
    """Weights, means and covariances that all differ."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    weights = torch.softmax(normal(num_components), dim=0)
    means = 2 * normal(num_components, num_dimensions)
    if not full:
        return GaussianMixturePrior(weights, means, normal(num_components, num_dimensions).exp())
    roots = normal(num_components, num_dimensions, num_dimensions)
    covariances = roots @ roots.mT + 0.1 * torch.eye(num_dimensions, dtype=torch.float64)
    return GaussianMixturePrior(weights, means, covariances)


def naive_marginal_cdf(prior: GaussianMixturePrior, codes: Tensor) -> Tensor:
    """Eq. 4.5 as printed (but with standard deviations): an n x K x d broadcast."""
    scaled = (codes[:, None, :] - prior.means) / prior.variances.sqrt()
    return (prior.weights[:, None] * torch.special.ndtr(scaled)).sum(dim=1)


def scipy_log_prob(prior: GaussianMixturePrior, codes: Tensor) -> np.ndarray:
    covariances = prior.covariances.diag_embed() if prior.is_diagonal else prior.covariances
    return np.logaddexp.reduce(
        [
            math.log(weight) + stats.multivariate_normal(mean, covariance).logpdf(codes.numpy())
            for weight, mean, covariance in zip(
                prior.weights.tolist(), prior.means.numpy(), covariances.numpy(), strict=True
            )
        ]
    )


@pytest.mark.parametrize("full", [False, True])
class TestAgainstScipyAndSamples:
    def test_log_prob_equals_scipy(self, full: bool) -> None:
        prior = random_mixture(4, 3, full=full)
        codes = 5 * torch.randn(50, 3, dtype=torch.float64, generator=torch.manual_seed(1))
        np.testing.assert_allclose(prior.log_prob(codes), scipy_log_prob(prior, codes), rtol=1e-9)

    def test_density_integrates_to_one(self, full: bool) -> None:
        prior = random_mixture(3, 1, full=full)
        total, _ = integrate.quad(
            lambda z: float(prior.log_prob(torch.tensor([[z]], dtype=torch.float64)).exp()),
            *(-30, 30),
            points=prior.means.flatten().tolist(),
        )
        assert total == pytest.approx(1, abs=1e-6)

    def test_no_samples_are_an_empty_tensor(self, full: bool) -> None:
        samples = random_mixture(3, 4, full=full).sample(0)
        assert (samples.shape, samples.dtype) == ((0, 4), torch.float64)

    def test_mean_and_covariance_equal_those_of_samples(self, full: bool) -> None:
        prior = random_mixture(3, 4, seed=5, full=full)
        n = 200_000
        samples = prior.sample(n, torch.Generator().manual_seed(2))
        standard_error = (samples.var(dim=0) / n).sqrt()
        assert ((samples.mean(dim=0) - prior.mean).abs() < 5 * standard_error).all()
        centred = samples - prior.mean
        products = centred[:, :, None] * centred[:, None, :]
        standard_error = (products.var(dim=0) / n).sqrt()
        assert ((products.mean(dim=0) - prior.covariance).abs() < 5 * standard_error).all()

    def test_marginal_cdf_of_samples_is_uniform(self, full: bool) -> None:
        prior = random_mixture(3, 2, seed=3, full=full)
        uniform = prior.marginal_cdf(prior.sample(2000, torch.Generator().manual_seed(4)))
        for column in uniform.T:
            assert stats.kstest(column.numpy(), "uniform").pvalue > 0.001

    def test_responsibilities_are_bayes(self, full: bool) -> None:
        prior = random_mixture(3, 2, full=full)
        codes = prior.sample(20, torch.Generator().manual_seed(0))
        responsibilities = prior.responsibilities(codes)
        torch.testing.assert_close(responsibilities.sum(dim=1), torch.ones(20).double())
        only = GaussianMixturePrior(
            torch.ones(1).double(), prior.means[1:2], prior.covariances[1:2]
        )
        joint = prior.weights[1].log() + only.log_prob(codes)
        torch.testing.assert_close(responsibilities[:, 1], (joint - prior.log_prob(codes)).exp())

    def test_characteristic_function_is_the_expectation(self, full: bool) -> None:
        prior = random_mixture(3, 2, seed=7, full=full)
        directions = torch.tensor([[1.0, 0.0], [0.6, -0.8]], dtype=torch.float64)
        knots = torch.tensor([0.2, 0.7, 1.5], dtype=torch.float64)
        samples = prior.sample(200_000, torch.Generator().manual_seed(6))
        angles = (samples @ directions.T)[..., None] * knots
        expected = torch.complex(angles.cos().mean(dim=0), angles.sin().mean(dim=0))
        actual = prior.characteristic_function(directions, knots)
        torch.testing.assert_close(actual, expected, rtol=0, atol=5 / math.sqrt(200_000))


def test_full_and_diagonal_covariances_agree() -> None:
    diagonal = random_mixture(3, 4)
    full = GaussianMixturePrior(diagonal.weights, diagonal.means, diagonal.covariances.diag_embed())
    codes = 3 * torch.randn(30, 4, dtype=torch.float64, generator=torch.manual_seed(0))
    directions = torch.eye(4, dtype=torch.float64)
    knots = torch.tensor([0.5, 1.0], dtype=torch.float64)
    torch.testing.assert_close(diagonal.covariance, full.covariance)
    torch.testing.assert_close(diagonal.log_prob(codes), full.log_prob(codes))
    torch.testing.assert_close(diagonal.responsibilities(codes), full.responsibilities(codes))
    torch.testing.assert_close(diagonal.marginal_cdf(codes), full.marginal_cdf(codes))
    torch.testing.assert_close(
        diagonal.characteristic_function(directions, knots),
        full.characteristic_function(directions, knots),
    )


def test_covariance_uses_the_weighted_mean() -> None:
    """With weights 0.9 and 0.1 at 0 and 10: 1 + 0.9 * 0.1 * 100 (eq. 4.6 as printed gives 26)."""
    prior = GaussianMixturePrior(
        torch.tensor([0.9, 0.1]), torch.tensor([[0.0], [10.0]]), torch.ones(2, 1)
    )
    assert float(prior.mean) == pytest.approx(1.0)
    assert float(prior.covariance) == pytest.approx(10.0)


class TestMarginalCdf:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("num_components", [1, 2, 6])
    def test_one_hot_equals_the_broadcast(self, dtype: torch.dtype, num_components: int) -> None:
        prior = GaussianMixturePrior.one_hot(6, num_components, scale=3.0, dtype=dtype)
        codes = 4 * torch.randn(40, 6, generator=torch.manual_seed(0)).to(dtype)
        actual = prior.marginal_cdf(codes)
        assert actual.dtype == dtype
        torch.testing.assert_close(actual, naive_marginal_cdf(prior, codes))

    @settings(max_examples=settings().max_examples // 2)
    @given(st.integers(1, 8), st.integers(1, 5), st.integers(0, 2**16), st.booleans())
    def test_any_mixture_equals_the_broadcast(
        self, num_components: int, num_dimensions: int, seed: int, repeat: bool
    ) -> None:
        prior = random_mixture(num_components, num_dimensions, seed)
        if repeat:  # equal means in some dimensions only, which merge
            means = prior.means.round(decimals=0)
            prior = GaussianMixturePrior(prior.weights, means, torch.ones_like(means))
        codes = 4 * torch.randn(9, num_dimensions, dtype=torch.float64)
        torch.testing.assert_close(prior.marginal_cdf(codes), naive_marginal_cdf(prior, codes))

    def test_one_hot_merges_to_two_components(self) -> None:
        """The gradient keeps one n x d tensor, so memory does not grow with K."""
        kept: list[torch.Size] = []

        def note(tensor: Tensor) -> Tensor:
            kept.append(tensor.shape)
            return tensor

        codes = torch.randn(30, 64, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            GaussianMixturePrior.one_hot(64).marginal_cdf(codes)
        assert kept == [torch.Size([30, 64])]

    def test_is_monotone_from_zero_to_one(self) -> None:
        prior = random_mixture(4, 3)
        codes = torch.linspace(-100, 100, 2001, dtype=torch.float64)[:, None].repeat(1, 3)
        values = prior.marginal_cdf(codes)
        assert (values.diff(dim=0) >= 0).all()
        torch.testing.assert_close(values[0], torch.zeros(3).double())
        torch.testing.assert_close(values[-1], torch.ones(3).double())

    def test_gradcheck(self) -> None:
        prior = random_mixture(4, 3)
        codes = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(prior.marginal_cdf, (codes,))

    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("value", [-1e30, -50.0, 50.0, 1e30])
    def test_gradient_is_finite_far_away(self, dtype: torch.dtype, value: float) -> None:
        codes = torch.full((3, 2), value, dtype=dtype, requires_grad=True)
        values = GaussianMixturePrior.one_hot(2, dtype=dtype).marginal_cdf(codes)
        (gradient,) = torch.autograd.grad(values.sum(), codes)
        assert torch.isfinite(gradient).all()
        assert values.detach().tolist() == [[float(value > 0)] * 2] * 3


class TestLayouts:
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_one_hot(self, dtype: torch.dtype) -> None:
        prior = GaussianMixturePrior.one_hot(3, 2, scale=4.0, standard_deviation=0.5, dtype=dtype)
        assert prior.means.tolist() == [[4, 0, 0], [0, 4, 0]]
        assert prior.weights.tolist() == [0.5, 0.5]
        assert (prior.num_components, prior.num_dimensions) == (2, 3)
        assert prior.covariances.unique().tolist() == [0.25]
        assert prior.sample(5).dtype == dtype

    def test_more_one_hot_components_than_dimensions(self) -> None:
        with pytest.raises(ConfigurationError, match=r"15 one-hot components in 10.*on_sphere"):
            GaussianMixturePrior.one_hot(10, 15)

    @pytest.mark.parametrize(("num_dimensions", "num_components"), [(2, 5), (10, 25), (56, 20)])
    def test_on_sphere_keeps_all_modes_apart(
        self, num_dimensions: int, num_components: int
    ) -> None:
        prior = GaussianMixturePrior.on_sphere(num_dimensions, num_components, radius=3.0)
        torch.testing.assert_close(prior.means.norm(dim=1), torch.full((num_components,), 3.0))
        assert torch.pdist(prior.means).min() > 0.1
        again = GaussianMixturePrior.on_sphere(num_dimensions, num_components, radius=3.0)
        assert torch.equal(prior.means, again.means)

    def test_on_sphere_in_one_dimension(self) -> None:
        with pytest.raises(ConfigurationError, match="1 dimension"):
            GaussianMixturePrior.on_sphere(1, 3)

    def test_standard_normal(self) -> None:
        prior = GaussianMixturePrior.standard_normal(3, dtype=torch.float64)
        codes = torch.randn(4, 3, dtype=torch.float64)
        torch.testing.assert_close(prior.covariance, torch.eye(3).double())
        torch.testing.assert_close(
            prior.log_prob(codes), torch.distributions.Normal(0, 1).log_prob(codes).sum(dim=1)
        )

    def test_scale_four_separates_components_and_scale_one_does_not(self) -> None:
        def guessed(scale: float) -> float:
            prior = GaussianMixturePrior.one_hot(10, scale=scale)
            component = torch.arange(10).repeat_interleave(500)
            noise = torch.randn(5000, 10, generator=torch.manual_seed(0))
            guesses = prior.responsibilities(prior.means[component] + noise).argmax(dim=1)
            return float((guesses == component).float().mean())

        assert guessed(1.0) == pytest.approx(0.34, abs=0.03)
        assert guessed(4.0) == pytest.approx(0.98, abs=0.02)


def test_to_changes_type_and_is_free_without_change() -> None:
    prior = GaussianMixturePrior.one_hot(3)
    assert prior.to(dtype=torch.float32, device="cpu") is prior
    double = prior.to(dtype=torch.float64)
    assert double.sample(2).dtype == torch.float64
    assert double.covariance.dtype == torch.float64


def test_float32_log_prob_is_accurate_far_away() -> None:
    prior = GaussianMixturePrior.one_hot(20, scale=10.0)
    codes = torch.full((1, 20), 1e4)
    expected = prior.to(dtype=torch.float64).log_prob(codes.double())
    torch.testing.assert_close(prior.log_prob(codes).double(), expected, rtol=1e-6, atol=0)


def test_same_generator_state_gives_same_sample() -> None:
    prior = random_mixture(3, 2)
    first, second = (prior.sample(5, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_equals_the_cpu() -> None:
    prior = random_mixture(3, 2)
    codes = prior.sample(10, torch.Generator().manual_seed(0))
    moved = prior.to("cuda")
    torch.testing.assert_close(moved.marginal_cdf(codes.cuda()).cpu(), prior.marginal_cdf(codes))
    torch.testing.assert_close(moved.log_prob(codes.cuda()).cpu(), prior.log_prob(codes))
    assert moved.sample(3, torch.Generator().manual_seed(0)).is_cuda


class TestErrors:
    @pytest.mark.parametrize(
        ("weights", "means", "covariances", "message"),
        [
            (torch.ones(1), torch.zeros(3), torch.ones(1, 3), r"means must be K x d.*\(3,\)"),
            (torch.ones(2) / 2, torch.zeros(1, 3), torch.ones(1, 3), r"shape \(1,\), got \(2,\)"),
            (torch.ones(1), torch.zeros(1, 3), torch.ones(1, 2), r"\(1, 3, 3\), got \(1, 2\)"),
            (torch.ones(1), torch.zeros(1, 3), torch.zeros(1, 3), "variances must be positive"),
            (torch.ones(1) / 2, torch.zeros(1, 3), torch.ones(1, 3), "sum to 1"),
            (torch.tensor([-1.0, 2.0]), torch.zeros(2, 1), torch.ones(2, 1), "positive and sum"),
            (torch.ones(1), torch.zeros(1, 2), -torch.eye(2)[None], "positive definite"),
            (torch.ones(1), torch.zeros(1, 2), torch.tensor([[[2.0, 1], [0, 2]]]), "symmetric"),
            (torch.ones(1), torch.full((1, 2), torch.nan), torch.ones(1, 2), "means must be fin"),
            (torch.ones(1).double(), torch.zeros(1, 2), torch.ones(1, 2), "float64, torch.float32"),
        ],
    )
    def test_parameters(
        self, weights: Tensor, means: Tensor, covariances: Tensor, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            GaussianMixturePrior(weights, means, covariances)

    @pytest.mark.parametrize("method", ["log_prob", "marginal_cdf", "responsibilities"])
    @pytest.mark.parametrize("shape", [(3,), (3, 4), (0, 2), (1, 3, 2)])
    def test_codes(self, method: str, shape: tuple[int, ...]) -> None:
        prior = GaussianMixturePrior.standard_normal(2)
        with pytest.raises(ValueError, match=r"codes must be n x 2.*got shape \("):
            getattr(prior, method)(torch.zeros(shape))

    def test_directions(self) -> None:
        prior = GaussianMixturePrior.standard_normal(2)
        with pytest.raises(ValueError, match=r"directions must be n x 2.*\(1, 3\)"):
            prior.characteristic_function(torch.ones(1, 3), torch.ones(1))

    def test_spherical_means(self) -> None:
        with pytest.raises(ValueError, match=r"means must be K x d, got shape \(2,\)"):
            GaussianMixturePrior.spherical(torch.ones(2))
