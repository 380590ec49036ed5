"""The cost of the GMM-KS terms, relative to a training step on images.

    python experiments/benchmarks/image_step.py [--threads 1] [--repeats 5] [--device cpu] [--smoke]

One training step (forward, backward, Adam) of the network of table 4.6 on 100 random images of 32
pixels with 10-dim codes (MNIST) and of 64 pixels with 64-dim codes and 20 components (CelebA), and
the terms of the regularizer alone, forward and backward, on codes of the same shape. Times are
processor time; on a GPU wall time, after synchronising. --smoke: narrow networks, 10 s.
Expected: less than 5 % of the step. The last line is JSON for MNIST with 5 % of the step's
milliseconds as the baseline (ratio > 1: the terms take less).
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from latentbo.images.models import ImageAutoencoder, ImageNetworkConfig
from latentbo.images.training import ImageLoss, image_method
from latentbo.regularizers import Encoding, make_regularizer

BATCH_SIZE, ALLOWED = 100, 0.05


@dataclass(frozen=True)
class Case:
    """Published sizes of a data set."""

    name: str
    network: ImageNetworkConfig
    num_components: int


CASES = (
    Case("MNIST", ImageNetworkConfig(), 10),
    Case("CelebA", ImageNetworkConfig(channels=3, size=64, num_dimensions=64), 20),
)
SMOKE = (Case("MNIST, narrow", ImageNetworkConfig(width=8), 10),)


def milliseconds(work: Callable[[], None], repeats: int, device: torch.device) -> float:
    """Return the minimum time of several runs, after a warm-up."""
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    times = []
    for _ in range(repeats + 1):
        started = clock()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(clock() - started)
    return 1000 * min(times[1:])


def measure(case: Case, repeats: int, device: torch.device) -> tuple[float, float]:
    """Return the milliseconds of a whole step, and of the regularizer's terms in it."""
    torch.manual_seed(0)
    prior = image_method("gmm-dae").prior(case.network.num_dimensions, case.num_components)
    regularizer = make_regularizer("gmm-ks", prior)
    objective = ImageLoss(ImageAutoencoder(case.network), regularizer, 0.005).to(device)
    optimizer = torch.optim.AdamW(objective.parameters(), lr=1e-3)
    generator = torch.Generator(device=device).manual_seed(0)
    images = torch.randint(0, 256, (BATCH_SIZE, *case.network.shape), dtype=torch.uint8)
    images = images.to(device)
    codes = torch.randn(BATCH_SIZE, case.network.num_dimensions, device=device).requires_grad_()

    def step() -> None:
        loss, _ = objective(images, generator)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    def terms() -> None:
        regularizer.loss(regularizer(Encoding(codes, codes), generator)).backward()
        codes.grad = None

    return milliseconds(step, repeats, device), milliseconds(terms, 20 * repeats, device)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and show a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--smoke", action="store_true", help="narrow networks")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    found = {}
    for case in SMOKE if options.smoke else CASES:
        step, terms = measure(case, options.repeats, torch.device(options.device))
        found[case.name] = (step, terms)
        print(
            f"{case.name}: step {step:.1f} ms, terms {terms:.2f} ms: {100 * terms / step:.2f} %",
            flush=True,
        )
    name, (step, terms) = next(iter(found.items()))
    result = {"name": f"GMM-KS terms of a training step, {name}", "ours": terms}
    result |= {"baseline": ALLOWED * step, "ratio": ALLOWED * step / terms}
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
