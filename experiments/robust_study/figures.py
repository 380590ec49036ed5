"""Figures 5.2 to 5.7: attacked images from pictures, losses and distances from rows alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from images_study import figures as images_figures
from images_study.figures import mosaic, pictures_of
from images_study.tables import named
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from study.figures import INK, bars, plain, png
from study.table import Row, grouped
from torch import Tensor

from latentbo.images.data import IMAGE_DATASETS
from robust_study.cells import radii, trial_cell

# Okabe and Ito's colours; markers tell methods apart without colour.
STYLES = {
    "vae": ("#000000", "o"),
    "beta-vae": ("#56b4e9", "v"),
    "beta-tcvae": ("#009e73", "^"),
    "lipschitz-vae": ("#b8a400", "<"),
    "smooth-encoder": ("#cc79a7", ">"),
    "avae": ("#8a6d3b", "P"),
    "gmm-dae": ("#0072b2", "s"),
    "augmented": ("#e69f00", "D"),
    "coupled": ("#d55e00", "o"),
}
OTHERS = (("#667085", "X"), ("#7b3294", "h"), ("#1b7837", "p"), ("#2166ac", "*"))
MARK = {"markersize": 5.5, "linewidth": 0.8, "alpha": 0.95, "elinewidth": 1.2, "capsize": 2}
#: Share of the way between two bounds that the methods' marks take, side by side.
DODGE = 0.6
#: Goal -> heads of the columns of a picture.
HEADS = {"latent": ("x", "r(x)", "x′", "r(x′)", "t"), "damage": ("x", "r(x)", "x′", "r(x′)")}
TITLES = {"latent": "latent-space attack", "damage": "maximum-damage attack"}


def figures(rows: Sequence[Row], out: Path) -> dict[str, bytes]:
    """Return the figures that there are results for: file name -> PNG.

    Args:
        rows: Of `results.jsonl`.
        out: The study's folder, which holds the pictures that measurements left.
    """
    return images_figures.figures(rows, out) | attack_figures(rows, out)


def attack_figures(rows: Sequence[Row], out: Path) -> dict[str, bytes]:
    """Return figures 5.2 to 5.7 alone; arguments as for `figures`."""
    found = {}
    for name, own in named(rows).items():
        found[f"figure_5.6_{name}.png"] = png(measures_figure(own, LOSSES))
        found[f"figure_5.7_{name}.png"] = png(measures_figure(own, DISTANCES))
        pictures = pictures_of(own, out)
        is_grey = IMAGE_DATASETS[own[0]["dataset"]].channels == 1
        for goal, number in (("latent", 2), ("damage", 4)):
            shown = {method: each[f"attack-{goal}"] for method, each in pictures.items()}
            if shown:
                file = f"figure_5.{number if is_grey else number + 1}_{name}.png"
                found[file] = png(pictures_figure(own, shown, goal))
    return found


#: Panels of figure 5.6 and of figure 5.7: goal, measure and label.
LOSSES = (
    ("latent", "losses", "distance of codes from the target's\nhigher is better"),
    ("latent", "relative_losses", "the same, over the clean distance\nhigher is better"),
    ("damage", "losses", "distance of reconstructions\nlower is better"),
    ("damage", "relative_losses", "the same, over that of different images\nlower is better"),
)
DISTANCES = (
    ("latent", "distances", "distance of target and r(x′)\nhigher is better"),
    ("damage", "distances", "distance of x and r(x′)\nlower is better"),
)


def measures_figure(rows: Sequence[Row], panels: Sequence[tuple[str, str, str]]) -> Figure:
    """Draw measures under attack against the bound, a mark a method.

    Bars are standard deviations over trials.

    Args:
        rows: Of one data set and measurement.
        panels: Goal, measure and label of each, two a row.
    """
    groups = grouped(rows, "variant")
    height = len(panels) // 2
    legend = 0.26 * -(-len(groups) // 5)
    figure = Figure(figsize=(9.2, 3.1 * height + 0.5 + legend))
    figure.set_layout_engine("constrained", wspace=0.06)
    places = figure.subplots(height, 2, squeeze=False).flat
    for axes, (goal, measure, label) in zip(places, panels, strict=True):
        for number, (variant, own) in enumerate(groups.items()):
            _marks(axes, own, goal, measure, (variant, number, len(groups)))
        axes.set_xticks(range(len(radii(rows))), [f"λ = {radius:g}" for radius in radii(rows)])
        axes.set_xlim(-0.5, len(radii(rows)) - 0.5)
        axes.set_ylim(0, 1.05 * axes.get_ylim()[1])
        axes.set_ylabel(label, color=INK, fontsize=9)
        axes.set_title(TITLES[goal], loc="left", color=INK, fontsize=10)
        plain(axes)
        axes.grid(visible=False, axis="x")
    first = rows[0]
    seeds = len({row["seed"] for row in rows})
    trials = len(first["clean"]["similarities"])
    title = (
        f"{first['dataset']}, {seeds} training{'s' * (seeds > 1)}, {trials} "
        f"trial{'s' * (trials > 1)} of {first['attack_images']} images each"
    )
    figure.suptitle(title, x=0.01, ha="left", color=INK, fontsize=11)
    handles, names = places[0].get_legend_handles_labels()
    columns = min(5, len(groups))
    figure.legend(
        handles, names, loc="outside lower center", ncols=columns, frameon=False, fontsize=9
    )
    return figure


def style_of(variant: str, number: int) -> tuple[str, str]:
    """Return colour and marker of a variant, the `number`-th of a figure."""
    return STYLES.get(variant, OTHERS[number % len(OTHERS)])


def _marks(
    axes: Axes, rows: Sequence[Row], goal: str, measure: str, place: tuple[str, int, int]
) -> None:
    """Draw one method; `place` is its name, its number and the number of methods."""
    variant, number, count = place
    cells = [trial_cell(rows, goal, radius, measure) for radius in radii(rows)]
    shift = DODGE * ((number + 0.5) / count - 0.5)
    colour, marker = style_of(variant, number)
    places = [position + shift for position in range(len(cells))]
    bars(axes, places, cells, label=variant, color=colour, marker=marker, **MARK)


def pictures_figure(rows: Sequence[Row], pictures: Mapping[str, Tensor], goal: str) -> Figure:
    """Draw attacked images, methods below each other, bounds side by side (figures 5.2 to 5.5).

    Args:
        rows: Of one data set and measurement.
        pictures: Variant -> `L x r x m x c x h x w` bytes: for each bound r images, whose m columns
            `HEADS` tells.
        goal: `latent` or `damage`.
    """
    lambdas, first = radii(rows), next(iter(pictures.values()))
    number, columns = first.shape[1:3]
    inch = 0.47
    size = (inch * columns * len(lambdas) + 1.6, (inch * number + 0.14) * len(pictures) + 1.0)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(pictures), len(lambdas), squeeze=False)
    side = first.shape[-1] + 2
    for row, (variant, shown) in enumerate(pictures.items()):
        for column, (axes, images) in enumerate(zip(panels[row], shown, strict=True)):
            axes.imshow(mosaic(images, framed=True), cmap="gray", vmin=0, vmax=255)
            axes.spines[:].set_visible(False)
            axes.set_yticks([])
            axes.tick_params(
                length=0, labelcolor=INK, labelsize=8, labeltop=True, labelbottom=False
            )
            axes.set_xticks([side * (place + 0.5) for place in range(columns)], HEADS[goal])
            if row:
                axes.set_xticks([])
            else:
                axes.set_title(f"λ = {lambdas[column]:g}", color=INK, fontsize=10)
        panels[row, 0].set_ylabel(variant, color=INK, fontsize=9)
    gap = "\n" if len(lambdas) == 1 else " "
    title = f"{rows[0]['dataset']}: {TITLES[goal]},{gap}first training of each"
    figure.suptitle(title, color=INK, fontsize=11)
    return figure
