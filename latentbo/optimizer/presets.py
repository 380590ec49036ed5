"""The optimizers by name: the strategy of each preset, and its settings."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

from torch import Tensor

from latentbo.chemistry import Scaffold
from latentbo.data.bounds import Bound
from latentbo.errors import ConfigurationError
from latentbo.models import TrainedModel
from latentbo.optimizer.acquisition_search import AcquisitionSearchStrategy
from latentbo.optimizer.batches import BatchOptimizer, RandomStrategy, Strategy
from latentbo.optimizer.box_search import BoxSearchStrategy
from latentbo.optimizer.config import PRESETS, OptimizationConfig, Preset
from latentbo.optimizer.genetic import GeneticStrategy
from latentbo.optimizer.hybrid import HybridStrategy
from latentbo.optimizer.trust_region_search import TrustRegionStrategy
from latentbo.proposals import (
    INFILL,
    JENSEN_RULES,
    SOURCES,
    ChildRules,
    ScaffoldMoves,
    TreeEdits,
    substituents_of,
)
from latentbo.registry import Registry
from latentbo.surrogates import TanimotoGPConfig
from latentbo.tasks import Accepted

#: Names of sources that a search over codes takes as moves of codes, and not at all.
CODES, GRAPH = "latent", "graph"


@dataclass(frozen=True)
class OptimizerInputs:
    """Inputs of an optimizer, beside its settings.

    Args:
        model: The trained autoencoder.
        accept: The task's judgement of a string.
        pool: Canonical strings to start from.
        count: Strings to counts of fragments.
        describe: Strings to descriptors, for the surrogate `curves`.
        identity: Strings with equal identities have equal values.
        initial_data: Strings whose values are known without a call, repeated ones with every value.
        keep_aromatic: Whether moves of graphs must leave what is left of aromatic rings aromatic.
        scaffold: Of the preset `hybrid`: what every proposal keeps.
        must_beat_initial_data: Of the preset `latent`; see `TrustRegionStrategy`.
        initial_bounds: Strings with bounds known without a call, of censored measurements. The
            presets `hybrid` and `gp-bo` learn from them; no preset proposes these strings.
    """

    model: TrainedModel
    accept: Callable[[str], Accepted]
    pool: Sequence[str]
    count: Callable[[Sequence[str]], Tensor] | None = None
    describe: Callable[[Sequence[str]], Tensor] | None = None
    identity: Callable[[str], Hashable] = str
    initial_data: Sequence[tuple[str, float]] = ()
    must_beat_initial_data: bool = True
    initial_bounds: Sequence[tuple[str, Bound]] = ()
    keep_aromatic: bool = False
    scaffold: Scaffold | None = None

    @property
    def graph_ga_rules(self) -> ChildRules:
        """Rules for the children of genetic algorithms."""
        return replace(JENSEN_RULES, keep_aromatic=self.keep_aromatic)


def make_optimizer(config: OptimizationConfig, inputs: OptimizerInputs) -> BatchOptimizer:
    """Return the optimizer that `config.preset` names."""
    strategy = STRATEGIES[config.preset](config, inputs)
    fallback: Strategy | None = None
    pool = inputs.pool
    if isinstance(strategy, TrustRegionStrategy):
        # It needs no values, and its pool has one string of each identity.
        fallback, pool = strategy, strategy.pool
    return BatchOptimizer(
        *(strategy, pool, config, inputs.initial_data, fallback),
        initial_bounds=inputs.initial_bounds,
    )


def _trust_region(config: OptimizationConfig, inputs: OptimizerInputs) -> Strategy:
    # The general default names graph moves, which are for molecules under the Tanimoto process.
    names = [name for name in config.sources if name not in (CODES, GRAPH)]
    moves_codes = CODES in config.sources
    if moves_codes and inputs.model.representation.name != "grammar":
        # Only derivations have subtrees.
        names = [name for name in names if name != INFILL]
    return TrustRegionStrategy(
        inputs.model,
        inputs.accept,
        inputs.pool,
        config,
        inputs.count,
        inputs.describe,
        inputs.identity,
        inputs.must_beat_initial_data,
        [TreeEdits(inputs.model) if name == INFILL else SOURCES[name](inputs) for name in names],
        moves_codes,
    )


def _latent(config: OptimizationConfig, inputs: OptimizerInputs) -> Strategy:
    """Search with the decoder alone: by codes, or by a process on the molecules themselves."""
    if config.surrogate != "tanimoto":
        return _trust_region(config, inputs)
    names = config.sources
    if inputs.model.representation.name != "smiles":
        # The decoder of another representation cannot edit a SMILES.
        names = tuple(name for name in names if name != INFILL) or names
    return _on_strings(replace(config, sources=names), inputs)


def _on_strings(config: OptimizationConfig, inputs: OptimizerInputs) -> Strategy:
    surrogate = TanimotoGPConfig(max_train=config.max_train, descriptors=config.descriptors)
    sources = [SOURCES[name](inputs) for name in config.sources]
    if inputs.scaffold is not None:
        # Hardly any other move leaves a scaffold as it is.
        fragments = substituents_of(inputs.scaffold, inputs.pool)
        sources = [ScaffoldMoves(inputs.scaffold, fragments, inputs.keep_aromatic)]
    return HybridStrategy(sources, inputs.accept, config, surrogate, inputs.pool)


def _acquisition_search(config: OptimizationConfig, inputs: OptimizerInputs) -> Strategy:
    surrogate = TanimotoGPConfig(max_train=config.max_train, descriptors=False)
    return AcquisitionSearchStrategy(
        inputs.accept, inputs.pool, surrogate, rules=inputs.graph_ga_rules
    )


MakeStrategy: TypeAlias = Callable[[OptimizationConfig, OptimizerInputs], Strategy]

STRATEGIES: Registry[MakeStrategy] = Registry(
    "strategy",
    {
        "latent": _latent,
        "hybrid": _on_strings,
        "thesis": lambda config, inputs: BoxSearchStrategy(inputs.model, inputs.accept, config),
        "ga": lambda config, inputs: GeneticStrategy(inputs.accept, rules=inputs.graph_ga_rules),
        "gp-bo": _acquisition_search,
        "random": lambda config, inputs: RandomStrategy(inputs.pool),
    },
)


# Settings that every run has, whatever its preset.
_OF_A_RUN = (
    *("preset", "budget", "seed"),
    *("acquisition", "surrogate", "descriptors", "min_distance"),
)


def register_preset(
    name: str,
    make: MakeStrategy,
    description: str = "",
    *,
    is_molecular: bool = False,
    defaults: Mapping[str, Any] | None = None,
) -> None:
    """Let runs find a strategy by its name, also on command lines.

    Args:
        name: For `--preset`, and for `preset` of `OptimizationConfig` and `LatentOptimizer`.
        make: Makes the strategy from the settings of the search and the inputs of the run.
        description: One line for people.
        is_molecular: Whether it is for molecules alone.
        defaults: Settings of `OptimizationConfig` that differ from the general defaults.

    Raises:
        ConfigurationError: If the name cannot be used, or a default is no setting or has a value
            that cannot be used.
    """
    known = [each.name for each in fields(OptimizationConfig) if each.name not in _OF_A_RUN]
    for setting in defaults or ():
        if setting not in known:
            raise ConfigurationError(
                f"the preset {name!r} cannot have a default for {setting!r}: choose from "
                f"{', '.join(known)}"
            )
    OptimizationConfig(**(defaults or {}))
    PRESETS.register(name, Preset(description, is_molecular, dict(defaults or {})))
    STRATEGIES.register(name, make)
