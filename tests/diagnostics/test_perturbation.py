import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from latentbo.diagnostics import (
    RADII,
    Moved,
    Perturbation,
    code_distances,
    measure_perturbation,
    moved_codes,
)
from latentbo.models import NetworkConfig, PriorConfig, SequenceAutoencoder, TrainedModel
from latentbo.representations import CharacterRepresentation, Decoded, DecodeStatus

DIGITS = [str(number) for number in range(10)]


class Line(TrainedModel):
    """The code of a digit is the digit itself, in every dimension; a code decodes to the nearest.

    Beyond the digits there is nothing; 9 cannot be encoded again.
    """

    def __init__(self, deviation: float = 1.0) -> None:
        representation = CharacterRepresentation.build(DIGITS, 4)
        config = NetworkConfig(3, 4, 4, 4, 1)
        network = SequenceAutoencoder(len(representation.vocabulary), config)
        prior = PriorConfig(1, standard_deviation=deviation)
        super().__init__(network, representation, config, prior)

    def encode(self, strings: Sequence[str]) -> Tensor:
        return torch.tensor([float(string) for string in strings])[:, None].expand(-1, 3)

    def can_encode(self, string: str) -> bool:
        return string != "9"

    def decode(
        self,
        codes: Tensor,
        temperature: float | Tensor = 0.0,
        generator: torch.Generator | None = None,
        batch_size: int = 500,
    ) -> list[Decoded]:
        numbers = codes.mean(1).round().int().tolist()
        return [
            Decoded(str(n), DecodeStatus.COMPLETE)
            if 0 <= n <= 9
            else Decoded(None, DecodeStatus.UNFINISHED)
            for n in numbers
        ]


def digit(string: str) -> str | None:
    return None if string == "8" else string


def codes_of(*numbers: float) -> Tensor:
    return torch.tensor(numbers)[:, None].expand(-1, 3)


def test_codes_move_along_the_same_directions_in_units_of_the_prior() -> None:
    codes = torch.full((2000, 3), 4.0)
    found = moved_codes(Line(deviation=0.5), codes, digit, seed=3)
    assert [moved.radius for moved in found] == list(RADII) == [0.0, 0.1, 0.25, 0.5]
    assert found[0].codes.equal(codes)
    steps = [(moved.codes - codes) / moved.radius for moved in found[1:]]
    for step in steps:
        torch.testing.assert_close(step, steps[0], rtol=0, atol=1e-5)
    torch.testing.assert_close(steps[0].std(0), torch.full((3,), 0.5), rtol=0.06, atol=0)
    again, other = (moved_codes(Line(0.5), codes, digit, seed=seed)[1] for seed in (3, 4))
    assert again.codes.equal(found[1].codes)
    assert not other.codes.equal(found[1].codes)


def test_codes_that_decode_to_nothing_are_left_out() -> None:
    told: list[str] = []
    found = moved_codes(Line(), codes_of(1, 8, 20, 3), digit, 0, told.append)
    assert [moved.codes[:, 0].tolist() for moved in found[:1]] == [[1.0, 3.0]]
    assert found[0].strings == ["1", "3"]
    assert {len(moved.codes) for moved in found} == {2}
    assert told == [f"decoding 4 codes moved by {radius:g}" for radius in RADII]


def test_numbers_of_a_case_computed_by_hand() -> None:
    """Three dimensions of the same number; the standard deviation of the prior is 2."""
    start = Moved(0.0, codes_of(1, 2, 3, 4, 5), ["1", "2", "3", "4", "5"])
    moved = Moved(0.5, codes_of(1.5, 2.25, 5.0, -3.0, 9.0), ["1", "2", "5", None, "9"])

    def squares(strings: Sequence[str | None]) -> Tensor:
        values = [math.nan if s in (None, "9") else float(s or 0) ** 2 for s in strings]
        return torch.tensor(values, dtype=torch.float64)

    distances = code_distances(Line(deviation=2.0), moved)
    torch.testing.assert_close(distances[:3], torch.tensor([0.25, 0.125, 0.0]))
    assert distances[3:].isnan().all()
    found = measure_perturbation(Line(deviation=2.0), start, moved, squares, deviation=4.0)
    # Values 1, 4, 9 become 1, 4, 25; the others have none.
    assert found == Perturbation(0.5, 5, 4, 2, 0.125, 16 / 3 / 4)
    assert (found.valid, found.same) == (0.8, 0.4)
    assert measure_perturbation(Line(), start, moved).value_change is None


def test_unmoved_codes_stay() -> None:
    (start, *_) = moved_codes(Line(), codes_of(1, 2, 3), digit)
    found = measure_perturbation(Line(), start, start, lambda strings: torch.ones(len(strings)))
    assert found == Perturbation(0.0, 3, 3, 3, 0.0, 0.0)


def test_nothing_to_compare_is_told() -> None:
    empty = Moved(0.1, torch.empty(0, 3), [])
    found = measure_perturbation(Line(), empty, empty, lambda strings: torch.empty(0))
    assert found == Perturbation(0.1, 0, 0, 0, None, None)
    assert (found.valid, found.same) == (0.0, 0.0)


@pytest.mark.parametrize("deviation", [0.0, -1.0, math.nan])
def test_change_needs_a_unit(deviation: float) -> None:
    start = Moved(0.0, codes_of(1), ["1"])
    with pytest.raises(ValueError, match="deviation must be positive"):
        measure_perturbation(Line(), start, start, None, deviation)
