"""How the trained models of a study are attacked."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from dataclasses import dataclass

from images_study.settings import MeasuringSettings

from latentbo.command_line import at_least, names_of
from latentbo.images.metrics import SIMILARITY_PRESETS
from latentbo.images.robustness import ATTACKS, GOALS, RobustnessConfig

#: Presets of the similarity that images of 32 pixels are large enough for.
SIMILARITIES = ("thesis", "standard")


@dataclass(frozen=True)
class RobustMeasuring(MeasuringSettings):
    """What decides a measurement under attack; the defaults are the published scale.

    Args:
        lambdas: Largest Euclidean norms of a perturbation.
        attack_images: Test images attacked in each trial.
        trials: Draws of test images and targets.
        attacks: Names of attacks; the stronger counts for each image, all are reported.
        attack_steps: Of each start of the projected gradient.
        attack_restarts: Starts of the projected gradient.
        newton_iterations: Of L-BFGS-B.
        similarity: Preset of the similarity of images, of `SIMILARITIES`.
    """

    lambdas: tuple[float, ...] = (1.0, 3.0, 5.0)
    attack_images: int = 100
    trials: int = 10
    attacks: tuple[str, ...] = ATTACKS
    attack_steps: int = 200
    attack_restarts: int = 5
    newton_iterations: int = 100
    similarity: str = "thesis"

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
    add, number = parser.add_argument, at_least(1)
    add("--lambdas", type=_radii, metavar="L,...", help="bounds of perturbations (default 1,3,5)")
    add("--attack-images", type=at_least(2), metavar="N", help="attacked in a trial (default 100)")
    add("--trials", type=number, metavar="N", help="draws of test images (default 10)")
    add("--attacks", type=names_of(ATTACKS), metavar="NAMES", help=f"of {','.join(ATTACKS)}")
    add("--attack-steps", type=number, metavar="N", help="projected gradient (default 200)")
    add("--attack-restarts", type=number, metavar="N", help="of these steps (default 5)")
    add("--newton-iterations", type=number, metavar="N", help="of L-BFGS-B (default 100)")
    assert set(SIMILARITIES) <= set(SIMILARITY_PRESETS)
    add("--similarity", choices=SIMILARITIES, help="preset of MS-SSIM (default: thesis)")


def _radii(text: str) -> tuple[float, ...]:
    radius: Callable[[str], float] = at_least(0, float, exclusive=True)
    found = tuple(dict.fromkeys(radius(part) for part in text.split(",")))
    if len(found) != len(text.split(",")):
        raise ArgumentTypeError(f"{text!r} has a bound twice")
    return tuple(sorted(found))
