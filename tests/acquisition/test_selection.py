from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.acquisition import ACQUISITIONS, select, select_log_ei, select_thompson
from latentbo.errors import ConfigurationError
from latentbo.surrogates import FittedSurrogate, SparseGPConfig, fit_sparse_gp

NAMES = ("thompson", "log-ei")


@pytest.fixture(scope="module")
def surrogate() -> FittedSurrogate:
    """Fitted to a noisy ramp: the larger the first coordinate, the better."""
    generator = torch.Generator().manual_seed(0)
    Z = torch.rand(40, 2, generator=generator, dtype=torch.float64)
    noise = torch.randn(40, 1, generator=generator, dtype=torch.float64)
    return fit_sparse_gp(Z, 10 * Z[:, :1] + 0.5 * noise, SparseGPConfig(40))


@pytest.fixture
def candidates() -> Tensor:
    return torch.rand(60, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def chosen(name: str, surrogate: FittedSurrogate, Z: Tensor, q: int, seed: int = 0) -> list[int]:
    best_f = float(surrogate.standardized(torch.tensor(8.0)))
    rows = select(name, surrogate.model, Z, q, best_f, seed)
    assert rows.dtype == torch.int64
    result: list[int] = rows.tolist()
    return result


def test_both_are_registered() -> None:
    assert tuple(ACQUISITIONS.items()) == (
        ("thompson", select_thompson),
        ("log-ei", select_log_ei),
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("q", [1, 4, 59])
def test_q_distinct_rows(name: str, q: int, surrogate: Any, candidates: Tensor) -> None:
    rows = chosen(name, surrogate, candidates, q)
    assert len(rows) == len(set(rows)) == q
    assert set(rows) <= set(range(60))


@pytest.mark.parametrize("name", NAMES)
def test_rows_stay_distinct_where_candidates_repeat(
    name: str, surrogate: Any, candidates: Tensor
) -> None:
    few = candidates[:3].repeat(4, 1)
    rows = chosen(name, surrogate, few, 8)
    assert len(set(rows)) == 8
    same = candidates[:1].repeat(6, 1)
    assert len(set(chosen(name, surrogate, same, 3))) == 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n", [0, 1, 5])
def test_no_more_than_q_candidates_are_all_chosen(
    name: str, n: int, surrogate: Any, candidates: Tensor
) -> None:
    assert chosen(name, surrogate, candidates[:n], 5) == list(range(n))


@pytest.mark.parametrize("name", NAMES)
def test_obviously_better_candidates_are_preferred(name: str, surrogate: Any) -> None:
    second = torch.linspace(0.1, 0.9, 20, dtype=torch.float64)
    poor = torch.stack([torch.full_like(second, 0.1), second], 1)
    good = torch.stack([torch.full_like(second[:5], 0.95), second[:5]], 1)
    rows = chosen(name, surrogate, torch.cat([poor[:10], good, poor[10:]]), 5)
    assert sorted(rows) == [10, 11, 12, 13, 14]


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides_and_nothing_else(name: str, surrogate: Any, candidates: Tensor) -> None:
    # Where the posterior is wide, so that samples differ.
    wide = candidates + 3.0
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first = chosen(name, surrogate, wide, 6, seed=3)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(99)
    assert chosen(name, surrogate, wide, 6, seed=3) == first
    others = {tuple(chosen(name, surrogate, wide, 6, seed=seed)) for seed in range(4, 9)}
    assert others != {tuple(first)}


@pytest.mark.parametrize("name", NAMES)
def test_the_candidates_are_left_alone(name: str, surrogate: Any, candidates: Tensor) -> None:
    copy = candidates.clone()
    chosen(name, surrogate, candidates, 3)
    assert torch.equal(candidates, copy)


def test_batch_log_ei_takes_no_copy_of_what_it_has(surrogate: Any) -> None:
    # Two equal good points and a third, nearly as good, elsewhere: the copy adds nothing.
    Z = torch.tensor([[1.2, 0.5], [1.2, 0.5], [1.15, 3.0], [0.1, 0.5]], dtype=torch.float64)
    assert set(chosen("log-ei", surrogate, Z, 2)) in ({0, 2}, {1, 2})


def test_thompson_sampling_draws_by_chance_of_being_the_best(surrogate: Any) -> None:
    # Two points of equal mean and wide posterior: either may win; a clearly worse one never does.
    Z = torch.tensor([[0.95, 0.1], [0.95, 0.9], [0.1, 0.5]], dtype=torch.float64)
    picks = [chosen("thompson", surrogate, Z, 1, seed)[0] for seed in range(20)]
    assert set(picks) == {0, 1}


@pytest.mark.filterwarnings("ignore:.*added jitter")
@pytest.mark.parametrize("choose", [select_thompson, select_log_ei])
def test_all_of_the_candidates_can_be_chosen(
    choose: Callable[..., Tensor], surrogate: Any, candidates: Tensor
) -> None:
    with torch.no_grad():
        rows = choose(surrogate.model, candidates[:7], 7, 0.0, 0)
    assert sorted(rows.tolist()) == list(range(7))


def test_unknown_acquisitions_are_refused(surrogate: Any, candidates: Tensor) -> None:
    with pytest.raises(ConfigurationError, match=r"'ei'.*choose one of thompson, log-ei"):
        select("ei", surrogate.model, candidates, 2, 0.0, 0)
