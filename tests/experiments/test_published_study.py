"""The command line of a study, without running its jobs."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from published.plan import Study, plan
from published.study import build_parser, configure, main
from study.jobs import log_path

STUDY = Study("expressions", ("gmm-ks", "gvae"), minutes={"train": 30.0})
SMOKE = Study("expressions", ("gvae",), stages=("train",), limit=100)


@pytest.fixture
def chosen() -> Callable[..., Study]:
    def call(*arguments: str) -> Study:
        options = build_parser("", STUDY).parse_args(["--out", "x", *arguments])
        return configure(SMOKE if options.smoke else STUDY, options)

    return call


def test_a_part_of_the_study(chosen: Callable[..., Study]) -> None:
    study = chosen("--only", "train,gp", "--methods", "gvae", "--epochs", "2")
    assert {job.stage for job in plan(study)} == {"train", "gp"}
    assert not any("gmm-ks" in job.name for job in plan(study))
    assert "--epochs 2 " in " ".join(plan(study)[0].command)


def test_models_that_no_search_needs_are_not_trained(chosen: Callable[..., Study]) -> None:
    names = [job.name for job in plan(chosen("--only", "train,kusner2017"))]
    assert "train/gvae-published-seed0" in names
    assert not any("drop-best" in name for name in names)
    both = [job.name for job in plan(chosen("--only", "train,kusner2017,held-out"))]
    assert "train/gvae-published-seed0-drop-best" in both


def test_fewer_seeds(chosen: Callable[..., Study]) -> None:
    names = [job.name for job in plan(chosen("--max-seeds", "2"))]
    assert sum("kusner2017/gmm-ks-published-seed0/" in name for name in names) == 2
    assert not any("seed2" in name for name in names)


def test_the_network_of_all_methods_can_be_chosen(chosen: Callable[..., Study]) -> None:
    names = [job.name for job in plan(chosen("--network", "autoregressive"))]
    assert names
    assert not any("-published-" in name for name in names)
    again = chosen("--network", "published")
    assert plan(again) == plan(chosen())


def test_limited_data_have_their_own_file(chosen: Callable[..., Study]) -> None:
    assert chosen("--limit", "500").data == "data-500.txt"
    assert chosen("--smoke").data == "data-100.txt"
    assert chosen().data is None


@pytest.mark.parametrize("wrong", [["--only", "trian"], ["--methods", "vae"], ["--jobs", "0"]])
def test_wrong_options_are_named(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(STUDY, SMOKE, "", ["--out", "x", *wrong])
    assert error.value.code == 2
    assert wrong[1] in capsys.readouterr().err


def test_a_dry_run_shows_jobs_and_measured_durations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--out", str(tmp_path), "--dry-run", "--only", "train", "--methods", "gvae"]
    assert main(STUDY, SMOKE, "", arguments) == 0
    output = capsys.readouterr().out
    assert "    30.0 min         train/gvae-published-seed0\n" in output
    assert "2 jobs, 0 done; about 30 min left" in output
    assert list(tmp_path.iterdir()) == []
    folder = tmp_path / "train" / "gvae-published-seed0"
    folder.mkdir(parents=True)
    for name in ("model.safetensors", "model_card.md"):
        (folder / name).write_text("")
    log = log_path(tmp_path, "train/gvae-published-seed0", ".jsonl")
    log.parent.mkdir()
    log.write_text('{"started": "now"}\n{"code": 0, "seconds": 600}\n')
    assert main(STUDY, SMOKE, "", arguments) == 0
    output = capsys.readouterr().out
    assert "10.0 min  done   train/gvae-published-seed0\n" in output
    assert "2 jobs, 1 done; about 5 min left" in output


def test_a_failing_job_fails_the_study_but_leaves_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    lines = "".join(f"x+{number % 3 + 1}\n" for number in range(300))
    (data / "expressions100k.txt.gz").write_bytes(gzip.compress(lines.encode()))
    monkeypatch.setenv("LATENTBO_DATA_DIR", str(data))
    out = tmp_path / "out"
    arguments = ["--out", str(out), "--smoke", "--only", "gp,tables"]
    assert main(STUDY, SMOKE, "", arguments) == 1
    assert "needs train/gvae-published-seed0" in capsys.readouterr().err
    assert len((out / "data-100.txt").read_text().splitlines()) == 100
    environment = json.loads((out / "environment.json").read_text())
    assert environment["study"]["methods"] == ["gvae"]
    assert environment["cores"] >= 1
    assert (out / "tables.md").is_file()


def test_options_of_trainings_reach_every_training_and_nothing_else(
    chosen: Callable[..., Study],
) -> None:
    study = chosen("--train-options", "--decoder-width 12 --batch-size 50")
    for job in plan(study):
        has = " ".join(job.command).count("--decoder-width 12 --batch-size 50")
        assert has == (job.kind == "train"), job.name
