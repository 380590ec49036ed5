"""Runs sorted into groups that differ in nothing but the seed."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from os.path import commonpath
from pathlib import Path

from latentbo.errors import InputError
from latentbo.report.labels import labels
from latentbo.report.run import Run, load_run
from latentbo.report.settings import flatten

# What equal settings may differ in: names, and beginnings of names. These are results (`pool`,
# `labelled`), the machine's (`threads`, `versions`), or said better by a hash beside them.
_FREE = {"seed", "threads", "device", "model", "objective_source", "data"}
_FREE_PARTS = {"versions", "pool", "labelled"}


@dataclass(frozen=True)
class Member:
    """A run and the folder that it lies in."""

    directory: Path
    run: Run

    @property
    def seed(self) -> str:
        """Its seed; a dash if its settings do not say."""
        return str(self.run.config.get("seed", "–"))

    @cached_property
    def settings(self) -> dict[str, str]:
        """All settings with flat names."""
        return dict(flatten(self.run.config))

    @cached_property
    def fixed(self) -> dict[str, str]:
        """The settings that runs of a group share."""
        found = {}
        for name, value in self.settings.items():
            first, last = name.split(".")[0], name.rsplit(".", 1)[-1]
            if first in _FREE_PARTS or (last in _FREE and not self._has_no_hash(name)):
                continue
            found[name] = value
        return found

    def _has_no_hash(self, name: str) -> bool:
        """Whether a path is all that is known of a model or of data."""
        return name.endswith(("model", "data")) and f"{name}_sha256" not in self.settings


@dataclass(frozen=True)
class Group:
    """Runs that differ in the seed only, or that lie in one folder.

    Args:
        label: What tells it from the other groups.
        members: Its runs, at least one.
    """

    label: str
    members: tuple[Member, ...]

    @property
    def runs(self) -> list[Run]:
        """Its runs."""
        return [member.run for member in self.members]

    @property
    def seeds(self) -> str:
        """The seeds, in order."""
        return ", ".join(member.seed for member in self.members)


def load_members(directories: Iterable[Path]) -> list[Member]:
    """Reads runs to be compared; a folder that is named twice is one run.

    Raises:
        CheckpointError: If a folder is no run.
        InputError: If two runs have different tasks or objectives.
    """
    distinct: dict[Path, Path] = {}
    for directory in directories:
        distinct.setdefault(directory.resolve(), directory)
    members = [Member(path, load_run(path)) for path in distinct.values()]
    for name in ("task", "objective"):
        _check_equal(name, members)
    return members


def _check_equal(name: str, members: Sequence[Member]) -> None:
    for member in members:
        first, other = (each.settings.get(name, "–") for each in (members[0], member))
        if first != other:
            raise InputError(
                f"{members[0].directory} has the {name} {first!r} and {member.directory} has "
                f"{other!r}: compare runs of one {name} at a time"
            )


def group_by_settings(members: Sequence[Member]) -> list[Group]:
    """Groups runs that differ in the seed only, in the order in which they first appear.

    Raises:
        InputError: If two runs have equal settings and one seed: they are no two samples.
    """
    groups: defaultdict[tuple[tuple[str, str], ...], list[Member]] = defaultdict(list)
    for member in members:
        groups[tuple(sorted(member.fixed.items()))].append(member)
    for group in groups.values():
        for one, other in combinations(group, 2):
            if one.seed == other.seed:
                raise InputError(
                    f"{one.directory} and {other.directory} have the same settings and the seed "
                    f"{one.seed}: leave one out, or compare folders of runs with --group-by folder"
                )
    names = labels([group[0].settings for group in groups.values()])
    return _groups(zip(names, groups.values(), strict=True))


def group_by_folder(members: Sequence[Member]) -> list[Group]:
    """Groups runs that lie in one folder, in the order in which the folders first appear."""
    groups: defaultdict[Path, list[Member]] = defaultdict(list)
    for member in members:
        groups[member.directory.resolve().parent].append(member)
    above = Path(commonpath(groups))
    return _groups(
        (folder.name if folder == above else folder.relative_to(above).as_posix(), group)
        for folder, group in groups.items()
    )


def _groups(named: Iterable[tuple[str, Sequence[Member]]]) -> list[Group]:
    """The groups, each with its runs in the order of their seeds."""

    def order(member: Member) -> tuple[float, str]:
        seed = member.run.config.get("seed")
        return seed if isinstance(seed, int) else math.inf, str(member.directory)

    return [Group(label, tuple(sorted(members, key=order))) for label, members in named]
