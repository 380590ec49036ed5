"""Optimize a Python function in one call."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.progress import Progress

from latentbo.errors import ConfigurationError, ObjectiveError, PausedError
from latentbo.laboratory.latent_optimizer import LatentOptimizer
from latentbo.laboratory.measurement import Measurement
from latentbo.laboratory.result import Result
from latentbo.ledger import Status
from latentbo.objectives.base import as_value
from latentbo.report.live import LiveReport
from latentbo.run import CONFIG_FILE
from latentbo.tasks import Task

DIRECTIONS = ("maximize", "minimize")
#: Failed calls in a row after which something is broken that costs calls.
MOST_FAILURES = 100


def optimize(
    function: Callable[..., Any],
    budget: int = 300,
    *,
    task: str | Task = "molecules",
    initial: Any = None,
    constraints: Any = None,
    direction: str = "maximize",
    seed: int = 0,
    batched: bool = False,
    batch_size: int = 20,
    directory: str | Path | None = None,
    progress: bool = True,
    **settings: Any,
) -> Result:
    """Find strings of high (or low) value in few calls of a function.

    Each call is recorded when it ends, as a failed one if the function raises an exception, or
    returns None or NaN. The same call with the same directory resumes a run that was stopped.

    Args:
        function: From a string (SMILES of a molecule) to a number; with `batched`, from a list of n
            strings to n numbers.
        budget: Oracle calls in all, failed ones included.
        task: The name of a task, or a task.
        initial: Strings to start from, or measurements, which cost no call: a file, a list, pairs,
            a dictionary, a pandas Series or DataFrame; None: the task's own pool.
        constraints: TOML file with a table `[constraints]`, such a table as a dictionary, or
            `latentbo.chemistry.Constraints`.
        direction: `maximize` or `minimize`.
        seed: Of everything random: the same seed gives the same run, if the function does.
        batched: Whether the function takes a list of strings.
        batch_size: Strings between two fits.
        directory: Folder of the run; None: a temporary one, which goes with the result.
        progress: Whether to show a progress bar (also in notebooks).
        **settings: Further ones of `LatentOptimizer`: `preset`, `model`, `chemistry`, `limits`,
            `device`, `threads`, or of the search.

    Raises:
        ConfigurationError: If a setting cannot be used.
        DataError: If `initial` cannot be used.
        PausedError: After 100 failed calls in a row; the run can be resumed.

    Example:
        >>> import latentbo
        >>> from rdkit.Chem import MolFromSmiles, QED
        >>> result = latentbo.optimize(lambda smiles: QED.qed(MolFromSmiles(smiles)), budget=100)
        >>> result.best.string, result.best.value
    """
    if not callable(function):
        raise ConfigurationError(
            f"a {type(function).__name__} cannot be called: give a function from a string to a "
            f"number (python -m latentbo.optimize takes names of objectives)"
        )
    for name, number in (("budget", budget), ("batch_size", batch_size)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ConfigurationError(f"{name} must be a whole number from 1 up, not {number!r}")
    if direction not in DIRECTIONS:
        raise ConfigurationError(
            f"unknown direction {direction!r}; choose one of {', '.join(DIRECTIONS)}"
        )
    minimize = direction == "minimize"
    if directory is not None and (Path(directory) / CONFIG_FILE).is_file():
        optimizer = LatentOptimizer.load(directory, settings.get("device", "auto"))
        _check_same(optimizer, task, seed, minimize)
    else:
        optimizer = LatentOptimizer(
            task,
            seed=seed,
            initial=initial,
            constraints=constraints,
            minimize=minimize,
            directory=directory,
            **settings,
        )
    bar = Progress(transient=True) if progress else nullcontext()
    with bar:
        shown = bar.add_task("oracle calls", total=budget) if isinstance(bar, Progress) else None

        page = LiveReport(optimizer.directory)

        def show() -> None:
            page.show(_num_finished(optimizer))
            if isinstance(bar, Progress) and shown is not None:
                best = optimizer.best
                text = "oracle calls" if best is None else f"best {best.value:.4g}"
                bar.update(shown, completed=_num_finished(optimizer), description=text)

        try:
            _spend(optimizer, function, budget, batch_size, batched, show)
        finally:
            page.finish()
    return optimizer


def _check_same(optimizer: LatentOptimizer, task: str | Task, seed: int, minimize: bool) -> None:
    """Refuse to resume another run."""
    name = task if isinstance(task, str) else task.name
    stored = optimizer.settings
    asked: list[tuple[str, Any, Any]] = [
        ("task", stored["task"], name),
        ("seed", stored["seed"], seed),
        ("direction", DIRECTIONS[optimizer.is_minimized], DIRECTIONS[minimize]),
    ]
    for setting, was, given in asked:
        if was != given:
            raise ConfigurationError(
                f"the run in {optimizer.directory} has the {setting} {was}, not {given}: give "
                f"another directory, or the {setting} of before"
            )


def _spend(
    optimizer: LatentOptimizer,
    function: Callable[..., Any],
    budget: int,
    batch_size: int,
    batched: bool,
    show: Callable[[], None],
) -> None:
    """Ask, call and tell until the budget is spent or nothing new is found."""
    failures = 0
    while (left := budget - _num_finished(optimizer)) > 0:
        waiting = [row.string for row in optimizer.pending]
        if not waiting:
            waiting = [each.string for each in optimizer.ask(min(batch_size, left))]
        if not waiting:
            return
        for part in [waiting] if batched else [[string] for string in waiting]:
            results = _called(function, part, batched)
            optimizer.tell(results)
            for each in results:
                failures = failures + 1 if each.value is None else 0
            show()
            if failures >= MOST_FAILURES:
                raise PausedError(
                    f"{failures} calls in a row failed, the last with: {results[-1].message}; "
                    f"mend the function, and call again with directory={str(optimizer.directory)!r}"
                )


def _called(function: Callable[..., Any], strings: list[str], batched: bool) -> list[Measurement]:
    """Call the function; whatever it does but Ctrl-C is a result or a failure."""
    try:
        values = function(list(strings)) if batched else [function(strings[0])]
        if not isinstance(values, Sequence) and hasattr(values, "tolist"):
            values = values.tolist()
        if not isinstance(values, Sequence) or len(values) != len(strings):
            raise ObjectiveError(
                f"the function must return {len(strings)} values for {len(strings)} strings"
            )
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return [Measurement(each, None, _message(error)) for each in strings]
    return [_measured(string, value) for string, value in zip(strings, values, strict=True)]


def _measured(string: str, value: Any) -> Measurement:
    try:
        return Measurement(string, as_value(value))
    except ObjectiveError as error:
        return Measurement(string, None, str(error))


def _message(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _num_finished(optimizer: LatentOptimizer) -> int:
    return sum(row.status is not Status.PENDING for row in optimizer.evaluations)
