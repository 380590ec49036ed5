"""Made-up files in published formats, read by the loaders of the real ones."""

from pathlib import Path

import made_up_counts
import pytest

from latentbo.counting.data import load_counts
from latentbo.counting.data.command import main as build

DATA_SETS = {
    "svhn-2": ("svhn", ["--size", "32"]),
    "citycount": ("cityscapes", ["--window", "128", "--size", "32"]),
    "citycar": ("cityscapes", ["--window", "128", "--size", "32"]),
    "clevr-scenes": ("clevr", ["--size", "32"]),
}


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawings") / "made-up"
    assert made_up_counts.main(["--out", str(folder), "--n", "12"]) == 0
    return folder


@pytest.mark.parametrize("name", DATA_SETS)
def test_the_loaders_read_drawings(name: str, made_up: Path, tmp_path: Path) -> None:
    folder, options = DATA_SETS[name]
    out = tmp_path / "built"
    command = [name, "--data", str(made_up / folder), *options, "--out", str(out), "--quiet"]
    assert build(command) == 0
    for split in ("train", "test"):
        data = load_counts(out, split)
        assert data.images.shape[1:] == (3, 32, 32)
        assert len(data.counts.unique(dim=0)) > 1


def test_nothing_is_written_over(made_up: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert made_up_counts.main(["--out", str(made_up)]) == 2
    assert "give a new folder" in capsys.readouterr().err
