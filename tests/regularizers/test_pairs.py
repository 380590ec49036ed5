from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import (
    CROSS_TARGETS,
    INDEPENDENT,
    Coupling,
    augmented_ks_distance,
    coupled_ks_distance,
    coupled_ks_expectation,
    covariance_distance,
    cross_covariance,
    ks_distance,
    ks_expectation,
    noisy_codes,
    pair_covariance_distance,
    pair_covariance_expectation,
    pair_covariance_residual,
    paired_ks_distance,
    paired_ks_expectation,
    sample_pairs,
    sorted_ks_distance,
)

MakePrior = Callable[..., GaussianMixturePrior]
COUPLINGS = [
    Coupling(strength, cross) for cross in CROSS_TARGETS for strength in (0.0, 0.3, 0.95, 1.0)
]
KS_TERMS = [augmented_ks_distance, paired_ks_distance, sorted_ks_distance, coupled_ks_distance]


def normal(n: int, d: int, seed: int) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def mean_and_error(
    term: Callable[[Tensor, Tensor], Tensor],
    prior: GaussianMixturePrior,
    n: int,
    coupling: Coupling,
    draws: int = 800,
) -> tuple[float, float]:
    source = torch.Generator().manual_seed(1)
    values = [term(*sample_pairs(prior, n, coupling, source)) for _ in range(draws)]
    stacked = torch.stack(values)
    return float(stacked.mean()), float(stacked.std() / draws**0.5)


class TestReferenceValues:
    def test_kolmogorov_smirnov_terms(self, make_prior: MakePrior) -> None:
        prior = make_prior(num_dimensions=2)
        codes, adversarial = normal(5, 2, 0), normal(5, 2, 1)

        def cdf(value: float, j: int) -> float:
            parts = zip(prior.weights, prior.means[:, j], prior.variances[:, j], strict=True)
            scaled = [(float(w), (value - float(m)) / float(v) ** 0.5) for w, m, v in parts]
            normals = torch.distributions.Normal(0.0, 1.0)
            return sum(w * float(normals.cdf(torch.tensor(x).double())) for w, x in scaled)

        single, paired, by_rank = [], [], []
        for j in range(2):
            clean, attacked = codes[:, j].tolist(), adversarial[:, j].tolist()
            for n, (one, other) in enumerate(zip(clean, attacked, strict=True)):
                paired.append((cdf(one, j) - cdf(other, j)) ** 2)
                lower, upper = sorted(clean)[n], sorted(attacked)[n]
                by_rank.append((cdf(lower, j) - cdf(upper, j)) ** 2)
                single += [(cdf(value, j) - (n + 0.5) / 5) ** 2 for value in (lower, upper)]
        means = {"aug": np.mean(single), "pair": np.mean(paired), "sort": np.mean(by_rank)}
        arguments = (codes, adversarial, prior)
        assert float(augmented_ks_distance(*arguments)) == pytest.approx(means["aug"])
        assert float(paired_ks_distance(*arguments)) == pytest.approx(means["pair"])
        assert float(sorted_ks_distance(*arguments)) == pytest.approx(means["sort"])
        for name, key in (("paired", "pair"), ("sorted", "sort")):
            expected = 2 / 3 * means["aug"] + means[key] / 3
            assert float(coupled_ks_distance(*arguments, two_point=name)) == pytest.approx(expected)

    @pytest.mark.parametrize("coupling", COUPLINGS, ids=str)
    def test_covariance_term(self, make_prior: MakePrior, coupling: Coupling) -> None:
        prior = make_prior(full=True)
        codes, adversarial = normal(20, 4, 0), normal(20, 4, 1)
        both = np.cov(torch.cat([codes, adversarial], dim=1).numpy(), rowvar=False, bias=True)
        own, cross = prior.covariance.numpy(), cross_covariance(prior, coupling).numpy()
        expected = np.mean((both - np.block([[own, cross], [cross.T, own]])) ** 2)
        value = pair_covariance_distance(codes, adversarial, prior, coupling)
        assert float(value) == pytest.approx(expected)

    def test_one_component(self) -> None:
        # Equation 5.9, with 1 / (4 D^2): the targets are I and alpha I, for both kinds of target.
        prior = GaussianMixturePrior.standard_normal(3, dtype=torch.float64)
        codes, adversarial = normal(9, 3, 0), normal(9, 3, 1)
        both = np.cov(torch.cat([codes, adversarial], dim=1).numpy(), rowvar=False, bias=True)
        target = np.kron([[1, 0.9], [0.9, 1]], np.eye(3))
        for cross in CROSS_TARGETS:
            value = pair_covariance_distance(codes, adversarial, prior, Coupling(0.9, cross))
            assert float(value) == pytest.approx(np.mean((both - target) ** 2))

    def test_targets_agree_on_the_diagonal_where_the_design_says(self) -> None:
        prior = GaussianMixturePrior.one_hot(10, scale=10.0, dtype=torch.float64)
        for scaled, within in ((0.95, 0.5), (0.9, 0.0)):
            by_scale = cross_covariance(prior, Coupling(scaled)).diagonal()
            by_component = cross_covariance(prior, Coupling(within, "components")).diagonal()
            torch.testing.assert_close(by_scale, by_component)


