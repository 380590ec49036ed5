"""The comparing of yardstick.py; of its jobs only a quick one runs."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import yardstick
from yardstick_parts.comparing import differences, readable
from yardstick_parts.stored import without

QUICK = "help/evaluate"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the script changes in the environment is put back."""
    monkeypatch.setenv("LATENTBO_CACHE_DIR", "")
    monkeypatch.setenv("LATENTBO_DATA_DIR", "")


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ({"a": [1.0, {"b": 2.0}]}, {"a": [1.0, {"b": 2.5}]}, "/a/1/b: 2.5, was 2.0"),
        ({"a": "C"}, {"a": "CC"}, "/a: 'CC', was 'C'"),
        ({"a": 1}, {}, "/a: missing, was 1"),
        ({}, {"a": None}, "/a: new, None"),
        ({"a": [1]}, {"a": [1, 2]}, "/a: 2 entries, were 1"),
        ({"a": True}, {"a": 1}, "/a: 1, was True"),
        ({"a": 0}, {"a": None}, "/a: None, was 0"),
        ({"a": [0]}, {"a": {"b": 0}}, "/a: {'b': 0}, was [0]"),
        ({"a": math.nan}, {"a": 1.0}, "/a: 1.0, was nan"),
    ],
)
def test_a_difference_is_named(before: Any, after: Any, line: str) -> None:
    assert list(differences(before, after)) == [line]


def test_equal_values_have_none() -> None:
    value = {"a": [1, 2.5, "x", None, True, math.nan, math.inf], "b": {"c": []}}
    assert list(differences(value, json.loads(json.dumps(value)))) == []
    assert list(differences([1], [1.0])) == []


def test_the_last_bit_counts_unless_a_tolerance_is_given() -> None:
    near = math.nextafter(0.3, 1)
    assert len(list(differences([0.3], [near]))) == 1
    assert list(differences([0.3, 1e6], [near, 1e6 + 1], tolerance=1e-6)) == []
    assert len(list(differences([0.3], [0.31], tolerance=1e-3))) == 1


def test_only_the_first_differences_of_a_job_are_shown() -> None:
    lines = readable({"a": [f"line {i}" for i in range(30)], "b": [], "c": ["only"]})
    assert lines[:2] == ["a: 30 differences", "  line 0"]
    assert lines[-3:] == ["  and 22 more", "c: 1 difference", "  only"]


def test_times_are_left_out_at_any_depth() -> None:
    value = {"a": [{"seconds": 1.0, "loss": 2.0, "data": "x"}], "rows_per_second": 3}
    assert without(value, ("data",)) == {"a": [{"loss": 2.0}]}


def test_parts_and_jobs_can_be_chosen() -> None:
    assert yardstick.chosen(f"{QUICK},help") == [QUICK, *(n for n in HELPS if n != QUICK)]
    assert yardstick.chosen("strings/selfies") == ["strings/selfies"]
    assert set(yardstick.chosen(",".join(yardstick.PARTS))) == set(yardstick.JOBS)


HELPS = [name for name in yardstick.JOBS if name.startswith("help/")]


def test_recorded_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, again = tmp_path / "before.json", tmp_path / "after.json"
    assert yardstick.main(["--record", str(file), "--only", QUICK]) == 0
    compare = ["--compare", str(file), "--only", QUICK]
    assert yardstick.main([*compare, "--record", str(again)]) == 0
    assert again.read_text() == file.read_text()
    content = json.loads(file.read_text())
    content["records"][QUICK][0] = "usage: another"
    file.write_text(json.dumps(content))
    capsys.readouterr()
    assert yardstick.main(compare) == 1
    printed = capsys.readouterr().out
    assert printed.startswith(f"{QUICK}: 1 difference\n  /0: 'usage: python -m latentbo.evaluate")
    assert "was 'usage: another'\n0 of 1 jobs" in printed


def test_jobs_that_came_went_or_failed_are_differences() -> None:
    before = {"old": [1], "both": [2], "bad": {"failed": "x"}}
    after = {"both": [2], "new": [3], "bad": {"failed": "x"}}
    assert yardstick.compare(before, after, ["old", "both", "new", "bad"]) == {
        "old": ["there is no such job any more"],
        "both": [],
        "new": ["not in the file"],
        "bad": ["x"],
    }


def test_a_job_that_fails_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(folder: Path) -> None:
        raise TypeError(f"{folder} is no good")

    monkeypatch.setitem(yardstick.JOBS, "strings/selfies", fail)
    only = f"strings/selfies,{QUICK}"
    assert yardstick.main(["--record", str(tmp_path / "x.json"), "--only", only]) == 1
    printed = capsys.readouterr().out
    assert "strings/selfies: 1 difference\n  TypeError: FOLDER is no good" in printed
    assert "1 of 2 jobs" in printed


def test_wrong_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "before.json"
    assert yardstick.main(["--compare", str(file)]) == 2
    file.write_text("[]")
    assert yardstick.main(["--compare", str(file)]) == 2
    assert yardstick.main(["--record", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 3
    for wrong in ([], ["--record", "x", "--only", "nothing"]):
        with pytest.raises(SystemExit, match="2"):
            yardstick.main(wrong)
