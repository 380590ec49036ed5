import itertools
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.counting.models import CountGANConfig, StyleConfig, StyleGAN, TrainedCountGAN
from latentbo.counting.models.style import STYLE_METHODS
from latentbo.counting.models.style.config import REGRESSING
from latentbo.counting.training import (
    CountLoss,
    CountRun,
    CountTrainingConfig,
    StyleLoss,
    StyleTrainingConfig,
    estimate,
    make_count_loss,
)
from latentbo.counting.training.style import (
    contrastive_loss,
    path_lengths,
    r1_penalty,
)
from latentbo.errors import ConfigurationError, InputError
from latentbo.models import load_model
from latentbo.priors import GaussianMixturePrior
from latentbo.training.adversarial_turns import AdversarialTurns

Stopper = Callable[[int], AbstractContextManager[None]]
NETWORK = StyleConfig(
    channels=1,
    size=8,
    num_classes=2,
    max_count=2,
    noise_dimensions=4,
    style_dimensions=6,
    mapping_layers=2,
    width=4,
    max_width=4,
)
CONFIG = StyleTrainingConfig(
    batch_size=16,
    log_every=1,
    checkpoint_minutes=1e9,
    r1_every=3,
    path_every=2,
    augmentations=("shrink", "brightness"),
    augment_start=0.5,
    augment_images=200,
    average_decay=0.5,
)
NAMES = ("full", "hollow")
PRIOR = GaussianMixturePrior.standard_normal(4)
Pair = tuple[Tensor, Tensor]


@pytest.fixture(scope="module")
def small_squares(counted_squares: Pair) -> Pair:
    """The squares at half the size."""
    images, counts = counted_squares
    return images[:, :, ::2, ::2].contiguous(), counts


def objective_of(method: str = "mc2", **changes: Any) -> StyleLoss:
    torch.manual_seed(0)
    network = StyleGAN(replace(NETWORK, method=method))
    objective = StyleLoss(network, PRIOR, replace(CONFIG, **changes))
    objective.train()
    return objective


def step(
    objective: StyleLoss, batch: list[Tensor], players: AdversarialTurns, seed: int
) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(seed)
    parts: dict[str, Tensor] = {}
    for player, optimizer in zip(players.turns(), players.optimizers, strict=True):
        loss, found = objective(*batch, random, player.name)
        loss.backward()
        assert torch.isfinite(loss)
        optimizer.step()
        optimizer.zero_grad()
        parts |= player.named(found)
    objective.after_step()
    return parts


@pytest.mark.parametrize("method", STYLE_METHODS)
def test_each_method_trains_all_its_parameters(small_squares: Pair, method: str) -> None:
    changes = {"style_regularizer": 0.1, "style_components": 3, "learning_rate": 1e-2}
    objective = objective_of(method, **changes)
    players = AdversarialTurns(objective.players(), objective.config, lambda _: 1e-2)
    start = {name: value.clone() for name, value in objective.network.named_parameters()}
    batch = [each[:36] for each in small_squares]
    found = [step(objective, batch, players, number) for number in range(9)]
    for name, value in objective.network.named_parameters():
        assert not value.equal(start[name]), name
    for name, steps in (("r1_penalty", [0, 3, 6]), ("path_penalty", [0, 2, 4, 6, 8])):
        values = [0.0, *(float(parts[name]) for parts in found)]
        changed = [a != b for a, b in itertools.pairwise(values)]
        assert [number for number, change in enumerate(changed) if change] == steps
    assert float(objective.network.path_length) > 0
    assert float(found[0]["style_misfit"]) > 0
    first, last = (float(parts["discriminator_counts"]) for parts in (found[0], found[-1]))
    learned = last < 0.9 * first
    assert learned == (method in (*REGRESSING, "contrastive"))
    # Twice 4 steps of 36 images, of which 200 move it by 1: up to the most, or down to 0.
    probability = float(objective.network.augment_probability)
    assert any(probability == pytest.approx(p, abs=1e-5) for p in (0.0, 0.08, 0.72, 0.8))


def test_the_count_loss_is_the_mean_of_real_and_generated(small_squares: Pair) -> None:
    judge = objective_of().network.discriminator
    counts = small_squares[1][:8]
    with torch.no_grad():
        real, fake = (judge(torch.rand(8, 1, 8, 8), counts) for _ in range(2))
    errors = [(said.counts - counts).norm(dim=1).mean() for said in (real, fake)]
    for share in (0.5, 0.0):
        objective = objective_of(generated_share=share)
        losses = objective.discriminator_losses(real, fake, counts)
        expected = (1 - share) * errors[0] + share * errors[1]
        assert float(losses.counts) == pytest.approx(float(expected), rel=1e-5)
        softplus = torch.nn.functional.softplus
        logistic = softplus(-real.realness).mean() + softplus(fake.realness).mean()
        assert float(losses.adversarial) == pytest.approx(float(logistic), rel=1e-5)
    assert float(objective.generator_losses(fake, counts).counts) == pytest.approx(float(errors[1]))


