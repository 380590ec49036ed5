"""Figures of image generation: distances from the rows of `results.jsonl`, and pictures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import torch
from matplotlib.figure import Figure
from safetensors.torch import load_file
from study.figures import INK, lines_below, mark, plain, png, point
from study.table import Row, grouped, mean
from torch import Tensor

from images_study.generation import KINDS
from images_study.tables import named

Figures = Callable[[Sequence[Row], Path], dict[str, bytes]]
# Characters of a line of a name beside pictures.
LABEL_WIDTH = 16
# Okabe and Ito's colours; markers tell the kinds apart without colour.
MARKERS = {
    "prior": ("o", "#d55e00", True),
    "mixture": ("o", "#d55e00", False),
    "reconstruction": ("s", "#0072b2", True),
    "interpolation": ("^", "#009e73", True),
}
POINT = {"markersize": 6, "markeredgewidth": 1.5, "elinewidth": 1.4, "capsize": 2}
BLOCKS = ("prior", "mixture", "reconstruction", "interpolation")


def drawn(**kinds: Callable[[Sequence[Row]], Figure]) -> Figures:
    """Return what draws figures of each data set and kind of measurement, and its pictures.

    Args:
        kinds: First word of the file's name -> from rows to a figure.

    Returns:
        From rows and the study's folder, which holds the pictures that measurements left, to PNG
        files by name.
    """

    def draw(rows: Sequence[Row], out: Path) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for name, own in named(rows).items():
            found |= {f"{kind}_{name}.png": png(make(own)) for kind, make in kinds.items()}
            pictures = pictures_of(own, out)
            if pictures:
                found[f"pictures_{name}.png"] = png(pictures_figure(pictures, own[0]["dataset"]))
        return found

    return draw


def trainings_each(groups: Iterable[Sequence[Row]]) -> str:
    """Say how many trainings are behind each point of a figure: `3 trainings each`, `1 to 3 …`."""
    numbers = [len({row["seed"] for row in group}) for group in groups]
    least, most = min(numbers), max(numbers)
    told = str(most) if least == most else f"{least} to {most}"
    return f"{told} training{'s' * (most > 1)} each"


def distances_figure(rows: Sequence[Row]) -> Figure:
    """Draw the four distances of each variant, a line a variant; a bar is one standard error."""
    groups = grouped(rows, "variant")
    figure = Figure(figsize=(7.6, 1.8 + 0.42 * len(groups)), layout="constrained")
    axes = figure.subplots()
    for place, own in enumerate(groups.values()):
        for number, kind in enumerate(MARKERS):
            # Below each other, so that none hides another.
            marker, colour, filled = MARKERS[kind]
            style = {"fmt": marker, "color": colour, **POINT}
            height = place + 0.18 * (number - 1.5)
            point(axes, height, mean(kind, "frechet")(own), filled, **style)
    lines_below(axes, groups)
    largest = max(axes.get_xlim())
    axes.set_xlim(0, 1.03 * largest)
    axes.set_xlabel(f"{rows[0]['distance']}, lower is better")
    title = f"{rows[0]['dataset']}, {trainings_each(groups.values())}"
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    plain(axes)
    key = [mark(KINDS[kind], *look) for kind, look in MARKERS.items()]
    figure.legend(handles=key, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure


def pictures_of(rows: Sequence[Row], out: Path) -> dict[str, dict[str, Tensor]]:
    """Read the pictures of each variant's first seed, where they are."""
    found = {}
    for variant, own in grouped(rows, "variant").items():
        first = min(own, key=lambda row: row["seed"])
        path = out / first["folder"] / "pictures.safetensors"
        if path.is_file():
            found[variant] = load_file(path)
    return found


def pictures_figure(pictures: Mapping[str, Mapping[str, Tensor]], dataset: str) -> Figure:
    """Draw samples, reconstructions and interpolations of variants below each other.

    Args:
        pictures: Variant -> kind -> `r x m x c x h x w` bytes; `test` are the originals of
            `reconstruction`.
        dataset: For the title.
    """
    height, width = next(iter(pictures.values()))["test"].shape[:2]
    size = 10.6 * height / width / len(BLOCKS)
    figure = Figure(figsize=(11, (size + 0.12) * (len(pictures) + 1) + 0.5), layout="constrained")
    panels = figure.subplots(len(pictures) + 1, len(BLOCKS), squeeze=False)
    originals = next(iter(pictures.values()))["test"]
    for column, kind in enumerate(BLOCKS):
        panels[0, column].set_title(KINDS[kind], color=INK, fontsize=10)
        for row, shown in enumerate([{"reconstruction": originals}, *pictures.values()]):
            axes = panels[row, column]
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
            # A white one keeps the place of what there is not.
            images = shown.get(kind, torch.full_like(originals, 255))
            axes.imshow(mosaic(images, kind in shown), cmap="gray", vmin=0, vmax=255)
    for row, label in enumerate(["test images", *pictures]):
        # A long name is broken at its hyphens: else it runs into its neighbours'.
        panels[row, 0].set_ylabel(fill(label, LABEL_WIDTH), color=INK, fontsize=9)
    figure.suptitle(f"{dataset}, first training of each", color=INK, fontsize=11)
    return figure


def mosaic(rows: Tensor, framed: bool) -> Any:
    """Set `r x m x c x h x w` pictures side by side: `H x W`, or `H x W x 3` in colour."""
    padded = torch.nn.functional.pad(rows, (1, 1, 1, 1), value=127 if framed else 255)
    joined = padded.permute(0, 3, 1, 4, 2).flatten(2, 3).flatten(0, 1)
    return (joined[..., 0] if joined.shape[-1] == 1 else joined).numpy()


#: Figures of image generation.
figures = drawn(distances=distances_figure)
