"""The table of methods, and the recipe of a training run for a method on a task.

A recipe has four layers, each overriding those before: the defaults of `TrainingConfig`, those of
task and network, those of the method, the user's options.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.models import (
    AnyNetworkConfig,
    NetworkConfig,
    PriorConfig,
    PublishedConfig,
    network_from_dict,
)
from latentbo.regularizers import RegularizerConfig
from latentbo.tasks import NetworkRecipe, Task, find_task
from latentbo.training.config import TrainingConfig
from latentbo.training.pair_config import SequencePairConfig


@dataclass(frozen=True)
class Method:
    """A method of the thesis's comparison: representation of strings and regularizer of codes.

    Network, loss and schedule are the same for all methods.

    Args:
        description: For tables and cards.
        representation: Name of the representation.
        regularizer: Name of the regularizer.
        regularizer_weight: Kind of network -> weight relative to its reconstruction loss.
        num_components: Of the prior; None: one per dimension.
        term_weights: Weights that replace those of the regularizer's terms.
        latent_noise: Kind of network -> standard deviation of the noise on codes; absent: the
            network's default.
        per_dimension: Whether the weight is divided by the number of dimensions: the published
            divergence is a mean over them, ours their sum.
    """

    description: str
    representation: str
    regularizer: str
    regularizer_weight: Mapping[str, float]
    num_components: int | None = 1
    term_weights: Mapping[str, float] = field(default_factory=dict)
    latent_noise: Mapping[str, float] = field(default_factory=dict)
    per_dimension: bool = False

    def settings(self, network: str, num_dimensions: int) -> dict[str, Any]:
        """Return the method's part of a `TrainingConfig`."""
        weight = self.regularizer_weight[network]
        values: dict[str, Any] = {
            "representation": self.representation,
            "regularizer": self.regularizer,
            "regularizer_weight": weight / num_dimensions if self.per_dimension else weight,
            "term_weights": dict(self.term_weights),
        }
        if network in self.latent_noise:
            values["latent_noise"] = self.latent_noise[network]
        return values


METHODS = {
    "gmm-ks": Method(
        "grammar autoencoder, Gaussian-mixture prior by Kolmogorov-Smirnov distance (the thesis)",
        "grammar",
        "gmm-ks",
        {"published": 0.005, "autoregressive": 0.005},
        num_components=None,
    ),
    "gvae": Method(
        "grammar variational autoencoder",
        "grammar",
        "kl",
        {"published": 1.0, "autoregressive": 1.0},
        per_dimension=True,
    ),
    "cvae": Method(
        "character variational autoencoder",
        "characters",
        "kl",
        {"published": 1.0, "autoregressive": 1.0},
        per_dimension=True,
    ),
    "gcvvae": Method(
        "grammar constant-variance variational autoencoder",
        "grammar",
        "constant-variance",
        {"published": 0.01, "autoregressive": 0.01},
        latent_noise={"published": 0.3, "autoregressive": 0.3},
    ),
    "grae": Method(
        "grammar regularized autoencoder (RAE-L2)",
        "grammar",
        "rae",
        {"published": 0.01, "autoregressive": 0.01},
        term_weights={"decoder": 0.001},
        latent_noise={"published": 0.0, "autoregressive": 0.0},
    ),
}

#: For a variational encoder, whose codes are noisy already.
_VARIATIONAL: dict[str, Any] = {"latent_noise": 0.0, "noise_levels": "fixed"}

# Prefix of options that are fields of `SequencePairConfig`.
ROBUST_PREFIX = "robust_"
# Step of the attack over its bound, as published for images.
STEP_SHARE = 1.25

#: Options for sizes: name -> field of the published network; None: not part of it.
_WIDTHS = {
    "encoder_width": None,
    "embedding_width": None,
    "decoder_width": "gru_width",
    "decoder_layers": "gru_layers",
}


@dataclass(frozen=True)
class Recipe:
    """All settings of a training run except data, device and warm start."""

    training: TrainingConfig
    network: AnyNetworkConfig
    prior: PriorConfig


