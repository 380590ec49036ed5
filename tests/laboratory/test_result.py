"""What a run has found, from its folder."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import latentbo
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.laboratory import LatentOptimizer, Result, own_tables

Make = Callable[..., LatentOptimizer]
SERIES = ["CCO", "CCCO", "CCCCO", "CCN", "CCCN", "CCCCN", "CCC", "CCCC"]


@pytest.fixture
def optimizer(make: Make) -> LatentOptimizer:
    found = make()
    found.tell({string: float(len(string)) for string in SERIES})
    found.ask(2)
    return found


def test_any_folder_of_a_run_opens(optimizer: LatentOptimizer, tmp_path: Path) -> None:
    result = latentbo.Result(optimizer.directory)
    assert result.evaluations == optimizer.evaluations
    assert result.best == optimizer.best
    assert [row.string for row in result.pending] == [row.string for row in optimizer.pending]
    with pytest.raises(CheckpointError, match="is no folder of a run"):
        Result(tmp_path)


def test_the_table_holds_every_row_best_first(
    optimizer: LatentOptimizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setattr("latentbo.laboratory.result.find_spec", lambda name: None)
    table = optimizer.table
    assert [row["value"] for row in table[:3]] == [5.0, 5.0, 4.0]
    assert [row["status"] for row in table[-2:]] == ["pending", "pending"]
    assert table[0].keys() == {
        *("call", "smiles", "value", "status", "origin", "predicted", "deviation", "message")
    }


def test_the_table_is_a_data_frame_where_pandas_is(optimizer: LatentOptimizer) -> None:
    pandas = pytest.importorskip("pandas")
    table = optimizer.table
    assert isinstance(table, pandas.DataFrame)
    assert len(table) == 10


def test_predictions_are_those_of_the_ranking(optimizer: LatentOptimizer) -> None:
    found = optimizer.predict(["OCC", "CCCCCO"])
    assert found[0][0] == pytest.approx(3.0, abs=0.7)
    assert found[1][1] > found[0][1]
    ranked = {each.string: (each.predicted, each.deviation) for each in optimizer.rank(["CCO"])}
    assert ranked["CCO"] == pytest.approx(found[0])
    assert optimizer.predict([]) == []


def test_predictions_have_the_users_direction(make: Make) -> None:
    optimizer = make(minimize=True)
    optimizer.tell({string: float(len(string)) for string in SERIES})
    assert optimizer.predict(["CCO"])[0][0] == pytest.approx(3.0, abs=0.7)
    assert optimizer.best is not None
    assert optimizer.best.value == 3.0


def test_what_cannot_be_predicted_is_named(optimizer: LatentOptimizer, make: Make) -> None:
    with pytest.raises(ConfigurationError, match="'no molecule' cannot be read"):
        optimizer.predict(["no molecule"])
    with pytest.raises(ConfigurationError, match="give a list of strings, not the one string"):
        optimizer.predict("CCO")
    with pytest.raises(ConfigurationError, match="too few values to learn from"):
        make().predict(["CCO"])


def test_a_notebook_shows_the_best_structures(optimizer: LatentOptimizer) -> None:
    shown = optimizer._repr_html_()
    assert shown.count("<svg") == 8
    assert shown.index("CCCCO") < shown.index("CCCC</figcaption>")
    assert "8 oracle calls" in shown


def test_the_report_is_written(optimizer: LatentOptimizer) -> None:
    assert optimizer.report() == optimizer.directory / "report.html"
    assert (optimizer.directory / "hits.csv").is_file()


def test_tables_of_scripts_are_quoted_as_files_are(tmp_path: Path) -> None:
    from latentbo.tasks import find_task

    path = own_tables.as_file({"=CC": 1.0}, find_task("molecules"), tmp_path / "x.csv")
    assert path.read_text().splitlines()[1].startswith("'=CC")
