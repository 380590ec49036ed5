"""What a run has found, from the folder that it keeps."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from latentbo.errors import ConfigurationError
from latentbo.isolation import library_settings
from latentbo.ledger import Evaluation, Ledger, Status
from latentbo.ledger.averages import Repeated, by_molecule, mean
from latentbo.ledger.direction import is_minimized, negated_evaluation
from latentbo.report import load_run, write_report
from latentbo.report.ranking import Ranked, predict_strings, rank_strings
from latentbo.report.view import View
from latentbo.report.views import view_of
from latentbo.run import LEDGER_FILE, OptimizationRun, open_run

# Strings that a notebook shows, and width and height of each drawing in pixels.
SHOWN, DRAWING = 12, (180, 120)


class Result:
    """The evaluations of a run, its model's predictions, its report.

    All values and predictions are the user's; where smaller ones are better, the ledger holds minus
    them. In a notebook, a result shows its best strings.

    Args:
        directory: The folder of a run, also of one that a command started or that still goes.

    Raises:
        CheckpointError: If it is no folder of a run.

    Example:
        >>> result = Result("runs/assay")
        >>> result.best.string, result.best.value
        >>> result.predict(["c1ccccc1O"])
    """

    def __init__(self, directory: str | Path) -> None:
        self._run: OptimizationRun = open_run(Path(directory))

    @property
    def directory(self) -> Path:
        """The folder of the run."""
        return self._run.directory

    @property
    def settings(self) -> Mapping[str, Any]:
        """What `config.json` holds."""
        return self._run.settings

    @property
    def is_minimized(self) -> bool:
        """Whether the smallest values are the best."""
        return is_minimized(self._run.settings)

    @property
    def evaluations(self) -> list[Evaluation]:
        """All that was suggested or measured, in its order; one row for each measurement."""
        with self._ledger() as ledger:
            rows = ledger.evaluations()
        return [negated_evaluation(row) for row in rows] if self.is_minimized else rows

    @property
    def pending(self) -> list[Evaluation]:
        """Suggestions that wait for their values."""
        return [row for row in self.evaluations if row.status is Status.PENDING]

    @property
    def best(self) -> Evaluation | None:
        """The string with the best mean value, of equals the first; None without any value.

        What the run was given at its start is not among them.
        """
        ranked = self._ranked
        return ranked[0].merged if ranked else None

    @property
    def table(self) -> Any:
        """A row for each evaluation, best first: a pandas DataFrame, or a list of dictionaries.

        The list is what there is where pandas is not installed. Columns: `call`, the string (as
        `smiles` for molecules), `value`, `status`, `origin`, `predicted` and `deviation` (of the
        model before the call; None: there was none), `message`.
        """
        sign = 1 if self.is_minimized else -1
        rows = sorted(
            self.evaluations,
            key=lambda row: (row.value is None, sign * (row.value or 0.0), row.call),
        )
        column = self._run.task.strings.column
        found = [
            {
                **{"call": row.call, column: row.string, "value": row.value},
                **{"status": str(row.status), "origin": row.origin},
                **{
                    "predicted": row.details.get("predicted"),
                    "deviation": row.details.get("deviation"),
                },
                "message": row.message,
            }
            for row in rows
        ]
        return found if find_spec("pandas") is None else import_module("pandas").DataFrame(found)

    @library_settings()
    def predict(self, strings: Sequence[str]) -> list[tuple[float, float]]:
        """Predict values of molecules by the run's model of them.

        Args:
            strings: n SMILES.

        Returns:
            Mean and standard deviation of each, n pairs.

        Raises:
            ConfigurationError: If a string cannot be read, the run has too few values, or is not
                over molecules.
        """
        canonical = self._canonical_all(strings)
        found = predict_strings(load_run(self.directory), canonical)
        if found is None:
            raise self._no_model()
        return [found[string] for string in canonical]

    @library_settings()
    def rank(self, strings: Sequence[str], number: int = 50, seed: int = 0) -> list[Ranked]:
        """Rank molecules by the run's acquisition, as `python -m latentbo.rank` does.

        Args:
            strings: SMILES; of repeated ones the first counts.
            number: Places that are chosen by Thompson sampling.
            seed: Of the samples.

        Raises:
            ConfigurationError: As for `predict`.
        """
        run = load_run(self.directory)
        ranked = rank_strings(run, self._canonical_all(strings), number, seed)
        if ranked is None:
            raise self._no_model()
        return ranked

    @library_settings()
    def report(self) -> Path:
        """Write `report.html`, `hits.csv` and the other files of the folder; return the page."""
        return write_report(self.directory)[-1]

    def _repr_html_(self) -> str:
        """Show the best strings in a notebook; drawings hold no text, and the rest is escaped."""
        ranked, run = self._ranked, load_run(self.directory)
        view = view_of(run)
        calls = sum(row.status is not Status.PENDING for row in self.evaluations)
        cards = (self._card(view, run, each) for each in ranked[:SHOWN])
        name = escape(run.scale.name)
        head = Markup("<p><b>{}</b>: {} oracle calls, {} strings with a value</p>").format(
            name, calls, len(ranked)
        )
        style = "display:flex;flex-wrap:wrap;gap:8px"
        return str(head + Markup("<div style='{}'>{}</div>").format(style, Markup("").join(cards)))

    def _card(self, view: View, run: Any, each: Repeated) -> Markup:
        drawing = view.draw(run, each.merged.string, *DRAWING)
        style = "margin:0;width:180px;background:#fff;color:#1b2230;border:1px solid #ccc"
        caption = "font:12px sans-serif;padding:4px;overflow-wrap:anywhere"
        return Markup(
            "<figure style='{}'>{}<figcaption style='{}'><b>{:.4g}</b> {}</figcaption></figure>"
        ).format(style, drawing, caption, mean(each.values), each.merged.string)

    @property
    def _ranked(self) -> list[Repeated]:
        valued = [each for each in by_molecule(self.evaluations) if each.values]
        sign = 1 if self.is_minimized else -1
        return sorted(valued, key=lambda each: sign * mean(each.values))

    def _canonical_all(self, strings: Sequence[str]) -> list[str]:
        if isinstance(strings, str):
            raise ConfigurationError(f"give a list of strings, not the one string {strings!r}")
        return [self._readable(string) for string in strings]

    def _readable(self, string: str) -> str:
        found = self._canonical(string) if isinstance(string, str) else None
        if found is None:
            raise ConfigurationError(f"{string!r} cannot be read: correct it, or leave it out")
        return found

    def _canonical(self, string: str) -> str | None:
        return self._run.task.canonical(string)

    def _no_model(self) -> ConfigurationError:
        return ConfigurationError(
            f"the run in {self.directory} has too few values to learn from, or is not over "
            f"molecules: nothing can be predicted"
        )

    def _ledger(self) -> Ledger:
        return Ledger.open(self.directory / LEDGER_FILE)
