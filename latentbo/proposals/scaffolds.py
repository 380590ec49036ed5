"""Molecules that keep a scaffold: substituents for its marked positions, swapped and changed.

No graph move is wasted on the scaffold itself: a child is made by choosing a substituent for each
position, from its parents, from fragments of other molecules, or by editing one that is there.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rdkit import Chem

from latentbo.chemistry import HYDROGEN, Scaffold, bonds, parse_molecule
from latentbo.proposals.graph_mutation import mutate
from latentbo.proposals.graph_rules import ChildRules
from latentbo.proposals.moves import rank_weights
from latentbo.proposals.sources import ProposalSource

# Shares of children that mix two parents, that get a fragment, and whose substituents are edited.
SWAP, ATTACH, EDIT = 0.35, 0.3, 0.35
# Heavy atoms of a fragment that is attached.
MAX_FRAGMENT = 12
# Starting molecules, and tries for each.
TRIES = 4


@dataclass(frozen=True)
class ScaffoldMoves(ProposalSource):
    """Swaps of substituents between good molecules, new substituents, and edits of them.

    Args:
        scaffold: What every child keeps.
        fragments: Substituents with the mark `[*:1]`.
        keep_aromatic: Whether what is left of an aromatic ring must stay aromatic.
    """

    scaffold: Scaffold
    fragments: Sequence[str]
    keep_aromatic: bool = False
    name = "scaffold"

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> Mapping[str, Sequence[str | None]]:
        """See `ProposalSource.propose`; parents without the scaffold have no children.

        If no parent has it, the children are those of the scaffold without substituents.
        """
        chance = random.Random(seed)  # noqa: S311
        kept = [each for each in parents if self.scaffold.is_kept(parse_molecule(each))]
        parents = kept or [bare for bare in [self.scaffold.bare] if bare is not None]
        if not parents:
            return {self.name: []}
        weights = rank_weights(len(parents)).tolist()
        rules = ChildRules(keep_aromatic=self.keep_aromatic, accept=self.scaffold.is_kept)
        children = []
        for _ in range(number):
            first, second = chance.choices(parents, weights, k=2)
            kind = chance.choices((SWAP, ATTACH, EDIT), (SWAP, ATTACH, EDIT))[0]
            if kind == EDIT:
                child = mutate(parse_molecule(first), chance, rules)
                children.append(None if child is None else Chem.MolToSmiles(child))
            else:
                other = self._substituents(second) if kind == SWAP else None
                children.append(self._with_new(first, other, chance))
        return {self.name: children}

    def _substituents(self, smiles: str) -> dict[int, str] | None:
        return self.scaffold.substituents(parse_molecule(smiles))

    def _with_new(
        self, parent: str, other: Mapping[int, str] | None, chance: random.Random
    ) -> str | None:
        """Return a parent with one substituent of another molecule, or with a fragment."""
        own = self._substituents(parent)
        choices = list(other.values()) if other else [HYDROGEN, *self.fragments]
        if own is None:
            return None
        return self.scaffold.decorated(
            {**own, chance.choice(self.scaffold.positions): chance.choice(choices)}
        )


def fragments_of(molecules: Sequence[str], most_atoms: int = MAX_FRAGMENT) -> list[str]:
    """Return the substituents that a cut of an acyclic single bond leaves, the commonest first.

    Args:
        molecules: SMILES strings.
        most_atoms: Heavy atoms of a substituent.

    Returns:
        SMILES strings with the mark `[*:1]`, each once.

    Raises:
        InputError: If a string is not a molecule.
    """
    counts: dict[str, int] = {}
    for smiles in molecules:
        molecule = parse_molecule(smiles)
        cuts = [
            bond.GetIdx()
            for bond in bonds(molecule)
            if bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing()
        ]
        for cut in cuts:
            broken = Chem.FragmentOnBonds(molecule, [cut], dummyLabels=[(0, 0)])
            for atoms in Chem.GetMolFrags(broken):
                if len(atoms) - 1 <= most_atoms:
                    text = Chem.MolFragmentToSmiles(broken, atoms, isomericSmiles=False)
                    counts[text] = counts.get(text, 0) + 1
    ordered = sorted(counts, key=lambda text: (-counts[text], text))
    return [text.replace("*", "[*:1]") for text in ordered]


def substituents_of(scaffold: Scaffold, molecules: Sequence[str]) -> list[str]:
    """Return what molecules have at the positions of a scaffold, each once, in their order."""
    found: dict[str, None] = {}
    for smiles in molecules:
        here = scaffold.substituents(parse_molecule(smiles)) or {}
        found.update(dict.fromkeys(each for each in here.values() if each != HYDROGEN))
    return list(found)


def starting_molecules(
    scaffold: Scaffold, fragments: Sequence[str], number: int, seed: int
) -> list[str]:
    """Decorate a scaffold with fragments drawn at random, the commoner ones more often.

    Args:
        scaffold: What they keep.
        fragments: As `fragments_of` gives them.
        number: How many molecules are wanted; fewer come if there are not so many.
        seed: Of the draws.

    Returns:
        Canonical SMILES strings, each once; the scaffold with hydrogen at every mark first.
    """
    chance = random.Random(seed)  # noqa: S311
    weights = rank_weights(len(fragments)).tolist() if fragments else []
    found = {} if scaffold.bare is None else {scaffold.bare: None}
    for _ in range(TRIES * number if fragments else 0):
        if len(found) >= number:
            break
        drawn = chance.choices(fragments, weights, k=len(scaffold.positions))
        # Most molecules of a series differ at one or two positions.
        substituents = [each if chance.random() < 0.6 else HYDROGEN for each in drawn]
        made = scaffold.decorated(dict(zip(scaffold.positions, substituents, strict=True)))
        found.update({} if made is None else {made: None})
    return list(found)
