"""Tables 3.4 and 3.5: a counter trained on real, augmented and generated images."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from counting_study.data import Counted, StudyData, take
from counting_study.settings import CounterSettings
from latentbo.counting.metrics import count_accuracy
from latentbo.counting.models import CounterConfig, TrainedCountGAN
from latentbo.counting.training import CounterTraining, train_counter
from latentbo.training.display import TrainingDisplay

# Smallest size of an augmented image's content, and how far its contrast may go.
LEAST_SCALE, CONTRAST = 0.85, 0.2


@dataclass(frozen=True)
class Mixture:
    """Training data of a counter, as shares of the number of real images.

    Args:
        label: In the thesis's words.
        table: 3.4 or 3.5.
        real: Share of the real images.
        synthetic: Number of generated images over that of all real ones.
        augmented: The same for changed real images.
    """

    label: str
    table: str
    real: float
    synthetic: float = 0.0
    augmented: float = 0.0


#: Name -> rows of tables 3.4 and 3.5; "real" is a row of both.
MIXTURES = {
    "real": Mixture("Real only", "3.4", 1.0),
    "real-augmented": Mixture("Real + Aug", "3.4", 1.0, augmented=1.0),
    "real-synthetic": Mixture("Real + Syn", "3.4", 1.0, synthetic=1.0),
    "synthetic": Mixture("Syn only", "3.5", 0.0, synthetic=1.0),
    "real25": Mixture("25% Real only", "3.5", 0.25),
    "real25-synthetic75": Mixture("25% Real + 75% Syn", "3.5", 0.25, synthetic=0.75),
    "real50": Mixture("50% Real only", "3.5", 0.5),
    "real50-synthetic50": Mixture("50% Real + 50% Syn", "3.5", 0.5, synthetic=0.5),
    "real75": Mixture("75% Real only", "3.5", 0.75),
    "real75-synthetic25": Mixture("75% Real + 25% Syn", "3.5", 0.75, synthetic=0.25),
}


def mixed(mixture: Mixture, real: Counted, model: TrainedCountGAN, seed: int) -> Counted:
    """Return the images and counts of a mixture.

    Generated images are asked for the counts of random real ones, so that the combinations keep
    their shares; they have no other label than the counts that they were asked for.

    Args:
        mixture: Shares of the parts.
        real: All real training images.
        model: Generates the others.
        seed: Of the choice, the noise and the changes.
    """
    generator = torch.Generator().manual_seed(seed)
    n = len(real[0])
    order = torch.randperm(n, generator=generator)
    parts = [take(real, order[: round(mixture.real * n)])]
    if mixture.synthetic:
        rows = torch.randperm(n, generator=generator)[: round(mixture.synthetic * n)]
        asked = real[1][rows]
        parts.append((_bytes(model.sample(asked, generator)), asked))
    if mixture.augmented:
        images, counts = take(real, torch.randperm(n, generator=generator))
        number = round(mixture.augmented * n)
        parts.append((augment(images[:number], generator), counts[:number]))
    return torch.cat([each for each, _ in parts]), torch.cat([each for _, each in parts])


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shrink images a little, put them anywhere in the frame, and change their contrast.

    No object leaves the frame, as it might in a crop or a shift: the counts stay true. There are no
    flips, which turn digits into none.

    Args:
        images: `n x c x h x w`, uint8.
        generator: Draws the changes.

    Returns:
        The same shape and type.
    """
    n = len(images)
    scale = 1 / (LEAST_SCALE + (1 - LEAST_SCALE) * torch.rand(n, generator=generator))
    # In coordinates from -1 to 1 the content may move until its edge meets the frame's.
    shift = (2 * torch.rand(n, 2, generator=generator) - 1) * (scale - 1)[:, None]
    transform = torch.zeros(n, 2, 3)
    transform[:, 0, 0] = transform[:, 1, 1] = scale
    transform[:, :, 2] = shift
    grid = affine_grid(transform, list(images.shape), align_corners=False)
    moved = grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
    contrast = 1 + CONTRAST * (2 * torch.rand(n, 1, 1, 1, generator=generator) - 1)
    return (moved * contrast).round().clamp(0, 255).to(torch.uint8)


def train_and_test(
    folder: Path,
    mixture: Mixture,
    data: StudyData,
    model: TrainedCountGAN,
    settings: CounterSettings,
    device: str,
) -> dict[str, Any]:
    """Train a counter on a mixture, and test it on real images of the same combinations.

    All mixtures take as many steps as the real images alone take in `settings.epochs`: more images
    are not more training.
    """
    training = mixed(mixture, data.training, model, settings.seed)
    epochs = settings.epochs * len(data.training[0]) / len(training[0])
    config = CounterTraining(epochs=epochs, seed=settings.seed)
    # A mixture smaller than a batch has other steps an epoch; such data sets show nothing anyway.
    config = replace(config, batch_size=min(config.batch_size, len(training[0])))
    channels, size, _ = data.shape
    sizes = CounterConfig(channels, size, len(data.class_names), settings.width, settings.dropout)
    with TrainingDisplay() as display:
        counter = train_counter(
            folder,
            sizes,
            config,
            training,
            data.validation,
            data.class_names,
            provenance={"data": data.name, "mixture": mixture.label},
            device=device,
            show=display.show,
        )
    accuracy = count_accuracy(counter.count(data.test[0]), data.test[1])
    return {
        "data": data.name,
        "seed": settings.seed,
        "images": len(training[0]),
        "exact": accuracy.exact,
        "per_class": accuracy.mean_per_class,
        "mean_error": accuracy.mean_error,
    }


def _bytes(images: Tensor) -> Tensor:
    return (images * 255).round().to(torch.uint8)
