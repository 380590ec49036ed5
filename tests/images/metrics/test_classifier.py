import json
import random
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.metrics import (
    ClassifierConfig,
    ImageClassifier,
    distance_name,
    feature_network,
    load_classifier,
    save_classifier,
)
from latentbo.images.metrics.weights import read_weights

SIZES = ClassifierConfig(size=16, num_classes=3, width=2, num_features=5)


@pytest.fixture
def network() -> ImageClassifier:
    torch.manual_seed(0)
    return ImageClassifier(SIZES).eval()


@pytest.fixture
def path(network: ImageClassifier, tmp_path: Path) -> Path:
    path = tmp_path / "classifier.safetensors"
    save_classifier(network, path, {"dataset": "squares"})
    return path


def test_a_saved_classifier_comes_back(network: ImageClassifier, path: Path) -> None:
    again, provenance = load_classifier(path)
    images = torch.rand(4, 1, 16, 16)
    assert again(images).equal(network(images))
    assert provenance == {"dataset": "squares"}
    assert not again.training


def test_features_are_those_in_front_of_the_last_layer(
    network: ImageClassifier, path: Path
) -> None:
    features = feature_network("classifier", path)
    images = torch.rand(4, 1, 16, 16)
    found = features.features(images)
    assert found.shape == (4, 5)
    torch.testing.assert_close(network.output(found), network(images))


def test_the_name_tells_data_and_weights_apart(
    network: ImageClassifier, path: Path, tmp_path: Path
) -> None:
    name = feature_network("classifier", path).name
    assert name.startswith("classifier of squares, ")
    assert distance_name(feature_network("classifier", path)) == f"Fréchet distance ({name})"
    with torch.no_grad():
        network.output.bias.add_(1)
    save_classifier(network, tmp_path / "other.safetensors", {"dataset": "squares"})
    assert feature_network("classifier", tmp_path / "other.safetensors").name != name


def test_files_that_are_no_classifier_are_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no weights of its own: train one"):
        feature_network("classifier")
    with pytest.raises(ConfigurationError, match=r"there is no classifier at .*nowhere"):
        feature_network("classifier", tmp_path / "nowhere")
    other = tmp_path / "other.safetensors"
    save_file({"weight": torch.ones(2)}, other)
    with pytest.raises(ConfigurationError, match="holds no classifier"):
        feature_network("classifier", other)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ConfigurationError, match="holds no classifier"):
        feature_network("classifier", path)


def test_images_of_another_size_are_refused(path: Path) -> None:
    with pytest.raises(InputError, match=r"takes images of shape \(1, 16, 16\), not \(1, 32, 32\)"):
        feature_network("classifier", path).features(torch.rand(2, 1, 32, 32))


@pytest.mark.parametrize(("name", "value"), [("size", 12), ("num_classes", 1), ("width", 0)])
def test_sizes_are_checked(name: str, value: int) -> None:
    with pytest.raises(ConfigurationError, match=str(value)):
        ClassifierConfig(**{name: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(
    network: ImageClassifier, path: Path, value: float
) -> None:
    with torch.no_grad():
        network.output.bias[1] = value
    save_classifier(network, path, {"dataset": "squares"})
    with pytest.raises(ConfigurationError, match=r"weights that are not finite: output\.bias"):
        load_classifier(path)
    state = path.with_suffix(".pth")
    torch.save(network.state_dict(), state)
    with pytest.raises(ConfigurationError, match=r"\.pth is damaged .*not finite: output\.bias"):
        read_weights(state)


@pytest.mark.parametrize("sizes", [{"width": 10**9}, {"num_features": 10**15}, {"size": 10**12}])
def test_absurd_sizes_take_no_memory(path: Path, sizes: dict[str, int]) -> None:
    with safe_open(path, framework="pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    told = {"config": {**asdict(SIZES), **sizes}, "provenance": {}}
    save_file(weights, path, {"image-classifier-1": json.dumps(told)})
    with pytest.raises(ConfigurationError, match="holds no classifier"):
        load_classifier(path)


def test_damaged_weights_are_refused_in_one_line(network: ImageClassifier, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save(network.state_dict(), path)
    content, generator = path.read_bytes(), random.Random(0)
    for _ in range(40):
        damaged = bytearray(content)
        for _ in range(20):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        path.write_bytes(damaged[: generator.randrange(len(damaged))])
        with pytest.raises(ConfigurationError) as caught:
            read_weights(path)
        assert "\n" not in str(caught.value)
