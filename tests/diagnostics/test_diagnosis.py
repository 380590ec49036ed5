import math
from collections.abc import Callable, Sequence
from io import BytesIO

import pytest
import torch
from matplotlib.image import imread
from scipy.stats import spearmanr
from torch import Tensor

from latentbo.diagnostics import (
    NOISE_LEVELS,
    Diagnosis,
    DiagnosisConfig,
    RoundTrip,
    Validity,
    VerdictLevel,
    box_codes,
    diagnose,
    diagnosis_png,
    measure_round_trip,
    measure_validity,
    measure_value_change,
    moved_codes,
    near_codes,
    num_stages,
    read_decodes,
    round_trip,
    sampled_codes,
)
from latentbo.diagnostics.tables import measurement_rows, perturbation_rows, validity_rows
from latentbo.errors import ConfigurationError, DataError, ObjectiveError
from latentbo.models import NetworkConfig, PriorConfig, SequenceAutoencoder, TrainedModel
from latentbo.objectives import Objective
from latentbo.priors import GaussianMixturePrior
from latentbo.representations import CharacterRepresentation, Decoded, DecodeStatus

# The first 200 binary numbers, written with as many digits.
STRINGS = [f"{i:08b}" for i in range(200)]
SENSIBLE, DOUBTFUL, SENSELESS = VerdictLevel


def untrained(num_dimensions: int = 4) -> TrainedModel:
    """Return a small random network over the strings' alphabet."""
    representation = CharacterRepresentation.build(STRINGS, 12)
    config = NetworkConfig(num_dimensions, 5, 7, 9, 1)
    torch.manual_seed(3)
    network = SequenceAutoencoder(len(representation.vocabulary), config)
    return TrainedModel(network, representation, config, PriorConfig(1))


class Codebook(TrainedModel):
    """Knows all strings: a code decodes to the string of the nearest code, if there is one near.

    Codes are samples of the prior, sorted by their first dimension: along it numbers grow.
    """

    def __init__(self, reach: float = math.inf) -> None:
        like = untrained()
        super().__init__(like.network, like.representation, like.network_config, like.prior_config)
        codes = self.prior.sample(len(STRINGS), torch.Generator().manual_seed(0))
        self.codebook = codes[codes[:, 0].argsort()]
        self.reach = reach

    def encode(self, strings: Sequence[str]) -> Tensor:
        return self.codebook[[STRINGS.index(string) for string in strings]]

    def can_encode(self, string: str) -> bool:
        return string in STRINGS

    def decode(
        self,
        codes: Tensor,
        temperature: float | Tensor = 0.0,
        generator: torch.Generator | None = None,
        batch_size: int = 500,
    ) -> list[Decoded]:
        near, rows = torch.cdist(codes, self.codebook).min(1)
        return [
            Decoded(STRINGS[row], DecodeStatus.COMPLETE)
            if distance < self.reach
            else Decoded(None, DecodeStatus.UNFINISHED)
            for distance, row in zip(near.tolist(), rows.tolist(), strict=True)
        ]


def canonical(string: str) -> str | None:
    return string if len(string) == 8 else None


def number(string: str) -> float:
    return float(int(string, 2))


def shuffled(seed: int = 0) -> list[str]:
    order = torch.randperm(len(STRINGS), generator=torch.Generator().manual_seed(seed))
    return [STRINGS[i] for i in order]


NUMBER = Objective("number", number)
SMALL = DiagnosisConfig(num_codes=40, num_box=150, num_train=100, num_test=40, num_moved=30)


def diagnose_number(
    model: TrainedModel,
    objective: Objective | None = NUMBER,
    say: Callable[[str], None] = lambda text: None,
) -> Diagnosis:
    strings = shuffled()
    return diagnose(model, strings[:140], strings[140:], canonical, objective, SMALL, say)


# Codes and what they decode to


