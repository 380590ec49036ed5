"""`latentbo compare-models`."""

import json
import re
from pathlib import Path

import pytest

from latentbo.__main__ import main
from latentbo.report.model_comparison import Measured, rows_of

STRINGS = [f"{head}{'C' * n}{tail}" for head in "CNOF" for n in range(1, 6) for tail in "CNO"]


def measured(name: str, share: float, search: bool = True) -> Measured:
    return Measured(
        name,
        {
            "reconstruction": {"canonical": share, "after_noise": {"0.1": share / 2}},
            "samples": {"valid": share, "unique": 1.0, "novel": 0.5, "round_trip": share},
        },
        {
            "ks_over_floor": {"mean": 1 + share, "worst": 3.0},
            "validity": [{"region": "prior", "valid": share}],
            "perturbations": [{"radius": 0.1, "same": None}],
            "verdict": {"level": "<good>", "reasons": ["why & how"]},
        },
        {"calls": 3, "failed": 1, "best": [float("-inf"), 1.0, share], "top10": [0.0, 1.0, share]}
        if search
        else None,
    )


def test_the_best_of_a_line_are_marked() -> None:
    rows = {row.label: row for row in rows_of([measured("a", 0.9), measured("b", 0.4)])}
    assert rows["exact reconstruction"].is_best == [True, False]
    assert rows["KS distance to the prior, 1 = noise floor"].is_best == [False, True]
    assert rows["prior samples: unique"].is_best == [False, False]
    assert rows["codes moved by 0.1: the same string"].texts == ["–", "–"]
    assert rows["search: best value"].texts == ["0.9", "0.4"]
    assert not any("search" in row.label for row in rows_of([measured("a", 0.9, False)] * 2))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "data.smi"
    path.write_text("\n".join(STRINGS))
    return path


def test_two_models_side_by_side(
    tiny_model_folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = _copied(tiny_model_folder, tmp_path)
    out = tmp_path / "out"
    given = ["compare-models", str(tiny_model_folder), str(other), "--data", str(data)]
    given += ["--held-out", "20", "--samples", "20", "--codes", "10", "--budget", "12"]
    given += ["--objective", "qed", "--initial", str(data), "--out", str(out)]
    assert main(given) == 0
    shown = capsys.readouterr().out
    assert "exact reconstruction" in shown
    found = json.loads((out / "models.json").read_text())
    first, second = found["models"]
    # One model under two names: whatever is measured is the same.
    assert [first[key] for key in ("metrics", "diagnosis")] == [
        second[key] for key in ("metrics", "diagnosis")
    ]
    assert first["search"]["best"] == second["search"]["best"]
    assert first["search"]["calls"] == 12
    page = (out / "models.html").read_text(encoding="utf-8")
    assert page.count("<polyline") == 2
    assert not re.search(r"(src|href)=.http", page)
    # Again: the searches are there.
    before = (out / "models.json").read_bytes()
    assert main([*given, "--quiet"]) == 0
    assert (out / "models.json").read_bytes() == before
    assert capsys.readouterr().out == ""


def test_expressions_are_compared_without_limits(
    expression_models: dict[str, Path], expressions: list[str], tmp_path: Path
) -> None:
    folder, data = expression_models["grammar"], tmp_path / "data.txt"
    data.write_text("\n".join(expressions))
    given = ["compare-models", str(folder), str(_copied(folder, tmp_path)), "--data", str(data)]
    given += ["--task", "expressions", "--held-out", "8", "--samples", "5", "--codes", "5"]
    given += ["--budget", "6", "--initial", str(data), "--out", str(tmp_path / "out"), "--quiet"]
    assert main(given) == 0
    found = json.loads((tmp_path / "out" / "models.json").read_text())
    assert [each["search"]["calls"] for each in found["models"]] == [6, 6]


def _copied(folder: Path, parent: Path) -> Path:
    other = parent / "other"
    other.mkdir()
    for file in folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    return other


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("{model}", "give two models or more"),
        ("{model} {model}", "is given twice"),
        ("{model} absent", "absent is no folder"),
        ("{model} . --initial absent", "--initial absent is no file"),
        ("{model} . --out {model}/config.json", "is a file"),
        ("{model} . --budget -1", "must be at least 0"),
    ],
)
def test_wrong_options_are_one_line(
    words: str, error: str, tiny_model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["compare-models", *words.format(model=tiny_model_folder).split()])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    shown = capsys.readouterr().err
    assert (code, shown.count("\n")) == (2, 1)
    assert error in shown
