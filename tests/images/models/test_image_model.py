import json
from pathlib import Path

import pytest
import torch

from latentbo.errors import CheckpointError, InputError
from latentbo.images.models import (
    ImageAutoencoder,
    ImageNetworkConfig,
    TrainedImageModel,
    interpolate,
)
from latentbo.models import load_model, save_model
from latentbo.priors import GaussianMixturePrior


@pytest.fixture
def model() -> TrainedImageModel:
    torch.manual_seed(0)
    network = ImageAutoencoder(ImageNetworkConfig(kind="mlp", width=16, num_dimensions=4))
    prior = GaussianMixturePrior.one_hot(4, 3, scale=5.0)
    return TrainedImageModel(network, prior, {"epochs": 2})


def test_whole_numbers_are_of_0_to_255(model: TrainedImageModel) -> None:
    images = torch.randint(0, 256, (5, 1, 32, 32), dtype=torch.uint8)
    assert model.encode(images).equal(model.encode(images.float() / 255))
    assert model.encode(images).shape == (5, 4)


def test_parts_are_what_the_whole_is(
    model: TrainedImageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = torch.rand(7, 1, 32, 32)
    whole = model.reconstruct(images)
    monkeypatch.setattr("latentbo.images.models.trained.IMAGES_AT_ONCE", 3)
    torch.testing.assert_close(model.reconstruct(images), whole)
    assert model.encode(images[:0]).shape == (0, 4)
    assert model.decode(torch.empty(0, 4)).shape == (0, 1, 32, 32)


def test_samples_are_decoded_draws(model: TrainedImageModel) -> None:
    samples = model.sample(6, torch.Generator().manual_seed(3))
    draws = model.prior.sample(6, torch.Generator().manual_seed(3))
    assert samples.equal(model.decode(draws))


def test_a_component_has_its_own_samples(model: TrainedImageModel) -> None:
    draws = [model.sample(50, torch.Generator().manual_seed(0), component=k) for k in range(3)]
    assert not draws[0].equal(draws[1])
    noise = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
    # All components are spherical with deviation 1, so equal noise lies around another mean.
    expected = model.decode(model.prior.means[2] + noise)
    difference = (draws[2].mean(0) - expected.mean(0)).abs().max()
    assert difference < (draws[2].mean(0) - draws[0].mean(0)).abs().max()
    with pytest.raises(InputError, match="components 0 to 2, not 3"):
        model.sample(1, component=3)


def test_ends_of_an_interpolation_are_its_codes() -> None:
    first, second = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    for spherical in (False, True):
        codes = interpolate(first, second, torch.tensor([0.0, 0.5, 1.0]), spherical)
        assert codes.shape == (3, 3, 4)
        torch.testing.assert_close(codes[:, 0], first)
        torch.testing.assert_close(codes[:, 2], second)


def test_spherical_interpolation_keeps_the_length() -> None:
    first = torch.tensor([[2.0, 0.0]])
    second = torch.tensor([[0.0, 2.0]])
    between = interpolate(first, second, torch.tensor([0.5]), spherical=True)[0, 0]
    torch.testing.assert_close(between, torch.full((2,), 2**0.5))
    lengths = interpolate(first, 2 * second, torch.linspace(0, 1, 5), spherical=True).norm(dim=2)
    torch.testing.assert_close(lengths, torch.linspace(2, 4, 5)[None])
    straight = interpolate(first, second, torch.tensor([0.5]))[0, 0]
    torch.testing.assert_close(straight, torch.ones(2))


def test_codes_of_one_direction_are_joined_straight() -> None:
    first = torch.tensor([[1.0, 1.0]])
    for factor in (3.0, -1.0, 1.0):
        codes = interpolate(first, factor * first, torch.tensor([0.25]), spherical=True)
        torch.testing.assert_close(codes[0, 0], first[0] * (1 + 0.25 * (factor - 1)))


def test_folder_gives_the_model_back(model: TrainedImageModel, tmp_path: Path) -> None:
    save_model(model, tmp_path / "model")
    again = load_model(tmp_path / "model", kind=TrainedImageModel)
    images = torch.rand(3, 1, 32, 32)
    assert again.reconstruct(images).equal(model.reconstruct(images))
    assert again.prior.means.equal(model.prior.means)
    assert again.provenance == {"epochs": 2}


def test_damaged_folders_are_named(model: TrainedImageModel, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"none is no model folder: give .* image experiment"):
        load_model(tmp_path / "none", kind=TrainedImageModel)
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        load_model(tmp_path, kind=TrainedImageModel)
    save_model(model, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    for changes, message in [
        ({"format": 1}, "does not describe an image model of format images-1"),
        ({"network": {"kind": "mlp", "width": 17}}, "do not make a model"),
        ({"prior": {"weights": [1.0]}}, "do not make a model"),
    ]:
        (tmp_path / "config.json").write_text(json.dumps(config | changes))
        with pytest.raises(CheckpointError, match=message):
            load_model(tmp_path, kind=TrainedImageModel)
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(CheckpointError, match=r"model\.safetensors cannot be read"):
        load_model(tmp_path, kind=TrainedImageModel)


def test_images_of_another_shape_are_refused(model: TrainedImageModel) -> None:
    with pytest.raises(InputError, match=r"images of shape \(1, 32, 32\), not \(1, 28, 28\)"):
        model.encode(torch.rand(1, 1, 28, 28))


def test_network_and_prior_must_fit(model: TrainedImageModel) -> None:
    with pytest.raises(InputError, match="codes of 4 dimensions, the prior 5"):
        TrainedImageModel(model.network, GaussianMixturePrior.standard_normal(5))