def test_box_is_that_of_the_codes_and_evenly_filled() -> None:
    codes = torch.tensor([[0.0, 5.0], [1.0, 5.5], [0.5, 7.0]])
    drawn = box_codes(codes, 4000, torch.Generator().manual_seed(0))
    low, high = torch.tensor([0.0, 5.0]), torch.tensor([1.0, 7.0])
    assert bool(((drawn >= low) & (drawn <= high)).all())
    torch.testing.assert_close(drawn.mean(0), (low + high) / 2, atol=0.05, rtol=0)
    torch.testing.assert_close(drawn.std(0), (high - low) / math.sqrt(12), atol=0.03, rtol=0)


def test_noise_is_in_units_of_the_prior() -> None:
    prior = GaussianMixturePrior(torch.ones(1), torch.zeros(1, 2), torch.tensor([[4.0, 0.25]]))
    codes = torch.full((4000, 2), 3.0)
    noise = near_codes(codes, prior, 0.5, torch.Generator().manual_seed(0)) - codes
    torch.testing.assert_close(noise.std(0), torch.tensor([1.0, 0.25]), rtol=0.05, atol=0)
    torch.testing.assert_close(noise.mean(0), torch.zeros(2), atol=0.06, rtol=0)


def test_every_region_is_sampled_and_reproducible() -> None:
    model = Codebook()
    regions, again = (
        sampled_codes(model.codebook, model.prior, 30, torch.Generator().manual_seed(1))
        for _ in range(2)
    )
    assert list(regions) == ["prior", "box", *(f"data + noise {level:g}" for level in NOISE_LEVELS)]
    assert {codes.shape for codes in regions.values()} == {(30, 4)}
    assert all(torch.equal(again[name], codes) for name, codes in regions.items())


def test_validity_counts_each_way_to_end() -> None:
    class Four(Codebook):
        def decode(
            self,
            codes: Tensor,
            temperature: float | Tensor = 0.0,
            generator: torch.Generator | None = None,
            batch_size: int = 500,
        ) -> list[Decoded]:
            good = Decoded("00000001", DecodeStatus.COMPLETE)
            return [
                good,
                good,
                Decoded("00000010", DecodeStatus.COMPLETE),
                Decoded("too short", DecodeStatus.COMPLETE),
                Decoded(None, DecodeStatus.EMPTY),
                Decoded(None, DecodeStatus.UNFINISHED),
            ]

    validity, valid = measure_validity(Four(), "somewhere", torch.zeros(6, 4), canonical)
    assert validity == Validity("somewhere", 6, 3, 1, 2, 2)
    assert valid == ["00000001", "00000001", "00000010"]
    assert validity.valid == 0.5
    assert validity.distinct == pytest.approx(2 / 3)


def test_nothing_valid_has_nothing_distinct() -> None:
    assert Validity("box", 5, 0, 5, 0, 0).distinct == 0.0


def test_reading_gives_canonical_strings() -> None:
    rows = [Decoded("a", DecodeStatus.COMPLETE), Decoded(None, DecodeStatus.UNFINISHED)]
    assert read_decodes(rows, str.upper) == ["A", None]


# Round trips


def test_a_perfect_model_gives_everything_back() -> None:
    strings = shuffled()[:50]
    after = round_trip(Codebook(), strings, canonical)
    assert after == strings
    assert measure_round_trip(strings, after) == RoundTrip(50, 50, 0, 0)


def test_an_untrained_model_gives_little_back() -> None:
    strings = shuffled()[:50]
    trip = measure_round_trip(strings, round_trip(untrained(), strings, canonical))
    assert trip.same < 0.1
    assert trip.num_same + trip.num_changed + trip.num_lost == 50


def test_what_cannot_be_encoded_is_lost() -> None:
    strings = ["00000001", "11111111", "00000010"]  # the second is beyond the codebook
    assert round_trip(Codebook(), strings, canonical) == ["00000001", None, "00000010"]
    assert round_trip(Codebook(), ["11111111"], canonical) == [None]


