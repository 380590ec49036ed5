import math

import pytest
import torch

from latentbo.diagnostics import (
    Calibration,
    PriorDistance,
    RoundTrip,
    Validity,
    ValueChange,
    VerdictLevel,
    judge,
)
from latentbo.diagnostics.verdict import Finding, findings

SENSIBLE, DOUBTFUL, SENSELESS = VerdictLevel
GOOD_REGIONS = tuple(
    Validity(region, 100, 95, 3, 2, 95) for region in ("prior", "box", "data + noise 0.25")
)
KEPT, PERFECT = ValueChange(100, 0, 5, 0.2, 0.95), RoundTrip(100, 95, 5, 0)
NEAR_PRIOR = PriorDistance(500, 1.3, 4.0)


def predictions(correlated: float, deviation: float = 1.0) -> Calibration:
    """Return predictions whose errors have the deviation `sqrt(1 - correlated^2)`."""
    generator = torch.Generator().manual_seed(0)
    means, noise = torch.randn(2, 4000, generator=generator).double()
    error = math.sqrt(1 - correlated**2)
    values = correlated * means + error * noise
    return Calibration(100, correlated * means, deviation * error * torch.ones(4000), values)


def test_all_good_makes_sense_and_says_why() -> None:
    verdict = judge(findings(GOOD_REGIONS, PERFECT, NEAR_PRIOR, KEPT, predictions(0.8)))
    assert verdict.level is SENSIBLE
    line = str(verdict)
    assert line.startswith("optimizing here makes sense: ")
    assert "\n" not in line
    for part in ("0.95 of the codes drawn from the prior", "correlate with 0.95", "unseen strings"):
        assert part in line


def test_wide_intervals_of_nearly_exact_predictions_do_not_matter() -> None:
    wide = predictions(0.99, deviation=5.0)
    assert judge(findings(GOOD_REGIONS, PERFECT, NEAR_PRIOR, KEPT, wide)).level is SENSIBLE
    narrow = predictions(0.99, deviation=0.2)
    assert judge(findings(GOOD_REGIONS, PERFECT, NEAR_PRIOR, KEPT, narrow)).level is DOUBTFUL


@pytest.mark.parametrize(
    ("change", "level", "reason"),
    [
        ({"prior": 0.3}, DOUBTFUL, "0.30 of the codes drawn from the prior"),
        ({"prior": 0.01}, DOUBTFUL, "search near the data"),
        ({"box": 0.01}, DOUBTFUL, "in the data's box decode to something: search near the data"),
        ({"near": 0.3}, DOUBTFUL, "0.30 of the codes near the data"),
        ({"near": 0.01}, SENSELESS, "0.01 of the codes near the data"),
        ({"distinct": 20}, DOUBTFUL, "20 different strings among 95 valid samples"),
        ({"distinct": 1}, SENSELESS, "1 different strings among 95 valid samples"),
        ({"kept": 0.5}, DOUBTFUL, "values before and after the round trip correlate with 0.50"),
        ({"kept": 0.1}, SENSELESS, "correlate with 0.10"),
        ({"predicted": 0.2}, DOUBTFUL, "the GP's predictions of unseen strings correlate with 0.1"),
        ({"predicted": 0.0}, SENSELESS, "the GP's predictions"),
        ({"deviation": 0.2}, DOUBTFUL, "the GP's 90 % intervals hold 2"),
        ({"deviation": 5.0}, DOUBTFUL, "the GP's 90 % intervals hold 100 %"),
        ({"distance": 25.0}, DOUBTFUL, "miss the prior (25 times the noise floor)"),
    ],
)
def test_one_bad_finding_decides(
    change: dict[str, float], level: VerdictLevel, reason: str
) -> None:
    def region(name: str, share: float) -> Validity:
        valid = round(100 * share)
        distinct = int(change.get("distinct", valid)) if name == "prior" else valid
        return Validity(name, 100, valid, 100 - valid, 0, min(valid, distinct))

    regions = (
        region("prior", change.get("prior", 0.95)),
        region("box", change.get("box", 0.95)),
        region("data + noise 0.25", change.get("near", 0.95)),
    )
    values = ValueChange(100, 0, 50, 0.2, change.get("kept", 0.95))
    calibration = predictions(change.get("predicted", 0.8), change.get("deviation", 1.0))
    distance = PriorDistance(500, change.get("distance", 1.3), 30.0)
    verdict = judge(findings(regions, PERFECT, distance, values, calibration))
    assert verdict.level is level
    assert len(verdict.reasons) == 1
    assert reason in verdict.reasons[0]


@pytest.mark.parametrize(("num_same", "level"), [(80, SENSIBLE), (20, DOUBTFUL), (1, SENSELESS)])
def test_without_values_the_round_trip_decides(num_same: int, level: VerdictLevel) -> None:
    trip = RoundTrip(100, num_same, 100 - num_same, 0)
    verdict = judge(findings(GOOD_REGIONS, trip, NEAR_PRIOR))
    assert verdict.level is level
    assert f"{num_same / 100:.2f} of the data's strings survive" in str(verdict)


def test_the_worst_findings_are_the_reasons() -> None:
    told = [Finding(SENSIBLE, "a"), Finding(SENSELESS, "b"), Finding(DOUBTFUL, "c")]
    assert str(judge(told)) == "does not make sense: b"
    assert judge([*told, Finding(SENSELESS, "d")]).reasons == ("b", "d")
    with pytest.raises(ValueError, match="no finding"):
        judge([])


def test_regions_that_are_only_shown_do_not_decide() -> None:
    shown = Validity("data + noise 0.5", 100, 0, 100, 0, 0)
    verdict = judge(findings((*GOOD_REGIONS, shown), PERFECT, NEAR_PRIOR))
    assert verdict.level is SENSIBLE
