import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.ledger import Evaluation, Ledger, Status, StepRecord
from latentbo.models import MostFrequent, SampleCounts, TrainedModel
from latentbo.objectives import Objective
from latentbo.optimizer import Ending, optimize
from latentbo.protocols import (
    KusnerConfig,
    KusnerStrategy,
    Labelled,
    Source,
    evaluate_gp,
    summarize,
)
from latentbo.protocols.points import points_of, values_of
from latentbo.surrogates import ModernGPConfig, StochasticGPConfig

MakeKusner = Callable[..., KusnerStrategy]


class Scripted:
    """Stands in for a model: decodes each batch to the strings that a script names."""

    device = torch.device("cpu")

    def __init__(self, *batches: list[str | None]) -> None:
        self.batches = list(batches)

    def decode_most_frequent(
        self, codes: Tensor, num_samples: int, accept: Any, **_: Any
    ) -> list[MostFrequent]:
        strings = self.batches.pop(0)
        assert len(strings) == len(codes)
        return [MostFrequent(s, num_samples, SampleCounts(num_samples)) for s in strings]

    def can_encode(self, string: str) -> bool:
        return string != "long"

    def encode(self, strings: list[str]) -> Tensor:
        return torch.full((1, 8), float(len(strings[0])))


def run(
    strategy: KusnerStrategy, path: Path, function: Callable[[str], Any]
) -> tuple[Ending, list[Any]]:
    """Run, or go on, under a ledger."""
    ledger = Ledger.open(path) if path.exists() else Ledger.create(path)
    with ledger:
        finished = optimize(
            strategy.optimizer(), Objective("short", function), ledger, lambda rows: None
        )
        return finished, ledger.comparable()


def split(rows: list[Any]) -> tuple[list[StepRecord], list[Evaluation]]:
    steps = [row for row in rows if isinstance(row, StepRecord)]
    return steps, [row for row in rows if isinstance(row, Evaluation)]