def test_round_trip_tells_the_three_outcomes_apart() -> None:
    trip = measure_round_trip(["a", "b", "c", "d"], ["a", "x", None, "d"])
    assert trip == RoundTrip(4, 2, 1, 1)
    assert trip.same == 0.5
    assert measure_round_trip([], []).same == 0.0


def test_value_change_in_units_of_the_data() -> None:
    nan = math.nan
    before = torch.tensor([1.0, 2.0, 3.0, 4.0, nan, 6.0]).double()
    after = torch.tensor([1.0, 4.0, 3.0, 8.0, 1.0, nan]).double()
    change = measure_value_change(before, after, deviation=2.0)
    assert (change.num_pairs, change.num_lost, change.num_changed) == (4, 1, 2)
    assert change.changed == 0.5
    assert change.median_change == 1.0  # torch takes the lower of two medians: 1 and 2
    expected = spearmanr([1, 2, 3, 4], [1, 4, 3, 8]).statistic
    assert change.rank_correlation == pytest.approx(expected)


def test_values_that_stay_do_not_change() -> None:
    values = torch.randn(20, generator=torch.Generator().manual_seed(0)).double()
    change = measure_value_change(values, values, 1.0)
    assert (change.num_pairs, change.num_changed, change.median_change) == (20, 0, 0.0)
    assert change.rank_correlation == pytest.approx(1.0)


@pytest.mark.parametrize("deviation", [0.0, -1.0, math.nan])
def test_value_change_needs_a_unit(deviation: float) -> None:
    with pytest.raises(ValueError, match="deviation must be positive"):
        measure_value_change(torch.zeros(2), torch.zeros(2), deviation)


# All at once


def found_by_moving() -> set[str]:
    """Strings that a perfect model finds by moving codes, and that have no value otherwise."""
    model, strings = Codebook(), shuffled()
    moved = moved_codes(model, model.encode(strings[140:170]), canonical, SMALL.seed)
    found = {string for each in moved for string in each.strings if string is not None}
    return found - {*strings[:100], *strings[140:180]}


def test_a_perfect_model_makes_sense() -> None:
    found = diagnose_number(Codebook())
    assert found.verdict.level is SENSIBLE, found.verdict
    assert found.data_round_trip.same == 1.0
    assert found.prior_round_trip.same == 1.0
    assert all(validity.valid == 1.0 for validity in found.validities)
    assert found.value_change is not None
    assert (found.value_change.num_pairs, found.value_change.num_changed) == (40, 0)
    assert found.calibration is not None
    assert found.calibration.rank_correlation > 0.9
    # 100 strings to fit to and 40 unseen ones, which come back as themselves and cost nothing;
    # the rest is what moved codes decode to.
    assert found.num_calls == 140 + len(found_by_moving())
    assert (found.num_failed, found.num_box) == (0, 140)


def test_an_untrained_model_does_not() -> None:
    found = diagnose_number(untrained())
    assert found.verdict.level is SENSELESS
    assert found.distance.mean > 10


def test_codes_that_reach_nothing_are_told() -> None:
    found = diagnose_number(Codebook(reach=0.5), None)
    near = {validity.region: validity.valid for validity in found.validities}
    assert (
        near["data + noise 0.1"]
        > near["data + noise 0.25"]
        > near["data + noise 0.5"]
        > near["box"]
    )
    assert all(v.num_unfinished == 40 - v.num_valid for v in found.validities)


def test_without_objective_nothing_is_called() -> None:
    found = diagnose_number(Codebook(), None)
    assert found.value_change is None
    assert found.calibration is None
    assert (found.objective, found.num_calls) == (None, 0)
    assert "value_change" not in found.to_json()


def test_the_seed_decides() -> None:
    first, second = (diagnose_number(Codebook(reach=1.0), None).to_json() for _ in range(2))
    assert first == second


