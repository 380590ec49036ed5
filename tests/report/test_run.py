from dataclasses import replace
from pathlib import Path

import pytest

from latentbo.errors import CheckpointError
from latentbo.proposals import far_enough
from latentbo.report.hits import collect_hits
from latentbo.report.page import render_page
from latentbo.report.run import Run, load_run
from latentbo.report.terminal import summary_table
from latentbo.report.views import view_of


def test_a_run_is_read_back(run: Run) -> None:
    assert run.config["seed"] == 3
    assert [row.call for row in run.evaluations] == list(range(1, 12))
    assert [row.call for row in run.finished] == list(range(1, 11))
    assert [row.call for row in run.initial] == [1, 2, 3, 4, 5]
    assert [step.batch for step in run.steps] == [0, 1]
    assert run.num_interrupted == 1


def test_ranked_is_best_first_with_ties_by_call_and_failures_last(run: Run) -> None:
    assert [row.call for row in run.ranked] == [7, 9, 3, 5, 6, 1, 10, 4, 2, 8]


def test_the_budget(run: Run) -> None:
    assert run.budget == 11
    for config in ({}, {"budget": None}, {"budget": 0}, {"budget": "many"}):
        assert replace(run, config=config).budget == 11  # the calls that it proposed
    assert replace(run, config={"budget": 500}).budget == 500
    assert Run().budget == 1


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nowhere is not a folder"):
        load_run(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("removed", "named"),
    [
        (["config.json"], r"run is not a run: config\.json missing"),
        (["ledger.sqlite"], r"run is not a run: ledger\.sqlite missing"),
        (["config.json", "ledger.sqlite"], r"config\.json and ledger\.sqlite missing"),
    ],
)
def test_a_folder_that_is_no_run(run_directory: Path, removed: list[str], named: str) -> None:
    for name in removed:
        (run_directory / name).unlink()
    with pytest.raises(CheckpointError, match=named):
        load_run(run_directory)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", r"cannot read .*config\.json"),
        (b"\xff\xfe", r"cannot read .*config\.json"),
        (b"[1]", r"config\.json holds list, not the settings"),
    ],
)
def test_a_damaged_configuration(run_directory: Path, content: bytes, reason: str) -> None:
    (run_directory / "config.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=reason):
        load_run(run_directory)


def test_a_damaged_ledger(run_directory: Path) -> None:
    (run_directory / "ledger.sqlite").write_text("hello")
    with pytest.raises(CheckpointError, match=r"cannot read the ledger .*ledger\.sqlite"):
        load_run(run_directory)


def test_hits_are_all_values_unless_they_must_lie_apart(run: Run) -> None:
    assert [row.call for row in run.hits] == [
        row.call for row in run.ranked if row.value is not None
    ]
    apart = replace(run, config={**run.config, "optimizer": {"min_distance": 0.8}})
    assert apart.hits[0] == run.ranked[0]
    assert 1 < len(apart.hits) < len(run.hits)
    for row in run.hits:
        better = run.ranked[: run.ranked.index(row)]
        kept = [other.string for other in better if other in apart.hits]
        is_far = far_enough([row.string], kept, 0.8) == [True]
        assert is_far == (row in apart.hits), row.string


@pytest.mark.parametrize("wrong", [None, "far", 0, -1, 7])
def test_a_distance_that_is_none_is_ignored(run: Run, wrong: object) -> None:
    assert replace(run, config={"optimizer": {"min_distance": wrong}}).min_distance == 0
    assert replace(run, config={"optimizer": wrong}).min_distance == 0


def test_what_is_shown_lies_apart(run: Run) -> None:
    apart = replace(run, config={**run.config, "optimizer": {"min_distance": 0.8}})
    view = view_of(apart)
    page = render_page(apart, collect_hits(apart, view), b"")
    assert "at a Tanimoto distance of at least 0.8" in page
    assert page.count('class="card"') == len(apart.hits)
    table = summary_table(apart)
    assert "at least 0.8 apart" in str(table.title)
    assert table.row_count == len(apart.hits)
