"""What a goal for molecules is, and which molecules it is about."""

from dataclasses import dataclass

from rdkit import Chem

from latentbo.chemistry import parse_molecule
from latentbo.objectives.components import Component, Mean, Similar, all_components


@dataclass(frozen=True)
class Goal:
    """A named score in [0, 1] of a molecule, given by its SMILES.

    Attributes:
        name: The name.
        score: How a molecule is scored.
        description: One line for people, with the source.
    """

    name: str
    score: Component
    description: str

    def __call__(self, smiles: str) -> float:
        """Score a molecule.

        Sums over atoms round differently in another order, so the score is computed on the
        canonical SMILES: it belongs, to the last bit, to the molecule and not to its spelling.

        Raises:
            InputError: If `smiles` is not a molecule.
        """
        molecule = parse_molecule(smiles)
        canonical = Chem.MolToSmiles(molecule)
        if canonical != smiles:
            molecule = parse_molecule(canonical)
        return self.score(molecule)

    def targets(self) -> tuple[str, ...]:
        """Return the molecules to be found, as canonical SMILES.

        Only a goal that is nothing but similarity has them (rediscovery, similarity, median):
        where other properties count, the molecule that it is compared with is no solution.
        """
        components = [part for part in all_components(self.score) if not isinstance(part, Mean)]
        smiles = [part.target for part in components if isinstance(part, Similar)]
        if len(smiles) < len(components):
            return ()
        return tuple(dict.fromkeys(Chem.MolToSmiles(parse_molecule(target)) for target in smiles))
