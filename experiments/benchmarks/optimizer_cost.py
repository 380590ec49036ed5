"""What does a step of the optimizer cost as observations grow?

    python experiments/benchmarks/optimizer_cost.py [--preset hybrid] [--out DIR] [--smoke]

Gives the optimizer 500, 1,000, 5,000 and 20,000 molecules of ZINC-250k with their values, in
batches of 20, and lets it go on for four batches; the first, which fills caches, is not counted.
Shown is our own processor time a call, on one thread: fitting, proposing, judging, choosing; not
the ledger, whose part is in the whole runs of `pmo.py`. One CPU core: 5 minutes; --smoke: 30 s.
The last line is JSON with the milliseconds a call at the most observations beside those at 1,000
times the growth of n log n (ratio > 1: it grows more slowly than n log n).
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from latentbo.data import find_dataset
from latentbo.ledger import Evaluation, Proposal, Status
from latentbo.models import default_model_folder, load_model
from latentbo.objectives import OBJECTIVES
from latentbo.optimizer import PRESETS, OptimizationConfig, OptimizerInputs, presets_of
from latentbo.optimizer.presets import make_optimizer
from latentbo.tasks import TASKS

SIZES, SMOKE_SIZES = (500, 1000, 5000, 20_000), (200, 1000)
BASELINE = 1000
# Its best molecules are of common size; those of logP alone would grow without limit.
OBJECTIVE = "perindopril_mpo"
NUM_STEPS, BATCH_SIZE, POOL_SIZE = 4, 20, 2000


def evaluations(proposals: Sequence[Proposal]) -> list[Evaluation]:
    """Ask the objective, which is not measured."""
    objective = OBJECTIVES[OBJECTIVE]
    return [
        Evaluation(p.call, p.batch, p.string, p.origin, p.details, Status.OK, objective(p.string))
        for p in proposals
    ]


def history(molecules: Sequence[str], first: int) -> list[Evaluation]:
    """Return evaluations of molecules: `first` initial ones, then batches."""
    proposals = []
    for row, smiles in enumerate(molecules):
        batch = 0 if row < first else 1 + (row - first) // BATCH_SIZE
        proposals.append(Proposal(row + 1, batch, smiles, "graph-mutation"))
    return evaluations(proposals)


def milliseconds_a_call(preset: str, molecules: Sequence[str], size: int) -> float:
    """Measure some steps after `size` observations."""
    task = TASKS["molecules"]
    settings: dict[str, Any] = PRESETS[preset].settings(task.surrogate)
    settings |= {"batch_size": BATCH_SIZE, "surrogate": task.surrogate}
    config = OptimizationConfig(**settings, preset=preset, budget=size + 1000)
    model = load_model(default_model_folder("molecules"))
    pool = list(molecules[size : size + POOL_SIZE])
    optimizer = make_optimizer(config, OptimizerInputs(model, task.accept(None), pool, task.count))
    rows = history(molecules[:size], config.num_initial)
    seconds = []
    for _ in range(NUM_STEPS):
        started = time.process_time()
        suggestion = optimizer.ask(rows, [])
        seconds.append((time.process_time() - started) / len(suggestion.proposals))
        rows += evaluations(suggestion.proposals)
    return 1000 * sum(seconds[1:]) / (NUM_STEPS - 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show a table, and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    choices = presets_of(TASKS["molecules"])
    parser.add_argument("--preset", choices=choices, default="hybrid")
    parser.add_argument("--out", type=Path, help="folder for cost-PRESET.json")
    parser.add_argument("--smoke", action="store_true", help="fewer observations")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    task = TASKS["molecules"]
    sizes = SMOKE_SIZES if options.smoke else SIZES
    _, lines = find_dataset("zinc250k")
    accept = task.accept(None)
    wanted = [accept(line.string).string for line in lines[: 2 * (max(sizes) + POOL_SIZE) : 2]]
    molecules = list(dict.fromkeys(smiles for smiles in wanted if smiles))
    found = {size: milliseconds_a_call(options.preset, molecules, size) for size in sizes}
    for size, cost in found.items():
        print(f"{size:>6} observations: {cost:6.1f} ms a call", flush=True)
    largest = max(sizes)
    growth = largest * math.log(largest) / (BASELINE * math.log(BASELINE))
    name = f"processor ms a call of {options.preset} at {largest} observations"
    allowed = found[BASELINE] * growth
    result = {"name": name, "ours": found[largest], "baseline": allowed}
    result["ratio"] = allowed / found[largest]
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"milliseconds": found, **result}, indent=1)
        (options.out / f"cost-{options.preset}.json").write_text(text + "\n", encoding="utf-8")
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
