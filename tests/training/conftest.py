import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor

from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    PublishedAutoencoder,
    PublishedConfig,
    SequenceAutoencoder,
    TrainedModel,
    make_prior,
)
from latentbo.regularizers import make_regularizer
from latentbo.representations import CharacterRepresentation
from latentbo.training import Callbacks, Progress, TrainingConfig, TrainingLoss, train

Builder = Callable[..., TrainingLoss]
Trainer = Callable[..., list[Progress]]


@pytest.fixture(scope="session")
def corpus() -> list[str]:
    """Two hundred small molecules."""
    heads = ("C", "N", "O", "F", "Cl")
    middles = ("C", "CC", "C(C)", "CO", "CN")
    tails = ("C", "O", "N", "C#N", "C=C", "c1ccccc1", "C1CC1", "CF")
    return ["".join(parts) for parts in itertools.product(heads, middles, tails)]


@pytest.fixture(scope="session")
def representation(corpus: list[str]) -> CharacterRepresentation:
    built = CharacterRepresentation.build(corpus, 16)
    assert isinstance(built, CharacterRepresentation)
    return built


@pytest.fixture(scope="session")
def tokens(representation: CharacterRepresentation, corpus: list[str]) -> Tensor:
    return representation.encode_bulk(corpus)[0]


@pytest.fixture
def config() -> TrainingConfig:
    return TrainingConfig(
        representation="characters",
        epochs=3,
        batch_size=40,
        learning_rate=5e-3,
        warmup_steps=2,
        held_out=20,
        min_count=1,
        max_length=16,
        log_every=1,
        length_groups=2,
    )


@pytest.fixture
def build(representation: CharacterRepresentation) -> Builder:
    """Return a maker of an objective over a small network with given weights."""

    def make(
        kind: type[TrainingLoss] = TrainingLoss,
        regularizer: str = "gmm-ks",
        width: int = 12,
        **options: Any,
    ) -> TrainingLoss:
        sizes = NetworkConfig(4, 8, width, width, 1, variational=regularizer == "kl")
        torch.manual_seed(1)
        network = SequenceAutoencoder(len(representation.vocabulary), sizes)
        prior = make_prior(PriorConfig(4), 4)
        values = {"latent_noise": 0.1, "token_dropout": 0.1, "length_groups": 2, **options}
        return kind(network, make_regularizer(regularizer, prior), 0.01, **values)

    return make


@pytest.fixture
def build_published(representation: CharacterRepresentation) -> Builder:
    """Return a maker of an objective over a small published network, with batch norms."""

    def make(regularizer: str = "gmm-ks", **options: Any) -> TrainingLoss:
        sizes = PublishedConfig(
            4, 16, dense_width=8, gru_width=8, gru_layers=2, variational=regularizer == "kl"
        )
        torch.manual_seed(1)
        network = PublishedAutoencoder(len(representation.vocabulary), sizes)
        made = make_regularizer(regularizer, make_prior(PriorConfig(4), 4))
        values = {"latent_noise": 0.1, "reconstruction": "binary", **options}
        return TrainingLoss(network, made, 0.01, **values)

    return make


@pytest.fixture
def run_training(tokens: Tensor, config: TrainingConfig, tmp_path: Path) -> Trainer:
    """Return a function that trains an objective and returns what was reported."""

    def run(
        objective: TrainingLoss,
        checkpoint: Path = tmp_path / "checkpoint.pt",
        stop_after: int | None = None,
        **changes: Any,
    ) -> list[Progress]:
        reports: list[Progress] = []
        train(
            Fabric(accelerator="cpu", devices=1),
            objective,
            (tokens[20:],),
            (tokens[:20],),
            config=replace(config, **changes),
            checkpoint=checkpoint,
            callbacks=Callbacks(reports.append, lambda: len(reports) == stop_after),
        )
        return reports

    return run


@pytest.fixture(scope="session")
def overfit_model(corpus: list[str], tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """A model that knows every fifth molecule of the corpus by heart."""
    strings = corpus[::5]
    representation = CharacterRepresentation.build(strings, 16)
    sizes = NetworkConfig(8, 16, 32, 48, 1)
    torch.manual_seed(0)
    network = SequenceAutoencoder(len(representation.vocabulary), sizes)
    prior = PriorConfig(1)
    objective = TrainingLoss(network, make_regularizer("gmm-ks", make_prior(prior, 8)), 1e-3)
    rows = representation.encode(strings)
    train(
        Fabric(accelerator="cpu", devices=1),
        objective,
        (rows,),
        (rows[:4],),
        config=TrainingConfig(epochs=250, batch_size=40, learning_rate=1e-2, warmup_steps=5),
        checkpoint=tmp_path_factory.mktemp("overfit") / "checkpoint.pt",
        callbacks=Callbacks(lambda _: None),
    )
    return TrainedModel(network, representation, sizes, prior)
