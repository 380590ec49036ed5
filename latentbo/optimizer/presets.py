"""The optimizers by name: what decides on the next calls, and with which settings."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.optimizer.acquisition_search import AcquisitionSearchStrategy
from latentbo.optimizer.batches import BatchOptimizer, RandomStrategy, Strategy
from latentbo.optimizer.box_search import BoxSearchStrategy
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.genetic import GeneticStrategy
from latentbo.optimizer.hybrid import HybridStrategy
from latentbo.optimizer.loop import Optimizer
from latentbo.optimizer.trust_region_optimizer import TrustRegionOptimizer
from latentbo.proposals import Accepted, LatentMoves
from latentbo.surrogates import TanimotoGPConfig

__all__ = ["Parts", "make_optimizer"]


@dataclass(frozen=True)
class Parts:
    """What an optimizer is made of, beside its settings.

    Args:
        model: The trained autoencoder.
        accept: The task's judgement of a string.
        pool: Canonical strings to start from.
        count: Strings to counts of fragments.
        describe: Strings to descriptors, for the surrogate `curves`.
        identity: Strings with equal identities have equal values.
        labelled: Strings whose values are known without a call, repeated ones with every value.
    """

    model: TrainedModel
    accept: Callable[[str], Accepted]
    pool: Sequence[str]
    count: Callable[[Sequence[str]], Tensor] | None = None
    describe: Callable[[Sequence[str]], Tensor] | None = None
    identity: Callable[[str], Hashable] = str
    labelled: Sequence[tuple[str, float]] = ()


def make_optimizer(config: OptimizationConfig, parts: Parts) -> Optimizer:
    """Return the optimizer that `config.preset` names."""
    if config.preset == "latent":
        return TrustRegionOptimizer(
            parts.model,
            parts.accept,
            parts.pool,
            config,
            parts.count,
            parts.labelled,
            identity=parts.identity,
            describe=parts.describe,
            must_beat_labelled=True,
        )
    strategy = STRATEGIES[config.preset](config, parts)
    return BatchOptimizer(strategy, parts.pool, config, parts.labelled)


def _hybrid(config: OptimizationConfig, parts: Parts) -> Strategy:
    surrogate = TanimotoGPConfig(max_train=config.max_train, descriptors=config.descriptors)
    return HybridStrategy(LatentMoves(parts.model), parts.accept, config, surrogate, parts.pool)


def _acquisition_search(config: OptimizationConfig, parts: Parts) -> Strategy:
    surrogate = TanimotoGPConfig(max_train=config.max_train, descriptors=False)
    return AcquisitionSearchStrategy(parts.accept, parts.pool, surrogate)


STRATEGIES: Mapping[str, Callable[[OptimizationConfig, Parts], Strategy]] = {
    "hybrid": _hybrid,
    "thesis": lambda config, parts: BoxSearchStrategy(parts.model, parts.accept, config),
    "ga": lambda config, parts: GeneticStrategy(parts.accept),
    "gp-bo": _acquisition_search,
    "random": lambda config, parts: RandomStrategy(parts.pool),
}
