"""Python functions, optimized in one call."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import latentbo
from latentbo.chemistry import Constraints, MoleculeFilter
from latentbo.errors import ConfigurationError, DataError, PausedError
from latentbo.laboratory import LatentOptimizer, Result
from latentbo.laboratory import one_call as module

Run = Callable[..., Result]


@pytest.fixture
def run(tiny_model_folder: Path, pool_file: Path) -> Run:
    """Optimize with settings that are quick."""

    def call(function: Any, budget: Any = 12, **changes: Any) -> Result:
        settings: dict[str, Any] = {
            "model": tiny_model_folder,
            "initial": pool_file,
            "limits": MoleculeFilter(min_rings=None),
            "threads": 1,
            "chemistry": "none",
            "preset": "ga",
            "batch_size": 4,
            "progress": False,
        }
        found: Result = latentbo.optimize(function, budget, **{**settings, **changes})
        return found

    return call


def rows(result: Result) -> list[tuple[str, Any]]:
    return [(row.string, row.value) for row in result.evaluations]


def test_every_call_is_recorded_and_the_budget_kept(run: Run) -> None:
    calls: list[str] = []

    def length(smiles: str) -> np.float32:
        calls.append(smiles)
        return np.float32(len(smiles))

    result = run(length)
    assert rows(result) == [(smiles, float(len(smiles))) for smiles in calls]
    assert len(calls) == 12
    assert result.best is not None
    assert result.best.value == max(map(len, calls))


def test_a_batched_function_gives_the_same_run(run: Run) -> None:
    sizes: list[int] = []

    def lengths(strings: list[str]) -> np.ndarray:
        sizes.append(len(strings))
        return np.array([len(string) for string in strings])

    single = run(len, seed=3)
    assert rows(run(lengths, seed=3, batched=True)) == rows(single)
    assert sizes == [4, 4, 4]


def test_failures_are_calls(run: Run) -> None:
    def fragile(smiles: str) -> Any:
        if "N" in smiles:
            raise SystemExit("no nitrogen")
        return None if "O" in smiles else 1.0

    result = run(fragile)
    assert len(result.evaluations) == 12
    messages = {row.message for row in result.evaluations if row.value is None}
    assert "SystemExit: no nitrogen" in messages
    assert any("returned None" in message for message in messages)


def test_a_batch_of_another_length_fails(run: Run) -> None:
    result = run(lambda strings: [1.0], batched=True, budget=4)
    messages = {row.message for row in result.evaluations}
    assert messages == {"ObjectiveError: the function must return 4 values for 4 strings"}


def test_many_failures_in_a_row_pause_the_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_FAILURES", 3)
    with pytest.raises(PausedError, match="3 calls in a row failed, the last with: Zero"):
        run(lambda smiles: 1 / 0, directory=tmp_path / "run")
    assert len(run(len, directory=tmp_path / "run").evaluations) == 12


def test_a_stopped_run_is_resumed_and_ends_as_it_would_have(run: Run, tmp_path: Path) -> None:
    class Stop(KeyboardInterrupt):
        pass

    calls = 0

    def stopped(smiles: str) -> float:
        nonlocal calls
        calls += 1
        if calls == 7:
            raise Stop
        return float(len(smiles))

    with pytest.raises(Stop):
        run(stopped, directory=tmp_path / "run")
    assert sum(row.value is not None for row in Result(tmp_path / "run").evaluations) == 6
    assert rows(run(len, directory=tmp_path / "run")) == rows(run(len))


def test_another_run_is_not_resumed(run: Run, tmp_path: Path) -> None:
    run(len, directory=tmp_path / "run")
    with pytest.raises(ConfigurationError, match="has the seed 0, not 1"):
        run(len, directory=tmp_path / "run", seed=1)
    with pytest.raises(ConfigurationError, match="has the direction maximize, not minimize"):
        run(len, directory=tmp_path / "run", direction="minimize")
    assert len(run(len, 14, directory=tmp_path / "run").evaluations) == 14


def test_the_smallest_values_can_be_the_best(run: Run) -> None:
    result = run(len, direction="minimize")
    assert result.best is not None
    assert result.best.value == min(value for _, value in rows(result))


@pytest.mark.parametrize(
    "given",
    [
        {"CCO": 1.0, "CCN": ">2", "CCCl": None},
        [("CCO", np.float64(1.0)), ["CCN", ">2"], ("CCCl", float("nan"))],
    ],
)
def test_measurements_cost_no_call(run: Run, given: Any) -> None:
    result = run(len, initial=given)
    labelled = result.settings["labelled"]
    assert (labelled["count"], labelled["censored"]) == (1, 1)
    assert len(result.evaluations) == 12


def test_pandas_is_understood(run: Run) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"name": ["a", "b"], "smiles": ["CCO", "=CC"], "pIC50": [5.5, 6.0]})
    frame.loc[1, "smiles"] = "CCN"
    series = pandas.Series({"CCO": 5.5, "CCN": 6.0})
    for given in (frame, series):
        assert run(len, initial=given).settings["labelled"]["count"] == 2
    assert run(len, initial=frame).settings["value_name"] == "pIC50"
    strings = pandas.Series(["CCO", "CCN", "CCCO", "CCCN"])
    assert {string for string, _ in rows(run(len, 4, initial=strings))} == set(strings)


def test_strings_to_start_from(run: Run) -> None:
    result = run(len, 4, initial=["OCC", "CCN", "CCCO", "CCCN"])
    assert {string for string, _ in rows(result)} == {"CCO", "CCN", "CCCO", "CCCN"}


@pytest.mark.parametrize(
    "constraints", [{"max-heavy-atoms": 6}, Constraints.from_dict({"max-heavy-atoms": 6})]
)
def test_constraints_are_tables_too(run: Run, constraints: Any) -> None:
    from rdkit.Chem import MolFromSmiles

    result = run(len, 8, constraints=constraints)
    assert all(MolFromSmiles(string).GetNumHeavyAtoms() <= 6 for string, _ in rows(result))


def test_a_model_is_kept_beside_the_run(run: Run, tiny_model_folder: Path, tmp_path: Path) -> None:
    from latentbo.models import load_model

    model = load_model(tiny_model_folder)
    assert rows(run(len, model=model, directory=tmp_path / "run")) == rows(run(len))
    assert (tmp_path / "run.model" / "model.safetensors").is_file()
    LatentOptimizer.load(tmp_path / "run").ask(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"function": "qed"}, "a str cannot be called: give a function"),
        ({"budget": 0}, "budget must be a whole number from 1 up, not 0"),
        ({"budget": 2.5}, "budget must be a whole number from 1 up, not 2.5"),
        ({"batch_size": True}, "batch_size must be a whole number from 1 up, not True"),
        ({"direction": "up"}, "unknown direction 'up'; choose one of maximize, minimize"),
        ({"initial": 7}, "7 .a int. cannot be read as strings or measurements"),
        ({"initial": [("CCO", 1, 2)]}, "cannot be read as strings or measurements"),
        ({"constraints": 7}, "constraints are a TOML file, a dictionary or Constraints, not 7"),
        ({"constraints": {"max-weight": 1}}, "there is no key 'max-weight'"),
        ({"chemistry": "odd"}, "there is no chemistry 'odd'"),
    ],
)
def test_wrong_arguments_are_named(run: Run, changes: dict[str, Any], message: str) -> None:
    function = changes.pop("function", len)
    with pytest.raises(ConfigurationError, match=message):
        run(function, **changes)


def test_unreadable_strings_are_named(run: Run) -> None:
    with pytest.raises(DataError, match=r"initial\.csv: 2 of 2 lines cannot be used"):
        run(len, initial={"not a molecule": 1.0, "neither": 2.0})


def test_settings_of_the_process_are_left_alone(run: Run) -> None:
    seen = set()

    def length(smiles: str) -> int:
        seen.add(torch.get_default_dtype())
        return len(smiles)

    torch.set_default_dtype(torch.float64)
    try:
        run(length)
        assert torch.get_default_dtype() is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert seen == {torch.float64}
