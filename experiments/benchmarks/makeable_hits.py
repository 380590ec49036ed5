r"""Would a chemist make what the presets find, and what do they find in their first 100 calls?

    python experiments/benchmarks/makeable_hits.py --out runs/hits --budget 200 --seeds 0 \
        --tasks perindopril_mpo,zaleplon_mpo,fexofenadine_mpo [--smoke]

Runs `pmo.py` without rules of chemistry, and measures by preset

- the AUC top-10, and that over molecules that a chemist would make alone: others count as calls
  without a value;
- the share of the ten best molecules that a chemist would make;
- both areas over the first 100 calls alone.

A chemist would make what keeps the rules of `--chemistry usual` (no alert of Brenk or NIH,
synthetic accessibility at most 4.5, no ring system that neither ZINC-250k nor NCI's compounds have,
no halogen on S, P, N or O) and has no PAINS alert. Molecules of the starting pool are judged like
all others. Writes `hits.jsonl` (a line a run), `hits.md`, and what `pmo.py` writes; goes on where
it was stopped. 200 calls, 3 tasks, 4 presets, one core: 8 minutes; --smoke: 1 minute.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pmo
from makeable import geometric

from latentbo.chemistry import MakeableRules, parse_molecule
from latentbo.chemistry.constraints.checks import alert_catalogue
from latentbo.command_line import names_of
from latentbo.ledger import Evaluation, Ledger
from latentbo.metrics import auc_top
from latentbo.objectives import OBJECTIVES
from latentbo.run import versions

PRESETS = ("latent", "hybrid", "gp-bo", "ga")
FIRST = 100
#: Name in lines -> in the table.
AREAS = {
    "auc_top10": "AUC top-10",
    "makeable_auc_top10": "of makeable molecules",
    "first_auc_top10": f"AUC top-10, first {FIRST} calls",
    "first_makeable_auc_top10": f"of makeable molecules, first {FIRST} calls",
}


def is_makeable(smiles: str) -> bool:
    """Return whether a molecule keeps the usual rules and has no PAINS alert."""
    if MakeableRules().violation(smiles) is not None:
        return False
    return not alert_catalogue("PAINS").HasMatch(parse_molecule(smiles))


def measure(row: dict[str, Any], evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """Return a run's line: that of `pmo.py`, with what is makeable."""
    values = [each.value for each in evaluations]
    makeable = [is_makeable(each.string) for each in evaluations]
    kept = [value if keeps else None for value, keeps in zip(values, makeable, strict=True)]
    valued = [place for place, value in enumerate(values) if value is not None]
    best = sorted(valued, key=lambda place: values[place] or 0.0, reverse=True)[:10]
    return {
        **row,
        "makeable_hits": sum(makeable[place] for place in best) / len(best),
        "makeable_auc_top10": _area(kept, row["budget"]),
        "first_auc_top10": _area(values[:FIRST], FIRST),
        "first_makeable_auc_top10": _area(kept[:FIRST], FIRST),
    }


def _area(values: Sequence[float | None], budget: int) -> float:
    return auc_top(values, 10, budget) if any(value is not None for value in values) else 0.0


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the measures by preset: shares as means, areas as geometric means over tasks."""
    tasks, seeds = ({row[name] for row in rows} for name in ("task", "seed"))
    lines = [
        f"{rows[0]['budget']} calls, {len(tasks)} tasks, {len(seeds)} seed"
        f"{'s' if len(seeds) > 1 else ''}",
        "",
        f"| preset | makeable of the ten best | {' | '.join(AREAS.values())} |",
        f"|---|---|{'---|' * len(AREAS)}",
    ]
    for preset in dict.fromkeys(row["preset"] for row in rows):
        share = statistics.fmean(row["makeable_hits"] for row in rows if row["preset"] == preset)
        areas = " | ".join(f"{geometric(rows, preset, name):.3f}" for name in AREAS)
        lines.append(f"| {preset} | {share:.0%} | {areas} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is not done, and write the lines and the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--presets", type=names_of(pmo.VARIANTS), default=PRESETS, metavar="NAMES")
    add("--tasks", type=names_of(OBJECTIVES), default=pmo.TASKS, metavar="NAMES")
    add("--seeds", default="0")
    add("--budget", type=int, default=200, metavar="N")
    add("--out", type=Path, required=True)
    add("--jobs", type=int, default=1, metavar="N", help="runs at a time")
    add("--smoke", action="store_true", help="two presets, one task, 60 calls")
    options = parser.parse_args(arguments)
    if options.smoke:
        options.presets, options.tasks, options.budget = ("latent", "ga"), pmo.TASKS[:1], 60
    given = ["--presets", ",".join(options.presets), "--tasks", ",".join(options.tasks)]
    given += ["--seeds", options.seeds, "--budget", str(options.budget)]
    pmo.main([*given, "--out", str(options.out), "--jobs", str(options.jobs)])
    rows = []
    for line in (options.out / "results.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["budget"] == options.budget and row["preset"] in options.presets:
            with Ledger.open(options.out / "runs" / row["run"] / "ledger.sqlite") as ledger:
                rows.append({**measure(row, ledger.evaluations()), "versions": versions()})
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (options.out / "hits.jsonl").write_text(text, encoding="utf-8")
    (options.out / "hits.md").write_text(table(rows), encoding="utf-8")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
