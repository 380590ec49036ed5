"""A third task, made outside the package: it trains, is searched and reported like the others."""

import csv
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import latentbo
from latentbo.data import Line
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.evaluate import main as evaluate
from latentbo.models import load_model, save_model
from latentbo.objectives import objective_from
from latentbo.optimizer import PRESETS, presets_of
from latentbo.parsing import Grammar
from latentbo.report import write_report
from latentbo.report.command import main as compare
from latentbo.run import check_objective
from latentbo.tasks import TASKS, find_task
from latentbo.train import main as train
from latentbo.training import recipe
from latentbo.training.run import TrainingRun, prepare

PLUGIN = '''
"""Genes: DNA of whole codons, worth their share of G and C."""

from pathlib import Path

import latentbo
from latentbo.parsing import Grammar

GRAMMAR = """
gene -> codon | codon gene
codon -> base base base
base -> 'A' | 'C' | 'G' | 'T'
"""


def gc_content(gene):
    return (gene.count("G") + gene.count("C")) / len(gene)


latentbo.register_task(
    latentbo.grammar_task(
        "genes",
        Grammar.from_text(GRAMMAR),
        objective=f"{Path(__file__).resolve()}:gc_content",
        column="gene",
        lengths={"grammar": 21},
    )
)
'''
GRAMMAR = PLUGIN.split('"""')[3]
SMALL: dict[str, Any] = {
    **{"latent_size": 4, "decoder_width": 24, "encoder_width": 16, "embedding_width": 8},
    **{"epochs": 6.0, "batch_size": 16, "held_out": 24, "learning_rate": 0.01},
}
OPTIONS = tuple(word for name, x in SMALL.items() for word in (f"--{name.replace('_', '-')}", x))

Optimize = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def only_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no test see the task of another, or files of the user."""
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))
    shipped = dict(TASKS)
    yield
    for name in TASKS.keys() - shipped.keys():
        del TASKS[name]


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "genes.py"
    path.write_text(PLUGIN)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two hundred genes of one to four codons, and a line that is none."""
    draw = random.Random(0)
    genes = {"".join(draw.choices("ACGT", k=3 * draw.randint(1, 4))) for _ in range(300)}
    path = tmp_path / "genes.txt"
    path.write_text("\n".join([*sorted(genes)[:200], "ATGAATAA"]))
    return path


def hits(directory: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((directory / "hits.csv").read_text().splitlines()))


def test_from_python_as_an_object(data: Path, tmp_path: Path) -> None:
    task = latentbo.grammar_task(
        "genes", Grammar.from_text(GRAMMAR), column="gene", lengths={"grammar": 21}
    )
    chosen = recipe(task, options=SMALL)
    assert chosen.training.representation == "grammar"
    folder = tmp_path / "model"
    run = TrainingRun(
        folder, chosen.training, chosen.network, chosen.prior, grammar=task.load_grammar()
    )
    _, lines = task.data(data)
    model = run.start(lines)
    prepared = prepare(model.representation, lines, run.config, folder)
    assert (len(prepared.strings), prepared.num_rejected) == (200, 1)
    run.train(model, prepared, lambda _: None, {"task": task.name})
    save_model(model, folder)
    decoded = load_model(folder).decode(model.prior.sample(50), 0.0)
    assert sum(row.string is not None for row in decoded) > 25
    assert all(task.canonical(row.string) for row in decoded if row.string is not None)

    optimizer = latentbo.LatentOptimizer(
        task, model=folder, initial=data, directory=tmp_path / "run", threads=1
    )
    for _ in range(3):
        batch = [proposal.string for proposal in optimizer.ask(6)]
        assert len(batch) == 6
        assert all(task.canonical(gene) == gene for gene in batch)
        optimizer.tell({gene: gene.count("G") for gene in batch})
    assert optimizer.tell([("ATG GGG TAA", 4)]).own == 1
    assert optimizer.settings["task"] == "genes"
    again = latentbo.LatentOptimizer.load(tmp_path / "run")
    assert again.evaluations == optimizer.evaluations
    names = [path.name for path in write_report(tmp_path / "run")]
    assert names == ["hits.csv", "convergence.png", "report.html"]
    assert [*hits(tmp_path / "run")[0]][:2] == ["gene", "value"]
    assert "length" in hits(tmp_path / "run")[0]


