"""Leave-one-out test of the Gaussian process: each value predicted from all the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import spearmanr
from torch import Tensor

from latentbo.surrogates import (
    Bounds,
    MoleculeFeaturizer,
    Repeats,
    TanimotoGPConfig,
    TanimotoSurrogate,
    fit_tanimoto_gp,
    single_thread,
)

#: Values below which nothing is said.
LEAST = 5


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """Predictions of measured molecules, each from all the others.

    Args:
        strings: n molecules.
        measured: Their values, an `n`-dim double tensor.
        predicted: What the process predicts without them, `n`.
        deviation: Its standard deviations for a measurement, `n`, noise included.
        noise: Standard deviation of the fitted noise of one measurement, in the unit of the values.
    """

    strings: list[str]
    measured: Tensor
    predicted: Tensor
    deviation: Tensor
    noise: float

    @property
    def rmse(self) -> float:
        """Root of the mean squared error, in the unit of the values."""
        return float((self.predicted - self.measured).square().mean().sqrt())

    @property
    def rmse_of_mean(self) -> float:
        """The same of the mean of all the other values: to be beaten."""
        number = len(self.measured)
        away = (self.measured - self.measured.mean()) * number / (number - 1)
        return float(away.square().mean().sqrt())

    @property
    def r_squared(self) -> float:
        """Share of the variance that is predicted: 1 is perfect, 0 as good as the mean."""
        reference = self.rmse_of_mean
        return 1 - (self.rmse / reference) ** 2 if reference else 0.0

    @property
    def spearman(self) -> float:
        """Rank correlation of measured and predicted; 0 where either is constant."""
        if self.measured.std() == 0 or self.predicted.std() == 0:
            return 0.0
        return float(spearmanr(self.measured.numpy(), self.predicted.numpy()).statistic)

    @property
    def inside(self) -> float:
        """Share of the values inside one deviation; 0.68 where deviations are right."""
        away = (self.predicted - self.measured).abs()
        return float((away <= self.deviation).double().mean())

    @property
    def is_useful(self) -> bool:
        """Whether it predicts better than the mean."""
        return self.r_squared > 0

    @property
    def line(self) -> str:
        """All of it in one line."""
        return (
            f"leave-one-out of {len(self.strings)} measured molecules: R² {self.r_squared:.2f}, "
            f"RMSE {self.rmse:.3g} (mean of the others: {self.rmse_of_mean:.3g}), "
            f"Spearman {self.spearman:.2f}, {self.inside:.0%} inside one deviation "
            f"(68% expected), fitted noise {self.noise:.3g}"
        )

    @property
    def warning(self) -> str:
        """A warning; empty if the predictions are better than the mean."""
        if self.is_useful:
            return ""
        return (
            "the model predicts these molecules no better than their mean: do not trust its "
            "predictions; its batches are about as good as random ones. More measurements, or a "
            "check of the assay's noise, may help"
        )


def leave_one_out(
    strings: Sequence[str],
    values: Tensor,
    config: TanimotoGPConfig,
    seed: int,
    repeats: Repeats | None = None,
    bounds: Bounds | None = None,
) -> tuple[LeaveOneOut, TanimotoSurrogate] | None:
    """Fit the process to molecules and predict each from all the others, in closed form.

    Args:
        strings: n SMILES strings.
        values: Their values, `n`.
        config: Settings of the process.
        seed: Of the rows that are taken of many.
        repeats: Of the values.
        bounds: Of censored molecules, which are learned from, but not predicted.

    Returns:
        The predictions and the process; None where there are fewer than `LEAST` values.

    Raises:
        InputError: If a string is not a molecule.
    """
    if len(strings) < LEAST:
        return None
    with single_thread():
        surrogate = fit_tanimoto_gp(
            *(MoleculeFeaturizer(config), strings, values, config, seed, repeats, bounds)
        )
        predicted, deviation = surrogate.leave_one_out()
    chosen = [strings[row] for row in surrogate.rows.tolist()]
    measured = values.double()[surrogate.rows]
    found = LeaveOneOut(chosen, measured, predicted, deviation, surrogate.noise_deviation)
    return found, surrogate
