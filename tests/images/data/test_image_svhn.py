import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.io import savemat

from latentbo.errors import DataError
from latentbo.images.data import IMAGE_DATASETS, load_images
from latentbo.images.data.svhn import open_svhn

SVHN = IMAGE_DATASETS["svhn"]


def digits(count: int) -> dict[str, Any]:
    random = np.random.default_rng(count)
    pixels = random.integers(0, 256, (32, 32, 3, count), dtype=np.uint8)
    labels = (np.arange(count) % 10 + 1).astype(np.uint8)[:, None]
    return {"X": pixels, "y": labels}


@pytest.mark.parametrize("compressed", [False, True])
def test_what_was_written_is_read(tmp_path: Path, compressed: bool) -> None:
    content = digits(12)
    savemat(tmp_path / "test_32x32.mat", content, do_compression=compressed)
    data = load_images("svhn", "test", directory=tmp_path)
    assert data.images.shape == (12, 3, 32, 32)
    for number in range(12):
        np.testing.assert_array_equal(
            data.images[number].permute(1, 2, 0).numpy(), content["X"][..., number]
        )
    assert data.labels is not None
    # The file's 10 is the digit 0, the others are what they say.
    assert data.labels.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]
    assert data.labels.dtype == torch.int64
    assert (data.found, data.complete) == (12, False)


def test_a_limit_takes_images_and_labels_together(tmp_path: Path) -> None:
    savemat(tmp_path / "train_32x32.mat", digits(30))
    whole = load_images("svhn", directory=tmp_path)
    part = load_images("svhn", directory=tmp_path, limit=7)
    assert whole.labels is not None
    assert part.labels is not None
    for image, label in zip(part.images, part.labels, strict=True):
        place = [torch.equal(image, other) for other in whole.images].index(True)
        assert whole.labels[place] == label


def test_another_folder_is_no_error(tmp_path: Path) -> None:
    assert open_svhn(SVHN, tmp_path, "train") is None


def changed(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (digits(4) | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (changed(X=None), "no variable 'X' beside y"),
        (changed(y=None), "no variable 'y' beside X"),
        (changed(X=np.zeros((32, 32, 3, 4))), r"X is double of shape \(32, 32, 3, 4\), not uint8"),
        (changed(X=np.zeros((4, 32, 32, 3), np.uint8)), r"of shape \(4, 32, 32, 3\)"),
        (changed(y=np.ones((5, 1))), r"holds 4 images, but y has shape \(5, 1\)"),
        (changed(y=np.array([[0], [1], [2], [3]])), "labels other than 1, 2, ..., 10"),
        (changed(y=np.array([[11], [1], [2], [3]])), "labels other than 1, 2, ..., 10"),
        (changed(y=np.array([[1.5], [1], [2], [np.nan]])), "labels other than 1, 2, ..., 10"),
        (changed(y=np.array([["a"], ["b"], ["c"], ["d"]], object)), "labels other than"),
    ],
)
def test_other_contents_are_refused(tmp_path: Path, content: dict[str, Any], message: str) -> None:
    savemat(tmp_path / "train_32x32.mat", content)
    with pytest.raises(DataError, match=message):
        open_svhn(SVHN, tmp_path, "train")


@pytest.mark.parametrize("kept", [0, 3, 100, 200, 2_000, 10_000])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_cut_file_is_refused(tmp_path: Path, kept: int, compressed: bool) -> None:
    path = tmp_path / "train_32x32.mat"
    savemat(path, digits(4), do_compression=compressed)
    content = path.read_bytes()
    assert len(content) > 12_000
    path.write_bytes(content[:kept])
    with pytest.raises(DataError, match=r"train_32x32\.mat"):
        open_svhn(SVHN, tmp_path, "train")


def test_a_promise_that_cannot_hold_is_refused_before_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "train_32x32.mat"
    savemat(path, digits(4))
    content = path.read_bytes()
    for shape, promised in (((32, 32, 3, 4), (32, 32, 3, 10**7)), ((4, 1), (10**7, 1))):
        sizes = struct.pack(f"<{len(shape)}i", *shape)
        assert content.count(sizes) == 1
        content = content.replace(sizes, struct.pack(f"<{len(shape)}i", *promised))
    path.write_bytes(content)
    monkeypatch.setattr("latentbo.images.data.svhn.loadmat", None)  # it never comes so far
    with pytest.raises(DataError, match=r"cut or damaged: it declares 30,720,000,000 values"):
        open_svhn(SVHN, tmp_path, "train")