@pytest.mark.parametrize("kind", ["simple", "style"])
def test_the_generator_loses_by_counts_from_some_step_on(small_squares: Pair, kind: str) -> None:
    losses = {}
    for weight, start in ((0.0, 0), (1.0, 2), (1.0, 0)):
        changes: dict[str, Any] = {"count_weight": weight, "count_start": start, "batch_size": 16}
        torch.manual_seed(0)
        images, counts = (each[:16] for each in small_squares)
        if kind == "style":
            objective: CountLoss = objective_of(path_weight=0.0, **changes)
        else:
            sizes = CountGANConfig(size=16, num_classes=2, noise_dimensions=4, width=4, growth=4)
            config = CountTrainingConfig(**changes)
            objective = make_count_loss(sizes, config, PRIOR)
            images = small_squares[0][:16].repeat_interleave(2, 2).repeat_interleave(2, 3)
        random = torch.Generator()
        for step_number in (1, 2):
            objective.network.num_averaged.fill_(step_number)
            loss, parts = objective(images, counts, random.manual_seed(0), "generator")
            losses[weight, start, step_number] = float(loss.detach())
            assert float(parts["generator_counts"]) > 0
    assert losses[1.0, 2, 1] == losses[0.0, 0, 1] < losses[1.0, 0, 1]
    assert losses[0.0, 0, 2] < losses[1.0, 2, 2] == losses[1.0, 0, 2]


