"""`python -m latentbo.report`: runs in folders, compared in one page."""

import csv
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import unquote

import pytest

from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import Proposal, StepRecord
from latentbo.report import compare, write_comparison, write_report
from latentbo.report.command import main

NAMES = ["comparison.html", "comparison.png", "comparison.csv", "runs.csv"]
SCRIPT = "<script>alert('x')</script>"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line; exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        output = capsys.readouterr()
        return code, output.out, output.err

    return call


def write_run(
    directory: Path, values: Sequence[float | None], seed: int = 0, **config: object
) -> Path:
    """A run whose first two calls were spent on the initial pool."""
    directory.mkdir(parents=True)
    settings = {"task": "molecules", "objective": "qed", "seed": seed, "budget": len(values)}
    (directory / "config.json").write_text(json.dumps({**settings, **config}))
    proposals = [
        Proposal(call, 0, "C" * call, "initial" if call <= 2 else "crossover")
        for call in range(1, len(values) + 1)
    ]
    with Ledger.create(directory / "ledger.sqlite") as ledger:
        ledger.propose(StepRecord(0), proposals)
        for call, value in enumerate(values, start=1):
            ledger.start(call)
            ledger.finish(call, value, "" if value is not None else "no", 0.5)
    return directory


@pytest.fixture
def four_runs(tmp_path: Path) -> list[Path]:
    """Two presets, two seeds each."""
    found = []
    for name, preset, ends in (("ga", "ga", (0.5, 0.7)), ("hy?#", f"hy{SCRIPT}", (0.8, 0.9))):
        for seed, end in enumerate(ends):
            values = [0.1, 0.3, None, end]
            found.append(write_run(tmp_path / f"{name}-{seed}", values, seed, preset=preset))
    return found


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page[page.index("<body>") :]).split())