class TestLimits:
    def test_equal_codes(self, make_prior: MakePrior) -> None:
        prior, codes = make_prior(), normal(12, 4, 0)
        assert float(paired_ks_distance(codes, codes, prior)) == 0.0
        assert float(sorted_ks_distance(codes, codes, prior)) == 0.0
        torch.testing.assert_close(
            augmented_ks_distance(codes, codes, prior), ks_distance(codes, prior)
        )
        torch.testing.assert_close(
            coupled_ks_distance(codes, codes, prior), 2 / 3 * ks_distance(codes, prior)
        )

    @pytest.mark.parametrize("cross", CROSS_TARGETS)
    def test_equal_codes_with_full_coupling(self, make_prior: MakePrior, cross: str) -> None:
        prior, codes = make_prior(), normal(12, 4, 0)
        coupling = Coupling(1.0, cross)
        clean, adversarial, block = pair_covariance_residual(codes, codes, prior, coupling)
        assert torch.equal(clean, adversarial)
        torch.testing.assert_close(block, clean)
        torch.testing.assert_close(
            pair_covariance_distance(codes, codes, prior, coupling),
            covariance_distance(codes, prior),
        )

    @pytest.mark.parametrize("coupling", [Coupling(0.95), Coupling(0.5, "components")], ids=str)
    def test_independent_pairs_are_punished(self, coupling: Coupling) -> None:
        prior = GaussianMixturePrior.one_hot(10, scale=10.0, dtype=torch.float64)

        def covariance(one: Tensor, other: Tensor) -> Tensor:
            return pair_covariance_distance(one, other, prior, coupling)

        floor = pair_covariance_expectation(prior, 100, coupling)
        independent, _ = mean_and_error(covariance, prior, 100, INDEPENDENT, 50)
        assert independent > 5 * floor
        paired, _ = mean_and_error(
            lambda one, other: coupled_ks_distance(one, other, prior), prior, 100, INDEPENDENT, 50
        )
        assert paired > 2 * coupled_ks_expectation(prior, 100, coupling)

    def test_pooled_codes_would_hide_what_the_augmented_term_sees(self) -> None:
        prior = GaussianMixturePrior.standard_normal(1, dtype=torch.float64)
        ordered = torch.special.ndtri((torch.arange(100).double() + 0.5) / 100)[:, None]
        low, high = ordered[:50], ordered[50:]
        assert float(ks_distance(ordered, prior)) < 1e-20
        assert float(augmented_ks_distance(low, high, prior)) > 20 * ks_expectation(50)

    def test_sorted_couples_no_pair(self, make_prior: MakePrior) -> None:
        prior, codes = make_prior(), normal(12, 4, 0)
        assert float(sorted_ks_distance(codes, codes.flip(0), prior)) == 0.0
        assert float(paired_ks_distance(codes, codes.flip(0), prior)) > 0.01


