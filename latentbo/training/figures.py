"""Pictures of a trained model: codes against the prior, and what prior samples decode to."""

from collections.abc import Sequence
from io import BytesIO

import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rdkit.Chem.Draw import rdMolDraw2D
from torch import Tensor

from latentbo.chemistry import describe, parse_molecule
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import ks_expectation

__all__ = ["ks_by_dimension", "latent_png", "samples_png"]

INK, MUTED, FAINT = "#1b2230", "#667085", "#e6e9ef"
# From the colour-blind safe set of Okabe and Ito.
CODES, PRIOR = "#0072b2", "#e69f00"
ROWS, COLUMNS, CELL = 4, 6, (270, 230)  # samples; width and height of one in pixels


def ks_by_dimension(codes: Tensor, prior: GaussianMixturePrior) -> Tensor:
    """Return the KS term of each dimension over its expectation, `d`, for `n x d` codes."""
    n = len(codes)
    expected = prior.marginal_cdf(codes).sort(0).values
    positions = (torch.arange(n, dtype=codes.dtype, device=codes.device) + 0.5) / n
    return (expected - positions[:, None]).square().mean(0) / ks_expectation(n, "midpoint")


def latent_png(
    codes: Tensor, prior: GaussianMixturePrior, num_dimensions: int = 4, seed: int = 0
) -> bytes:
    """Draw pairs of latent dimensions: held-out codes against samples of the prior.

    The dimensions are those whose marginals are farthest from the prior's, so the picture shows
    the worst there is. The diagonal has the marginals: histogram of the codes, density of the
    prior.

    Args:
        codes: An `n x d`-dim tensor of noise-free held-out codes.
        prior: Their prior.
        num_dimensions: Number of dimensions shown.
        seed: Of the samples of the prior.

    Returns:
        A PNG file.
    """
    codes = codes.detach().cpu().to(prior.means)
    ratios = ks_by_dimension(codes, prior)
    worst = ratios.argsort(descending=True)[:num_dimensions].tolist()
    samples = prior.sample(len(codes), torch.Generator().manual_seed(seed))
    size = len(worst)
    figure = Figure(figsize=(2.3 * size + 0.4, 2.3 * size + 0.9), dpi=130, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.subplots(size, size, squeeze=False)
    pooled = torch.cat([codes[:, worst], samples[:, worst]])
    limit = 1.05 * float(pooled.abs().max())
    for i, row in enumerate(worst):
        for j, column in enumerate(worst):
            axes = grid[i][j]
            _style(axes, i, j, size, limit, (row, column))
            if i == j:
                _draw_marginal(axes, codes[:, row], prior, row, limit)
                axes.set_title(
                    f"KS {float(ratios[row]):.2f}", fontsize=9, color=MUTED, loc="right", pad=3
                )
            else:
                first, second = (samples, codes) if i > j else (codes, samples)
                _scatter(axes, first[:, [column, row]], CODES if first is codes else PRIOR)
                _scatter(axes, second[:, [column, row]], CODES if second is codes else PRIOR)
    _head(figure, len(codes), float(ratios.median()))
    return _png(figure)


def _style(
    axes: Axes, i: int, j: int, size: int, limit: float, dimensions: tuple[int, int]
) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=MUTED, labelsize=8, length=0)
    axes.set_xlim(-limit, limit)
    axes.locator_params(nbins=5)
    if i == j:
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    else:
        axes.set_ylim(-limit, limit)
    if i == size - 1:
        axes.set_xlabel(f"dimension {dimensions[1] + 1}", fontsize=9.5, color=INK)
    else:
        axes.set_xticklabels([])
    if j == 0:
        axes.set_ylabel(f"dimension {dimensions[0] + 1}", fontsize=9.5, color=INK)
    elif i != j:
        axes.set_yticklabels([])


