r"""Results per oracle call on GuacaMol's goals: which preset finds better molecules?

    python experiments/benchmarks/pmo.py --presets hybrid,ga --tasks perindopril_mpo,zaleplon_mpo \
        --seeds 0,1,2 --budget 1000 --out runs/pmo [--jobs 2]

Every run starts from molecules of ZINC-250k, drawn by its seed, the same for all presets; a preset
may choose how many of them get an oracle call, and all calls count. The targets of rediscovery and
similarity goals, and close analogues, are not among them. The score is the area under the curve of
the running top-10 mean (PMO's definition, normalised by the budget); the goals are GuacaMol's.

Writes `results.jsonl` (one line per run), `table.md`, `curves.png` and `runs/`; the same command
resumes a stopped benchmark. The last line is JSON with `name, ours, baseline, ratio`: geometric
means over the tasks of the first preset and of `ga` (or the last preset, if `ga` is none of them).
"""

import argparse
import json
import math
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from benchmark_frame import commit
from pmo_figure import curves_png
from rdkit import Chem

from latentbo import __version__
from latentbo.chemistry import nearest, parse_molecule
from latentbo.command_line import names_of
from latentbo.data import find_dataset
from latentbo.ledger import Evaluation, Ledger
from latentbo.metrics import auc_top
from latentbo.objectives import OBJECTIVES, targets
from latentbo.optimizer import PRESETS
from latentbo.seeds import seed_for

