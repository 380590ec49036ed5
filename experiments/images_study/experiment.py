"""What tells one image experiment from another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from published.table import Table
from torch import Tensor

from images_study.settings import Study

__all__ = ["RESULT_FILES", "Experiment", "Row"]

Row = dict[str, Any]
#: What a measurement writes, in this order.
RESULT_FILES = ("pictures.safetensors", "result.json")


@dataclass(frozen=True)
class Experiment:
    """What tells one image experiment from another.

    Args:
        script: The file that is run.
        description: For --help.
        study: In full.
        smoke: At its smallest.
        measure: From study, its folder, data set, variant and seed to a row and pictures.
        tables: From rows to tables.
        figures: From rows and the study's folder to PNG files by name.
    """

    script: Path
    description: str
    study: Study
    smoke: Study
    measure: Callable[[Study, Path, str, str, int], tuple[Row, dict[str, Tensor]]]
    tables: Callable[[Sequence[Row]], list[Table]]
    figures: Callable[[Sequence[Row], Path], dict[str, bytes]]
