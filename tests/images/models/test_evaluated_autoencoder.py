import pytest
import torch
from torch import Tensor

from latentbo.attacks import Budget, DamageGoal, ProjectedGradient
from latentbo.errors import ConfigurationError
from latentbo.images.models import EvaluatedAutoencoder, ImageAutoencoder, ImageNetworkConfig


@pytest.fixture
def network() -> ImageAutoencoder:
    """A small fully connected autoencoder of 8-pixel images with weights of some size."""
    torch.manual_seed(0)
    network = ImageAutoencoder(ImageNetworkConfig("mlp", 1, 8, 4, 32, 2))
    for parameter in network.parameters():
        parameter.data *= 2.5
    return network


@pytest.fixture
def images() -> Tensor:
    source = torch.Generator().manual_seed(1)
    return torch.rand(6, 1, 8, 8, generator=source)


def test_is_the_network_in_evaluation_mode(images: Tensor) -> None:
    network = ImageAutoencoder(ImageNetworkConfig("convolutional", 1, 16, 3, 2, variational=True))
    padded = torch.nn.functional.pad(images, (4, 4, 4, 4))
    statistics = {name: value.clone() for name, value in network.state_dict().items()}
    network.decoder.eval()
    model = EvaluatedAutoencoder(network)
    codes = model.encode(padded)
    reconstructions = model.decode(codes)
    # The modes are as they were, also where they differ; batch norms have learnt nothing.
    assert network.encoder.training
    assert not network.decoder.training
    for name, value in network.state_dict().items():
        assert torch.equal(value, statistics[name])
    network.eval()
    torch.testing.assert_close(codes, network.encode(padded).mean)
    torch.testing.assert_close(reconstructions, network.decoder(codes))
    # A code depends on its own image only.
    torch.testing.assert_close(model.encode(padded[:1]), codes[:1])


def test_noise_is_off_unless_asked_for(network: ImageAutoencoder, images: Tensor) -> None:
    quiet = EvaluatedAutoencoder(network)
    codes = quiet.encode(images)
    assert torch.equal(quiet.decode(codes), quiet.decode(codes))
    generator = torch.Generator().manual_seed(0)
    noisy = EvaluatedAutoencoder(network, 0.1, generator)
    assert not torch.equal(noisy.decode(codes), noisy.decode(codes))
    expected = network.decoder(codes + 0.1 * torch.randn(6, 4, generator=generator.manual_seed(0)))
    generator.manual_seed(0)
    torch.testing.assert_close(noisy.decode(codes), expected)


def test_noise_passes_for_damage(network: ImageAutoencoder, images: Tensor) -> None:
    # What the published evaluation measured: nearly all damage here is the noise.
    generator = torch.Generator().manual_seed(0)
    attack = ProjectedGradient(DamageGoal(), 5, 1)
    losses = [
        float(attack(model, images, Budget(0.01), generator).record.losses.mean())
        for model in (
            EvaluatedAutoencoder(network),
            EvaluatedAutoencoder(network, 0.1, generator),
        )
    ]
    assert losses[1] > 2 * losses[0]


def test_noise_needs_a_generator(network: ImageAutoencoder) -> None:
    with pytest.raises(ConfigurationError, match=r"latent noise of 0\.1 needs a generator"):
        EvaluatedAutoencoder(network, 0.1)
