import torch
from hypothesis import given
from hypothesis import strategies as st

from latentbo.seeds import seed_for


@given(st.lists(st.integers(-(2**63), 2**64), min_size=1, max_size=4))
def test_seeds_are_what_torch_accepts(parts: list[int]) -> None:
    seed = seed_for(*parts)
    assert 0 <= seed < 2**63
    assert seed == seed_for(*parts)
    torch.Generator().manual_seed(seed)


def test_seeds_differ() -> None:
    seeds = {seed_for(a, b) for a in range(60) for b in range(60)}
    assert len(seeds) == 3600
    assert seed_for(1, 2) != seed_for(1, 2, 0)


def test_seeds_are_those_of_earlier_versions() -> None:
    """Of one number it is SplitMix64's published first output, without the lowest bit."""
    assert seed_for(0) == 0xE220A8397B1DCDAF >> 1
    assert seed_for(3, 17, 1 << 40) == 1531478163221148298