def test_four_files_and_a_table(report: Command, four_runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "new" / "comparison"
    code, stdout, stderr = report(*four_runs, "--out", out)
    assert (code, stderr) == (0, "")
    assert sorted(path.name for path in out.iterdir()) == sorted(NAMES)
    assert re.findall(r"wrote (.*)", stdout) == [str(out / name) for name in NAMES]
    # Top 10 of preset ga: half of the means of 0.1, 0.3, 0.5 and of 0.1, 0.3, 0.7.
    assert re.search(r"ga +│ +2 │ +0\.3 │ +0\.60 ± 0\.10 │ +0\.167 ± 0\.017", stdout)


def test_the_lines_of_groups_and_runs(
    report: Command, four_runs: list[Path], tmp_path: Path
) -> None:
    report(*four_runs, "--out", tmp_path / "out", "--quiet")
    groups = rows_of(tmp_path / "out" / "comparison.csv")
    assert [row["group"] for row in groups] == ["ga", f"hy{SCRIPT}"]
    first = groups[0]
    assert (first["runs"], first["runs_with_value"], first["seeds"]) == ("2", "2", "0, 1")
    assert (first["best_mean"], first["best_standard_error"]) == ("0.6", "0.1")
    assert (first["auc_top1_mean"], first["calls_mean"], first["failed_mean"]) == ("0.3", "4", "1")
    runs = rows_of(tmp_path / "out" / "runs.csv")
    assert [row["run"] for row in runs] == [str(path) for path in four_runs]
    assert [row["best"] for row in runs] == ["0.5", "0.7", "0.8", "0.9"]
    assert {row["budget"] for row in runs} == {"4"}


def test_the_page(report: Command, four_runs: list[Path], tmp_path: Path) -> None:
    write_report(four_runs[0])
    write_report(four_runs[2])
    out = tmp_path / "out"
    report(*four_runs, "--out", out)
    page = (out / "comparison.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "url(" not in page
    images = re.findall(r'src(?:set)?="([^"]*)"', page)
    assert len(images) == 2
    assert all(image.startswith("data:image/png;base64,") for image in images)
    links = re.findall(r'href="([^"]*)"', page)
    assert [(out / unquote(link)).resolve() for link in links] == [
        four_runs[0] / "report.html",
        four_runs[2] / "report.html",
    ]
    text = text_of(page)
    assert "ga 2 0.3 0.60 ± 0.10 0.300 ± 0.050" in text
    assert f"hy{SCRIPT}".replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") in text
    assert "bands: ± 1 standard error of the mean" in text
    assert "Setting ga hy" in text
    assert "values here are below 0" not in text


def test_one_run(report: Command, tmp_path: Path) -> None:
    run = write_run(tmp_path / "one", [-1.0, -0.5, 2.0])
    code, stdout, _ = report(run, "--out", tmp_path / "out")
    assert code == 0
    assert "all runs" in stdout
    text = text_of((tmp_path / "out" / "comparison.html").read_text())
    assert "One run a group: nothing says how far another seed would lie." in text
    assert "bands" not in text
    assert "What differs" not in text
    assert "values here are below 0" in text


def test_expressions(report: Command, tmp_path: Path) -> None:
    run = write_run(tmp_path / "one", [-1.0, -0.5], task="expressions", objective="target-fit")
    assert report(run, "--out", tmp_path / "out")[0] == 0
    text = text_of((tmp_path / "out" / "comparison.html").read_text())
    assert "diversity" not in text
    assert "molecule" not in text
    assert "diversity_mean" not in rows_of(tmp_path / "out" / "comparison.csv")[0]


def test_runs_without_any_value(report: Command, tmp_path: Path) -> None:
    runs = [write_run(tmp_path / f"{seed}", [None, None], seed) for seed in range(2)]
    code, stdout, _ = report(*runs, "--out", tmp_path / "out")
    assert code == 0
    assert "note: Without any value" in stdout
    (row,) = rows_of(tmp_path / "out" / "comparison.csv")
    assert (row["runs"], row["runs_with_value"], row["best_mean"]) == ("2", "0", "")
    assert row["failed_mean"] == "2"


def test_groups_of_folders_at_a_budget(report: Command, tmp_path: Path) -> None:
    before = write_run(tmp_path / "before" / "0", [0.1, 0.2, 0.9])
    after = write_run(tmp_path / "after" / "0", [0.1, 0.4])
    out = tmp_path / "out"
    code, stdout, _ = report(before, after, "--out", out, "--group-by", "folder", "--budget", 2)
    assert code == 0
    assert "note" not in stdout
    groups = rows_of(out / "comparison.csv")
    assert [row["group"] for row in groups] == ["before", "after"]
    assert [row["best_mean"] for row in groups] == ["0.2", "0.4"]
    assert "compared at 2 calls" in text_of((out / "comparison.html").read_text())


def test_an_earlier_comparison_is_replaced(
    report: Command, four_runs: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report(*four_runs, "--out", out)
    code, stdout, _ = report(*four_runs[:2], "--out", out, "--quiet")
    assert (code, stdout) == (0, "")
    assert len(rows_of(out / "runs.csv")) == 2


def test_the_default_folder(
    report: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path / "one", [1.0])
    monkeypatch.chdir(tmp_path)
    assert report("one")[0] == 0
    assert sorted(path.name for path in (tmp_path / "comparison").iterdir()) == sorted(NAMES)


def test_from_python(four_runs: list[Path], tmp_path: Path) -> None:
    paths = write_comparison(compare(four_runs), tmp_path / "out")
    assert [path.name for path in paths] == NAMES
    again = write_comparison(compare(four_runs), tmp_path / "again")
    for one, other in zip(paths, again, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_runs_of_two_objectives(report: Command, tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, [1.0], objective=name) for name in ("qed", "logp")]
    code, stdout, stderr = report(*runs, "--out", tmp_path / "out")
    assert (code, stdout) == (2, "")
    assert re.fullmatch(
        r"error: .*qed has the objective 'qed' and .*logp has 'logp': compare runs of one "
        r"objective at a time\n",
        stderr,
    )
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_run(report: Command, tmp_path: Path) -> None:
    code, _, stderr = report(tmp_path)
    assert code == 2
    assert "is not a run: config.json and ledger.sqlite missing" in stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: RUN"),
        (["x", "--budget", "0"], "must be at least 1, not 0"),
        (["x", "--group-by", "seed"], "invalid choice: 'seed'"),
        (["x", "--out", __file__], "test_report_command.py is a file: give a folder with --out"),
    ],
)
def test_wrong_options(report: Command, arguments: list[str], message: str) -> None:
    code, _, stderr = report(*arguments)
    assert code == 2
    assert message in stderr
    assert stderr.count("\n") == 1


def test_help_has_examples(report: Command) -> None:
    code, stdout, _ = report("--help")
    assert code == 0
    assert "examples:" in stdout
    assert "python -m latentbo.report" in stdout
    assert "--group-by folder" in stdout
