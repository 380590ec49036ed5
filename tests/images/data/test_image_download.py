from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from latentbo.data import cache_folder
from latentbo.errors import DataError
from latentbo.images.data import load_images

Write = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("no_system_folders")


class Recorder:
    """Stands for a class of torchvision: writes what a real one would, in its layout."""

    def __init__(self, write: Callable[[Path, dict[str, Any]], None]) -> None:
        self.write = write
        self.calls: list[dict[str, Any]] = []

    def __call__(self, root: Path, **options: Any) -> None:
        assert options.pop("download") is True
        self.calls.append(options)
        self.write(Path(root), options)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recorder]:
    def put(name: str, write: Callable[[Path, dict[str, Any]], None]) -> Recorder:
        datasets = pytest.importorskip("torchvision.datasets")
        recorder = Recorder(write)
        monkeypatch.setattr(datasets, name, recorder)
        return recorder

    return put


@pytest.mark.parametrize(("name", "kind"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_a_download_goes_to_the_cache_once(
    install: Callable[..., Recorder], write_mnist: Write, name: str, kind: str
) -> None:
    def write(root: Path, _: dict[str, Any]) -> None:
        for suffix in (".gz", ""):  # torchvision keeps both
            write_mnist(root / kind / "raw", suffix=suffix)
            write_mnist(root / kind / "raw", split="test", suffix=suffix)

    recorder = install(kind, write)
    for split in ("train", "test", "train"):
        data = load_images(name, split, download=True)
        assert data.source == str(cache_folder() / "images" / name / kind / "raw")
    assert recorder.calls == [{}]
    assert load_images(name).found == 20  # now it is there without the option
    assert [path.name for path in (cache_folder() / "images").iterdir()] == [name]


def test_both_splits_of_svhn_are_fetched(install: Callable[..., Recorder]) -> None:
    content = {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": np.ones((2, 1), np.uint8)}
    recorder = install(
        "SVHN", lambda root, options: savemat(root / f"{options['split']}_32x32.mat", content)
    )
    for split in ("train", "test"):
        load_images("svhn", split, download=True)
    assert recorder.calls == [{"split": "train"}, {"split": "test"}]


def test_celeba_is_found_where_torchvision_unpacks_it(
    install: Callable[..., Recorder], write_celeba: Write
) -> None:
    recorder = install("CelebA", lambda root, _: write_celeba(root / "celeba", {0: 1, 2: 2}))
    assert load_images("celeba", "test", download=True).found == 2
    assert recorder.calls == [{"split": "all"}]


def test_without_the_option_nothing_is_fetched(install: Callable[..., Recorder]) -> None:
    recorder = install("MNIST", lambda *_: None)
    with pytest.raises(DataError, match="no data for 'mnist'"):
        load_images("mnist")
    assert recorder.calls == []


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Error downloading train-images-idx3-ubyte.gz"),
        OSError("no network"),
        ImportError("no gdown"),
        ValueError("unknown url type"),
    ],
)
def test_a_failed_download_says_why_and_is_not_taken_for_data(
    install: Callable[..., Recorder], write_mnist: Write, error: Exception
) -> None:
    def fail(root: Path, _: dict[str, Any]) -> None:
        write_mnist(root / "MNIST" / "raw")
        raise error

    install("MNIST", fail)
    message = rf"download of 'mnist' into .* failed \({error}\).*directory or LATENTBO_IMAGE_DIR"
    with pytest.raises(DataError, match=message):
        load_images("mnist", download=True)
    with pytest.raises(DataError, match="no data for 'mnist'"):
        load_images("mnist")


def test_a_download_of_other_files_is_told(install: Callable[..., Recorder]) -> None:
    install("MNIST", lambda root, _: (root / "page.html").write_text("moved"))
    with pytest.raises(DataError, match=r"no data for 'mnist', split train: looked for"):
        load_images("mnist", download=True)
