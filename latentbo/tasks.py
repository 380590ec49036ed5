"""The one registry of tasks: which parts make up `molecules`."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from latentbo.chemistry import MoleculeFilter, standardize
from latentbo.data.pool import default_pool, filtered_pool
from latentbo.optimizer import Accepted

__all__ = ["TASKS", "Task"]


@dataclass(frozen=True)
class Task:
    """How the strings of a task are made canonical, filtered, and where they start from.

    Args:
        name: As on the command line, and of the model that ships with the package.
        dataset: Name of the data set its models are trained on.
        objective: Default objective.
        canonical: A string to its canonical form, None if it is none of the task.
        pool: The default starting pool.
    """

    name: str
    dataset: str
    objective: str
    canonical: Callable[[str], str | None]
    pool: Callable[[], list[str]]

    def accept(self, molecule_filter: MoleculeFilter) -> Callable[[str], Accepted]:
        """Return the judgement of decoded strings under a filter."""

        def judge(string: str) -> Accepted:
            canonical = self.canonical(string)
            if canonical is None:
                return Accepted(None, "invalid")
            if molecule_filter.rejection(canonical) is not None:
                return Accepted(None, "filtered")
            return Accepted(canonical)

        return judge

    def filtered(
        self, strings: list[str], molecule_filter: MoleculeFilter
    ) -> tuple[list[str], Counter[str]]:
        """Return the canonical strings that pass, each once, and why the others did not."""
        canonical = [self.canonical(string) for string in strings]
        known = list(dict.fromkeys(string for string in canonical if string is not None))
        passing, reasons = filtered_pool(known, molecule_filter)
        invalid = sum(string is None for string in canonical)
        if invalid:
            reasons["no molecule"] += invalid
        return passing, reasons


TASKS = {
    "molecules": Task(
        name="molecules",
        dataset="zinc250k",
        objective="penalized-logp",
        canonical=lambda string: standardize(string).smiles,
        pool=default_pool,
    ),
}
