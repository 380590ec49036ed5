"""Selection of the `q` candidate codes that get an oracle call.

The candidates are codes of real, new molecules (decoded and encoded again), so the acquisition is
maximised over this discrete set and not over codes that decode to other molecules.
"""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

with warnings.catch_warnings():
    # Importing botorch uses torch.jit.script, for which newer torch warns of deprecation.
    warnings.simplefilter("ignore")
    from botorch.acquisition.logei import qLogExpectedImprovement
    from botorch.generation.sampling import MaxPosteriorSampling
    from botorch.optim import optimize_acqf_discrete
    from botorch.sampling import SobolQMCNormalSampler

from latentbo.errors import ConfigurationError


def select_thompson(model: Any, candidates: Tensor, q: int, best_f: float, seed: int) -> Tensor:
    """Choose distinct candidates that maximise joint posterior samples (Thompson sampling).

    Args:
        model: A botorch model.
        candidates: An `n x d`-dim tensor of codes, n >= q.
        q: Number of candidates to choose.
        best_f: Ignored; part of the common signature.
        seed: Of the posterior samples.

    Returns:
        A `q`-dim tensor of row numbers of `candidates`.
    """
    del best_f
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        sampler = MaxPosteriorSampling(model=model, replacement=False)
        chosen = sampler(candidates, num_samples=q)
    return _rows(candidates, chosen)


def select_log_ei(model: Any, candidates: Tensor, q: int, best_f: float, seed: int) -> Tensor:
    """Choose candidates greedily by batch log expected improvement.

    Args:
        model: A botorch model.
        candidates: An `n x d`-dim tensor of codes, n >= q.
        q: Number of candidates to choose.
        best_f: Best value so far, in the unit of the model's posterior.
        seed: Of the quasi-random posterior samples.

    Returns:
        A `q`-dim tensor of row numbers of `candidates`.

    References:
        Ament et al., "Unexpected Improvements to Expected Improvement", NeurIPS 2023.
    """
    sampler = SobolQMCNormalSampler(torch.Size([128]), seed=seed)
    acquisition = qLogExpectedImprovement(model, best_f=best_f, sampler=sampler)
    chosen, _ = optimize_acqf_discrete(acquisition, q=q, choices=candidates, unique=True)
    return _rows(candidates, chosen)


ACQUISITIONS: dict[str, Callable[[Any, Tensor, int, float, int], Tensor]] = {
    "thompson": select_thompson,
    "log-ei": select_log_ei,
}


def select(name: str, model: Any, candidates: Tensor, q: int, best_f: float, seed: int) -> Tensor:
    """Choose `min(q, n)` of the `n x d` candidates with the named acquisition function.

    Raises:
        ConfigurationError: If the name is unknown.
    """
    if name not in ACQUISITIONS:
        raise ConfigurationError(
            f"unknown acquisition {name!r}: choose one of {', '.join(ACQUISITIONS)}"
        )
    if len(candidates) <= q:
        return torch.arange(len(candidates))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        return ACQUISITIONS[name](model, candidates, q, best_f, seed)


def _rows(candidates: Tensor, chosen: Tensor) -> Tensor:
    """Find the row numbers of chosen rows (exact copies of candidates), each once."""
    rows: list[int] = []
    for code in chosen:
        matches = (candidates == code).all(1).nonzero()[:, 0].tolist()
        rows.append(next(row for row in matches if row not in rows))
    return torch.tensor(rows)
