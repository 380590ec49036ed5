"""Figures of a trained model: codes against the prior, and decoded prior samples."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from rdkit.Chem.Draw import rdMolDraw2D
from torch import Tensor

from latentbo.chemistry import describe, parse_molecule
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import ks_expectation

INK, MUTED, FAINT = "#1b2230", "#667085", "#e6e9ef"
# From the colour-blind safe set of Okabe and Ito.
CODES, PRIOR = "#0072b2", "#e69f00"
# Colour -> atomic numbers; -1 is the rest.
ATOM_COLOURS = {
    "#1b2230": (-1, 1, 6),
    "#2557d6": (7,),
    "#c8322b": (8,),
    "#8f6a00": (16,),
    "#16793a": (9, 17, 35, 53),
    "#b0560a": (15,),
}
ROWS, COLUMNS, CELL = 4, 6, (290, 250)  # samples; width and height of one in pixels


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

    The dimensions are those whose marginals are farthest from the prior's, so the figure shows the
    worst case. The diagonal has the marginals: histogram of the codes, density of the prior.

    Args:
        codes: An `n x d`-dim tensor of noise-free held-out codes.
        prior: Their prior.
        num_dimensions: Number of dimensions shown.
        seed: Of the samples of the prior.

    Returns:
        A PNG file.
    """
    codes = codes.detach().to(prior.means)
    ratios = ks_by_dimension(codes, prior)
    worst = ratios.argsort(descending=True)[:num_dimensions].tolist()
    generator = torch.Generator().manual_seed(seed)
    samples = prior.sample(len(codes), generator)
    # In random order, so that neither set of points hides the other.
    order = torch.randperm(2 * len(codes), generator=generator)
    points = torch.cat([codes, samples])[order]
    colours = [CODES if i < len(codes) else PRIOR for i in order.tolist()]
    limit = 1.05 * float(points[:, worst].abs().max())
    size = len(worst)
    figure = Figure(figsize=(2.3 * size + 0.4, 2.3 * size + 1.1), dpi=130, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.subplots(size, size, squeeze=False)
    for i, row in enumerate(worst):
        for j, column in enumerate(worst):
            axes = grid[i][j]
            axes.set_xlim(-limit, limit)
            if i == j:
                _draw_marginal(axes, codes[:, row], prior, row, limit)
                axes.set_title(
                    f"KS {float(ratios[row]):.2f}", fontsize=9, color=MUTED, loc="right", pad=3
                )
            else:
                axes.set_ylim(-limit, limit)
                axes.scatter(
                    points[:, column], points[:, row], s=5, c=colours, alpha=0.5, linewidths=0
                )
            _style(axes, on_diagonal=i == j)
            axes.tick_params(labelbottom=i == size - 1, labelleft=j == 0)
        grid[i][0].set_ylabel(f"dimension {row + 1}", fontsize=9.5, color=INK)
        grid[-1][i].set_xlabel(f"dimension {row + 1}", fontsize=9.5, color=INK)
    _head(figure, len(codes), float(ratios.median()))
    return _png(figure)


def _style(axes: Axes, on_diagonal: bool) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=MUTED, labelsize=8, length=0)
    if on_diagonal:
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.locator_params(axis="x", nbins=5)
    else:
        axes.locator_params(nbins=5)


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
    """Draw title and legend above the panels; the legend's text has the colours of the data."""
    height = figure.get_size_inches()[1]
    figure.subplots_adjust(
        left=0.085, right=0.98, bottom=0.07, top=1 - 1.15 / height, wspace=0.12, hspace=0.16
    )
    explanation = (
        f"The {len(figure.axes) ** 0.5:.0f} dimensions whose marginals are farthest from the "
        f"prior's (KS term, 1 = noise floor; median of all dimensions {median:.2f})"
    )
    lines = (
        (0.22, 0.085, "Latent codes against the prior", INK, 13, "bold"),
        (0.50, 0.085, f"{num_codes:,} held-out codes", CODES, 10, "bold"),
        (0.50, 0.34, "samples and marginal density of the prior", PRIOR, 10, "bold"),
        (0.74, 0.085, explanation, MUTED, 9, "normal"),
    )
    for below, left, text, colour, size, weight in lines:
        figure.text(
            *(left, 1 - below / height, text),
            color=colour,
            fontsize=size,
            weight=weight,
            va="center",
        )


def samples_png(strings: Sequence[str], molecular: bool) -> bytes:
    """Draw the first 24 decoded prior samples: structures, or text.

    Args:
        strings: Canonical valid strings; there may be fewer.
        molecular: Whether the strings are molecules.

    Returns:
        A PNG file.
    """
    shown = list(strings[: ROWS * COLUMNS])
    return _structures(shown) if molecular and shown else _texts(shown)


def _structures(smiles: list[str]) -> bytes:
    rows = -(-len(smiles) // COLUMNS)
    width, height = CELL
    drawer = rdMolDraw2D.MolDraw2DCairo(COLUMNS * width, rows * height, width, height)
    options: Any = drawer.drawOptions()  # the type stubs of its attributes are wrong
    options.bondLineWidth = 2
    options.fixedBondLength = 36.0  # a maximum: small molecules are not enlarged
    options.drawMolsSameScale = False
    options.minFontSize = 13
    options.padding = 0.06
    options.legendFontSize = 15
    options.legendFraction = 0.13
    options.setAtomPalette({atom: to_rgb(c) for c, atoms in ATOM_COLOURS.items() for atom in atoms})
    options.setLegendColour(to_rgb(MUTED))
    described = [describe(string) for string in smiles]
    drawer.DrawMolecules(
        [parse_molecule(string) for string in smiles],
        legends=[f"QED {numbers.qed:.2f}    SA {numbers.sa:.1f}" for numbers in described],
    )
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
