import errno
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from latentbo.chemistry import MoleculeFilter
from latentbo.errors import CheckpointError, ConfigurationError, DataError, ObjectiveError
from latentbo.ledger import Ledger
from latentbo.objectives import OBJECTIVES
from latentbo.optimizer import Ending, OptimizationConfig, TrustRegionStrategy
from latentbo.run import OptimizationRun, build_optimizer, create_run, open_run, versions
from latentbo.run.lock import LOCK_FILE, alone_in
from latentbo.run.settings import LEDGER_FILE

Settings = dict[str, Any]


@pytest.fixture
def settings(tiny_model_folder: Path) -> Settings:
    config = OptimizationConfig(
        budget=6, num_initial=6, batch_size=3, num_proposals=30, num_rounds=1
    )
    return {
        "task": "molecules",
        "objective": "qed",
        "model": str(tiny_model_folder),
        "budget": 6,
        "threads": 1,
        "filter": asdict(MoleculeFilter()),
        "optimizer": asdict(config),
    }


@pytest.fixture
def make(tmp_path: Path, settings: Settings, pool_file: Path) -> Callable[..., OptimizationRun]:
    def create(initial: Path | None = pool_file, **changes: Any) -> OptimizationRun:
        return create_run(tmp_path / "run", settings | changes, initial)

    return create


def test_the_folder_of_a_new_run(
    make: Callable[..., OptimizationRun], molecules: list[str]
) -> None:
    run = make()
    names = {path.name for path in run.directory.iterdir()}
    assert names == {"config.json", "ledger.sqlite", "pool.smi"}
    config = json.loads((run.directory / "config.json").read_text())
    assert config == run.settings
    assert config["pool"] == {"usable": len(molecules), "left_out": {}}
    assert config["versions"] == versions()
    assert (run.directory / "pool.smi").read_text().split() == molecules
    with Ledger.open(run.directory / "ledger.sqlite") as ledger:
        assert ledger.comparable() == []
    assert open_run(run.directory) == run


def test_versions_name_what_a_result_depends_on() -> None:
    found = versions()
    assert {"python", "latentbo", "torch", "gpytorch", "botorch", "rdkit", "selfies"} <= set(found)
    assert all(found.values())


def test_lines_that_cannot_be_used_are_counted_and_listed(
    make: Callable[..., OptimizationRun], pool_file: Path, molecules: list[str]
) -> None:
    text = "nonsense\n\nCCO\nC[Si]1(C)CCC1 silane\nOC1=CC=CC=C1\n"
    pool_file.write_text(text + pool_file.read_text())
    run = make()
    assert run.settings["pool"] == {
        "usable": len(molecules),
        "left_out": {
            "no SMILES that can be read": 1,
            "not representable by the model": 1,
            "repeated": 1,
            "rings (at least 1)": 1,
        },
    }
    assert (run.directory / "left-out.csv").read_text().splitlines() == [
        "line,reason,original",
        "1,no SMILES that can be read,nonsense",
        "3,rings (at least 1),CCO",
        "4,not representable by the model,C[Si]1(C)CCC1 silane",
        f"{molecules.index('Oc1ccccc1') + 6},repeated,Oc1ccccc1",
    ]


def test_a_file_without_a_usable_molecule_is_refused(
    make: Callable[..., OptimizationRun], pool_file: Path, tmp_path: Path
) -> None:
    pool_file.write_text("nonsense\nCCO\n")
    message = r"no molecule of .*pool\.smi can be used \(1 rings \(at least 1\)\)"
    with pytest.raises(DataError, match=message):
        make()
    assert not (tmp_path / "run").exists()


def test_a_folder_in_use_is_refused_and_left_alone(
    make: Callable[..., OptimizationRun], tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "precious").write_text("data")
    with pytest.raises(ConfigurationError, match="run exists: give another --out"):
        make()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["precious"]


