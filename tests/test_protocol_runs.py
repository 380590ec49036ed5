"""What runs under a protocol start from, and the optimizer that they get."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from latentbo.chemistry import MoleculeFilter
from latentbo.errors import CheckpointError, ConfigurationError, DataError
from latentbo.models import TrainedModel, load_model
from latentbo.objectives import Objective, load_objective, target_fit
from latentbo.optimizer import OptimizationConfig, TrustRegionStrategy
from latentbo.protocol_runs import PROTOCOLS, ProtocolRun
from latentbo.protocols import HeldOutConfig, KusnerConfig, KusnerStrategy, read_labelled
from latentbo.tasks import TASKS

Make = Callable[..., ProtocolRun]
SEARCH = OptimizationConfig(budget=4, num_initial=1, surrogate="curves")


def failing_on_x(expression: str) -> float:
    if "x" in expression:
        raise ValueError("no x here")
    return float(len(expression))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or leaves labels in the user's cache."""
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def data(tmp_path: Path, expressions: list[str]) -> Path:
    path = tmp_path / "data.txt"
    path.write_text("".join(f"{expression}\n" for expression in expressions))
    return path


@pytest.fixture
def model(expression_models: dict[str, Path], expressions: list[str]) -> TrainedModel:
    """A model that says that it was trained on the worse half."""
    found = load_model(expression_models["grammar"])
    threshold = sorted(map(target_fit, expressions))[len(expressions) // 2 - 1]
    found.provenance["data"] = {"objective": "target-fit", "threshold": threshold}
    return found


@pytest.fixture
def make(model: TrainedModel, data: Path) -> Make:
    """Make the run of a protocol; `limit` and `objective` are the run's, the rest its settings."""

    def create(
        name: str, limit: int | None = None, objective: Objective | None = None, **settings: Any
    ) -> ProtocolRun:
        config = (KusnerConfig if name == "kusner2017" else HeldOutConfig)(**settings)
        given = {"name": name, "data": str(data), "limit": limit, "settings": asdict(config)}
        return ProtocolRun(
            given, model, TASKS["expressions"], objective or load_objective("target-fit")
        )

    return create


def test_a_protocol_has_its_own_settings(make: Make) -> None:
    assert make("kusner2017", batch_size=7).config == KusnerConfig(batch_size=7)
    assert make("held-out", drop_best=0.25).config == HeldOutConfig(drop_best=0.25)
    assert set(PROTOCOLS) == {"kusner2017", "held-out"}


def test_wrong_settings_are_refused_at_once(make: Make) -> None:
    run = make("kusner2017")
    for name in ("other", None):
        with pytest.raises(CheckpointError, match=f"unknown protocol {name!r}: .*kusner2017, held"):
            ProtocolRun(run.settings | {"name": name}, run.model, run.task, run.objective)
    wrong = run.settings | {"settings": {"batch_size": 0}}
    with pytest.raises(ConfigurationError, match="batch_size must be at least 1"):
        ProtocolRun(wrong, run.model, run.task, run.objective)


def test_the_published_protocol_starts_from_all_data(
    make: Make, expressions: list[str], tmp_path: Path
) -> None:
    start, sha256 = make("kusner2017").start()
    assert start.summary == {
        "count": 24,
        "best": max(map(target_fit, expressions)),
        "source": "24 expressions of data.txt",
    }
    start.write(tmp_path)
    assert not (tmp_path / "labelled.csv").exists()  # they are read again from the data
    run = make("kusner2017")
    again = ProtocolRun({**run.settings, "data_sha256": sha256}, *parts(run))
    strategy = again.optimizer(tmp_path, SEARCH).strategy
    assert isinstance(strategy, KusnerStrategy)
    assert strategy.labelled.strings == expressions
    assert strategy.canonical("x + 1") == "x+1"
    assert strategy.canonical("x - 1") is None


def parts(run: ProtocolRun) -> tuple[TrainedModel, Any, Objective]:
    return run.model, run.task, run.objective


def test_good_strings_can_be_left_out(make: Make, expressions: list[str]) -> None:
    values = [target_fit(expression) for expression in expressions]
    kept = [value for value in values if value <= -3.5]
    start, _ = make("kusner2017", exclude_above=-3.5).start()
    assert 0 < len(kept) < 24
    assert start.summary["count"] == len(kept)
    assert start.summary["best"] == max(kept)
    with pytest.raises(DataError, match=r"no string of 24 .* has a value of at most -50"):
        make("kusner2017", exclude_above=-50.0).start()
    with pytest.raises(ConfigurationError, match="labelled strings cannot be split"):
        make("kusner2017", exclude_above=sorted(values)[0]).start()


def test_lines_of_the_data_are_drawn(make: Make, expressions: list[str], data: Path) -> None:
    starts = [make("kusner2017", limit=20, seed=seed).start() for seed in (0, 1)]
    assert starts[0] == starts[1]  # runs with other seeds are compared on equal data
    assert starts[0][0].summary["count"] == 20
    # The hash is that of the file, whatever part is used.
    assert starts[0][1] == make("kusner2017").start()[1]
    assert make("kusner2017", limit=500).start()[0].summary["count"] == 24
    strings, _, _ = make("kusner2017", limit=20)._strings()
    assert strings == [expression for expression in expressions if expression in strings]
    data.write_text(data.read_text() + "1+x\n")
    assert make("kusner2017").start()[1] != starts[0][1]


def test_lines_that_are_no_expressions(make: Make, expressions: list[str], data: Path) -> None:
    data.write_text(data.read_text() + "c1ccccc1\nx + 1\n")  # one is repeated
    assert make("kusner2017").start()[0].summary["source"] == "24 expressions of data.txt"
    data.write_text("c1ccccc1\nx-1\n")
    message = r"none of 2 lines of .*data\.txt is usable \(no expression: 'c1ccccc1'\).*--data FILE"
    with pytest.raises(ConfigurationError, match=message):
        make("kusner2017").start()


def test_other_data_are_told(make: Make, data: Path, tmp_path: Path) -> None:
    run = make("kusner2017")
    settings = {**run.settings, "data_sha256": run.start()[1]}
    data.write_text(data.read_text() + "1+x\n")
    with pytest.raises(CheckpointError, match=r"25 expressions of data\.txt is not what this run"):
        ProtocolRun(settings, *parts(run)).optimizer(tmp_path, SEARCH)


@pytest.mark.parametrize("drop_best", [0.5, 0.75])
def test_what_is_hidden_stays_hidden(
    make: Make, expressions: list[str], tmp_path: Path, drop_best: float
) -> None:
    ascending = sorted(map(target_fit, expressions))
    threshold = ascending[round(24 * (1 - drop_best)) - 1]
    run = make("held-out", drop_best=drop_best)
    run.model.provenance["data"]["threshold"] = threshold
    start, _ = run.start()
    values = [value for _, value in start.labelled]
    assert sorted(values) == ascending[: len(values)]
    assert start.summary["count"] == len(values) == round(24 * (1 - drop_best))
    assert start.summary["best"] == max(values) == threshold
    start.write(tmp_path)
    assert read_labelled(tmp_path / "labelled.csv") == start.labelled
    optimizer = run.optimizer(tmp_path, SEARCH)
    assert isinstance(optimizer.strategy, TrustRegionStrategy)
    assert list(optimizer.initial_data) == start.labelled
    assert not optimizer.pool
    assert optimizer.strategy.featurizer.num_descriptors == 32
    # What it is given for free is in no form spent a call on.
    assert optimizer.strategy.identity("x*1") == optimizer.strategy.identity("x")


def test_the_data_are_not_needed_to_go_on(make: Make, data: Path, tmp_path: Path) -> None:
    run = make("held-out", num_labelled=5)
    run.start()[0].write(tmp_path)
    data.unlink()
    optimizer = run.optimizer(tmp_path, SEARCH)
    assert isinstance(optimizer.strategy, TrustRegionStrategy)
    assert len(optimizer.initial_data) == 5
    (tmp_path / "labelled.csv").unlink()
    with pytest.raises(CheckpointError, match=r"labelled\.csv cannot be read"):
        run.optimizer(tmp_path, SEARCH)


def test_a_model_that_has_seen_more_is_refused(make: Make) -> None:
    with pytest.raises(ConfigurationError, match=r"trained on strings up to .*--drop-best 0\.75"):
        make("held-out", drop_best=0.75).start()
    other = Objective("other", lambda expression: float(len(expression)))
    with pytest.raises(ConfigurationError, match="without leaving out the best"):
        make("held-out", objective=other).start()


def test_strings_without_a_value_are_not_labelled(make: Make, expressions: list[str]) -> None:
    objective = Objective("no-x", failing_on_x)
    run = make("held-out", drop_best=0.01, objective=objective)
    run.model.provenance["data"] = {"objective": "no-x", "threshold": 3.0}
    labelled = run.start()[0].labelled
    assert labelled == [(text, float(len(text))) for text in expressions if "x" not in text]
    # Those without a value are the worse half: nothing is left of it.
    with pytest.raises(DataError, match="none of 24 strings is left without the best 50%"):
        make("held-out", objective=objective).start()
    start, _ = make("kusner2017", objective=Objective("len", lambda text: float(len(text)))).start()
    assert start.summary["best"] == max(map(len, expressions))


def test_limits_for_molecules_reach_the_optimizer(
    tiny_model: TrainedModel, molecules: list[str], tmp_path: Path
) -> None:
    (tmp_path / "labelled.csv").write_text("string,value\nCCO,1.0\nCCC,2.0\n")
    settings: dict[str, Any] = {"name": "held-out", "data": None, "limit": None, "settings": {}}
    accepted = []
    for rings in (None, 1):
        run = ProtocolRun(
            settings,
            tiny_model,
            TASKS["molecules"],
            load_objective("qed"),
            MoleculeFilter(min_rings=rings),
        )
        optimizer = run.optimizer(tmp_path, OptimizationConfig())
        assert isinstance(optimizer.strategy, TrustRegionStrategy)
        accepted.append(optimizer.strategy.accept("CCCO").string)
        assert optimizer.strategy.count is TASKS["molecules"].count
        assert optimizer.strategy.featurizer.num_counts > 0
    assert accepted == ["CCCO", None]
