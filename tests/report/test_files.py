from collections.abc import Callable
from pathlib import Path

import pytest

from latentbo.errors import CheckpointError, LatentboError
from latentbo.report.files import write_report

NAMES = ["hits.csv", "hits.sdf", "convergence.png", "report.html"]


def test_four_files_are_written_and_nothing_else(run_directory: Path) -> None:
    paths = write_report(run_directory)
    assert paths == [run_directory / name for name in NAMES]
    expected = {*NAMES, "config.json", "ledger.sqlite"}
    assert {path.name for path in run_directory.iterdir()} == expected
    assert paths[3].read_text(encoding="utf-8").startswith("<!doctype html>")


def test_equal_runs_give_equal_files(make_run: Callable[..., Path]) -> None:
    first = write_report(make_run("first", seconds=0.1, interrupted=False))
    second = write_report(make_run("second", seconds=0.2, interrupted=True))
    for one, other in zip(first[:3], second[:3], strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_an_earlier_report_is_replaced(run_directory: Path) -> None:
    (run_directory / "hits.csv").write_text("old")
    assert write_report(run_directory)[0].read_text().startswith("smiles,")


def test_a_file_that_cannot_be_written_is_one_clear_error(run_directory: Path) -> None:
    (run_directory / "hits.sdf").mkdir()
    with pytest.raises(LatentboError, match=r"cannot write .*hits\.sdf: .*; check space"):
        write_report(run_directory)
    assert not list(run_directory.glob(".*"))


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not a run"):
        write_report(tmp_path)
    assert not list(tmp_path.iterdir())
