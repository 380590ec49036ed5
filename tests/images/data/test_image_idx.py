import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from latentbo.errors import DataError
from latentbo.images.data import IMAGE_DATASETS
from latentbo.images.data.idx import open_idx, read_idx

Write = Callable[..., Path]
MNIST = IMAGE_DATASETS["mnist"]


@settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data(), st.integers(1, 3), st.sampled_from(["", ".gz"]))
def test_what_was_written_is_read(
    tmp_path: Path, write_idx: Write, data: st.DataObject, dimensions: int, suffix: str
) -> None:
    shapes = arrays.array_shapes(min_dims=dimensions, max_dims=dimensions, max_side=6)
    values = data.draw(arrays.arrays(np.uint8, shapes))
    path = write_idx(tmp_path / f"values{suffix}", values)
    np.testing.assert_array_equal(read_idx(path, dimensions), values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.sampled_from(["", ".gz"]))
def test_every_cut_is_noticed(tmp_path: Path, write_idx: Write, cut: int, suffix: str) -> None:
    values = np.random.default_rng(0).integers(0, 256, (3, 4, 5), dtype=np.uint8)
    path = write_idx(tmp_path / f"values{suffix}", values)
    content = path.read_bytes()
    path.write_bytes(content[: cut % len(content)])
    with pytest.raises(DataError, match=rf"values{suffix}"):
        read_idx(path, 3)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_file_that_is_too_long_is_refused(tmp_path: Path, write_idx: Write, suffix: str) -> None:
    path = write_idx(tmp_path / "values", np.zeros(5, np.uint8))
    content = path.read_bytes() + b"\0"
    (tmp_path / f"long{suffix}").write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(DataError, match=r"declares 5 values, it holds more"):
        read_idx(tmp_path / f"long{suffix}", 1)


def test_a_wrong_check_sum_is_noticed(tmp_path: Path, write_idx: Write) -> None:
    path = write_idx(tmp_path / "values.gz", np.arange(50, dtype=np.uint8))
    content = bytearray(path.read_bytes())
    content[-6] ^= 1  # within the check sum of the gzip file
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"values\.gz cannot be read.*get the file again"):
        read_idx(path, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with nothing, not 00000803"),
        (b"<html>", "begins with 3c68746d, not 00000803"),
        (bytes((0, 0, 8, 1, 0, 0, 0, 0)), "begins with 00000801"),  # labels where images belong
        (bytes((0, 0, 13, 3)), "begins with 00000d03"),  # floats
        (bytes((0, 0, 8, 3, 0, 0)), "cut within its head"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_idx(tmp_path / "other", 3)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("sizes", [(2**32 - 1, 1, 1), (2**31, 2**31, 2**31), (60_000, 28, 28)])
def test_a_promise_that_cannot_hold_is_refused_before_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool, sizes: tuple[int, ...]
) -> None:
    content = bytes((0, 0, 8, 3)) + struct.pack(">3I", *sizes)
    path = tmp_path / "bomb"
    path.write_bytes(gzip.compress(content) if zipped else content)
    monkeypatch.setattr(np, "frombuffer", None)  # it never comes so far
    with pytest.raises(DataError, match=r"can hold [0-9,]+ at most"):
        read_idx(path, 3)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone cannot be read"):
        read_idx(tmp_path / "gone", 3)


def test_a_folder_without_files_is_no_error(tmp_path: Path, write_mnist: Write) -> None:
    assert open_idx(MNIST, tmp_path, "train") is None
    write_mnist(tmp_path, split="test")
    assert open_idx(MNIST, tmp_path, "train") is None
    assert open_idx(MNIST, tmp_path, "test") is not None


@pytest.mark.parametrize("kind", ["images-idx3", "labels-idx1"])
def test_half_a_data_set_is_refused(tmp_path: Path, write_mnist: Write, kind: str) -> None:
    write_mnist(tmp_path)
    (tmp_path / f"train-{kind}-ubyte.gz").unlink()
    with pytest.raises(DataError, match=rf"only half of mnist: train-{kind}-ubyte is missing"):
        open_idx(MNIST, tmp_path, "train")


def test_names_with_a_point_are_found(tmp_path: Path, write_mnist: Write) -> None:
    write_mnist(tmp_path, suffix="")
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    opened = open_idx(MNIST, tmp_path, "train")
    assert opened is not None
    assert opened.count == 20


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((3, 28, 28)), np.zeros(4), "holds 3 images, the labels beside it 4"),
        (np.zeros((0, 28, 28)), np.zeros(0), "holds no image"),
        (np.zeros((3, 32, 28)), np.zeros(3), "not mnist: images of 32 x 28 pixels"),
        (np.zeros((3, 28, 28)), np.array([0, 10, 1]), "labels beside .* go up to 10, not to 9"),
        (np.zeros((60_000, 28, 28)), np.zeros(60_000), r"not mnist: its labels begin with \(0, 0"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    tmp_path: Path, write_idx: Write, images: np.ndarray, labels: np.ndarray, message: str
) -> None:
    write_idx(tmp_path / "train-images-idx3-ubyte", images.astype(np.uint8))
    write_idx(tmp_path / "train-labels-idx1-ubyte", labels.astype(np.uint8))
    with pytest.raises(DataError, match=message):
        open_idx(MNIST, tmp_path, "train")
