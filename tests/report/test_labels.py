import pytest

from latentbo.report.labels import differing, labels


def test_as_few_settings_as_tell_the_groups_apart() -> None:
    settings = [
        {"batch_size": "20", "preset": "hybrid", "optimizer.surrogate": "tanimoto"},
        {"batch_size": "10", "preset": "ga", "optimizer.surrogate": "none"},
    ]
    assert labels(settings) == ["hybrid", "ga"]
    third = {"batch_size": "20", "preset": "hybrid", "optimizer.surrogate": "latent"}
    assert labels([*settings, third]) == ["hybrid · tanimoto", "ga · none", "hybrid · latent"]


def test_other_settings_are_named() -> None:
    settings = [{"budget": "100", "x.min_length": "1"}, {"budget": "100", "x.min_length": "2"}]
    assert labels(settings) == ["min length 1", "min length 2"]
    assert labels([{"a_sha256": "0123456789abcdef"}, {"a_sha256": "f" * 64}]) == [
        "a sha256 0123456789ab",
        "a sha256 ffffffffffff",
    ]


def test_a_setting_that_one_group_lacks() -> None:
    assert labels([{"preset": "ga"}, {}]) == ["ga", "no preset"]


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (["a/one", "b/two"], ["one", "two"]),
        (["/x/a/final", "/x/b/final"], ["a/final", "b/final"]),
        (["–", "models/mine"], ["the model that ships", "mine"]),
    ],
)
def test_models_are_named_by_their_last_folders(models: list[str], expected: list[str]) -> None:
    assert labels([{"model": model} for model in models]) == expected


def test_one_group() -> None:
    assert labels([{"optimizer.preset": "ga"}]) == ["ga"]
    assert labels([{"protocol.name": "held-out", "optimizer.preset": "ga"}]) == ["held-out"]
    assert labels([{"seed": "1"}]) == ["all runs"]


def test_results_and_seeds_do_not_differ() -> None:
    one = {"seed": "1", "optimizer.seed": "1", "versions.torch": "2", "pool.usable": "5"}
    other = {name: f"{value}0" for name, value in one.items()}
    assert differing([{**one, "z": "1", "preset": "a"}, {**other, "z": "2", "preset": "b"}]) == [
        "preset",
        "z",
    ]
