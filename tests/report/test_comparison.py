import math
from collections.abc import Callable, Sequence
from statistics import stdev

import pytest

from latentbo.report.comparison import Column, Comparison, Spread, cut
from latentbo.report.groups import Group, Member, group_by_folder, group_by_settings
from latentbo.report.molecules import MOLECULES

MemberFactory = Callable[..., Member]
NUMBER, SHARE = Column("x", "x"), Column("x", "x", is_share=True)


def comparison_of(
    members: Sequence[Member], budget: int | None = None, by_folder: bool = False
) -> Comparison:
    groups = group_by_folder(members) if by_folder else group_by_settings(members)
    if budget is not None:
        groups = [cut(group, budget) for group in groups]
    return Comparison("qed", MOLECULES, tuple(groups), budget, by_folder)


def test_means_and_standard_errors(make_member: MemberFactory) -> None:
    members = [make_member([0.1, 0.2, best, None], seed) for seed, best in enumerate((0.5, 0.9))]
    (found,) = comparison_of(members).spreads
    assert found["best"].mean == pytest.approx(0.7)
    assert found["best"].error == pytest.approx(stdev([0.5, 0.9]) / math.sqrt(2))
    assert found["best_start"] == Spread(0.2, 0.0, 2)
    assert (found["calls"].mean, found["failed"].mean, found["seconds"].mean) == (4, 1, 2.0)
    # Top 1: from 0 to the best in 4 of 4 calls, so half of it.
    assert found["auc_top1"].mean == pytest.approx(0.35)
    assert found["easy_share"].number == 2


def test_one_run_has_no_error(make_member: MemberFactory) -> None:
    comparison = comparison_of([make_member([0.1, 0.5])])
    (found,) = comparison.spreads
    assert found["best"] == Spread(0.5, None, 1)
    assert not any(comparison.is_best(0, column) for column in comparison.columns)


def test_runs_without_a_value_are_left_out_of_means_of_values(make_member: MemberFactory) -> None:
    members = [make_member([None, None], 0), make_member([0.1, 0.5], 1)]
    comparison = comparison_of(members)
    (found,) = comparison.spreads
    assert found["best"] == Spread(0.5, None, 1)
    assert found["auc_top10"].number == 1
    assert found["diversity"].number == 1
    assert found["failed"] == Spread(1.0, 1.0, 2)
    assert comparison.notes == [
        f"Without any value, and so left out of the means of values: {members[0].directory}."
    ]


def test_the_best_group_of_each_column(make_member: MemberFactory) -> None:
    comparison = comparison_of(
        [
            make_member([0.1, 0.5], 0, "one", preset="ga"),
            make_member([0.2, 0.9], 0, "two", preset="hybrid"),
            make_member([None, None], 0, "three", preset="dead"),
        ]
    )
    best = {
        column.name: [comparison.is_best(place, column) for place in range(3)]
        for column in comparison.columns
    }
    assert best["best"] == best["auc_top10"] == [False, True, False]
    assert best["calls"] == best["best_start"] == [False] * 3


def test_runs_cut_to_a_budget(make_member: MemberFactory) -> None:
    long = make_member([0.1, 0.2, 0.3, 0.9], 0, "long", optimizer={"n": 1})
    short = make_member([0.1, 0.4], 0, "short", optimizer={"n": 2})
    whole = comparison_of([long, short])
    assert whole.notes == [
        "The budgets differ (2, 4): an area is over its run's own budget; --budget 2 compares at "
        "equal calls."
    ]
    equal = comparison_of([long, short], 2)
    assert [found["best"].mean for found in equal.spreads] == [0.2, 0.4]
    assert [found["calls"].mean for found in equal.spreads] == [2, 2]
    assert equal.notes == []
    # Held for the other half of four calls: (2 * 0.4 / 2 + 2 * 0.4) / 4.
    longer = comparison_of([long, short], 4)
    assert longer.spreads[1]["auc_top1"].mean == pytest.approx(0.3)
    assert longer.notes == [f"Fewer calls than the budget: {short.directory}."]


