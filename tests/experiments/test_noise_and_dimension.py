import json
import math
from pathlib import Path

import noise_and_dimension
import pmo
import pytest

from latentbo.ledger import Ledger

Point = noise_and_dimension.Point
METRICS = {
    "reconstruction": {"canonical": 0.5, "nats": 2.0, "after_noise": {"0.25": 0.4, "0.5": 0.3}},
    "samples": {"valid_as_decoded": 0.9, "round_trip": 0.2},
    "structures": {"samples": {"large_rings": 0.01, "aromatic": 0.9, "median_sa": 3.0}},
    "prior_distance_noisy": {
        name: {"100": 1.0, "1000": 1.7} for name in ("ks", "covariance", "sliced")
    },
}


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """The folder of a study whose first training is done."""
    config = noise_and_dimension.Config()
    job = next(iter(noise_and_dimension.jobs(config)))
    folder = tmp_path / job.name
    folder.mkdir(parents=True)
    provenance = {"command": "python -m latentbo.train", "version": "0.1.0"}
    (folder / "config.json").write_text(json.dumps({"provenance": provenance}))
    (folder / "metrics.json").write_text(json.dumps(METRICS))
    for name in job.results:
        (folder / name).write_text("")
    return tmp_path


def test_each_point_is_one_training() -> None:
    config = noise_and_dimension.Config(points=(Point(8, 0.25), Point(16, 1.0, "interpolated")))
    commands = [" ".join(job.command) for job in noise_and_dimension.trainings(config)]
    assert len(commands) == 2
    assert "--latent-size 8 --latent-noise 0.25 --regularized-codes noisy" in commands[0]
    assert "--latent-noise 1 --noise-levels interpolated --epochs" in commands[1]
    assert "--out train/d16-interpolated" in commands[1]


def test_what_is_done_is_measured_and_drawn(finished: Path) -> None:
    noise_and_dimension.write(noise_and_dimension.Config(), finished, "abc")
    (line,) = (finished / "results.jsonl").read_text().splitlines()
    row = json.loads(line)
    assert row["ks"] == 1.7  # at the largest number of codes
    assert row["nats_at_most"] == 147.4
    assert row["commit"] == "abc"
    assert "| 64 | 0.1 | 147 | 0.5 |" in (finished / "table.md").read_text()
    assert (finished / "tradeoff.png").stat().st_size > 10_000


def test_searches_come_behind_their_training_and_have_goals_of_their_own() -> None:
    config = noise_and_dimension.Config(
        points=(Point(8, 0.25), Point(16, 0.5)), goals=("qed", "median1")
    )
    jobs = list(noise_and_dimension.jobs(config))
    kinds = [job.stage for job in jobs]
    assert kinds == ["train", "search", "search"] * 2
    assert jobs[4].needs == ("train/d16-noise0.5",)
    assert "--model train/d16-noise0.5 --objective qed" in " ".join(jobs[4].command)
    assert not set(noise_and_dimension.Config().goals) & set(pmo.TASKS)


def test_a_search_counts_once_all_are_done(finished: Path) -> None:
    config = noise_and_dimension.Config(goals=("qed",), budget=2)
    training = next(noise_and_dimension.trainings(config))
    assert math.isnan(noise_and_dimension.searched(config, finished, training))
    folder = finished / noise_and_dimension.search_name(training, "qed")
    folder.mkdir(parents=True)
    Ledger.create(folder / "ledger.sqlite").close()
    (folder / "report.html").write_text("")
    assert noise_and_dimension.searched(config, finished, training) == 0


def test_without_a_valid_sample_there_are_no_structures(finished: Path) -> None:
    path = next(finished.glob("train/*/metrics.json"))
    path.write_text(json.dumps({**METRICS, "structures": {"held_out": {}}}))
    noise_and_dimension.write(noise_and_dimension.Config(), finished, None)
    assert "nan" in (finished / "table.md").read_text()


def test_wrong_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        noise_and_dimension.main(["--out", "x", "--jobs", "0"])
    assert error.value.code == 2
    assert "--jobs" in capsys.readouterr().err
