"""Contact sheets: a row of small pictures per count combination, labelled with its name."""

from math import ceil
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from latentbo.counting.data.combinations import Combination, combination_name
from latentbo.counting.data.dataset import CountDataset
from latentbo.errors import ConfigurationError, DataError

INK = "#1b2230"
#: Approximate pixels of a picture on the sheet; small ones are enlarged by a whole factor.
SHOWN = 96
MARGIN = 3
DPI = 100
#: Pixels per letter of the names and of the title, and the title's height.
LETTER, TITLE_LETTER, TITLE = 7.5, 9.5, 40


def contact_sheet(
    dataset: CountDataset, path: Path, *, columns: int = 10, rows: int = 30, title: str = ""
) -> Path:
    """Draw a PNG of the first images of each combination.

    Args:
        dataset: Images with counts.
        path: The file to write.
        columns: Maximum number of images per row.
        rows: Maximum number of rows; of more combinations, evenly spaced ones are shown.
        title: Title, followed by the split and the number of combinations.

    Returns:
        The path.

    Raises:
        ConfigurationError: If `columns` or `rows` is below 1.
        DataError: If the data set is empty.
    """
    if min(columns, rows) < 1:
        raise ConfigurationError(f"columns is {columns}, rows is {rows}; give at least 1")
    numbers = dataset.combinations()
    kinds = list(numbers)
    if not kinds:
        raise DataError(f"the split {dataset.split!r} holds no image to show")
    shown = _some(kinds, rows)
    sheet = _mosaic(dataset, shown, min(columns, max(numbers[counts] for counts in shown)))
    names = [combination_name(counts, dataset.class_names) for counts in shown]
    text = f"{title}, {dataset.split}".lstrip(", ")
    text += f": {len(shown)} of {len(kinds)} combinations" if len(shown) < len(kinds) else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    _figure(sheet, names, text).savefig(path, dpi=DPI, metadata={"Software": None})
    return path


def _some(kinds: list[Combination], rows: int) -> list[Combination]:
    if len(kinds) <= rows:
        return kinds
    return [kinds[round(place)] for place in np.linspace(0, len(kinds) - 1, rows)]


def _mosaic(dataset: CountDataset, shown: list[Combination], columns: int) -> npt.NDArray[np.uint8]:
    """Arrange images side by side on white, `H x W x 3`."""
    _, channels, height, width = dataset.images.shape
    factor = max(1, round(SHOWN / max(height, width)))
    cell = (height * factor + MARGIN, width * factor + MARGIN)
    sheet = np.full((len(shown) * cell[0], columns * cell[1], 3), 255, dtype=np.uint8)
    for row, counts in enumerate(shown):
        for column, image in enumerate(dataset.of_combination(counts)[:columns].numpy()):
            large = image.repeat(factor, axis=1).repeat(factor, axis=2).transpose(1, 2, 0)
            top, left = row * cell[0], column * cell[1]
            place = np.s_[top : top + height * factor, left : left + width * factor]
            sheet[place] = large if channels == 3 else large[..., :1]
    return sheet


def _figure(sheet: npt.NDArray[np.uint8], names: list[str], title: str) -> Figure:
    """Add names at the left and a title above; one pixel of the sheet is one of the file."""
    left, width, height = 20 + ceil(LETTER * max(map(len, names))), sheet.shape[1], sheet.shape[0]
    # Whole pixels, to avoid blurred pictures.
    wide = max(left + width, 20 + ceil(TITLE_LETTER * len(title)))
    high = height + TITLE
    figure = Figure(figsize=(wide / DPI, high / DPI), facecolor="white")
    axes = figure.add_axes((left / wide, 0, width / wide, height / high))
    axes.imshow(sheet, interpolation="none", aspect="auto")
    axes.set_axis_off()
    for row, name in enumerate(names):
        middle = 1 - (row + 0.5) / len(names)
        axes.text(
            -10 / width, middle, name, transform=axes.transAxes, ha="right", va="center",
            color=INK, fontsize=8.5, parse_math=False,
        )  # fmt: skip
    middle = 1 - TITLE / 2 / high
    figure.text(10 / wide, middle, title, va="center", color=INK, fontsize=10, parse_math=False)
    return figure
