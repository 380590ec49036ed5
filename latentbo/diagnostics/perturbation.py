"""How far codes and values move if a code is moved a little.

A search moves codes by small steps and trusts that what they decode to changes little, and that
the code of what it gets is near the code it asked for. Both are measured here, from the codes of
unseen strings, with noise along the same directions at every radius.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.diagnostics.decoding import NOISE_LEVELS, read_decodes
from latentbo.models import TrainedModel

__all__ = [
    "RADII",
    "Moved",
    "Perturbation",
    "code_distances",
    "measure_perturbation",
    "moved_codes",
]

#: Standard deviations of the noise, in units of the prior's; 0 is what decoding alone does.
RADII = (0.0, *NOISE_LEVELS)


@dataclass(frozen=True)
class Perturbation:
    """What becomes of codes that are moved by Gaussian noise, decoded greedily.

    Attributes:
        radius: Standard deviation of the noise, in units of the prior's in each dimension.
        num_codes: How many codes were moved; each decodes to a string of the task unmoved.
        num_valid: Of the moved ones, how many decode to a string of the task.
        num_same: How many decode to the same string as unmoved.
        code_distance: From a moved code to the code of what it decodes to: root mean square over
            the dimensions in units of the prior's standard deviation, mean over the codes that
            decode to a string that the model can encode; None if none does.
        value_change: Absolute difference of the objective's value to that of the string of the
            unmoved code, over the standard deviation of the data's values, mean over the pairs with
            both values (0 where the string is the same); None without such pairs, or objective.
    """

    radius: float
    num_codes: int
    num_valid: int
    num_same: int
    code_distance: float | None
    value_change: float | None

    @property
    def valid(self) -> float:
        """Share of the moved codes that decode to something."""
        return self.num_valid / max(1, self.num_codes)

    @property
    def same(self) -> float:
        """Share of the moved codes that decode to the same."""
        return self.num_same / max(1, self.num_codes)


@dataclass(frozen=True, eq=False)
class Moved:
    """Codes that were moved, and what they decode to.

    Attributes:
        radius: As of `Perturbation`.
        codes: An `n x d`-dim tensor.
        strings: Their canonical strings, None where there is none.
    """

    radius: float
    codes: Tensor
    strings: list[str | None]


def moved_codes(
    model: TrainedModel,
    codes: Tensor,
    canonical: Callable[[str], str | None],
    seed: int = 0,
    say: Callable[[str], None] = lambda text: None,
) -> list[Moved]:
    """Move codes by each of `RADII` and decode them greedily.

    Args:
        model: The model.
        codes: An `n x d`-dim tensor.
        canonical: A string to its canonical form, None if it is none of the task.
        seed: Of the directions, which are the same for all radii and models of d dimensions.
        say: Told what is being done.

    Returns:
        One a radius, of the codes that decode to something unmoved; the unmoved ones are first.
    """
    directions = torch.randn(codes.shape, generator=torch.Generator().manual_seed(seed))
    steps = model.prior.covariance.diagonal().sqrt() * directions
    found = []
    for radius in RADII:
        say(f"decoding {len(codes)} codes moved by {radius:g}")
        moved = codes + radius * steps
        found.append(Moved(radius, moved, read_decodes(model.decode(moved), canonical)))
    kept = [row for row, string in enumerate(found[0].strings) if string is not None]
    return [Moved(m.radius, m.codes[kept], [m.strings[row] for row in kept]) for m in found]


def measure_perturbation(
    model: TrainedModel,
    start: Moved,
    moved: Moved,
    values: Callable[[Sequence[str | None]], Tensor] | None = None,
    deviation: float = 1.0,
) -> Perturbation:
    """Compare moved codes with unmoved ones.

    Args:
        model: The model.
        start: The unmoved codes.
        moved: The moved ones, row for row.
        values: The objective: `n` strings to `n` doubles, NaN where there is none; or None.
        deviation: Standard deviation of the data's values, > 0.

    Raises:
        ValueError: If the deviation is not positive.
    """
    if not deviation > 0:
        raise ValueError(f"the deviation must be positive, not {deviation}")
    pairs = list(zip(start.strings, moved.strings, strict=True))
    change = None
    if values is not None:
        change = _mean((values(start.strings) - values(moved.strings)).abs() / deviation)
    return Perturbation(
        radius=moved.radius,
        num_codes=len(pairs),
        num_valid=sum(after is not None for _, after in pairs),
        num_same=sum(before == after for before, after in pairs),
        code_distance=_mean(code_distances(model, moved)),
        value_change=change,
    )


def code_distances(model: TrainedModel, moved: Moved) -> Tensor:
    """Return how far each code is from the code of its string, `n`; NaN where there is none.

    Root mean square over the dimensions, in units of the prior's standard deviation.
    """
    distances = torch.full((len(moved.strings),), torch.nan)
    known = [(row, s) for row, s in enumerate(moved.strings) if s is not None]
    rows = [(row, string) for row, string in known if model.can_encode(string)]
    if rows:
        places = [row for row, _ in rows]
        shifts = model.encode([string for _, string in rows]) - moved.codes[places]
        units = shifts / model.prior.covariance.diagonal().sqrt()
        distances[places] = units.square().mean(1).sqrt()
    return distances


def _mean(numbers: Tensor) -> float | None:
    known = numbers[~numbers.isnan()]
    return float(known.mean()) if len(known) else None
