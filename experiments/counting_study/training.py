"""Training of one GAN, and of the counter that judges all of them."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from counting_study.data import StudyData
from counting_study.settings import (
    METHOD_NAMES,
    STYLE_NAMES,
    CounterSettings,
    GANSettings,
    StyleSettings,
)
from latentbo.counting.models import (
    CounterConfig,
    CountGANConfig,
    StyleConfig,
    TrainedCounter,
    TrainedCountGAN,
)
from latentbo.counting.training import (
    CounterTraining,
    CountEstimate,
    CountRun,
    CountTrainingConfig,
    StyleTrainingConfig,
    estimate,
    make_count_loss,
    train_counter,
)
from latentbo.priors import GaussianMixturePrior
from latentbo.training.display import TrainingDisplay
from latentbo.training.loop import total_steps

AnySettings = GANSettings | StyleSettings


def train_gan(
    folder: Path,
    name: str,
    data: StudyData,
    settings: AnySettings,
    seed: int,
    device: str,
    snapshots: bool = False,
) -> TrainedCountGAN:
    """Train one row of a table, or go on where its folder was left.

    Args:
        folder: Of the run.
        name: One of `METHOD_NAMES`, or of `STYLE_NAMES` by the settings.
        data: The data set.
        settings: How.
        seed: Of weights, order and noise.
        device: Where.
        snapshots: Whether the model is kept with each picture.
    """
    network, config = _configured(name, data, settings, seed)
    model = "stylegan2" if isinstance(settings, StyleSettings) else "simple"
    run = CountRun(
        folder,
        config,
        network,
        data.class_names,
        _prior(settings),
        device,
        {"data": data.name, "method": name, "model": model},
        snapshots,
    )
    with TrainingDisplay() as display:
        return run.train(data.training, data.validation, display.show)


def estimate_gan(
    name: str, data: StudyData, settings: AnySettings, seed: int, device: str
) -> CountEstimate:
    """Tell what a training would cost, from a few steps; nothing is written."""
    network, config = _configured(name, data, settings, seed)
    loss = make_count_loss(network, config, _prior(settings))
    return estimate(loss, data.training, total_steps(config, len(data.training[0])), device)


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


def _configured(
    name: str, data: StudyData, settings: AnySettings, seed: int
) -> tuple[CountGANConfig | StyleConfig, CountTrainingConfig]:
    """Return network and training of a row of a table."""
    channels, size, _ = data.shape
    sizes = {
        "channels": channels,
        "size": size,
        "num_classes": len(data.class_names),
        "max_count": data.max_count,
    }
    if isinstance(settings, StyleSettings):
        row: dict[str, Any] = {**_fields(settings, StyleConfig), **sizes, **STYLE_NAMES[name]}
        training = StyleTrainingConfig(seed=seed, **_fields(settings, StyleTrainingConfig))
        return StyleConfig(**row), training
    method, generator = METHOD_NAMES[name]
    row = {**_fields(settings, CountGANConfig), **sizes, "method": method, "generator": generator}
    return CountGANConfig(**row), _simple_config(settings, seed)


def _fields(settings: AnySettings, kind: type[Any]) -> dict[str, Any]:
    """Return the settings that a configuration has a field for."""
    known = {field.name for field in fields(kind)}
    return {name: value for name, value in vars(settings).items() if name in known}


def _simple_config(settings: GANSettings, seed: int) -> CountTrainingConfig:
    given: dict[str, Any] = {
        "batch_size": settings.batch_size,
        "count_weight": settings.count_weight,
        "count_error": settings.count_error,
        "betas": None if settings.first_beta is None else (settings.first_beta, 0.999),
    }
    return CountTrainingConfig.of_preset(
        settings.preset,
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        schedule=settings.schedule,
        average_decay=settings.average_decay,
        precision=settings.precision,
        count_start=settings.count_start,
        generated_share=settings.generated_share,
        seed=seed,
        **{name: value for name, value in given.items() if value is not None},
    )


def _prior(settings: AnySettings) -> GaussianMixturePrior:
    if settings.prior_components == 1:
        return GaussianMixturePrior.standard_normal(settings.noise_dimensions)
    return GaussianMixturePrior.one_hot(
        settings.noise_dimensions, settings.prior_components, settings.prior_scale
    )
