from collections.abc import Callable

import pytest
import torch
from torch.distributions import (
    Categorical,
    Independent,
    MixtureSameFamily,
    MultivariateNormal,
    Normal,
    kl,
)

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import (
    Encoding,
    decoder_norm,
    kl_divergence,
    l2_norm,
    make_regularizer,
    mmd_distance,
    total_correlation,
)

MakePrior = Callable[..., GaussianMixturePrior]


def variational_encoding(n: int, num_dimensions: int, seed: int = 0) -> Encoding:
    generator = torch.Generator().manual_seed(seed)
    mean, log_variance, noise = torch.randn(
        3, n, num_dimensions, dtype=torch.float64, generator=generator
    )
    return Encoding(mean + (0.5 * log_variance).exp() * noise, mean, log_variance)


class TestKlDivergence:
    def test_standard_normal_equals_the_textbook(self) -> None:
        encoding = variational_encoding(7, 3)
        assert encoding.log_variance is not None
        textbook = 0.5 * (
            encoding.mean**2 + encoding.log_variance.exp() - 1 - encoding.log_variance
        ).sum(dim=1)
        prior = GaussianMixturePrior.standard_normal(3)
        torch.testing.assert_close(kl_divergence(encoding, prior), textbook.mean())

    @pytest.mark.parametrize("full", [False, True])
    def test_one_component_equals_torch(self, make_prior: MakePrior, full: bool) -> None:
        prior = make_prior(1, 3, full=full)
        covariance = prior.covariances if full else prior.covariances.diag_embed()
        encoding = variational_encoding(7, 3)
        assert encoding.log_variance is not None
        expected = kl.kl_divergence(
            MultivariateNormal(encoding.mean, encoding.log_variance.exp().diag_embed()),
            MultivariateNormal(prior.means[0], covariance[0]),
        ).mean()
        torch.testing.assert_close(kl_divergence(encoding, prior), expected)

    def test_mixture_of_equal_components_is_unbiased(self, make_prior: MakePrior) -> None:
        """The estimate for mixtures has the closed form of one component as its mean."""
        single = make_prior(1, 3)
        double = GaussianMixturePrior(
            torch.tensor([0.3, 0.7], dtype=torch.float64),
            single.means.repeat(2, 1),
            single.covariances.repeat(2, 1),
        )
        encoding = variational_encoding(1, 3)
        assert encoding.log_variance is not None
        n = 20_000
        mean, log_variance = encoding.mean.repeat(n, 1), encoding.log_variance.repeat(n, 1)
        noise = torch.randn(n, 3, dtype=torch.float64, generator=torch.manual_seed(0))
        many = Encoding(mean + (0.5 * log_variance).exp() * noise, mean, log_variance)
        single_value = float(kl_divergence(encoding, single))
        values = torch.stack(
            [
                kl_divergence(Encoding(many.codes[i::20], mean[i::20], log_variance[i::20]), double)
                for i in range(20)
            ]
        )
        assert abs(float(values.mean()) - single_value) < 4 * float(values.std()) / 20**0.5

    def test_is_zero_where_the_encoder_equals_the_prior(self) -> None:
        zeros = torch.zeros(4, 3)
        prior = GaussianMixturePrior.standard_normal(3)
        assert float(kl_divergence(Encoding(zeros, zeros, zeros), prior)) == pytest.approx(0)

    @pytest.mark.parametrize("num_components", [1, 3])
    def test_gradcheck(self, make_prior: MakePrior, num_components: int) -> None:
        prior = make_prior(num_components, 2)
        encoding = variational_encoding(3, 2)
        assert encoding.log_variance is not None
        noise = torch.randn(3, 2, dtype=torch.float64, generator=torch.manual_seed(1))

        def divergence(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
            codes = mean + (0.5 * log_variance).exp() * noise
            return kl_divergence(Encoding(codes, mean, log_variance), prior)

        inputs = (encoding.mean.requires_grad_(), encoding.log_variance.requires_grad_())
        assert torch.autograd.gradcheck(divergence, inputs)

    def test_errors(self) -> None:
        prior = GaussianMixturePrior.standard_normal(3)
        with pytest.raises(ValueError, match="log_variance=None"):
            kl_divergence(Encoding(torch.zeros(2, 3), torch.zeros(2, 3)), prior)
        with pytest.raises(ValueError, match=r"codes must be n x 3.*\(5, 2\)"):
            kl_divergence(variational_encoding(5, 2), prior)


class TestTotalCorrelation:
    def test_equals_torch_s_mixtures(self) -> None:
        encoding = variational_encoding(6, 3)
        assert encoding.log_variance is not None
        equal = Categorical(torch.ones(6, dtype=torch.float64))
        deviations = (0.5 * encoding.log_variance).exp()
        together = Independent(Normal(encoding.mean, deviations), 1)
        joint = MixtureSameFamily(equal, together).log_prob(encoding.codes)
        marginals = [
            MixtureSameFamily(equal, Normal(encoding.mean[:, j], deviations[:, j])).log_prob(
                encoding.codes[:, j]
            )
            for j in range(3)
        ]
        expected = (joint - torch.stack(marginals).sum(0)).mean()
        torch.testing.assert_close(total_correlation(encoding), expected)

    def test_one_dimension_has_none(self) -> None:
        assert float(total_correlation(variational_encoding(9, 1))) == pytest.approx(0, abs=1e-9)

    def test_dependent_dimensions_have_more(self) -> None:
        """Of a Gaussian with correlation r it is -log(1 - r^2) / 2."""
        generator = torch.Generator().manual_seed(0)
        independent = torch.randn(2000, 2, dtype=torch.float64, generator=generator)
        mixing = torch.tensor([[1.0, 0.9], [0.0, (1 - 0.9**2) ** 0.5]], dtype=torch.float64)
        narrow = torch.full_like(independent, -4.0)  # variances of the encoder: 0.02
        values = [
            float(total_correlation(Encoding(codes, codes, narrow)))
            for codes in (independent, independent @ mixing)
        ]
        # Each code lies in its own Gaussian, which counts more jointly than in the marginals.
        assert values[0] == pytest.approx(0.0, abs=0.12)
        # The encoder's own noise blurs the dependence a little.
        assert values[1] == pytest.approx(0.83, abs=0.12)

    def test_gradient(self) -> None:
        encoding = variational_encoding(4, 2)
        assert encoding.log_variance is not None
        noise = torch.randn(4, 2, dtype=torch.float64, generator=torch.manual_seed(1))

        def correlation(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
            codes = mean + (0.5 * log_variance).exp() * noise
            return total_correlation(Encoding(codes, mean, log_variance))

        inputs = (encoding.mean.requires_grad_(), encoding.log_variance.requires_grad_())
        assert torch.autograd.gradcheck(correlation, inputs)

    def test_error(self) -> None:
        with pytest.raises(ValueError, match="total correlation needs a variational encoding"):
            total_correlation(Encoding(torch.zeros(2, 3), torch.zeros(2, 3)))


class TestMmdDistance:
    def test_equals_the_double_sum(self) -> None:
        codes, draws = torch.randn(2, 4, 3, dtype=torch.float64, generator=torch.manual_seed(0))
        base = 2 * draws.var(dim=0).sum()

        def kernel(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            scales = base * torch.tensor([0.1, 0.2, 0.5, 1, 2, 5, 10], dtype=torch.float64)
            return (scales / (scales + ((x - y) ** 2).sum())).sum()

        pairs = [(i, j) for i in range(4) for j in range(4)]
        expected = (
            sum(kernel(codes[i], codes[j]) for i, j in pairs if i != j) / 12
            + sum(kernel(draws[i], draws[j]) for i, j in pairs if i != j) / 12
            - 2 * sum(kernel(codes[i], draws[j]) for i, j in pairs) / 16
        )
        torch.testing.assert_close(mmd_distance(codes, draws), torch.as_tensor(expected))

    def test_is_zero_on_average_for_equal_distributions(
        self, make_prior: MakePrior, mean_and_error: Callable[..., tuple[float, float]]
    ) -> None:
        prior = make_prior()
        generator = torch.Generator().manual_seed(9)
        mean, error = mean_and_error(
            lambda z: mmd_distance(z, prior.sample(20, generator)), prior, 20, draws=500
        )
        assert abs(mean) < 4 * error

    def test_grows_with_the_distance(self, generator: torch.Generator) -> None:
        prior = GaussianMixturePrior.standard_normal(3)
        codes, draws = prior.sample(200, generator), prior.sample(200, generator)
        values = [float(mmd_distance(codes + shift, draws)) for shift in (0, 1, 3, 10)]
        assert values == sorted(values)
        assert values[1] > 10 * abs(values[0])

    def test_gradcheck(self) -> None:
        codes, draws = torch.randn(2, 5, 3, dtype=torch.float64, generator=torch.manual_seed(0))
        codes.requires_grad_()
        assert torch.autograd.gradcheck(lambda z: mmd_distance(z, draws), (codes,))

    def test_errors(self) -> None:
        with pytest.raises(ValueError, match=r"prior_samples must be m x d.*\(1, 3\)"):
            mmd_distance(torch.zeros(4, 3), torch.zeros(1, 3))
        with pytest.raises(ValueError, match=r"codes must be n x 3.*\(4, 2\)"):
            mmd_distance(torch.zeros(4, 2), torch.zeros(4, 3))


class TestL2Norm:
    def test_is_half_the_mean_squared_norm(self) -> None:
        assert float(l2_norm(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))) == 6.25

    def test_gradcheck(self) -> None:
        codes = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(l2_norm, (codes,))

    def test_errors(self) -> None:
        with pytest.raises(ValueError, match=r"codes must be n x d, got shape \(3,\)"):
            l2_norm(torch.zeros(3))


class TestDecoderNorm:
    def test_is_half_the_squared_norm_of_all_parameters(self) -> None:
        parameters = [torch.tensor([[3.0, 4.0]]), torch.tensor([2.0])]
        assert float(decoder_norm(parameters)) == 14.5
        assert float(decoder_norm(iter(parameters))) == 14.5

    def test_missing_parameters_are_an_error(self) -> None:
        prior = GaussianMixturePrior.standard_normal(2)
        codes = torch.zeros(3, 2)
        with pytest.raises(ValueError, match="needs its parameters, got none"):
            make_regularizer("rae", prior)(Encoding(codes, codes))
