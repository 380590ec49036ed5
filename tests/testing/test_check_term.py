"""Terms that ship keep the contract; each fault of a term is found."""

from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import Encoding, RegularizerConfig, Term, make_regularizer
from latentbo.testing import ContractError, check_term


@pytest.mark.parametrize("name", ["ks", "covariance", "mean", "sliced", "mmd", "l2"])
def test_shipped_terms_keep_the_contract(name: str) -> None:
    def term(
        encoding: Encoding, prior: GaussianMixturePrior, generator: torch.Generator | None
    ) -> Tensor:
        regularizer = make_regularizer(RegularizerConfig("none", {name: 1.0}), prior)
        return regularizer(encoding, generator)[name]

    check_term(term)


def changing(encoding: Encoding, *_: Any) -> Tensor:
    encoding.codes.data.mul_(2)
    return encoding.codes.square().sum()


@pytest.mark.parametrize(
    ("term", "message"),
    [
        (lambda encoding, *_: encoding.codes.square().sum(1), r"has the shape \(2,\)"),
        (lambda encoding, *_: 1.0, "returns 1.0: give a tensor"),
        (lambda encoding, *_: encoding.codes.double().sum(), "returns torch.float64: keep that"),
        (lambda encoding, *_: encoding.codes.sum() / 0, "is (-?)inf: give a finite number"),
        (lambda encoding, *_: encoding.codes.detach().sum(), "has no gradient"),
        (lambda encoding, *_: (0 * encoding.codes).sum().sqrt(), "gradient that is not finite"),
        (lambda encoding, *_: (torch.rand(2) @ encoding.codes[:2]).sum(), "differs between two"),
        (lambda encoding, *_: torch.ones((), requires_grad=True), "does not depend on the codes"),
        (changing, "changing of 2 codes in torch.float32 changes the codes"),
    ],
)
def test_faults_are_found(term: Term, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_term(term)
