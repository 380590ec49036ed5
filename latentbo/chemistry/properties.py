"""The properties of molecules, each under one name, for all that measures molecules.

Constraints limit them (`max-tpsa`), objectives and terms maximise them (`property:tpsa`), the goals
of GuacaMol are made of them, and `descriptor_features` gives some of them to a kernel.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import Descriptors, rdMolDescriptors

from latentbo.chemistry.atoms import atoms
from latentbo.chemistry.descriptors import logp, qed, synthetic_accessibility
from latentbo.chemistry.tables import nearest_name, spelling
from latentbo.errors import ConfigurationError

#: Atomic numbers that a property counts.
ELEMENTS = {
    "halogens": (9, 17, 35, 53),
    "nitrogen-atoms": (7,),
    "oxygen-atoms": (8,),
    "fluorine-atoms": (9,),
    "sulfur-atoms": (16,),
}
_FROM_RDKIT = dict(Descriptors.descList)
_LOOSELY = rdMolDescriptors.NumRotatableBondsOptions.NonStrict


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


def count_elements(molecule: Chem.Mol) -> dict[str, int]:
    """Return the properties of `ELEMENTS`, from one walk over the atoms."""
    found = Counter(atom.GetAtomicNum() for atom in atoms(molecule))
    return {name: sum(found[number] for number in wanted) for name, wanted in ELEMENTS.items()}


def _count(name: str) -> Callable[[Chem.Mol], float]:
    return lambda molecule: count_elements(molecule)[name]


#: Property by name, roughly in ascending order of the time it takes (1 to 1,000 microseconds).
#: Weights are in daltons, the polar surface (Ertl et al., 2000) in square angstroms; rotatable
#: bonds follow RDKit's strict definition (amides apart), the loose one takes a quarter of the time;
#: donors and acceptors of hydrogen bonds follow RDKit's patterns.
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
    "molecular-weight": MoleculeProperty("molecular weight", _FROM_RDKIT["MolWt"]),
    "exact-mass": MoleculeProperty(
        "mass of the commonest isotopes", rdMolDescriptors.CalcExactMolWt
    ),
    "hydrogen-bond-donors": MoleculeProperty("hydrogen bond donors", rdMolDescriptors.CalcNumHBD),
    "halogens": MoleculeProperty("halogen atoms", _count("halogens")),
    "fluorine-atoms": MoleculeProperty("fluorine atoms", _count("fluorine-atoms")),
    "nitrogen-atoms": MoleculeProperty("nitrogen atoms", _count("nitrogen-atoms")),
    "oxygen-atoms": MoleculeProperty("oxygen atoms", _count("oxygen-atoms")),
    "sulfur-atoms": MoleculeProperty("sulfur atoms", _count("sulfur-atoms")),
    "hydrogen-bond-acceptors": MoleculeProperty(
        "hydrogen bond acceptors", rdMolDescriptors.CalcNumHBA
    ),
    "loosely-rotatable-bonds": MoleculeProperty(
        "rotatable bonds (loosely)",
        lambda molecule: rdMolDescriptors.CalcNumRotatableBonds(molecule, _LOOSELY),
    ),
    "rotatable-bonds": MoleculeProperty("rotatable bonds", rdMolDescriptors.CalcNumRotatableBonds),
    "sa": MoleculeProperty("synthetic accessibility (SA)", synthetic_accessibility),
    "logp": MoleculeProperty("logP", logp),
    "bertz-complexity": MoleculeProperty("Bertz complexity", _FROM_RDKIT["BertzCT"]),
    "qed": MoleculeProperty("drug-likeness (QED)", qed),
}

# Other spellings than those that differ in capitals, blanks and underscores alone.
_ALIASES = {
    "charge": "formal-charge",
    "halogen-atoms": "halogens",
    "molecular-mass": "exact-mass",
    "polar-surface": "tpsa",
    "share-of-sp3-carbon": "sp3-share",
}


def property_name(text: str) -> str:
    """Return the name of a property from any of its spellings, such as `TPSA`, `polar surface`.

    Raises:
        ConfigurationError: If there is no such property; names the nearest.
    """
    spelled = spelling(text)
    name = _ALIASES.get(spelled, spelled)
    if name not in MOLECULE_PROPERTIES:
        raise ConfigurationError(
            f"there is no property {text!r}{nearest_name(text, MOLECULE_PROPERTIES)}; use one of "
            f"{', '.join(MOLECULE_PROPERTIES)}"
        )
    return name


def format_value(value: float) -> str:
    """Write a number as people do: whole ones without a point, others to six digits."""
    return str(int(value)) if float(value).is_integer() else f"{value:.6g}"
