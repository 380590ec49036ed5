import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from latentbo.data import Line
from latentbo.errors import CheckpointError, ConfigurationError, DataError
from latentbo.models import NetworkConfig, PriorConfig, TrainedModel, load_model, save_model
from latentbo.representations import RepresentationError
from latentbo.training import Progress, TrainingConfig
from latentbo.training.fit import read_settings, write_settings
from latentbo.training.run import PreparedData, TrainingRun, prepare

Start = Callable[..., tuple[TrainingRun, TrainedModel, PreparedData]]


@pytest.fixture
def lines(corpus: list[str]) -> list[Line]:
    return [Line(number, string) for number, string in enumerate(corpus, start=1)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def start(config: TrainingConfig, lines: list[Line]) -> Start:
    """Return a function that makes a run in a folder, with model and data."""

    def make(
        directory: Path, warm_start: Path | None = None, **changes: Any
    ) -> tuple[TrainingRun, TrainedModel, PreparedData]:
        run = TrainingRun(
            directory,
            replace(config, **changes),
            NetworkConfig(4, 6, 8, 8, 1),
            PriorConfig(4),
            warm_start=warm_start,
        )
        model = run.start(lines)
        return run, model, prepare(model.representation, lines, run.config, directory)

    return make


def rows(directory: Path) -> list[dict[str, Any]]:
    text = (directory / "metrics.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) | {"rows_per_second": 0} for line in text.splitlines()]


def test_prepare_lists_what_it_skips(
    config: TrainingConfig, start: Start, lines: list[Line], tmp_path: Path
) -> None:
    _, model, _ = start(tmp_path / "run")
    mixed = [*lines, Line(901, "C?C"), Line(902, "C" * 40)]
    data = prepare(model.representation, mixed, config, tmp_path / "new" / "run")
    assert data.num_rejected == 2
    assert len(data.strings) == len(data.tokens) == 200
    listed = (tmp_path / "new" / "run" / "rejected.tsv").read_text(encoding="utf-8")
    first, second = listed.splitlines()[1:]
    assert first.startswith("901\tC?C\t")
    assert "symbol '?'" in first
    assert second.startswith(f"902\t{'C' * 40}\t")
    assert not (tmp_path / "run" / "rejected.tsv").exists()  # nothing was skipped there


def test_prepare_leaves_nothing_behind_an_error(
    config: TrainingConfig, start: Start, lines: list[Line], tmp_path: Path
) -> None:
    _, model, _ = start(tmp_path / "run")
    for bad in (lines[:20], [Line(1, "???")]):
        with pytest.raises(DataError, match=r"too few|can be used"):
            prepare(model.representation, bad, config, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_settings_round_trip(tmp_path: Path) -> None:
    write_settings(tmp_path, {"task": "é", "training": {"epochs": 0.5}})
    assert read_settings(tmp_path) == {"task": "é", "training": {"epochs": 0.5}}


@pytest.mark.parametrize("content", [None, "", "{", "[1]"])
def test_folder_without_settings_is_no_run(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "training.json").write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"is no folder of a training run|not hold settings"):
        read_settings(tmp_path)


def test_same_seed_same_start(start: Start, tmp_path: Path) -> None:
    weights = [
        start(tmp_path / "run", seed=seed)[1].network.state_dict()["decoder.start.weight"]
        for seed in (0, 0, 1)
    ]
    assert weights[0].equal(weights[1])
    assert not weights[0].equal(weights[2])


def test_too_rare_symbols_name_the_remedy(start: Start, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no symbol occurs 100000 times in 200 .*--min-count"):
        start(tmp_path / "run", min_count=100_000)


def test_strings_that_cannot_be_split_tell_why(config: TrainingConfig, tmp_path: Path) -> None:
    run = TrainingRun(
        tmp_path, replace(config, representation="selfies"), NetworkConfig(4), PriorConfig(4)
    )
    with pytest.raises(RepresentationError, match="'not' cannot be written as SELFIES"):
        run.start([Line(1, "not"), Line(2, "molecules")])


def test_run_writes_metrics_and_provenance(start: Start, tmp_path: Path) -> None:
    run, model, data = start(tmp_path / "run")
    shown: list[Progress] = []
    run.train(model, data, shown.append, {"command": "train"})
    found = rows(run.directory)
    assert [row["step"] for row in found] == list(range(1, 13)) == [p.step for p in shown]
    assert found[-1]["loss"] == shown[-1].metrics["loss"]
    assert any((run.directory / "tensorboard").iterdir())
    assert model.provenance["command"] == "train"
    assert TrainingConfig(**model.provenance["settings"]) == run.config
    assert not model.network.training


def test_interrupted_run_goes_on_exactly(start: Start, tmp_path: Path) -> None:
    unbroken, model, data = start(tmp_path / "unbroken")
    unbroken.train(model, data, lambda _: None, {})
    run, broken, data = start(tmp_path / "broken")
    previous = signal.getsignal(signal.SIGINT)

    def interrupt(progress: Progress) -> None:
        if progress.step == 5:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run.train(broken, data, interrupt, {})
    assert signal.getsignal(signal.SIGINT) is previous
    assert [row["step"] for row in rows(run.directory)] == [1, 2, 3, 4, 5]
    # As if the process had gone on for a while after its last checkpoint, and died while writing.
    with (run.directory / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 6, "loss": 0.0}\n{"step": 7, "lo')
    run, resumed, data = start(tmp_path / "broken")
    run.train(resumed, data, lambda _: None, {})
    assert rows(run.directory) == rows(unbroken.directory)
    for name, tensor in resumed.network.state_dict().items():
        assert tensor.equal(model.network.state_dict()[name]), name


def test_second_interrupt_stops_at_once(start: Start, tmp_path: Path) -> None:
    run, model, data = start(tmp_path / "run")

    def interrupt_twice(progress: Progress) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run.train(model, data, interrupt_twice, {})
    assert not (run.directory / "checkpoint.pt").exists()


def test_warm_start_takes_weights_vocabulary_and_history(start: Start, tmp_path: Path) -> None:
    run, model, data = start(tmp_path / "first")
    run.train(model, data, lambda _: None, {"command": "first"})
    save_model(model, tmp_path / "first")
    run, warm, data = start(tmp_path / "second", warm_start=tmp_path / "first", epochs=1)
    stored = load_model(tmp_path / "first")
    weight = stored.network.state_dict()["encoder.head.weight"]
    assert warm.network.state_dict()["encoder.head.weight"].equal(weight)
    assert warm.representation.vocabulary == model.representation.vocabulary
    run.train(warm, data, lambda _: None, {"command": "second"})
    assert warm.provenance["command"] == "second"
    assert warm.provenance["stage_1"]["command"] == "first"
    assert warm.provenance["stage_1"]["settings"]["epochs"] == 3


def test_prototype_s_history_is_kept(start: Start, tmp_path: Path) -> None:
    _, model, _ = start(tmp_path / "run")
    model.provenance = {"stage_1": {"measured": 1}}
    save_model(model, tmp_path / "prototype")
    run, warm, data = start(tmp_path / "second", warm_start=tmp_path / "prototype", epochs=0.3)
    run.train(warm, data, lambda _: None, {})
    assert warm.provenance["stage_1"] == {"measured": 1}


def test_warm_start_that_does_not_fit_is_refused(start: Start, tmp_path: Path) -> None:
    _, model, _ = start(tmp_path / "run")
    save_model(model, tmp_path / "warm")
    with pytest.raises(ConfigurationError, match="is a characters model: add --representation"):
        start(tmp_path / "new", warm_start=tmp_path / "warm", representation="selfies")
    with pytest.raises(ConfigurationError, match="no log variance, which --regularizer kl needs"):
        start(tmp_path / "new", warm_start=tmp_path / "warm", regularizer="kl")
    with pytest.raises(CheckpointError, match="gone is no model folder"):
        start(tmp_path / "new", warm_start=tmp_path / "gone")


def test_recombined_molecules_are_trained_on_and_never_held_out(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, model, data = start(tmp_path / "run", recombined=2)
    further = data.recombined
    assert further is not None
    assert len(further) > 50
    assert data.training.equal(torch.cat([data.tokens[data.split.training], further]))
    assert data.training.dtype == data.tokens.dtype
    made = {row.string for row in model.representation.decode(further)}
    held_out = torch.cat([data.split.test, data.split.validation])
    assert not made & {data.strings[i] for i in held_out.tolist()}
    assert not made & {data.strings[i] for i in data.split.training.tolist()}
    # Made once: what is kept does not need them to be made again.
    monkeypatch.setattr("latentbo.training.recombine.recombined", None)
    again = start(tmp_path / "again", recombined=2)[2]
    assert again.training.equal(data.training)
