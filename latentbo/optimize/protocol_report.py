"""Results of a run under `kusner2017`, in the numbers of the thesis's tables."""

import json
import math
from dataclasses import asdict
from pathlib import Path

from latentbo.protocols import summarize
from latentbo.report import Run

SUMMARY_FILE = "protocol.json"


def write_protocol_summary(directory: Path, run: Run) -> list[str]:
    """Write `protocol.json` and return the lines to show; none where there is nothing to sum up.

    Values are maximised there, as everywhere: scores of expressions have a minus sign.

    Raises:
        OSError: If the file cannot be written.
    """
    protocol = run.config.get("protocol") or {}
    if protocol.get("name") != "kusner2017" or not run.steps:
        return []
    found = summarize(run.steps, run.evaluations)
    path = directory / SUMMARY_FILE
    # JSON has no NaN: the mean of nothing is null.
    content = {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in asdict(found).items()
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    best = ", ".join(f"{value:.4g} ({string})" for string, value in found.best)
    return [
        f"protocol kusner2017: {found.num_points} points, {found.num_calls} calls, "
        f"{found.num_known} already known, {found.num_invalid} invalid",
        f"best three {best}; best in training {found.best_in_training:.4g}",
        f"fraction valid {found.fraction_valid:.3f}, average value {found.average:.4g}; sparse GP "
        f"on the held-out part: log-likelihood {found.log_likelihood:.3f}, RMSE {found.rmse:.3f}",
        f"wrote {path}",
    ]
