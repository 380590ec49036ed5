"""What does a step of the Gaussian process on molecules cost, and how does that grow?

    python experiments/benchmarks/surrogate.py [--rows 300,1000,5000,20000] [--out DIR] [--smoke]

A step: features of 1,000 new molecules, a fit to n observations, predictions for the 1,000, and 20
joint samples of the 400 most promising. Molecules of ZINC-250k and their penalised logP. The
baseline does the same work in the usual way: gpytorch's exact GP (botorch's SingleTaskGP) with the
same kernel on dense counts folded to 2,048 columns, and descriptors, fitted by L-BFGS to the same
rows (all of 20,000 would be out of reach for it). The features of observed molecules are known to
both from earlier steps. One thread.
Needs ZINC-250k. One CPU core: 100 s of CPU time; --smoke: 5 s. Expected: fit, predictions and
samples together take about 0.25 s from 1,000 observations on, a fifth of the baseline's time, with
the same errors; the 1,000 molecules' features, mostly RDKit's own work, take 0.7 s for either.
The last line is JSON with the CPU seconds of fit, predictions and samples at the largest n (ratio >
1: ours is faster), those of the whole step, and the errors.
"""

import argparse
import math
import random
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from benchmark_frame import Rows, benchmark_parser, configured, run_benchmark
from rdkit.Chem import rdFingerprintGenerator
from torch import Tensor

from latentbo.chemistry import describe_molecule, parse_molecule
from latentbo.data import find_dataset
from latentbo.objectives import penalized_logp
from latentbo.surrogates import (
    MoleculeFeaturizer,
    TanimotoGPConfig,
    fit_tanimoto_gp,
    standardized_targets,
)
from latentbo.surrogates.tanimoto_gp import best_and_random

with warnings.catch_warnings():
    # botorch's import uses torch.jit.script, which newer torch deprecates aloud.
    warnings.simplefilter("ignore")
    import gpytorch
    from botorch.models import SingleTaskGP
    from botorch.optim.fit import fit_gpytorch_mll_scipy

FOLDED = 2048


@dataclass(frozen=True)
class Config:
    """Numbers of observations, candidates and samples."""

    rows: tuple[int, ...] = (300, 1000, 5000, 20_000)
    num_candidates: int = 1000
    num_sampled: int = 400
    num_samples: int = 20
    repeats: int = 2
    seed: int = 0


SMOKE = Config((60, 120), num_candidates=100, num_sampled=40, num_samples=5, repeats=1)


class DenseTanimoto(gpytorch.kernels.Kernel):
    """The similarity of dense counts."""

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Return `… x n x m` similarities, or those of `… x n` rows with themselves."""
        if diag:
            return x1.new_ones(x1.shape[:-1])
        shared = x1 @ x2.mT
        either = x1.square().sum(-1)[..., :, None] + x2.square().sum(-1)[..., None, :] - shared
        result: Tensor = shared / either
        return result


def exact_gp(train_X: Tensor, targets: Tensor) -> SingleTaskGP:
    """The same kernel: scaled similarity plus scaled squared exponential on descriptors."""
    scaled = gpytorch.kernels.ScaleKernel
    smooth = gpytorch.kernels.RBFKernel(active_dims=tuple(range(FOLDED, train_X.shape[1])))
    smooth.lengthscale = math.exp(1.5)
    likelihood = gpytorch.likelihoods.GaussianLikelihood()
    likelihood.noise = 0.05
    return SingleTaskGP(
        train_X,
        targets[:, None],
        covar_module=scaled(DenseTanimoto(active_dims=tuple(range(FOLDED)))) + scaled(smooth),
        mean_module=gpytorch.means.ZeroMean(),
        likelihood=likelihood,
        outcome_transform=None,
    ).double()


def dense_features(strings: Sequence[str]) -> Tensor:
    """Folded counts, then descriptors, in one `n x d` tensor."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=3, fpSize=FOLDED)
    molecules = [parse_molecule(string) for string in strings]
    counts = np.stack([generator.GetCountFingerprintAsNumPy(molecule) for molecule in molecules])
    descriptors = torch.tensor([describe_molecule(m) for m in molecules], dtype=torch.float64)
    return torch.cat([torch.from_numpy(counts.astype(np.float64)), descriptors], 1)


