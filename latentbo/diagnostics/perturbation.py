"""Change of codes and values under small perturbations of a code.

A search moves codes by small steps. It assumes that the decoded string then changes little, and
that the code of the decoded string is near the proposed code. Both are measured here, from the
codes of unseen strings, with noise along the same directions at every radius.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.diagnostics.decoding import NOISE_LEVELS, read_decodes
from latentbo.models import TrainedModel

#: Standard deviations of the noise, in units of the prior's; 0 measures decoding alone.
RADII = (0.0, *NOISE_LEVELS)


@dataclass(frozen=True)
class Perturbation:
    """Results for codes moved by Gaussian noise and decoded greedily.

    Attributes:
        radius: Standard deviation of the noise, in units of the prior's in each dimension.
        num_codes: Number of moved codes; unmoved, each has a valid decode.
        num_valid: Number of moved codes with a valid decode.
        num_same: Number of moved codes with the decode of the unmoved code.
        code_distance: From a moved code to the code of its decoded string: root mean square over
            the dimensions in units of the prior's standard deviation, mean over the codes whose
            decodes can be encoded; None if none can.
        value_change: Absolute difference between the objective's values of the decodes of moved and
            unmoved code, over the standard deviation of the data's values, mean over the pairs with
            both values (0 for equal strings); None without such pairs or objective.
    """

    radius: float
    num_codes: int
    num_valid: int
    num_same: int
    code_distance: float | None
    value_change: float | None

    @property
    def valid(self) -> float:
        """Share of the moved codes with a valid decode."""
        return self.num_valid / max(1, self.num_codes)

    @property
    def same(self) -> float:
        """Share of the moved codes with the decode of the unmoved code."""
        return self.num_same / max(1, self.num_codes)


@dataclass(frozen=True, eq=False)
class Moved:
    """Moved codes and their decodes.

    Attributes:
        radius: As in `Perturbation`.
        codes: An `n x d`-dim tensor.
        strings: Their canonical strings, None for invalid decodes.
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
        canonical: Returns the canonical form of a string, None if it is not a string of the task.
        seed: Of the directions, the same for all radii and models of d dimensions.
        say: Callback for progress messages.

    Returns:
        One result per radius, for the codes with a valid decode when unmoved; the unmoved are
        first.
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
        moved: The moved codes, row for row.
        values: The objective: `n` strings to `n` doubles, NaN for missing values; or None.
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
    """Return the distance of each code to the code of its string, `n`; NaN if there is none.

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
