"""`python -m latentbo.optimize --protocol` from the command line to the files."""

import json
import math
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from latentbo.ledger import Evaluation, Ledger, Status
from latentbo.objectives import target_fit
from latentbo.objectives.expressions import curve_identity
from latentbo.optimize import main
from latentbo.optimize.protocol_report import write_protocol_summary
from latentbo.protocols import read_labelled, summarize
from latentbo.report import load_run

Optimize = Callable[..., tuple[int, str, str]]
STATE = {"config.json", "ledger.sqlite"}
REPORTS = {"hits.csv", "fit.png", "convergence.png", "report.html"}
DEFAULT_SURROGATES = [("molecules", "tanimoto"), ("expressions", "curves")]
TINY = ("--iterations", 2, "--points", 5, "--inducing", 10, "--gp-epochs", 2)

# Counts its calls, those for labels too, and is interrupted once, at the number in `stop-at`.
STOPPING = """
import pathlib

HERE = pathlib.Path(__file__).parent

def f(expression):
    count, stop = HERE / "count", HERE / "stop-at"
    calls = len(count.read_text()) + 1 if count.exists() else 1
    count.write_text("x" * calls)
    if stop.exists() and calls == int(stop.read_text()):
        stop.unlink()
        raise KeyboardInterrupt
    return -len(expression)
"""


def comparable(directory: Path) -> list[Any]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.comparable()


def evaluations_of(directory: Path) -> list[Evaluation]:
    return [row for row in comparable(directory) if isinstance(row, Evaluation)]


def config_of(directory: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((directory / "config.json").read_text())
    return content


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or leaves labels in the user's cache."""
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))


def write_data(folder: Path, expressions: list[str]) -> Path:
    path = folder / "data.txt"
    path.write_text("".join(f"{expression}\n" for expression in expressions))
    return path


@pytest.fixture
def published(
    expression_models: dict[str, Path], expressions: list[str], tmp_path: Path
) -> list[Any]:
    """A run of two iterations of five points."""
    model, data = expression_models["grammar"], write_data(tmp_path, expressions)
    common = ["--model", model, "--data", data, "--threads", 1]
    return ["expressions", "--protocol", "kusner2017", *common, *TINY]