def test_failing_values_are_counted_and_left_out() -> None:
    def half(string: str) -> float:
        if string.endswith("1"):
            raise ArithmeticError("odd")
        return number(string)

    found = diagnose_number(Codebook(), Objective("even", half))
    labelled = shuffled()[:100] + shuffled()[140:180]
    assert found.num_calls == 140 + len(found_by_moving())
    assert found.num_failed == sum(s.endswith("1") for s in [*labelled, *found_by_moving()])
    assert found.calibration is not None
    usable = sum(not s.endswith("1") for s in labelled)
    assert found.calibration.num_train + len(found.calibration.values) == usable


def test_a_constant_objective_is_no_error() -> None:
    found = diagnose_number(Codebook(), Objective("flat", lambda string: 1.0))
    assert found.verdict.level is SENSELESS


def test_an_objective_without_values_is_one() -> None:
    def fails(string: str) -> float:
        raise ArithmeticError(string)

    with pytest.raises(ObjectiveError, match="broken gives a value for 0 of 100 strings"):
        diagnose_number(Codebook(), Objective("broken", fails))


def test_too_few_strings_are_told() -> None:
    with pytest.raises(DataError, match="only 1 of 1 strings can be used"):
        diagnose(Codebook(), STRINGS[:50], STRINGS[60:61], canonical, None, SMALL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_codes": 0}, "num_codes must be at least 1"),
        ({"num_box": 1}, "num_box must be at least 2"),
        ({"num_train": 1}, "num_train must be at least 2"),
        ({"num_moved": 0}, "num_moved must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
    ],
)
def test_configuration_is_checked(options: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        DiagnosisConfig(**options)


# What people see


def test_rows_and_figures_of_a_diagnosis() -> None:
    found = diagnose_number(Codebook(reach=1.0))
    rows = validity_rows(found, "number")
    assert rows[0] == (*("40 codes from", "valid", "out of length", "no number", "distinct"),)
    assert [row[0] for row in rows[1:3]] == ["prior", "box of 140 codes"]
    for row in rows[1:]:
        assert sum(float(share) for share in row[1:4]) == pytest.approx(1.0, abs=0.002)
    text = {row[0]: row[1] for row in measurement_rows(found)}
    assert text["40 unseen strings: the same after encoding and decoding"] == "1.00"
    assert "    values inside the central 90 %" in text
    head, *rows = perturbation_rows(found, "number")
    assert head[:3] == ("30 codes moved by", "valid", "same number")
    assert [row[:3] for row in rows[:1]] == [("0", "1.000", "1.000")]
    assert all(float(cell) >= 0 for row in rows for cell in row)
    without = perturbation_rows(diagnose_number(Codebook(), None), "number")
    assert [row[-1] for row in without[1:]] == ["–"] * 4
    wide = imread(BytesIO(diagnosis_png(found, "number")))
    narrow = imread(BytesIO(diagnosis_png(diagnose_number(Codebook(), None), "number")))
    assert wide.shape[1] > 2 * narrow.shape[1]
    assert wide.std() > 0.05


def test_json_has_every_number() -> None:
    told: list[str] = []
    found = diagnose_number(Codebook(), say=told.append).to_json()
    assert len(told) == num_stages(True) == num_stages(False) + 2
    assert "decoding 30 codes moved by 0.25" in told
    assert found["num_calls"] == 140 + len(found_by_moving())
    assert [row["radius"] for row in found["perturbations"]] == [0.0, *NOISE_LEVELS]
    first = found["perturbations"][0]
    assert (first["num_codes"], first["same"], first["valid"]) == (30, 1.0, 1.0)
    assert (first["code_distance"], first["value_change"]) == (0.0, 0.0)
    assert [row["region"] for row in found["validity"]][:2] == ["prior", "box"]
    assert found["validity"][0]["valid"] == 1.0
    assert found["data_round_trip"]["same"] == 1.0
    assert found["value_change"]["changed"] == 0.0
    assert found["calibration"]["num_test"] == 40
    assert found["verdict"]["level"] == "optimizing here makes sense"
