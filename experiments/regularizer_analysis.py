"""Does the KS + covariance loss distinguish other codes from the prior's (figures 4.1 to 4.4)?

    python experiments/regularizer_analysis.py --out runs/figures-4 [--seed N] [--resume] [--smoke]

One CPU core: 30 s; --smoke: 8 s. Draws codes from distributions other than the prior and plots the
loss in units of its expectation under the prior, so that codes of the prior lie at 1. Expected: KS
alone is blind to correlation and the covariance term is not (4.1); the loss grows with the means
and standard deviations of the codes (4.2), and with the factors alpha of the means and beta of the
covariances of a mixture (4.3, 4.4). Beyond the thesis, the last panel of 4.1 shows a dependence
that only the sliced term of `gmm-ks` detects, not marginals and covariance.

Writes for each figure a .png and a .jsonl with its numbers; table.md; config.json. With --resume,
figures that have a .jsonl are drawn again but not computed again.
"""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from study.pages import claim, write_whole
from study.running import run_study
from torch import Tensor

import latentbo
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import Encoding, RegularizerConfig, make_regularizer

Sampler = Callable[[int, torch.Generator], Tensor]
Row = dict[str, Any]

#: The losses of the figures.
KS_ONLY = RegularizerConfig("gmm-ks-thesis", {"covariance": 0.0})
THESIS = RegularizerConfig("gmm-ks-thesis")
DEFAULT = RegularizerConfig("gmm-ks")

#: The prior is blue, as in the thesis; the rest is Okabe and Ito's palette for colour blindness.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"]
MARKERS = ["o", "s", "^", "D", "v", "P"]
LEVELS = [10, 30, 100, 300, 1000]


@dataclass(frozen=True)
class Config:
    """Numbers of codes, repeats of each point, and the grid of figure 4.4."""

    sizes: tuple[int, ...] = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
    repeats: int = 30
    factors: tuple[float, ...] = tuple(2 ** (i / 4) for i in range(-8, 9))
    grid_size: int = 1000
    grid_repeats: int = 10


SMOKE = Config(sizes=(10, 100), repeats=3, factors=(0.5, 1.0, 2.0), grid_size=100, grid_repeats=2)


@dataclass(frozen=True)
class Panel:
    """One pair of axes: a loss, evaluated on codes of several distributions."""

    title: str
    loss: RegularizerConfig
    prior: GaussianMixturePrior
    samplers: Mapping[str, Sampler]


def normal(num_dimensions: int, mean: float = 0.0, deviation: float = 1.0) -> Sampler:
    """Spherical normal codes."""
    return lambda n, generator: (
        mean + deviation * torch.randn(n, num_dimensions, generator=generator)
    )


def uniform(n: int, generator: torch.Generator) -> Tensor:
    """One-dimensional uniform codes of mean 0 and variance 1."""
    return math.sqrt(12) * (torch.rand(n, 1, generator=generator) - 0.5)


def two_modes(n: int, generator: torch.Generator) -> Tensor:
    """One-dimensional codes of mean 0 and variance 1: normal around -0.8 and 0.8."""
    signs = 2 * torch.randint(0, 2, (n, 1), generator=generator) - 1
    return 0.8 * signs + 0.6 * torch.randn(n, 1, generator=generator)


def correlated(correlation: float) -> Sampler:
    """Two-dimensional normal codes with unit variances."""
    root = math.sqrt(1 - correlation**2)

    def sample(n: int, generator: torch.Generator) -> Tensor:
        first, second = torch.randn(2, n, generator=generator)
        return torch.stack([first, correlation * first + root * second], dim=1)

    return sample


def coupled(n: int, generator: torch.Generator) -> Tensor:
    """`z_2 = +-z_1`: normal marginals, no correlation, full dependence."""
    first = torch.randn(n, generator=generator)
    signs = 2 * torch.randint(0, 2, (n,), generator=generator) - 1
    return torch.stack([first, signs * first], dim=1)


def mixture(num_dimensions: int, alpha: float = 1.0, beta: float = 1.0) -> GaussianMixturePrior:
    """Two one-hot components, their means times alpha and their covariances times beta."""
    return GaussianMixturePrior.one_hot(
        num_dimensions, 2, scale=alpha, standard_deviation=math.sqrt(beta)
    )


