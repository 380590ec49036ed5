import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from latentbo.counting.models import (
    COUNT_GENERATORS,
    COUNT_METHODS,
    COUNT_PRESETS,
    CounterConfig,
    CounterNetwork,
    CountGAN,
    CountGANConfig,
    SimpleDiscriminator,
    SimpleGenerator,
    TrainedCounter,
    TrainedCountGAN,
    average_into,
    make_generator,
)
from latentbo.counting.models.discriminator import DetectionHead, drop_channels
from latentbo.counting.models.generator import DenseBlock
from latentbo.errors import CheckpointError, ConfigurationError, InputError
from latentbo.models import load_model, save_model
from latentbo.priors import GaussianMixturePrior

SMALL = CountGANConfig(
    size=16, num_classes=2, noise_dimensions=6, width=8, growth=4, discriminator_width=4
)
NAMES = ("full", "hollow")
COUNTS = torch.tensor([[0, 0], [2, 1], [1, 2], [5, 0]])


def size_of(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def trained(config: CountGANConfig = SMALL) -> TrainedCountGAN:
    torch.manual_seed(0)
    prior = GaussianMixturePrior.one_hot(config.noise_dimensions, 3, scale=3.0)
    return TrainedCountGAN(CountGAN(config), prior, NAMES, {"data": "squares"})


def test_published_networks_have_the_published_number_of_parameters() -> None:
    config = CountGANConfig(preset="code", channels=3, size=64, num_classes=10)
    dense = 128 * 64 * 9 + 64 * 64 * 9 + 128 * 64 * 9 + 192 * 64 * 9 + 4 * 64 + 2 * 128
    transition = 256 * 128 + 128 + 2 * 128
    ends = (210 + 1) * 128 * 16**2 + 2 * 128 + (128 * 9 + 1) * 64 + 2 * 64 + (64 * 9 + 1) * 3
    assert size_of(make_generator(config)) == ends + 2 * (dense + transition)
    assert size_of(make_generator(config)) / 1e6 == pytest.approx(7.65, abs=0.005)
    assert size_of(SimpleDiscriminator(config)) / 1e6 == pytest.approx(0.29, abs=0.005)


@pytest.mark.parametrize(("preset", "widths"), [("text", [8, 12, 16]), ("code", [8, 4, 8, 12])])
def test_a_layer_of_a_dense_block_sees_all_before_it(preset: str, widths: list[int]) -> None:
    options = COUNT_PRESETS[preset]
    block = DenseBlock(8, 4, options.num_layers, options.keeps_input, options.epsilon)
    assert [layer.in_channels for layer in block.layers if isinstance(layer, nn.Conv2d)] == widths
    assert block.outputs == (20 if preset == "text" else 16)
    maps = torch.randn(3, 8, 5, 5)
    out = block(maps)
    assert out.shape == (3, block.outputs, 5, 5)
    if preset == "text":
        assert out[:, :8].allclose(block.norm(maps), atol=1e-5)
    assert (out[:, -4 * options.num_layers :] >= 0).all()


@pytest.mark.parametrize("generator", COUNT_GENERATORS)
@pytest.mark.parametrize("preset", COUNT_PRESETS)
def test_generators_use_noise_and_counts_and_all_parameters(preset: str, generator: str) -> None:
    torch.manual_seed(0)
    network = make_generator(replace(SMALL, preset=preset, generator=generator, channels=3))
    noise = torch.randn(4, 6, requires_grad=True)
    counts = COUNTS.float().requires_grad_()
    images = network(noise, counts)
    assert images.shape == (4, 3, 16, 16)
    assert images.abs().max() <= 1
    (images * torch.randn_like(images)).sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
    assert noise.grad is not None
    assert counts.grad is not None
    assert (noise.grad.abs().amax(0) > 0).all()
    assert (counts.grad.abs().amax(0) > 0).all()


@pytest.mark.parametrize("method", COUNT_METHODS)
def test_discriminators_have_the_heads_of_their_method(method: str) -> None:
    torch.manual_seed(0)
    network = SimpleDiscriminator(replace(SMALL, method=method))
    images, counts = (
        torch.rand(4, 1, 16, 16) * 2 - 1,
        torch.tensor([[0, 0], [2, 1], [1, 2], [2, 0]]),
    )
    said = network(images, counts, torch.Generator().manual_seed(0))
    shapes: dict[str, Any] = {"mc2": (4, 2), "cgan": None}
    assert said.realness.shape == (4,)
    assert (None if said.counts is None else said.counts.shape) == shapes.get(method, (4, 2, 3))
    assert (said.twin is not None) == (method == "tacgan")
    outputs = [each for each in (said.realness, said.counts, said.twin) if each is not None]
    sum((each * torch.randn_like(each)).sum() for each in outputs).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        # A bias in front of a batch norm has no effect but through LeakyReLU.
        assert parameter.grad.abs().max() > 0, name
    network.eval()
    other = network(images, counts.flip(0)).realness
    assert other.equal(network(images, counts).realness) == (method != "cgan")


def test_detections_are_added_up_over_places() -> None:
    torch.manual_seed(0)
    head = DetectionHead(channels=3, num_places=4, num_classes=2)
    features = torch.randn(5, 3, 4)
    counts = head(features.flatten(1))
    assert head(torch.zeros(1, 12)).allclose(torch.ones(1, 2))
    assert counts.allclose(head(features.flip(2).flatten(1)), atol=1e-5)
    # A place that shows nothing adds nothing, one that shows two objects adds two.
    nn.init.zeros_(head.detectors.weight)
    nn.init.constant_(head.detectors.bias, -50.0)
    head.detectors.weight.data[:2, 0] = head.detectors.weight.data[4, 1] = 100.0
    shown = torch.zeros(1, 3, 4)
    shown[0, 0, 1] = shown[0, 1, 2] = shown[0, 1, 3] = 1.0
    assert head(shown.flatten(1)).allclose(torch.tensor([[2.0, 2.0]]))


def test_a_head_of_detections_learns_with_the_trunk() -> None:
    sizes = replace(SMALL, size=32, count_head="detections")
    network = SimpleDiscriminator(sizes)
    told = network(torch.randn(3, 1, 32, 32), COUNTS[:3]).counts
    assert told is not None
    assert told.shape == (3, 2)
    assert told.min() >= 0
    assert told.max() <= 16
    told.sum().backward()
    for name, parameter in network.named_parameters():
        if not name.startswith("realness"):
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 0, name
    classifier = SimpleDiscriminator(replace(sizes, method="acgan"))
    assert isinstance(classifier.counts, nn.Linear)


def test_predicted_counts_are_rounded_or_most_probable() -> None:
    network = SimpleDiscriminator(replace(SMALL, method="mc2")).eval()
    assert isinstance(network.counts, nn.Linear)
    nn.init.zeros_(network.counts.weight)
    network.counts.bias.data = torch.tensor([1.6, -3.0])
    told = network(torch.zeros(1, 1, 16, 16), COUNTS[:1]).predicted_counts()
    assert told.tolist() == [[2, 0]]
    network = SimpleDiscriminator(replace(SMALL, method="acgan")).eval()
    assert isinstance(network.counts, nn.Linear)
    nn.init.zeros_(network.counts.weight)
    network.counts.bias.data = torch.tensor([0.0, 0.1, 0.0, 0.0, 0.0, 0.2])
    told = network(torch.zeros(1, 1, 16, 16), COUNTS[:1]).predicted_counts()
    assert told.tolist() == [[1, 2]]
    network = SimpleDiscriminator(replace(SMALL, method="cgan")).eval()
    assert network(torch.zeros(1, 1, 16, 16), COUNTS[:1]).predicted_counts() is None


def test_whole_channels_are_dropped_and_the_mean_stays() -> None:
    maps = torch.ones(400, 50, 2, 2)
    dropped = drop_channels(maps, 0.45, torch.Generator().manual_seed(0))
    assert dropped.amax((2, 3)).equal(dropped.amin((2, 3)))
    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / 0.55])
    assert float(dropped.mean()) == pytest.approx(1.0, abs=0.02)
    assert drop_channels(maps, 0.45, torch.Generator().manual_seed(0)).equal(dropped)


