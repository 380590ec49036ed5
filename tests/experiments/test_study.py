"""The frame of studies: options, cells and columns, files, and how a run ends."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from study.jobs import Job
from study.options import chosen, numbers_option, seeds_option, study_parser
from study.pages import claim, read_rows, write_results, write_rows, write_whole
from study.running import run_jobs, run_study
from study.table import Cell, Table, first, grouped, lines_of, mean

from latentbo.errors import ConfigurationError, DataError

ROWS = [
    {"method": "a", "seed": 0, "loss": 1.0, "part": {"share": 0.5}, "scale": 4.0},
    {"method": "b", "seed": 0, "loss": 7.0, "part": None, "scale": None},
    {"method": "a", "seed": 1, "loss": 3.0, "part": {"share": 0.7}, "scale": 9.0},
]


@dataclass(frozen=True)
class Settings:
    """Some settings."""

    epochs: float = 3.0
    width: int = 8


def a_table() -> Table:
    columns = {"loss": mean("loss"), "share, %": mean("part", "share", factor=100.0)}
    return Table.of(
        "t", "A table", columns, grouped(ROWS, "method"), "A note.", [("c", ["–", "x"])]
    )


def test_a_column_is_the_mean_over_the_rows_of_a_line() -> None:
    lines = dict(lines_of(grouped(ROWS, "method"), [mean("loss"), mean("part", "share")]))
    assert lines["a"][0] == Cell.of([1.0, 3.0])
    assert lines["a"][1] == Cell.of([0.5, 0.7])
    assert lines["b"] == [Cell(7.0, None, 1), Cell(None, None, 0)]
    assert mean("nowhere")(ROWS) == Cell(None, None, 0)


def test_a_column_of_what_rows_share_is_that_of_the_first() -> None:
    assert [first("scale")(own) for own in grouped(ROWS, "method").values()] == ["4.00", "–"]
    assert first("seed", "{}")(ROWS) == "0"


def test_groups_keep_the_order_of_rows() -> None:
    assert [(name, len(own)) for name, own in grouped(ROWS, "method").items()] == [
        ("a", 2),
        ("b", 1),
    ]


def test_a_table_has_a_line_a_group_and_further_ones() -> None:
    text = a_table().markdown()
    assert "| method | loss | share, % |" in text
    assert "| a | 2.00 ± 1.00 (2) | 60.00 ± 10.00 (2) |" in text
    assert "| b | 7.00 (1) | – |" in text
    assert text.index("| b |") < text.index("| c | – | x |") < text.index("A note.")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Settings()),
        (["--epochs", "5"], Settings(epochs=5.0)),
        (["--width", "0"], Settings(3, 0)),
    ],
)
def test_given_options_replace_settings(arguments: list[str], expected: Settings) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--width", type=int)
    parser.add_argument("--device")
    assert chosen(Settings(), parser.parse_args(arguments)) == expected


def test_renamed_options_replace_no_others() -> None:
    options = argparse.Namespace(epochs=9.0, counter_width=4)
    assert chosen(Settings(), options, width="counter_width") == Settings(width=4)


def test_seeds_are_numbers_each_once() -> None:
    assert seeds_option("2,0,2") == (2, 0)
    assert numbers_option("2,0,2") == (2, 0, 2)
    with pytest.raises(argparse.ArgumentTypeError, match="at least 0, not -1"):
        seeds_option("-1")


def test_every_study_has_a_folder_a_smoke_run_and_resumes() -> None:
    options = study_parser("What it is.").parse_args(["--out", "x", "--smoke"])
    assert (options.out, options.smoke, options.resume) == (Path("x"), True, False)
    with pytest.raises(SystemExit):
        study_parser("").parse_args([])


def test_a_file_is_written_whole_in_folders_that_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    write_whole(path, "one")
    write_whole(path, "two")
    assert path.read_text() == "two"
    assert [each.name for each in path.parent.iterdir()] == ["file.txt"]


def test_results_are_rows_a_page_csv_files_and_figures(tmp_path: Path) -> None:
    assert read_rows(tmp_path) == []
    write_results(tmp_path, ROWS, [a_table()], {"f.png": b"picture"})
    assert read_rows(tmp_path) == ROWS
    assert (tmp_path / "tables.md").read_text() == a_table().markdown()
    assert (tmp_path / "t.csv").read_text() == a_table().csv()
    assert (tmp_path / "f.png").read_bytes() == b"picture"


def test_rows_are_lines_of_json_that_people_can_read(tmp_path: Path) -> None:
    write_rows(tmp_path, [{"name": "GMM-KS α", "loss": 0.1}])
    assert (tmp_path / "results.jsonl").read_text() == '{"name": "GMM-KS α", "loss": 0.1}\n'


def test_a_folder_is_of_one_study(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    claim(out, {"config": {"sizes": (1, 2)}, "seed": 0}, {"torch": "2"}, resume=False)
    content = {"config": {"sizes": [1, 2]}, "seed": 0, "versions": {"torch": "2"}}
    assert json.loads((out / "config.json").read_text()) == content
    claim(out, {"config": {"sizes": (1, 2)}, "seed": 0}, {"torch": "3"}, resume=True)
    with pytest.raises(ConfigurationError, match="out exists: give another --out, or --resume"):
        claim(out, {"config": {"sizes": (1, 2)}, "seed": 0}, {}, resume=False)
    with pytest.raises(ConfigurationError, match="holds no study with these settings"):
        claim(out, {"config": {"sizes": (1, 2)}, "seed": 1}, {}, resume=True)
    (out / "config.json").unlink()
    with pytest.raises(ConfigurationError, match="holds no study with these settings"):
        claim(out, {"seed": 0}, {}, resume=True)


def test_the_end_of_a_study_is_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> int:
        raise DataError("mnist is not here: give another --dataset")

    def is_stopped() -> int:
        raise KeyboardInterrupt

    assert run_study(lambda: None) == 0
    assert run_study(lambda: 1) == 1
    assert run_study(fails) == DataError.exit_code
    assert capsys.readouterr().err == "error: mnist is not here: give another --dataset\n"
    assert run_study(is_stopped) == 130
    assert "the same command goes on" in capsys.readouterr().err


@pytest.mark.parametrize("code", [0, 3])
def test_results_are_written_after_the_jobs_whatever_came_of_them(
    code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = (
        "import sys, pathlib; folder = pathlib.Path('part/a'); folder.mkdir(parents=True);"
        f"(folder / 'result').write_text(''); sys.exit({code})"
    )
    command = (sys.executable, "-c", script)
    job = Job("part/a", "train", "train", command, None, "result", ("result",), (), 1.0)
    order: list[str] = []

    def prepare(commit: str | None) -> list[Job]:
        assert commit is None or len(commit.rstrip("+")) == 12
        order.append("prepared")
        return [job]

    assert run_jobs(tmp_path / "out", 1, prepare, lambda: order.append("written")) == (code > 0)
    assert order == ["prepared", "written"]
    ended = (tmp_path / "out" / "logs" / "part--a.jsonl").read_text().splitlines()[-1]
    assert json.loads(ended)["code"] == code
    assert ("not done: part/a: ended with code 3" in capsys.readouterr().err) == (code > 0)


def test_a_study_without_jobs_or_pages_writes_neither(tmp_path: Path) -> None:
    assert run_jobs(tmp_path / "out", 1, lambda _: [], None) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]