def marginals_and_correlation() -> list[Panel]:
    """Figure 4.1."""
    line, plane = (GaussianMixturePrior.standard_normal(d) for d in (1, 2))
    shapes: dict[str, Sampler] = {"prior N(0, I)": normal(1), "uniform": uniform}
    shapes["two modes"] = two_modes
    pairs: dict[str, Sampler] = {"prior N(0, I)": normal(2), "correlation 0.5": correlated(0.5)}
    pairs |= {"correlation 1": correlated(1.0), "z₂ = ±z₁": coupled}
    return [
        Panel("d = 1, KS alone", KS_ONLY, line, shapes),
        Panel("d = 2, KS alone", KS_ONLY, plane, pairs),
        Panel("d = 2, KS + covariance (thesis)", THESIS, plane, pairs),
        Panel("d = 2, KS + covariance + mean + sliced", DEFAULT, plane, pairs),
    ]


def unimodal() -> list[Panel]:
    """Figure 4.2."""
    result = []
    for d in (1, 2):
        prior = GaussianMixturePrior.standard_normal(d)
        means = {f"μ = {m:g}": normal(d, mean=m) for m in (0.0, 0.25, 0.5, 1.0, 2.0)}
        deviations = {f"σ = {s:g}": normal(d, deviation=s) for s in (1.0, 1.25, 1.5, 2.0, 3.0)}
        result.append(Panel(f"d = {d}, mean μ", THESIS, prior, means))
        result.append(Panel(f"d = {d}, standard deviation σ", THESIS, prior, deviations))
    return result


def multimodal() -> list[Panel]:
    """Figure 4.3."""
    result = []
    for d in (2, 3):
        means = {f"α = {a:g}": mixture(d, alpha=a).sample for a in (1.0, 1.5, 2.0, 3.0, 5.0)}
        spreads = {f"β = {b:g}": mixture(d, beta=b).sample for b in (1.0, 1.5, 2.0, 3.0, 5.0)}
        result.append(Panel(f"d = {d}, means times α", THESIS, mixture(d), means))
        result.append(Panel(f"d = {d}, covariances times β", THESIS, mixture(d), spreads))
    return result


PANELS = {"4.1": marginals_and_correlation, "4.2": unimodal, "4.3": multimodal}


def losses(panel: Panel, sampler: Sampler, n: int, repeats: int, generator: torch.Generator) -> Row:
    """Mean, 5 % and 95 % quantile of the loss over draws, in units of its noise floor."""
    regularizer = make_regularizer(panel.loss, panel.prior)
    floor = sum(panel.loss.weights.values())
    values = []
    for _ in range(repeats):
        codes = sampler(n, generator)
        values.append(regularizer.loss(regularizer(Encoding(codes, codes), generator)) / floor)
    drawn = torch.stack(values)
    low, high = drawn.quantile(torch.tensor([0.05, 0.95])).tolist()
    return {"n": n, "loss": float(drawn.mean()), "low": low, "high": high}


def curve_rows(figure: str, config: Config, seed: int) -> Iterator[Row]:
    """Loss against the number of codes."""
    generator = torch.Generator().manual_seed(seed)
    for panel in PANELS[figure]():
        for label, sampler in panel.samplers.items():
            for n in config.sizes:
                row = losses(panel, sampler, n, config.repeats, generator)
                yield {"figure": figure, "panel": panel.title, "codes": label, **row}


def grid_rows(figure: str, config: Config, seed: int) -> Iterator[Row]:
    """Loss against the factors of means and covariances."""
    generator = torch.Generator().manual_seed(seed)
    for d in (2, 3):
        panel = Panel(f"d = {d}", THESIS, mixture(d), {})
        for alpha in config.factors:
            for beta in config.factors:
                sampler = mixture(d, alpha, beta).sample
                row = losses(panel, sampler, config.grid_size, config.grid_repeats, generator)
                labels = {"codes": f"α = {alpha:g}, β = {beta:g}", "alpha": alpha, "beta": beta}
                yield {"figure": figure, "panel": panel.title, **labels, **row}


def draw_curves(rows: list[Row]) -> Figure:
    """Panels of loss against number of codes, both on logarithmic axes."""
    titles = list(dict.fromkeys(row["panel"] for row in rows))
    figure = Figure(figsize=(9.5, 7.2), layout="constrained")
    for ax, title in zip(figure.subplots(2, 2, sharex=True, sharey=True).flat, titles, strict=True):
        _draw_panel(ax, title, [row for row in rows if row["panel"] == title])
    # Room for the legends; the panels share their axes.
    figure.axes[0].set_ylim(top=10 * max(row["high"] for row in rows))
    figure.supxlabel("number of codes N")
    figure.supylabel("weighted loss / its expectation under the prior")
    return figure