class TestGradients:
    @pytest.mark.parametrize("term", KS_TERMS)
    def test_of_distribution_functions(
        self, term: Callable[..., Tensor], make_prior: MakePrior
    ) -> None:
        prior = make_prior()
        both = (normal(6, 4, 0).requires_grad_(), normal(6, 4, 1).requires_grad_())
        assert torch.autograd.gradcheck(lambda one, other: term(one, other, prior), both)

    @pytest.mark.parametrize("coupling", COUPLINGS[1:6:2], ids=str)
    def test_of_covariances(self, make_prior: MakePrior, coupling: Coupling) -> None:
        prior = make_prior(full=True)
        both = (normal(6, 4, 0).requires_grad_(), normal(6, 4, 1).requires_grad_())
        assert torch.autograd.gradcheck(
            lambda one, other: pair_covariance_distance(one, other, prior, coupling), both
        )

    def test_descent_brings_pairs_together(self, make_prior: MakePrior) -> None:
        # The printed term, of ranks, has no gradient at all.
        prior = make_prior()
        codes = prior.sample(30, torch.Generator().manual_seed(0))
        adversarial = prior.sample(30, torch.Generator().manual_seed(1)).requires_grad_()
        start = float((adversarial.detach() - codes).square().mean())
        optimizer = torch.optim.Adam([adversarial], 0.1)
        for _ in range(100):
            optimizer.zero_grad()
            paired_ks_distance(codes, adversarial, prior).backward()
            optimizer.step()
        assert float((adversarial.detach() - codes).square().mean()) < 0.1 * start


class TestPairsOfThePrior:
    @pytest.mark.parametrize("full", [False, True])
    @pytest.mark.parametrize("coupling", COUPLINGS, ids=str)
    def test_moments(self, make_prior: MakePrior, coupling: Coupling, full: bool) -> None:
        prior = make_prior(full=full)
        source = torch.Generator().manual_seed(0)
        codes, adversarial = sample_pairs(prior, 100_000, coupling, source)
        for sample in (codes, adversarial):
            torch.testing.assert_close(sample.mean(0), prior.mean, atol=0.05, rtol=0)
        cross = (codes - codes.mean(0)).T @ (adversarial - adversarial.mean(0)) / len(codes)
        torch.testing.assert_close(cross, cross_covariance(prior, coupling), atol=0.2, rtol=0.03)
        own = torch.cov(adversarial.T)
        torch.testing.assert_close(own, prior.covariance, atol=0.2, rtol=0.03)

    def test_full_strength_gives_equal_pairs(self, make_prior: MakePrior) -> None:
        for cross in CROSS_TARGETS:
            codes, adversarial = sample_pairs(make_prior(), 50, Coupling(1.0, cross))
            torch.testing.assert_close(codes, adversarial)


