import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from latentbo.counting.models import (
    COUNT_METHODS,
    CounterConfig,
    CountGAN,
    CountGANConfig,
    TrainedCountGAN,
)
from latentbo.counting.training import (
    CounterTraining,
    CountLoss,
    CountRun,
    CountTrainingConfig,
    count_grid,
    grid_counts,
    train_counter,
)
from latentbo.errors import ConfigurationError, InputError
from latentbo.models import load_model
from latentbo.priors import GaussianMixturePrior
from latentbo.training.adversarial_turns import AdversarialTurns

Stopper = Callable[[int], AbstractContextManager[None]]
NETWORK = CountGANConfig(
    size=16, num_classes=2, noise_dimensions=4, width=8, growth=4, discriminator_width=4
)
CONFIG = CountTrainingConfig(
    epochs=2, batch_size=64, log_every=1, checkpoint_minutes=1e9, average_decay=0.5
)
NAMES = ("full", "hollow")
Pair = tuple[Tensor, Tensor]


def parts(data: Pair) -> tuple[Pair, Pair]:
    images, counts = data
    return (images[:256], counts[:256]), (images[256:], counts[256:])


def make(folder: Path, prior: GaussianMixturePrior | None = None, **changes: Any) -> CountRun:
    return CountRun(folder, replace(CONFIG, **changes), NETWORK, NAMES, prior)


