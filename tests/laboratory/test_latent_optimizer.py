import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import latentbo
from latentbo import LatentOptimizer, Measurement
from latentbo.errors import ConfigurationError, InputError
from latentbo.ledger import MEASURED, Ledger, Status
from latentbo.objectives import objective_from
from latentbo.report import load_run, write_report

Make = Callable[..., LatentOptimizer]
Optimize = Callable[..., tuple[int, str, str]]
OWN = "NCCc1ccccc1"


def test_the_class_is_the_package_s(make: Make) -> None:
    assert isinstance(make(), latentbo.LatentOptimizer)
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        latentbo.Nothing  # noqa: B018


def test_rounds_with_partial_results_own_molecules_repeats_and_failures(make: Make) -> None:
    optimizer = make()
    first = [proposal.string for proposal in optimizer.ask(4)]
    assert len(set(first)) == 4
    waiting = optimizer.ask(2)  # nothing is known yet
    assert not {each.string for each in waiting} & set(first)
    told = optimizer.tell({first[2]: 3.0, first[0]: None, "c1ccccc1CCN": np.float32(1.5)})
    assert (told.suggested, told.own, told.repeated, told.failed) == (2, 1, 0, 1)
    told = optimizer.tell([(first[2], 5), (first[1], 2.0), (OWN, math.nan)])
    assert (told.suggested, told.own, told.repeated, told.failed) == (1, 0, 2, 1)
    second = optimizer.ask(3)
    known = {row.string for row in optimizer.evaluations if row.call < second[0].call}
    assert len(second) == 3
    assert not {each.string for each in second} & known
    best = optimizer.best
    assert best is not None
    assert (best.string, best.value) == (first[2], 4.0)
    assert {row.string for row in optimizer.pending} == {
        first[3],
        *(each.string for each in [*waiting, *second]),
    }
    origins = {row.string: row.origin for row in optimizer.evaluations}
    assert origins[OWN] == MEASURED


def test_results_that_cannot_be_used_leave_nothing_behind(make: Make) -> None:
    optimizer = make("random")
    molecule = optimizer.ask(1)[0].string
    wrong: list[tuple[Any, str]] = [
        ([(molecule, 1.0), ("not a molecule", 2.0)], r"result 2: 'not a molecule' cannot be read"),
        ([(molecule, 1.0), (molecule, math.inf)], r"result 2: the value inf .* no finite number"),
        ({molecule: "1.5"}, r"the value '1.5' of .* is no finite number"),
        ({molecule: [1.0]}, r"is no finite number"),
        ([(molecule, 1.0, "x")], r"result 1: .* is neither a pair"),
        ([molecule], r"is neither a pair"),
        ([(7, 1.0)], r"7 is no string"),
    ]
    for results, message in wrong:
        with pytest.raises(InputError, match=message):
            optimizer.tell(results)
    assert [row.status for row in optimizer.evaluations] == [Status.PENDING]
    assert optimizer.best is None
    optimizer.tell([Measurement(molecule, None, "lost in the post")])
    assert optimizer.evaluations[0].message == "lost in the post"
    assert optimizer.tell({}).total == 0


def test_a_run_is_saved_and_gone_on_with(make: Make, tmp_path: Path) -> None:
    optimizer = make(seed=3)
    folder = optimizer.directory
    batch = optimizer.ask(5)
    optimizer.tell({each.string: float(len(each.string)) for each in batch[:4]})
    optimizer.save(tmp_path / "deep" / "saved")
    copied = LatentOptimizer.load(tmp_path / "deep" / "saved")
    assert copied.evaluations == optimizer.evaluations
    assert copied.ask(4) == optimizer.ask(4)
    with pytest.raises(ConfigurationError, match="saved exists: give another folder"):
        optimizer.save(tmp_path / "deep" / "saved")
    assert folder.is_dir()
    del optimizer
    assert not folder.exists()
    names = [path.name for path in write_report(copied.directory)]
    assert {"hits.csv", "report.html"} <= set(names)
    assert load_run(copied.directory).objective == "measured"


def test_a_folder_of_one_s_own_stays(make: Make, tmp_path: Path) -> None:
    optimizer = make("random", directory=tmp_path / "run")
    optimizer.ask(2)
    del optimizer
    assert len(LatentOptimizer.load(tmp_path / "run").pending) == 2
    with pytest.raises(ConfigurationError, match="exists: give another"):
        make("random", directory=tmp_path / "run")