def recipe(
    task: str | Task,
    method: str | None = None,
    network: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Recipe:
    """Build the settings of a training run.

    Args:
        task: A task, or the name of a registered one.
        method: One of `METHODS`; None: gmm-ks, in the task's default representation.
        network: One of `latentbo.models.NETWORKS`; None: "published" with a method, else
            "autoregressive".
        options: The user's options: fields of `TrainingConfig` (but `robust` is the name of an
            objective, and `robust_` is the prefix of fields of `SequencePairConfig`),
            `latent_size`, `components`, `prior_scale`, `encoder_width`, `decoder_width`,
            `decoder_layers`. None counts as not given.

    Raises:
        ConfigurationError: If a name is unknown, or a value cannot be used.
    """
    chosen = {name: value for name, value in (options or {}).items() if value is not None}
    network = network or ("autoregressive" if method is None else "published")
    task = find_task(task)
    if network not in task.recipes:
        raise ConfigurationError(f"there is no {network!r} network for {task.name!r}")
    defaults = task.recipes[network]
    if method is not None and method not in METHODS:
        raise ConfigurationError(f"unknown method {method!r}; choose one of {', '.join(METHODS)}")
    sizes = network_from_dict({"kind": network, **defaults.sizes})
    num_dimensions = chosen.get("latent_size", sizes.num_dimensions)
    values = dict(defaults.training)
    components: int | None = None
    if method is None:
        values |= _own(defaults, chosen)
    else:
        values |= METHODS[method].settings(network, num_dimensions)
        components = METHODS[method].num_components
    names = {f.name for f in fields(TrainingConfig)}
    values |= {name: value for name, value in chosen.items() if name in names}
    values["robust"] = _robust(chosen)
    representation = values.get("representation", TrainingConfig.representation)
    values.setdefault("max_length", task.lengths.get(representation, TrainingConfig.max_length))
    training = TrainingConfig(**values)
    components = chosen.get("components", components) or num_dimensions
    prior = PriorConfig(components, chosen.get("prior_scale", PriorConfig.scale))
    return Recipe(training, _network(sizes, num_dimensions, training, chosen), prior)


def _own(defaults: NetworkRecipe, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that differ from the defaults in a training without a method of the comparison."""
    values = dict(defaults.own)
    weights = RegularizerConfig(
        chosen.get("regularizer", TrainingConfig.regularizer), chosen.get("term_weights") or {}
    )
    if weights.requires_variance and "noise_levels" in values:
        values |= _VARIATIONAL
    if "latent_noise" in chosen and "noise_levels" not in chosen:
        values.pop("noise_levels", None)  # the value is a deviation, not the largest share
    return values


def _robust(chosen: Mapping[str, Any]) -> SequencePairConfig | None:
    """Settings of the attack in robust training; the step is the published share of the bound."""
    options = {
        name.removeprefix(ROBUST_PREFIX): value
        for name, value in chosen.items()
        if name.startswith(ROBUST_PREFIX)
    }
    objective = chosen.get("robust")
    unused = set(options) if objective is None else set()
    if objective == "augmented":
        unused = options.keys() & {"strength", "cross"}
    if unused:
        option = (ROBUST_PREFIX + min(unused)).replace("_", "-")
        raise ConfigurationError(f"--{option} has no effect here: add --robust coupled")
    if objective is None:
        return None
    if "epsilon" in options:
        options.setdefault("step", STEP_SHARE * options["epsilon"])
    return SequencePairConfig(objective, **options)


def _network(
    sizes: AnyNetworkConfig,
    num_dimensions: int,
    training: TrainingConfig,
    chosen: Mapping[str, Any],
) -> AnyNetworkConfig:
    """The network's configuration for the training settings and the user's options."""
    variational = training.regularizer_config.requires_variance
    widths = {name: chosen[name] for name in _WIDTHS if name in chosen}
    if isinstance(sizes, NetworkConfig):
        return replace(sizes, num_dimensions=num_dimensions, variational=variational, **widths)
    unfit = [name for name in widths if _WIDTHS[name] is None]
    if unfit:
        raise ConfigurationError(
            f"--{unfit[0].replace('_', '-')} is no option of the published network, whose encoder "
            f"convolves one-hot tokens: leave it out, or use --network autoregressive"
        )
    assert isinstance(sizes, PublishedConfig)
    return replace(
        sizes,
        num_dimensions=num_dimensions,
        max_length=training.max_length,
        variational=variational,
        **{str(_WIDTHS[name]): value for name, value in widths.items()},
    )
