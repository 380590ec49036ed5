"""Everything that decides an optimization, next to the model, the pool and the objective."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.optimizer.own_surrogates import PRESET_OF, SURROGATES
from latentbo.proposals import SOURCES
from latentbo.registry import Registry
from latentbo.settings import check, setting
from latentbo.tasks import Task


@dataclass(frozen=True)
class Preset:
    """An optimizer by name.

    Args:
        description: One line for people.
        is_molecular: Whether it is for molecules alone.
        defaults: Settings of `OptimizationConfig` that differ from the general defaults.
        by_surrogate: The same for a surrogate by its name, on top of the others.
    """

    description: str
    is_molecular: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)
    by_surrogate: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def settings(self, surrogate: str) -> dict[str, Any]:
        """Return the settings that differ from the general defaults, with this surrogate."""
        return {**self.defaults, **self.by_surrogate.get(surrogate, {})}

    def fits(self, task: Task) -> bool:
        """Tell whether it can work on a task."""
        return task.is_molecular or not self.is_molecular


#: Acquisition functions of searches over codes; see `latentbo.acquisition.select`.
ACQUISITIONS = ("thompson", "log-ei")
#: Molecules of the pool among the candidates of a step, where the Gaussian process is on molecules.
NUM_FROM_POOL = 400
# Settings of searches whose Gaussian process is on the molecules themselves.
ON_STRINGS = {"num_initial": 30, "num_proposals": 160, "num_parents": 40}

PRESETS: Registry[Preset] = Registry(
    "preset",
    {
        "latent": Preset(
            "all that it proposes is written by the decoder: codes near those of the best strings; "
            "of molecules also spans written anew, Tanimoto Gaussian process",
            by_surrogate={
                "tanimoto": {**ON_STRINGS, "sources": ("latent", "infill"), "num_from_pool": 0}
            },
        ),
        "thesis": Preset(
            "expected improvement in the box of the codes, sparse Gaussian process over codes"
        ),
        "hybrid": Preset(
            "latent and graph moves, Tanimoto Gaussian process, Thompson sampling",
            is_molecular=True,
            defaults={**ON_STRINGS, "num_from_pool": NUM_FROM_POOL},
        ),
        "ga": Preset(
            "graph genetic algorithm: crossover and mutation of molecules, no model",
            is_molecular=True,
            defaults={"num_initial": 120, "batch_size": 70},
        ),
        "gp-bo": Preset(
            "Tanimoto Gaussian process, its upper confidence bound climbed by a genetic algorithm",
            is_molecular=True,
            defaults={"num_initial": 30},
        ),
        "random": Preset("strings of the pool, in random order"),
    },
)


def presets_of(task: Task) -> list[str]:
    """Return the names of the presets that can work on a task."""
    return [name for name, preset in PRESETS.items() if preset.fits(task)]


@dataclass(frozen=True)
class OptimizationConfig:
    """Settings of the ask-tell loop.

    Args:
        budget: Oracle calls in all, those for the initial molecules included.
        num_initial: Molecules of the pool that are evaluated first.
        batch_size: Strings between two fits (`q`); the preset `ga` takes 70 unless told.
        seed: Of everything random.
        acquisition: Acquisition function of searches over codes.
        preset: Which optimizer: see `PRESETS`.
        descriptors: Whether the Tanimoto process of `hybrid` sees molecular descriptors, too.
        min_distance: Least Tanimoto distance between two hits, 0 to 1, of `hybrid` and `latent`: no
            call is spent on what is closer to a better molecule.
        sources: Sources of proposals, of `latentbo.proposals.SOURCES`. In searches over codes
            `latent` are the moves of codes, `infill` edits of parse trees (where the model's
            representation is `grammar`), and `graph` means nothing.
        surrogate: Of the preset `latent`. `tanimoto`: the process of `hybrid`, on the molecules
            themselves, which takes proposals of several sources; the others see codes, and search
            in a trust region of the latent space. `code`: a sparse Gaussian process over the code
            alone; `latent`: over the model's confidence, too; `fragments`: over the counts of the
            string's fragments, too; `curves`: over the values of the expression, too; `exact`: an
            exact process over code and confidence, with a lengthscale a dimension. In the preset
            `thesis`, `exact` is this process over the code, and anything else the sparse one. The
            name of a user's surrogate takes its place in `latent`, or that of the Tanimoto process
            in `hybrid`; see `register_surrogate`.
        identity: Strings that are one candidate, in searches over codes: those that the objective
            recognises as equal (value: `x*1` and `x`), or equal strings alone.
        scaling: Mean and deviation by which codes are measured, in searches over codes: those of
            the prior, or of the data known before the search.
        num_proposals: Codes decoded (`hybrid`: and children made) a round.
        num_rounds: Rounds a step.
        num_candidates: Candidates below which more rounds are made, which reach further in the
            latent space and in the decoder's temperature; at least four a call.
        num_parents: Best molecules around which codes are drawn.
        num_from_pool: Molecules of the pool, not evaluated yet, that stand for choice beside the
            decoded ones: those with the highest posterior mean plus standard deviation, and for
            `hybrid` as many drawn by chance. 0: none, also after a long stall.
        max_screened: Molecules of the pool that are encoded for that; of more, a random part.
        num_inducing: Inducing points of the sparse GP.
        max_train: Most molecules the GP learns from (the best half, the rest at random).
        consistent: Propose only molecules that the model reconstructs.
        initial_length: First length of the trust region, in standard deviations of the prior.
        min_length: Smallest length.
        max_length: Largest length.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    budget: int = setting(500, at_least=1)
    num_initial: int = setting(100, at_least=1)
    batch_size: int = setting(20, at_least=1)
    seed: int = 0
    acquisition: str = setting("thompson", choices=ACQUISITIONS)
    preset: str = "latent"
    descriptors: bool = True
    min_distance: float = setting(0.0, at_least=0, at_most=1)
    sources: tuple[str, ...] = ("latent", "graph")
    surrogate: str = "fragments"
    identity: str = setting("value", choices=("value", "string"))
    scaling: str = setting("prior", choices=("prior", "data"))
    num_proposals: int = setting(150, at_least=1)
    num_rounds: int = setting(3, at_least=1)
    num_candidates: int = setting(350, at_least=1)
    num_parents: int = setting(20, at_least=1)
    num_from_pool: int = setting(100, at_least=0)
    max_screened: int = 5000
    num_inducing: int = setting(150, at_least=1)
    max_train: int = setting(1000, at_least=1)
    consistent: bool = False
    initial_length: float = 0.5
    min_length: float = 0.3
    max_length: float = 1.0

    def __post_init__(self) -> None:
        check(self)
        # As settings files, which are JSON, hold it.
        object.__setattr__(self, "sources", tuple(self.sources))
        unknown = [name for name in self.sources if name not in SOURCES]
        if unknown:
            raise SOURCES.unknown(unknown[0])
        if not self.sources or len(set(self.sources)) < len(self.sources):
            raise ConfigurationError(
                f"sources must be some of {', '.join(SOURCES)}, each once, not "
                f"{', '.join(self.sources) or 'none'}"
            )
        if self.preset not in PRESETS:
            raise PRESETS.unknown(self.preset)
        if self.surrogate not in SURROGATES:
            raise SURROGATES.unknown(self.surrogate)
        own = SURROGATES[self.surrogate]
        if own is not None and self.preset in PRESETS.shipped - {PRESET_OF[own.of]}:
            raise ConfigurationError(
                f"the surrogate {self.surrogate!r} predicts from {own.of}, and the preset "
                f"{self.preset!r} has no use for it: choose the preset {PRESET_OF[own.of]}"
            )
        if not 0 < self.min_length <= self.initial_length <= self.max_length:
            raise ConfigurationError(
                f"the trust region needs 0 < min_length <= initial_length <= max_length, got "
                f"{self.min_length}, {self.initial_length}, {self.max_length}"
            )
