import pytest
import torch

from latentbo.attacks import other_class
from latentbo.errors import InputError


def test_are_of_another_class() -> None:
    labels = torch.arange(3000) % 3
    candidates = torch.tensor([0, 0, 1, 2, 2, 2])
    chosen = other_class(labels, candidates, torch.Generator().manual_seed(0))
    assert chosen.shape == (3000,)
    assert bool((candidates[chosen] != labels).all())
    # All allowed candidates are equally likely.
    counts = chosen[labels == 1].bincount(minlength=6)
    assert counts[2] == 0
    assert int(counts[[0, 1, 3, 4, 5]].min()) > 150


def test_without_classes_no_input_is_its_own_target() -> None:
    numbers = torch.arange(5)
    for seed in range(20):
        chosen = other_class(numbers, numbers, torch.Generator().manual_seed(seed))
        assert bool((chosen != numbers).all())


def test_one_class_only() -> None:
    with pytest.raises(InputError, match=r"another class than \[4\]: give candidates of more"):
        other_class(torch.tensor([1, 4]), torch.tensor([4, 4]), torch.Generator())