@pytest.mark.parametrize("preset", ["hybrid", "latent", "thesis", "gp-bo", "ga", "random"])
def test_told_at_once_it_proposes_what_an_ordinary_run_does(
    make: Make, optimize: Optimize, options: list[Any], tmp_path: Path, preset: str
) -> None:
    calls = 12 if preset in ("hybrid", "ga") else 8
    chosen = [*options, "--preset", preset, "--objective", "qed", "--quiet"]
    chosen += ["--batch-size", 4, "--num-initial", 4, "--budget", calls, "--out", tmp_path / "run"]
    assert optimize(*chosen) == (0, "", "")
    with Ledger.open(tmp_path / "run" / "ledger.sqlite") as ledger:
        expected = [row.string for row in ledger.evaluations()]
    objective, found = objective_from("qed"), list[str]()
    optimizer = make(preset)
    while len(found) < calls:
        batch = [proposal.string for proposal in optimizer.ask(min(4, calls - len(found)))]
        found += batch
        optimizer.tell({smiles: objective(smiles) for smiles in batch})
    assert found == expected


def test_a_killed_process_loses_no_result(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    optimizer = make("random", directory=tmp_path / "run")
    batch = [proposal.string for proposal in optimizer.ask(3)]
    finish, calls = Ledger.finish, list[int]()

    def killed(self: Ledger, call: int, *others: Any) -> None:
        calls.append(call)
        if len(calls) == 2:
            raise KeyboardInterrupt
        finish(self, call, *others)

    monkeypatch.setattr(Ledger, "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        optimizer.tell([*zip(batch, (1.0, 2.0, 3.0), strict=True), (OWN, 4.0)])
    monkeypatch.undo()
    rows = LatentOptimizer.load(tmp_path / "run").evaluations
    assert [row.value for row in rows] == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": "cakes"}, "unknown task 'cakes': choose one of molecules, expressions"),
        ({"preset": "best"}, "unknown preset 'best'"),
        ({"task": "expressions", "preset": "ga"}, "'ga' is not for expressions: choose one of"),
        ({"acquisitoin": "log-ei"}, r"unknown setting 'acquisitoin' \(did you mean 'acquisition'"),
        ({"budget": 7}, "unknown setting 'budget'"),
        ({"surrogate": "curves"}, "'curves' is for expressions"),
        ({"task": "expressions", "constraints": "a.toml"}, "are for molecules"),
        ({"threads": 0}, "threads must be at least 1"),
        ({"constraints": os.devnull}, r"has no table \[constraints\]"),
    ],
)
def test_settings_that_cannot_be_used(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        LatentOptimizer(**settings, directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_nothing_is_asked_for(make: Make) -> None:
    with pytest.raises(ConfigurationError, match="at least 1 string, not 0"):
        make("random").ask(0)


def test_a_pool_comes_to_its_end(make: Make, molecules: list[str]) -> None:
    optimizer = make("random")
    assert len(optimizer.ask(100)) == len(molecules)
    optimizer.tell(dict.fromkeys(molecules, 1.0))
    assert optimizer.ask(1) == []


def test_a_run_with_a_function_takes_no_measurements(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    chosen = ("--preset", "random", "--budget", 2, "--quiet", "--out", tmp_path / "run")
    assert optimize(*options, *chosen)[0] == 0
    with pytest.raises(ConfigurationError, match="calls the objective amlodipine_mpo: only a run"):
        LatentOptimizer.load(tmp_path / "run")


def test_expressions_are_measured(
    expression_models: dict[str, Path], expressions: list[str], tmp_path: Path
) -> None:
    pool = tmp_path / "pool.txt"
    pool.write_text("\n".join(expressions))
    model = expression_models["grammar"]
    optimizer = LatentOptimizer("expressions", model=model, initial=pool, threads=1)
    batch = [proposal.string for proposal in optimizer.ask(4)]
    optimizer.tell({batch[0]: 1.0, batch[1]: 2.0, "x * x": 3.0})
    best = optimizer.best
    assert best is not None
    assert best.string == "x*x"
    assert optimizer.ask(2)
    with pytest.raises(InputError, match=r"'x\+' cannot be read"):
        optimizer.tell({"x+": 1.0})
