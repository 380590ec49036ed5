"""No operation of a training step mixes devices: shown without a GPU, by tensors without values.

Tensors of torch's FakeTensorMode know shape, type and device only, and refuse what a GPU would.
Gradients of a pretended GPU cannot be computed, so this shows the way forward.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from latentbo.counting.models import CountGANConfig, StyleConfig
from latentbo.counting.models.config import COUNT_METHODS
from latentbo.counting.models.style import STYLE_METHODS
from latentbo.counting.models.style.config import CONNECTIONS, MAPPING_COUNTS, TRUNKS
from latentbo.counting.training import (
    CountLoss,
    CountTrainingConfig,
    StyleTrainingConfig,
    make_count_loss,
)
from latentbo.counting.training.style import AUGMENTATIONS
from latentbo.priors import GaussianMixturePrior

GPU = torch.device("cuda", 0)
SIZES: dict[str, Any] = {
    "channels": 3,
    "size": 16,
    "num_classes": 2,
    "max_count": 2,
    "noise_dimensions": 4,
}
SIMPLE = CountGANConfig(**SIZES)
STYLE = StyleConfig(**SIZES, style_dimensions=6, mapping_layers=2, width=4, max_width=8)
STYLE_TRAINING = StyleTrainingConfig(
    batch_size=8, r1_every=1, path_every=1, augmentations=tuple(AUGMENTATIONS), augment_start=0.5
)
SETTINGS = {"mapping_counts": MAPPING_COUNTS, "connections": CONNECTIONS, "trunk": TRUNKS}
ABLATION = [
    (name, value)
    for name, values in SETTINGS.items()
    for value in values
    if value != getattr(STYLE, name)
]


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A pretended GPU that computes in bfloat16."""

    def slopes(outputs: Tensor, inputs: Tensor | Sequence[Tensor], **_: Any) -> tuple[Tensor]:
        (only,) = (inputs,) if isinstance(inputs, Tensor) else inputs
        assert outputs.device == only.device == GPU
        return (torch.zeros_like(only),)

    monkeypatch.setattr(torch.autograd, "grad", slopes)
    enabled, kind = torch.is_autocast_enabled("cuda"), torch.get_autocast_dtype("cuda")
    torch.set_autocast_enabled("cuda", True)
    torch.set_autocast_dtype("cuda", torch.bfloat16)
    yield
    torch.set_autocast_enabled("cuda", enabled)
    torch.set_autocast_dtype("cuda", kind)


def objective_of(network: CountGANConfig | StyleConfig, config: CountTrainingConfig) -> CountLoss:
    return make_count_loss(network, config, GaussianMixturePrior.standard_normal(4)).train()


def on_gpu(tensor: Tensor) -> Tensor:
    return torch.empty_like(tensor, device=GPU)


def move(objective: CountLoss) -> None:
    """Do as `objective.to(GPU)`, which needs values."""
    for module in objective.modules():
        for name, parameter in module.named_parameters(recurse=False):
            moved = nn.Parameter(on_gpu(parameter), parameter.requires_grad)
            module.register_parameter(name, moved)
        for name, buffer in module.named_buffers(recurse=False):
            module.register_buffer(name, on_gpu(buffer))
    # The step's number is read, so it must have a value; augmentations adapt in every fourth.
    del objective.network.num_averaged
    objective.network.num_averaged = 4  # type: ignore[assignment]
    for name in ("weights", "means", "covariances"):
        object.__setattr__(objective.prior, name, on_gpu(getattr(objective.prior, name)))


def step(objective: CountLoss) -> list[Tensor]:
    """Return the losses and their parts of all players' turns, and of a validation."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        move(objective)
        images = torch.empty(8, 3, 16, 16, dtype=torch.uint8, device=GPU)
        counts = torch.empty(8, 2, dtype=torch.int64, device=GPU)
        found = []
        for player in (*objective.players(), None):
            loss, parts = objective(images, counts, torch.Generator(), player)
            found += [loss, *parts.values()]
        objective.after_step()
    return found


@pytest.mark.usefixtures("gpu")
class TestStep:
    @pytest.mark.parametrize("method", STYLE_METHODS)
    def test_style_methods_stay_on_the_device(self, method: str) -> None:
        found = step(objective_of(replace(STYLE, method=method), STYLE_TRAINING))
        assert {tensor.device for tensor in found} == {GPU}

    @pytest.mark.parametrize(("name", "value"), ABLATION)
    def test_the_ablation_stays_on_the_device(self, name: str, value: str) -> None:
        found = step(objective_of(StyleConfig(**(asdict(STYLE) | {name: value})), STYLE_TRAINING))
        assert {tensor.device for tensor in found} == {GPU}

    @pytest.mark.parametrize("method", COUNT_METHODS)
    def test_simple_methods_stay_on_the_device(self, method: str) -> None:
        found = step(objective_of(replace(SIMPLE, method=method), CountTrainingConfig()))
        assert {tensor.device for tensor in found} == {GPU}

    def test_products_are_of_bfloat16_and_losses_of_floats(self) -> None:
        objective = objective_of(STYLE, STYLE_TRAINING)
        kinds = set()
        for module in objective.network.modules():
            module.register_forward_hook(lambda _, __, out: kinds.add(getattr(out, "dtype", None)))
        assert step(objective)[0].dtype == torch.float32
        assert torch.bfloat16 in kinds

    def test_noise_of_another_device_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def noise(self: CountLoss, n: int, *_: Any) -> Tensor:
            return torch.zeros(n, 4)

        monkeypatch.setattr(CountLoss, "_noise", noise)
        with pytest.raises(RuntimeError, match="same device"):
            step(objective_of(STYLE, STYLE_TRAINING))
