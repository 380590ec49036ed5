"""Folders that version 0.1 wrote load: each is made here as that version made it."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from latentbo.counting.models import (
    CounterConfig,
    CounterNetwork,
    CountGAN,
    CountGANConfig,
    StyleConfig,
    StyleGAN,
    TrainedCounter,
    TrainedCountGAN,
)
from latentbo.images.models import ImageAutoencoder, ImageNetworkConfig, TrainedImageModel
from latentbo.models import NetworkConfig, SequenceAutoencoder, default_model_folder, load_model

PRIOR = {
    "weights": [0.25, 0.75],
    "means": [[1.0, 0.0], [0.0, 1.0]],
    "covariances": [[[1.0, 0.0], [0.0, 1.0]]] * 2,
}
GAN_SIZES: dict[str, Any] = {"size": 16, "num_classes": 2, "noise_dimensions": 2}
STYLE_SIZES: dict[str, Any] = {
    **{"channels": 1, "size": 8, "num_classes": 2, "noise_dimensions": 2, "style_dimensions": 3},
    **{"mapping_layers": 1, "width": 2, "max_width": 2},
}
NARROW: dict[str, Any] = {"width": 2, "growth": 2, "discriminator_width": 2}


def write(folder: Path, config: dict[str, Any], network: nn.Module, dtype: torch.dtype) -> None:
    weights = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in network.state_dict().items()
    }
    save_file(weights, folder / "model.safetensors")
    text = json.dumps(config, indent=1, ensure_ascii=False) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8")


def assert_holds(found: nn.Module, expected: nn.Module) -> None:
    assert not found.training
    for name, tensor in expected.state_dict().items():
        assert found.state_dict()[name].equal(tensor), name


IMAGES: dict[str, Any] = {
    "kind": "mlp",
    "size": 4,
    "num_dimensions": 2,
    "width": 3,
    "num_layers": 1,
}
COUNTER: dict[str, Any] = {"channels": 1, "size": 16, "num_classes": 2, "width": 2, "dropout": 0.1}


@pytest.mark.parametrize(
    ("form", "kind", "network", "sizes", "content"),
    [
        (
            *("images-1", TrainedImageModel, ImageAutoencoder(ImageNetworkConfig(**IMAGES))),
            *(IMAGES, {"prior": PRIOR}),
        ),
        (
            *("counter-1", TrainedCounter, CounterNetwork(CounterConfig(**COUNTER))),
            *(COUNTER, {"classes": ["full", "hollow"]}),
        ),
        (
            *("counting-1", TrainedCountGAN, CountGAN(CountGANConfig(**GAN_SIZES, **NARROW))),
            *(GAN_SIZES | NARROW, {"classes": ["full", "hollow"], "prior": PRIOR}),
        ),
        (
            *("stylegan-1", TrainedCountGAN, StyleGAN(StyleConfig(**STYLE_SIZES))),
            *(STYLE_SIZES, {"classes": ["full", "hollow"], "prior": PRIOR}),
        ),
    ],
    ids=["images", "counter", "gan", "stylegan"],
)
def test_images_counters_and_gans_of_version_0_1(
    tmp_path: Path,
    form: str,
    kind: Any,
    network: nn.Module,
    sizes: dict[str, Any],
    content: dict[str, Any],
) -> None:
    provenance = {"settings": {"epochs": 2.0, "r1_weight": None}}
    config = {"format": form, "network": sizes, **content, "provenance": provenance}
    write(tmp_path, config, network, torch.float32)
    model = load_model(tmp_path, kind=kind)
    assert_holds(model.network, network)
    assert model.provenance == provenance
    if "prior" in content:
        assert model.prior.weights.tolist() == [0.25, 0.75]


@pytest.mark.parametrize("kind", [{}, {"kind": "autoregressive"}])
def test_strings_of_version_0_1(tmp_path: Path, kind: dict[str, str]) -> None:
    """Its first models named no kind of network, and needed no provenance."""
    shipped = default_model_folder("expressions")
    vocabulary = (shipped / "vocabulary.json").read_text(encoding="utf-8")
    (tmp_path / "vocabulary.json").write_text(vocabulary, encoding="utf-8")
    config = json.loads((shipped / "config.json").read_text(encoding="utf-8"))
    sizes: dict[str, Any] = {
        "num_dimensions": 3,
        "embedding_width": 4,
        "encoder_width": 5,
        "decoder_width": 6,
    }
    sizes |= {"decoder_layers": 1}
    network = SequenceAutoencoder(len(json.loads(vocabulary)), NetworkConfig(**sizes))
    old = {"format": 1, "representation": config["representation"], "network": kind | sizes}
    old["prior"] = {"num_components": 1, "scale": 1.0, "standard_deviation": 1.0}
    write(tmp_path, old, network, torch.float16)
    model = load_model(tmp_path)
    assert_holds(model.network, network.half().float())
    assert model.provenance == {}


@pytest.mark.parametrize("task", ["molecules", "expressions"])
def test_models_that_ship_load(task: str) -> None:
    model = load_model(default_model_folder(task))
    assert model.provenance
    codes = model.prior.sample(3, torch.Generator().manual_seed(0))
    assert len(model.decode(codes)) == 3