def _draw_panel(ax: Axes, title: str, rows: list[Row]) -> None:
    ax.axhline(1.0, color="0.35", linestyle=":", linewidth=1.2, zorder=1)
    for i, label in enumerate(dict.fromkeys(row["codes"] for row in rows)):
        points = [row for row in rows if row["codes"] == label]
        sizes = [row["n"] for row in points]
        style: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "markersize": 4.5}
        ax.plot(sizes, [row["loss"] for row in points], label=label, **style)
        low, high = ([row[key] for row in points] for key in ("low", "high"))
        ax.fill_between(sizes, low, high, color=COLOURS[i], alpha=0.15, linewidth=0)
    ax.set(xscale="log", yscale="log", title=title)
    ax.grid(alpha=0.25)
    ax.legend(frameon=False, loc="upper left")


def draw_grid(rows: list[Row]) -> Figure:
    """Heat maps of the loss over alpha and beta."""
    titles = list(dict.fromkeys(row["panel"] for row in rows))
    figure = Figure(figsize=(9.5, 4.4), layout=ConstrainedLayoutEngine(wspace=0.05))
    norm = mpl.colors.LogNorm(1, max(row["loss"] for row in rows))
    axes = figure.subplots(1, len(titles), sharey=True)
    for ax, title in zip(axes, titles, strict=True):
        points = [row for row in rows if row["panel"] == title]
        alphas, betas = (sorted({row[key] for row in points}) for key in ("alpha", "beta"))
        cells = {(row["alpha"], row["beta"]): row["loss"] for row in points}
        values = [[cells[alpha, beta] for alpha in alphas] for beta in betas]
        mesh = ax.pcolormesh(alphas, betas, values, norm=norm, cmap="cividis", shading="gouraud")
        lines = ax.contour(alphas, betas, values, levels=LEVELS, colors="white")
        ax.clabel(lines, fmt="%g", fontsize=8)
        ax.plot(1, 1, "*", color="white", markersize=12, markeredgecolor="black")
        ax.set(xscale="log", yscale="log", title=title, xlabel="factor α of the means")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(mpl.ticker.LogLocator(base=2, numticks=20))
            axis.set_major_formatter("{x:g}")
            axis.set_minor_locator(mpl.ticker.NullLocator())
    axes[0].set_ylabel("factor β of the covariances")
    figure.colorbar(mesh, ax=axes, label="weighted loss / its expectation under the prior")
    return figure


FIGURES: dict[str, tuple[Callable[..., Iterator[Row]], Callable[[list[Row]], Figure]]] = {
    "4.1": (curve_rows, draw_curves),
    "4.2": (curve_rows, draw_curves),
    "4.3": (curve_rows, draw_curves),
    "4.4": (grid_rows, draw_grid),
}


def table(rows: list[Row]) -> str:
    """Losses at the largest number of codes and some cells of the grid, as Markdown."""
    lines = ["Loss in units of its expectation under the prior (mean, 5 % to 95 % of draws).", ""]
    lines += ["| figure | panel | codes | N | loss | 5 % | 95 % |", "|---|---|---|---|---|---|---|"]
    largest = max(row["n"] for row in rows if "alpha" not in row)
    for row in rows:
        if {row["alpha"], row["beta"]} <= {0.5, 1, 2} if "alpha" in row else row["n"] == largest:
            numbers = " | ".join(f"{row[key]:.2f}" for key in ("loss", "low", "high"))
            names = f"{row['figure']} | {row['panel']} | {row['codes']} | {row['n']}"
            lines.append(f"| {names} | {numbers} |")
    return "\n".join(lines) + "\n"


def versions() -> dict[str, str]:
    """Versions of the code and of torch."""
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    return {"commit": commit, "latentbo": latentbo.__version__, "torch": torch.__version__}


def run(config: Config, seed: int, out: Path) -> None:
    """Compute the missing numbers, draw all figures and write the table."""
    everything: list[Row] = []
    for figure, (compute, draw) in FIGURES.items():
        numbers = out / f"figure_{figure}.jsonl"
        if not numbers.exists():
            lines = [json.dumps(row) + "\n" for row in compute(figure, config, seed)]
            write_whole(numbers, "".join(lines))
        rows = [json.loads(line) for line in numbers.read_text().splitlines()]
        draw(rows).savefig(out / f"figure_{figure}.png", dpi=150)
        print(f"figure {figure}: {out / f'figure_{figure}.png'}")
        everything += rows
    (out / "table.md").write_text(table(everything))


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="new folder")
    parser.add_argument("--resume", action="store_true", help="keep figures already computed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--smoke", action="store_true", help="a few points of each figure")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    config = SMOKE if options.smoke else Config()
    settings = {"config": asdict(config), "seed": options.seed}

    def work() -> None:
        claim(options.out, settings, versions(), options.resume)
        run(config, options.seed, options.out)

    return run_study(work)


if __name__ == "__main__":
    sys.exit(main())
