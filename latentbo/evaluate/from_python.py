"""Measure a model in one call from Python."""

from importlib import import_module
from pathlib import Path
from typing import Any

from latentbo.command_line import raising, words_of
from latentbo.evaluate.options import model_parser
from latentbo.isolation import library_settings


@library_settings()
def evaluate_model(
    model: str | Path | None = None,
    data: str | Path | None = None,
    *,
    task: str = "molecules",
    **settings: Any,
) -> dict[str, Any]:
    """Measure a model on strings held out of its training, as `latentbo evaluate` does.

    Args:
        model: Its folder; None: the one that ships.
        data: A file of strings; None: the task's data set.
        task: What the strings are.
        **settings: The command's options by their names: `samples=500`, `seed=1`, `out="folder"`,
            `quiet=False`, which prints the tables.

    Returns:
        The numbers of `latentbo.training.evaluation.measure`.

    Raises:
        ConfigurationError: If a setting cannot be used.
        CheckpointError: If the folder is none of a model.
        DataError: If the data cannot be used.

    Example:
        >>> import latentbo
        >>> latentbo.evaluate("models/mine", "my.smi")["reconstruction"]["canonical"]
    """
    words = words_of({"model": model, "data": data, "quiet": True, **settings})
    options = raising(model_parser()).parse_args([task, *words])
    metrics: dict[str, Any] = import_module("latentbo.evaluate.model").run(options)
    return metrics
