"""Settings of an image experiment's trainings and measurements."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.images.data import IMAGE_DATASETS
from latentbo.images.metrics import FEATURE_NETWORKS, weights_digest
from latentbo.images.models import IMAGE_NETWORKS
from latentbo.images.training import LATENT_NOISE, ImageMethod, image_method
from latentbo.settings import setting
from latentbo.training import SCHEDULES

STAGES = ("train", "measure", "tables")
#: Where learning rate, its schedule, and weight and noise of GMM-DAE come from: the thesis's text,
#: or its published code, which differ.
PRESETS = ("text", "code")
INTERPOLATIONS = ("linear", "spherical")
#: Data sets by name: published number of dimensions and of components.
DATASETS = {
    "mnist": (10, 10),
    "mnist-5000": (10, 10),
    "fashion-mnist": (10, 10),
    "svhn": (100, 10),
    "celeba": (64, 20),
}
#: In place of a kind of network: that of chapter 5, fully connected for grey images and
#: convolutional for others.
BY_DATASET = "by-dataset"
# Published width of a network by its kind.
WIDTHS = {"convolutional": 128, "mlp": 200}
# Of the published code: the weight of GMM-DAE's reconstruction is 2,000.
CODE_WEIGHT = 1 / 2000


@dataclass(frozen=True)
class Variant:
    """A training: a method, and its differences from the table of methods.

    Args:
        method: Name of the method.
        term_weights: Weights that replace those of the regularizer's terms; 0 removes a term.
        components: Number of components of the prior; None: the study's.
        scale: Distance of the prior's means from the origin; None: the study's, or the method's.
        first_stage: Name of the variant whose trained model gets a second stage; None: this is an
            autoencoder of its own.
        robust: Fields of the method's robust training -> values that replace its own.
        networks: Kinds of network that it can be trained with; empty: all.
    """

    method: str
    term_weights: Mapping[str, float] = field(default_factory=dict)
    components: int | None = None
    scale: float | None = None
    first_stage: str | None = None
    robust: Mapping[str, Any] = field(default_factory=dict)
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of a training, beside data set, variant and seed.

    Args:
        epochs: Passes over the training images.
        limit: Number of training images, validation included; None: all.
        preset: The thesis's `text`, or its published `code`.
        network: Kind of network; `by-dataset`: that of chapter 5.
        width: Of the network; None: 128, of mlp 200.
        dimensions: Of a code; None: as published for the data set.
        components: Of the prior and of the ex-post mixture; None: as published for the data set.
        prior_scale: Distance of the prior's means from the origin; None: the method's own.
        weights: Weights of methods' regularizers in place of their own.
        schedule: Of the learning rate; None: the preset's. That of the text waits for a plateau,
            which short trainings do not reach.
    """

    epochs: float = setting(100.0, more_than=0)
    limit: int | None = setting(None, at_least=100)
    preset: str = setting("text", choices=PRESETS)
    network: str = setting("convolutional", choices=(*IMAGE_NETWORKS, BY_DATASET))
    width: int | None = setting(None, at_least=1)
    dimensions: int | None = setting(None, at_least=1)
    components: int | None = setting(None, at_least=1)
    prior_scale: float | None = setting(None, more_than=0)
    weights: Mapping[str, float] = field(default_factory=dict)
    schedule: str | None = setting(None, choices=SCHEDULES)

    def sizes(self, dataset: str) -> tuple[int, int, int]:
        """Return width, number of dimensions and number of components for a data set."""
        dimensions, components = DATASETS[dataset]
        return (
            self.width or WIDTHS[self.kind(dataset)],
            self.dimensions or dimensions,
            self.components or components,
        )

    def kind(self, dataset: str) -> str:
        """Return the kind of network for a data set."""
        if self.network != BY_DATASET:
            return self.network
        return "mlp" if IMAGE_DATASETS[dataset].channels == 1 else "convolutional"

    def method(self, variant: Variant) -> ImageMethod:
        """Return the method of a variant, with this preset's noise and weight, or the caller's."""
        method = image_method(variant.method)
        if self.preset == "code" and method.regularizer.startswith("gmm-ks"):
            noise = LATENT_NOISE["code"] if method.latent_noise else 0.0
            method = replace(method, weight=CODE_WEIGHT, latent_noise=noise)
        if variant.method in self.weights:
            method = replace(method, weight=self.weights[variant.method])
        return replace(method, term_weights={**method.term_weights, **variant.term_weights})

    def scale(self, variant: Variant) -> float:
        """Return the distance of the means of a variant's prior from the origin."""
        given = (variant.scale, self.prior_scale, self.method(variant).prior_scale)
        return next(scale for scale in given if scale is not None)

    def loop(self, dataset: str) -> dict[str, Any]:
        """Return the settings of the loop that are not the defaults."""
        chosen = {} if self.schedule is None else {"schedule": self.schedule}
        return self._preset(dataset) | chosen

    def _preset(self, dataset: str) -> dict[str, Any]:
        if self.preset == "text":
            return {}
        if IMAGE_DATASETS[dataset].channels == 1:
            return {"learning_rate": 2e-4, "schedule": "constant", "betas": (0.9, 0.999)}
        decay = {"schedule": "step", "decay": 0.1, "patience": 7}
        return {"learning_rate": 2e-3, "betas": (0.9, 0.999), **decay}


