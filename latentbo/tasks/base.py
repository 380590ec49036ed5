"""A task: all that tells its strings from those of another.

Nothing here loads torch or RDKit, so that a command line can list the tasks. What needs them is a
function of the task.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentbo.data import Dataset, Line, find_dataset, read_strings
from latentbo.errors import ConfigurationError
from latentbo.parsing import Grammar, load_grammar
from latentbo.tasks.accepted import Accepted
from latentbo.tasks.recipes import NetworkRecipe, short_strings

if TYPE_CHECKING:
    from torch import Tensor

    from latentbo.chemistry import MoleculeRules
    from latentbo.data.assay import StringKind
    from latentbo.models import TrainedModel

#: Number and string of a line of a file, and why it cannot be used.
LeftOut = tuple[int, str, str]


@dataclass(frozen=True)
class Task:
    """A kind of strings: their canonical form, filter, starting pool and data.

    Args:
        name: As on the command line, and of the model that ships with the package: letters, digits,
            `-` and `_`. It is the plural of what one string stands for.
        canonical: A string to its canonical form, None if it is none of the task.
        pool: The default starting pool, canonical.
        objective: Default objective, as `latentbo.objectives.objective_from` reads it; None: one
            must be given.
        pool_name: What messages and reports call this pool.
        pool_file: Name of the file in a run's folder that holds the pool.
        column: Name of the column of strings in CSV files.
        dataset: The data that its models are trained on unless a file is given; None: a file must
            be given.
        whole_lines: Whether a string is all of its line in a file, without the blanks in it; else
            it is the line's first column.
        recipes: Defaults of training runs, by the kinds of network of `latentbo.models.NETWORKS`.
        lengths: Most token positions a string, the end included, by representations; those of
            `latentbo.training.TrainingConfig` for the others.
        grammar: Of the grammar representation: a grammar, or the name of one that ships; None: it
            must be given.
        count: Strings to counts of fragments (`n x m`), for the surrogate `fragments`; None: none.
        describe: Strings to descriptors (`n x m`), for the surrogate `curves`; None: none.
        preset: Default optimizer; see `latentbo.optimizer.PRESETS`.
        num_samples: Decodes of a point under the protocol `kusner2017`.
        is_molecular: Whether its strings are SMILES: limits of size and rings, constraints, and
            presets that change molecular graphs are for these alone.
        view: How reports present its strings: a `latentbo.report.view.View`, or the place of one
            (`module:name`), which is imported when it is needed; None: as text.
        of_grammar: The same task for the strings of another grammar, from this grammar's text;
            None: no grammar changes it.
        studied: Objective of the published studies, and so of protocols and of measurements of
            models; None: the default one.

    Raises:
        ConfigurationError: If the name is none.
    """

    name: str
    canonical: Callable[[str], str | None]
    pool: Callable[[], list[str]]
    objective: str | None = None
    pool_name: str = "the task's own pool"
    pool_file: str = "pool.txt"
    column: str = "string"
    count: Callable[[Sequence[str]], "Tensor"] | None = None
    describe: Callable[[Sequence[str]], "Tensor"] | None = None
    dataset: Dataset | None = None
    whole_lines: bool = False
    recipes: Mapping[str, NetworkRecipe] = field(
        default_factory=lambda: short_strings("characters")
    )
    lengths: Mapping[str, int] = field(default_factory=dict)
    grammar: str | Grammar | None = None
    preset: str = "latent"
    num_samples: int = 25
    is_molecular: bool = False
    view: Any = None
    of_grammar: Callable[[str], "Task"] | None = None
    studied: str | None = None

    @property
    def studied_objective(self) -> str | None:
        """Name of the objective under a protocol, and where models are measured."""
        return self.studied or self.objective

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", self.name):
            raise ConfigurationError(
                f"{self.name!r} is no name of a task: use letters, digits, - and _"
            )

    @property
    def surrogate(self) -> str:
        """Name of the surrogate of a search unless another one is asked for."""
        return "tanimoto" if self.is_molecular else self.code_surrogate

    @property
    def code_surrogate(self) -> str:
        """Name of the surrogate of searches that see codes, such as the protocols."""
        if self.describe is not None:
            return "curves"
        return "latent" if self.count is None else "fragments"

    def objective_or(self, given: str | None) -> str:
        """Return the objective that is given, else the default one.

        Raises:
            ConfigurationError: If there is neither.
        """
        found = given or self.objective
        if found is None:
            raise ConfigurationError(
                f"{self.name} have no default objective: give one with --objective"
            )
        return found

    @property
    def noun(self) -> str:
        """Name of one string of the task."""
        return self.name.removesuffix("s")

    def read(self, path: Path) -> list[Line]:
        """Read a file of its strings, one a line.

        Raises:
            DataError: If it cannot be read.
        """
        return read_strings(path, self.whole_lines)

    @property
    def strings(self) -> "StringKind":
        """The form of its strings in files."""
        from latentbo.data.assay import StringKind  # noqa: PLC0415  (needs RDKit)

        return StringKind(self.name, self.column, self.is_molecular, self.whole_lines)

    def data(self, given: Path | None = None, column: str | None = None) -> tuple[Path, list[Line]]:
        """Return the file and the lines of its data set, or of the file that is given instead.

        Args:
            given: A file of the user's own, of any kind that `latentbo.data.assay` reads.
            column: Of the strings in it, by name or number; None: guessed.

        Raises:
            ConfigurationError: If there is neither.
            DataError: If there are no such data, or they cannot be read.
        """
        if given is not None:
            from latentbo.data.assay import read_string_column  # noqa: PLC0415  (needs RDKit)

            return given, read_string_column(given, self.strings, column)
        if self.dataset is None:
            raise ConfigurationError(
                f"{self.name} have no data set of their own: give strings with --data FILE"
            )
        return find_dataset(self.dataset)

    def load_grammar(self) -> Grammar:
        """Return the grammar of its grammar representation.

        Raises:
            ConfigurationError: If it has none.
            GrammarError: If the grammar cannot be used.
        """
        if self.grammar is None:
            raise ConfigurationError(
                f"{self.name} have no grammar of their own: give one with --grammar FILE"
            )
        return self.grammar if isinstance(self.grammar, Grammar) else load_grammar(self.grammar)

    def for_model(self, model: "TrainedModel") -> "Task":
        """Return the task as a model sees it: the strings of its own grammar, where that matters.

        An expression of a model with a user's grammar is a sentence of this grammar; one of a model
        without a grammar is a sentence of the shipped one.
        """
        text = model.representation.to_config().get("grammar")
        if self.of_grammar is None or text is None:
            return self
        return self.of_grammar(text)

    def accept(self, molecule_filter: "MoleculeRules | None") -> Callable[[str], Accepted]:
        """Return the judgement of decoded strings under a filter (None: no filter).

        It remembers its latest verdicts: around a good string the same strings come up often.
        """

        @lru_cache(maxsize=100_000)
        def judge(string: str) -> Accepted:
            canonical = self.canonical(string)
            if canonical is None:
                return Accepted(None, "invalid")
            violation = molecule_filter.violation(canonical) if molecule_filter else None
            return Accepted(None, "filtered", violation.rule) if violation else Accepted(canonical)

        return judge

    def filtered(
        self, lines: list[Line], molecule_filter: "MoleculeRules | None"
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
