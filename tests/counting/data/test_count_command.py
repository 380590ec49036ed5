import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from latentbo.counting.data import load_counts
from latentbo.counting.data.command import build_parser, main

Write = Callable[..., Path]
BUILDERS = ("multi-mnist", "clevr", "clevr-scenes", "svhn-2", "citycount", "citycar")


def mnist(folder: Path, out: Path, *more: str) -> list[str]:
    given = ["multi-mnist", "--data", str(folder), "--classes", "0,6", "--out", str(out)]
    return [*given, "--per-combination", "2", "--test-per-combination", "1", *more]


def test_digits(mnist_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(mnist(mnist_folder, tmp_path / "a")) == 0
    assert load_counts(tmp_path / "a").combinations() == {(1, 1): 2, (2, 0): 2}
    assert load_counts(tmp_path / "a", "left_out").combinations() == {(0, 2): 2}
    assert (tmp_path / "a" / "left_out.png").is_file()
    assert "left_out_test: 1 images, 1 combinations" in capsys.readouterr().out
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text("utf-8"))
    assert manifest["settings"]["left_out"] == ["6=2", "none"]
    # The same command gives the same bytes, sheets too.
    assert main(mnist(mnist_folder, tmp_path / "b", "--quiet")) == 0
    assert capsys.readouterr().out == ""
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_nothing_left_out(mnist_folder: Path, tmp_path: Path) -> None:
    assert main(mnist(mnist_folder, tmp_path / "a", "--left-out", "--quiet")) == 0
    assert not (tmp_path / "a" / "left_out.safetensors").exists()


def test_solids(tmp_path: Path) -> None:
    numbers = ["--per-combination", "1", "--test-per-combination", "0", "--size", "8", "--quiet"]
    options = ["--samples", "1", "--most", "1,2", "--coloured", "--left-out", "sphere=2"]
    assert main(["clevr", "--out", str(tmp_path / "a"), *numbers, *options]) == 0
    assert len(load_counts(tmp_path / "a")) == 4
    assert len(load_counts(tmp_path / "a", "left_out")) == 2


def test_folders(write_scenes: Write, write_street: Write, tmp_path: Path) -> None:
    scenes = write_scenes(tmp_path / "clevr", [[("red", "cube")]])
    given = ["clevr-scenes", "--data", str(scenes), "--out", str(tmp_path / "a"), "--quiet"]
    assert main(given) == 0
    assert load_counts(tmp_path / "a", "test").combinations() == {(0, 0, 1): 1}
    for split in ("train", "val"):
        write_street(tmp_path / "city", [(20.0, 20.0, 12.0, 10.0)], [], split)
    for name, counts in (("citycount", (1, 0)), ("citycar", (1,))):
        given = [name, "--data", str(tmp_path / "city"), "--out", str(tmp_path / name)]
        assert main([*given, "--window", "32", "--quiet"]) == 0
        assert load_counts(tmp_path / name).combinations() == {counts: 1}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["svhn-2", "--data", "nowhere"], "nowhere does not hold SVHN.*is missing"),
        (["citycar", "--data", "nowhere"], "does not hold Cityscapes.*Register at"),
        (["clevr-scenes", "--data", "nowhere"], "does not hold CLEVR.*jcjohns"),
        (["multi-mnist", "--data", "nowhere"], "no data for 'mnist'"),
        (["clevr", "--left-out", "cone=1"], "left-out rule 'cone=1'"),
        (["clevr", "--most", "1,2,3"], "one count for each shape"),
        (["multi-mnist", "--layout", "x"], "layout is 'x'"),
    ],
)
def test_what_users_can_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], message: str
) -> None:
    assert main([*given, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    import re

    assert re.search(message, error)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["circles"],
        ["clevr"],
        ["clevr", "--out", "x", "--shapes", "cone"],
        ["clevr", "--out", "x", "--most", "a"],
        ["clevr", "--out", "x", "--radii", "0"],
        ["citycar", "--out", "x"],
    ],
)
def test_wrong_options(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(given)
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_data_set_is_not_overwritten(
    mnist_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    assert main(mnist(mnist_folder, tmp_path)) == 2
    assert "holds a data set already" in capsys.readouterr().err


@pytest.mark.parametrize("name", BUILDERS)
def test_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        build_parser().parse_args([name, "--help"])
    assert stop.value.code == 0
    assert "--left-out" in capsys.readouterr().out


def test_the_help_is_light() -> None:
    code = (
        "import sys\nfrom latentbo.counting.data.command import build_parser\nbuild_parser()\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "numpy", "matplotlib", "PIL", "rich"}.intersection(found)
