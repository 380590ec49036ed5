"""Settings of a result: start, training, diagnosis, search."""

from dataclasses import dataclass
from pathlib import Path

from latentbo.errors import ConfigurationError
from latentbo.models import default_model_folder
from latentbo.settings import setting

#: What is compared; the model that the others go on from comes first.
VARIANTS = ("start", "plain", "coupled", "plain-equal-time")
# How the shipped model was trained last (its card), and a network that a core can train.
CONTINUED = (*("--latent-noise", "0.1", "--token-dropout", "0.05", "--warmup-steps", "10"),)
SMALL = (
    *("--latent-size", "64", "--encoder-width", "96", "--decoder-width", "192"),
    *("--decoder-layers", "1", "--warmup-steps", "100"),
)
TINY = (
    *("--latent-size", "8", "--encoder-width", "16", "--decoder-width", "24"),
    *("--decoder-layers", "1", "--min-count", "2", "--held-out", "60"),
)


@dataclass(frozen=True)
class Config:
    """Settings of a result, beside the seed.

    Args:
        start: `shipped`, `scratch` (a new network), or a model folder.
        sizes: Options of `latentbo.train` for a network from scratch.
        steps: Training steps of `plain` and `coupled`.
        batch_size: Molecules per step.
        learning_rate: Peak of the learning rate.
        regularizer_weight: Of plain and of coupled terms, against the reconstruction.
        epsilon: Bound of the attack, in standard deviations of the embeddings.
        strength: Strength of the coupling.
        limit: Molecules of the data that are used; None: all.
        timed: Steps of each objective that are timed.
        diagnosis: Options of `latentbo.evaluate latent`.
        objective: Of the search.
        budget: Oracle calls of the search.
    """

    start: str = "shipped"
    sizes: tuple[str, ...] = SMALL
    steps: int = setting(100, at_least=1)
    batch_size: int = setting(128, at_least=2)
    learning_rate: float = setting(3e-4, more_than=0)
    regularizer_weight: float = setting(0.01, at_least=0.0)
    epsilon: float = setting(0.1, more_than=0)
    strength: float = setting(0.99, at_least=0, at_most=1)
    limit: int | None = setting(None, at_least=100)
    timed: int = 5
    diagnosis: tuple[str, ...] = ("--train", "500", "--test", "200")
    objective: str = "penalized-logp"
    budget: int = setting(150, at_least=10)

    def __post_init__(self) -> None:
        if self.start != "scratch" and not (self.folder / "metrics.json").is_file():
            raise ConfigurationError(
                f"{self.folder} is no folder of a finished training: give --start another"
            )

    @property
    def variants(self) -> tuple[str, ...]:
        """The compared models; a new network is not worth a measurement."""
        return VARIANTS[1:] if self.start == "scratch" else VARIANTS

    @property
    def folder(self) -> Path:
        """Where the model is that all go on from."""
        return default_model_folder("molecules") if self.start == "shipped" else Path(self.start)

    def training(self, variant: str, steps: int, num_rows: int, seed: int) -> list[str]:
        """Return the options of `latentbo.train` for so many steps over so many molecules."""
        epochs = steps / max(1, num_rows // self.batch_size)
        options = ["molecules", "--epochs", repr(epochs), "--batch-size", str(self.batch_size)]
        options += ["--learning-rate", repr(self.learning_rate), "--seed", str(seed)]
        options += ["--regularizer-weight", repr(self.regularizer_weight)]
        options += ["--device", "cpu", "--threads", "1", "--quiet"]
        if self.start == "scratch":
            options += self.sizes
        else:
            options += ["--warm-start", str(self.folder), *CONTINUED]
        if self.limit is not None:
            options += ["--limit", str(self.limit)]
        if variant == "coupled":
            options += ["--robust", "coupled", "--robust-epsilon", repr(self.epsilon)]
            options += ["--robust-strength", repr(self.strength)]
        return options


SMOKE = Config(
    start="scratch",
    sizes=TINY,
    steps=4,
    batch_size=32,
    limit=300,
    timed=1,
    diagnosis=(
        *("--codes", "20", "--box", "40", "--train", "40", "--test", "20", "--moved", "10"),
    ),
    budget=24,
)
