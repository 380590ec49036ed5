"""All diagnostics of a model at once."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from latentbo.diagnostics.calibration import Calibration, calibrate
from latentbo.diagnostics.decoding import (
    NUM_REGIONS,
    Validity,
    measure_validity,
    sampled_codes,
)
from latentbo.diagnostics.oracle import CountedObjective
from latentbo.diagnostics.perturbation import (
    RADII,
    Perturbation,
    measure_perturbation,
    moved_codes,
)
from latentbo.diagnostics.round_trip import (
    PriorDistance,
    RoundTrip,
    ValueChange,
    measure_distance,
    measure_round_trip,
    measure_value_change,
    round_trip,
)
from latentbo.diagnostics.verdict import Verdict, findings, judge
from latentbo.errors import DataError, ObjectiveError
from latentbo.models import TrainedModel
from latentbo.objectives import Objective
from latentbo.settings import check, setting

# With fewer values a Gaussian process cannot be evaluated.
LEAST_VALUES = 10


@dataclass(frozen=True)
class DiagnosisConfig:
    """The amount of measurement.

    Args:
        num_codes: Codes decoded per region, and strings of a round trip.
        num_box: Maximum number of strings whose codes span the box.
        num_train: Maximum number of labelled strings for fitting the Gaussian process.
        num_test: Maximum number of unseen strings that it predicts.
        seed: Of codes and noise.
        num_moved: Maximum number of codes of unseen strings moved by each radius of `RADII`.

    Raises:
        ConfigurationError: If a number is too small.
    """

    num_codes: int = setting(500, at_least=1)
    num_box: int = setting(2000, at_least=2)
    num_train: int = setting(2000, at_least=2)
    num_test: int = setting(500, at_least=2)
    seed: int = setting(0, at_least=0)
    num_moved: int = setting(200, at_least=1)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The results of all diagnostics.

    Attributes:
        num_box: Strings whose codes span the box.
        validities: One per region.
        data_round_trip: Of strings not used in training.
        prior_round_trip: Of decoded prior samples.
        distance: Distance of the codes of unseen strings to the prior.
        perturbations: Results for moved codes of unseen strings, one per radius.
        objective: Name of the objective, None if there was none.
        num_calls: Number of oracle calls.
        num_failed: Oracle calls without a value.
        value_change: Change of values on the round trip of unseen strings; None without objective.
        calibration: Calibration of the Gaussian process; None without objective.
        verdict: The conclusion.
    """

    num_box: int
    validities: tuple[Validity, ...]
    data_round_trip: RoundTrip
    prior_round_trip: RoundTrip
    distance: PriorDistance
    perturbations: tuple[Perturbation, ...]
    objective: str | None
    num_calls: int
    num_failed: int
    value_change: ValueChange | None
    calibration: Calibration | None
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """Return the numbers for a JSON file."""
        plain = ("num_box", "objective", "num_calls", "num_failed")
        found: dict[str, Any] = {name: getattr(self, name) for name in plain}
        found["validity"] = [{**asdict(v), "valid": v.valid} for v in self.validities]
        for name in ("data_round_trip", "prior_round_trip"):
            trip = getattr(self, name)
            found[name] = {**asdict(trip), "same": trip.same}
        found["ks_over_floor"] = asdict(self.distance)
        found["perturbations"] = [
            {**asdict(p), "valid": p.valid, "same": p.same} for p in self.perturbations
        ]
        if self.value_change is not None:
            found["value_change"] = {
                **asdict(self.value_change),
                "changed": self.value_change.changed,
            }
        if self.calibration is not None:
            found["calibration"] = self.calibration.to_json()
        found["verdict"] = {"level": self.verdict.level.value, "reasons": self.verdict.reasons}
        return found


@dataclass(frozen=True, eq=False)
class _Known:
    """Canonical strings that the model can encode, and their codes."""

    strings: list[str]
    codes: Tensor


@dataclass(frozen=True, eq=False)
class _Valued:
    """Results that need values: the data's deviation, change on a round trip, calibration."""

    unit: float
    change: ValueChange
    calibration: Calibration