def test_r1_is_that_of_known_gradients() -> None:
    images = torch.randn(3, 2, 4, 4, requires_grad=True)
    weights = torch.randn(2, 4, 4)
    logits = (images * weights).sum((1, 2, 3)) + images.square().sum((1, 2, 3))
    expected = (weights + 2 * images).square().sum((1, 2, 3)).mean() / 2
    penalty = r1_penalty(logits, images)
    assert float(penalty.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    (slopes,) = torch.autograd.grad(penalty, images)
    assert slopes.allclose(2 * (weights + 2 * images) / 3, rtol=1e-4)


def test_lengths_of_paths_are_those_of_the_jacobian() -> None:
    torch.manual_seed(0)
    layers = torch.randn(2, 5, 3)  # of two images
    matrices = torch.randn(5, 3, 1, 4, 4)

    def images_of(styles: Tensor) -> Tensor:
        return torch.einsum("nld,ldchw->nchw", styles.square(), matrices)

    noise = torch.randn(2, 1, 4, 4)
    styles = layers.clone().requires_grad_()
    found = path_lengths(images_of(styles), styles, noise)
    jacobian = torch.autograd.functional.jacobian(images_of, layers)
    for number in range(2):
        own = jacobian[number, :, :, :, number]  # 1 x 4 x 4 x 5 x 3
        moved = torch.einsum("chw,chwld->ld", noise[number], own) / 4
        expected = moved.square().sum(1).mean().sqrt()
        assert float(found[number].detach()) == pytest.approx(float(expected), rel=1e-4)
    found.sum().backward()
    assert styles.grad is not None
    assert (styles.grad.abs().amax((1, 2)) > 0).all()


def test_penalties_reach_the_loss_with_their_interval(small_squares: Pair) -> None:
    """What a step with a penalty adds is the interval times the weight times the penalty."""
    changes: dict[str, Any] = {"augmentations": (), "mixing": 0.0}
    batch = [each[:16] for each in small_squares]
    losses = {}
    for weight in (0.0, 0.3):
        objective = objective_of(r1_weight=weight, path_weight=weight, **changes)
        random = torch.Generator().manual_seed(0)
        for player in objective.players():
            loss, parts = objective(*batch, random.manual_seed(0), player)
            losses[player, weight] = float(loss.detach())
            penalty = float(parts["path_penalty" if player == "generator" else "r1_penalty"])
            if weight:
                every = {"generator": 2, "discriminator": 3}[player]
                added = losses[player, weight] - losses[player, 0.0]
                assert added == pytest.approx(every * weight * penalty, rel=1e-3)
                assert added > 0


def test_contrastive_losses_by_hand() -> None:
    shown = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    counts = torch.tensor([[1, 2], [1, 2], [0, 2]])
    e = torch.e
    first = torch.log((2 * e + 1) / torch.tensor(2 * e))  # own vector, its like; and the other
    third = torch.log((e + 2) / torch.tensor(e))
    expected = (2 * first + third) / 3
    assert float(contrastive_loss(shown, shown, counts)) == pytest.approx(float(expected), rel=1e-5)
    alone = contrastive_loss(shown[:1], shown[:1], counts[:1])
    assert float(alone) == pytest.approx(0, abs=1e-6)


def make(folder: Path, **changes: Any) -> CountRun:
    return CountRun(folder, replace(CONFIG, **{"epochs": 1, **changes}), NETWORK, NAMES)


def rows(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "metrics.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) | {"rows_per_second": 0} for line in text.splitlines()]


def test_a_stopped_run_goes_on_as_the_unbroken_one(
    small_squares: Pair, tmp_path: Path, stop_after: Stopper
) -> None:
    images, counts = small_squares
    parts = (images[:160], counts[:160]), (images[160:200], counts[160:200])
    whole = make(tmp_path / "whole").train(*parts)
    with stop_after(5):
        make(tmp_path / "cut").train(*parts)
    again = make(tmp_path / "cut").train(*parts)
    state = whole.network.state_dict()
    for name, value in again.network.state_dict().items():
        assert value.equal(state[name]), name
    assert rows(tmp_path / "cut") == rows(tmp_path / "whole")
    assert int(state["num_averaged"]) == 10
    assert float(state["path_length"]) > 0
    told = {row["augment_probability"] for row in rows(tmp_path / "whole")}
    assert len(told) > 1  # it has adapted, before the stop and behind it
    saved = load_model(tmp_path / "cut", kind=TrainedCountGAN)
    asked, random = torch.tensor([[1, 0], [2, 2]]), torch.Generator()
    drawn = saved.sample(asked, random.manual_seed(0))
    assert drawn.equal(whole.sample(asked, random.manual_seed(0)))
    names = {path.name for path in (tmp_path / "cut" / "pictures").iterdir()}
    assert names == {"counts.png", "epoch-001.00.png"}


def test_half_precision_trains_too_and_snapshots_are_models(
    small_squares: Pair, tmp_path: Path
) -> None:
    images, counts = small_squares
    parts = (images[:64], counts[:64]), (images[64:80], counts[64:80])
    run = replace(make(tmp_path, precision="bf16-mixed", epochs=2), snapshots=True)
    model = run.train(*parts)
    names = [path.name for path in sorted((tmp_path / "snapshots").iterdir())]
    assert names == ["epoch-001.00", "epoch-002.00"]
    early, late = (
        load_model(tmp_path / "snapshots" / name, kind=TrainedCountGAN).network for name in names
    )
    for name, value in model.network.average.named_parameters():
        assert value.equal(late.average.get_parameter(name)), name
    assert any(
        not value.equal(late.average.get_parameter(name))
        for name, value in early.average.named_parameters()
    )
    assert all(value.dtype == torch.float32 for value in model.network.parameters())
    assert {"r1_penalty", "path_penalty"} <= rows(tmp_path)[0].keys()


def test_costs_are_those_of_the_networks(small_squares: Pair) -> None:
    objective = objective_of()
    found = estimate(objective, small_squares, steps=100)
    network = objective.network
    parameters = sum(each.numel() for each in network.generator.parameters())
    assert found.parameters["generator"] == parameters
    kinds = set(found.operations)
    assert kinds == {"generator", "discriminator"}
    larger = make_count_loss(replace(NETWORK, width=8, max_width=8), CONFIG, PRIOR)
    wide = estimate(larger, small_squares, 100)
    assert 2.5 < wide.operations["generator"] / found.operations["generator"] < 4.5
    assert found.hours == pytest.approx(found.seconds_a_step * 100 / 3600)
    assert "100 steps: about" in str(found)


def test_settings_that_cannot_be_are_refused(small_squares: Pair) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"augmentations": ("cut",)}, "unknown augmentations 'cut'; choose one of flip"),
        ({"r1_weight": -1.0}, "r1_weight must be finite and not negative"),
        ({"count_start": -1}, "count_start must be at least 0, not -1"),
        ({"path_every": -1}, "path_every must be at least 0, not -1"),
        ({"mixing": 1.5}, r"mixing must lie in \[0, 1\]"),
        ({"augment_target": 2.0}, r"augment_target must lie in \[-1, 1\]"),
        ({"style_components": 0}, "style_components must be at least 1"),
    ]
    for change, message in wrong:
        with pytest.raises(ConfigurationError, match=message):
            replace(CONFIG, **change)
    assert CONFIG.r1_weight_at(256) == 10
    assert CONFIG.r1_weight_at(32) == pytest.approx(10 / 64)
    with pytest.raises(ConfigurationError, match="'hue' is for images of 3 channels, not of 1"):
        objective_of(augmentations=("hue",))
    embedding = replace(NETWORK, method="projection", max_count=1)
    with pytest.raises(InputError, match="knows counts up to 1: raise max_count"):
        make_count_loss(embedding, CONFIG, PRIOR).check(*small_squares)
    for sizes, config in ((NETWORK, CountTrainingConfig()), (CountGANConfig(), CONFIG)):
        with pytest.raises(ConfigurationError, match="is not trained by"):
            make_count_loss(sizes, config, PRIOR)
