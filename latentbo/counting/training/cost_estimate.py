"""Cost estimate of a training from a few of its steps; writes no files."""

import math
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from latentbo.counting.training.config import CountTrainingConfig
from latentbo.counting.training.gan_loss import DISCRIMINATOR, GENERATOR, CountLoss
from latentbo.counting.training.style import StyleTrainingConfig
from latentbo.seeds import seed_for
from latentbo.training.adversarial_turns import AdversarialTurns
from latentbo.training.loop import Rows

# Number of timed steps; the fastest counts, as others may be disturbed.
NUM_TIMED = 3
# Images of which operations are counted: batch norms and deviations need two.
IMAGES_COUNTED = 4
BFLOAT = "bf16-mixed"


@dataclass(frozen=True)
class CountEstimate:
    """Sizes and times of a training.

    Args:
        parameters: Player -> number of its parameters.
        operations: Player -> floating-point operations for an image, forward: a product and a sum
            are two; convolutions and matrix products only.
        seconds_a_step: Of a mean step, penalties that are not due in each included.
        batch_size: Images per step.
        steps: Of the training.
    """

    parameters: Mapping[str, int]
    operations: Mapping[str, int]
    seconds_a_step: float
    batch_size: int
    steps: int

    @property
    def hours(self) -> float:
        """Of the training, without measurements and pictures."""
        return self.seconds_a_step * self.steps / 3600

    @property
    def images_a_second(self) -> float:
        """Number of real images processed."""
        return self.batch_size / self.seconds_a_step

    def __str__(self) -> str:
        lines = [
            f"{player}: {number:,} parameters, {self.operations[player] / 1e6:,.1f} million "
            f"operations an image (forward)"
            for player, number in self.parameters.items()
        ]
        speed = f"{self.seconds_a_step:.3f} s a step of {self.batch_size} images"
        lines.append(f"{speed} ({self.images_a_second:.1f} images/s), measured")
        lines.append(f"{self.steps:,} steps: about {self.hours:.2f} hours")
        return "\n".join(lines)


def estimate(
    loss: CountLoss, data: tuple[Tensor, Tensor], steps: int, device: str = "cpu"
) -> CountEstimate:
    """Take a few steps, and estimate the cost of a training; the networks change.

    Args:
        loss: Networks and their losses.
        data: Images (`n x c x h x w`) and their counts (`n x k`).
        steps: Of the training.
        device: Device of the steps.
    """
    loss.check(*data)
    loss.to(device).train()
    parameters = {
        player: sum(each.numel() for each in own) for player, own in loss.players().items()
    }
    operations = _operations(loss, device)
    batch = tuple(each[: loss.config.batch_size].to(device) for each in data)
    seconds = _mean_seconds(loss, batch)
    return CountEstimate(parameters, operations, seconds, len(batch[0]), steps)


def _operations(loss: CountLoss, device: str) -> dict[str, int]:
    """Return player -> operations of its network per image."""
    network = loss.network
    noise = torch.zeros(IMAGES_COUNTED, network.config.noise_dimensions, device=device)
    counts = torch.zeros(IMAGES_COUNTED, network.config.num_classes, device=device)
    found = {}
    with torch.no_grad():
        with FlopCounterMode(display=False) as counter:
            images = network.generate(noise, counts)
        found[GENERATOR] = counter.get_total_flops() // IMAGES_COUNTED
        with FlopCounterMode(display=False) as counter:
            network.discriminator(images, counts)
        found[DISCRIMINATOR] = counter.get_total_flops() // IMAGES_COUNTED
    return found


def _mean_seconds(loss: CountLoss, batch: Rows) -> float:
    """Return seconds of a mean step: each kind is timed, and weighted by its frequency."""
    rate = loss.config.learning_rate
    players = AdversarialTurns(loss.players(), loss.config, lambda _: rate)
    intervals = [each for each in _intervals(loss.config) if each > 0]
    cycle = math.lcm(*intervals)
    kinds = [tuple(step % each == 0 for each in intervals) for step in range(cycle)]
    _seconds(loss, players, batch, 0)  # the first step makes the optimizers' states
    return sum(
        _seconds(loss, players, batch, kinds.index(kind)) * number / cycle
        for kind, number in Counter(kinds).items()
    )


def _intervals(config: CountTrainingConfig) -> tuple[int, ...]:
    """Return the intervals of what is not done in each step."""
    if not isinstance(config, StyleTrainingConfig):
        return ()
    return config.r1_every, config.path_every if config.path_weight else 0


def _seconds(loss: CountLoss, players: AdversarialTurns, batch: Rows, number: int) -> float:
    """Return the seconds of the fastest of some steps that take themselves for this number's."""
    device = batch[0].device
    generator = torch.Generator(device=device)
    times = []
    for repeat in range(NUM_TIMED):
        loss.network.num_averaged.fill_(number)
        generator.manual_seed(seed_for(repeat))
        start = time.monotonic()
        for player, optimizer in zip(players.turns(), players.optimizers, strict=True):
            with _precision(loss.config.precision, device):
                value, _ = loss(*batch, generator, player.name)
            value.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        loss.after_step()
        float(value.detach())  # synchronises with the device
        times.append(time.monotonic() - start)
    return min(times)


def _precision(name: str, device: torch.device) -> AbstractContextManager[None]:
    if name != BFLOAT:
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)