def test_an_average_is_the_one_by_hand() -> None:
    network, average = nn.BatchNorm1d(1), nn.BatchNorm1d(1)
    network.weight.data.fill_(5.0)
    network.running_mean.fill_(2.0)  # type: ignore[union-attr]
    network.num_batches_tracked.fill_(7)  # type: ignore[union-attr]
    average_into(average, network, 0.75)
    assert average.weight.item() == 0.75 * 1 + 0.25 * 5
    assert float(average.running_mean) == 0.5  # type: ignore[arg-type]
    assert int(average.num_batches_tracked) == 7  # type: ignore[arg-type]


def test_the_average_forgets_the_first_weights_and_then_follows_slowly() -> None:
    network = CountGAN(SMALL)
    values, average = [3.0, 1.0, -2.0, 4.0], 0.0
    assert isinstance(network.generator, SimpleGenerator)
    assert isinstance(network.average, SimpleGenerator)
    for step, value in enumerate(values):
        network.generator.first.bias.data.fill_(value)
        network.update_average(0.15)
        kept = min(0.15, step / (step + 9))
        average = kept * average + (1 - kept) * value
        assert network.average.first.bias[0].item() == pytest.approx(average, rel=1e-5)
        if step == 0:
            assert average == 3.0
    assert int(network.num_averaged) == 4
    assert not any(parameter.requires_grad for parameter in network.average.parameters())


