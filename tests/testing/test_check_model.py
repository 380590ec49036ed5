"""A small model keeps the contract and is searched in `hybrid`; each fault of a model is found."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

import latentbo
from latentbo.errors import InputError
from latentbo.models import TrainedModel
from latentbo.optimizer import OptimizationConfig, OptimizerInputs
from latentbo.optimizer.presets import STRATEGIES
from latentbo.priors import GaussianMixturePrior
from latentbo.proposals import LatentMoves, ModelMoves
from latentbo.registry import restored
from latentbo.tasks import TASKS
from latentbo.testing import ContractError, check_model, check_strategy

STRINGS = ("CCO", "CCN", "CCCC", "OCCO")


@pytest.fixture(autouse=True)
def only_ours() -> Iterator[None]:
    with restored():
        yield


class Lengths:
    """Codes are counts of C and O; a code is decoded to a chain."""

    prior = GaussianMixturePrior.spherical(torch.zeros(1, 2), 4.0)

    def encode(self, strings: Sequence[str]) -> Tensor:
        if any("\0" in string for string in strings):
            raise InputError("no text")
        return torch.tensor([[float(s.count("C")), float(s.count("O"))] for s in strings])

    def decode(self, codes: Tensor, temperature: Any, generator: Any) -> Any:
        rounded = codes.round().clamp(0, 9).int().tolist()
        return ["C" * carbons + "O" * min(oxygens, 1) or None for carbons, oxygens in rounded]


def test_a_small_model_keeps_the_contract() -> None:
    check_model(Lengths(), STRINGS)


def test_a_model_is_searched_in_hybrid(tiny_model: TrainedModel, molecules: list[str]) -> None:
    latentbo.register_source("mine", lambda _: ModelMoves(Lengths(), "mine"))
    config = OptimizationConfig(preset="hybrid", sources=("mine",), num_from_pool=0)
    inputs = OptimizerInputs(tiny_model, TASKS["molecules"].accept(None), molecules)
    values = [float(len(string)) for string in molecules[:9]]
    check_strategy(lambda: STRATEGIES["hybrid"](config, inputs), molecules[:9], values)


def test_moves_are_those_of_trained_models(tiny_model: TrainedModel, molecules: list[str]) -> None:
    class Wrapped:
        prior = tiny_model.prior

        def encode(self, strings: Sequence[str]) -> Tensor:
            return tiny_model.encode(strings)

        def decode(self, codes: Tensor, temperature: Tensor, generator: Any) -> Any:
            return [row.string for row in tiny_model.decode(codes, temperature, generator)]

    found = ModelMoves(Wrapped(), "mine").propose(molecules[:4], 20, 0.5, 3)
    expected = LatentMoves(tiny_model).propose(molecules[:4], 20, 0.5, 3)
    assert found == {"mine": expected["latent"]}


class Noisy(Lengths):
    def encode(self, strings: Sequence[str]) -> Tensor:
        return super().encode(strings) + torch.rand(1)


class Wide(Lengths):
    def encode(self, strings: Sequence[str]) -> Tensor:
        return super().encode(strings).repeat(1, 2)


class Double(Lengths):
    def encode(self, strings: Sequence[str]) -> Tensor:
        return super().encode(strings).double()


class Failing(Lengths):
    def encode(self, strings: Sequence[str]) -> Tensor:
        if "\0" in strings:
            raise KeyError("\0")
        return super().encode(strings)


class Few(Lengths):
    def decode(self, codes: Tensor, temperature: Any, generator: Any) -> Any:
        return super().decode(codes, temperature, generator)[1:]


class Bytes(Lengths):
    def decode(self, codes: Tensor, temperature: Any, generator: Any) -> Any:
        return [b"C"] * len(codes)


class Unseeded(Lengths):
    def decode(self, codes: Tensor, temperature: Any, generator: Any) -> Any:
        return ["C" * int(torch.randint(1, 1000, ())) for _ in codes]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Noisy(), "encode differs between two calls"),
        (Wide(), r"returns \(4, 4\), not \(4, 2\)"),
        (Double(), "returns torch.float64: give float32"),
        (Failing(), "fails with KeyError for an odd string: raise an InputError"),
        (Few(), "decode returns 3 of 4 strings"),
        (Bytes(), "neither a string nor None"),
        (Unseeded(), "decode differs between two calls"),
    ],
)
def test_faults_are_found(model: Lengths, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_model(model, STRINGS)
