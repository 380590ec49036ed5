"""Settings of attacks on images and of the comparison of images."""

from dataclasses import dataclass

from latentbo.attacks import Attack, Budget, Goal, ProjectedGradient, QuasiNewton
from latentbo.errors import ConfigurationError
from latentbo.images.metrics import SIMILARITY_PRESETS, SimilarityConfig
from latentbo.settings import check, setting

#: Attacks by name, the published one first.
ATTACKS = ("l-bfgs-b", "projected-gradient")
#: Goals of attacks: equations 5.11 and 5.12.
GOALS = ("latent", "damage")
#: Name of the attack that keeps the strongest result for each image.
STRONGEST = "strongest"


@dataclass(frozen=True)
class RobustnessConfig:
    """Settings of an evaluation under attack; the defaults are strong.

    Args:
        radii: Maximum Euclidean norms of perturbations: lambda, each positive.
        goals: Of `GOALS`.
        attacks: Of `ATTACKS`.
        num_steps: Steps per start of the projected gradient.
        num_restarts: Starts of the projected gradient.
        max_iterations: Iterations per start of L-BFGS-B.
        newton_restarts: Starts of L-BFGS-B; published: 1.
        similarity: Preset, or settings, of the multi-scale structural similarity.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    radii: tuple[float, ...] = (1.0, 3.0, 5.0)
    goals: tuple[str, ...] = GOALS
    attacks: tuple[str, ...] = ATTACKS
    num_steps: int = setting(200, at_least=1)
    num_restarts: int = setting(5, at_least=1)
    max_iterations: int = setting(100, at_least=1)
    newton_restarts: int = setting(1, at_least=1)
    similarity: str | SimilarityConfig = "standard"

    def __post_init__(self) -> None:
        for name, known in (("goals", GOALS), ("attacks", ATTACKS)):
            given = getattr(self, name)
            if not given or not set(given) <= set(known) or len(set(given)) < len(given):
                raise ConfigurationError(
                    f"{name} must be one or more of {', '.join(known)}, each once, got {given}"
                )
        if not self.radii or len(set(self.radii)) < len(self.radii):
            raise ConfigurationError(f"radii must be one or more, each once, got {self.radii}")
        if isinstance(self.similarity, str) and self.similarity not in SIMILARITY_PRESETS:
            raise ConfigurationError(
                f"unknown preset {self.similarity!r}; choose one of {', '.join(SIMILARITY_PRESETS)}"
            )
        _ = self.budgets  # checks the radii
        check(self)

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """The budget of each radius."""
        return tuple(Budget(radius) for radius in self.radii)

    def attacks_for(self, goal: Goal) -> tuple[Attack, ...]:
        """The attacks with one goal, in the order of their names."""
        made: dict[str, Attack] = {
            "l-bfgs-b": QuasiNewton(goal, self.newton_restarts, self.max_iterations),
            "projected-gradient": ProjectedGradient(goal, self.num_steps, self.num_restarts),
        }
        return tuple(made[name] for name in self.attacks)