def test_samples_depend_on_the_seed_and_the_counts_only() -> None:
    model = trained()
    images = model.sample(COUNTS, torch.Generator().manual_seed(3))
    assert images.shape == (4, 1, 16, 16)
    assert 0 <= images.min() <= images.max() <= 1
    assert images.equal(model.sample(COUNTS, torch.Generator().manual_seed(3)))
    assert not images.equal(model.sample(COUNTS, torch.Generator().manual_seed(4)))
    assert not images.equal(model.sample(COUNTS.flip(1), torch.Generator().manual_seed(3)))
    assert model.sample(COUNTS[:0]).shape == (0, 1, 16, 16)


def test_a_folder_gives_the_same_model_back(tmp_path: Path) -> None:
    model = trained(replace(SMALL, method="tacgan"))
    save_model(model, tmp_path)
    again = load_model(tmp_path, kind=TrainedCountGAN)
    assert again.config == model.config
    assert (again.class_names, again.provenance) == (NAMES, {"data": "squares"})
    images = model.sample(COUNTS, torch.Generator().manual_seed(0))
    assert again.sample(COUNTS, torch.Generator().manual_seed(0)).equal(images)
    told, told_again = model.predicted_counts(images), again.predicted_counts(images)
    assert told is not None
    assert told_again is not None
    assert told.equal(told_again)
    assert trained(replace(SMALL, method="cgan")).predicted_counts(images) is None


def test_damaged_folders_are_told(tmp_path: Path) -> None:
    save_model(trained(), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    config["network"]["growth"] = 5
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(CheckpointError, match="do not make a model"):
        load_model(tmp_path, kind=TrainedCountGAN)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CheckpointError, match="count-conditioned GAN of format counting-1"):
        load_model(tmp_path, kind=TrainedCountGAN)


def test_what_does_not_fit_is_refused() -> None:
    model = trained()
    with pytest.raises(InputError, match=r"shape \(2, 3\); give n x 2"):
        model.sample(torch.zeros(2, 3))
    with pytest.raises(InputError, match="the least is -1"):
        model.sample(torch.tensor([[0, -1]]))
    with pytest.raises(InputError, match="noise of 6 dimensions, the prior has 5"):
        TrainedCountGAN(CountGAN(SMALL), GaussianMixturePrior.standard_normal(5), NAMES)
    with pytest.raises(InputError, match="counts 2 classes, and 1 names"):
        TrainedCountGAN(CountGAN(SMALL), GaussianMixturePrior.standard_normal(6), ("one",))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "gan"}, "unknown method 'gan'.*mc2, cgan"),
        ({"preset": "paper"}, "unknown preset 'paper'"),
        ({"generator": "stylegan"}, "unknown generator 'stylegan'"),
        ({"size": 40}, "multiple of 16, not 40"),
        ({"growth": 0}, "growth must be at least 1"),
        ({"dropout": 1.0}, r"dropout must lie in \[0, 1\)"),
    ],
)
def test_sizes_that_cannot_be_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        replace(SMALL, **change)


@pytest.fixture
def counter() -> TrainedCounter:
    torch.manual_seed(0)
    return TrainedCounter(CounterNetwork(CounterConfig(1, 16, 2, 2)), NAMES, {"exact": 1})


def test_a_counter_counts_in_whole_numbers(counter: TrainedCounter) -> None:
    images = torch.rand(5, 1, 16, 16)
    counter.network.output.bias.data = torch.tensor([2.4, -1.0])
    nn.init.zeros_(counter.network.output.weight)
    assert counter.count(images).tolist() == [[2, 0]] * 5
    with pytest.raises(InputError, match=r"takes images of shape \(1, 16, 16\)"):
        counter.count(torch.zeros(1, 3, 16, 16))


def test_a_counter_comes_back_from_its_folder(counter: TrainedCounter, tmp_path: Path) -> None:
    images: Tensor = torch.rand(5, 1, 16, 16)
    save_model(counter, tmp_path)
    again = load_model(tmp_path, kind=TrainedCounter)
    assert again.numbers(images).equal(counter.numbers(images))
    assert (again.class_names, again.provenance) == (NAMES, {"exact": 1})
    with pytest.raises(CheckpointError, match="does not describe a count-conditioned GAN"):
        load_model(tmp_path, kind=TrainedCountGAN)
    (tmp_path / "config.json").write_text("[]", encoding="utf-8")
    with pytest.raises(CheckpointError, match="does not describe a counter"):
        load_model(tmp_path, kind=TrainedCounter)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 20}, "multiple of 16, not 20"),
        ({"width": 0}, "width of a counter must be at least 1"),
        ({"dropout": -0.1}, "dropout of a counter"),
    ],
)
def test_counters_of_impossible_sizes_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        CounterConfig(**change)
