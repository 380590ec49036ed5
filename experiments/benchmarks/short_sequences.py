"""Merged symbols on a CPU: speed, and likelihood at equal processor time.

    python experiments/benchmarks/short_sequences.py [--seconds 600] [--smoke] [--out DIR]

Trains two networks of the same sizes on molecules of ZINC-250k from scratch, one on symbols of
SELFIES, one on merged ones, taking turns in one process until each has had its processor time, then
times encoding and greedy decoding of held-out molecules with both. "Nats" is the negative log
likelihood of a held-out molecule given its own noise-free code: both are distributions over
molecules, so the numbers compare. The learning rate is constant after a warm-up, since the number
of steps is not known beforehand. One CPU core: 22 minutes (the time is for each network); --smoke:
20 s. Expected: at least 2.5 times the molecules a second in training, and 10 nats less after ten
minutes.
The last line is JSON with molecules a second in training (ratio > 1: merges are better).
"""

import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from benchmark_frame import benchmark_parser, configured
from torch import Tensor

from latentbo.command_line import run_command
from latentbo.data import find_dataset
from latentbo.errors import ConfigurationError
from latentbo.models import NetworkConfig, PriorConfig, TrainedModel, make_network
from latentbo.representations import PAD, SelfiesRepresentation
from latentbo.run import versions
from latentbo.training import TrainingConfig
from latentbo.training.robust_loss import make_training_loss

HELD_OUT = 1000
FRACTIONS = (0.1, 0.2, 0.4, 0.7, 1.0)


@dataclass(frozen=True)
class Config:
    """Time, data and sizes; the same for both networks."""

    seconds: float = 600.0
    vocabulary_size: int = 1024
    num_molecules: int = 100_000
    num_decoded: int = 1000
    batch_size: int = 256
    learning_rate: float = 1.5e-3
    warmup: int = 100
    precision: str = "32-true"
    seed: int = 0
    network: NetworkConfig = field(default_factory=lambda: NetworkConfig(64, 128, 128, 256, 2))


SMOKE = Config(seconds=5, vocabulary_size=256, num_molecules=6000, num_decoded=50)