def test_an_empty_folder_is_used(make: Callable[..., OptimizationRun], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert make().directory == tmp_path / "run"


def test_a_folder_that_cannot_be_made_is_an_option_gone_wrong(
    settings: Settings, pool_file: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"pool\.smi.run cannot be .*another --out"):
        create_run(pool_file / "run", settings, pool_file)


def test_nothing_is_made_for_a_wrong_objective(
    make: Callable[..., OptimizationRun], tmp_path: Path
) -> None:
    with pytest.raises(ObjectiveError, match="there is no objective 'qeed'"):
        make(objective="qeed")
    assert not (tmp_path / "run").exists()


def test_a_users_file_is_found_from_another_folder(
    make: Callable[..., OptimizationRun], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "score.py").write_text("def f(smiles):\n    return len(smiles)\n")
    monkeypatch.chdir(tmp_path)
    run = make(objective="score.py:f")
    assert run.settings["objective"] == "score.py:f"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert open_run(run.directory).execute(lambda rows: None, "cpu") is Ending.SPENT
    with Ledger.open(run.directory / "ledger.sqlite") as ledger:
        assert all(row.value == len(row.string) for row in ledger.evaluations())


@pytest.mark.parametrize("name", ["config.json", "ledger.sqlite", "pool.smi"])
def test_an_incomplete_folder_is_no_run(make: Callable[..., OptimizationRun], name: str) -> None:
    run = make()
    (run.directory / name).unlink()
    with pytest.raises(CheckpointError, match=rf"is no folder of a run \({name} is missing\)"):
        open_run(run.directory)


def test_a_missing_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="missing is no folder of a run"):
        open_run(tmp_path / "missing")


@pytest.mark.parametrize("text", ["", "{", "\x00\x01", "nul"])
def test_a_configuration_that_is_no_json(make: Callable[..., OptimizationRun], text: str) -> None:
    run = make()
    (run.directory / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        open_run(run.directory)


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": {"budgets": 3}},
        {"optimizer": {"budget": 0}},
        {"optimizer": {"budget": "many"}},
        {"filter": None},
        {"plugins": 3},
        {"threads": "all"},
        {"threads": 0},
        {"model_sha256": ...},
        {"budget": ...},
        {"pool": None},
        {"pool": {"usable": 3}},
        {"labelled": {"count": 3, "source": "a.csv", "best": "1"}},
    ],
)
def test_a_configuration_of_something_else(
    make: Callable[..., OptimizationRun], change: dict[str, Any]
) -> None:
    run = make()
    config = {key: value for key, value in {**run.settings, **change}.items() if value is not ...}
    (run.directory / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="does not describe a run of this version"):
        open_run(run.directory)
    (run.directory / "config.json").write_text("[1, 2]")
    with pytest.raises(CheckpointError, match="does not describe a run of this version"):
        open_run(run.directory)


@pytest.mark.parametrize("name", ["paintings", ["molecules"]])
def test_a_run_of_an_unknown_task(make: Callable[..., OptimizationRun], name: Any) -> None:
    run = make()
    (run.directory / "config.json").write_text(json.dumps({**run.settings, "task": name}))
    with pytest.raises(CheckpointError, match=r"no such task: give .* with --plugin FILE"):
        open_run(run.directory)


@pytest.mark.parametrize("name", ["model.safetensors", "vocabulary.json", "config.json"])
def test_a_run_goes_on_only_with_its_own_model(
    make: Callable[..., OptimizationRun], tiny_model_folder: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model_folder, folder)
    run = make(model=str(folder))
    path = folder / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(CheckpointError, match="not the one this run was started with"):
        run.execute(lambda rows: None, "cpu")
    path.unlink()
    with pytest.raises(CheckpointError, match=rf"model is no model folder \({name}: "):
        run.execute(lambda rows: None, "cpu")


@pytest.fixture
def expression_settings(expression_models: dict[str, Path], settings: Settings) -> Settings:
    changes = {"task": "expressions", "objective": "target-fit"}
    kept = {name: value for name, value in settings.items() if name != "filter"}
    return {**kept, **changes, "model": str(expression_models["characters"])}


