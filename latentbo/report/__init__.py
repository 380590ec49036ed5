"""Reports of runs: tables, structures, figures, pages, comparisons."""

__all__ = [
    "Comparison",
    "Run",
    "Summary",
    "best_so_far",
    "compare",
    "load_run",
    "summarize",
    "summary_table",
    "top_mean",
    "write_comparison",
    "write_report",
]

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latentbo.report.comparison import Comparison, compare
    from latentbo.report.comparison_files import write_comparison
    from latentbo.report.curves import best_so_far, top_mean
    from latentbo.report.files import write_report
    from latentbo.report.run import Run, load_run
    from latentbo.report.summary import Summary, summarize
    from latentbo.report.terminal import summary_table

_PLACES = {
    "comparison": ("Comparison", "compare"),
    "comparison_files": ("write_comparison",),
    "curves": ("best_so_far", "top_mean"),
    "files": ("write_report",),
    "run": ("Run", "load_run"),
    "summary": ("Summary", "summarize"),
    "terminal": ("summary_table",),
}


def __getattr__(name: str) -> Any:
    """Loads what is asked for: `python -m latentbo.report --help` answers without torch."""
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"latentbo.report.{place}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
