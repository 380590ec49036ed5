"""A diagnosis as tables of text."""

from latentbo.diagnostics.calibration import LEVELS, Calibration
from latentbo.diagnostics.diagnosis import Diagnosis
from latentbo.diagnostics.round_trip import ValueChange


def validity_rows(diagnosis: Diagnosis, noun: str) -> list[tuple[str, ...]]:
    """Return a table of the shares of decodes by region, header first.

    Args:
        diagnosis: The diagnosis.
        noun: Name of a string of the task, such as `molecule`.
    """
    number = diagnosis.validities[0].num_codes
    head = f"{number} codes from"
    rows: list[tuple[str, ...]] = [(head, "valid", "out of length", f"no {noun}", "distinct")]
    for v in diagnosis.validities:
        region = f"box of {diagnosis.num_box:,} codes" if v.region == "box" else v.region
        if v.num_codes != number:
            region += f" ({v.num_codes} codes)"
        shares = (v.num_valid, v.num_unfinished, v.num_refused)
        counts = (f"{count / v.num_codes:.3f}" for count in shares)
        rows.append((region, *counts, f"{v.distinct:.3f}"))
    return rows


def measurement_rows(diagnosis: Diagnosis) -> list[tuple[str, ...]]:
    """Return a table of the other measurements, header first."""
    data, prior = diagnosis.data_round_trip, diagnosis.prior_round_trip
    distance = diagnosis.distance
    batch = f"KS distance to the prior of {distance.num_codes} unseen codes (1 = noise floor)"
    shares = [
        (f"{data.num_strings} unseen strings: the same after encoding and decoding", data.same),
        (f"{prior.num_strings} valid prior samples: the same likewise", prior.same),
        (batch, distance.mean),
        ("    in the worst dimension", distance.worst),
    ]
    if diagnosis.value_change is not None:
        shares += _change_rows(diagnosis.value_change)
    if diagnosis.calibration is not None:
        shares += _calibration_rows(diagnosis.calibration)
    return [("measured", "value"), *((text, f"{value:.2f}") for text, value in shares)]


def perturbation_rows(diagnosis: Diagnosis, noun: str) -> list[tuple[str, ...]]:
    """Return a table of the results for moved codes, header first.

    Args:
        diagnosis: The diagnosis.
        noun: Name of a string of the task, such as `molecule`.
    """
    number = diagnosis.perturbations[0].num_codes
    head = (f"{number} codes moved by", "valid", f"same {noun}", "code off by", "value off by")
    rows: list[tuple[str, ...]] = [head]
    for p in diagnosis.perturbations:
        numbers = (p.valid, p.same, p.code_distance, p.value_change)
        texts = ("–" if number is None else f"{number:.3f}" for number in numbers)
        rows.append((f"{p.radius:g}", *texts))
    return rows


def _change_rows(change: ValueChange) -> list[tuple[str, float]]:
    return [
        (f"{change.num_pairs} unseen strings: another value after the round trip", change.changed),
        ("    median change of these, in standard deviations", change.median_change),
        ("    rank correlation of values before and after", change.rank_correlation),
    ]


def _calibration_rows(calibration: Calibration) -> list[tuple[str, float]]:
    title = f"GP of {calibration.num_train:,} strings on {len(calibration.values):,} unseen ones"
    rows = [
        (f"{title}: RMSE in standard deviations", calibration.relative_rmse),
        ("    rank correlation of predictions and values", calibration.rank_correlation),
    ]
    return rows + [
        (f"    values inside the central {100 * level:.0f} %", calibration.coverage(level))
        for level in LEVELS
    ]
