"""Blocks stand for digits: their brightness tells the digit, odd ones are of the test split."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import find_objects, label

from latentbo.counting.data import CountData, save_counts
from latentbo.counting.data.multi_mnist import (
    MultiMnistConfig,
    build_multi_mnist,
    default_left_out,
    digit_pool,
)
from latentbo.counting.data.placement import free_places, strip_places
from latentbo.errors import ConfigurationError, DataError
from latentbo.images.data import ImageData

#: Digits keep their 28 pixels, so that brightness stays.
FREE = MultiMnistConfig(
    classes=(1, 4, 6),
    numbers=(1, 2, 3),
    layout="free",
    size=80,
    digit_size=28,
    per_combination=4,
    test_per_combination=2,
    empty=0.1,
    left_out=("6=2", "none"),
    seed=3,
)
STRIPS = MultiMnistConfig(
    numbers=(3,), size=84, digit_size=28, per_combination=1, test_per_combination=1
)


@pytest.fixture(scope="module", params=[FREE, STRIPS], ids=["free", "strips"])
def config(request: pytest.FixtureRequest) -> MultiMnistConfig:
    found: MultiMnistConfig = request.param
    return found


@pytest.fixture(scope="module")
def built(config: MultiMnistConfig, mnist_folder: Path) -> CountData:
    return build_multi_mnist(config, directory=mnist_folder)


def blocks(image: torch.Tensor) -> list[tuple[int, int, int, int, int]]:
    """Return brightness, top, left, height and width of each block; each must be whole."""
    found = []
    areas, _ = label(image.numpy())
    for number, place in enumerate(find_objects(areas), 1):
        values = image.numpy()[place]
        # Two blocks that touch would be no rectangle of one brightness.
        assert (areas[place] == number).all()
        assert values.min() == values.max()
        rows, columns = place
        height, width = rows.stop - rows.start, columns.stop - columns.start
        found.append((int(values[0, 0]), rows.start, columns.start, height, width))
    return found


def test_counts_are_what_the_images_show(config: MultiMnistConfig, built: CountData) -> None:
    for split, part in built.splits.items():
        odd = "test" in split
        for image, counts in zip(part.images[:, 0], part.counts, strict=True):
            found = blocks(image)
            # All of a test image is from test digits, all of a training image from training ones.
            assert all(brightness % 20 == odd for brightness, *_ in found)
            numbers = Counter(brightness // 20 - 1 for brightness, *_ in found)
            assert [numbers[digit] for digit in config.classes] == counts.tolist()


def test_no_digit_is_cut(built: CountData) -> None:
    for part in built.splits.values():
        for image in part.images[:, 0]:
            # The blocks of the source are 10 pixels at least.
            assert all(min(height, width) >= 10 for *_, height, width in blocks(image))


def test_strips_hold_one_digit_each(mnist_folder: Path) -> None:
    built = build_multi_mnist(STRIPS, directory=mnist_folder)
    for image in built.splits["train"].images[:, 0]:
        for number in range(3):
            assert image[:, 28 * number : 28 * (number + 1)].any()
            inside = [b for b in blocks(image) if 28 * number <= b[2] < 28 * (number + 1)]
            assert len(inside) == 1
            assert inside[0][2] + inside[0][4] <= 28 * (number + 1)


def test_each_combination_is_there_equally_often(mnist_folder: Path) -> None:
    built = build_multi_mnist(FREE, directory=mnist_folder)
    train, away = built.splits["train"].combinations(), built.splits["left_out"].combinations()
    # 3 + 6 + 10 combinations of one to three; digit 6 twice: alone, and beside 1 or 4.
    assert len(train) == 16
    assert set(train.values()) == {4}
    assert set(away) == {(0, 0, 2), (0, 1, 2), (1, 0, 2), (0, 0, 0)}
    assert away[0, 0, 0] == round(0.1 / 0.9 * 19 * 4)
    assert set(built.splits["test"].combinations().values()) == {2}
    assert not built.splits["left_out"].of_combination((0, 0, 0)).any()


def test_a_number_of_images_is_spread_evenly(mnist_folder: Path) -> None:
    config = MultiMnistConfig(
        classes=(0, 1), numbers=(2,), num_images=20, per_combination=10, test_per_combination=5
    )
    built = build_multi_mnist(config, directory=mnist_folder)
    assert sorted(built.splits["train"].combinations().values()) == [6, 7, 7]
    assert len(built.splits["test"]) == 10


def test_the_seed_decides_every_byte(mnist_folder: Path, tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        config = MultiMnistConfig(classes=(0, 6), per_combination=3, seed=seed, left_out=("6=2",))
        save_counts(build_multi_mnist(config, directory=mnist_folder), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
        assert path.read_bytes() != (tmp_path / "other" / path.name).read_bytes()


def test_sizes_in_proportion() -> None:
    assert MultiMnistConfig().side == 28
    assert MultiMnistConfig(numbers=(3,)).side == 21
    assert MultiMnistConfig(size=32).side == 14
    assert MultiMnistConfig(size=32, numbers=(3,), layout="free").side == 14


def test_what_the_thesis_leaves_out() -> None:
    assert default_left_out(range(10), (2,)) == ("6=2", "none")
    assert default_left_out(range(10), (3,)) == ("9=3", "none")
    assert default_left_out((0, 1), (1, 2, 3)) == ("none",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": ()}, r"classes are \(\)"),
        ({"classes": (2, 1)}, "rising numbers"),
        ({"classes": (9, 10)}, "numbers from 0 to 9"),
        ({"numbers": ()}, "1 to 9 digits"),
        ({"numbers": (0, 1)}, "1 to 9 digits"),
        ({"layout": "circle"}, "'circle'; give one of strips, free"),
        ({"size": 4}, "8 to 1024"),
        ({"digit_size": 70}, r"digits of 70 pixels on 64 x 64"),
        ({"per_combination": 0}, "at least 1 training image"),
        ({"empty": 1.0}, "fraction from 0 to below 1"),
        ({"seed": -1}, "seed is -1"),
        ({"classes": (0, 1), "left_out": ("6=2",)}, "'6=2' is not CLASS=N"),
    ],
)
def test_settings_that_cannot_be_used(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        MultiMnistConfig(**options)  # type: ignore[arg-type]


def test_digits_that_do_not_fit() -> None:
    random = np.random.default_rng(0)
    with pytest.raises(ConfigurationError, match="larger than its strip of 20 x 10"):
        strip_places([(5, 5), (5, 11)], 20, random)
    with pytest.raises(ConfigurationError, match="find no places without overlap on 20 x 20"):
        free_places([(15, 15), (15, 15)], 20, random)
    with pytest.raises(ConfigurationError, match="25 x 5 pixels is larger than 20"):
        free_places([(25, 5)], 20, random)


def test_a_source_without_such_digits() -> None:
    images, labels = torch.zeros((2, 1, 28, 28), dtype=torch.uint8), torch.tensor([3, 3])
    data = ImageData(images, labels, "mnist", "there", "train", 2, False)
    with pytest.raises(DataError, match=r"there \(mnist, train\) holds no image of 4"):
        digit_pool(data, [4])
    with pytest.raises(DataError, match=r"image 0 of there .* is black"):
        digit_pool(data, [3])
