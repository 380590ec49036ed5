"""The colours of the figures, for pages on light and on dark ground."""

__all__ = ["DARK", "LIGHT", "Theme"]

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """Colours of a figure; the curves' are from the colour-blind safe set of Okabe and Ito."""

    background: str
    ink: str
    muted: str
    faint: str
    best: str
    mean: str


LIGHT = Theme("#ffffff", "#1b2230", "#667085", "#e6e9ef", "#0072b2", "#d55e00")
DARK = Theme("#161b26", "#e7eaf0", "#98a2b3", "#2a3140", "#56b4e9", "#e69f00")
