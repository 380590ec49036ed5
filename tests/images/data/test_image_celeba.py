from collections.abc import Callable
from pathlib import Path

import pytest

from latentbo.errors import DataError
from latentbo.images.data import load_images

Write = Callable[..., Path]


def test_the_list_decides_the_split(tmp_path: Path, write_celeba: Write) -> None:
    write_celeba(tmp_path, {0: 3, 1: 1, 2: 2})
    for number, (split, count) in enumerate({"train": 3, "valid": 1, "test": 2}.items()):
        data = load_images("celeba", split, directory=tmp_path)
        assert data.images.shape == (count, 3, 64, 64)
        assert data.labels is None
        # Green says the split, up to what JPEG loses.
        assert (data.images[:, 1].int() - 50 * number).abs().max() <= 3
    # Red counts through the list: the order is the list's.
    reds = load_images("celeba", "train", directory=tmp_path).images[:, 0].float().mean((1, 2))
    assert reds.tolist() == pytest.approx([10, 20, 30], abs=3)


def test_the_published_and_the_downloaded_layout_are_found(
    tmp_path: Path, write_celeba: Write
) -> None:
    for number, layout in enumerate(["celeba", "celeba/celeba", "CelebA"]):
        write_celeba(tmp_path / str(number) / layout, {0: 1})
        load_images("celeba", directory=tmp_path / str(number))
    folder = write_celeba(tmp_path / "published", {0: 1})
    for part, name in (("Img", "img_align_celeba"), ("Eval", "list_eval_partition.txt")):
        (folder / part).mkdir()
        (folder / name).rename(folder / part / name)
    assert len(load_images("celeba", directory=folder).images) == 1


def test_the_middle_140_pixels_are_seen(tmp_path: Path, write_celeba: Write) -> None:
    from PIL import Image

    folder = write_celeba(tmp_path, {0: 1})
    picture = Image.new("RGB", (178, 218), (255, 255, 255))
    # Published code: the square from (39, 19) to (179, 159), rows first.
    picture.paste((0, 0, 0), (19, 39, 159, 179))
    picture.save(folder / "img_align_celeba" / "000001.jpg", quality=100, subsampling=0)
    assert load_images("celeba", directory=folder).images.max() < 40
    picture.paste((255, 255, 255), (19, 39, 23, 179))  # the first four columns of the square
    picture.save(folder / "img_align_celeba" / "000001.jpg", quality=100, subsampling=0)
    image = load_images("celeba", directory=folder).images[0]
    assert image[:, :, 0].min() > 215
    assert image[:, :, 4:].max() < 40


def test_only_chosen_pictures_are_decoded(tmp_path: Path, write_celeba: Write) -> None:
    folder = write_celeba(tmp_path, {0: 12})
    whole = load_images("celeba", directory=folder)
    part = load_images("celeba", directory=folder, limit=2, seed=3)
    assert (whole.found, part.found, len(part.images)) == (12, 12, 2)
    reds = (part.images[:, 0].float().mean((1, 2)) / 10).round().int().tolist()
    for number in set(range(1, 13)) - set(reds):
        (folder / "img_align_celeba" / f"{number:06d}.jpg").write_bytes(b"damaged")
    again = load_images("celeba", directory=folder, limit=2, seed=3)
    assert again.images.equal(part.images)
    with pytest.raises(
        DataError, match=r"10 of 12 pictures cannot be used.*\d\.jpg cannot be read"
    ):
        load_images("celeba", directory=folder)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("img_align_celeba", r"half of celeba: img_align_celeba/ \(unpacked\) is missing"),
        ("list_eval_partition.txt", "half of celeba: list_eval_partition.txt is missing"),
    ],
)
def test_half_a_data_set_is_refused(
    tmp_path: Path, write_celeba: Write, missing: str, message: str
) -> None:
    folder = write_celeba(tmp_path / "celeba", {0: 1})
    (folder / missing).rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=message):
        load_images("celeba", directory=folder)


@pytest.mark.parametrize("line", ["000001.jpg", "000001.jpg 3", "../secret.jpg 0", "a b 0", "/a 0"])
def test_a_damaged_list_is_refused(tmp_path: Path, write_celeba: Write, line: str) -> None:
    folder = write_celeba(tmp_path, {0: 1})
    with (folder / "list_eval_partition.txt").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    with pytest.raises(DataError, match=r"list_eval_partition.txt, line 3: .*0, 1 or 2"):
        load_images("celeba", directory=folder)


def test_missing_and_wrong_pictures_are_told(
    tmp_path: Path, write_celeba: Write, write_picture: Write
) -> None:
    folder = write_celeba(tmp_path, {0: 3})
    with pytest.raises(DataError, match="split test: no picture is listed"):
        load_images("celeba", "test", directory=folder)
    write_picture(folder / "img_align_celeba" / "000003.jpg", size=(64, 64))
    with pytest.raises(DataError, match=r"1 of 3 .*000003.jpg has 64 x 64 pixels, not 218 x 178"):
        load_images("celeba", directory=folder)
    (folder / "img_align_celeba" / "000002.jpg").unlink()
    with pytest.raises(DataError, match=r"1 of 3 pictures are missing, first \['000002.jpg'\]"):
        load_images("celeba", directory=folder)
