"""A vendor's list in the order of a run's acquisition."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.rank import main

Optimize = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run_folder(optimize: Optimize, options: list[Any], tmp_path: Path) -> Path:
    out = tmp_path / "run"
    chosen = ("--preset", "random", "--objective", "qed", "--quiet", "--out", out)
    assert optimize(*options, *chosen) == (0, "", "")
    return out


def test_a_list_is_ranked_with_its_ids(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "vendor.csv"
    path.write_text("Catalog,Structure,Price\nV-1,CCOc1ccccc1.Cl,9\nV-2,CCNc1ccccc1,8\n,broken,1\n")
    assert main([str(path), "--run", str(run_folder)]) == 0
    output = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(output.out)))
    assert {(row["id"], row["smiles"], row["Price"]) for row in rows} == {
        ("V-1", "CCOc1ccccc1", "9"),
        ("V-2", "CCNc1ccccc1", "8"),
    }
    assert [row["rank"] for row in rows] == ["1", "2"]
    assert all(float(row["deviation"]) > 0 for row in rows)
    assert "no SMILES that can be read" in output.err


def test_a_folder_that_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "vendor.smi"
    path.write_text("CCOc1ccccc1\n")
    assert main([str(path), "--run", str(tmp_path)]) == 2
    assert "is not a run" in capsys.readouterr().err