class Clock:
    """Processor time of the parts of a step, which other work does not lengthen as wall time."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.process_time()

    def stop(self, part: str) -> None:
        """Count the time since the last stop as this part's."""
        now = time.process_time()
        self.seconds[part] = now - self._last
        self._last = now


Step = tuple[dict[str, float], Tensor]


def our_step(
    featurizer: MoleculeFeaturizer,
    train: tuple[list[str], Tensor],
    new: list[str],
    config: Config,
) -> Step:
    """One step; the featurizer knows the observed molecules."""
    clock = Clock()
    featurizer.features(new)
    clock.stop("features")
    surrogate = fit_tanimoto_gp(featurizer, *train, TanimotoGPConfig(), config.seed)
    clock.stop("fit")
    mean, deviation = surrogate.predict(new)
    clock.stop("predict")
    order = (mean + deviation).argsort(descending=True)[: config.num_sampled].tolist()
    surrogate.sample([new[row] for row in order], config.num_samples, config.seed)
    clock.stop("sample")
    return clock.seconds, mean


def baseline_step(
    train_X: Tensor, train_Y: Tensor, fitted_rows: Tensor, new: list[str], config: Config
) -> Step:
    """One step; the observed molecules' features are given, of the rows that ours takes, too."""
    clock = Clock()
    new_X = dense_features(new)
    clock.stop("features")
    center, unit = train_X[:, FOLDED:].mean(0), train_X[:, FOLDED:].std(0)
    unit = torch.where(unit > 0, unit, 1.0)
    train_X, new_X = train_X.clone(), new_X.clone()
    for rows in (train_X, new_X):
        rows[:, FOLDED:] = (rows[:, FOLDED:] - center) / unit
    targets, middle, scale = standardized_targets(train_Y)
    exact = gpytorch.settings.fast_computations(False, False, False)
    with warnings.catch_warnings(), exact:
        # Counts are outside the unit cube, and an end before convergence is meant.
        warnings.simplefilter("ignore")
        fitted = exact_gp(train_X[fitted_rows], targets[fitted_rows])
        mll = gpytorch.mlls.ExactMarginalLogLikelihood(fitted.likelihood, fitted)
        fit_gpytorch_mll_scipy(mll, options={"maxiter": TanimotoGPConfig.max_iterations})
        model = exact_gp(train_X, targets)
        model.load_state_dict(fitted.state_dict())
        model.eval()
        with torch.no_grad():
            # Its factors are computed at the first prediction, and kept.
            model.posterior(new_X[:1])
            clock.stop("fit")
            posterior = model.posterior(new_X)
            mean, deviation = posterior.mean[:, 0], posterior.variance[:, 0].clamp(min=0).sqrt()
            clock.stop("predict")
            order = (mean + deviation).argsort(descending=True)[: config.num_sampled]
            model.posterior(new_X[order]).rsample(torch.Size([config.num_samples]))
            clock.stop("sample")
    return clock.seconds, middle + scale * mean


