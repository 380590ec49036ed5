import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from latentbo.chemistry import nearest
from latentbo.data import Line
from latentbo.objectives import targets
from latentbo.optimize.options import build_parser
from latentbo.optimizer import PRESETS

PLACE = Path(__file__).parents[2] / "experiments" / "benchmarks" / "pmo.py"


@pytest.fixture(scope="module")
def pmo() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("pmo", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pmo"] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


def rows(values: dict[tuple[str, str], list[float]]) -> list[dict[str, Any]]:
    return [
        {
            **{"preset": preset, "task": task, "seed": seed, "budget": 100, "auc_top10": value},
            **{"cpu_seconds": 2.0 if preset == "ga" else 8.0, "calls": 100},
        }
        for (preset, task), several in values.items()
        for seed, value in enumerate(several)
    ]


RESULTS = rows(
    {
        ("hybrid", "a"): [0.5, 0.7],
        ("ga", "a"): [0.4, 0.4],
        ("hybrid", "b"): [0.2, 0.2],
        ("ga", "b"): [0.1, 0.3],
    }
)


def test_the_table_holds_means_errors_and_ratios(pmo: ModuleType) -> None:
    text = pmo.table(RESULTS, ("hybrid", "ga"), ("a", "b"))
    assert "| a | 0.600 ± 0.100 (1.50) | 0.400 ± 0.000 (1.00) |" in text
    assert "| b | 0.200 ± 0.000 (1.00) | 0.200 ± 0.100 (1.00) |" in text
    assert "| geometric mean | 0.346 (1.22) | 0.283 (1.00) |" in text
    assert "| processor ms a call | 80 | 20 |" in text
    assert "mean ± standard error over 2 seeds" in text


def test_the_last_line_compares_with_the_genetic_algorithm(pmo: ModuleType) -> None:
    line = pmo.comparison(RESULTS, ("hybrid", "ga"), ("a", "b"))
    assert line["ratio"] == pytest.approx(1.5**0.5)
    assert line["ours"] / line["baseline"] == pytest.approx(line["ratio"])
    assert set(line) == {"name", "ours", "baseline", "ratio"}


def test_runs_whose_time_is_not_known_do_not_count_as_fast(pmo: ModuleType) -> None:
    stopped = [{**row, "cpu_seconds": None} if row["seed"] else row for row in RESULTS]
    assert "| processor ms a call | 80 | 20 |" in pmo.table(stopped, ("hybrid", "ga"), ("a", "b"))
    unknown = [{**row, "cpu_seconds": None} for row in RESULTS]
    assert "| processor ms a call | – | – |" in pmo.table(unknown, ("hybrid", "ga"), ("a", "b"))


def test_the_answers_are_not_in_the_pool(
    pmo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, molecules: list[str]
) -> None:
    (answer,) = targets("celecoxib_rediscovery")
    strings = [*molecules, answer]
    lines = [Line(number, string) for number, string in enumerate(strings, start=1)]
    monkeypatch.setattr(pmo, "find_dataset", lambda name: (Path("zinc"), lines))
    jobs = [pmo.Job("ga", "celecoxib_rediscovery", seed, 10) for seed in (0, 1)]
    pmo._write_pools(tmp_path, jobs)
    pools = [(tmp_path / "pools" / f"{job.task}-seed{job.seed}.smi").read_text() for job in jobs]
    for pool in pools:
        drawn = pool.split()
        assert sorted(drawn) == sorted(molecules)
        assert max(value for _, value in nearest(drawn, [answer])) < pmo.NEARLY_THE_SAME
    assert pools[0] != pools[1]


def test_lines_of_a_crash_are_left_out(pmo: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    assert list(pmo._read(path)) == []
    path.write_text(json.dumps({"run": "x"}) + '\n{"run": ')
    assert list(pmo._read(path)) == [{"run": "x"}]


def test_every_preset_can_be_asked_for(pmo: ModuleType) -> None:
    assert set(PRESETS) <= set(pmo.VARIANTS)
    parser = build_parser()
    for options in pmo.VARIANTS.values():
        assert parser.parse_args(["molecules", *options]).preset in PRESETS
    for preset in PRESETS:
        assert f"{preset}," in parser.format_help() or f"{preset}}}" in parser.format_help()


@pytest.mark.parametrize("name", ["--presets", "--tasks"])
def test_unknown_names_are_refused(
    pmo: ModuleType, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        pmo.build_parser().parse_args([name, "nothing", "--out", "x"])
    assert "'nothing' is none of" in capsys.readouterr().err


def test_targets_of_the_training_data_are_named(
    pmo: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    (albuterol,) = targets("albuterol_similarity")
    marked = "CC(C)(C)NC[C@H](O)c1ccc(O)c(CO)c1"
    isomer = "CC(C)(C)NCC(O)c1ccc(CO)c(O)c1"
    for strings, number in (([marked, "CCO"], 1), ([isomer, "CCO"], 0)):
        lines = [Line(i, string) for i, string in enumerate(strings, start=1)]
        monkeypatch.setattr(pmo, "find_dataset", lambda _, lines=lines: (Path(), lines))
        assert pmo.known_targets([albuterol]) == ({albuterol} if number else set())
        said = pmo.told_to_the_model(["qed", "albuterol_similarity"])
        assert f"albuterol_similarity {number} of 1." in said
        assert "qed" not in said
    assert pmo.told_to_the_model(["qed"]) == ""


def test_curves_of_runs_of_different_lengths(pmo: ModuleType) -> None:
    values = {
        "qed": {"ga": [[0.1, None, 0.5], [0.2, 0.3, 0.4]], "hybrid": [[0.2, 0.6]]},
        "median2": {"ga": [[None, 0.1, 0.2]]},
    }
    drawn = pmo.curves_png(values, 3)
    assert drawn.startswith(b"\x89PNG")
    assert drawn == pmo.curves_png(values, 3)