class Arm:
    """One network with its tokens, and the processor seconds that it was trained for."""

    def __init__(self, strings: list[str], vocabulary_size: int | None, config: Config) -> None:
        self.config = config
        representation = SelfiesRepresentation.build(strings, 79, 20, None, vocabulary_size)
        tokens, _, _ = representation.encode_bulk(strings)
        self.held_out, self.rows = tokens[:HELD_OUT], tokens[HELD_OUT:]
        torch.manual_seed(config.seed)
        network = make_network(len(representation.vocabulary), config.network)
        prior = PriorConfig(config.network.num_dimensions)
        self.model = TrainedModel(network, representation, config.network, prior)
        training = TrainingConfig(latent_noise=0.1, length_groups=3, token_dropout=0.05)
        self.objective = make_training_loss(training, network, self.model.prior)
        self.optimizer = torch.optim.AdamW(network.parameters(), config.learning_rate)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.spent, self.steps = 0.0, 0

    @property
    def length(self) -> float:
        """Mean number of tokens of a held-out molecule, without the end."""
        return float((self.held_out != PAD).sum(1).float().mean()) - 1

    def step(self) -> None:
        """Train on one random batch, and count the processor time."""
        start = time.process_time()
        rows = torch.randint(len(self.rows), (self.config.batch_size,), generator=self.generator)
        rate = self.config.learning_rate * min(1.0, (self.steps + 1) / self.config.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.model.network.train()
        low = self.config.precision == "bf16-mixed"
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            loss, _ = self.objective(self.rows[rows], self.generator)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.steps += 1
        self.spent += time.process_time() - start

    def nats(self) -> float:
        """Mean negative log likelihood of the held-out molecules."""
        self.model.network.eval()
        codes = self.model.encode_tokens(self.held_out)
        lengths = (self.held_out != PAD).sum(1)
        return float((-self.model.log_likelihood(self.held_out, codes) * lengths).mean())

    def speeds(self) -> dict[str, float]:
        """Molecules a second in training, encoding (tokens to codes) and greedy decoding."""
        self.model.network.eval()
        tokens = self.held_out[: self.config.num_decoded]
        codes, encoding = timed(lambda: self.model.encode_tokens(tokens))
        _, decoding = timed(lambda: self.model.decode(codes))
        return {
            "training": self.steps * self.config.batch_size / self.spent,
            "encoding": len(tokens) / encoding,
            "decoding": len(tokens) / decoding,
        }


def timed(call: Callable[[], Tensor | list]) -> tuple[Tensor, float]:
    """The result of a call, and the shortest processor time of three calls."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        result = call()
        seconds.append(time.process_time() - start)
    return result, min(seconds)  # type: ignore[return-value]


def run(config: Config) -> dict[str, object]:
    """Train both in turns; returns lengths, speeds and the nats by processor seconds."""
    _, lines = find_dataset("zinc250k")
    order = torch.randperm(len(lines), generator=torch.Generator().manual_seed(config.seed))
    strings = [lines[i].string for i in order[: config.num_molecules].tolist()]
    arms = {
        "symbols": Arm(strings, None, config),
        "merged": Arm(strings, config.vocabulary_size, config),
    }
    curve = []
    for fraction in FRACTIONS:
        until = fraction * config.seconds
        while (late := min(arms.values(), key=lambda arm: arm.spent)).spent < until:
            late.step()
        row = {"seconds": until, **{name: round(arm.nats(), 2) for name, arm in arms.items()}}
        print(json.dumps(row), flush=True)
        curve.append(row)
    return {
        "tokens": {name: round(arm.length, 2) for name, arm in arms.items()},
        "speeds": {name: arm.speeds() for name, arm in arms.items()},
        "nats": curve,
    }


def table(result: dict[str, object], config: Config) -> str:
    """A Markdown table."""
    speeds, tokens, curve = result["speeds"], result["tokens"], result["nats"]
    assert isinstance(speeds, dict)
    assert isinstance(tokens, dict)
    assert isinstance(curve, list)
    rows = [("tokens a molecule", tokens["symbols"], tokens["merged"], 2)]
    rows += [
        (f"{kind}, molecules a second", speeds["symbols"][kind], speeds["merged"][kind], 0)
        for kind in ("training", "encoding", "decoding")
    ]
    lines = [
        f"SELFIES of ZINC-250k, {config.vocabulary_size} tokens with merges; one thread, "
        f"{config.precision}, {platform.machine()}; network {config.network}",
        "",
        "| | symbols | merged | merged / symbols |",
        "|---|---|---|---|",
    ]
    for name, plain, merged, digits in rows:
        lines.append(
            f"| {name} | {plain:.{digits}f} | {merged:.{digits}f} | {merged / plain:.2f} |"
        )
    for row in curve:
        lines.append(
            f"| nats a molecule after {row['seconds']:.0f} processor seconds | "
            f"{row['symbols']:.1f} | {row['merged']:.1f} | {row['merged'] - row['symbols']:+.1f} |"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Prints the table and the JSON line."""
    parser = benchmark_parser(__doc__, "few molecules, seconds", "result.json and table.md")
    parser.add_argument("--seconds", type=float, help="processor time of each training")
    parser.add_argument("--vocabulary-size", type=int, help="tokens of the merged representation")
    parser.add_argument("--precision", choices=["32-true", "bf16-mixed"], help="of the training")
    options = parser.parse_args(arguments)
    config = configured(SMOKE if options.smoke else Config(), options)
    torch.set_num_threads(1)
    return run_command(lambda: compare(config, options.out))


def compare(config: Config, out: Path | None) -> None:
    """Train both, show the table, and write it."""
    if not config.seconds > 0:
        raise ConfigurationError(f"--seconds must be positive, not {config.seconds}")
    if out is not None and out.exists():
        raise ConfigurationError(f"{out} exists; name a new folder")
    result = run(config)
    print(table(result, config))
    if out is not None:
        out.mkdir(parents=True)
        content = {"config": asdict(config), "versions": versions(), **result}
        (out / "result.json").write_text(json.dumps(content, indent=1) + "\n")
        (out / "table.md").write_text(table(result, config) + "\n")
    speeds = result["speeds"]
    assert isinstance(speeds, dict)
    ours, baseline = (round(speeds[name]["training"], 1) for name in ("merged", "symbols"))
    line = {"name": "short_sequences", "ours": ours, "baseline": baseline}
    print(json.dumps({**line, "ratio": round(ours / baseline, 2)}))


if __name__ == "__main__":
    sys.exit(main())