TASKS = (
    *("perindopril_mpo", "zaleplon_mpo", "median2", "osimertinib_mpo", "amlodipine_mpo"),
    *("ranolazine_mpo", "sitagliptin_mpo", "fexofenadine_mpo", "celecoxib_rediscovery"),
    "albuterol_similarity",
)
# The goals are those of the published benchmarks, which accept any molecule.
ANY_CHEMISTRY = ("--chemistry", "none")
FREQUENCY = ("--preset", "latent", "--plugin", str(Path(__file__).with_name("frequency_edits.py")))
CODE_MOVES = ("--preset", "latent", "--plugin", str(Path(__file__).with_name("code_moves.py")))
#: Name in tables -> options of `latentbo.optimize`.
VARIANTS = {name: ("--preset", name, *ANY_CHEMISTRY) for name in PRESETS} | {
    "hybrid-no-descriptors": ("--preset", "hybrid", "--no-descriptors", *ANY_CHEMISTRY),
    # Proposals keep the rules of chemistry of an ordinary run; see `makeable.py`.
    "hybrid-usual": ("--preset", "hybrid", "--chemistry", "usual"),
    # Which sources pay.
    "hybrid-no-latent": ("--preset", "hybrid", "--sources", "graph", *ANY_CHEMISTRY),
    "hybrid-infill": ("--preset", "hybrid", "--sources", "latent,graph,infill", *ANY_CHEMISTRY),
    "hybrid-no-graph": ("--preset", "hybrid", "--sources", "latent,infill", *ANY_CHEMISTRY),
    # All that is proposed is written by the decoder; in the last one by chance.
    "latent-codes": ("--preset", "latent", "--sources", "latent", *ANY_CHEMISTRY),
    "latent-fragments": ("--preset", "latent", "--surrogate", "fragments", *ANY_CHEMISTRY),
    "latent-infill": ("--preset", "latent", "--sources", "infill", *ANY_CHEMISTRY),
    "latent-frequency": (*FREQUENCY, "--sources", "latent,frequency", *ANY_CHEMISTRY),
    "frequency": (*FREQUENCY, "--sources", "frequency", *ANY_CHEMISTRY),
    # Further moves of codes; `inversion` in the place of the usual ones.
    **{
        f"latent-{name}": (*CODE_MOVES, "--sources", f"latent,infill,{name}", *ANY_CHEMISTRY)
        for name in ("library", "pcn", "mixing")
    },
    "latent-inversion": (*CODE_MOVES, "--sources", "inversion,infill", *ANY_CHEMISTRY),
}
NO_FILTER = ("--max-heavy-atoms", "--min-heavy-atoms", "--max-rotatable-bonds", "--min-rings")
POOL_SIZE = 2000
# Tanimoto similarity (ECFP4) to a target above which a molecule reveals the answer.
NEARLY_THE_SAME = 0.7
# A heavy atom in a SMILES string.
ATOM = re.compile("Cl|Br|Si|Se|[BCNOPSFIbcnops]")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Job:
    """One run.

    Args:
        preset: One of `VARIANTS`.
        task: Objective.
        seed: Of the starting pool and the run.
        budget: Oracle calls.
    """

    preset: str
    task: str
    seed: int
    budget: int

    @property
    def name(self) -> str:
        """Name of its folder."""
        return f"{self.preset}-{self.task}-{self.budget}-seed{self.seed}"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--presets", type=names_of(VARIANTS), default=("hybrid", "ga"), metavar="NAMES")
    add("--tasks", type=names_of(OBJECTIVES), default=TASKS, metavar="NAMES")
    add("--seeds", type=lambda text: tuple(map(int, text.split(","))), default=(0, 1, 2))
    add("--budget", type=int, default=1000, metavar="N", help="oracle calls per run")
    add("--out", type=Path, required=True, help="folder; finished runs there are skipped")
    add("--jobs", type=int, default=1, metavar="N", help="runs at a time, one thread each")
    add("--smoke", action="store_true", help="two presets, one task, one seed, 60 calls")
    add("--resume", action="store_true", help="resume in --out (also the default)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the unfinished jobs, and write the table."""
    options = build_parser().parse_args(arguments)
    if options.smoke:
        options.presets, options.tasks = ("hybrid", "ga"), ("perindopril_mpo",)
        options.seeds, options.budget = (0,), 60
    options.out.mkdir(parents=True, exist_ok=True)
    jobs = [
        Job(preset, task, seed, options.budget)
        for seed in options.seeds
        for task in options.tasks
        for preset in options.presets
    ]
    done = {row["run"]: row for row in _read(options.out / "results.jsonl")}
    missing = [job for job in jobs if job.name not in done]
    if missing:
        _write_pools(options.out, missing)
    with ThreadPoolExecutor(options.jobs) as executor:
        for row in executor.map(lambda job: run(options.out, job), missing):
            done[row["run"]] = row
            with (options.out / "results.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(f"{row['run']}: AUC top-10 {row['auc_top10']:.3f}", flush=True)
    rows = [done[job.name] for job in jobs]
    text = table(rows, options.presets, options.tasks)
    text += told_to_the_model(options.tasks)
    (options.out / "table.md").write_text(text, encoding="utf-8")
    (options.out / "curves.png").write_bytes(curves_png(_curves(options.out, jobs), options.budget))
    print(text)
    print(json.dumps(comparison(rows, options.presets, options.tasks)))
    return 0


def _read(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                continue  # truncated by a crash: the run is read again from its ledger


def _pool_path(out: Path, job: Job) -> Path:
    return out / "pools" / f"{job.task}-seed{job.seed}.smi"


def _write_pools(out: Path, jobs: Sequence[Job]) -> None:
    """Write the initial pool of each task and seed: molecules of ZINC-250k without the targets."""
    (out / "pools").mkdir(exist_ok=True)
    _, lines = find_dataset("zinc250k")
    for job in jobs:
        path = _pool_path(out, job)
        if path.exists():
            continue
        generator = torch.Generator().manual_seed(seed_for(job.seed, 0))
        order = torch.randperm(len(lines), generator=generator)[:POOL_SIZE].tolist()
        drawn = [lines[row].string for row in order]
        answers = targets(job.task)
        if answers:
            close = [similarity for _, similarity in nearest(drawn, answers)]
            drawn = [s for s, value in zip(drawn, close, strict=True) if value < NEARLY_THE_SAME]
        path.write_text("".join(f"{string}\n" for string in drawn), encoding="utf-8")


def told_to_the_model(tasks: Sequence[str]) -> str:
    """Return a sentence on the targets among the training molecules of the shipped model."""
    wanted = {task: targets(task) for task in tasks if targets(task)}
    if not wanted:
        return ""
    found = known_targets({smiles for several in wanted.values() for smiles in several})
    said = [
        f"{task} {sum(smiles in found for smiles in several)} of {len(several)}"
        for task, several in wanted.items()
    ]
    return (
        "\nTargets that the shipped model met in its training (ZINC-250k, stereochemistry aside): "
        f"{', '.join(said)}. None is in a starting pool.\n"
    )


def known_targets(smiles: Collection[str]) -> set[str]:
    """Return the molecules that are in ZINC-250k, ignoring stereochemistry."""
    _, lines = find_dataset("zinc250k")
    wanted = {elements(target) for target in smiles}
    # Only molecules with the same elements need to be parsed.
    alike = {_flat(line.string) for line in lines if elements(line.string) in wanted}
    return {target for target in smiles if _flat(target) in alike}


def elements(smiles: str) -> str:
    """Return the heavy atoms of a SMILES string, sorted."""
    return "".join(sorted(symbol.upper() for symbol in ATOM.findall(smiles)))


def _flat(smiles: str) -> str:
    return str(Chem.MolToSmiles(parse_molecule(smiles), isomericSmiles=False))


def run(out: Path, job: Job) -> dict[str, Any]:
    """Run or resume a job in its folder, and return its line."""
    folder = out / "runs" / job.name
    if (folder / "config.json").exists():
        given = ["--resume", str(folder)]
    else:
        given = ["molecules", *VARIANTS[job.preset], "--objective", job.task]
        given += ["--initial", str(_pool_path(out, job)), "--budget", str(job.budget)]
        given += ["--seed", str(job.seed), "--threads", "1", "--out", str(folder)]
        given += [word for option in NO_FILTER for word in (option, "none")]
    whole = given[0] != "--resume"
    seconds, cpu_seconds = _call(out, job, [*given, "--quiet"])
    evaluations = _evaluations(out, job)
    values = [row.value for row in evaluations]
    best = sorted((value for value in values if value is not None), reverse=True)
    return {
        **{"preset": job.preset, "task": job.task, "seed": job.seed, "budget": job.budget},
        **{"version": __version__, "commit": commit(), "options": VARIANTS[job.preset]},
        "auc_top10": auc_top(values, 10, job.budget),
        "top1": best[0],
        "top10": statistics.fmean(best[:10]),
        # For a resumed run, the time before is unknown.
        "seconds": round(seconds, 1) if whole else None,
        "cpu_seconds": round(cpu_seconds, 1) if whole else None,
        "calls": len(values),
        "initial": sum(row.batch == 0 for row in evaluations),
        "run": job.name,
    }


def _evaluations(out: Path, job: Job) -> list[Evaluation]:
    with Ledger.open(out / "runs" / job.name / "ledger.sqlite") as ledger:
        return ledger.evaluations()


def _curves(out: Path, jobs: Sequence[Job]) -> dict[str, dict[str, list[list[float | None]]]]:
    """Return the values of all runs by task and preset."""
    found: dict[str, dict[str, list[list[float | None]]]] = {}
    for job in jobs:
        values = [row.value for row in _evaluations(out, job)]
        found.setdefault(job.task, {}).setdefault(job.preset, []).append(values)
    return found


def _call(out: Path, job: Job, given: list[str]) -> tuple[float, float]:
    """Run the command line; returns its wall time and its processor time."""
    log = out / "logs" / f"{job.name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("a", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "latentbo.optimize", *given],
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        started = os.times().elapsed
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{job.name} ended with code {process.returncode}; see {log}")
    return os.times().elapsed - started, usage.ru_utime + usage.ru_stime


def table(rows: Sequence[dict[str, Any]], presets: Sequence[str], tasks: Sequence[str]) -> str:
    """Return AUC top-10 by task and preset: mean ± standard error over seeds, ratios to `ga`."""
    baseline = _baseline(presets)
    lines = [
        f"AUC top-10, {rows[0]['budget']} calls, mean ± standard error over "
        f"{len({row['seed'] for row in rows})} seeds; in brackets the ratio to {baseline}",
        "",
        f"| task | {' | '.join(presets)} |",
        f"|---|{'---|' * len(presets)}",
    ]
    for task in tasks:
        base = statistics.fmean(_values(rows, baseline, task))
        cells = [_cell(_values(rows, preset, task), base) for preset in presets]
        lines.append(f"| {task} | {' | '.join(cells)} |")
    base_mean = _geometric(rows, baseline, tasks)
    means = [_geometric(rows, preset, tasks) for preset in presets]
    cells = [f"{mean:.3f} ({mean / max(base_mean, 1e-12):.2f})" for mean in means]
    lines.append(f"| geometric mean | {' | '.join(cells)} |")
    costs = [_cost(rows, preset) for preset in presets]
    shown = ["–" if math.isnan(cost) else f"{cost:.0f}" for cost in costs]
    lines.append(f"| processor ms a call | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _baseline(presets: Sequence[str]) -> str:
    return "ga" if "ga" in presets else presets[-1]


def _values(rows: Sequence[dict[str, Any]], preset: str, task: str) -> list[float]:
    return [row["auc_top10"] for row in rows if (row["preset"], row["task"]) == (preset, task)]


def _cell(values: Sequence[float], base: float) -> str:
    error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
    mean = statistics.fmean(values)
    spread = "" if error is None else f" ± {error:.3f}"
    return f"{mean:.3f}{spread} ({mean / max(base, 1e-12):.2f})"


def _geometric(rows: Sequence[dict[str, Any]], preset: str, tasks: Sequence[str]) -> float:
    means = [max(statistics.fmean(_values(rows, preset, task)), 1e-6) for task in tasks]
    return statistics.geometric_mean(means)


def _cost(rows: Sequence[dict[str, Any]], preset: str) -> float:
    own = [row for row in rows if row["preset"] == preset and row["cpu_seconds"] is not None]
    calls = sum(row["calls"] for row in own)
    return 1000 * sum(row["cpu_seconds"] for row in own) / calls if calls else math.nan


def comparison(
    rows: Sequence[dict[str, Any]], presets: Sequence[str], tasks: Sequence[str]
) -> dict[str, Any]:
    """Return the benchmark's last line."""
    baseline = _baseline(presets)
    ours, base = _geometric(rows, presets[0], tasks), _geometric(rows, baseline, tasks)
    name = f"pmo auc_top10 {presets[0]} / {baseline}, {len(tasks)} tasks, {rows[0]['budget']} calls"
    return {"name": name, "ours": ours, "baseline": base, "ratio": ours / base}


if __name__ == "__main__":
    sys.exit(main())
