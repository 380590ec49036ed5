"""SVHN's `digitStruct.mat`: the digits and boxes of each full-number image (MATLAB 7.3 is HDF5)."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from latentbo.errors import DataError

#: The label of the digit 0 in the file.
ZERO = 10
FIELDS = ("label", "left", "top", "width", "height")


@dataclass(frozen=True)
class NumberImage:
    """One image and its digits.

    Args:
        file: Name of the picture's file.
        digits: Its digits, 0 to 9.
        boxes: Left, top, width and height of each digit, in pixels; can extend beyond the image.
    """

    file: str
    digits: tuple[int, ...]
    boxes: tuple[tuple[float, float, float, float], ...]


def read_digit_boxes(path: Path) -> list[NumberImage]:
    """Read all entries of a `digitStruct.mat`.

    Raises:
        DataError: If h5py is not installed, or the file cannot be read or has another form.
    """
    try:
        h5py: Any = import_module("h5py")  # optional
    except ImportError as error:
        raise DataError(
            f"{path} is an HDF5 file, and the Python package h5py, which reads such files, cannot "
            f"be imported ({error}); install it: pip install h5py"
        ) from error
    try:
        with h5py.File(path, "r") as file:
            struct = file["digitStruct"]
            return [
                _number_image(file, name, box, f"{path}, image {number}")
                for number, (name, box) in enumerate(
                    zip(struct["name"][:, 0], struct["bbox"][:, 0], strict=True), 1
                )
            ]
    except DataError:
        raise
    except Exception as error:  # h5py raises many types for damaged files
        raise DataError(
            f"{path} cannot be read as SVHN's digitStruct.mat ({error}); get it again"
        ) from error


def _number_image(file: Any, name: Any, box: Any, where: str) -> NumberImage:
    text = "".join(chr(letter) for letter in file[name][:].ravel())
    # A name with a folder could point outside the data set.
    if not text or Path(text).name != text:
        raise DataError(f"{where}: {text!r} is no file name")
    columns = {field: _values(file, file[box][field]) for field in FIELDS}
    labels = columns.pop("label")
    if {len(values) for values in columns.values()} != {len(labels)}:
        raise DataError(f"{where}: not as many boxes as digits")
    if not all(label in range(1, ZERO + 1) for label in labels):
        raise DataError(f"{where}: digits {labels} are not of 1, 2, ..., 10")
    boxes = zip(columns["left"], columns["top"], columns["width"], columns["height"], strict=True)
    return NumberImage(text, tuple(int(label) % ZERO for label in labels), tuple(boxes))


def _values(file: Any, column: Any) -> list[float]:
    """Return the numbers of a column: a single one is stored directly, several by reference."""
    if column.shape[0] == 1:
        return [float(column[0, 0])]
    return [float(file[reference][0, 0]) for reference in column[:, 0]]
