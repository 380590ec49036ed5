"""The command on expressions: five methods, a user's grammar, part of the data."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.models import PublishedConfig, load_model
from latentbo.objectives import OBJECTIVES
from latentbo.parsing import load_grammar, sample_derivation, write_sentence
from latentbo.train import main

SHORT = (
    *("--epochs", "1", "--batch-size", "64", "--held-out", "40"),
    *("--device", "cpu", "--threads", "1", "--quiet"),
)
SMALL = ("--latent-size", "5")

Train = Callable[..., Path]


@pytest.fixture(scope="module")
def expressions() -> list[str]:
    """Five hundred different expressions."""
    grammar, source = load_grammar("expressions"), random.Random(0)
    found: dict[str, None] = {}
    while len(found) < 500:
        sentence = write_sentence(grammar, sample_derivation(grammar, source, 14))
        assert sentence is not None
        found[sentence] = None
    return list(found)


@pytest.fixture(scope="module")
def data(expressions: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of them, with blanks, and a line that is none."""
    path = tmp_path_factory.mktemp("data") / "expressions.txt"
    spaced = [" ".join(expression) for expression in expressions]
    path.write_text("\n".join([*spaced, "x + * 1"]))
    return path


@pytest.fixture
def train(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Run the command; returns the model's folder."""
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("LATENTBO_DATA_DIR", raising=False)

    def run(*options: Any, name: str = "model", code: int = 0) -> Path:
        given = ["expressions", "--data", data, "--out", tmp_path / name, *SHORT, *options]
        assert main([str(word) for word in given]) == code
        return tmp_path / name

    return run


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def spread(content: Any) -> list[float]:
    if isinstance(content, dict):
        return [number for value in content.values() for number in spread(value)]
    return [float(content)]


@pytest.mark.parametrize("method", ["gmm-ks", "gvae", "cvae", "gcvvae", "grae"])
def test_each_method_trains_saves_and_measures(train: Train, method: str) -> None:
    folder = train("--method", method, *SMALL)
    model = load_model(folder)
    assert isinstance(model.network_config, PublishedConfig)
    assert model.provenance["method"] == method
    assert model.provenance["data"]["lines"] == 501
    assert model.representation.name == ("characters" if method == "cvae" else "grammar")
    rejected = (folder / "rejected.tsv") if method != "cvae" else None
    if rejected is not None:
        assert rejected.read_text().splitlines()[1].startswith("501\tx+*1\t")
    metrics = read(folder / "metrics.json")
    assert metrics["reconstruction"].pop("nats") > 0
    shares = spread(metrics["reconstruction"]) + spread(metrics["samples"])
    assert all(0 <= share <= 1 for share in shares)
    assert metrics["samples"]["with_radicals"] == 0
    card = (folder / "model_card.md").read_text(encoding="utf-8")
    assert "convolutions (filters x width 2x2, 3x3, 4x4)" in card
    assert "canonical string" in card
    assert "molecule" not in card.split("## Training")[0]


def test_without_a_method_the_network_is_ours(train: Train) -> None:
    folder = train(*SMALL, "--encoder-width", 8, "--decoder-width", 8)
    model = load_model(folder)
    assert not isinstance(model.network_config, PublishedConfig)
    assert model.representation.name == "grammar"
    assert model.prior_config.num_components == 5
    strings = ["x", "1/3+x+sin(x*x)"]
    assert model.encode(strings).shape == (2, 5)


def test_best_part_is_never_seen(train: Train, expressions: list[str]) -> None:
    folder = train("--method", "gvae", *SMALL, "--drop-best", 0.5, "--limit", 200)
    found = load_model(folder).provenance["data"]
    objective = OBJECTIVES["target-fit"]
    values = sorted(objective(expression) for expression in expressions)
    assert found["drop_best"] == 0.5
    assert found["objective"] == "target-fit"
    # 250 of 501 lines are left; the one that is no expression counts as worst.
    assert found["threshold"] == pytest.approx(values[248], abs=1e-12)
    assert (found["lines"], found["limit"]) == (501, 200)
    settings = read(folder / "training.json")
    assert (settings["drop_best"], settings["limit"]) == (0.5, 200)
    assert main(["--resume", str(folder), "--quiet"]) == 0


def test_grammar_of_the_user_s_own(train: Train, tmp_path: Path) -> None:
    own = tmp_path / "own.cfg"
    own.write_text(load_grammar("expressions").text.replace("'3'", "'7'"))
    folder = train("--method", "gmm-ks", *SMALL, "--grammar", own)
    model = load_model(folder)
    assert model.can_encode("x+7")
    assert not model.can_encode("x+3")
    # The grammar is part of the settings: the file may go.
    own.unlink()
    assert main(["--resume", str(folder), "--quiet"]) == 0


def test_warm_start_keeps_the_grammar(train: Train) -> None:
    first = train("--method", "gvae", *SMALL)
    second = train("--method", "gvae", "--warm-start", first, name="second")
    assert load_model(second).representation.to_config() == (
        load_model(first).representation.to_config()
    )


def test_ablations_of_terms(train: Train) -> None:
    folder = train("--method", "gmm-ks", *SMALL, "--term-weights", "ks=0", "sliced=0.5")
    assert load_model(folder).provenance["settings"]["term_weights"] == {"ks": 0, "sliced": 0.5}
    rows = (folder / "metrics.jsonl").read_text().splitlines()
    assert {"covariance", "mean", "sliced"} <= json.loads(rows[-1]).keys()
    assert "ks" not in json.loads(rows[-1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--grammar", "gone.cfg"), "gone.cfg"),
        (("--method", "cvae", "--grammar", "expressions"), "--grammar is of no use to characters"),
        (("--method", "gvae", "--encoder-width", 9), "--encoder-width is no option of the"),
        (("--components", 30), "30 one-hot components in 25"),
        (("--representation", "selfies"), "cannot be written as SELFIES"),
    ],
)
def test_wrong_options_are_one_line(
    train: Train, options: tuple[Any, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = train(*options, code=2)
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert "Traceback" not in error
    assert not folder.exists()


def test_warm_start_of_the_other_network_is_refused(
    train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    first = train("--method", "gvae", *SMALL)
    train("--warm-start", first, name="second", code=2)
    assert "has the published network: add --network published" in capsys.readouterr().err
