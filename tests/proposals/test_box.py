import pytest
import torch

from latentbo.proposals.box import box_expected_improvement
from latentbo.surrogates import SparseGPConfig, fit_sparse_gp

BOUNDS = torch.tensor([[0.0, 0.0], [1.0, 1.0]]).double()


@pytest.fixture(scope="module")
def model() -> object:
    """A process that knows a hill at (0.7, 0.3)."""
    Z = torch.rand(60, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    Y = -(Z - torch.tensor([0.7, 0.3])).square().sum(1, keepdim=True)
    return fit_sparse_gp(Z, Y, SparseGPConfig()).model


def test_codes_of_high_expected_improvement_are_in_the_box(model: object) -> None:
    codes = box_expected_improvement(model, BOUNDS, 1.0, 3, seed=0)
    assert codes.shape == (3, 2)
    assert codes.dtype == torch.float64
    assert ((codes >= 0) & (codes <= 1)).all()
    assert (codes[0] - torch.tensor([0.7, 0.3])).abs().max() < 0.1


def test_the_box_binds(model: object) -> None:
    bounds = torch.tensor([[0.0, 0.5], [0.5, 1.0]]).double()
    codes = box_expected_improvement(model, bounds, 1.0, 1, seed=0)
    assert (codes[0] - torch.tensor([0.5, 0.5])).abs().max() < 0.05


def test_the_seed_decides(model: object) -> None:
    state = torch.random.get_rng_state()
    first = box_expected_improvement(model, BOUNDS, 1.0, 2, seed=2**40 + 1)
    assert torch.equal(first, box_expected_improvement(model, BOUNDS, 1.0, 2, seed=2**40 + 1))
    assert torch.equal(torch.random.get_rng_state(), state)