def test_notes_on_what_may_mislead(make_member: MemberFactory) -> None:
    members = [
        make_member([1.0], 0, "a/one", versions={"torch": "2.6"}, objective_source="/x/f.py:f"),
        make_member([1.0], 1, "a/two", versions={"torch": "2.7"}, objective_source="/y/f.py:f"),
        make_member([1.0], 2, "a/three", preset="ga"),
    ]
    notes = comparison_of(members, by_folder=True).notes
    assert [note.split()[0:4] for note in notes] == [
        ["The", "runs", "in", "a"],
        ["The", "objective", "was", "loaded"],
        ["The", "runs", "were", "made"],
    ]


def test_many_runs_are_not_all_named(make_member: MemberFactory) -> None:
    members = [make_member([None], seed) for seed in range(5)]
    (note,) = comparison_of(members).notes
    assert note.endswith("run-2 and 2 more.")


def test_what_differs(make_member: MemberFactory) -> None:
    members = [
        make_member([1.0], 0, "one", preset="ga", model_sha256="a" * 64),
        make_member([1.0], 0, "two", preset="hybrid", model_sha256="b" * 64, extra=True),
    ]
    comparison = comparison_of(members)
    assert dict(comparison.differences) == {
        "preset": ["ga", "hybrid"],
        "model_sha256": ["a" * 12, "b" * 12],
        "extra": ["–", "yes"],
    }
    assert [comparison.name_of(member) for member in members] == ["one", "two"]
    assert comparison_of(members[:1]).name_of(members[0]) == "one"


@pytest.mark.parametrize(
    ("column", "spread", "text"),
    [
        (NUMBER, Spread(None, None, 0), "–"),
        (NUMBER, Spread(0.5, None, 1), "0.5"),
        (NUMBER, Spread(1000.0, 0.0, 3), "1000"),
        (NUMBER, Spread(7.18234, 0.2042, 5), "7.18 ± 0.20"),
        (NUMBER, Spread(-0.37061, 0.00904, 3), "−0.3706 ± 0.0090"),
        (NUMBER, Spread(0.554991, 0.00053, 3), "0.5550 ± 0.0005"),
        (NUMBER, Spread(766.67, 119.7, 3), "767 ± 120"),
        (NUMBER, Spread(0.0, 0.31, 3), "0.00 ± 0.31"),
        (NUMBER, Spread(1.5e9, 2.5e8, 3), "1.5e+09 ± 2.5e+08"),
        (NUMBER, Spread(1e-9, 1e-10, 3), "1e−09 ± 1e−10"),
        (SHARE, Spread(0.4444, None, 1), "44 %"),
        (SHARE, Spread(0.4444, 0.021, 3), "44 ± 2 %"),
    ],
)
def test_spreads_for_people(column: Column, spread: Spread, text: str) -> None:
    assert column.spread_text(spread) == text


def test_a_group_keeps_its_runs(make_member: MemberFactory) -> None:
    group = Group("x", (make_member([1.0, 2.0]),))
    assert [len(run.finished) for run in cut(group, 1).runs] == [1]
    assert [len(run.finished) for run in group.runs] == [2]


def test_minimised_runs_are_compared_in_the_direction_of_their_user(
    make_member: MemberFactory,
) -> None:
    named = {"objective": "minimize:property:sa"}  # a run holds minus the user's values
    comparison = comparison_of(
        [
            make_member([-3.0, -2.0], 0, "one", preset="ga", **named),
            make_member([-3.0, -1.0], 0, "two", preset="hybrid", **named),
        ]
    )
    assert [found["best"].mean for found in comparison.spreads] == [2.0, 1.0]
    assert [found["auc_top1"].mean for found in comparison.spreads] == [1.0, 0.5]
    best = next(column for column in comparison.columns if column.name == "best")
    assert [comparison.is_best(place, best) for place in (0, 1)] == [False, True]
