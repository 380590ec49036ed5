"""What a run leaves for people to read: tables, structures, a figure, a page, a closing table."""

__all__ = [
    "Run",
    "Summary",
    "best_so_far",
    "load_run",
    "summarize",
    "summary_table",
    "top_mean",
    "write_report",
]

from latentbo.report.curves import best_so_far, top_mean
from latentbo.report.files import write_report
from latentbo.report.run import Run, load_run
from latentbo.report.summary import Summary, summarize
from latentbo.report.terminal import summary_table