def test_from_the_command_line_with_a_plugin(
    plugin: Path,
    data: Path,
    optimize: Optimize,
    stop_after: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, out = tmp_path / "model", tmp_path / "run"
    given = ["genes", "--plugin", plugin, "--data", data, "--out", model, *OPTIONS]
    words = [*map(str, given), "--device", "cpu", "--threads", "1", "--quiet"]
    with stop_after(3):
        assert train(words) == 130
        raise KeyboardInterrupt
    assert train(["--resume", str(model), "--quiet"]) == 0
    settings = json.loads((model / "training.json").read_text())
    assert settings["plugins"] == [str(plugin)]
    assert load_model(model).provenance["task"] == "genes"

    search = ("genes", f"--plugin={plugin}", "--model", model, "--threads", 1, "--quiet")
    search += ("--initial", data, "--num-initial", 12)
    stopped = ("--budget", 30, "--batch-size", 6, "--target", 0.1)
    assert optimize(*search, *stopped, "--out", out) == (0, "", "")
    assert len(hits(out)) < 30

    # As in a process that knows the task from the run's settings alone.
    del TASKS["genes"]
    monkeypatch.setattr("latentbo.plugins._loaded", {})
    again = ("--resume", out, "--target", 2, "--workers", 2, "--quiet")
    assert optimize(*again) == (0, "", "")
    rows = hits(out)
    assert len(rows) == 30
    assert {row["status"] for row in rows} == {"ok"}
    gene = rows[0]["gene"]
    assert float(rows[0]["value"]) == pytest.approx((gene.count("G") + gene.count("C")) / len(gene))
    assert "Text of" in (out / "report.html").read_text()

    measured = ["genes", "--plugin", str(plugin), "--model", str(model), "--data", str(data)]
    assert evaluate([*measured, "--held-out", "24", "--samples", "20", "--quiet"]) == 0
    comparison = [str(out), "--plugin", str(plugin), "--out", str(tmp_path / "comparison")]
    assert compare([*comparison, "--quiet"]) == 0


def test_help_lists_the_task_of_a_plugin(plugin: Path, optimize: Optimize) -> None:
    code, stdout, _ = optimize("--plugin", plugin, "--help")
    assert code == 0
    assert "what to optimize: molecules, expressions, genes" in stdout
    code, stdout, _ = optimize("--plugin", plugin, "--help-all")
    assert code == 0
    assert "{molecules,expressions,genes}" in stdout
    assert "gc_contentforgenes" in "".join(stdout.split())


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (None, "there is no Python file {path}"),
        ("import latentbo\nx = 1 / 0", "the plug-in {path} fails (ZeroDivisionError"),
        ("def f(:", "the plug-in {path} fails (SyntaxError"),
        ("import latentbo\nlatentbo.grammar_task('ge nes', 'expressions')", "no name of a task"),
        (
            "import latentbo\nlatentbo.register_task(latentbo.grammar_task('molecules', 'smiles'))",
            "latentbo has a task 'molecules': give yours another name",
        ),
    ],
)
def test_what_is_wrong_with_a_plugin_is_one_line(
    code: str | None, message: str, optimize: Optimize, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.py"
    if code is not None:
        path.write_text(code)
    exit_code, stdout, stderr = optimize("genes", "--plugin", path)
    assert (exit_code, stdout, stderr.count("\n")) == (2, "", 1)
    assert message.format(path=path) in stderr


def test_a_plugin_runs_once(tmp_path: Path, optimize: Optimize) -> None:
    path = tmp_path / "counting.py"
    path.write_text(
        f"from pathlib import Path\nruns = Path({str(tmp_path / 'runs')!r})\n"
        "runs.write_text((runs.read_text() if runs.exists() else '') + 'x')"
    )
    for _ in range(2):
        optimize("--plugin", path, "--list-objectives")
    assert (tmp_path / "runs").read_text() == "x"


def test_without_defaults_they_must_be_given(optimize: Optimize, tmp_path: Path) -> None:
    task = latentbo.Task(
        "genes", canonical=lambda gene: gene if set(gene) <= set("ACGT") else None, pool=list
    )
    assert latentbo.register_task(task) is find_task("genes") is find_task(task)
    assert (task.surrogate, task.noun, task.pool_file) == ("latent", "gene", "pool.txt")
    assert recipe(task).training.representation == "characters"
    with pytest.raises(ConfigurationError, match=r"genes have no grammar .* with --grammar FILE"):
        task.load_grammar()
    assert "give one with --objective" in optimize("genes", "--out", tmp_path / "a")[2]
    assert "ships no model for genes" in optimize("genes", "--suggest", 1)[2]
    assert train(["genes", "--out", str(tmp_path / "b")]) == 2
    path = tmp_path / "genes.txt"
    path.write_text("ACGT\n")
    assert task.data(path) == (path, [Line(1, "ACGT")])


def test_another_task_over_smiles_has_what_is_for_molecules() -> None:
    task = latentbo.register_task(replace(TASKS["molecules"], name="peptides"))
    assert presets_of(task) == list(PRESETS)
    assert "hybrid" not in presets_of(TASKS["expressions"])
    check_objective(objective_from("qed"), "peptides")
    with pytest.raises(ConfigurationError, match="scores expressions, not peptides"):
        check_objective(objective_from("target-fit"), "peptides")
    with pytest.raises(ConfigurationError, match="scores molecules, not expressions"):
        check_objective(objective_from("qed"), "expressions")


def test_the_last_task_of_a_name_counts(tmp_path: Path) -> None:
    first, second = (latentbo.Task("genes", canonical=str, pool=list) for _ in range(2))
    latentbo.register_task(first)
    assert find_task(second) is find_task("genes") is second


def test_a_run_says_that_its_plugin_is_missing(
    plugin: Path, data: Path, optimize: Optimize, tmp_path: Path
) -> None:
    model, out = tmp_path / "model", tmp_path / "run"
    given = ["genes", "--plugin", plugin, "--data", data, "--out", model, *OPTIONS]
    given += ["--epochs", 0.2]
    assert train([*map(str, given), "--device", "cpu", "--threads", "1", "--quiet"]) == 0
    search = ("genes", "--plugin", plugin, "--model", model, "--threads", 1, "--out", out)
    assert optimize(*search, "--initial", data, "--suggest", 3)[0] == 0
    TASKS.pop("genes")
    moved = plugin.rename(tmp_path / "moved.py")
    code, _, stderr = optimize("--resume", out, "--suggest", 3)
    assert (code, stderr.count("\n")) == (2, 1)
    assert "the run is for 'genes', and there is no such task: give the file" in stderr
    with pytest.raises(CheckpointError, match="no such task"):
        latentbo.LatentOptimizer.load(out)
    code, stdout, _ = optimize("--resume", out, "--suggest", 3, "--plugin", moved)
    assert (code, stdout.split(",")[1:3]) == (0, ["call", "gene"])
