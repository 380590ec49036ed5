"""The figure of a confusion matrix of clusters and classes."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from latentbo.errors import InputError

INK, MUTED, SURFACE = "#1b2230", "#667085", "#ffffff"
# One hue, from the background to full strength: a cell's share of its class.
SHADES = ("#ffffff", "#cfe3f1", "#7db5da", "#0072b2", "#004a75")
# Above this share the cell is too dark for dark digits.
DARK = 0.6


def confusion_figure(
    counts: Tensor,
    matching: Sequence[tuple[int, int]],
    class_names: Sequence[str] | None = None,
    title: str = "Clusters against classes",
    across: str = "cluster",
) -> bytes:
    """Draw the confusion matrix: classes down, clusters across, matched pairs on the diagonal.

    Each cell shows the share of the class, in percent, that fell into the cluster.

    Args:
        counts: A `K x C`-dim tensor of counts by cluster and class, as from `confusion_counts`.
        matching: Pairs (cluster, class), as from `clustering_accuracy`.
        class_names: Names of the classes (default: their numbers).
        title: Title of the figure.
        across: Name of the columns.

    Returns:
        A PNG file.

    Raises:
        InputError: If there are no counts, or names or pairs do not fit.
    """
    names = _checked_names(counts, matching, class_names)

    clusters, classes = _order(len(counts), counts.shape[1], matching)
    ordered = counts.cpu().double()[clusters][:, classes].T
    shares = ordered / ordered.sum(1, keepdim=True).clamp(min=1)
    left = 0.55 + 0.085 * max(len(name) for name in names)
    width, height = max(left + 0.2 + 0.5 * len(clusters), 6.0), 1.75 + 0.42 * len(classes)
    figure = Figure(figsize=(width, height), dpi=130, facecolor=SURFACE)
    FigureCanvasAgg(figure)
    axes = figure.add_axes(
        (left / width, 0.65 / height, 1 - (left + 0.2) / width, 1 - 1.6 / height)
    )
    _draw_cells(axes, shares, len(matching))
    _label(axes, clusters, [names[each] for each in classes], across)
    right = sum(int(counts[pair]) for pair in matching)
    _head(figure, title, right, int(counts.sum()))
    stream = BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _checked_names(
    counts: Tensor, matching: Sequence[tuple[int, int]], names: Sequence[str] | None
) -> list[str]:
    if counts.ndim != 2 or not counts.numel() or not counts.sum():
        raise InputError(
            f"counts have shape {tuple(counts.shape)} and sum {int(counts.sum())}; give clusters x "
            "classes with at least one image, as from confusion_counts()"
        )
    num_clusters, num_classes = counts.shape
    for pair in matching:
        if not (0 <= pair[0] < num_clusters and 0 <= pair[1] < num_classes):
            raise InputError(
                f"the matching names (cluster, class) {pair} and counts are {num_clusters} x "
                f"{num_classes}; give the matching of these counts"
            )
    if names is None:
        return [str(number) for number in range(num_classes)]
    if len(names) != num_classes:
        raise InputError(f"got {len(names)} class names for {num_classes} classes; name each once")
    return list(names)


def _order(
    num_clusters: int, num_classes: int, matching: Sequence[tuple[int, int]]
) -> tuple[list[int], list[int]]:
    """Clusters and classes, matched pairs first and in the order of the classes."""
    pairs = sorted(matching, key=lambda pair: pair[1])
    clusters = [cluster for cluster, _ in pairs]
    classes = [class_ for _, class_ in pairs]
    clusters += [each for each in range(num_clusters) if each not in clusters]
    classes += [each for each in range(num_classes) if each not in classes]
    return clusters, classes


def _draw_cells(axes: Any, shares: Tensor, num_matched: int) -> None:
    shades = LinearSegmentedColormap.from_list("shares", SHADES)
    axes.imshow(shares.numpy(), cmap=shades, vmin=0, vmax=1, aspect="auto")
    for row, values in enumerate(shares.tolist()):
        for column, share in enumerate(values):
            # Cells that round to zero stay empty, to make errors visible.
            if share >= 0.005:
                colour = SURFACE if share > DARK else INK
                axes.text(
                    *(column, row, f"{100 * share:.0f}"),
                    color=colour,
                    fontsize=9,
                    ha="center",
                    va="center",
                )
    for place in range(num_matched):
        axes.add_patch(
            Rectangle(
                (place - 0.5, place - 0.5),
                1,
                1,
                fill=False,
                edgecolor=INK,
                linewidth=1.2,
                clip_on=False,
            )
        )


def _label(axes: Any, clusters: list[int], names: list[str], across: str) -> None:
    axes.set_xticks(range(len(clusters)), [str(each) for each in clusters])
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(colors=INK, labelsize=9, length=0)
    axes.set_xlabel(across, fontsize=9.5, color=MUTED)
    axes.set_ylabel("class", fontsize=9.5, color=MUTED)
    axes.spines[:].set_visible(False)


def _head(figure: Any, title: str, right: int, number: int) -> None:
    height = figure.get_size_inches()[1]
    lines = (
        (0.26, title, INK, 13, "bold"),
        (
            0.53,
            f"{100 * right / number:.1f} % of {number:,} in the matched pairs",
            INK,
            10,
            "normal",
        ),
        (0.75, "percent of each class; matched pairs are framed", MUTED, 9, "normal"),
    )
    left = 0.15 / figure.get_size_inches()[0]
    for below, text, colour, size, weight in lines:
        figure.text(
            *(left, 1 - below / height, text),
            color=colour,
            fontsize=size,
            weight=weight,
            va="center",
        )
