from pathlib import Path

import pytest
import torch
from torch import Tensor

from latentbo.counting.diagnostics import Judge, extrapolate, load_judge, measure_counts
from latentbo.counting.models import (
    CounterConfig,
    CounterNetwork,
    CountGAN,
    CountGANConfig,
    TrainedCounter,
    TrainedCountGAN,
)
from latentbo.errors import CheckpointError, InputError
from latentbo.images.metrics import PrecisionRecall
from latentbo.models import save_model
from latentbo.priors import GaussianMixturePrior

NAMES = ("full", "hollow")
SIZES = CountGANConfig(size=16, num_classes=2, noise_dimensions=4, width=8, growth=4)


class Brightness(TrainedCounter):
    """Counts bright pixels over 16: right for full squares of 4 x 4 pixels, and no others."""

    def count(self, images: Tensor) -> Tensor:
        bright = (images > 0.5 * images.max()).sum((1, 2, 3)) // 16
        return torch.stack([bright, torch.zeros_like(bright)], 1)


@pytest.fixture(scope="module")
def network() -> CounterNetwork:
    torch.manual_seed(0)
    return CounterNetwork(CounterConfig(1, 16, 2, 2))


@pytest.fixture(scope="module")
def full(counted_squares: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Only the images without hollow squares."""
    images, counts = counted_squares
    mask = (counts[:, 1] == 0) & (counts[:, 0] > 0)
    return images[mask], counts[mask]


@pytest.fixture(scope="module")
def judge(network: CounterNetwork, full: tuple[Tensor, Tensor]) -> Judge:
    return Judge.on(Brightness(network, NAMES), *full, name="counter of squares")


class Painter(TrainedCountGAN):
    """Paints as many full squares as it is asked for, of both classes."""

    def sample(
        self,
        counts: Tensor,
        generator: torch.Generator | None = None,
        truncation: float = 1.0,
    ) -> Tensor:
        images = torch.zeros(len(counts), 1, 16, 16)
        noise = torch.rand(images.shape, generator=generator)
        for image, number in zip(images, counts.sum(1).tolist(), strict=True):
            for place in range(min(number, 9)):
                top, left = 5 * (place // 3) + 1, 5 * (place % 3) + 1
                image[0, top : top + 4, left : left + 4] = 1.0
        return (images + 0.1 * noise).clamp(0, 1)


@pytest.fixture(scope="module")
def painter() -> Painter:
    torch.manual_seed(0)
    return Painter(CountGAN(SIZES), GaussianMixturePrior.standard_normal(4), NAMES)


def test_a_good_counter_may_judge(judge: Judge) -> None:
    assert judge.accuracy.exact == 1.0
    judge.require()
    assert judge.verdict == "the counter of squares counts 100.0% of 64 real test images exactly"


def test_a_bad_counter_may_not(
    network: CounterNetwork, counted_squares: tuple[Tensor, Tensor]
) -> None:
    judge = Judge.on(Brightness(network, NAMES), *counted_squares, name="counter")
    assert 0 < judge.accuracy.exact < 0.95
    with pytest.raises(InputError, match="real test images exactly, less than the 95%"):
        judge.require()


def test_measurements_tell_what_is_right_and_what_is_not(judge: Judge, painter: Painter) -> None:
    asked = torch.tensor([[1, 0], [2, 0], [0, 0], [1, 1]]).repeat(3, 1)
    real = painter.sample(asked, torch.Generator().manual_seed(0))
    found = measure_counts(painter, judge, asked, real)
    # The painter makes two full squares where one of each class was asked for.
    assert found.judged.exact == 0.75
    shares = {tuple(row["counts"]): row["exact"] for row in found.as_row()["combinations"]}
    assert shares[(1, 0)] == shares[(2, 0)] == 1.0
    assert shares[(1, 1)] == 0.0
    assert found.table[0, 1].tolist() == [0, 3, 3]
    assert found.constant.exact == 0.25
    assert found.own is not None
    (distance,) = found.frechet.items()
    assert distance[0] == "Fréchet distance (counter of squares)"
    assert distance[1] == pytest.approx(0, abs=1e-5)
    # The same noise on the same squares: the real images again.
    assert found.neighbours == PrecisionRecall(1.0, 1.0)
    assert found.as_row()["recall"] == 1.0
    assert measure_counts(painter, judge, asked, real[:3]).neighbours is None
    other = measure_counts(painter, judge, asked, 1 - real)
    assert other.neighbours == PrecisionRecall(0.0, 0.0)
    assert other.frechet[distance[0]] > 1e-4
    unseen = measure_counts(painter, judge, asked)
    assert unseen.frechet == {}
    assert unseen.as_row()["recall"] is None


def test_images_that_are_all_alike_have_a_low_recall(judge: Judge, painter: Painter) -> None:
    asked = torch.tensor([[1, 0], [2, 0]]).repeat(10, 1)
    real = painter.sample(asked)
    real[1::2] = real[1::2].flip(2, 3)  # elsewhere than where the painter paints two
    found = measure_counts(painter, judge, asked, real).neighbours
    assert found is not None
    assert found.recall <= 0.5


def test_extrapolation_asks_for_more_of_one_class(judge: Judge, painter: Painter) -> None:
    found = extrapolate(painter, judge, torch.tensor([[1, 0], [1, 2]]), 0, range(1, 5), 8)
    assert list(found) == [1, 2, 3, 4]
    assert [each.exact for each in found.values()] == [0.5] * 4
    assert all(each.number == 8 for each in found.values())


def test_a_judge_of_other_things_is_refused(network: CounterNetwork, painter: Painter) -> None:
    images, counts = torch.zeros(4, 1, 16, 16), torch.zeros(4, 2).long()
    judge = Judge.on(TrainedCounter(network, ("cat", "dog")), images, counts, "counter")
    with pytest.raises(InputError, match="makes full, hollow and the judge counts cat, dog"):
        measure_counts(painter, judge, counts)


def test_a_judge_is_read_from_its_folder(network: CounterNetwork, tmp_path: Path) -> None:
    save_model(TrainedCounter(network, NAMES), tmp_path)
    test = (torch.zeros(4, 1, 16, 16), torch.zeros(4, 2).long())
    judge = load_judge(tmp_path, lambda: test)
    assert judge.name.startswith("counter ")
    assert len(judge.name) == len("counter ") + 8
    with pytest.raises(CheckpointError, match=r"nowhere is no model folder: .*gan.py counter"):
        load_judge(tmp_path / "nowhere", lambda: test)