def diagnose(
    model: TrainedModel,
    training: Sequence[str],
    unseen: Sequence[str],
    canonical: Callable[[str], str | None],
    objective: Objective | None,
    config: DiagnosisConfig,
    say: Callable[[str], None] = lambda text: None,
) -> Diagnosis:
    """Measure the conditions of an optimization in a model's latent space.

    Args:
        model: The model.
        training: Encodable strings like those of its training, in random order; they span the box,
            and the Gaussian process is fitted to the first of them.
        unseen: Strings not used in training, in random order.
        canonical: Returns the canonical form of a string, None if it is not a string of the task.
        objective: The objective to optimize; None skips all measurements that need values.
        config: How much to measure.
        say: Callback for progress messages.

    Raises:
        DataError: If there are too few strings.
        ObjectiveError: If the objective returns too few values.
    """
    box = model.encode(training[: config.num_box])
    data = _known(model, training, canonical, config.num_train)
    most = max(config.num_codes, config.num_test, config.num_moved)
    test = _known(model, unseen, canonical, most)
    validities, samples = _regions(model, box, canonical, config, say)
    say("encoding and decoding strings")
    before = test.strings[: config.num_codes]
    after = round_trip(model, before, canonical)
    trips = [
        measure_round_trip(a, b)
        for a, b in ((before, after), (samples, round_trip(model, samples, canonical)))
    ]
    distance = measure_distance(test.codes, model.prior)
    moved = moved_codes(model, test.codes[: config.num_moved], canonical, config.seed, say)
    oracle = None if objective is None else CountedObjective(objective)
    valued = None if oracle is None else _valued(oracle, data, test, (before, after), config, say)
    unit = 1.0 if valued is None else valued.unit
    perturbations = [measure_perturbation(model, moved[0], each, oracle, unit) for each in moved]
    change, calibration = (None, None) if valued is None else (valued.change, valued.calibration)
    judged = findings(validities, trips[0], distance, change, calibration)
    return Diagnosis(
        num_box=len(box),
        validities=tuple(validities),
        data_round_trip=trips[0],
        prior_round_trip=trips[1],
        distance=distance,
        perturbations=tuple(perturbations),
        objective=None if objective is None else objective.name,
        num_calls=0 if oracle is None else oracle.num_calls,
        num_failed=0 if oracle is None else oracle.num_failed,
        value_change=change,
        calibration=calibration,
        verdict=judge(judged),
    )


def num_stages(with_objective: bool) -> int:
    """Return the number of progress messages of `diagnose`."""
    return NUM_REGIONS + 1 + len(RADII) + (2 if with_objective else 0)


def _regions(
    model: TrainedModel,
    box: Tensor,
    canonical: Callable[[str], str | None],
    config: DiagnosisConfig,
    say: Callable[[str], None],
) -> tuple[list[Validity], list[str]]:
    """Return the validity of each region, and the valid strings of prior samples."""
    generator = torch.Generator().manual_seed(config.seed)
    validities, samples = [], []
    for region, codes in sampled_codes(box, model.prior, config.num_codes, generator).items():
        say(f"decoding {len(codes)} codes: {region}")
        validity, valid = measure_validity(model, region, codes, canonical)
        validities.append(validity)
        samples += valid if region == "prior" else []
    return validities, samples


def _valued(
    oracle: CountedObjective,
    data: _Known,
    test: _Known,
    trip: tuple[list[str], list[str | None]],
    config: DiagnosisConfig,
    say: Callable[[str], None],
) -> _Valued:
    """Measure all that needs values; `trip` has the strings before and after the round trip."""
    say(f"calling {oracle.objective.name} on strings of the data")
    values = _values(oracle, data.strings)
    # A constant objective has no unit; its changes, if any, are not scaled.
    unit = float(values[~values.isnan()].std()) or 1.0
    change = measure_value_change(oracle(trip[0]), oracle(trip[1]), unit)
    say("fitting the Gaussian process")
    return _Valued(unit, change, _calibration(oracle, data, values, test, config))


def _known(
    model: TrainedModel,
    strings: Sequence[str],
    canonical: Callable[[str], str | None],
    number: int,
) -> _Known:
    """Return the first `number` distinct canonical strings that the model can encode."""
    found: dict[str, None] = {}
    for string in strings:
        written = canonical(string)
        if written is not None and model.can_encode(written):
            found[written] = None
        if len(found) == number:
            break
    if len(found) < 2:
        raise DataError(
            f"only {len(found)} of {len(strings)} strings can be used: give more data, or "
            f"a model trained on such strings"
        )
    return _Known(list(found), model.encode(list(found)))


def _values(oracle: CountedObjective, strings: Sequence[str]) -> Tensor:
    values = oracle(strings)
    usable = int((~values.isnan()).sum())
    if usable < LEAST_VALUES:
        raise ObjectiveError(
            f"{oracle.objective.name} gives a value for {usable} of {len(strings)} strings of the "
            f"data, at least {LEAST_VALUES} are needed: fix it, give more data, or use "
            f"--no-objective"
        )
    return values


def _calibration(
    oracle: CountedObjective, data: _Known, values: Tensor, test: _Known, config: DiagnosisConfig
) -> Calibration:
    truth = _values(oracle, test.strings[: config.num_test])
    rows, test_rows = ~values.isnan(), ~truth.isnan()
    test_Z = test.codes[: config.num_test]
    return calibrate(
        data.codes[rows], values[rows], test_Z[test_rows], truth[test_rows], config.seed
    )
