from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from latentbo.acquisition import select_thompson_strings, upper_confidence


class Independent:
    """Strings are numbers, their means; all deviations are the same."""

    def __init__(self, deviation: float) -> None:
        self.deviation = deviation
        self.sampled: list[str] = []

    def predict(self, strings: Sequence[str]) -> tuple[Tensor, Tensor]:
        mean = torch.tensor([float(string) for string in strings])
        return mean, torch.full_like(mean, self.deviation)

    def sample(self, strings: Sequence[str], num_samples: int, seed: int) -> Tensor:
        self.sampled = list(strings)
        generator = torch.Generator().manual_seed(seed)
        normal = torch.randn(num_samples, len(strings), generator=generator)
        return self.predict(strings)[0] + self.deviation * normal


STRINGS = [str(i) for i in range(30)]


def test_without_doubt_the_best_are_chosen_one_after_the_other() -> None:
    assert select_thompson_strings(Independent(0.0), STRINGS, 4, 0) == [29, 28, 27, 26]


def test_with_doubt_the_choice_is_distinct_seeded_and_varied() -> None:
    chosen = select_thompson_strings(Independent(10.0), STRINGS, 12, 0)
    assert len(set(chosen)) == 12
    assert chosen == select_thompson_strings(Independent(10.0), STRINGS, 12, 0)
    assert chosen != select_thompson_strings(Independent(10.0), STRINGS, 12, 1)


def test_a_string_is_chosen_as_often_as_it_is_the_best() -> None:
    strings = ["0.0", "1.0"]
    picks = [select_thompson_strings(Independent(1.0), strings, 1, seed)[0] for seed in range(2000)]
    # The difference of two samples is normal with mean 1 and variance 2.
    expected = float(torch.special.ndtr(torch.tensor(0.5).sqrt()))
    error = (expected * (1 - expected) / 2000) ** 0.5
    assert sum(picks) / 2000 == pytest.approx(expected, abs=5 * error)


def test_only_the_promising_are_sampled_but_never_too_few() -> None:
    surrogate = Independent(1.0)
    select_thompson_strings(surrogate, STRINGS, 3, 0, num_sampled=5)
    assert surrogate.sampled == ["29", "28", "27", "26", "25"]
    assert len(select_thompson_strings(surrogate, STRINGS, 9, 0, num_sampled=5)) == 9


def test_repeated_strings_are_chosen_once() -> None:
    strings = ["1", "5", "5", "3", "1", "5"]
    assert select_thompson_strings(Independent(0.0), strings, 2, 0) == [1, 3]
    assert select_thompson_strings(Independent(0.0), strings, 5, 0) == [0, 1, 3]
    assert select_thompson_strings(Independent(0.0), [], 5, 0) == []


def test_upper_confidence_adds_deviations() -> None:
    mean, deviation = torch.tensor([1.0, 2.0]), torch.tensor([0.5, 0.0])
    assert upper_confidence(mean, deviation, 2.0).tolist() == [2, 2]
