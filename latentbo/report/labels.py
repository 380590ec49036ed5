"""Short names for groups of runs: what tells them apart."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath

# These come first, and speak for themselves: their values need no name beside them.
_KNOWN = (
    *("preset", "optimizer.preset", "protocol.name", "model", "optimizer.surrogate"),
    *("optimizer.featurizer", "optimizer.acquisition"),
)
_UNTOLD = {"seed", "threads", "device", "objective_source", "command"}
_UNTOLD_PARTS = {"versions", "pool", "labelled"}
_SHIPPED = "the model that ships"
_ABSENT = "–"


def differing(settings: Sequence[Mapping[str, str]]) -> list[str]:
    """The names of settings that are not the same everywhere, the telling ones first."""
    names = list(dict.fromkeys(name for each in settings for name in each))
    found = [
        name
        for name in names
        if name.split(".")[0] not in _UNTOLD_PARTS
        and name.rsplit(".", 1)[-1] not in _UNTOLD
        and len({each.get(name, _ABSENT) for each in settings}) > 1
    ]
    return sorted(found, key=lambda name: _KNOWN.index(name) if name in _KNOWN else len(_KNOWN))


def labels(settings: Sequence[Mapping[str, str]]) -> list[str]:
    """Names groups of runs by as few settings as tell them apart.

    Args:
        settings: The settings of one run of each of `n` groups, with flat names.

    Returns:
        The `n` names; with only one group its protocol or preset, or "all runs".
    """
    if len(settings) == 1:
        names = ("protocol.name", "preset", "optimizer.preset")
        return [next((settings[0][name] for name in names if name in settings[0]), "all runs")]
    chosen: list[str] = []
    for name in differing(settings):
        if _num_distinct(settings, [*chosen, name]) > _num_distinct(settings, chosen):
            chosen.append(name)
    shown = [_values(settings, name) for name in chosen]
    return [" · ".join(parts) for parts in zip(*shown, strict=True)]


def _num_distinct(settings: Sequence[Mapping[str, str]], names: Sequence[str]) -> int:
    return len({tuple(each.get(name, _ABSENT) for name in names) for each in settings})


def _values(settings: Sequence[Mapping[str, str]], name: str) -> list[str]:
    """The text of one setting in a label."""
    values = [each.get(name, _ABSENT) for each in settings]
    word = name.rsplit(".", 1)[-1].replace("_", " ")
    if name == "model":
        return _short_paths(values)
    if name in _KNOWN:
        return [f"no {word}" if value == _ABSENT else value for value in values]
    return [f"{word} {short_hash(name, value)}" for value in values]


def short_hash(name: str, value: str) -> str:
    """The value of a setting, a hash cut to its beginning."""
    return value[:12] if name.endswith("sha256") else value


def _short_paths(values: Sequence[str]) -> list[str]:
    """The last folders of paths, as many as tell them apart."""
    paths = {value: PurePath(value).parts for value in values}
    depth = 1
    while len({parts[-depth:] for parts in paths.values()}) < len(paths):
        depth += 1
    return [_SHIPPED if value == _ABSENT else "/".join(paths[value][-depth:]) for value in values]
