"""Accuracy and calibration of a Gaussian process on codes as a predictor of the objective."""

from dataclasses import dataclass
from typing import Any

import torch
from scipy.stats import spearmanr
from torch import Tensor

from latentbo.protocols.gp_evaluation import fit_gp
from latentbo.surrogates import ModernGPConfig

#: Levels of the reported central intervals.
LEVELS = (0.5, 0.9)
# More than for a search (150), so that only the data limit the prediction.
NUM_INDUCING = 300


@dataclass(frozen=True, eq=False)
class Calibration:
    """Predictions of held-out values.

    Attributes:
        num_train: Number of strings in the fit.
        means: The `m` predicted means.
        deviations: The `m` predicted standard deviations of an observation, noise included.
        values: The `m` true values.
    """

    num_train: int
    means: Tensor
    deviations: Tensor
    values: Tensor

    @property
    def relative_rmse(self) -> float:
        """Root mean squared error over the values' standard deviation: predicting the mean gives 1.

        Not divided if the values are constant.
        """
        deviation = float(self.values.std(correction=0))
        return float((self.means - self.values).square().mean().sqrt()) / (deviation or 1.0)

    @property
    def rank_correlation(self) -> float:
        """Spearman's rank correlation of predicted means and values."""
        return rank_correlation(self.means, self.values)

    def coverage(self, level: float) -> float:
        """Share of the values inside the central interval of a level."""
        return coverage(self.means, self.deviations, self.values, level)

    def to_json(self) -> dict[str, Any]:
        """Return the summary for a JSON file."""
        return {
            "num_train": self.num_train,
            "num_test": len(self.values),
            "relative_rmse": self.relative_rmse,
            "rank_correlation": self.rank_correlation,
            "coverage": {f"{level:g}": self.coverage(level) for level in LEVELS},
        }


def coverage(means: Tensor, deviations: Tensor, values: Tensor, level: float) -> float:
    """Return the share of values inside the central interval of Gaussian predictions.

    Args:
        means: An `m`-dim tensor.
        deviations: An `m`-dim tensor of standard deviations.
        values: An `m`-dim tensor.
        level: Probability of the interval, in (0, 1); a calibrated prediction covers that share.
    """
    quantile = torch.special.ndtri(torch.tensor((1 + level) / 2, dtype=torch.float64))
    return float(((values - means).abs() <= quantile * deviations).double().mean())


def rank_correlation(first: Tensor, second: Tensor) -> float:
    """Return Spearman's rank correlation of two `n`-dim tensors; 0 if one of them is constant."""
    if len(first) < 2 or bool((first == first[0]).all()) or bool((second == second[0]).all()):
        return 0.0
    return float(spearmanr(first.numpy(), second.numpy()).statistic)


def calibrate(
    train_Z: Tensor, train_Y: Tensor, test_Z: Tensor, test_Y: Tensor, seed: int = 0
) -> Calibration:
    """Fit a sparse Gaussian process and predict held-out values.

    Args:
        train_Z: An `n x d`-dim tensor of codes, in any unit.
        train_Y: An `n`-dim double tensor of values.
        test_Z: An `m x d`-dim tensor of codes.
        test_Y: An `m`-dim double tensor of values.
        seed: Of the fit.

    Raises:
        ConfigurationError: If codes or values are not finite, or too few.
    """
    posterior = fit_gp(train_Z, train_Y, ModernGPConfig(num_inducing=NUM_INDUCING), seed)
    means, deviations = posterior.predict(test_Z)
    deviations = (deviations.square() + posterior.noise_variance).sqrt()
    return Calibration(len(train_Z), means, deviations, test_Y)
