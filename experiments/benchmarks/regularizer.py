"""How fast are the KS and covariance terms beside the published broadcast form?

    python experiments/benchmarks/regularizer.py [--threads 1] [--repeats 7] [--out DIR] [--smoke]

One CPU core: 1.5 minutes; --smoke: 15 s. Times forward and backward of both terms, ours with
merged components and the published form with its `N x K x d` broadcast, on the same codes; checks
that both give the same loss; and shows the growth of peak memory with the number of components K.
Expected: at (N, K, d) = (1000, 128, 128) ours is at least 10 times faster, and its memory does not
grow with K. The last line is JSON with the milliseconds at that size (ratio > 1: ours is better).
"""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from benchmark_frame import Rows, benchmark_parser, configured, run_benchmark, timing_options
from torch import Tensor

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import covariance_distance, ks_distance

Loss = Callable[[Tensor, GaussianMixturePrior], Tensor]


@dataclass(frozen=True)
class Config:
    """Sizes are (N codes, K components, d dimensions)."""

    sizes: tuple[tuple[int, int, int], ...] = ((500, 56, 56), (1000, 128, 128), (2000, 256, 256))
    headline: tuple[int, int, int] = (1000, 128, 128)
    memory_components: tuple[int, ...] = (8, 32, 128)
    repeats: int = 7
    threads: int = 1


SMOKE = Config(sizes=((1000, 128, 128),), memory_components=(8, 32), repeats=2)


def merged(codes: Tensor, prior: GaussianMixturePrior) -> Tensor:
    """Ours."""
    return ks_distance(codes, prior, "right") + covariance_distance(codes, prior)


def broadcast(codes: Tensor, prior: GaussianMixturePrior) -> Tensor:
    """The published form: the mean over K of the normal cdf of every component."""
    n = codes.shape[0]
    ordered = codes.sort(dim=0).values
    components = torch.distributions.Normal(prior.means, prior.variances.sqrt())
    cdf = components.cdf(ordered[:, None, :]).mean(dim=1)
    positions = torch.arange(1, n + 1, dtype=codes.dtype)[:, None] / n
    return (cdf - positions).square().mean() + covariance_distance(codes, prior)


LOSSES: dict[str, Loss] = {"ours": merged, "baseline": broadcast}


def inputs(n: int, num_components: int, num_dimensions: int) -> tuple[Tensor, GaussianMixturePrior]:
    """Codes drawn from the one-hot prior, and the prior."""
    prior = GaussianMixturePrior.one_hot(num_dimensions, num_components)
    codes = prior.sample(n, torch.Generator().manual_seed(0))
    return codes.requires_grad_(), prior


def milliseconds(size: tuple[int, int, int], repeats: int) -> dict[str, float]:
    """Minimum time of forward and backward, alternating between the forms after a warm-up.

    The minimum, because other work on the machine only adds time.
    """
    codes, prior = inputs(*size)
    values = {name: loss(codes, prior).detach() for name, loss in LOSSES.items()}
    torch.testing.assert_close(values["ours"], values["baseline"], rtol=1e-4, atol=0)
    times: dict[str, list[float]] = {name: [] for name in LOSSES}
    for _ in range(repeats):
        for name, loss in LOSSES.items():
            start = time.perf_counter()
            loss(codes, prior).backward()
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: min(taken) for name, taken in times.items()}


def _high_water_mark() -> float:
    """Peak resident memory of this process in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # on other systems a child inherits its parent's mark
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _peak(name: str, size: tuple[int, int, int]) -> float:
    """Growth of this process' peak memory over one forward and backward, in MiB."""
    torch.set_num_threads(1)
    codes, prior = inputs(*size)
    small_codes, small_prior = inputs(10, 2, 2)
    LOSSES[name](small_codes, small_prior).backward()
    before = _high_water_mark()
    LOSSES[name](codes, prior).backward()
    return _high_water_mark() - before


def peak_memory(size: tuple[int, int, int]) -> dict[str, float]:
    """Growth of peak memory in MiB, each form in a fresh process."""
    context = multiprocessing.get_context("spawn")
    peaks = {}
    for name in LOSSES:
        with context.Pool(1) as pool:
            peaks[name] = pool.apply(_peak, (name, size))
    return peaks


def run(config: Config) -> list[dict[str, object]]:
    """One row per timed size, then one per number of components of the memory test."""
    rows: list[dict[str, object]] = []
    for size in config.sizes:
        rows.append(_row("ms", size, milliseconds(size, config.repeats)))
    n, _, num_dimensions = config.headline
    for num_components in config.memory_components:
        size = (n, num_components, num_dimensions)
        rows.append(_row("MiB", size, peak_memory(size)))
    return rows


def _row(unit: str, size: tuple[int, int, int], pair: dict[str, float]) -> dict[str, object]:
    # Memory below a page's resolution would make the ratio infinite.
    ratio = pair["baseline"] / max(pair["ours"], 0.1)
    row: dict[str, object] = {"unit": unit, "size": list(size)}
    return (
        row | {name: round(value, 2) for name, value in pair.items()} | {"ratio": round(ratio, 1)}
    )


def table(rows: list[dict[str, object]], config: Config) -> str:
    """A Markdown table."""
    lines = [
        f"Forward and backward of KS + covariance, {config.threads} thread(s), float32, "
        f"best of {config.repeats}; MiB: growth of peak memory.",
        "",
        "| N, K, d | unit | ours | published | published / ours |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        size = ", ".join(str(part) for part in _size(row))
        lines.append(
            f"| {size} | {row['unit']} | {row['ours']} | {row['baseline']} | {row['ratio']} |"
        )
    return "\n".join(lines)


def _size(row: dict[str, object]) -> list[int]:
    size = row["size"]
    assert isinstance(size, list)
    return size


def summary(rows: Rows, config: Config) -> dict[str, object]:
    """Milliseconds at the headline's size."""
    headline = [*config.headline]
    row = next(row for row in rows if row["unit"] == "ms" and row["size"] == headline)
    return {"name": "regularizer", **{key: row[key] for key in ("ours", "baseline", "ratio")}}


def main(arguments: list[str] | None = None) -> int:
    """Prints the table and the JSON line."""
    parser = benchmark_parser(__doc__, "one size, two repeats")
    timing_options(parser)
    options = parser.parse_args(arguments)
    config = configured(SMOKE if options.smoke else Config(), options)
    torch.set_num_threads(config.threads)
    return run_benchmark(
        options.out,
        lambda: run(config),
        lambda rows: table(rows, config),
        lambda rows: summary(rows, config),
    )


if __name__ == "__main__":
    sys.exit(main())
