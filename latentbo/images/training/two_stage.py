"""The second stage of a two-stage VAE: a variational autoencoder of codes, to sample codes.

A VAE's codes fill their space, but not with the density of its prior. A second VAE on the codes,
with the same number of dimensions, has an easier task than the first: its samples, decoded by the
first, are the samples of the pair. As published, the first stage's codes are draws of its encoder's
Gaussian, and the variance of the second decoder is learned. Not as published: the first stage keeps
its fixed variance; layers are smaller (published: 1024 units) and have no skip connections; codes
are standardised.

References:
    B. Dai and D. Wipf, "Diagnosing and Enhancing VAE Models", ICLR 2019, section 3.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from latentbo.errors import InputError
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import Encoding, kl_divergence
from latentbo.seeds import seed_for
from latentbo.settings import setting
from latentbo.training.fit import fit
from latentbo.training.loop import Loss, LossAndParts, with_parts
from latentbo.training.loop_config import LoopConfig

# Share of the codes for validation, and the minimum number of codes to split.
VALIDATED, FEWEST = 0.1, 20
# Lower bound of a dimension's standard deviation, as a share of the largest: constant dimensions
# then get little noise.
LEAST_SHARE = 1e-3
# Initial logarithm of the decoder's learned deviation. Started at 1, a small network on codes along
# a ring stayed at 1 and ignored its inner codes; started at exp(-2) it did not.
START_LOG_DEVIATION = -2.0


@dataclass(frozen=True)
class SecondStageConfig(LoopConfig):
    """Settings of the second stage, in addition to those of the loop.

    Args:
        width: Units of a hidden layer (published: 1024).
        num_layers: Hidden layers of the encoder, and of the decoder (published: 3).

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    epochs: float = 100.0
    batch_size: int = 100
    learning_rate: float = 1e-3
    warmup_steps: int = 0
    weight_decay: float = 0.0
    gradient_norm: float = 10.0
    width: int = setting(256, at_least=1)
    num_layers: int = setting(3, at_least=1)


class SecondStage(nn.Module):
    """A variational autoencoder of codes, with N(0, I) as its prior.

    Args:
        mean: Of the codes, `d`.
        deviation: Standard deviation of the codes, `d`.
        config: Sizes.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Tensor, deviation: Tensor, config: SecondStageConfig) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.num_dimensions = len(mean)
        self.encoder = _dense(self.num_dimensions, 2 * self.num_dimensions, config)
        self.decoder = _dense(self.num_dimensions, self.num_dimensions, config)
        self.log_deviation = nn.Parameter(torch.tensor(START_LOG_DEVIATION))

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw codes, `n x d`, on the network's device; noise is drawn on the generator's."""
        device = self.mean.device if generator is None else generator.device
        shape = (2, n, self.num_dimensions)
        inner, noise = torch.randn(shape, generator=generator, device=device).to(self.mean.device)
        standardised = self.decoder(inner) + self.log_deviation.exp() * noise
        return standardised * self.deviation + self.mean


class _SecondStageLoss(Loss):
    """Negative evidence bound of standardised codes, in nats, with a learned decoder variance."""

    network: SecondStage

    def __init__(self, network: SecondStage) -> None:
        super().__init__()
        self.network = network
        self.prior = GaussianMixturePrior.standard_normal(network.num_dimensions)

    def forward(
        self, means: Tensor, deviations: Tensor, generator: torch.Generator
    ) -> LossAndParts:
        """Return the loss of codes' means and standard deviations, both `n x d`, and its parts."""
        network, noise = self.network, means.new_empty(2, *means.shape).normal_(generator=generator)
        codes = (means + deviations * noise[0] - network.mean) / network.deviation
        mean, log_variance = network.encoder(codes).chunk(2, 1)
        inner = mean + (0.5 * log_variance).exp() * noise[1]
        divergence = kl_divergence(Encoding(inner, mean, log_variance), self.prior.to(means.device))
        error = (network.decoder(inner) - codes).square().sum(1).mean()
        log_deviation = network.log_deviation
        constant = codes.shape[1] * (log_deviation + 0.5 * math.log(2 * math.pi))
        reconstruction = 0.5 * error * (-2 * log_deviation).exp() + constant
        return with_parts(reconstruction + divergence, reconstruction=reconstruction, kl=divergence)


def train_second_stage(
    codes: Tensor,
    directory: Path,
    config: SecondStageConfig | None = None,
    *,
    deviations: Tensor | None = None,
    device: str = "cpu",
) -> SecondStage:
    """Train a second stage on codes in a folder, or resume; errors as in `latentbo.training.fit`.

    Args:
        codes: `n x d`: the means of the first stage's encoder, n at least 20.
        directory: The folder.
        config: Settings.
        deviations: `n x d` standard deviations of the first stage's encoder; None: the codes are
            points, as for a deterministic autoencoder.
        device: `cpu`, `cuda`, `cuda:1`, …

    Returns:
        The second stage, on the CPU, in evaluation mode.

    Raises:
        InputError: If the codes are too few, not finite, or do not fit the deviations.
    """
    config = config or SecondStageConfig()
    rows = _checked(codes, deviations)
    torch.manual_seed(seed_for(config.seed, -1))
    loss = _SecondStageLoss(SecondStage(*_moments(*rows), config))
    generator = torch.Generator().manual_seed(seed_for(config.seed, -2))
    order = torch.randperm(len(codes), generator=generator)
    validated, trained = order.tensor_split([round(VALIDATED * len(codes))])
    training, validation = (tuple(each[part] for each in rows) for part in (trained, validated))
    fit(directory, loss, config, training, validation, settings={}, device=device)
    return loss.network


def _checked(codes: Tensor, deviations: Tensor | None) -> tuple[Tensor, Tensor]:
    deviations = torch.zeros_like(codes) if deviations is None else deviations
    if codes.ndim != 2 or len(codes) < FEWEST or codes.shape != deviations.shape:
        raise InputError(
            f"codes are {tuple(codes.shape)} and their deviations {tuple(deviations.shape)}: give "
            f"both as n x d with n of at least {FEWEST}"
        )
    codes, deviations = (each.detach().float().cpu() for each in (codes, deviations))
    if not (codes.isfinite().all() and deviations.isfinite().all()):
        raise InputError("codes or deviations are not finite: look for a training that diverged")
    return codes, deviations


def _moments(means: Tensor, deviations: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of the codes, the latter bounded from below."""
    deviation = (means.var(0) + deviations.square().mean(0)).sqrt()
    largest = float(deviation.max())
    least = LEAST_SHARE * largest if largest > 0 else 1.0
    return means.mean(0), deviation.clamp_min(least)


def _dense(inputs: int, outputs: int, config: SecondStageConfig) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before in [inputs, *[config.width] * (config.num_layers - 1)]:
        layers += [nn.Linear(before, config.width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(config.width, outputs))
