"""Training of one GAN, and of the counter that judges all of them."""

from pathlib import Path
from typing import Any

from counting_study.data import StudyData
from counting_study.settings import METHOD_NAMES, CounterSettings, GANSettings
from latentbo.models.counting import CounterConfig, CountGANConfig, TrainedCounter, TrainedCountGAN
from latentbo.priors import GaussianMixturePrior
from latentbo.training.counting import (
    CounterTraining,
    CountRun,
    CountTrainingConfig,
    train_counter,
)
from latentbo.training.display import TrainingDisplay

__all__ = ["train_gan", "train_judge"]


def train_gan(
    folder: Path, name: str, data: StudyData, settings: GANSettings, seed: int, device: str
) -> TrainedCountGAN:
    """Train one row of table 3.3, or go on where its folder was left.

    Args:
        folder: Of the run.
        name: One of `METHOD_NAMES`.
        data: The data set.
        settings: How.
        seed: Of weights, order and noise.
        device: Where.
    """
    method, generator = METHOD_NAMES[name]
    channels, size, _ = data.shape
    network = CountGANConfig(
        method,
        settings.preset,
        generator,
        channels,
        size,
        len(data.class_names),
        data.max_count,
        settings.noise_dimensions,
        settings.width,
        settings.growth,
        settings.discriminator_width,
        settings.dropout,
    )
    run = CountRun(
        folder,
        _config(settings, seed),
        network,
        data.class_names,
        _prior(settings),
        device,
        {"data": data.name, "method": name},
    )
    with TrainingDisplay() as display:
        return run.train(data.training, data.validation, display.show)


def train_judge(
    folder: Path, data: StudyData, settings: CounterSettings, device: str
) -> TrainedCounter:
    """Train a counter on real images of training sources only, or go on in its folder."""
    channels, size, _ = data.shape
    sizes = CounterConfig(channels, size, len(data.class_names), settings.width, settings.dropout)
    config = CounterTraining(epochs=settings.epochs, seed=settings.seed)
    with TrainingDisplay() as display:
        return train_counter(
            folder,
            sizes,
            config,
            data.real_training,
            data.validation,
            data.class_names,
            provenance={"data": data.name},
            device=device,
            show=display.show,
        )


def _config(settings: GANSettings, seed: int) -> CountTrainingConfig:
    given: dict[str, Any] = {
        "batch_size": settings.batch_size,
        "count_weight": settings.count_weight,
        "betas": None if settings.first_beta is None else (settings.first_beta, 0.999),
    }
    return CountTrainingConfig.of_preset(
        settings.preset,
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        average_decay=settings.average_decay,
        seed=seed,
        **{name: value for name, value in given.items() if value is not None},
    )


def _prior(settings: GANSettings) -> GaussianMixturePrior:
    if settings.prior_components == 1:
        return GaussianMixturePrior.standard_normal(settings.noise_dimensions)
    return GaussianMixturePrior.one_hot(
        settings.noise_dimensions, settings.prior_components, settings.prior_scale
    )
