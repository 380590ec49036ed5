import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentbo.errors import ConfigurationError, DataError
from latentbo.images.data import load_images
from latentbo.images.data.folder import in_test_split
from latentbo.images.data.pictures import read_picture

Write = Callable[..., Path]
# Names by the side that their hash puts them on.
TRAIN = [f"{number}.png" for number in range(200) if not in_test_split(f"{number}.png")]
TEST = [f"{number}.png" for number in range(200) if in_test_split(f"{number}.png")]


def test_about_one_picture_of_ten_is_for_testing() -> None:
    names = [f"class/{number}.jpg" for number in range(5_000)]
    # Six standard deviations of a binomial distribution.
    assert abs(sum(map(in_test_split, names)) - 500) < 6 * 21.3


def test_the_sides_never_change() -> None:
    # Fixed for good: another rule would mix the training and test pictures of trained models.
    assert TEST[:5] == ["1.png", "20.png", "21.png", "66.png", "76.png"]


def test_splits_share_nothing_and_together_are_all(tmp_path: Path, write_picture: Write) -> None:
    names = [*TRAIN[:12], *TEST[:3]]
    for number, name in enumerate(names):
        write_picture(tmp_path / name, (number, 0, 0))
    found = {}
    for split, count in (("train", 12), ("test", 3)):
        data = load_images("folder", split, directory=tmp_path)
        assert (data.found, data.complete, data.labels, data.class_names) == (
            count,
            True,
            None,
            None,
        )
        found[split] = set(data.images[:, 0, 0, 0].tolist())
    assert found == {"train": set(range(12)), "test": {12, 13, 14}}
    # A further picture moves none of the others.
    write_picture(tmp_path / TEST[3], (99, 0, 0))
    again = load_images("folder", "train", directory=tmp_path)
    assert set(again.images[:, 0, 0, 0].tolist()) == found["train"]


def test_sub_folders_are_classes(tmp_path: Path, write_picture: Write) -> None:
    for colour, name in enumerate(["dog", "ant", "cat"]):
        for number in range(30):
            write_picture(tmp_path / name / "deeper" / f"{number}.BMP", (colour, 0, 0))
    write_picture(tmp_path / ".thumbnails" / "0.png")  # hidden
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    data = load_images("folder", directory=tmp_path)
    assert data.class_names == ("ant", "cat", "dog")
    assert data.labels is not None
    names = {0: "dog", 1: "ant", 2: "cat"}
    written = [names[colour] for colour in data.images[:, 0, 0, 0].tolist()]
    assert [data.class_names[label] for label in data.labels.tolist()] == written
    assert len(data.images) + len(load_images("folder", "test", directory=tmp_path).images) == 90


def test_train_and_test_folders_are_the_splits(tmp_path: Path, write_picture: Write) -> None:
    write_picture(tmp_path / "train" / "b" / "1.png", (1, 0, 0))
    write_picture(tmp_path / "test" / "a" / "2.png", (2, 0, 0))
    write_picture(tmp_path / "test" / "b" / "3.png", (3, 0, 0))
    for split, colours, labels in (("train", [1], [1]), ("test", [2, 3], [0, 1])):
        data = load_images("folder", split, directory=tmp_path)
        assert data.images[:, 0, 0, 0].tolist() == colours
        assert data.class_names == ("a", "b")  # of both splits: the numbers mean the same
        assert data.labels is not None
        assert data.labels.tolist() == labels


def test_every_kind_of_picture_is_read(tmp_path: Path, write_picture: Write) -> None:
    for suffix in (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".JPG"):
        path = write_picture(tmp_path / f"one{suffix}", (200, 100, 50), (6, 4))
        image = read_picture(path)
        assert image.shape == (3, 4, 6)
        assert np.abs(image.float().mean((1, 2)).numpy() - (200, 100, 50)).max() < 4


def test_grey_transparent_and_turned_pictures(tmp_path: Path, write_picture: Write) -> None:
    Image.new("L", (3, 2), 77).save(tmp_path / "grey.png")
    assert read_picture(tmp_path / "grey.png").unique().tolist() == [77]
    write_picture(tmp_path / "clear.png", (255, 255, 255, 0))
    assert read_picture(tmp_path / "clear.png").max() == 0
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    Image.new("RGB", (8, 4)).save(tmp_path / "turned.jpg", exif=exif)
    assert read_picture(tmp_path / "turned.jpg").shape == (3, 8, 4)


def test_sixteen_bits_a_colour_are_not_silently_cut(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(DataError, match=r"deep\.png cannot be read.*more than 8 bits"):
        read_picture(tmp_path / "deep.png")


def test_a_picture_of_too_many_pixels_is_refused(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 12_000, 12_000, 8, 0, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b""))
    (tmp_path / "bomb.png").write_bytes(content)
    with pytest.raises(DataError, match=r"bomb\.png.*decompression bomb"):
        read_picture(tmp_path / "bomb.png")


def test_damaged_pictures_are_counted_and_named(tmp_path: Path, write_picture: Write) -> None:
    for name in TRAIN[:6]:
        write_picture(tmp_path / name)
    broken = sorted(TRAIN[:6])[1:3]
    (tmp_path / broken[0]).write_bytes(b"")
    cut = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(cut, "png")
    (tmp_path / broken[1]).write_bytes(cut.getvalue()[:500])
    with pytest.raises(DataError, match=rf"2 of 6 pictures.*first: .*{broken[0]} cannot be read"):
        load_images("folder", directory=tmp_path)


def test_sizes_that_differ_need_a_size(tmp_path: Path, write_picture: Write) -> None:
    write_picture(tmp_path / TRAIN[0], size=(8, 8))
    write_picture(tmp_path / TRAIN[1], size=(20, 10))
    with pytest.raises(DataError, match=r"differ in size.*10 x 20.*give size=N"):
        load_images("folder", directory=tmp_path)
    assert load_images("folder", directory=tmp_path, size=16).images.shape == (2, 3, 16, 16)


def test_a_picture_that_is_no_square_is_cut_not_squeezed(tmp_path: Path) -> None:
    wide = Image.new("RGB", (30, 10), (255, 255, 255))
    wide.paste((0, 0, 0), (10, 0, 20, 10))
    wide.save(tmp_path / TRAIN[0])
    assert load_images("folder", directory=tmp_path).images.shape == (1, 3, 10, 30)
    for size in (5, 10, 20):
        assert load_images("folder", directory=tmp_path, size=size).images.max() == 0


def test_what_cannot_be_used_is_told(tmp_path: Path, write_picture: Write) -> None:
    with pytest.raises(ConfigurationError, match="'folder' needs a directory"):
        load_images("folder")
    with pytest.raises(DataError, match="gone is no folder"):
        load_images("folder", directory=tmp_path / "gone")
    with pytest.raises(DataError, match=r"no picture for the train split \(0 in all; .*\.webp"):
        load_images("folder", directory=tmp_path)
    write_picture(tmp_path / TRAIN[0])
    with pytest.raises(DataError, match=r"no picture for the test split \(1 in all"):
        load_images("folder", "test", directory=tmp_path)
    write_picture(tmp_path / "class" / "1.png")
    with pytest.raises(DataError, match=rf"1 pictures beside its class folders .*{TRAIN[0]}"):
        load_images("folder", directory=tmp_path)