@dataclass(frozen=True)
class MeasuringSettings:
    """Settings of a measurement of a trained model.

    Args:
        features: Feature network of the distances.
        feature_weights: File of its weights; None: its own.
        feature_size: Height and width that EfficientNet-Lite0 resizes images to; None: 224.
        test_limit: Number of test images; None: all.
        num_samples: Images in each draw.
        draws: Draws behind each distance.
        num_subsets: Subsets of the kernel distance in each draw.
        interpolation: Way from one code to another.

    Raises:
        ConfigurationError: If a size is given to a feature network that has but one.
    """

    features: str = setting("efficientnet-lite0", choices=tuple(FEATURE_NETWORKS))
    feature_weights: str | None = None
    feature_size: int | None = setting(None, at_least=32)
    test_limit: int | None = setting(None, at_least=50)
    num_samples: int = setting(10_000, at_least=50)
    draws: int = setting(5, at_least=1)
    num_subsets: int = 20
    interpolation: str = setting("spherical", choices=INTERPOLATIONS)

    def __post_init__(self) -> None:
        if self.feature_size is not None and self.features != "efficientnet-lite0":
            raise ConfigurationError(
                f"--feature-size is for efficientnet-lite0; {self.features} has one size: leave "
                f"the option out"
            )

    @property
    def label(self) -> str:
        """Name of the folder of such measurements."""
        size = f"-{self.feature_size}" if self.feature_size else ""
        weights = f"-{weights_digest(Path(self.feature_weights))}" if self.feature_weights else ""
        number = self.test_limit or "all"
        return (
            f"{self.features}{size}{weights}-test-{number}"
            f"-samples-{self.num_samples}x{self.draws}-{self.interpolation}"
        )


@dataclass(frozen=True)
class Study:
    """All trainings and measurements of an experiment.

    Args:
        datasets: Names of data sets.
        variants: Name -> what is trained under that name.
        seeds: Of the trainings.
        training: Settings.
        measuring: Settings.
        stages: Parts to do, of `STAGES`.
        device: `cpu`, `cuda`, …
    """

    datasets: tuple[str, ...]
    variants: Mapping[str, Variant]
    seeds: tuple[int, ...] = (0, 1, 2)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    measuring: MeasuringSettings = field(default_factory=MeasuringSettings)
    stages: tuple[str, ...] = STAGES
    device: str = "cpu"

    def trained_on(self, dataset: str) -> tuple[str, ...]:
        """Return the names of the variants that the network for a data set can be trained with."""
        kind = self.training.kind(dataset)
        return tuple(
            name
            for name, variant in self.variants.items()
            if not variant.networks or kind in variant.networks
        )


#: Of the smallest studies.
SMOKE_MEASURING = MeasuringSettings(
    feature_size=32, test_limit=200, num_samples=100, draws=2, num_subsets=2
)


def smallest(
    study: Study, *names: str, measuring: MeasuringSettings = SMOKE_MEASURING, **training: Any
) -> Study:
    """Return a study of some variants and one seed that trains for seconds.

    Args:
        study: In full.
        names: Of the variants.
        measuring: Settings.
        training: What differs from four epochs on 600 images with a width of 4.
    """
    small: dict[str, Any] = {"epochs": 4, "limit": 600, "width": 4, **training}
    return replace(
        study,
        variants={name: study.variants[name] for name in names},
        seeds=(0,),
        training=replace(study.training, **small),
        measuring=measuring,
    )
