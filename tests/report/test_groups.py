from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from latentbo.errors import CheckpointError, InputError
from latentbo.report.groups import Group, Member, group_by_folder, group_by_settings, load_members

MemberFactory = Callable[..., Member]


def shape(groups: list[Group]) -> dict[str, list[str]]:
    return {group.label: [member.seed for member in group.members] for group in groups}


def test_runs_that_differ_in_the_seed_only_are_a_group(make_member: MemberFactory) -> None:
    members = [
        make_member(
            [1.0],
            seed,
            f"{preset}-{seed}",
            preset=preset,
            optimizer={"seed": seed, "num_initial": 5},
            threads=seed + 1,
            versions={"torch": f"2.{seed}"},
            labelled={"best": seed},
            command=f"--seed {seed}",
        )
        for preset in ("ga", "hybrid")
        for seed in (10, 2)
    ]
    groups = group_by_settings(members)
    assert shape(groups) == {"ga": ["2", "10"], "hybrid": ["2", "10"]}
    assert groups[0].seeds == "2, 10"


@pytest.mark.parametrize(
    "other",
    [
        {"budget": 9},
        {"protocol": {"name": "held-out"}},
        {"optimizer": {"surrogate": "latent"}},
        {"model_sha256": "b"},
    ],
)
def test_other_settings_make_another_group(
    make_member: MemberFactory, other: dict[str, object]
) -> None:
    settings: dict[str, object] = {"optimizer": {"surrogate": "curves"}, "model_sha256": "a"}
    members = [make_member([1.0], 0, **settings), make_member([1.0], 1, **{**settings, **other})]
    assert [len(group.members) for group in group_by_settings(members)] == [1, 1]


def test_a_model_is_known_by_its_hash_if_there_is_one(make_member: MemberFactory) -> None:
    paths = ["/old/model", "/new/model"]
    by_hash = [make_member([1.0], i, model=path, model_sha256="a") for i, path in enumerate(paths)]
    assert shape(group_by_settings(by_hash)) == {"all runs": ["0", "1"]}
    by_path = [make_member([1.0], i, model=path) for i, path in enumerate(paths)]
    assert list(shape(group_by_settings(by_path))) == ["old/model", "new/model"]


def test_one_seed_twice_is_refused(make_member: MemberFactory) -> None:
    members = [make_member([1.0], 4, name) for name in ("one", "other")]
    with pytest.raises(InputError, match=r"one and .*other have the same settings and the seed 4"):
        group_by_settings(members)
    assert [len(group.members) for group in group_by_folder(members)] == [2]


def test_groups_by_folder(make_member: MemberFactory) -> None:
    names = ["before/ga/1", "before/ga/0", "after/ga/1"]
    members = [make_member([1.0], int(name[-1]), name) for name in names]
    assert shape(group_by_folder(members)) == {"before/ga": ["0", "1"], "after/ga": ["1"]}
    assert list(shape(group_by_folder(members[:2]))) == ["ga"]


def test_a_folder_within_another(make_member: MemberFactory) -> None:
    members = [make_member([1.0], 0, name) for name in ("all/one", "all/more/two")]
    assert list(shape(group_by_folder(members))) == ["all", "more"]


def test_runs_are_read_once_each(make_run: Callable[..., Path], tmp_path: Path) -> None:
    one, other = make_run("one"), make_run("other")
    again = tmp_path / "other" / ".." / "one"
    assert [member.directory for member in load_members([one, other, again])] == [one, other]


def test_another_objective_is_told_with_both(make_run: Callable[..., Path]) -> None:
    one, other = make_run("one"), make_run("other")
    config = other / "config.json"
    config.write_text(config.read_text().replace('"my.py:score', '"my.py:dock'))
    told = r"one has the objective .my\.py:score.*other has .my\.py:dock"
    with pytest.raises(InputError, match=told):
        load_members([one, other])
    config.write_text(config.read_text().replace('"molecules"', '"expressions"', 1))
    with pytest.raises(InputError, match=r"task 'molecules' and .* has 'expressions'"):
        load_members([one, other])


def test_a_folder_that_is_no_run(run_directory: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not a run"):
        load_members([run_directory, tmp_path])


def test_runs_that_say_no_seed(make_member: MemberFactory) -> None:
    member = make_member([1.0])
    unknown = replace(member, run=replace(member.run, config={"preset": "ga"}))
    assert shape(group_by_settings([unknown])) == {"ga": ["–"]}
