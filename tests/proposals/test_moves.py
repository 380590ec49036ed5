import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from latentbo.proposals.moves import local_moves, rank_weights


def codes(num_parents: int, num_dimensions: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num_parents, num_dimensions, generator=generator)


def moves(
    parents: Tensor, num_codes: int, length: float, seed: int = 0, gradients: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return local_moves(parents, num_codes, length, generator, gradients)


def test_weights_fall_with_the_rank() -> None:
    weights = rank_weights(40)
    assert weights.sum().item() == pytest.approx(1.0)
    assert (weights.diff() < 0).all()
    assert weights[0] / weights[5] == pytest.approx(2.0)  # 1/5 against 1/10
    assert rank_weights(1).tolist() == [1.0]


@given(
    num_parents=st.integers(1, 12),
    num_dimensions=st.integers(1, 9),
    length=st.floats(0.01, 5.0),
    seed=st.integers(0, 2**32),
    uphill=st.booleans(),
)
@settings(max_examples=settings().max_examples // 2)
def test_every_move_stays_within_three_lengths_of_its_parent(
    num_parents: int, num_dimensions: int, length: float, seed: int, uphill: bool
) -> None:
    # Parents far apart, so that points between them would leave the region.
    parents = 20 * codes(num_parents, num_dimensions, seed)
    gradients = codes(num_parents, num_dimensions, seed + 1) if uphill else None
    moved, first = moves(parents, 50, length, seed, gradients)
    assert moved.shape == (50, num_dimensions)
    assert first.shape == (50,)
    assert 0 <= first.min() <= first.max() < num_parents
    assert ((moved - parents[first]).abs() <= 3 * length * (1 + 1e-4) + 1e-4).all()
    assert moved.isfinite().all()


def test_moves_are_new_and_as_far_as_the_length_says() -> None:
    parents = codes(1, 64)
    small, large = ((moves(parents, 400, length)[0] - parents) for length in (0.1, 1.0))
    assert (small != 0).any(1).all()
    torch.testing.assert_close(large, 10 * small, atol=1e-3, rtol=1e-3)
    # The widest steps have a deviation of 1.5 lengths, the narrowest of 0.09.
    deviation = large.std(1)
    assert 0.05 < deviation.min() < 0.5
    assert 0.9 < deviation.max() < 2.0


def test_the_generator_decides_and_nothing_else() -> None:
    parents = codes(5, 4)
    torch.manual_seed(0)
    first, state = moves(parents, 20, 0.5, seed=1), torch.random.get_rng_state()
    torch.manual_seed(1)
    again, other = moves(parents, 20, 0.5, seed=1), moves(parents, 20, 0.5, seed=2)
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])
    torch.manual_seed(0)
    assert torch.equal(state, torch.random.get_rng_state())


def test_better_parents_have_more_children() -> None:
    _, first = moves(codes(20, 3), 20_000, 0.5)
    shares = first.bincount(minlength=20) / 20_000
    torch.testing.assert_close(shares.double(), rank_weights(20), atol=0.01, rtol=0)


def test_some_children_mix_two_parents() -> None:
    parents = torch.tensor([[0.0] * 6, [1.0] * 6])
    moved, _ = moves(parents, 1000, 1e-6)
    # With a large region, coordinates of both parents in one child:
    moved, _ = moves(1e-3 * parents, 1000, 1e-3)
    assert ((moved > -3e-3 - 1e-6) & (moved < 4e-3 + 1e-6)).all()
    wide, first = moves(parents, 3000, 0.4)
    towards = ((wide - parents[first]) * (1 - 2 * parents[first])).mean(1)
    # Steps go nowhere on average; points between and mixtures go half-way to the other parent.
    assert 0.03 < towards.mean() < 0.2


def test_gradients_lead_uphill_and_only_their_direction_counts() -> None:
    parents = codes(4, 32)
    gradients = codes(4, 32, seed=1)
    along = torch.nn.functional.normalize(gradients, dim=1)
    moved, first = moves(parents, 2000, 0.5, gradients=gradients)
    plain, plain_first = moves(parents, 2000, 0.5)
    uphill = ((moved - parents[first]) * along[first]).sum(1)
    without = ((plain - parents[plain_first]) * along[plain_first]).sum(1)
    assert uphill.mean() > without.mean() + 0.1
    scaled, _ = moves(parents, 2000, 0.5, gradients=1e6 * gradients.double())
    torch.testing.assert_close(scaled, moved)


def test_flat_places_have_no_direction() -> None:
    parents = codes(3, 8)
    moved, _ = moves(parents, 100, 0.5, gradients=torch.zeros(3, 8))
    assert moved.isfinite().all()
