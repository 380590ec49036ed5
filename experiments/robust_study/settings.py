"""Attacks of a study's trained models."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from dataclasses import dataclass

from images_study.settings import MeasuringSettings

from latentbo import command_line
from latentbo.command_line import at_least
from latentbo.images.robustness import ATTACKS, GOALS, RobustnessConfig
from latentbo.settings import setting

#: Presets of the similarity that images of 32 pixels are large enough for.
SIMILARITIES = ("thesis", "standard")


@dataclass(frozen=True)
class RobustMeasuring(MeasuringSettings):
    """Settings of a measurement under attack; the defaults are the published scale.

    Args:
        lambdas: Largest Euclidean norms of a perturbation.
        attack_images: Test images attacked in each trial.
        trials: Draws of test images and targets.
        attacks: Names of attacks; the stronger counts for each image, all are reported.
        attack_steps: Steps of each start of the projected gradient.
        attack_restarts: Starts of the projected gradient.
        newton_iterations: Iterations of L-BFGS-B.
        similarity: Preset of the similarity of images (MS-SSIM).
    """

    lambdas: tuple[float, ...] = (1.0, 3.0, 5.0)
    attack_images: int = setting(100, at_least=2)
    trials: int = setting(10, at_least=1)
    attacks: tuple[str, ...] = setting(ATTACKS, choices=ATTACKS)
    attack_steps: int = setting(200, at_least=1)
    attack_restarts: int = setting(5, at_least=1)
    newton_iterations: int = setting(100, at_least=1)
    similarity: str = setting("thesis", choices=SIMILARITIES)

    @property
    def label(self) -> str:
        """Name of the folder of such measurements."""
        lambdas = "-".join(f"{radius:g}" for radius in self.lambdas)
        made = {
            "l-bfgs-b": f"newton-{self.newton_iterations}",
            "projected-gradient": f"gradient-{self.attack_steps}x{self.attack_restarts}",
        }
        attacks = "-".join(made[name] for name in self.attacks)
        return (
            f"{super().label}-lambda-{lambdas}-attacked-{self.attack_images}x{self.trials}"
            f"-{attacks}-{self.similarity}"
        )

    def robustness(self, goals: tuple[str, ...] = GOALS) -> RobustnessConfig:
        """Return how models are attacked."""
        return RobustnessConfig(
            radii=self.lambdas,
            goals=goals,
            attacks=self.attacks,
            num_steps=self.attack_steps,
            num_restarts=self.attack_restarts,
            max_iterations=self.newton_iterations,
            similarity=self.similarity,
        )


#: Of the smallest studies.
SMOKE_MEASURING = RobustMeasuring(
    feature_size=32,
    test_limit=100,
    num_samples=50,
    draws=2,
    num_subsets=2,
    lambdas=(1.0, 3.0),
    attack_images=4,
    trials=2,
    attack_steps=10,
    attack_restarts=1,
    newton_iterations=5,
)


def add_options(parser: ArgumentParser) -> None:
    """Add the options of attacks."""
    own = RobustMeasuring.__annotations__
    told = {"lambdas": "L,...", "attacks": "NAMES"}
    add = parser.add_argument
    command_line.add_options(add, RobustMeasuring(), names=own, metavars=told, lambdas=_radii)


def _radii(text: str) -> tuple[float, ...]:
    radius: Callable[[str], float] = at_least(0, float, exclusive=True)
    found = tuple(dict.fromkeys(radius(part) for part in text.split(",")))
    if len(found) != len(text.split(",")):
        raise ArgumentTypeError(f"{text!r} has a bound twice")
    return tuple(sorted(found))
