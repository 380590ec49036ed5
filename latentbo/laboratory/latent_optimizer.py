"""Ask-tell optimization on the folder of a run."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import torch

from latentbo.chemistry import Constraints, MoleculeFilter
from latentbo.data.assay import Assay, check_usable, read_assay, write_left_out
from latentbo.errors import ConfigurationError, DataError
from latentbo.isolation import library_settings
from latentbo.laboratory.measurement import Results, checked
from latentbo.laboratory.observing import (
    check_unobserved,
    file_hash,
    new_measurements,
)
from latentbo.laboratory.own_tables import as_file
from latentbo.laboratory.recording import Recorded, finish_told, record
from latentbo.laboratory.result import Result
from latentbo.laboratory.settings import new_settings
from latentbo.ledger import Proposal
from latentbo.ledger.direction import (
    DIRECTION,
    MINIMIZED,
    negated_proposal,
)
from latentbo.ledger.vials import vial_ids
from latentbo.models import TrainedModel, save_model
from latentbo.optimizer import BatchOptimizer
from latentbo.run import (
    LEFT_OUT_FILE,
    OptimizationRun,
    as_started,
    build_optimizer,
    create_run,
    load_checked_model,
    objective_of,
    open_run,
)
from latentbo.tasks import Task, find_task


class LatentOptimizer(Result):
    """Ask-tell optimization for values measured outside the program.

    The folder of the run is up to date on disk when a method returns: after a crash at any point,
    `load` resumes the run. `python -m latentbo.report` and `--resume` take the folder as well.

    Args:
        task: The name of a task (`molecules`, `expressions`, or a registered one), or a task, which
            is registered under its name.
        preset: Name of the optimizer; None: that of the task. See `latentbo.optimizer.PRESETS`.
        seed: Of everything random.
        model: A trained model or the folder of one; None: the one that ships. A model itself is
            saved beside the run, in `<directory>.model`.
        initial: Strings to start from, or earlier measurements: a file, strings, pairs of a string
            and its value, values by strings (a dictionary, a pandas Series), a DataFrame; None: the
            task's own pool.
        constraints: TOML file with a table `[constraints]`, such a table as a dictionary, or
            `latentbo.chemistry.Constraints`.
        limits: Of size and rings; None: the usual ones.
        chemistry: Which proposals a chemist would make: `usual`, `strict` or `none`; None: `usual`
            for molecules. It is not applied to the molecules of `initial`.
        minimize: Whether the smallest values are the best. All values and predictions of this class
            are the user's; the ledger holds minus them.
        directory: A folder that is empty or not there; None: a temporary one, which goes with this
            object unless it is saved.
        device: Where the model runs: `auto`, `cpu`, `cuda`.
        threads: CPU threads while it proposes; None: `OMP_NUM_THREADS` if set, else all cores,
            at most 8.
        search: Further settings of `latentbo.optimizer.OptimizationConfig` by their names.

    Raises:
        ConfigurationError: If a setting cannot be used, or the folder is in use.
        CheckpointError: If the model is none.
        DataError: If a file cannot be used.

    Example:
        >>> optimizer = LatentOptimizer("molecules", directory="runs/assay")
        >>> batch = [proposal.string for proposal in optimizer.ask(20)]
        >>> optimizer.tell({batch[0]: 6.2, batch[1]: None, "Cc1ccccc1O": 5.1})
    """

    @library_settings()
    def __init__(
        self,
        task: str | Task = "molecules",
        preset: str | None = None,
        *,
        seed: int = 0,
        model: str | Path | TrainedModel | None = None,
        initial: Any = None,
        constraints: str | Path | Mapping[str, Any] | Constraints | None = None,
        limits: MoleculeFilter | None = None,
        chemistry: str | None = None,
        minimize: bool = False,
        directory: str | Path | None = None,
        device: str = "auto",
        threads: int | None = None,
        **search: Any,
    ) -> None:
        with tempfile.TemporaryDirectory(prefix="latentbo-") as scratch:
            start = _file(initial, find_task(task), Path(scratch))
            rules = (constraints, limits, chemistry)
            settings = new_settings(task, preset, seed, model, start, *rules, threads, search)
            if minimize:
                settings[DIRECTION] = MINIMIZED
            if directory is None:
                directory = Path(tempfile.mkdtemp(prefix="latentbo-"))
                weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
            if isinstance(model, TrainedModel):
                settings["model"] = str(_saved(model, Path(directory)))
            self._open(create_run(Path(directory), settings, start), device)

    @classmethod
    @library_settings()
    def load(cls, directory: str | Path, device: str = "auto") -> Self:
        """Go on with the run in a folder.

        Raises:
            CheckpointError: If it is no folder of a run.
            ConfigurationError: If the run calls a function.
        """
        run = as_started(open_run(Path(directory)))
        if not run.is_by_hand:
            raise ConfigurationError(
                f"the run in {directory} calls the objective {run.settings['objective']}: only a "
                f"run that was started with --suggest, or by LatentOptimizer, takes measurements"
            )
        loaded = cls.__new__(cls)
        loaded._open(run, device)
        return loaded

    def _open(self, run: OptimizationRun, device: str) -> None:
        self._run = run
        available = "cuda" if torch.cuda.is_available() else "cpu"
        self._device = available if device == "auto" else device
        self._searching: BatchOptimizer | None = None
        self._task: Task | None = None
        with self._ledger() as ledger:
            finish_told(ledger)

    @library_settings()
    def ask(self, number: int) -> list[Proposal]:
        """Propose strings to measure; those that still wait for their values are not among them.

        Args:
            number: How many.

        Returns:
            As many proposals (`string`, `call`, `origin`, `details`), or fewer, or none, if there
            is nothing more that is new and allowed.

        Raises:
            ConfigurationError: If the number is below 1.
            CheckpointError: If the model is gone, or another one by now.
        """
        return self.suggest(number)[0]

    def suggest(
        self,
        number: int,
        reserve: int = 0,
        watch: Callable[[str, float], None] | None = None,
    ) -> tuple[list[Proposal], list[Proposal]]:
        """Propose strings as `ask` does, and further ones in reserve, which are not recorded.

        Args:
            number: How many to propose.
            reserve: How many more, in case that some cannot be had.
            watch: Is told what begins, and what share of the work is done by then, 0 to 1.

        Returns:
            The proposals, and those in reserve.

        Raises:
            ConfigurationError: As for `ask`.
            CheckpointError: As for `ask`.
        """
        if number < 1:
            raise ConfigurationError(f"ask for at least 1 string, not {number}")
        searching = self._optimizer()
        if watch is not None:
            searching.watch(watch)
        with self._ledger() as ledger, _threads(self._run.settings["threads"]):
            suggestion = searching.ask(ledger.evaluations(), ledger.steps(), number + reserve)
            proposals = suggestion.proposals[:number]
            if proposals:
                ledger.propose(suggestion.step, proposals)
        found = suggestion.proposals
        if self.is_minimized:
            found = [negated_proposal(each) for each in found]
        return found[:number], found[number:]

    @library_settings()
    def tell(self, results: Results) -> Recorded:
        """Record measurements: of what was suggested, of known strings once more, or of others.

        Args:
            results: Values by strings, or pairs of string and value, or `Measurement`s; in any
                order, and not for all that was suggested. None and NaN are failed measurements.
                Values of one string are averaged.

        Raises:
            InputError: If a string or a value cannot be used; then nothing is recorded.
        """
        measurements = checked(results, self._canonical)
        if self.is_minimized:
            measurements = [each.negated for each in measurements]
        with self._ledger() as ledger:
            return record(ledger, measurements)

    @library_settings()
    def observe(self, results: str | Path | Assay) -> Recorded:
        """Record the results of a file; see `latentbo.data.assay.read_assay` for what it may be.

        Lines that cannot be used are left out and listed in `left-out.csv` in the run's folder.
        Lines with the number of a call may be recorded already: then they are left out, too.

        Args:
            results: The file, or what was read of it.

        Raises:
            DataError: If over half of the file cannot be used, it has no column of values, or this
                very file was recorded before; then nothing is recorded.
        """
        if isinstance(results, Assay):
            assay = results
        else:
            assay = read_assay(Path(results), self._run.task.strings, known_ids=self._strings())
        if not assay.has_values:
            raise DataError(
                f"{assay.path} has no column of values: call it 'value', or name it with "
                f"--value-column"
            )
        if self.is_minimized:
            assay = assay.negated
        sha256 = file_hash(assay.path)
        with self._ledger() as ledger:
            steps = ledger.steps()
            check_unobserved(assay.path, sha256, steps)
            news = new_measurements(assay, ledger.evaluations(), steps, self._canonical)
            check_usable(assay.path, len(assay.lines) + len(assay.unusable), news.unusable)
            recorded = record(ledger, news.measurements, news.note(assay.path, sha256))
        if news.unusable:
            write_left_out(self.directory / LEFT_OUT_FILE, news.unusable)
        waiting = sum(not line.is_measured for line in assay.lines)
        return replace(recorded, known=news.known, open=waiting, unusable=len(news.unusable))

    @property
    def vials(self) -> dict[int, str]:
        """Short IDs of what was suggested, by the numbers of calls."""
        return {row.call: name for name, row in vial_ids(self.evaluations).items()}

    def save(self, directory: str | Path) -> None:
        """Copy the run as it is now; the optimizer itself goes on in its own folder.

        Raises:
            ConfigurationError: If the folder is in use, or cannot be written.
        """
        target = Path(directory)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise ConfigurationError(f"{target} exists: give another folder")
        part = target.with_name(f"{target.name}.part")
        try:
            shutil.copytree(self.directory, part, dirs_exist_ok=True)
            os.replace(part, target)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise ConfigurationError(
                f"the run cannot be saved in {target} ({error.strerror}): give another folder"
            ) from error

    def _optimizer(self) -> BatchOptimizer:
        if self._searching is None:
            _, objective = objective_of(self._run.settings)
            self._searching = build_optimizer(self._run, objective, self._device)
        return self._searching

    def _canonical(self, string: str) -> str | None:
        """Return the canonical form; a grammar of the model's own decides on expressions."""
        if self._task is None:
            task = self._run.task
            needs_model = task.of_grammar is not None
            model = load_checked_model(self._run.settings, self._device) if needs_model else None
            self._task = task.for_model(model) if model else task
        return self._task.canonical(string)

    def _strings(self) -> dict[str, str]:
        """Return the strings that IDs of this run stand for."""
        found = {each.id: each.string for each in self._run.compounds if each.id}
        return found | {name: row.string for name, row in vial_ids(self.evaluations).items()}


def _saved(model: TrainedModel, directory: Path) -> Path:
    """Save a model beside a run, which needs it to be resumed."""
    folder = directory.absolute().with_name(f"{directory.name}.model")
    folder.mkdir(parents=True, exist_ok=True)
    save_model(model, folder)
    return folder


def _file(given: Any, task: Task, directory: Path) -> Path | None:
    """Return the file to start from; what a script holds is written to one."""
    if given is None or isinstance(given, str | Path):
        return None if given is None else Path(given)
    return as_file(given, task, directory / "initial.csv")


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """Temporarily set torch's thread count to the run's; restore it on exit."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
