"""Measurements and pictures of one GAN."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from counting_study.data import Counted, StudyData, take
from counting_study.settings import MeasuringSettings
from latentbo.counting.diagnostics import CountMeasurement, Judge, extrapolate, measure_counts
from latentbo.counting.metrics import count_histograms, extrapolation_figure
from latentbo.counting.models import TrainedCountGAN
from latentbo.counting.training import count_grid, grid_counts
from latentbo.images.metrics import FeatureNetwork

Row = dict[str, Any]
# Classes whose counts are raised beyond the trained: as many as a picture can show lines.
MOST_LINES = 4


def measure(
    model: TrainedCountGAN,
    judge: Judge,
    data: StudyData,
    settings: MeasuringSettings,
    folder: Path,
    features: FeatureNetwork | None = None,
) -> Row:
    """Measure a GAN, and write its pictures.

    Args:
        model: The model.
        judge: The independent counter.
        data: The data set.
        settings: How.
        folder: For the pictures.
        features: A second network for the Fréchet distance.

    Returns:
        The numbers, as JSON can hold them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"trained": data.test, "left_out": data.left_out_test or data.left_out}
    row: Row = {
        "data": data.name,
        "method": model.provenance.get("method", model.config.method),
        "model": model.provenance.get("model", "simple"),
        "seed": model.provenance.get("settings", {}).get("seed"),
        "judge": judge.verdict,
        "judge_is_fit": judge.is_fit,
        "judge_accuracy": asdict(judge.accuracy),
        "measuring": asdict(settings),
        "network": asdict(model.config),
        "training": model.provenance.get("settings", {}),
    }
    for name, part in parts.items():
        row[name] = None
        if part is not None:
            chosen = _evenly(part, settings.num_images)
            asked = chosen[1][torch.arange(settings.num_images) % len(chosen[1])]
            found = measure_counts(model, judge, asked, chosen[0], features, settings.seed)
            row[name] = found.as_row()
            _draw(folder, name, model, found)
    row["extrapolation"] = _extrapolation(model, judge, data, settings, folder)
    return row


def seconds_of_training(folder: Path, batch_size: int) -> float | None:
    """Return how long a run's steps took, by its log; None without one."""
    path = folder / "metrics.jsonl"
    if not path.exists():
        return None
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    steps = [0, *(line["step"] for line in lines)]
    return sum(
        (after - before) * batch_size / line["rows_per_second"]
        for before, after, line in zip(steps, steps[1:], lines, strict=False)
    )


def _evenly(part: Counted, number: int) -> Counted:
    """Return at most so many images, spread over the split."""
    return take(part, torch.linspace(0, len(part[0]) - 1, min(number, len(part[0]))).long())


def _draw(folder: Path, name: str, model: TrainedCountGAN, found: CountMeasurement) -> None:
    title = f"Counted by the judge: {found.judged.exact:.1%} exact ({name.replace('_', ' ')})"
    picture = count_histograms(found.table, model.class_names, title)
    (folder / f"histograms_{name}.png").write_bytes(picture)
    (folder / f"grid_{name}.png").write_bytes(count_grid(model, grid_counts(found.asked)))


def _extrapolation(
    model: TrainedCountGAN, judge: Judge, data: StudyData, settings: MeasuringSettings, folder: Path
) -> Row:
    """Exact accuracy for each count of each class, to some beyond the largest in training."""
    numbers: dict[str, dict[int, float]] = {}
    start: Tensor = torch.unique(data.training[1], dim=0)
    for position, name in enumerate(model.class_names[:MOST_LINES]):
        largest = int(data.training[1][:, position].max())
        values = range(largest + settings.beyond + 1)
        found = extrapolate(
            model, judge, start, position, values, settings.num_extrapolated, settings.seed
        )
        # The class's own count: combinations with the others' may be in no data set.
        numbers[name] = {value: each.per_class[position] for value, each in found.items()}
    picture = extrapolation_figure(
        numbers, data.max_count, "share counted right", "More objects than in training"
    )
    (folder / "extrapolation.png").write_bytes(picture)
    return {
        name: {str(value): share for value, share in each.items()} for name, each in numbers.items()
    }
