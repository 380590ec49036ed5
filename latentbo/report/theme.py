"""The colours of the figures, for pages on light and on dark ground."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """Colours of a figure; the curves' are from the colour-blind safe set of Okabe and Ito.

    Args:
        background: Of the page.
        ink: Of headings.
        muted: Of what should not draw the eye.
        faint: Of lines in the ground.
        best: Of the best value.
        mean: Of the mean of the best values.
        series: Of groups that are compared, in this order.
    """

    background: str
    ink: str
    muted: str
    faint: str
    best: str
    mean: str
    series: tuple[str, ...]


LIGHT = Theme(
    *("#ffffff", "#1b2230", "#667085", "#e6e9ef", "#0072b2", "#d55e00"),
    series=(
        *("#0072b2", "#d55e00", "#009e73", "#cc79a7"),
        *("#e69f00", "#1b2230", "#56b4e9", "#7a5195"),
    ),
)
DARK = Theme(
    *("#161b26", "#e7eaf0", "#98a2b3", "#2a3140", "#56b4e9", "#e69f00"),
    series=(
        *("#4aa3df", "#f07b3f", "#2fbf95", "#e39ac4"),
        *("#e69f00", "#e7eaf0", "#9fd4f5", "#b292d4"),
    ),
)
