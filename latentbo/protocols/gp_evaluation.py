"""Accuracy of a sparse GP's predictions of values from unseen codes (thesis table 4.5)."""

import math
import time
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.seeds import seed_for
from latentbo.surrogates import (
    GPConfig,
    ModernGPConfig,
    SparsePosterior,
    fit_modern_gp,
    fit_stochastic_gp,
    single_thread,
)

# Streams of random numbers of a seed.
SPLIT, FIT = 1, 2


@dataclass(frozen=True)
class GPEvaluation:
    """Accuracy of predictions of held-out values, and that of a constant.

    Args:
        log_likelihood: Mean log predictive density of a held-out value, noise included.
        rmse: Root mean square error of the predictive mean, in the values' unit.
        constant_log_likelihood: The same of a normal distribution with mean and variance of the
            training values.
        constant_rmse: Root mean square error of the mean of the training values.
        num_train: Rows of the fit.
        num_test: Held-out rows.
        seconds: Duration of the fit.
    """

    log_likelihood: float
    rmse: float
    constant_log_likelihood: float
    constant_rmse: float
    num_train: int
    num_test: int
    seconds: float


def split_labelled(num_rows: int, seed: int, fraction: float = 0.9) -> tuple[Tensor, Tensor]:
    """Split row numbers at random into training and test rows.

    Raises:
        ConfigurationError: If fewer than two rows would be left for training, or none for the test.
    """
    num_train = round(fraction * num_rows)
    if num_train < 2 or num_train >= num_rows:
        raise ConfigurationError(
            f"{num_rows} labelled strings cannot be split into {fraction:.0%} for training and a "
            f"test: give more data"
        )
    generator = torch.Generator().manual_seed(seed_for(seed, SPLIT))
    order = torch.randperm(num_rows, generator=generator)
    return order[:num_train], order[num_train:]


def fit_gp(
    train_Z: Tensor,
    train_Y: Tensor,
    config: GPConfig,
    seed: int,
    start: SparsePosterior | None = None,
) -> SparsePosterior:
    """Fit the sparse GP of the settings' type, on one thread.

    Args:
        train_Z: An `n x d`-dim tensor of codes.
        train_Y: An `n`-dim tensor of values.
        config: Settings.
        seed: Of the fit.
        start: An earlier fit to start from.
    """
    with single_thread():
        if isinstance(config, ModernGPConfig):
            return fit_modern_gp(train_Z, train_Y, config, seed_for(seed, FIT), start)
        return fit_stochastic_gp(train_Z, train_Y, config, seed_for(seed, FIT), start)


def evaluate_gp(
    codes: Tensor, values: Tensor, config: GPConfig, seed: int, fraction: float = 0.9
) -> GPEvaluation:
    """Fit on a random part of the rows and predict the rest, before any optimization.

    The split and the fit are those of the first iteration of `kusner2017` with the same seed.

    Args:
        codes: An `n x d`-dim tensor.
        values: An `n`-dim tensor.
        config: Settings of the published sparse GP, or of its modern counterpart.
        seed: Of split and fit.
        fraction: Part of the rows for the fit.
    """
    train, test = split_labelled(len(values), seed, fraction)
    started = time.perf_counter()
    posterior = fit_gp(codes[train], values[train], config, seed)
    seconds = time.perf_counter() - started
    return evaluate_posterior(posterior, codes, values, train, test, seconds)


def evaluate_posterior(
    posterior: SparsePosterior,
    codes: Tensor,
    values: Tensor,
    train: Tensor,
    test: Tensor,
    seconds: float,
) -> GPEvaluation:
    """Evaluate a fitted posterior on the test rows of codes (`n x d`) and values (`n`)."""
    with single_thread():
        mean, _ = posterior.predict(codes[test])
        density = posterior.log_density(codes[test], values[test])
    known = values[train].double()
    errors = (values[test] - known.mean()).square()
    variance = known.var()
    constant = -0.5 * (errors.mean() / variance + (2 * math.pi * variance).log())
    return GPEvaluation(
        float(density.mean()),
        float((values[test] - mean).square().mean().sqrt()),
        float(constant),
        float(errors.mean().sqrt()),
        len(train),
        len(test),
        seconds,
    )
