r"""Cost and benefit of the rules of chemistry: PMO's ten tasks with and without them.

    python experiments/benchmarks/makeable.py --budget 300 --seeds 0 --out runs/makeable [--jobs 2]

Runs `pmo.py` twice a task and seed, as `--chemistry none` and `--chemistry usual`, and compares

- the plain AUC top-10, over all molecules that were called;
- the filtered AUC top-10, over those that keep the usual rules: others count as calls without a
  value;
- the share of the optimizer's own calls spent on molecules that break a rule;
- the share of the proposals that a rule refused before a call, by rule.

Molecules of the starting pool are the user's, and no rule is applied to them. Writes
`makeable.jsonl` (versions and command, then a line a run), `makeable.md`, and what `pmo.py` writes;
goes on where it was stopped. 10 tasks, 1 seed, 300 calls, one CPU core: 15 minutes; --smoke: 1
minute. The last line is JSON with `name, ours, baseline, ratio` of the filtered AUC (geometric
means).
"""

import argparse
import json
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pmo

from latentbo.chemistry import MakeableRules
from latentbo.command_line import names_of
from latentbo.ledger import Evaluation, Ledger
from latentbo.metrics import auc_top
from latentbo.objectives import OBJECTIVES
from latentbo.run import versions
from latentbo.tasks import RULE

#: With and without the rules.
VARIANTS = ("hybrid-usual", "hybrid")
MEASURES = ("auc_top10", "filtered_auc_top10", "broken_share", "refused_share")
FROM_POOL = ("initial", "pool", "random")


def measure(row: dict[str, Any], evaluations: Sequence[Evaluation], states: Sequence[Any]) -> Any:
    """Return a run's line: that of `pmo.py`, with what the rules say of its molecules."""
    rules = MakeableRules()
    keeps = [rules.violation(each.string) is None for each in evaluations]
    values = [each.value if kept else None for each, kept in zip(evaluations, keeps, strict=True)]
    own = [
        kept for each, kept in zip(evaluations, keeps, strict=True) if each.origin not in FROM_POOL
    ]
    refused, proposals = Counter[str](), 0
    for state in states:
        proposals += state.get("decoded", 0)
        refused.update(
            {name.removeprefix(RULE): n for name, n in state.items() if name.startswith(RULE)}
        )
    return {
        **row,
        "filtered_auc_top10": auc_top(values, 10, row["budget"]) if any(keeps) else 0.0,
        "broken_share": 1 - sum(own) / max(1, len(own)),
        "refused_share": sum(refused.values()) / max(1, proposals),
        "refused": dict(refused.most_common()),
        "proposals": proposals,
    }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the measures by task, the mean over seeds; the last line is the mean over tasks."""
    seeds = len({row["seed"] for row in rows})
    lines = [
        f"{rows[0]['budget']} calls, {seeds} seed{'s' if seeds > 1 else ''}; usual / none",
        "",
        "| task | AUC top-10 | filtered AUC top-10 | own calls that break a rule | refused |",
        "|---|---|---|---|---|",
    ]
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    for task in tasks:
        cells = []
        for name in MEASURES:
            shown = "{:.3f}" if "auc" in name else "{:.0%}"
            cells.append(
                " / ".join(shown.format(_mean(rows, preset, [task], name)) for preset in VARIANTS)
            )
        lines.append(f"| {task} | {' | '.join(cells)} |")
    cells = []
    for name in MEASURES[:2]:
        ours, base = (geometric(rows, preset, name) for preset in VARIANTS)
        cells.append(f"{ours:.3f} / {base:.3f} (ratio {ours / base:.2f})")
    for name in MEASURES[2:]:
        cells.append(" / ".join(f"{_mean(rows, preset, tasks, name):.0%}" for preset in VARIANTS))
    lines.append(f"| geometric mean (shares: mean) | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n\n" + _by_rule(rows)


def _by_rule(rows: Sequence[dict[str, Any]]) -> str:
    own = [row for row in rows if row["preset"] == VARIANTS[0]]
    refused, proposals = Counter[str](), sum(row["proposals"] for row in own)
    for row in own:
        refused.update(row["refused"])
    lines = [f"| first rule broken, usual | share of {proposals} proposals |", "|---|---|"]
    lines += [f"| {rule} | {number / proposals:.1%} |" for rule, number in refused.most_common()]
    return "\n".join(lines) + "\n"


def _mean(rows: Sequence[dict[str, Any]], preset: str, tasks: Sequence[str], name: str) -> float:
    return statistics.fmean(
        row[name] for row in rows if row["preset"] == preset and row["task"] in tasks
    )


def geometric(rows: Sequence[dict[str, Any]], preset: str, name: str) -> float:
    """Return the geometric mean over tasks of the mean over seeds; zeros count as 1e-6."""
    tasks = {row["task"] for row in rows}
    means = [_mean(rows, preset, [task], name) for task in sorted(tasks)]
    return statistics.geometric_mean([max(mean, 1e-6) for mean in means])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is not done, and write the lines and the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--budget", type=int, default=300, metavar="N")
    parser.add_argument("--tasks", type=names_of(OBJECTIVES), default=pmo.TASKS, metavar="NAMES")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="runs at a time")
    parser.add_argument("--smoke", action="store_true", help="one task, one seed, 60 calls")
    options = parser.parse_args(arguments)
    given = ["--presets", ",".join(VARIANTS), "--seeds", options.seeds, "--out", str(options.out)]
    given += ["--jobs", str(options.jobs), "--budget", str(60 if options.smoke else options.budget)]
    tasks = ("perindopril_mpo",) if options.smoke else options.tasks
    pmo.main([*given, "--tasks", ",".join(tasks)])
    rows = []
    for line in (options.out / "results.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["task"] not in tasks:
            continue
        with Ledger.open(options.out / "runs" / row["run"] / "ledger.sqlite") as ledger:
            states = [step.state for step in ledger.steps()]
            rows.append(measure(row, ledger.evaluations(), states))
    provenance = {"command": [Path(sys.argv[0]).name, *sys.argv[1:]], "versions": versions()}
    lines = [json.dumps(each) for each in (provenance, *rows)]
    (options.out / "makeable.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (options.out / "makeable.md").write_text(table(rows), encoding="utf-8")
    print(table(rows))
    name = f"filtered auc_top10 {' / '.join(VARIANTS)}, {rows[0]['budget']} calls"
    ours, base = (geometric(rows, preset, MEASURES[1]) for preset in VARIANTS)
    print(json.dumps({"name": name, "ours": ours, "baseline": base, "ratio": ours / base}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
