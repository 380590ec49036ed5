"""The `held-out` protocol: the best half of the data is hidden from model and optimizer.

A run that already has the best of a data set and "finds" it has not found anything. Here the best
part of the data is dropped first: the autoencoder was trained without it, some of the rest is
labelled for free, and the result is the improvement over the best of these labels.

References:
    Tripp, Daxberger and Hernández-Lobato, "Sample-Efficient Optimization in the Latent Space of
    Deep Generative Models via Weighted Retraining", NeurIPS 2020 (also trains on the worse part).
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.cells import cell, plain
from latentbo.errors import CheckpointError, ConfigurationError, DataError
from latentbo.models import TrainedModel
from latentbo.objectives import worst_part
from latentbo.protocols.held_out_config import HeldOutConfig
from latentbo.seeds import seed_for

# Streams of random numbers of a seed.
LABELS = 5
COLUMNS = ["string", "value"]


def draw_labelled(
    strings: Sequence[str], values: Tensor, config: HeldOutConfig
) -> list[tuple[str, float]]:
    """Draw the labelled strings from the worse part of the data.

    Args:
        strings: n distinct strings.
        values: Their `n` values, maximised; NaN for missing ones.
        config: Settings.

    Returns:
        Strings with their values, in the order of the data; all strings of the worse part with a
        value if these are at most `num_labelled`.

    Raises:
        DataError: If no string of the worse part has a value.
    """
    rows = worst_part(values, 1 - config.drop_best)
    rows = rows[torch.isfinite(values[rows])]
    if not len(rows):
        raise DataError(
            f"none of {len(strings)} strings is left without the best {config.drop_best:.0%} and "
            f"those without a value: give more data"
        )
    generator = torch.Generator().manual_seed(seed_for(config.seed, LABELS))
    chosen = torch.randperm(len(rows), generator=generator)[: config.num_labelled]
    return [(strings[row], float(values[row])) for row in rows[chosen.sort().values].tolist()]


def check_unseen(
    model: TrainedModel, config: HeldOutConfig, objective: str, threshold: float
) -> None:
    """Refuse a model that was trained on data that the protocol hides.

    Args:
        model: The model; its provenance has the part dropped from its training data.
        config: Settings.
        objective: Name of the objective.
        threshold: Best value of the worse part of the data.

    Raises:
        ConfigurationError: If the model was trained on better strings, or its provenance is silent.
    """
    data = model.provenance.get("data")
    record: dict[str, Any] = data if isinstance(data, dict) else {}
    seen = record.get("threshold")
    same = record.get("objective") == objective and isinstance(seen, int | float)
    # Equal data give equal thresholds; the tolerance is for rounding on other machines.
    if not same or float(str(seen)) > threshold + 1e-6 * max(1.0, abs(threshold)):
        what = f"up to {seen:.6g}" if same else "without leaving out the best"
        raise ConfigurationError(
            f"the model was trained on strings {what}, but the protocol hides all above "
            f"{threshold:.6g} ({objective}) from it: train one with --drop-best {config.drop_best}"
        )


def write_labelled(path: Path, labelled: Sequence[tuple[str, float]]) -> None:
    """Write strings and exact values as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((cell(string), repr(value)) for string, value in labelled)
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")


def read_labelled(path: Path) -> list[tuple[str, float]]:
    """Read the file of `write_labelled`.

    Raises:
        CheckpointError: If the file is missing or damaged.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        if header != COLUMNS:
            raise ValueError(f"columns {header}")
        return [(plain(string), float(value)) for string, value in rows]
    except (OSError, ValueError, csv.Error) as error:
        raise CheckpointError(
            f"the labelled data in {path} cannot be read ({error}): start a new run"
        ) from error
