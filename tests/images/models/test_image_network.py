from typing import Any

import pytest
import torch

from latentbo.errors import ConfigurationError
from latentbo.images.models import ImageAutoencoder, ImageNetworkConfig


def make(**sizes: Any) -> ImageAutoencoder:
    torch.manual_seed(0)
    return ImageAutoencoder(ImageNetworkConfig(**{"width": 4, "num_dimensions": 6} | sizes))


@pytest.mark.parametrize("kind", ["convolutional", "mlp"])
@pytest.mark.parametrize(("channels", "size"), [(1, 32), (3, 64)])
def test_images_to_codes_and_back(kind: str, channels: int, size: int) -> None:
    network = make(kind=kind, channels=channels, size=size)
    images = torch.rand(5, channels, size, size)
    encoding = network.encode(images)
    assert encoding.codes.shape == (5, 6)
    assert encoding.log_variance is None
    decoded = network.decoder(encoding.codes)
    assert decoded.shape == images.shape
    assert decoded.min() >= 0
    assert decoded.max() <= 1


def test_published_sizes() -> None:
    """Table 4.6 at 32 pixels: 128 to 1,024 channels, 22.1 million parameters (DESIGN, 6)."""
    network = ImageAutoencoder(ImageNetworkConfig())
    assert sum(p.numel() for p in network.parameters()) == 22_115_851
    shapes = [tuple(p.shape) for name, p in network.decoder.named_parameters() if p.ndim == 4]
    assert shapes == [(1024, 512, 4, 4), (512, 256, 4, 4), (256, 128, 4, 4), (128, 1, 4, 4)]


@pytest.mark.parametrize("kind", ["convolutional", "mlp"])
def test_every_parameter_gets_a_gradient(kind: str) -> None:
    network = make(kind=kind, variational=True)
    images = torch.rand(7, 1, 32, 32)
    encoding = network.encode(images, torch.Generator().manual_seed(0))
    (network.decoder(encoding.codes) - images).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_variational_codes_are_samples_in_training_and_means_afterwards() -> None:
    network = make(variational=True)
    images = torch.rand(4, 1, 32, 32)
    first, second = (
        network.encode(images, torch.Generator().manual_seed(seed)).codes for seed in (0, 1)
    )
    assert not first.equal(second)
    network.eval()
    encoding = network.encode(images)
    assert encoding.codes.equal(encoding.mean)
    assert encoding.log_variance is not None
    assert encoding.log_variance.shape == (4, 6)


def test_spectral_norm_bounds_every_layer_of_the_decoder() -> None:
    network = make(kind="mlp", spectral_norm=True)
    codes = torch.randn(3, 6)
    for _ in range(50):  # power iteration goes a step a call
        network.decoder(codes)
    layers = [m for m in network.decoder.modules() if isinstance(m, torch.nn.Linear)]
    assert len(layers) == 5
    for layer in layers:
        norm = torch.linalg.matrix_norm(layer.weight.detach(), 2)
        assert norm == pytest.approx(1.0, abs=1e-3)
    assert not any("parametrizations" in name for name, _ in network.encoder.named_parameters())


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"kind": "resnet"}, "unknown image network 'resnet'; choose one of convolutional, mlp"),
        ({"size": 28}, "multiple of 16, not 28: pad or resize"),
        ({"width": 0}, "width must be at least 1, not 0"),
        ({"num_dimensions": 0}, "num_dimensions must be at least 1, not 0"),
    ],
)
def test_wrong_sizes_are_named(sizes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        ImageNetworkConfig(**sizes)


def test_the_mlp_takes_any_size() -> None:
    assert make(kind="mlp", size=28).encode(torch.rand(2, 1, 28, 28)).codes.shape == (2, 6)
