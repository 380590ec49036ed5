"""What the studies consist of."""

import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from published.plan import Model, Study, plan

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture(scope="module")
def expressions() -> Study:
    study: Study = runpy.run_path(str(EXPERIMENTS / "expressions.py"))["STUDY"]
    return study


@pytest.fixture(scope="module")
def molecules() -> dict[str, Any]:
    return runpy.run_path(str(EXPERIMENTS / "molecules.py"))


@pytest.mark.parametrize(
    "model",
    [
        Model("gmm-ks"),
        Model("gvae", "autoregressive", 12, drop_best=True),
        Model("gmm-ks", without="covariance"),
        Model("gmm-ks", seed=3, drop_best=True, two_terms=True, without="ks", components=20),
    ],
)
def test_a_model_is_read_from_its_name(model: Model) -> None:
    assert Model.from_name(model.name) == model


@pytest.mark.parametrize("name", ["", "gmm-ks", "gmm-ks-published-seed", "vae-published-seed0"])
def test_other_names_are_no_models(name: str) -> None:
    assert Model.from_name(name) is None


def test_jobs_are_distinct_and_follow_what_they_need(expressions: Study) -> None:
    jobs = plan(expressions)
    names = [job.name for job in jobs]
    assert len(set(names)) == len(names)
    for place, job in enumerate(jobs):
        assert all(names.index(need) < place for need in job.needs), job.name


def test_the_study_is_complete(expressions: Study) -> None:
    """As the issue counts: ten seeds for GMM-KS and GVAE, five for the others, three trainings."""
    names = [job.name for job in plan(expressions)]

    def count(start: str) -> int:
        return sum(name.startswith(start) for name in names)

    for protocol, end in (("kusner2017", ""), ("held-out", "-drop-best")):
        assert count(f"{protocol}/gmm-ks-published-seed0{end}/") == 10
        assert count(f"{protocol}/gvae-published-seed0{end}/") == 10
        for other in ("cvae-published", "gcvvae-published", "grae-published"):
            assert count(f"{protocol}/{other}-seed0{end}/") == 5
        assert count(f"{protocol}/gmm-ks-autoregressive-seed0{end}/") == 5
    for seed in range(3):
        assert f"train/gmm-ks-published-seed{seed}" in names
    for variant in (
        "without-ks",
        "without-covariance",
        *(f"components{k}" for k in (1, 5, 10, 20)),
    ):
        assert f"train/gmm-ks-published-seed0-{variant}" in names
        assert f"gp/gmm-ks-published-seed0-{variant}" in names
    assert "gp/gmm-ks-published-seed0-modern" in names
    assert count("faults/") == 15


def test_important_jobs_come_first(expressions: Study) -> None:
    names = [job.name for job in plan(expressions)]
    assert names[:2] == ["train/gmm-ks-published-seed0", "train/gvae-published-seed0"]
    first = names.index("kusner2017/grae-published-seed0/seed0")
    assert first < names.index("kusner2017/gmm-ks-published-seed0/seed1")


def test_held_out_models_never_saw_the_best_half(expressions: Study) -> None:
    jobs = {job.name: job for job in plan(expressions)}
    searches = [job for job in jobs.values() if job.stage == "held-out"]
    assert searches
    for search in searches:
        (needed,) = search.needs
        training = jobs[needed].command
        assert training[training.index("--drop-best") + 1] == "0.5"


def test_commands(expressions: Study) -> None:
    jobs = {job.name: job for job in plan(replace(expressions, epochs=2.0, data="data.txt"))}
    training = " ".join(jobs["train/gmm-ks-published-seed0-components5"].command)
    assert "-m latentbo.train expressions --method gmm-ks --network published --seed 0" in training
    assert "--components 5" in training
    assert "--epochs 2 " in training
    assert "--data data.txt" in training
    assert "--threads 1 --out train/gmm-ks-published-seed0-components5" in training
    fault = jobs["faults/leave-out-invalid/gmm-ks-published-seed0/seed2"]
    assert "--invalid leave-out" in " ".join(fault.command)
    assert fault.needs == ("train/gmm-ks-published-seed0",)


def test_one_part_alone(expressions: Study) -> None:
    assert {job.stage for job in plan(replace(expressions, stages=("gp",)))} == {"gp"}
    assert plan(replace(expressions, stages=("tables",))) == []


def test_without_gmm_ks_nothing_of_it_is_left(expressions: Study) -> None:
    names = [job.name for job in plan(replace(expressions, methods=("gvae", "cvae")))]
    assert names
    assert not any("gmm-ks" in name for name in names)


def test_molecules_come_in_their_order(molecules: dict[str, Any]) -> None:
    names = [job.name for job in plan(molecules["STUDY"])]
    methods = ("gmm-ks", "gvae", "cvae", "gcvvae", "grae")
    assert names[:5] == [f"train/{m}-autoregressive-seed0" for m in methods]


def test_the_surrogate_that_sees_no_curves_is_tried_where_there_are_curves(
    expressions: Study, molecules: dict[str, Any]
) -> None:
    jobs = [job for job in plan(expressions) if job.stage == "black-box"]
    trainings = {f"train/gmm-ks-{network}-seed{seed}-drop-best" for network, seed in NETWORKS}
    assert {job.needs[0] for job in jobs} == trainings
    first = "black-box/gmm-ks-published-seed0-drop-best/seed"
    assert sum(job.name.startswith(first) for job in jobs) == 10
    for job in jobs:
        command = " ".join(job.command)
        assert "expressions --protocol held-out --surrogate fragments --model train/" in command
        assert job.kind == "black-box"
    assert not [job for job in plan(molecules["STUDY"]) if "black-box" in job.name]


NETWORKS = [("published", 0), ("published", 1), ("published", 2), ("autoregressive", 0)]


def test_held_out_runs_see_the_curves(expressions: Study) -> None:
    for job in plan(expressions):
        if job.stage == "held-out":
            assert "--surrogate" not in job.command  # the task's default
