"""How do our sparse GPs compare with an exact GP, in time and in accuracy?

    python experiments/benchmarks/gp_evaluation.py [--threads 1] [--out DIR] [--smoke]

Random expressions of the grammar, their values as the objective, and as codes 25 principal
components of their productions: no model and no data file are needed. On the rows that the exact
GP (gpytorch, the same kernel, L-BFGS) can take, all three are fitted to the same rows; the sparse
ones then to all rows. All are tested on the same rows.
One CPU core: 2.5 minutes of CPU time; --smoke: 10 s. Expected: on 2,000 rows the modern sparse GP
takes a third of the exact one's time for the same errors; 30,000 rows take it about as long as the
exact one takes for 2,000, and lower the error. The last line is JSON with the CPU seconds of the
two on equal rows (ratio > 1: ours is better), and their errors.
"""

import random
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from benchmark_frame import Rows, benchmark_parser, configured, run_benchmark
from torch import Tensor

from latentbo.command_line import at_least
from latentbo.objectives import OBJECTIVES
from latentbo.parsing import Grammar, load_grammar, sample_derivation, write_sentence
from latentbo.surrogates import (
    ModernGPConfig,
    StochasticGPConfig,
    fit_modern_gp,
    fit_stochastic_gp,
)

with warnings.catch_warnings():
    # Importing botorch uses torch.jit.script, for which newer torch warns of deprecation.
    warnings.simplefilter("ignore")
    import gpytorch
    from botorch.models import SingleTaskGP
    from botorch.optim.fit import fit_gpytorch_mll_scipy

# Mean and variance of the noisy predictions for codes.
Predictor = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Config:
    """Numbers of rows, sizes of the GPs."""

    num_rows: int = 30_000
    num_exact: int = 2000
    num_test: int = 5000
    num_dimensions: int = 25
    num_inducing: int = 500
    published_epochs: int = 50
    modern_epochs: int = 30
    exact_iterations: int = 50
    seed: int = 0
    threads: int = 1


SMOKE = Config(3000, 400, 1000, num_inducing=100, published_epochs=5, exact_iterations=20)


def expressions(grammar: Grammar, number: int, seed: int) -> dict[str, list[int]]:
    """Distinct random expressions and their productions."""
    generator = random.Random(seed)
    found: dict[str, list[int]] = {}
    while len(found) < number:
        productions = sample_derivation(grammar, generator, 14)
        string = write_sentence(grammar, productions)
        if string is not None:
            found[string] = productions
    return found


def problem(config: Config) -> tuple[Tensor, Tensor]:
    """Codes (`n x d`) and values (`n`), the rows in random order."""
    grammar = load_grammar("expressions")
    found = expressions(grammar, config.num_rows + config.num_test, config.seed)
    tokens = torch.zeros(len(found), 14, dtype=torch.int64)
    for row, productions in zip(tokens, found.values(), strict=True):
        row[: len(productions)] = torch.tensor(productions) + 1
    one_hot = torch.nn.functional.one_hot(tokens, len(grammar.productions) + 1)
    centered = one_hot.flatten(1).double()
    centered -= centered.mean(0)
    directions = torch.linalg.eigh(centered.T @ centered).eigenvectors
    codes = centered @ directions[:, -config.num_dimensions :]
    objective = OBJECTIVES["target-fit"]
    values = torch.tensor([objective(string) for string in found], dtype=torch.float64)
    return codes / codes.std(0), values


