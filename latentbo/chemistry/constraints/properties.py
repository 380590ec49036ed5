"""The properties of a molecule that a constraint can limit, the cheapest first."""

from collections.abc import Callable
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import Descriptors, rdMolDescriptors

from latentbo.chemistry.atoms import atoms
from latentbo.chemistry.descriptors import logp, qed, synthetic_accessibility

_HALOGENS = {9, 17, 35, 53}


@dataclass(frozen=True)
class MoleculeProperty:
    """A number that belongs to a molecule.

    Attributes:
        words: What messages call it.
        measure: Computes it.
    """

    words: str
    measure: Callable[[Chem.Mol], float]


def _largest_ring(molecule: Chem.Mol) -> int:
    return max(map(len, molecule.GetRingInfo().AtomRings()), default=0)


def _halogens(molecule: Chem.Mol) -> int:
    return sum(atom.GetAtomicNum() in _HALOGENS for atom in atoms(molecule))


#: Property by name, roughly in ascending order of the time it takes (1 to 1,000 microseconds).
#: Weights are in daltons, the polar surface (Ertl et al., 2000) in square angstroms; rotatable
#: bonds follow RDKit's strict definition, donors and acceptors of hydrogen bonds its own patterns.
MOLECULE_PROPERTIES: dict[str, MoleculeProperty] = {
    "heavy-atoms": MoleculeProperty("heavy atoms", Chem.Mol.GetNumHeavyAtoms),
    "rings": MoleculeProperty("rings", rdMolDescriptors.CalcNumRings),
    "stereo-centres": MoleculeProperty("stereo centres", rdMolDescriptors.CalcNumAtomStereoCenters),
    "heteroatoms": MoleculeProperty("heteroatoms", rdMolDescriptors.CalcNumHeteroatoms),
    "largest-ring": MoleculeProperty("atoms in the largest ring", _largest_ring),
    "tpsa": MoleculeProperty("polar surface (TPSA)", rdMolDescriptors.CalcTPSA),
    "formal-charge": MoleculeProperty("formal charge", Chem.GetFormalCharge),
    "sp3-share": MoleculeProperty("share of sp3 carbon", rdMolDescriptors.CalcFractionCSP3),
    "aromatic-rings": MoleculeProperty("aromatic rings", rdMolDescriptors.CalcNumAromaticRings),
    "molecular-weight": MoleculeProperty("molecular weight", dict(Descriptors.descList)["MolWt"]),
    "hydrogen-bond-donors": MoleculeProperty("hydrogen bond donors", rdMolDescriptors.CalcNumHBD),
    "halogens": MoleculeProperty("halogen atoms", _halogens),
    "hydrogen-bond-acceptors": MoleculeProperty(
        "hydrogen bond acceptors", rdMolDescriptors.CalcNumHBA
    ),
    "rotatable-bonds": MoleculeProperty("rotatable bonds", rdMolDescriptors.CalcNumRotatableBonds),
    "sa": MoleculeProperty("synthetic accessibility (SA)", synthetic_accessibility),
    "logp": MoleculeProperty("logP", logp),
    "qed": MoleculeProperty("drug-likeness (QED)", qed),
}


def format_value(value: float) -> str:
    """Write a number as people do: whole ones without a point, others to six digits."""
    return str(int(value)) if float(value).is_integer() else f"{value:.6g}"