def test_the_published_settings_are_the_defaults() -> None:
    config = KusnerConfig()
    assert (config.num_iterations, config.batch_size, config.budget) == (5, 50, 250)
    assert (config.num_candidates, config.num_samples) == (10_000, 25)
    assert config.train_fraction == 0.9
    assert (config.invalid, config.reencode, config.standardize) == ("worst", False, False)
    assert config.exclude_above is None
    assert config.gp == StochasticGPConfig(500, 50)
    assert KusnerConfig(surrogate="modern").gp == ModernGPConfig(500, refit_epochs=5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1, not 0"),
        ({"train_fraction": 1.0}, r"train_fraction must lie in \(0, 1\), not 1\.0"),
        ({"invalid": "zero"}, "unknown invalid 'zero'; choose one of worst, leave-out"),
        ({"refit": "never"}, "unknown refit 'never'; choose one of continue, scratch"),
        ({"surrogate": "exact"}, "unknown surrogate 'exact'; choose one of published, modern"),
        ({"surrogate": "modern", "standardize": True}, "modern surrogate always standardises"),
        ({"epochs": -1}, "epochs must be at least 0, not -1"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        KusnerConfig(**settings)


def test_a_run_makes_all_points_and_accounts_for_each(
    make_kusner: MakeKusner, objective: Objective, tmp_path: Path
) -> None:
    strategy = make_kusner()
    finished, rows = run(strategy, tmp_path / "ledger", objective.function)
    assert finished is Ending.SPENT
    steps, evaluations = split(rows)
    assert [step.batch for step in steps] == [0, 1, 2]
    points = [point for step in steps for point in points_of(step)]
    assert len(points) == 18
    labels = dict(zip(strategy.labelled.strings, strategy.labelled.values.tolist(), strict=True))
    seen: set[str] = set()
    for point, value in zip(points, values_of(points, evaluations), strict=True):
        if point.string is None:
            assert (point.source, value) == (Source.INVALID, None)
            continue
        assert "3" not in point.string
        assert value == objective(point.string)
        if point.string in labels:
            assert point.source is Source.LABELS
        else:
            assert point.source is (Source.LEDGER if point.string in seen else Source.CALL)
        seen.add(point.string)
    calls = [point.string for point in points if point.source is Source.CALL]
    assert calls == [row.string for row in evaluations]
    assert len(set(calls)) == len(calls)
    json.dumps([step.state for step in steps], allow_nan=False)


def test_the_points_lie_in_the_box_of_the_training_codes(make_kusner: MakeKusner) -> None:
    strategy = make_kusner()
    points = points_of(strategy.optimizer().ask([], []).step)
    codes = torch.tensor([point.code for point in points], dtype=torch.float64)
    train = strategy._train
    box = strategy.labelled.codes[train].double()
    assert len(train) == round(0.9 * len(strategy.labelled))
    assert (codes >= box.amin(0)).all()
    assert (codes <= box.amax(0)).all()


def test_ask_is_a_pure_function(
    make_kusner: MakeKusner, objective: Objective, tmp_path: Path
) -> None:
    _, rows = run(make_kusner(), tmp_path / "ledger", objective.function)
    steps, evaluations = split(rows)
    for number in (2, 0, 1):  # in any order, by one strategy or by fresh ones
        known = [row for row in evaluations if row.batch < number]
        for strategy in (make_kusner(), make_kusner()):
            torch.manual_seed(number)
            suggestion = strategy.optimizer().ask(known, steps[:number])
            assert suggestion.step == steps[number]
            assert suggestion.finished is False
    assert make_kusner().optimizer().ask(evaluations, steps).finished is True
    assert make_kusner(seed=1).optimizer().ask([], []).step != steps[0]


def test_a_run_stopped_anywhere_resumes_to_the_same_ledger(
    make_kusner: MakeKusner, objective: Objective, tmp_path: Path
) -> None:
    _, unbroken = run(make_kusner(str), tmp_path / "unbroken", objective.function)
    calls = len(split(unbroken)[1])
    assert calls > 6
    stops = {2, calls // 2, calls}
    count = 0

    def function(string: str) -> Any:
        nonlocal count
        count += 1
        if count in stops:
            raise KeyboardInterrupt
        return objective.function(string)

    stopped = 0
    while True:
        try:
            result = run(make_kusner(str), tmp_path / "stopped", function)
            break
        except KeyboardInterrupt:
            stopped += 1
    assert stopped == 3
    assert result == (Ending.SPENT, unbroken)


def scripted(make_kusner: MakeKusner, *batches: list[str | None], **changes: Any) -> KusnerStrategy:
    strategy = make_kusner(batch_size=4, num_iterations=len(batches), **changes)
    stand_in: Any = Scripted(*batches)
    strategy.model = stand_in
    return strategy


def test_repeated_and_invalid_points_cost_no_call(make_kusner: MakeKusner, tmp_path: Path) -> None:
    asked: list[str] = []

    def function(string: str) -> float:
        asked.append(string)
        if string == "fails":
            raise ValueError
        return float(len(string))

    # x and x+1 are labelled.
    batches: list[list[str | None]] = [
        ["x*x*2", "x*x*2", None, "x"],
        ["x*x*2", "x+1", None, None],
        ["fails", "fails", "1+1+x+2", "x*x*2"],
    ]
    strategy = scripted(make_kusner, *batches)
    finished, rows = run(strategy, tmp_path / "ledger", function)
    assert finished is Ending.SPENT
    assert asked == ["x*x*2", "fails", "1+1+x+2"]
    steps, evaluations = split(rows)
    sources = [[point.source.value for point in points_of(step)] for step in steps]
    assert sources == [
        ["call", "ledger", "invalid", "labels"],
        ["ledger", "labels", "invalid", "invalid"],
        ["call", "ledger", "call", "ledger"],
    ]
    counts = [[step.state[k] for k in ("decoded", "invalid", "known")] for step in steps]
    assert counts == [[4, 1, 2], [4, 2, 2], [4, 0, 2]]
    labels = dict(zip(strategy.labelled.strings, strategy.labelled.values.tolist(), strict=True))
    summary = summarize(steps, evaluations)
    assert (summary.num_points, summary.num_calls, summary.num_known) == (12, 3, 6)
    assert (summary.num_invalid, summary.num_failed) == (3, 2)
    assert summary.fraction_valid == 9 / 12
    scores = [5, 5, labels["x"], 5, labels["x+1"], 7, 5]
    assert summary.average == pytest.approx(sum(scores) / 7)
    assert summary.best == (("1+1+x+2", 7.0), ("x*x*2", 5.0), ("x", labels["x"]))


def first_data(strategy: KusnerStrategy) -> tuple[Tensor, Tensor, list[Any]]:
    """What the GP learns from in iteration two beyond the training data, and the points."""
    suggestion = strategy.optimizer().ask([], [])
    evaluations = [
        Evaluation(p.call, 0, p.string, p.origin, p.details, Status.OK, 1.5 + p.call)
        for p in suggestion.proposals
    ]
    codes, values = strategy._data([suggestion.step], evaluations)
    size = len(strategy._train)
    return codes[size:], values[size:], points_of(suggestion.step)


def test_invalid_points_get_the_worst_value_or_none(make_kusner: MakeKusner) -> None:
    strings: list[str | None] = ["x*x*2", None, "long", "x"]
    strategy = scripted(make_kusner, strings)
    codes, values, points = first_data(strategy)
    worst = strategy.labelled.values[strategy._train].min().item()
    label = strategy.labelled.values[strategy.labelled.strings.index("x")].item()
    assert values.tolist() == [2.5, worst, 3.5, label]
    assert codes.tolist() == [list(point.code) for point in points]
    codes, values, points = first_data(scripted(make_kusner, strings, invalid="leave-out"))
    assert values.tolist() == [2.5, 3.5, label]
    assert codes.tolist() == [list(points[i].code) for i in (0, 2, 3)]


def test_decoded_strings_can_be_encoded_again(make_kusner: MakeKusner) -> None:
    strings: list[str | None] = ["x*x*2", None, "long", "x"]
    codes, _, points = first_data(scripted(make_kusner, strings, reencode=True))
    assert codes[0].tolist() == [5.0] * 8
    assert codes[1].tolist() == list(points[1].code)  # invalid: it has no other code
    assert codes[2].tolist() == list(points[2].code)  # too long for the model
    assert codes[3].tolist() == [1.0] * 8


def test_the_answer_can_be_left_out(make_kusner: MakeKusner, labelled: Labelled) -> None:
    limit = labelled.values.median().item()
    strategy = make_kusner(exclude_above=limit)
    assert strategy.labelled.values.max() == limit
    assert len(strategy.labelled) < len(labelled)
    left_out = next(s for s, v in zip(labelled.strings, labelled.values, strict=True) if v > limit)
    again = scripted(make_kusner, [left_out] * 4, exclude_above=limit)
    # Finding it costs a call.
    assert [p.string for p in again.optimizer().ask([], []).proposals] == [left_out]
    with pytest.raises(ConfigurationError, match="0 labelled strings cannot be split"):
        make_kusner(exclude_above=-math.inf)


def test_the_first_step_holds_the_evaluation_of_the_gp(make_kusner: MakeKusner) -> None:
    strategy = make_kusner(seed=3)
    state = strategy.optimizer().ask([], []).step.state
    labelled = strategy.labelled
    expected = evaluate_gp(labelled.codes, labelled.values, strategy.config.gp, 3)
    assert state["gp"]["rmse"] == expected.rmse
    assert state["gp"]["log_likelihood"] == expected.log_likelihood
    assert state["gp"]["constant_rmse"] == expected.constant_rmse
    assert state["best_in_training"] == labelled.values[strategy._train].max()
    assert state["best_in_data"] == labelled.values.max()


@pytest.mark.parametrize("refit", ["continue", "scratch"])
def test_refits_go_on_or_start_again(
    make_kusner: MakeKusner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, refit: str
) -> None:
    from latentbo.protocols import kusner2017

    starts: list[bool] = []
    original = kusner2017.fit_gp

    def fit_gp(*arguments: Any) -> Any:
        starts.append(arguments[-1] is not None)
        return original(*arguments)

    monkeypatch.setattr(kusner2017, "fit_gp", fit_gp)
    _, rows = run(make_kusner(refit=refit), tmp_path / "ledger", len)
    assert starts == [False, refit == "continue", refit == "continue"]
    # A resumed run makes the fits that its next step goes on from.
    steps, evaluations = split(rows)
    starts.clear()
    known = [row for row in evaluations if row.batch < 2]
    assert make_kusner(refit=refit).optimizer().ask(known, steps[:2]).step == steps[2]
    assert starts == ([False, True, True] if refit == "continue" else [False])


def test_the_modern_surrogate_and_other_switches_run(
    make_kusner: MakeKusner, objective: Objective, tmp_path: Path
) -> None:
    changes = {"invalid": "leave-out", "reencode": True, "num_iterations": 2}
    for name, more in (("modern", {"surrogate": "modern"}), ("published", {"standardize": True})):
        _, rows = run(make_kusner(**changes, **more), tmp_path / name, objective.function)
        steps, evaluations = split(rows)
        assert math.isfinite(summarize(steps, evaluations).rmse)
        assert len(steps) == 2


def test_steps_of_another_kind_of_run_are_refused(make_kusner: MakeKusner) -> None:
    with pytest.raises(CheckpointError, match="step 0 of this run does not hold the points"):
        make_kusner().optimizer().ask([], [StepRecord(0, {"pool": 7})])


def test_the_most_frequent_of_the_samples_is_called(
    make_kusner: MakeKusner, expression_model: TrainedModel
) -> None:
    points = points_of(make_kusner(num_samples=9).optimizer().ask([], []).step)
    assert all(1 <= point.votes <= 9 for point in points if point.string is not None)
    assert all(point.votes == 0 for point in points if point.string is None)
