"""The experiment on attacked embeddings: settings, budgets, tables; small runs are slow."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import robust_molecules
from robust_sequences.cost import measured_cost
from robust_sequences.report import figure, tables
from robust_sequences.settings import SMOKE, VARIANTS, Config

from latentbo.data import DATASETS
from latentbo.errors import ConfigurationError
from latentbo.train import build_parser
from latentbo.train.running import restore_run
from latentbo.train.settings import make_settings
from latentbo.training import SequencePairConfig, total_steps

COST = {"training_rows": 1000, "seconds": {"plain": 0.5, "coupled": 0.7}, "ratio": 1.4}


def make_row(variant: str, seed: int, steps: int = 80) -> dict[str, Any]:
    moved = [
        {"radius": 0.0, "valid": 1.0, "same": 1.0, "code_distance": 0.25, "value_change": 0.0},
        {"radius": 0.5, "valid": 0.5, "same": 0.125, "code_distance": None, "value_change": None},
    ]
    return {
        **{"variant": variant, "seed": seed, "steps": steps, "reconstruction": 0.75 + seed / 8},
        **{"round_trip_data": 0.7, "round_trip_prior": 0.1, "valid": 1.0, "ks_over_floor": 1.5},
        **{"perturbations": moved, "objective": "penalized-logp", "calls": 3},
        **{"best": 2.0, "top_10": 1.5, "curve": [0.5, 1.0, 2.0]},
    }


def test_trainings_have_the_steps_that_were_asked_for() -> None:
    config = Config(steps=37, batch_size=100, epsilon=0.2, strength=0.9)
    found = {}
    for variant in ("plain", "coupled"):
        given = config.training(variant, 37, 1234, 5)
        run = restore_run(Path("x"), make_settings(build_parser().parse_args(given), given, "cpu"))
        assert total_steps(run.config, 1234) == 37
        assert run.warm_start == config.folder
        found[variant] = run.config
    expected = SequencePairConfig(epsilon=0.2, step=0.25, strength=0.9)
    assert found["coupled"].robust == expected
    plain, coupled = (each.as_settings() for each in found.values())
    del coupled["robust"]
    assert plain == coupled


def test_a_new_network_is_trained_from_nothing_and_not_measured_before() -> None:
    assert SMOKE.variants == VARIANTS[1:]
    assert Config().variants == VARIANTS
    given = SMOKE.training("plain", 4, 200, 0)
    run = restore_run(Path("x"), make_settings(build_parser().parse_args(given), given, "cpu"))
    assert run.warm_start is None
    assert (run.network.num_dimensions, run.config.held_out) == (8, 60)
    with pytest.raises(ConfigurationError, match="gone is no folder of a finished training"):
        Config(start="gone")


def test_equal_time_has_more_steps_and_a_stopped_study_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[tuple[str, int, int]] = []

    def measure(
        config: Config, variant: str, steps: int, rows: int, seed: int, out: Path
    ) -> dict[str, Any]:
        if (variant, seed) == ("plain-equal-time", 1) and len(called) < 8:
            raise ConfigurationError("stopped")
        assert rows == 1000
        called.append((variant, seed, steps))
        return make_row(variant, seed, steps)

    monkeypatch.setattr(robust_molecules, "measure", measure)
    monkeypatch.setattr(robust_molecules, "measured_cost", lambda *_: COST)
    arguments = ["--out", str(tmp_path / "out"), "--steps", "50", "--seeds", "2"]
    assert robust_molecules.main(arguments) == 2
    assert called[:4] == [
        *(("start", 0, 50), ("plain", 0, 50), ("coupled", 0, 50), ("plain-equal-time", 0, 70)),
    ]
    called.append(("", 0, 0))
    assert robust_molecules.main([*arguments, "--resume"]) == 0
    assert called[8:] == [("plain-equal-time", 1, 70)]
    assert len((tmp_path / "out/results.jsonl").read_text().splitlines()) == 8
    assert (tmp_path / "out/robust_molecules.png").read_bytes().startswith(b"\x89PNG")
    assert "| coupled | 50 | 0.70 | 0.812 ± 0.062 (2) |" in (tmp_path / "out/tables.md").read_text()
    assert robust_molecules.main(arguments) == 2
    assert "out exists: give another --out, or --resume" in capsys.readouterr().err
    assert robust_molecules.main([*arguments, "--resume", "--budget", "20"]) == 2
    assert "holds no study with these settings" in capsys.readouterr().err


def test_tables_and_figure_tell_what_is_missing(tmp_path: Path) -> None:
    rows = [make_row("plain", 0)]
    models, moved, search = (table.markdown() for table in tables(rows, COST))
    assert "takes 1.40 times the processor time" in models
    assert "| plain, 0 | 1.000 (1) | 1.000 (1) | 0.250 (1) | 0.000 (1) |" in moved
    assert "| plain, 0.5 | 0.500 (1) | 0.125 (1) | – | – |" in moved
    assert "preset latent, 3 calls" in search
    figure(rows, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def molecules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins for ZINC-250k."""
    chains = [
        f"{head}{'C' * length}{tail}"
        for head in ("C", "N", "O", "F", "Cl", "Br")
        for length in range(1, 9)
        for tail in ("O", "C#N", "c1ccccc1", "N", "C(C)C", "C1CC1O", "OC")
    ]
    file = tmp_path / DATASETS["zinc250k"].filename
    file.write_bytes(gzip.compress("\n".join(chains).encode()))
    monkeypatch.setenv("LATENTBO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.usefixtures("molecules")
def test_cost_is_measured_once(tmp_path: Path) -> None:
    options = [SMOKE.training(variant, 4, 1, 0) for variant in ("plain", "coupled")]
    cost = measured_cost(options, 1, tmp_path)
    assert cost["training_rows"] == 300 - 60
    assert cost["ratio"] == cost["seconds"]["coupled"] / cost["seconds"]["plain"] > 0
    assert measured_cost([], 0, tmp_path) == cost


@pytest.mark.slow("experiments/robust_sequences", "experiments/robust_molecules.py")
@pytest.mark.usefixtures("molecules")
def test_smallest_study(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert robust_molecules.main(["--out", str(out), "--smoke"]) == 0
    rows = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [row["variant"] for row in rows] == list(VARIANTS[1:])
    assert all(row["calls"] == 24 for row in rows)
    before = (out / "results.jsonl").read_text()
    assert robust_molecules.main(["--out", str(out), "--smoke", "--resume"]) == 0
    assert (out / "results.jsonl").read_text() == before
