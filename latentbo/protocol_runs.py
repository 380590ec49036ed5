"""Runs under a protocol: the data that they are given, and their optimizer."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from latentbo.chemistry import MoleculeRules
from latentbo.data import cache_folder, content_hash
from latentbo.errors import CheckpointError, ConfigurationError, DataError
from latentbo.models import TrainedModel
from latentbo.objectives import Objective, score_all, worst_part
from latentbo.optimizer import (
    BatchOptimizer,
    OptimizationConfig,
    OptimizerInputs,
    make_optimizer,
)
from latentbo.protocols import (
    HeldOutConfig,
    KusnerConfig,
    KusnerStrategy,
    check_unseen,
    draw_labelled,
    label,
    read_labelled,
    split_labelled,
    write_labelled,
)
from latentbo.seeds import seed_for
from latentbo.tasks import Task

PROTOCOLS = ("kusner2017", "held-out")
LABELLED_FILE = "labelled.csv"
# What the last part of a seed stands for.
LIMIT = 6


@dataclass(frozen=True)
class LabelledStart:
    """The data that a run starts from under a protocol.

    Args:
        summary: For the settings and the report: `count`, `best` and `source`.
        labelled: Strings with their values, where the run keeps them itself.
    """

    summary: dict[str, Any]
    labelled: list[tuple[str, float]] = field(default_factory=list)

    def write(self, directory: Path) -> None:
        """Write the labelled strings into a run's folder, if the run keeps them."""
        if self.labelled:
            write_labelled(directory / LABELLED_FILE, self.labelled)


@dataclass(frozen=True)
class ProtocolRun:
    """A protocol with all that its data and its optimizer depend on.

    Args:
        settings: `name`, `data` (file; None: the task's data set), `limit` (strings of it that are
            used; None: all), `data_sha256` (once it is known) and `settings` (of the protocol).
        model: The autoencoder.
        task: Of the run, for this model.
        objective: The oracle; calls for labels are the protocol's and not counted.
        molecule_filter: For candidates; None: no limits.

    Raises:
        ConfigurationError: If a setting cannot be used.
        CheckpointError: If there is no such protocol.
    """

    settings: dict[str, Any]
    model: TrainedModel
    task: Task
    objective: Objective
    molecule_filter: MoleculeRules | None = None

    def __post_init__(self) -> None:
        if self.settings.get("name") not in PROTOCOLS:
            raise CheckpointError(
                f"unknown protocol {self.settings.get('name')!r}: this version has "
                f"{', '.join(PROTOCOLS)}"
            )
        _ = self.config

    @property
    def config(self) -> KusnerConfig | HeldOutConfig:
        """The protocol's settings."""
        kind = KusnerConfig if self.settings["name"] == "kusner2017" else HeldOutConfig
        return kind(**self.settings["settings"])

    def start(self) -> tuple[LabelledStart, str]:
        """Label the data for the first time: what the run starts from, and the data's hash.

        Raises:
            ConfigurationError: If the model has seen what the protocol hides, or there are too few
                data to split.
            DataError: If there are no usable data.
        """
        strings, source, sha256 = self._strings()
        config = self.config
        if isinstance(config, HeldOutConfig):
            return self._start_held_out(strings, source, config), sha256
        labelled = label(self.model, self.objective, strings, cache_folder())
        if config.exclude_above is not None:
            labelled = labelled.rows(labelled.values <= config.exclude_above)
        if not len(labelled):
            raise DataError(f"no string of {source} has a value of at most {config.exclude_above}")
        # Too few for the protocol are refused here, before there is a folder.
        split_labelled(len(labelled), config.seed, config.train_fraction)
        return LabelledStart(
            {"count": len(labelled), "best": float(labelled.values.max()), "source": source}
        ), sha256

    def optimizer(self, directory: Path, config: OptimizationConfig) -> BatchOptimizer:
        """Return the optimizer of a run whose folder was set up.

        Args:
            directory: The run's folder.
            config: Settings of the search (`held-out`).

        Raises:
            CheckpointError: If the data are not those that the run was started with.
        """
        own = self.config
        accept = self.task.accept(self.molecule_filter)
        if isinstance(own, HeldOutConfig):
            inputs = OptimizerInputs(
                self.model,
                accept,
                [],
                self.task.count,
                self.task.describe,
                self.objective.identity,
                read_labelled(directory / LABELLED_FILE),
                must_beat_initial_data=False,
            )
            return make_optimizer(config, inputs)
        strings, source, sha256 = self._strings()
        if sha256 != self.settings["data_sha256"]:
            raise CheckpointError(
                f"{source} is not what this run was started with: restore the file, or start a "
                f"new run"
            )
        data = label(self.model, self.objective, strings, cache_folder())
        strategy = KusnerStrategy(self.model, lambda string: accept(string).string, data, own)
        return strategy.optimizer()

    def _start_held_out(
        self, strings: list[str], source: str, config: HeldOutConfig
    ) -> LabelledStart:
        values = score_all(self.objective, strings, cache_folder())
        # First, because it refuses data of which nothing is left.
        labelled = draw_labelled(strings, values, config)
        worse = values[worst_part(values, 1 - config.drop_best)]
        threshold = float(worse[torch.isfinite(worse)].max())
        check_unseen(self.model, config, self.objective.name, threshold)
        best = max(value for _, value in labelled)
        text = f"the worse {1 - config.drop_best:.0%} of {source}"
        return LabelledStart({"count": len(labelled), "best": best, "source": text}, labelled)

    def _strings(self) -> tuple[list[str], str, str]:
        """Return the task's strings in the data, what to call the data, and their hash."""
        given, limit = self.settings["data"], self.settings["limit"]
        path, lines = self.task.data(None if given is None else Path(given))
        sha256 = content_hash(lines)
        if limit is not None and limit < len(lines):
            generator = torch.Generator().manual_seed(seed_for(0, LIMIT))
            order = torch.randperm(len(lines), generator=generator)[:limit].sort().values
            lines = [lines[row] for row in order.tolist()]
        usable, left_out = self.task.filtered(lines, None)
        if not usable:
            raise ConfigurationError(
                f"none of {len(lines)} lines of {path} is usable ({left_out[0][2]}: "
                f"{left_out[0][1]!r}): give {self.task.name} with --data FILE"
            )
        source = f"{len(usable)} {self.task.name} of {path.name}"
        return [line.string for line in usable], source, sha256