@pytest.fixture(scope="module")
def finished(
    expression_models: dict[str, Path],
    expressions: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of such a run with seed 3, beside its data; not to be changed."""
    folder = tmp_path_factory.mktemp("published")
    data = write_data(folder, expressions)
    common = ["--model", expression_models["grammar"], "--data", data, "--threads", 1, "--seed", 3]
    options = ["expressions", "--protocol", "kusner2017", *common, *TINY, "--out", folder / "run"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENTBO_CACHE_DIR", str(folder / "cache"))
        assert main([*map(str, options), "--quiet"]) == 0
    return folder / "run"


def saw(folder: Path, expression_models: dict[str, Path], **record: Any) -> Path:
    """Return a copy of the tiny model that says what it was trained on."""
    shutil.copytree(expression_models["grammar"], folder)
    config = config_of(folder)
    config["provenance"] = {**config["provenance"], "data": record}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def threshold_of(values: Iterable[float]) -> float:
    """The best value of the worse half."""
    ascending = sorted(values)
    return ascending[len(ascending) // 2 - 1]


@pytest.fixture
def held_out(
    expression_models: dict[str, Path], expressions: list[str], tmp_path: Path
) -> list[Any]:
    """A run of eight calls with a model that says that it saw the worse half alone."""
    threshold = threshold_of(map(target_fit, expressions))
    model = saw(tmp_path / "model", expression_models, objective="target-fit", threshold=threshold)
    data = write_data(tmp_path, expressions)
    return [
        *("expressions", "--protocol", "held-out", "--model", model, "--data", data),
        *("--threads", 1, "--budget", 8, "--batch-size", 4, "--num-labelled", 8),
    ]


def test_the_published_protocol_writes_its_files(
    optimize: Optimize, published: list[Any], expressions: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = optimize(*published, "--out", out)
    assert (code, stderr) == (0, "")
    assert {path.name for path in out.iterdir()} == STATE | REPORTS | {"protocol.json"}
    best = max(map(target_fit, expressions))
    assert "protocol kusner2017: 24 labelled strings (24 expressions of data.txt)" in stdout
    assert f"the best of them {best:.4g}" in stdout
    assert "starting pool" not in stdout

    found = json.loads((out / "protocol.json").read_text())
    rows = evaluations_of(out)
    assert found["num_points"] == 10
    assert found["num_calls"] + found["num_known"] + found["num_invalid"] == 10
    assert found["num_calls"] == len(rows) > 0
    assert not {row.string for row in rows} & set(expressions)  # known for free
    assert len({row.string for row in rows}) == len(rows)
    for row in rows:
        assert row.status is Status.OK
        assert row.value == pytest.approx(target_fit(row.string))
    assert found["best_in_data"] == pytest.approx(best)
    assert (
        f"protocol kusner2017: 10 points, {found['num_calls']} calls, {found['num_known']} already "
        f"known, {found['num_invalid']} invalid"
    ) in stdout
    for text in ("best three ", "fraction valid ", "log-likelihood ", f"wrote {out / 'hits.csv'}"):
        assert text in stdout
    assert f"wrote {out / 'protocol.json'}" in stdout
    assert "stopped early" not in stdout


def test_what_the_settings_keep_of_the_published_protocol(
    finished: Path, expressions: list[str]
) -> None:
    config = config_of(finished)
    assert config["labelled"] == {
        "count": 24,
        "best": pytest.approx(max(map(target_fit, expressions))),
        "source": "24 expressions of data.txt",
    }
    assert (config["budget"], config["seed"]) == (10, 3)
    assert not config.keys() & {"initial", "pool", "filter"}
    protocol = config["protocol"]
    assert (protocol["name"], protocol["limit"]) == ("kusner2017", None)
    assert protocol["data"] == str(finished.parent / "data.txt")
    assert len(protocol["data_sha256"]) == 64
    settings = protocol["settings"]
    assert (settings["num_iterations"], settings["batch_size"], settings["seed"]) == (2, 5, 3)
    assert (settings["num_inducing"], settings["epochs"]) == (10, 2)
    # As published, but for the refits.
    assert (settings["surrogate"], settings["num_samples"]) == ("published", 25)
    assert (settings["invalid"], settings["refit"]) == ("worst", "continue")
    assert settings["standardize"] is settings["reencode"] is False
    assert settings["exclude_above"] is None


def test_the_same_seed_gives_the_same_run(
    optimize: Optimize, published: list[Any], finished: Path, tmp_path: Path
) -> None:
    for seed, *fewer in ((3,), (4, "--iterations", 1)):
        options = ("--seed", seed, *fewer, "--out", tmp_path / str(seed), "--quiet")
        assert optimize(*published, *options) == (0, "", "")
    assert comparable(tmp_path / "3") == comparable(finished)
    other = evaluations_of(tmp_path / "4")
    assert other != evaluations_of(finished)[: len(other)]


def test_a_finished_run_is_only_reported_again(
    optimize: Optimize, finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "run")
    (tmp_path / "run" / "protocol.json").unlink()
    assert optimize("--resume", tmp_path / "run", "--quiet") == (0, "", "")
    names = ("protocol.json", "hits.csv", "config.json")
    assert [(tmp_path / "run" / name).read_bytes() for name in names] == [
        (finished / name).read_bytes() for name in names
    ]


def test_the_mean_of_nothing_is_null(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_run(finished)
    found = replace(summarize(run.steps, run.evaluations), best=(), average=math.nan)
    monkeypatch.setattr(
        "latentbo.optimize.protocol_report.summarize", lambda steps, evaluations: found
    )
    lines = write_protocol_summary(tmp_path, run)
    assert any("average value nan" in line for line in lines)
    text = (tmp_path / "protocol.json").read_text()
    assert "NaN" not in text
    content = json.loads(text)
    assert content["average"] is None
    assert content["rmse"] == found.rmse


def test_changed_data_are_told(
    optimize: Optimize, published: list[Any], finished: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "run")
    config = config_of(tmp_path / "run")
    config["protocol"]["data"] = str(tmp_path / "data.txt")
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    assert optimize("--resume", tmp_path / "run", "--quiet") == (0, "", "")  # a copy is as good
    (tmp_path / "data.txt").write_text((tmp_path / "data.txt").read_text() + "x+x+x\n")
    code, _, stderr = optimize("--resume", tmp_path / "run", "--quiet")
    assert code == 2
    assert "data.txt is not what this run was started with: restore the file, or start" in stderr
    assert stderr.count("\n") == 1
    (tmp_path / "data.txt").unlink()
    code, _, stderr = optimize("--resume", tmp_path / "run", "--quiet")
    assert code == 2
    assert "data.txt cannot be read" in stderr


@pytest.mark.slow("latentbo/protocols")
@pytest.mark.parametrize("protocol", ["kusner2017", "held-out"])
def test_a_stopped_run_goes_on_as_the_unbroken_one(
    optimize: Optimize,
    request: pytest.FixtureRequest,
    expression_models: dict[str, Path],
    expressions: list[str],
    tmp_path: Path,
    protocol: str,
) -> None:
    options = request.getfixturevalue("published" if protocol == "kusner2017" else "held_out")
    (tmp_path / "stopping.py").write_text(STOPPING)
    threshold = threshold_of(-len(expression) for expression in expressions)
    record = {"objective": "stopping.py:f", "threshold": threshold}
    model = saw(tmp_path / "own", expression_models, **record)
    options = [*options, "--model", model, "--objective", f"{tmp_path / 'stopping.py'}:f"]
    unbroken, stopped = tmp_path / "unbroken", tmp_path / "stopped"
    assert optimize(*options, "--out", unbroken, "--quiet") == (0, "", "")
    num_calls = len((tmp_path / "count").read_text())
    assert len(evaluations_of(unbroken)) > 2
    (tmp_path / "count").unlink()
    (tmp_path / "stop-at").write_text(str(num_calls - 1))
    code, stdout, stderr = optimize(*options, "--out", stopped)
    assert (code, stderr) == (130, "interrupted\n")
    assert f"resume with: python -m latentbo.optimize --resume {stopped}" in stdout
    with Ledger.open(stopped / "ledger.sqlite") as ledger:
        assert len(ledger.pending()) == 2
    assert optimize("--resume", stopped, "--quiet") == (0, "", "")
    assert comparable(stopped) == comparable(unbroken)
    assert (stopped / "hits.csv").read_bytes() == (unbroken / "hits.csv").read_bytes()


SWITCHES: dict[str, tuple[list[Any], Any]] = {
    "standardize": (["--standardize"], True),
    "reencode": (["--reencode"], True),
    "finish": (["--finish"], True),
    "invalid": (["--invalid", "leave-out"], "leave-out"),
    "exclude_above": (["--exclude-above=-3.5"], -3.5),
    "surrogate": (["--gp", "modern"], "modern"),
    "refit": (["--refit", "scratch"], "scratch"),
}


@pytest.mark.parametrize("name", list(SWITCHES))
def test_every_fault_can_be_mended(
    name: str,
    optimize: Optimize,
    published: list[Any],
    expressions: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Drawing takes most of so small a run's time.
    monkeypatch.setattr("latentbo.optimize.running._report", lambda directory, display: None)
    given, expected = SWITCHES[name]
    out = tmp_path / "out"
    options = [*published, "--iterations", 1, "--points", 2, *given, "--out", out, "--quiet"]
    assert optimize(*options) == (0, "", "")
    config = config_of(out)
    assert config["protocol"]["settings"][name] == expected
    others = {key: value for key, value in PUBLISHED.items() if key != name}
    assert config["protocol"]["settings"].items() >= others.items()
    excluded = sum(target_fit(expression) > -3.5 for expression in expressions)
    assert 0 < excluded < 14
    assert config["labelled"]["count"] == 24 - (excluded if name == "exclude_above" else 0)


PUBLISHED = {
    "standardize": False,
    "reencode": False,
    "finish": False,
    "invalid": "worst",
    "exclude_above": None,
    "surrogate": "published",
    "refit": "continue",
}


def test_too_few_data_leave_no_folder(
    optimize: Optimize, published: list[Any], tmp_path: Path
) -> None:
    for text, message in (("x\nx+1\n", "cannot be split"), ("c1ccccc1\n", "is usable (no expre")):
        (tmp_path / "data.txt").write_text(text)
        code, stdout, stderr = optimize(*published, "--out", tmp_path / "out")
        assert (code, stdout) == (2, "")
        assert message in stderr
        assert stderr.count("\n") == 1
        assert not (tmp_path / "out").exists()


def test_the_best_half_is_hidden(
    optimize: Optimize, held_out: list[Any], expressions: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = optimize(*held_out, "--out", out)
    assert (code, stderr) == (0, "")
    assert {path.name for path in out.iterdir()} == STATE | REPORTS | {"labelled.csv"}
    labelled = dict(read_labelled(out / "labelled.csv"))
    threshold = threshold_of(map(target_fit, expressions))
    assert len(labelled) == 8
    assert labelled.keys() <= set(expressions)
    for expression, value in labelled.items():
        assert value == target_fit(expression) <= threshold
    rows = evaluations_of(out)
    assert len(rows) == 8
    assert "initial" not in {row.origin for row in rows}
    # Not proposed in another form, either.
    known = {curve_identity(expression) for expression in labelled}
    called = [curve_identity(row.string) for row in rows]
    assert known.isdisjoint(called)
    assert len(set(called)) == len(called)
    config = config_of(out)
    assert config["labelled"] == {
        "count": 8,
        "best": max(labelled.values()),
        "source": "the worse 50% of 24 expressions of data.txt",
    }
    assert config["protocol"]["settings"] == {"drop_best": 0.5, "num_labelled": 8, "seed": 0}
    assert config["optimizer"]["surrogate"] == "curves"
    assert "protocol held-out: 8 labelled strings (the worse 50% of 24 expressions" in stdout
    assert "calls 8/8" in stdout


def test_a_model_that_has_seen_the_best_is_refused(
    optimize: Optimize, held_out: list[Any], expression_models: dict[str, Path], tmp_path: Path
) -> None:
    better = saw(tmp_path / "better", expression_models, objective="target-fit", threshold=-0.1)
    for model, message in (
        (better, "trained on strings up to -0.1, but the protocol hides all above"),
        (expression_models["grammar"], "trained on strings without leaving out the best"),
    ):
        code, stdout, stderr = optimize(*held_out, "--model", model, "--out", tmp_path / "out")
        assert (code, stdout) == (2, "")
        assert message in stderr
        assert "train one with --drop-best 0.5" in stderr
        assert not (tmp_path / "out").exists()


NONE: list[Any] = []
PUBLISHED_PROTOCOL, HELD_OUT = ["--protocol", "kusner2017"], ["--protocol=held-out"]


@pytest.mark.parametrize(
    ("task", "protocol", "given"),
    [
        ("expressions", NONE, ["--data", "file.txt"]),
        ("expressions", NONE, ["--limit=30"]),
        ("molecules", NONE, ["--iterations", 2]),
        ("molecules", NONE, ["--standardize"]),
        ("expressions", NONE, ["--exclude-above=-1"]),
        ("expressions", NONE, ["--drop-best", 0.5]),
        ("expressions", NONE, ["--num-labelled", 10]),
        ("expressions", PUBLISHED_PROTOCOL, ["--budget", 10]),
        ("expressions", PUBLISHED_PROTOCOL, ["--batch-size", 10]),
        ("expressions", PUBLISHED_PROTOCOL, ["--initial", 10]),
        ("expressions", PUBLISHED_PROTOCOL, ["--surrogate", "latent"]),
        ("expressions", PUBLISHED_PROTOCOL, ["--acquisition=log-ei"]),
        ("expressions", PUBLISHED_PROTOCOL, ["--drop-best", 0.5]),
        ("molecules", PUBLISHED_PROTOCOL, ["--min-rings", 1]),
        ("molecules", PUBLISHED_PROTOCOL, ["--max-heavy-atoms=none"]),
        ("expressions", HELD_OUT, ["--initial", 10]),
        ("expressions", HELD_OUT, ["--num-initial", 10]),
        ("expressions", HELD_OUT, ["--points", 10]),
        ("molecules", HELD_OUT, ["--gp", "modern"]),
        ("molecules", HELD_OUT, ["--reencode"]),
        ("molecules", HELD_OUT, ["--preset", "ga"]),
        ("molecules", PUBLISHED_PROTOCOL, ["--min-distance", 0.5]),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else value,
)
def test_options_that_mean_nothing_are_refused(
    optimize: Optimize, tmp_path: Path, task: str, protocol: list[Any], given: list[Any]
) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = optimize(task, *protocol, *given, "--out", out)
    assert (code, stdout) == (2, "")
    option = given[0].split("=")[0]
    name = f"--protocol {protocol[-1].split('=')[-1]}" if protocol else "a run without --protocol"
    assert f"{option} means nothing to {name}: leave it out" in stderr
    assert stderr.count("\n") == 1
    assert not out.exists()


WRONG_VALUES: dict[str, tuple[list[Any], str]] = {
    "protocol": (["--protocol", "other"], "choose from"),
    "limit": ([*PUBLISHED_PROTOCOL, "--limit", 5], "--limit"),
    "points": ([*PUBLISHED_PROTOCOL, "--points", 0], "--points"),
    "two scales": ([*PUBLISHED_PROTOCOL, "--gp", "modern", "--standardize"], "leave standardize"),
    "drop-best": ([*HELD_OUT, "--drop-best", 1.5], "--drop-best"),
    "data": ([*PUBLISHED_PROTOCOL, "--data", "nowhere.txt"], "nowhere.txt cannot be read"),
}


@pytest.mark.parametrize("name", list(WRONG_VALUES))
def test_wrong_values_are_told(
    name: str, optimize: Optimize, expression_models: dict[str, Path], tmp_path: Path
) -> None:
    given, message = WRONG_VALUES[name]
    model = ["--model", expression_models["grammar"]]
    code, stdout, stderr = optimize("expressions", *model, *given, "--out", tmp_path / "out")
    assert (code, stdout) == (2, "")
    assert message in stderr
    assert "Traceback" not in stderr
    assert not (tmp_path / "out").exists()


def test_a_protocol_is_not_changed_when_it_is_resumed(optimize: Optimize, finished: Path) -> None:
    code, _, stderr = optimize("--resume", finished, "--points", 7)
    assert code == 2
    assert "--points cannot be changed when a run is resumed" in stderr


@pytest.mark.parametrize(("task", "surrogate"), DEFAULT_SURROGATES)
def test_the_default_surrogate_is_the_tasks(
    optimize: Optimize,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    task: str,
    surrogate: str,
) -> None:
    options = request.getfixturevalue("options" if task == "molecules" else "expression_options")
    small = ("--budget", 4, "--num-initial", 4, "--quiet")
    assert optimize(*options, *small, "--out", tmp_path / "out") == (0, "", "")
    assert config_of(tmp_path / "out")["optimizer"]["surrogate"] == surrogate


@pytest.mark.parametrize("protocol", [NONE, HELD_OUT])
def test_molecules_have_no_curves(
    optimize: Optimize, options: list[Any], tmp_path: Path, protocol: list[Any]
) -> None:
    given = ["molecules", *protocol] if protocol else options
    out = tmp_path / "out"
    code, stdout, stderr = optimize(*given, "--surrogate", "curves", "--out", out)
    assert (code, stdout) == (2, "")
    assert "--surrogate curves is for expressions: choose fragments, latent or exact" in stderr
    assert stderr.count("\n") == 1
    assert not out.exists()
