from latentbo.models import TrainedModel
from latentbo.proposals.latent import LatentMoves


def test_as_many_decodes_as_asked_for(tiny_model: TrainedModel, molecules: list[str]) -> None:
    moves = LatentMoves(tiny_model)
    found = moves.propose(molecules[:4], 31, 0.5, 0)["latent"]
    assert len(found) == 31
    assert all(string is None or string for string in found)
    assert len(set(found)) > 3


def test_the_arguments_decide(tiny_model: TrainedModel, molecules: list[str]) -> None:
    used = LatentMoves(tiny_model)
    first = used.propose(molecules[:4], 30, 0.5, 7)
    used.propose(molecules[4:], 30, 0.5, 8)
    assert used.propose(molecules[:4], 30, 0.5, 7) == first
    assert LatentMoves(tiny_model).propose(molecules[:4], 30, 0.5, 7) == first
    assert LatentMoves(tiny_model).propose(molecules[:4], 30, 0.5, 8) != first


def test_a_step_of_nothing_decodes_the_parents(
    tiny_model: TrainedModel, molecules: list[str]
) -> None:
    codes = tiny_model.encode(molecules[:1])
    (itself,) = tiny_model.decode(codes)
    found = LatentMoves(tiny_model).propose(molecules[:1], 30, 1e-9, 0)["latent"]
    assert set(found[:10]) == {itself.string}  # the greedy third


def test_parents_that_the_model_cannot_hold_are_left_out(
    tiny_model: TrainedModel, molecules: list[str]
) -> None:
    foreign = "C" * 200
    moves = LatentMoves(tiny_model)
    assert moves.propose([foreign], 9, 0.5, 0) == {"latent": []}
    assert moves.propose([], 9, 0.5, 0) == {"latent": []}
    assert moves.propose([foreign, *molecules[:2]], 9, 0.5, 0) == moves.propose(
        molecules[:2], 9, 0.5, 0
    )