def rows(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "metrics.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) | {"rows_per_second": 0} for line in text.splitlines()]


@pytest.mark.parametrize(
    ("method", "generator"), [*((method, "dense") for method in COUNT_METHODS), ("mc2", "plain")]
)
def test_each_method_steps_and_lowers_its_count_loss(
    counted_squares: Pair, method: str, generator: str
) -> None:
    torch.manual_seed(0)
    sizes = replace(NETWORK, method=method, generator=generator, dropout=0.0)
    images, counts = (each[:36] for each in counted_squares)
    config = CountTrainingConfig(learning_rate=1e-2, betas=(0.5, 0.999))
    prior = GaussianMixturePrior.standard_normal(4)
    objective = CountLoss(CountGAN(sizes), prior, config).train()
    players = AdversarialTurns(objective.players(), config, lambda _: 1e-2)
    random = torch.Generator()
    start = {name: value.clone() for name, value in objective.network.named_parameters()}
    found: list[float] = []
    for step in range(12 if method != "cgan" else 1):
        random.manual_seed(step)
        for player, optimizer in zip(players.turns(), players.optimizers, strict=True):
            loss, losses = objective(images, counts, random, player.name)
            loss.backward()
            assert torch.isfinite(loss)
            optimizer.step()
            optimizer.zero_grad()
        found.append(float(losses["discriminator_counts"]))
        objective.after_step()
    for name, value in objective.network.named_parameters():
        assert not value.equal(start[name]), name
    if method != "cgan":
        assert found[-1] < 0.8 * found[0]


def test_the_generator_is_judged_on_what_it_was_asked_for(counted_squares: Pair) -> None:
    """The discriminator sees the very images of the generator's turn, without their graph."""
    torch.manual_seed(0)
    network = CountGAN(NETWORK)
    prior = GaussianMixturePrior.standard_normal(4)
    objective = CountLoss(network, prior, CONFIG).train()
    batch = [each[:8] for each in counted_squares]
    random = torch.Generator().manual_seed(0)
    objective(*batch, random, "generator")
    assert objective.generated is not None
    assert not objective.generated.requires_grad
    again = torch.Generator().manual_seed(0)
    noise = prior.sample(8, again)
    torch.manual_seed(0)
    same = CountGAN(NETWORK).train().generator(noise, batch[1].float())
    assert objective.generated.allclose(same, atol=1e-6)
    objective(*batch, random, "discriminator")
    assert objective.generated is None


def test_a_stopped_run_goes_on_as_the_unbroken_one(
    counted_squares: Pair, tmp_path: Path, stop_after: Stopper
) -> None:
    prior = GaussianMixturePrior.one_hot(4, 4, scale=4.0)
    training, validation = parts(counted_squares)
    shown: list[int] = []
    whole = make(tmp_path / "whole", prior).train(
        training, validation, lambda progress: shown.append(progress.step)
    )
    assert shown == list(range(1, 9))
    with stop_after(3):
        make(tmp_path / "cut", prior).train(training, validation)
    again = make(tmp_path / "cut", prior).train(training, validation)
    for name, value in whole.network.state_dict().items():
        assert value.equal(again.network.state_dict()[name]), name
    assert rows(tmp_path / "cut") == rows(tmp_path / "whole")
    saved = load_model(tmp_path / "cut", kind=TrainedCountGAN)
    counts = torch.tensor([[1, 0], [2, 2]])
    images = saved.sample(counts, torch.Generator().manual_seed(0))
    assert images.equal(whole.sample(counts, torch.Generator().manual_seed(0)))
    assert saved.prior.means.equal(prior.means)
    drawn = sorted(path.name for path in (tmp_path / "cut" / "pictures").iterdir())
    assert drawn == ["counts.png", "epoch-001.00.png", "epoch-002.00.png"]
    assert list((tmp_path / "cut" / "tensorboard").iterdir())
    last = rows(tmp_path / "cut")[-1]
    names = {"generator_loss", "discriminator_loss", "validation_real_counted_right"}
    assert names <= last.keys()
    other = GaussianMixturePrior.standard_normal(4)
    for run in (make(tmp_path / "cut", prior, seed=1), make(tmp_path / "cut", other)):
        with pytest.raises(ConfigurationError, match="holds a run with other settings"):
            run.train(training, validation)


def test_the_average_takes_no_part_in_the_training(counted_squares: Pair, tmp_path: Path) -> None:
    training, validation = parts(counted_squares)
    runs = [
        make(tmp_path / str(decay), epochs=1, average_decay=decay).train(training, validation)
        for decay in (0.0, 0.9)
    ]
    first, second = (run.network for run in runs)
    for name, value in first.generator.state_dict().items():
        assert value.equal(second.generator.state_dict()[name]), name
        assert value.equal(first.average.state_dict()[name]), name  # no average: the same
    assert not all(
        value.equal(second.average.state_dict()[name])
        for name, value in second.generator.state_dict().items()
    )


def test_a_grid_has_a_row_for_each_vector() -> None:
    model = TrainedCountGAN(CountGAN(NETWORK), GaussianMixturePrior.standard_normal(4), NAMES)
    vectors = torch.tensor([[0, 0], [1, 2], [7, 0]])
    picture = Image.open(io.BytesIO(count_grid(model, vectors, num_columns=4)))
    assert picture.size == (4 * 50 + 2, 3 * 50 + 2)
    assert count_grid(model, vectors) == count_grid(model, vectors)
    assert count_grid(model, vectors) != count_grid(model, vectors, seed=1)


def test_vectors_of_a_grid_are_those_of_the_data() -> None:
    counts = torch.tensor([[2, 1], [0, 1], [2, 1], [0, 0]])
    assert grid_counts(counts).tolist() == [[0, 0], [0, 1], [2, 1]]
    many = torch.arange(100)[:, None]
    assert grid_counts(many, 4)[:, 0].tolist() == [0, 33, 66, 99]


def test_data_that_do_not_fit_are_refused(counted_squares: Pair) -> None:
    images, counts = counted_squares
    prior, network = GaussianMixturePrior.standard_normal(4), CountGAN(NETWORK)
    check = CountLoss(network, prior, CONFIG).check
    with pytest.raises(InputError, match=r"shape \(1, 16, 16\), not \(1, 8, 16\)"):
        check(images[:, :, :8], counts)
    with pytest.raises(InputError, match=r"counts have shape \(288, 1\), not \(288, 2\)"):
        check(images, counts[:, :1])
    with pytest.raises(InputError, match="no image to train on"):
        check(images[:0], counts[:0])
    with pytest.raises(InputError, match="noise of 4 dimensions, the prior has 5"):
        CountLoss(network, GaussianMixturePrior.standard_normal(5), CONFIG)
    classifying = CountGAN(replace(NETWORK, method="acgan", max_count=1))
    with pytest.raises(InputError, match=r"up to 2 objects of a class .* raise max_count"):
        CountLoss(classifying, prior, CONFIG).check(images, counts)


def test_a_counter_learns_to_count(counted_squares: Pair, tmp_path: Path) -> None:
    training, rest = parts(counted_squares)
    config = CounterTraining(
        epochs=20, batch_size=32, learning_rate=5e-3, warmup_steps=0, log_every=50
    )
    sizes = CounterConfig(1, 16, 2, width=8, dropout=0.0)
    counter = train_counter(
        tmp_path, sizes, config, training, rest, NAMES, provenance={"data": "squares"}
    )
    told = counter.count(rest[0])
    assert (told == rest[1]).all(1).float().mean() > 0.8  # a constant: one in nine
    assert counter.provenance["data"] == "squares"
    with pytest.raises(ConfigurationError, match="other settings"):
        train_counter(tmp_path, sizes, replace(config, seed=1), training, rest, NAMES)
