"""Train a model in one call from Python."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentbo.command_line import raising, words_of
from latentbo.errors import ConfigurationError
from latentbo.isolation import library_settings
from latentbo.train.command import carry_out
from latentbo.train.options import build_parser

if TYPE_CHECKING:
    from latentbo.models import TrainedModel


@library_settings()
def train_model(
    data: str | Path | Iterable[str] | None,
    directory: str | Path,
    *,
    task: str = "molecules",
    **settings: Any,
) -> "TrainedModel":
    """Train, measure and save a model, as `latentbo train` does.

    Args:
        data: A file, or strings, which are written to `<directory>.smi`; None: the task's data set.
        directory: The model's folder, empty or not there.
        task: What the strings are.
        **settings: The command's options by their names: `epochs=5`, `latent_size=32`,
            `quiet=True`, `regularizer="kl"`, `term_weights=["ks=0.5"]`.

    Raises:
        ConfigurationError: If a setting cannot be used.
        DataError: If the data cannot be used.

    Example:
        >>> import latentbo
        >>> model = latentbo.train("my.smi", "models/mine", epochs=5, seed=1)
        >>> model.decode(model.prior.sample(10))
    """
    directory = Path(directory)
    if data is not None and not isinstance(data, str | Path):
        strings = list(data)
        if not all(isinstance(each, str) for each in strings):
            raise ConfigurationError("the data must be a file, or strings: one of them is none")
        data = directory.with_name(f"{directory.name}.smi")
        data.parent.mkdir(parents=True, exist_ok=True)
        data.write_text("".join(f"{each}\n" for each in strings), encoding="utf-8")
    words = [task, *words_of({"data": data, "out": directory, **settings})]
    carry_out(words, lambda: raising(build_parser()))
    model: TrainedModel = import_module("latentbo.models").load_model(directory)
    return model
