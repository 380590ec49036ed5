"""Made-up data, independent of files that could be missing or change."""

from itertools import product
from pathlib import Path

import torch
from torch import Tensor

HEADS, MIDDLES = ("C", "N", "O", "F", "Cl"), ("C", "CC", "C(C)", "CO", "CN")
TAILS = ("C", "O", "N", "C#N", "C=C", "c1ccccc1", "C1CC1", "CF")
#: Two hundred small molecules.
MOLECULES = ["".join(parts) for parts in product(HEADS, MIDDLES, TAILS)]
LEFT = ("x", "1", "2", "3", "sin(x)", "exp(x)")
RIGHT = ("x", "1", "sin(x*2)", "exp(x+1)", "3/x", "(x)", "sin(exp(x))", "2*x")
#: 144 expressions.
EXPRESSIONS = ["".join(parts) for parts in product(LEFT, "+*/", RIGHT)]


def write_lines(path: Path, lines: list[str]) -> Path:
    """Write lines, and return the path."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def bars(n: int = 120) -> tuple[Tensor, Tensor]:
    """Return `n x 1 x 16 x 16` images of horizontal (0) or vertical (1) bars, and the classes."""
    generator = torch.Generator().manual_seed(0)
    images = torch.zeros(n, 1, 16, 16, dtype=torch.uint8)
    labels = torch.arange(n) % 2
    for image, label in zip(images, labels, strict=True):
        place = int(torch.randint(0, 14, (), generator=generator))
        bar = image[0].t() if label else image[0]
        bar[place : place + 2] = 255
    return images, labels


def counted_squares(repeats: int = 32) -> tuple[Tensor, Tensor]:
    """Return images of 16 x 16 pixels with up to 2 full and 2 hollow squares, and the counts."""
    generator = torch.Generator().manual_seed(0)
    counts = torch.cartesian_prod(torch.arange(3), torch.arange(3)).repeat(repeats, 1)
    images = torch.zeros(len(counts), 1, 16, 16, dtype=torch.uint8)
    for image, (full, hollow) in zip(images, counts.tolist(), strict=True):
        places = torch.randperm(9, generator=generator)[: full + hollow].tolist()
        for number, place in enumerate(places):
            top, left = 5 * (place // 3) + 1, 5 * (place % 3) + 1
            image[0, top : top + 4, left : left + 4] = 255
            if number >= full:
                image[0, top + 1 : top + 3, left + 1 : left + 3] = 0
    return images, counts
