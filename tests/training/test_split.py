import pytest
import torch

from latentbo.errors import DataError
from latentbo.training import split_rows


def test_parts_are_disjoint_and_complete() -> None:
    split = split_rows(100, 21, seed=1)
    assert [len(part) for part in (split.training, split.test, split.validation)] == [79, 10, 11]
    together = torch.cat([split.training, split.test, split.validation])
    assert together.sort().values.equal(torch.arange(100))


def test_split_is_that_of_the_first_models() -> None:
    """Test rows are the first of this permutation: the figures of older models stay comparable."""
    order = torch.randperm(500, generator=torch.Generator().manual_seed(1))
    assert split_rows(500, 20, seed=1).test.equal(order[:10])


def test_split_follows_the_seed() -> None:
    assert split_rows(50, 10, 3).test.equal(split_rows(50, 10, 3).test)
    assert not split_rows(50, 10, 3).test.equal(split_rows(50, 10, 4).test)
    assert len(split_rows(50, 10, 2**64 + 5).test) == 5


def test_too_few_strings_are_refused() -> None:
    assert len(split_rows(22, 20, 0).training) == 2
    with pytest.raises(DataError, match="21 usable strings are too few with 20 held out: give"):
        split_rows(21, 20, 0)
