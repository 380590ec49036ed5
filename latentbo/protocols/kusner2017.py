"""The protocol of the grammar variational autoencoder (thesis tables 4.3 and 4.4).

All data are scored; a sparse GP is fitted to 90 % of them; five times, 50 points are selected by
greedy expected improvement in the box of the training codes, decoded, evaluated, and added.

Known faults of the protocol are switches of `KusnerConfig`, with the published defaults: targets
are not standardised (`standardize`, `surrogate`); an invalid decode gets the worst value of the
data (`invalid`); decodes that run out of length are invalid (`finish`); the string's value is
paired with the selected code, not with the code of the decoded string (`reencode`); the data may
contain the optimum (`exclude_above`).

References:
    Kusner, Paige and Hernández-Lobato, "Grammar Variational Autoencoder", ICML 2017.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from latentbo.acquisition import believer_batch
from latentbo.ledger import Evaluation, StepRecord
from latentbo.models import MostFrequent, TrainedModel
from latentbo.optimizer import BatchOptimizer, OptimizationConfig, Selection
from latentbo.optimizer.history import History
from latentbo.protocols.gp_evaluation import evaluate_posterior, fit_gp, split_labelled
from latentbo.protocols.kusner_config import KusnerConfig
from latentbo.protocols.labelled import Labelled
from latentbo.protocols.points import Point, Source, points_of, values_of
from latentbo.seeds import seed_for
from latentbo.surrogates import SparsePosterior, single_thread

# Streams of random numbers of a seed; 1 and 2 are those of split and fit.
CANDIDATES, SAMPLES = 3, 4


@dataclass
class KusnerStrategy:
    """Selects the oracle calls of the protocol, one iteration at a time.

    An iteration is a pure function of the settings, the labelled strings, and the earlier steps and
    evaluations. Fits are cached, so that an uninterrupted run reuses the earlier one; a resumed run
    repeats them.

    Args:
        model: The trained autoencoder.
        canonical: Returns the canonical form of a string, None if it is not a string of the task.
        labelled: All data with codes and values.
        config: Settings.

    Raises:
        ConfigurationError: If too few labelled strings are left.
    """

    model: TrainedModel
    canonical: Callable[[str], str | None]
    labelled: Labelled
    config: KusnerConfig
    _fits: dict[str, SparsePosterior] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.config.finish:
            self.model = self.model.finishing()
        limit = self.config.exclude_above
        if limit is not None:
            self.labelled = self.labelled.rows(self.labelled.values <= limit)
        labelled, config = self.labelled, self.config
        self._train, self._test = split_labelled(len(labelled), config.seed, config.train_fraction)
        self._codes = labelled.codes[self._train].double()
        self._values = labelled.values[self._train].double()
        self._bounds = torch.stack([self._codes.amin(0), self._codes.amax(0)])
        self._labels = dict(zip(labelled.strings, labelled.values.tolist(), strict=True))

    def optimizer(self) -> BatchOptimizer:
        """Return the ask-tell loop of the protocol, which ends after its last iteration."""
        own = self.config
        loop = OptimizationConfig(budget=own.budget, batch_size=own.batch_size, seed=own.seed)
        return BatchOptimizer(self, (), loop, fallback=self, num_steps=own.num_iterations)

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        """See `Strategy.pick`; the state holds the iteration's points.

        There is one selection per string without a known value. The points number `batch_size` even
        if `q` is less, because not every point needs an oracle call.
        """
        number, steps, evaluations = len(history.steps), history.steps, history.evaluations
        posterior = self._posterior(number, steps, evaluations)
        codes = self._pick(number, posterior, self._best(steps, evaluations))
        points = self._decode(number, codes, evaluations)
        return self._state(number, points, posterior), self._selections(points, posterior)

    def _data(
        self, steps: Sequence[StepRecord], evaluations: Sequence[Evaluation]
    ) -> tuple[Tensor, Tensor]:
        """Return codes and values of the training data and of the points of these steps."""
        points = [point for step in steps for point in points_of(step)]
        worst = float(self._values.min())
        codes, values = [], []
        for point, value in zip(points, values_of(points, evaluations), strict=True):
            if value is None and self.config.invalid == "leave-out":
                continue
            codes.append(point.encoded or point.code)
            values.append(worst if value is None else value)
        if not codes:
            return self._codes, self._values
        more = torch.tensor(codes, dtype=torch.float64)
        return (
            torch.cat([self._codes, more]),
            torch.cat([self._values, torch.tensor(values, dtype=torch.float64)]),
        )

    def _posterior(
        self, number: int, steps: Sequence[StepRecord], evaluations: Sequence[Evaluation]
    ) -> SparsePosterior:
        """Fit to all data before an iteration, starting from the earlier fit if so configured."""
        codes, values = self._data(steps[:number], evaluations)
        key = hashlib.sha256(codes.numpy().tobytes() + values.numpy().tobytes()).hexdigest()
        if key not in self._fits:
            start = None
            if number and self.config.refit == "continue":
                start = self._posterior(number - 1, steps, evaluations)
            seed = seed_for(self.config.seed, number) if number else self.config.seed
            self._fits[key] = fit_gp(codes, values, self.config.gp, seed, start)
        return self._fits[key]

    def _best(self, steps: Sequence[StepRecord], evaluations: Sequence[Evaluation]) -> float:
        return float(self._data(steps, evaluations)[1].max())

    def _pick(self, number: int, posterior: SparsePosterior, best_f: float) -> Tensor:
        generator = torch.Generator().manual_seed(seed_for(self.config.seed, CANDIDATES, number))
        shape = (self.config.num_candidates, self._codes.shape[1])
        unit = torch.rand(shape, generator=generator, dtype=torch.float64)
        candidates = self._bounds[0] + unit * (self._bounds[1] - self._bounds[0])
        with single_thread():
            return believer_batch(
                posterior, candidates, self._bounds, best_f, self.config.batch_size
            )

    def _decode(self, number: int, codes: Tensor, evaluations: Sequence[Evaluation]) -> list[Point]:
        """Decode the selected codes and look up known values of the strings."""
        generator = torch.Generator(device=self.model.device)
        generator.manual_seed(seed_for(self.config.seed, SAMPLES, number))
        decoded = self.model.decode_most_frequent(
            codes, self.config.num_samples, self.canonical, generator=generator
        )
        called = {row.string for row in evaluations}
        points = []
        for code, row in zip(codes.tolist(), decoded, strict=True):
            points.append(self._point(tuple(code), row, called))
            if row.string is not None:
                called.add(row.string)
        return points

    def _point(self, code: tuple[float, ...], row: MostFrequent, called: set[str]) -> Point:
        if row.string is None:
            return Point(code, None, Source.INVALID)
        encoded = None
        if self.config.reencode and self.model.can_encode(row.string):
            encoded = tuple(self.model.encode([row.string])[0].double().tolist())
        # Labelled strings never become oracle calls, so only others can be in the ledger.
        value = self._labels.get(row.string)
        source = Source.CALL
        if value is not None:
            source = Source.LABELS
        elif row.string in called:
            source = Source.LEDGER
        return Point(code, row.string, source, value, encoded, row.votes)

    def _state(
        self, number: int, points: list[Point], posterior: SparsePosterior
    ) -> dict[str, Any]:
        sources = [point.source for point in points]
        hyperparameters = posterior.hyperparameters
        state: dict[str, Any] = {
            "protocol": "kusner2017",
            "decoded": len(points),
            "invalid": sources.count(Source.INVALID),
            "known": sources.count(Source.LEDGER) + sources.count(Source.LABELS),
            "noise": posterior.noise_variance,
            "lengthscale": float(hyperparameters.lengthscale.median()),
            "points": [point.to_json() for point in points],
        }
        if number == 0:
            labelled = self.labelled
            evaluation = asdict(
                evaluate_posterior(
                    posterior, labelled.codes, labelled.values, self._train, self._test, 0.0
                )
            )
            del evaluation["seconds"]  # equal runs have equal states
            state |= {"gp": evaluation, "best_in_training": float(self._values.max())}
            state |= {"best_in_data": float(labelled.values.max())}
        return state

    def _selections(self, points: list[Point], posterior: SparsePosterior) -> list[Selection]:
        new = [point for point in points if point.source is Source.CALL]
        if not new:
            return []
        codes = torch.tensor([point.code for point in new], dtype=torch.float64)
        with single_thread():
            mean, deviation = posterior.predict(codes)
        return [
            Selection(
                point.string or "",
                "expected-improvement",
                {"predicted": float(m), "deviation": float(s), "votes": point.votes},
            )
            for point, m, s in zip(new, mean, deviation, strict=True)
        ]