def test_the_folder_of_a_run_over_expressions(
    expression_settings: Settings, expressions: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "e.txt"
    path.write_text("".join(f"{' '.join(expression)}\n" for expression in [*expressions, "x-1"]))
    run = create_run(tmp_path / "run", expression_settings, path)
    names = {path.name for path in run.directory.iterdir()}
    assert names == {"config.json", "ledger.sqlite", "pool.txt", "left-out.csv"}
    assert run.pool == expressions
    assert run.settings["pool"]["left_out"] == {"no expression": 1}
    assert "filter" not in run.settings
    assert open_run(run.directory) == run
    optimizer = build_optimizer(run, OBJECTIVES[run.settings["objective"]], "cpu")
    assert isinstance(optimizer.strategy, TrustRegionStrategy)
    assert optimizer.strategy.featurizer.num_counts > 0
    assert optimizer.strategy.accept("1 + x").string == "1+x"
    (run.directory / "pool.txt").unlink()
    with pytest.raises(CheckpointError, match=r"\(pool\.txt is missing\)"):
        open_run(run.directory)


@pytest.mark.parametrize(
    ("task", "model", "message"),
    [
        ("molecules", "grammar", "grammar was trained on expressions, not on molecules: .*--model"),
        ("expressions", "molecules", "was trained on molecules, not on expressions"),
    ],
)
def test_a_model_of_another_task_is_refused(
    expression_models: dict[str, Path],
    settings: Settings,
    expression_settings: Settings,
    tiny_model_folder: Path,
    tmp_path: Path,
    task: str,
    model: str,
    message: str,
) -> None:
    molecules = tmp_path / "molecules"
    shutil.copytree(tiny_model_folder, molecules)
    config = json.loads((molecules / "config.json").read_text())
    config["provenance"] = {"task": "molecules"}
    (molecules / "config.json").write_text(json.dumps(config))
    folder = {**expression_models, "molecules": molecules}[model]
    chosen = settings if task == "molecules" else expression_settings
    with pytest.raises(ConfigurationError, match=message):
        create_run(tmp_path / "run", {**chosen, "model": str(folder)}, None)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("task", "objective", "message"),
    [
        ("molecules", "target-fit", "scores expressions, not molecules: use one that"),
        ("expressions", "qed", "scores molecules, not expressions: use one that"),
    ],
)
def test_an_objective_of_another_task_is_refused(
    settings: Settings,
    expression_settings: Settings,
    tmp_path: Path,
    task: str,
    objective: str,
    message: str,
) -> None:
    chosen = settings if task == "molecules" else expression_settings
    with pytest.raises(ConfigurationError, match=message):
        create_run(tmp_path / "run", {**chosen, "objective": objective}, None)
    assert not (tmp_path / "run").exists()


def test_a_task_without_a_shipped_model_needs_one(
    expression_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latentbo.run.model.default_model_folder", lambda task: tmp_path / task)
    message = r"no model for expressions \(.*python -m latentbo.train expressions.*--model DIR"
    with pytest.raises(CheckpointError, match=message):
        create_run(tmp_path / "run", {**expression_settings, "model": None}, None)


def test_two_processes_do_not_work_on_one_run(
    settings: Settings, pool_file: Path, tmp_path: Path
) -> None:
    run = create_run(tmp_path / "out", settings, pool_file)
    with (
        alone_in(run.directory),
        pytest.raises(CheckpointError, match="another process is working on the run"),
    ):
        run.execute(lambda rows: None, "cpu")
    assert run.execute(lambda rows: None, "cpu") is Ending.SPENT


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EBADF, errno.ENOSYS])
@pytest.mark.filterwarnings("ignore:the file system of:RuntimeWarning")
def test_a_file_system_without_locks(
    make: Callable[..., OptimizationRun], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fcntl, run = pytest.importorskip("fcntl"), make()

    def fail(file: Any, operation: int) -> None:
        raise OSError(number, "no locks")

    monkeypatch.setattr(fcntl, "flock", fail)
    with alone_in(run.directory):  # the other kind of lock works
        assert not (run.directory / LOCK_FILE).exists()
    monkeypatch.setattr(fcntl, "lockf", fail)
    (run.directory / f"{LEDGER_FILE}.lock").mkdir()  # SQLite's, of a killed process
    with (
        alone_in(run.directory),
        pytest.raises(CheckpointError, match=r"run\.lock: process \d+ on .*was killed"),
        alone_in(run.directory),
    ):
        raise AssertionError
    assert not (run.directory / LOCK_FILE).exists()
    assert not (run.directory / f"{LEDGER_FILE}.lock").exists()
