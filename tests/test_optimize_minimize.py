"""Measured values of which the smallest are the best: all that people see is in their numbers."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rdkit import Chem

from latentbo.data.bounds import Bound
from latentbo.laboratory import LatentOptimizer, Measurement
from latentbo.ledger import Ledger

Optimize = Callable[..., tuple[int, str, str]]
SIGNS = {"maximize": 1, "minimize": -1}


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


@pytest.fixture
def rounds(
    optimize: Optimize, tiny_model_folder: Path, molecules: list[str], tmp_path: Path
) -> Callable[[str], Path]:
    """Make two rounds of a run whose values are those of the other direction with a minus."""

    def make(direction: str) -> Path:
        sign = SIGNS[direction]
        start = tmp_path / f"{direction}.csv"
        values = [sign * (smiles.count("O") + len(smiles) / 100) for smiles in molecules[:12]]
        lines = [f"M-{i};{s};{v}" for i, (s, v) in enumerate(zip(molecules, values, strict=False))]
        bound = f"M-99;NCCc1ccccc1;{'>9' if sign > 0 else '<-9'}"
        start.write_text("\n".join(["ID;SMILES;Ki (nM)", *lines, bound]))
        given = [
            *("molecules", "--model", tiny_model_folder, "--initial", start, "--threads", 1),
            *("--min-rings", "none", "--chemistry", "none", "--out", tmp_path / direction),
            *(["--minimize"] if sign < 0 else []),
        ]
        code, stdout, stderr = optimize(*given, "--suggest", 3)
        assert code == 0, stderr
        assert f"the best of them {max(values, key=lambda x: sign * x):.4g};" in stderr
        batch = list(csv.DictReader(io.StringIO(stdout)))
        results = tmp_path / f"{direction}-1.csv"
        filled = [sign * 0.5, sign * 7, None]
        results.write_text(
            "id,Ki (nM)\n"
            + "".join(f"{row['id']},{v}\n" for row, v in zip(batch, filled, strict=True) if v)
        )
        code, stdout, stderr = optimize(
            "--resume", tmp_path / direction, "--observe", results, "--suggest", 3
        )
        assert code == 0, stderr
        return tmp_path / direction

    return make


def test_two_directions_are_one_search(rounds: Callable[[str], Path]) -> None:
    up, down = rounds("maximize"), rounds("minimize")
    first, second = table(up / "batch-02.csv"), table(down / "batch-02.csv")
    assert [row["smiles"] for row in first] == [row["smiles"] for row in second]
    assert [row["reason"] for row in first] == [row["reason"] for row in second]
    for one, other in zip(first, second, strict=True):
        assert float(one["predicted"]) == -float(other["predicted"])
        assert one["deviation"] == other["deviation"]
        mark = str.maketrans("<>", "><")
        turned = one["nearest_value"].translate(mark)
        assert float(turned.strip("<>")) == -float(other["nearest_value"].strip("<>"))
        assert turned[:1].strip("-0123456789") == other["nearest_value"][:1].strip("-0123456789")
    pending = [table(folder / "pending.csv") for folder in (up, down)]
    assert [float(row["predicted"]) for row in pending[0]] == [
        -float(row["predicted"]) for row in pending[1]
    ]
    hits = [table(folder / "hits.csv") for folder in (up, down)]
    assert [row["smiles"] for row in hits[0]] == [row["smiles"] for row in hits[1]]
    assert [float(row["value"]) for row in hits[1]] == [-7, -0.5]
    with Ledger.open(down / "ledger.sqlite") as ledger:
        assert max(row.value for row in ledger.evaluations() if row.value is not None) == 7


def test_the_report_shows_the_user_s_numbers(rounds: Callable[[str], Path]) -> None:
    page = (rounds("minimize") / "report.html").read_text()
    assert "<h1>Ki (nM)</h1>" in page
    assert "Ki (nM), minimised." in page
    lead = page[page.index('class="tile lead"') :]
    assert '<p class="figure">−7.00</p>' in lead[: lead.index("</div>")]
    data = json.loads(
        page[page.index('id="data">') + 10 : page.index("</script>", page.index('id="data">'))]
    )
    names = [column["name"] for column in data["columns"]]
    values = [row[names.index("Ki (nM)")] for row in data["rows"]]
    numbers = [value for value in values if isinstance(value, float | int)]
    assert numbers == sorted(numbers)  # the best first
    assert "<-9" in values


def test_a_model_in_python_speaks_the_user_s_numbers(
    tiny_model_folder: Path, pool_file: Path, molecules: list[str]
) -> None:
    optimizer = LatentOptimizer(
        *("molecules", "random"),
        model=tiny_model_folder,
        initial=pool_file,
        chemistry="none",
        minimize=True,
        threads=1,
    )
    first, second, third = molecules[:3]
    optimizer.tell([(first, 2.0), (second, -1.5)])
    optimizer.tell([Measurement(third, None, bound=Bound("<", -3.0))])
    assert [row.value for row in optimizer.evaluations] == [2.0, -1.5, None]
    assert str(optimizer.evaluations[2].bound) == "<-3"
    assert optimizer.evaluations[2].message == "<-3"
    best = optimizer.best
    assert best is not None
    assert (best.string, best.value) == (Chem.CanonSmiles(second), -1.5)
    again = LatentOptimizer.load(optimizer.directory)
    assert [row.value for row in again.evaluations] == [2.0, -1.5, None]


def test_measurements_that_a_computed_run_starts_from_have_its_direction(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    start = tmp_path / "start.csv"
    start.write_text("smiles,atoms\nCCCCc1ccccc1,10\nCCc1ccccc1,8\nCCCCCCCc1ccccc1,13\n")
    given = [*options, "--minimize", "--objective", "property:heavy-atoms", "--preset", "random"]
    place = given.index("--initial")
    given[place + 1] = start
    code, stdout, stderr = optimize(*given, "--out", tmp_path / "run")
    assert code == 0, stderr
    assert "the best of them 8" in stdout
    settings = json.loads((tmp_path / "run" / "config.json").read_text())
    assert settings["labelled"]["best"] == -8


def test_a_name_for_the_values(
    optimize: Optimize, tiny_model_folder: Path, pool_file: Path, tmp_path: Path
) -> None:
    given = [
        *("molecules", "--model", tiny_model_folder, "--initial", pool_file, "--preset", "random"),
        *("--min-rings", "none", "--threads", 1, "--out", tmp_path / "lab"),
    ]
    code, stdout, _ = optimize(*given, "--suggest", 3, "--value-name", "IC50 (nM) <b>")
    assert code == 0
    assert "<h1>IC50 (nM) &lt;b&gt;</h1>" in (tmp_path / "lab" / "report.html").read_text()
    assert "IC50 (nM) &lt;b&gt;" in (tmp_path / "lab" / "batch-01.html").read_text()
    # What other programs read keeps its name.
    assert stdout.splitlines()[0].endswith(",value")


def test_the_first_results_name_the_values(
    optimize: Optimize, tiny_model_folder: Path, pool_file: Path, tmp_path: Path
) -> None:
    given = [
        *("molecules", "--model", tiny_model_folder, "--initial", pool_file, "--preset", "random"),
        *("--min-rings", "none", "--threads", 1, "--out", tmp_path / "lab"),
    ]
    _, stdout, _ = optimize(*given, "--suggest", 2)
    assert "<h1>value</h1>" in (tmp_path / "lab" / "report.html").read_text()
    ids = [row["id"] for row in csv.DictReader(io.StringIO(stdout))]
    results = tmp_path / "results.csv"
    results.write_text(f"id,pIC50\n{ids[0]},5.5\n{ids[1]},6.5\n")
    assert optimize("--resume", tmp_path / "lab", "--observe", results)[0] == 0
    assert "<h1>pIC50</h1>" in (tmp_path / "lab" / "report.html").read_text()


def test_areas_under_the_curve_are_in_the_users_direction(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = optimize(*options, "--minimize", "--objective", "qed", "--out", out)
    assert code == 0, stderr
    areas = re.search(r"area under the curve over \d+ calls: (.*)", stdout)
    assert areas is not None
    assert not set("-−") & set(areas[1].replace("top-", ""))
    page = (out / "report.html").read_text(encoding="utf-8")
    cells = re.findall(r'<tr><td>100?</td><td class="n">(.*?)</td><td class="n">(.*?)</td>', page)
    assert cells
    assert not [pair for pair in cells if set("-−") & set("".join(pair))]
