"""The contract of a task."""

from collections.abc import Callable, Sequence

from torch import Tensor

from latentbo.tasks import Task
from latentbo.testing.contract import require, twice

#: Strings of the pool that are looked at.
MOST = 1000


def check_task(task: Task, strings: Sequence[str]) -> None:
    """Check that runs and trainings can work on the strings of a task.

    A canonical form is its own canonical form, and so is every string of the pool; other strings
    have none, and raise nothing; pool, counts and descriptors are the same every time.

    Args:
        task: The task.
        strings: Some of its strings, at least one.

    Raises:
        ContractError: If it does not keep the contract.
    """
    require(strings, "give check_task a string or more")
    canonical = [_canonical(task, string) for string in strings]
    for string, form in zip(strings, canonical, strict=True):
        require(form is not None, f"{task.name}: {string!r} has no canonical form")
    for odd in ("", "\0", f"{strings[0]}\0"):
        form = _canonical(task, odd)
        require(form is None, f"{task.name}: {odd!r} has the canonical form {form!r}: return None")
    first, second = twice(task.pool)
    require(list(first) == list(second), f"{task.name}: the pool differs from call to call")
    for string in first[:MOST]:
        form = _canonical(task, string)
        require(form == string, f"{task.name}: {string!r} of the pool is not canonical ({form!r})")
    known = [form for form in canonical if form is not None]
    for name, features in (("count", task.count), ("describe", task.describe)):
        if features is not None:
            _check_features(f"{task.name}: {name}", features, known)


def _canonical(task: Task, string: str) -> str | None:
    """Return the canonical form, which must be its own."""
    try:
        form = task.canonical(string)
        again = None if form is None else task.canonical(form)
    except Exception as error:
        require(
            False,
            f"{task.name}: canonical fails for {string!r} ({type(error).__name__}): return None "
            f"for what is no string of the task",
        )
        raise
    require(
        form == again, f"{task.name}: the canonical form {form!r} of {string!r} becomes {again!r}"
    )
    return form


def _check_features(
    place: str, features: Callable[[Sequence[str]], Tensor], strings: Sequence[str]
) -> None:
    nothing = features([])
    require(nothing.ndim == 2 and not len(nothing), f"{place}([]) must have the shape 0 x m")
    size = (len(strings), nothing.shape[1])
    first, second = twice(lambda: features(strings))
    require(tuple(first.shape) == size, f"{place} has the shape {tuple(first.shape)}, not {size}")
    require(first.isfinite().all(), f"{place} holds a number that is not finite")
    require(first.equal(second), f"{place} differs between two calls")
