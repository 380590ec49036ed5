"""The one registry of tasks: which parts make up `molecules` and `expressions`."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from torch import Tensor

from latentbo.chemistry import MoleculeRules, fragment_counts, standardize
from latentbo.data import Line, read_strings
from latentbo.data.expressions import random_sentences
from latentbo.data.pool import default_pool, filtered_pool
from latentbo.errors import DataError
from latentbo.models import TrainedModel
from latentbo.objectives.expressions import curve_values
from latentbo.parsing import Grammar, ParseError, Parser, load_grammar, parser_for
from latentbo.parsing.patterns import pattern_counts
from latentbo.proposals import Accepted

__all__ = ["TASKS", "LeftOut", "Pool", "Task", "starting_pool"]

NOT_ENCODABLE = "not representable by the model"

#: Number and string of a line of a file, and why it cannot be used.
LeftOut = tuple[int, str, str]


@dataclass(frozen=True)
class Task:
    """How the strings of a task are made canonical, filtered, and where they start from.

    Args:
        name: As on the command line, and of the model that ships with the package. It is the plural
            of what one string stands for.
        objective: Default objective.
        canonical: A string to its canonical form, None if it is none of the task.
        pool: The default starting pool, canonical.
        pool_name: What messages and reports call this pool.
        pool_file: Name of the file in a run's folder that holds the pool.
        count: Strings to counts of fragments (`n x m`), for the surrogate.
        describe: Strings to descriptors (`n x m`), for the surrogate `curves`; None: none.
        preset: Default optimizer; see `latentbo.optimizer.PRESETS`.
        has_filter: Whether limits of size and rings apply.
        of_grammar: The same task for another grammar's strings; None: no grammar changes it.
    """

    name: str
    objective: str
    canonical: Callable[[str], str | None]
    pool: Callable[[], list[str]]
    pool_name: str
    pool_file: str
    count: Callable[[Sequence[str]], Tensor]
    describe: Callable[[Sequence[str]], Tensor] | None = None
    preset: str = "latent"
    has_filter: bool = False
    of_grammar: Callable[[Grammar], "Task"] | None = None

    @property
    def surrogate(self) -> str:
        """Name of the surrogate that is used unless another one is asked for."""
        return "fragments" if self.describe is None else "curves"

    @property
    def noun(self) -> str:
        """What one string of the task stands for."""
        return self.name.removesuffix("s")

    def for_model(self, model: TrainedModel) -> "Task":
        """Return the task as a model sees it: the strings of its own grammar, where that matters.

        An expression of a model with a user's grammar is a sentence of this grammar; one of a model
        without a grammar is a sentence of the shipped one.
        """
        text = model.representation.to_config().get("grammar")
        if self.of_grammar is None or text is None:
            return self
        return self.of_grammar(Grammar.from_text(text, "the model's grammar"))

    def accept(self, molecule_filter: MoleculeRules | None) -> Callable[[str], Accepted]:
        """Return the judgement of decoded strings under a filter (None: no filter).

        It remembers its latest verdicts: around a good string the same strings come up often.
        """

        @lru_cache(maxsize=100_000)
        def judge(string: str) -> Accepted:
            canonical = self.canonical(string)
            if canonical is None:
                return Accepted(None, "invalid")
            if molecule_filter is not None and molecule_filter.rejection(canonical) is not None:
                return Accepted(None, "filtered")
            return Accepted(canonical)

        return judge

    def filtered(
        self, lines: list[Line], molecule_filter: MoleculeRules | None
    ) -> tuple[list[Line], list[LeftOut]]:
        """Split the lines of a file into those that pass a filter and those that do not.

        Args:
            lines: The lines; their strings need not be canonical.
            molecule_filter: The limits to keep; None: no limits.

        Returns:
            The lines that pass, with canonical strings, each string once; and the others.
        """
        passing: dict[str, Line] = {}
        left_out: list[LeftOut] = []
        for line in lines:
            canonical = self.canonical(line.string)
            if canonical is None:
                left_out.append((line.number, line.string, f"no {self.noun}"))
            elif canonical in passing:
                left_out.append((line.number, line.string, "repeated"))
            elif molecule_filter and (violation := molecule_filter.violation(canonical)):
                left_out.append((line.number, line.string, violation.rule))
            else:
                passing[canonical] = Line(line.number, canonical)
        return list(passing.values()), left_out


def expressions(grammar: Callable[[], Grammar]) -> Task:
    """Return the task over the sentences of a grammar, which is loaded when it is needed."""

    @cache
    def parser() -> Parser:
        return parser_for(grammar())

    def canonical(string: str) -> str | None:
        written = "".join(string.split())
        try:
            parser().parse(written)
        except ParseError:
            return None
        return written

    return Task(
        name="expressions",
        objective="target-fit",
        canonical=canonical,
        pool=lambda: random_sentences(parser().grammar),
        pool_name="random sentences of the grammar",
        pool_file="pool.txt",
        count=lambda strings: pattern_counts(parser(), strings),
        describe=curve_values,
        of_grammar=lambda other: expressions(lambda: other),
    )


TASKS = {
    "molecules": Task(
        name="molecules",
        objective="penalized-logp",
        canonical=lambda string: standardize(string).smiles,
        pool=default_pool,
        pool_name="RDKit's NCI molecules",
        pool_file="pool.smi",
        count=fragment_counts,
        preset="hybrid",
        has_filter=True,
    ),
    "expressions": expressions(lambda: load_grammar("expressions")),
}


@dataclass(frozen=True)
class Pool:
    """The strings a run starts from, and what became of the others.

    Args:
        strings: Canonical, accepted by the filter, and representable by the model.
        reasons: Why others were left out, with their numbers.
        left_out: The lines of a user's file among these.
    """

    strings: list[str]
    reasons: Counter[str]
    left_out: list[LeftOut]

    def summary(self) -> dict[str, Any]:
        """Return what `config.json` says of it."""
        return {"usable": len(self.strings), "left_out": dict(sorted(self.reasons.items()))}


def starting_pool(
    task: Task, model: TrainedModel, molecule_filter: MoleculeRules | None, initial: Path | None
) -> Pool:
    """Return the strings a run can start from: those of a file, else the task's own pool.

    The task's own pool is canonical, so it is only filtered.

    Args:
        task: The task, as the model sees it.
        model: Must be able to hold the strings.
        molecule_filter: Limits that they must keep; None: none.
        initial: The user's file; None takes the task's own pool.

    Raises:
        DataError: If the file cannot be read, or no string can be used.
    """
    lines, reasons, left_out = _accepted_lines(task, molecule_filter, initial)
    usable = []
    for line in lines:
        if model.can_encode(line.string):
            usable.append(line.string)
        else:
            reasons[NOT_ENCODABLE] += 1
            if initial is not None:
                left_out.append((line.number, line.string, NOT_ENCODABLE))
    if not usable:
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        remedy = ", or a wider filter" if task.has_filter else ""
        raise DataError(
            f"no {task.noun} of {initial or 'the default pool'} can be used ({counts}): give other "
            f"{task.name} with --initial{remedy}"
        )
    return Pool(usable, reasons, sorted(left_out))


def _accepted_lines(
    task: Task, molecule_filter: MoleculeRules | None, initial: Path | None
) -> tuple[list[Line], Counter[str], list[LeftOut]]:
    if initial is not None:
        lines, left_out = task.filtered(read_strings(task.name, initial), molecule_filter)
        return lines, Counter(reason for _, _, reason in left_out), left_out
    strings, reasons = task.pool(), Counter[str]()
    if molecule_filter is not None:
        strings, reasons = filtered_pool(strings, molecule_filter)
    return [Line(0, string) for string in strings], reasons, []
