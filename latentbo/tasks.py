"""The one registry of tasks: which parts make up `molecules`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from torch import Tensor

from latentbo.chemistry import MoleculeFilter, fragment_counts, standardize
from latentbo.data import Line
from latentbo.data.pool import default_pool
from latentbo.optimizer import Accepted

__all__ = ["TASKS", "LeftOut", "Task"]

#: Number and string of a line of a file, and why it cannot be used.
LeftOut = tuple[int, str, str]


@dataclass(frozen=True)
class Task:
    """How the strings of a task are made canonical, filtered, and where they start from.

    Args:
        name: As on the command line, and of the model that ships with the package.
        objective: Default objective.
        canonical: A string to its canonical form, None if it is none of the task.
        pool: The default starting pool.
        count: Strings to counts of fragments (`n x m`), for the surrogate.
    """

    name: str
    objective: str
    canonical: Callable[[str], str | None]
    pool: Callable[[], list[str]]
    count: Callable[[Sequence[str]], Tensor]

    def accept(self, molecule_filter: MoleculeFilter) -> Callable[[str], Accepted]:
        """Return the judgement of decoded strings under a filter.

        It remembers its latest verdicts: around a good molecule the same strings come up often.
        """

        @lru_cache(maxsize=100_000)
        def judge(string: str) -> Accepted:
            canonical = self.canonical(string)
            if canonical is None:
                return Accepted(None, "invalid")
            if molecule_filter.rejection(canonical) is not None:
                return Accepted(None, "filtered")
            return Accepted(canonical)

        return judge

    def filtered(
        self, lines: list[Line], molecule_filter: MoleculeFilter
    ) -> tuple[list[Line], list[LeftOut]]:
        """Split the lines of a file into those that pass a filter and those that do not.

        Args:
            lines: The lines; their strings need not be canonical.
            molecule_filter: The limits to keep.

        Returns:
            The lines that pass, with canonical strings, each string once; and the others.
        """
        passing: dict[str, Line] = {}
        left_out: list[LeftOut] = []
        for line in lines:
            canonical = self.canonical(line.string)
            if canonical is None:
                left_out.append((line.number, line.string, "no molecule"))
            elif canonical in passing:
                left_out.append((line.number, line.string, "repeated"))
            elif violation := molecule_filter.violation(canonical):
                left_out.append((line.number, line.string, violation.rule))
            else:
                passing[canonical] = Line(line.number, canonical)
        return list(passing.values()), left_out


TASKS = {
    "molecules": Task(
        name="molecules",
        objective="penalized-logp",
        canonical=lambda string: standardize(string).smiles,
        pool=default_pool,
        count=fragment_counts,
    ),
}