def _scatter(axes: Axes, points: Tensor, colour: str) -> None:
    axes.scatter(points[:, 0], points[:, 1], s=5, color=colour, alpha=0.45, linewidths=0)


def _draw_marginal(
    axes: Axes, codes: Tensor, prior: GaussianMixturePrior, dimension: int, limit: float
) -> None:
    axes.hist(codes.numpy(), bins=40, density=True, color=CODES, alpha=0.45, linewidth=0)
    steps = torch.linspace(-limit, limit, 400, dtype=codes.dtype)
    deviations = prior.variances[:, dimension].sqrt()
    scaled = (steps[:, None] - prior.means[:, dimension]) / deviations
    density = torch.exp(-0.5 * scaled.square()) / (deviations * (2 * torch.pi) ** 0.5)
    axes.plot(steps, density @ prior.weights, color=PRIOR, linewidth=2)


def _head(figure: Figure, num_codes: int, median: float) -> None:
    height = figure.get_size_inches()[1]
    figure.subplots_adjust(
        left=0.085, right=0.98, bottom=0.07, top=1 - 0.95 / height, wspace=0.12, hspace=0.16
    )
    top = 1 - 0.22 / height
    figure.text(
        0.085, top, "Codes against the prior", fontsize=13, weight="bold", color=INK, va="center"
    )
    second = 1 - 0.5 / height
    figure.text(
        0.085,
        second,
        f"{num_codes:,} held-out codes",
        color=CODES,
        fontsize=10,
        va="center",
        weight="bold",
    )
    figure.text(
        0.34, second, "prior samples, density", color=PRIOR, fontsize=10, va="center", weight="bold"
    )
    figure.text(
        0.98,
        second,
        f"the dimensions farthest from it; KS of the median one {median:.2f} (1 = noise floor)",
        fontsize=8.5,
        color=MUTED,
        va="center",
        ha="right",
    )


def samples_png(strings: Sequence[str], molecular: bool) -> bytes:
    """Draw the first 24 strings that prior samples decode to: structures, or text.

    Args:
        strings: Canonical valid strings; there may be fewer.
        molecular: Whether they are molecules.

    Returns:
        A PNG file.
    """
    shown = list(strings[: ROWS * COLUMNS])
    return _structures(shown) if molecular and shown else _texts(shown)


def _structures(smiles: list[str]) -> bytes:
    rows = -(-len(smiles) // COLUMNS)
    width, height = CELL
    drawer = rdMolDraw2D.MolDraw2DCairo(COLUMNS * width, rows * height, width, height)
    options = drawer.drawOptions()
    options.bondLineWidth = 1.6
    options.fixedBondLength = 24.0  # at most: small molecules are not blown up
    options.padding = 0.08
    options.legendFontSize = 14
    options.legendFraction = 0.12
    legends = []
    for string in smiles:
        numbers = describe(string)
        legends.append(f"QED {numbers.qed:.2f}   SA {numbers.sa:.1f}")
    drawer.DrawMolecules([parse_molecule(string) for string in smiles], legends=legends)
    drawer.FinishDrawing()
    return bytes(drawer.GetDrawingText())


def _texts(strings: list[str]) -> bytes:
    figure = Figure(figsize=(9.0, 0.3 * max(len(strings), 1) + 0.8), dpi=130, facecolor="white")
    FigureCanvasAgg(figure)
    lines = strings or ["no sample of the prior decodes to a valid string"]
    figure.text(0.03, 0.97, "Samples of the prior", fontsize=13, weight="bold", color=INK, va="top")
    for number, string in enumerate(lines):
        shown = string if len(string) <= 90 else f"{string[:89]}…"
        figure.text(
            0.03,
            (len(lines) - number - 0.5) / (len(lines) + 2.7),
            shown,
            fontsize=10,
            family="monospace",
            color=INK,
            va="center",
            parse_math=False,
        )
    return _png(figure)


def _png(figure: Figure) -> bytes:
    stream = BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
