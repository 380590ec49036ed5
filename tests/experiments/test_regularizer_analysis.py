import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow("experiments/regularizer_analysis.py")

SCRIPT = Path(__file__).parents[2] / "experiments" / "regularizer_analysis.py"


@pytest.fixture(scope="module")
def main() -> Callable[[list[str]], int]:
    entry: Callable[[list[str]], int] = runpy.run_path(str(SCRIPT))["main"]
    return entry


@pytest.fixture(scope="module")
def smoke(main: Callable[[list[str]], int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("analysis") / "new"
    assert main(["--out", str(out), "--smoke"]) == 0
    return out


def numbers(folder: Path, figure: str) -> list[dict[str, Any]]:
    lines = (folder / f"figure_{figure}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_smoke_writes_figures_numbers_and_table(smoke: Path) -> None:
    for figure in ("4.1", "4.2", "4.3", "4.4"):
        assert (smoke / f"figure_{figure}.png").read_bytes().startswith(b"\x89PNG")
        rows = numbers(smoke, figure)
        assert all(row["figure"] == figure and row["loss"] > 0 for row in rows)
    assert "correlation 1" in (smoke / "table.md").read_text()
    assert json.loads((smoke / "config.json").read_text())["seed"] == 0


def test_covariance_sees_the_correlation_that_ks_does_not(smoke: Path) -> None:
    losses = {
        row["panel"]: row["loss"]
        for row in numbers(smoke, "4.1")
        if row["codes"] == "correlation 1" and row["n"] == 100
    }
    assert losses["d = 2, KS alone"] < 5
    assert losses["d = 2, KS + covariance (thesis)"] > 8


def test_existing_folder_is_refused(
    smoke: Path, main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(smoke), "--smoke"]) == 2
    assert main(["--out", str(smoke), "--smoke", "--resume", "--seed", "1"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    assert "exists: give another --out, or --resume" in errors[0]
    assert "no study with these settings" in errors[1]


def test_resume_keeps_what_is_there_and_repeats_what_is_not(
    smoke: Path, main: Callable[[list[str]], int]
) -> None:
    kept, lost = smoke / "figure_4.1.jsonl", smoke / "figure_4.4.jsonl"
    before, stamp = lost.read_text(), kept.stat().st_mtime_ns
    lost.unlink()
    assert main(["--out", str(smoke), "--smoke", "--resume"]) == 0
    assert lost.read_text() == before
    assert kept.stat().st_mtime_ns == stamp