def fit_exact(codes: Tensor, values: Tensor, config: Config) -> Predictor:
    """The baseline: gpytorch's exact GP on standardised targets, by L-BFGS."""
    center, unit = values.mean(), values.std()
    kernel = gpytorch.kernels.RBFKernel(ard_num_dims=codes.shape[1])
    kernel.lengthscale = torch.pdist(codes[:1000]).median()
    with gpytorch.settings.fast_computations(False, False, False), warnings.catch_warnings():
        # Warnings about codes outside the unit cube and about missing convergence do not matter
        # here.
        warnings.simplefilter("ignore")
        model = SingleTaskGP(
            codes,
            ((values - center) / unit)[:, None],
            covar_module=gpytorch.kernels.ScaleKernel(kernel),
            likelihood=gpytorch.likelihoods.GaussianLikelihood(),
            outcome_transform=None,
        ).double()
        mll = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
        fit_gpytorch_mll_scipy(mll, options={"maxiter": config.exact_iterations})

    def predict(new: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad(), gpytorch.settings.fast_computations(False, False, False):
            posterior = model.posterior(new, observation_noise=True)
            return center + unit * posterior.mean[:, 0], unit**2 * posterior.variance[:, 0]

    return predict


def fit_published(codes: Tensor, values: Tensor, config: Config) -> Predictor:
    """Ours at the published settings."""
    settings = StochasticGPConfig(config.num_inducing, config.published_epochs)
    posterior = fit_stochastic_gp(codes, values, settings, config.seed)
    return lambda new: _with_noise(posterior.predict(new), posterior.noise_variance)


def fit_modern(codes: Tensor, values: Tensor, config: Config) -> Predictor:
    """Ours at current settings."""
    settings = ModernGPConfig(config.num_inducing, config.modern_epochs)
    posterior = fit_modern_gp(codes, values, settings, config.seed)
    return lambda new: _with_noise(posterior.predict(new), posterior.noise_variance)


def _with_noise(prediction: tuple[Tensor, Tensor], noise: float) -> tuple[Tensor, Tensor]:
    mean, deviation = prediction
    return mean, deviation.square() + noise


FITS = {"published": fit_published, "modern": fit_modern, "exact": fit_exact}


def measure(
    name: str, train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], config: Config
) -> dict[str, Any]:
    """Fit, predict, and evaluate."""
    start = time.process_time()
    predict = FITS[name](*train, config)
    seconds = time.process_time() - start
    mean, variance = predict(test[0])
    errors = (test[1] - mean).square()
    density = -0.5 * (errors / variance + (2 * torch.pi * variance).log())
    return {
        "gp": name,
        "rows": len(train[1]),
        "seconds": round(seconds, 2),
        "rmse": round(float(errors.mean().sqrt()), 4),
        "log_likelihood": round(float(density.mean()), 4),
    }


def run(config: Config) -> list[dict[str, Any]]:
    """One row per fit, then the constant as a baseline."""
    codes, values = problem(config)
    order = torch.randperm(len(values), generator=torch.Generator().manual_seed(config.seed))
    held_out, rows = order[: config.num_test], order[config.num_test :]
    test = codes[held_out], values[held_out]
    measured = []
    for number, names in ((config.num_exact, FITS), (config.num_rows, ("published", "modern"))):
        train = codes[rows[:number]], values[rows[:number]]
        measured += [measure(name, train, test, config) for name in names]
    known = values[rows]
    errors = (test[1] - known.mean()).square()
    density = -0.5 * (errors / known.var() + (2 * torch.pi * known.var()).log())
    constant = {"gp": "constant", "rows": len(known), "seconds": 0.0}
    constant |= {"rmse": round(float(errors.mean().sqrt()), 4)}
    return [*measured, constant | {"log_likelihood": round(float(density.mean()), 4)}]


def table(rows: list[dict[str, Any]], config: Config) -> str:
    """A Markdown table."""
    lines = [
        f"Fits to {config.num_dimensions}-dimensional codes of random expressions, "
        f"{config.num_inducing} inducing points, {config.threads} thread(s), tested on "
        f"{config.num_test} rows.",
        "",
        "| GP | rows | CPU seconds | RMSE | log-likelihood |",
        "|---|---|---|---|---|",
    ]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    return "\n".join(lines)


def summary(rows: Rows, config: Config) -> dict[str, Any]:
    """CPU seconds of the modern sparse GP and of the exact one, on equal rows."""
    equal = {row["gp"]: row for row in rows if row["rows"] == config.num_exact}
    ours, baseline = equal["modern"], equal["exact"]
    return {
        **{"name": "gp_evaluation", "ours": ours["seconds"], "baseline": baseline["seconds"]},
        "ratio": round(baseline["seconds"] / ours["seconds"], 2),
        **{"ours_rmse": ours["rmse"], "baseline_rmse": baseline["rmse"]},
    }


def main(arguments: list[str] | None = None) -> int:
    """Prints the table and the JSON line."""
    parser = benchmark_parser(__doc__, "few rows", "config.json, rows.jsonl, table.md")
    parser.add_argument("--threads", type=at_least(1), help="of torch (default 1)")
    options = parser.parse_args(arguments)
    config = configured(SMOKE if options.smoke else Config(), options)
    torch.set_num_threads(config.threads)
    return run_benchmark(
        options.out,
        lambda: run(config),
        lambda rows: table(rows, config),
        lambda rows: summary(rows, config),
        config,
    )


if __name__ == "__main__":
    sys.exit(main())
