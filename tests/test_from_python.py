"""`latentbo.train(...)` and `latentbo.evaluate(...)`."""

from pathlib import Path
from typing import Any

import pytest

import latentbo
from latentbo.command_line import words_of
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.models import TrainedModel

STRINGS = [f"{head}{'C' * n}{tail}" for head in "CNOF" for n in range(1, 6) for tail in "CNO"]
SMALL: dict[str, Any] = {
    **{"epochs": 1, "batch_size": 8, "held_out": 8, "min_count": 1, "latent_size": 4},
    **{"encoder_width": 8, "decoder_width": 8, "decoder_layers": 1, "quiet": True},
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))


def test_train_and_evaluate(tmp_path: Path) -> None:
    train: Any = latentbo.train
    evaluate: Any = latentbo.evaluate
    folder = tmp_path / "models" / "mine"
    model = train(STRINGS, folder, **SMALL)
    assert isinstance(model, TrainedModel)
    assert model.provenance["settings"]["epochs"] == 1
    metrics = evaluate(folder, tmp_path / "models" / "mine.smi", samples=20, seed=3)
    assert (metrics["num_samples"], metrics["seed"]) == (20, 3)
    assert 0 <= metrics["reconstruction"]["canonical"] <= 1
    with pytest.raises(ConfigurationError, match="exists"):
        train(tmp_path / "models" / "mine.smi", folder, **SMALL)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"epochs": -1}, "epochs"),
        ({"no_such": 1}, "no-such"),
        ({"task": "nothing"}, "nothing"),
        ({"regularizer": "nothing"}, "nothing"),
    ],
)
def test_wrong_settings_are_our_errors(
    settings: dict[str, Any], error: str, tmp_path: Path
) -> None:
    train: Any = latentbo.train
    with pytest.raises(ConfigurationError, match=error):
        train(None, tmp_path / "model", **settings)


def test_other_wrong_arguments(tmp_path: Path) -> None:
    train: Any = latentbo.train
    evaluate: Any = latentbo.evaluate
    with pytest.raises(ConfigurationError, match="must be a file, or strings"):
        train([1, 2], tmp_path / "model")
    with pytest.raises(CheckpointError):
        evaluate(tmp_path)
    with pytest.raises(ConfigurationError, match="samples"):
        evaluate(tmp_path, samples=0)


def test_words_of_settings() -> None:
    given = {"batch_size": 8, "quiet": True, "data": None, "term_weights": ["ks=1", "kl=0"]}
    assert words_of(given) == ["--batch-size", "8", "--quiet", "--term-weights", "ks=1", "kl=0"]
