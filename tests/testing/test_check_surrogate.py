"""The Tanimoto process keeps the contract; each fault of a surrogate is found."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.surrogates import MoleculeFeaturizer, TanimotoGPConfig, fit_tanimoto_gp
from latentbo.testing import ContractError, check_string_surrogate

STRINGS = ("CCO", "CCN", "CCCC", "OCCO", "NCCO")
VALUES = (1.0, 0.5, 0.1, 2.0, 1.4)
OTHERS = ("CCCO", "NCN")


def test_the_tanimoto_process_keeps_the_contract() -> None:
    config = TanimotoGPConfig()
    check_string_surrogate(
        lambda strings, values, seed: fit_tanimoto_gp(
            MoleculeFeaturizer(config), strings, values, config, seed
        ),
        STRINGS,
        VALUES,
        OTHERS,
    )


class Constant:
    """Predicts the mean and the scatter of the values for all strings."""

    def __init__(self, strings: Sequence[str], values: Tensor, seed: int) -> None:
        self.mean, self.deviation = values.mean(), values.std()

    def predict(self, strings: Sequence[str]) -> tuple[Any, Any]:
        ones = torch.ones(len(strings), dtype=torch.float64)
        return self.mean * ones, self.deviation * ones

    def sample(self, strings: Sequence[str], num_samples: int, seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randn(num_samples, len(strings), generator=generator, dtype=torch.float64)
        return self.mean + self.deviation * drawn


def test_the_simplest_surrogate_keeps_it() -> None:
    check_string_surrogate(Constant, STRINGS, VALUES, OTHERS)


class Unseeded(Constant):
    def sample(self, strings: Sequence[str], num_samples: int, seed: int) -> Tensor:
        return torch.randn(num_samples, len(strings))


class Turned(Constant):
    def sample(self, strings: Sequence[str], num_samples: int, seed: int) -> Tensor:
        return super().sample(strings, num_samples, seed).T


class OneColumn(Constant):
    def predict(self, strings: Sequence[str]) -> tuple[Any, Any]:
        mean, deviation = super().predict(strings)
        return mean[:, None], deviation[:, None]


class Standardized(Constant):
    def __init__(self, strings: Sequence[str], values: Tensor, seed: int) -> None:
        self.mean, self.deviation = torch.tensor(0.0), torch.tensor(1.0)


class Divided(Constant):
    def predict(self, strings: Sequence[str]) -> tuple[Any, Any]:
        mean, deviation = super().predict(strings)
        return mean / self.deviation * self.deviation, deviation


class Negative(Constant):
    def predict(self, strings: Sequence[str]) -> tuple[Any, Any]:
        mean, deviation = super().predict(strings)
        return mean, -deviation


class NeverNothing(Constant):
    def predict(self, strings: Sequence[str]) -> tuple[Any, Any]:
        return super().predict(strings or ["C"])


class NoJson(Constant):
    @property
    def hyperparameters(self) -> dict[str, Any]:
        return {"mean": self.mean}


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (Unseeded, "differs between two calls"),
        (Turned, "sample must be num_samples x n"),
        (OneColumn, "predict must return n, n"),
        (Standardized, "depends on the unit of the values"),
        (Divided, "of 5 strings: a mean is not finite"),
        (Negative, "a deviation is negative"),
        (NeverNothing, "must return two empty tensors"),
        (NoJson, "hyperparameters are no JSON"),
    ],
)
def test_faults_are_found(fit: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_string_surrogate(fit, STRINGS, VALUES, OTHERS)