class TestExpectations:
    @pytest.mark.parametrize("n", [2, 30])
    @pytest.mark.parametrize("full", [False, True])
    @pytest.mark.parametrize("coupling", COUPLINGS[1:3] + COUPLINGS[5:7], ids=str)
    def test_covariance(
        self, make_prior: MakePrior, coupling: Coupling, full: bool, n: int
    ) -> None:
        prior = make_prior(num_dimensions=3, full=full, seed=2)
        mean, error = mean_and_error(
            lambda one, other: pair_covariance_distance(one, other, prior, coupling),
            prior,
            n,
            coupling,
        )
        assert abs(mean - pair_covariance_expectation(prior, n, coupling)) < 4 * error
        assert error < 0.15 * mean

    @pytest.mark.parametrize("coupling", COUPLINGS[:3] + COUPLINGS[4:7], ids=str)
    def test_kolmogorov_smirnov(self, make_prior: MakePrior, coupling: Coupling) -> None:
        prior = make_prior(full=True)
        for term, expected in (
            (augmented_ks_distance, ks_expectation(30)),
            (paired_ks_distance, paired_ks_expectation(prior, coupling)),
            (coupled_ks_distance, coupled_ks_expectation(prior, 30, coupling)),
        ):
            mean, error = mean_and_error(
                lambda one, other, term=term: term(one, other, prior),  # type: ignore[misc]
                prior,
                30,
                coupling,
                300,
            )
            assert abs(mean - expected) < 4 * error
            assert error < 0.07 * mean

    def test_sorted(self, make_prior: MakePrior) -> None:
        # Independent samples of n uniform numbers: order statistics give 1 / (3 (n + 1)).
        total = coupled_ks_expectation(make_prior(), 30, INDEPENDENT, two_point="sorted")
        expected = 2 / 3 * ks_expectation(30) + 1 / (3 * 31) / 3
        assert total == pytest.approx(expected, rel=0.05)

    def test_equal_pairs(self, make_prior: MakePrior) -> None:
        for cross in CROSS_TARGETS:
            for two_point in ("paired", "sorted"):
                total = coupled_ks_expectation(
                    make_prior(), 30, Coupling(1.0, cross), two_point=two_point
                )
                assert total == pytest.approx(2 / 3 * ks_expectation(30), rel=1e-9)

    def test_independent_draws_give_far_too_small_a_weight(self) -> None:
        prior = GaussianMixturePrior.one_hot(10, scale=10.0, dtype=torch.float64)
        mean, _ = mean_and_error(
            lambda one, other: pair_covariance_distance(one, other, prior, Coupling(0.95)),
            prior,
            100,
            INDEPENDENT,
            100,
        )
        ratio = mean / pair_covariance_expectation(prior, 100, Coupling(0.95))
        assert ratio == pytest.approx(6.4, abs=0.3)


class TestNoise:
    def test_has_the_standard_deviation(self, generator: torch.Generator) -> None:
        codes = torch.full((20_000, 2), 3.0)
        noise = noisy_codes(codes, 0.1, generator) - codes
        assert float(noise.std()) == pytest.approx(0.1, rel=0.03)
        assert abs(float(noise.mean())) < 0.003

    def test_none(self, generator: torch.Generator) -> None:
        codes = torch.randn(5, 2)
        assert torch.equal(noisy_codes(codes, 0.0, generator), codes)

    def test_negative(self) -> None:
        with pytest.raises(ConfigurationError, match=">= 0, got -1"):
            noisy_codes(torch.zeros(2, 2), -1)


class TestErrors:
    @pytest.mark.parametrize("term", KS_TERMS)
    def test_shapes(self, term: Callable[..., Tensor], make_prior: MakePrior) -> None:
        prior = make_prior()
        with pytest.raises(ValueError, match=r"must be n x 4 with n >= 2, got shape \(1, 4\)"):
            term(torch.zeros(1, 4), torch.zeros(1, 4), prior)
        with pytest.raises(ValueError, match=r"shape of the codes, \(3, 4\), got \(4, 4\)"):
            term(torch.zeros(3, 4), torch.zeros(4, 4), prior)
        with pytest.raises(ValueError, match=r"shape of the codes, \(3, 4\), got \(4, 4\)"):
            pair_covariance_distance(torch.zeros(3, 4), torch.zeros(4, 4), prior, INDEPENDENT)

    def test_options(self, make_prior: MakePrior) -> None:
        with pytest.raises(ConfigurationError, match=r"from 0 to 1, got 1\.5"):
            Coupling(1.5)
        with pytest.raises(ConfigurationError, match="from 0 to 1, got nan"):
            Coupling(float("nan"))
        with pytest.raises(ConfigurationError, match="'none'; choose one of scaled, components"):
            Coupling(0.5, "none")
        codes, prior = torch.zeros(3, 4), make_prior()
        with pytest.raises(ConfigurationError, match="'ranks'; choose one of paired, sorted"):
            coupled_ks_distance(codes, codes, prior, two_point="ranks")
        with pytest.raises(ConfigurationError, match="'ranks'; choose one of paired, sorted"):
            coupled_ks_expectation(prior, 3, INDEPENDENT, two_point="ranks")
        with pytest.raises(ValueError, match="n >= 2 codes, got 1"):
            pair_covariance_expectation(prior, 1, INDEPENDENT)
