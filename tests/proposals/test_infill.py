import pytest
import torch
from rdkit import Chem

from latentbo.errors import ConfigurationError
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    TrainedModel,
    continue_tokens,
    default_model_folder,
    load_model,
    make_network,
)
from latentbo.proposals import InfillMoves
from latentbo.proposals.graph_rules import is_sound
from latentbo.representations import CharacterRepresentation

PARENTS = ["CC(=O)Oc1ccccc1C(=O)O", "CCC(C)(C)c1ccc2occ(CC(=O)Nc3ccccc3F)c2c1", "C[Si](C)C"]


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return load_model(default_model_folder("molecules"))


def test_edits_are_near_their_parents_and_repeat_for_a_seed(model: TrainedModel) -> None:
    moves = InfillMoves(model)
    found = moves.propose(PARENTS, 60, 0.5, 0)
    assert set(found) == set(moves.origins)
    assert 45 < sum(map(len, found.values())) <= 60
    assert found == InfillMoves(model).propose(PARENTS, 60, 0.5, 0)
    assert found != moves.propose(PARENTS, 60, 0.5, 1)
    molecules = [Chem.MolFromSmiles(string or "?") for string in found["infill"]]
    valid = [molecule for molecule in molecules if molecule is not None]
    assert len(valid) > 10
    assert all(is_sound(molecule) for molecule in valid)
    parents = [Chem.MolFromSmiles(parent) for parent in PARENTS[:2]]
    # Three atoms go, and three tokens of the vocabulary are written, at most.
    largest = max(parent.GetNumAtoms() for parent in parents)
    assert all(molecule.GetNumAtoms() < 2 * largest for molecule in valid)


def test_without_a_parent_that_the_model_holds_there_is_no_edit(model: TrainedModel) -> None:
    assert InfillMoves(model).propose(["C[Si](C)C"], 5, 0.5, 0) == {"infill": [], "splice": []}


def test_a_model_of_something_else_is_refused() -> None:
    representation = CharacterRepresentation.build(["CCO"], 10)
    config = NetworkConfig(4, 6, 8, 8, 1)
    network = make_network(len(representation.vocabulary), config)
    other = TrainedModel(network, representation, config, PriorConfig(4))
    with pytest.raises(ConfigurationError, match="smiles, not of characters: train one with"):
        InfillMoves(other)


def test_tokens_are_written_behind_the_given_ones(model: TrainedModel) -> None:
    representation = model.representation
    codes = model.encode(PARENTS[:2])
    tokens = [representation.indices(parent) for parent in PARENTS[:2]]

    def written(numbers: list[int], forbidden: list[int], seed: int = 0) -> list[list[int]]:
        generator = torch.Generator().manual_seed(seed)
        prefixes = [row[:2] for row in tokens]
        return continue_tokens(
            model.network, representation, codes, prefixes, numbers, forbidden, 0.01, generator
        )

    # Nearly without randomness the decoder goes on as the string does.
    assert written([2, 3], [-1, -1]) == [tokens[0][2:-1], tokens[1][2:5]]
    assert written([0, 1], [-1, -1]) == [[], tokens[1][2:3]]
    assert written([1, 1], [tokens[0][2], -1])[0] != tokens[0][2:3]
    # More than there is ends with the string.
    assert written([99, 1], [-1, -1])[0] == tokens[0][2:-1]