def measure(strings: list[str], values: Tensor, n: int, config: Config) -> list[dict[str, Any]]:
    """One row for ours, one for the baseline, with n observations."""
    new, truth = strings[: config.num_candidates], values[: config.num_candidates]
    observed = strings[config.num_candidates :][:n]
    train_Y = values[config.num_candidates :][:n]
    settings = TanimotoGPConfig()
    taken = best_and_random(train_Y, settings.max_train, config.seed)
    fitted_rows = best_and_random(train_Y[taken], settings.max_fit, config.seed + 1)
    dense = dense_features([observed[row] for row in taken.tolist()])
    rows = []
    for name in ("ours", "baseline"):
        steps = []
        for _ in range(config.repeats):
            if name == "ours":
                featurizer = MoleculeFeaturizer(settings)
                featurizer.features(observed)
                steps.append(our_step(featurizer, (observed, train_Y), new, config))
            else:
                steps.append(baseline_step(dense, train_Y[taken], fitted_rows, new, config))
        seconds, mean = min(steps, key=lambda step: sum(step[0].values()))
        parts = {part: round(value, 3) for part, value in seconds.items()}
        rmse = float((mean - truth).square().mean().sqrt())
        step = sum(seconds.values())
        inference = {"inference": round(step - seconds["features"], 3), "step": round(step, 3)}
        rows.append({"gp": name, "rows": n} | parts | inference | {"rmse": round(rmse, 3)})
    return rows


def run(config: Config) -> list[dict[str, Any]]:
    """Rows for all numbers of observations."""
    _, lines = find_dataset("zinc250k")
    count = config.num_candidates + max(config.rows)
    strings = random.Random(config.seed).sample([line.string for line in lines], count)
    values = torch.tensor([penalized_logp(string) for string in strings], dtype=torch.float64)
    # The first call of everything loads libraries.
    measure(strings, values, config.rows[0], replace(config, repeats=1))
    return [row for n in config.rows for row in measure(strings, values, n, config)]


def table(rows: list[dict[str, Any]], config: Config) -> str:
    """A Markdown table."""
    lines = [
        f"CPU seconds of a step with {config.num_candidates} new candidates, {config.num_samples} "
        f"joint samples of {config.num_sampled}; the best of {config.repeats}.",
        "",
        "| GP | observations | features | fit | predict | sample | last three | step | RMSE |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    steps = [(row["rows"], row["step"]) for row in rows if row["gp"] == "ours"]
    lines.append("")
    for (few, before), (many, after) in pairwise(steps):
        allowed = many * math.log(many) / (few * math.log(few))
        lines.append(
            f"From {few} to {many} observations a step of ours takes {after / before:.2f} times as "
            f"long (n log n: {allowed:.1f} times)."
        )
    return "\n".join(lines)


def rows_option(text: str) -> tuple[int, ...]:
    """Argparse type: ascending numbers of observations from 2, with commas between."""
    words = text.split(",")
    rows = [int(word) if word.strip().isdecimal() else 0 for word in words]
    if min(rows) < 2 or rows != sorted(rows):
        raise argparse.ArgumentTypeError(
            f"{text!r} must be ascending numbers from 2, such as 300,1000"
        )
    return tuple(rows)


def summary(rows: Rows) -> dict[str, Any]:
    """CPU seconds of fit, predictions and samples at the largest number of observations."""
    ours, baseline = rows[-2], rows[-1]
    return {
        **{"name": "surrogate", "rows": ours["rows"], "unit": "CPU seconds"},
        **{"ours": ours["inference"], "baseline": baseline["inference"]},
        "ratio": round(baseline["inference"] / ours["inference"], 2),
        **{"ours_step": ours["step"], "baseline_step": baseline["step"]},
        **{"ours_rmse": ours["rmse"], "baseline_rmse": baseline["rmse"]},
    }


def main(arguments: list[str] | None = None) -> int:
    """Prints the table and the JSON line."""
    parser = benchmark_parser(__doc__, "few rows", "config.json, rows.jsonl, table.md")
    parser.add_argument("--rows", type=rows_option, help="numbers of observations, with commas")
    options = parser.parse_args(arguments)
    config = configured(SMOKE if options.smoke else Config(), options)
    torch.set_num_threads(1)
    return run_benchmark(
        options.out, lambda: run(config), lambda rows: table(rows, config), summary, config
    )


if __name__ == "__main__":
    sys.exit(main())
