"""The parts in which image experiments differ."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from study.table import Table
from torch import Tensor

from images_study.settings import Study, TrainingSettings, Variant
from images_study.training import train_variant

Row = dict[str, Any]
#: Of a folder, data set, variant, settings, seed and device.
Train = Callable[[Path, str, Variant, TrainingSettings, int, str], None]
#: What a measurement writes, in this order.
RESULT_FILES = ("pictures.safetensors", "result.json")


@dataclass(frozen=True)
class Experiment:
    """The parts in which image experiments differ.

    Args:
        script: The file that is run.
        description: For --help.
        study: In full.
        smoke: At its smallest.
        measure: From study, its folder, data set, variant and seed to a row and pictures.
        tables: From rows to tables.
        figures: From rows and the study's folder to PNG files by name.
        train: Trains a variant.
        check: Raises ConfigurationError for a study that the experiment has no use for.
        flags: Its own options, which take no value: name -> help.
        options: Adds its own options that take a value; see `build_parser`.
    """

    script: Path
    description: str
    study: Study
    smoke: Study
    measure: Callable[[Study, Path, str, str, int], tuple[Row, dict[str, Tensor]]]
    tables: Callable[[Sequence[Row]], list[Table]]
    figures: Callable[[Sequence[Row], Path], dict[str, bytes]]
    train: Train = train_variant
    check: Callable[[Study], None] = lambda _: None
    flags: Mapping[str, str] = field(default_factory=dict)
    options: Callable[[ArgumentParser], None] = lambda _: None
