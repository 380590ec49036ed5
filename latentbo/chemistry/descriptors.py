"""Numbers that describe a molecule, and its nearest neighbour among others."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from rdkit import Chem, DataStructs, RDConfig
from rdkit.Chem import QED, rdFingerprintGenerator, rdMolDescriptors
from rdkit.Chem import Descriptors as RDKitDescriptors

from latentbo.chemistry.standardize import parse_molecule
from latentbo.errors import InputError

_average_weight = dict(RDKitDescriptors.descList)["MolWt"]


@dataclass(frozen=True)
class Descriptors:
    """Descriptors of a molecule that reports show.

    Attributes:
        qed: Quantitative estimate of drug-likeness, 0 to 1 (Bickerton et al., 2012).
        sa: Synthetic accessibility, 1 (easy) to 10 (hard) (Ertl and Schuffenhauer, 2009).
        logp: Octanol-water partition coefficient (Wildman and Crippen, 1999).
        heavy_atoms: Number of atoms other than hydrogen.
        weight: Average molecular weight in g/mol.
    """

    qed: float
    sa: float
    logp: float
    heavy_atoms: int
    weight: float


def describe(smiles: str) -> Descriptors:
    """Describe one molecule.

    Raises:
        InputError: If `smiles` is not a molecule.
    """
    molecule = parse_molecule(smiles)
    return Descriptors(
        qed=qed(molecule),
        sa=synthetic_accessibility(molecule),
        logp=logp(molecule),
        heavy_atoms=molecule.GetNumHeavyAtoms(),
        weight=float(_average_weight(molecule)),
    )


def qed(molecule: Chem.Mol) -> float:
    """Return the drug-likeness of Bickerton et al., Nature Chemistry 4, 2012 (0 to 1)."""
    return float(QED.qed(molecule))


def logp(molecule: Chem.Mol) -> float:
    """Return the logP of Wildman and Crippen, J. Chem. Inf. Comput. Sci. 39, 1999."""
    return float(rdMolDescriptors.CalcCrippenDescriptors(molecule)[0])


def synthetic_accessibility(molecule: Chem.Mol) -> float:
    """Return the SA score of Ertl and Schuffenhauer, J. Cheminformatics 1:8, 2009.

    The implementation is the one in RDKit's Contrib folder; its table of fragment scores, part of
    RDKit, is read at the first call.

    Args:
        molecule: A molecule with at least one atom.

    Returns:
        1 (easy to make) to 10 (hard).
    """
    return float(_sascorer().calculateScore(molecule))


@cache
def _sascorer() -> ModuleType:
    """Load RDKit's `sascorer` from its place, which is a package in some builds only."""
    path = Path(RDConfig.RDContribDir) / "SA_Score" / "sascorer.py"
    spec = spec_from_file_location("latentbo_sascorer", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError(f"RDKit's SA score is missing ({path}); reinstall rdkit with its Contrib")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _morgan() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)


def fingerprint(molecule: Chem.Mol) -> DataStructs.ExplicitBitVect:
    """Return the Morgan fingerprint of radius 2 in 2048 bits, like ECFP4."""
    return _morgan().GetFingerprint(molecule)


def nearest(smiles: Sequence[str], references: Sequence[str]) -> list[tuple[str, float]]:
    """Find the most similar reference of each molecule.

    Args:
        smiles: The molecules.
        references: Where to look, at least one molecule.

    Returns:
        For each molecule its nearest reference, the first of equals, and their Tanimoto similarity
        (0 to 1).

    Raises:
        InputError: If there is no reference, or a string is not a molecule.
    """
    if not references:
        raise InputError("nearest() got no reference molecules; give at least one")
    known = [fingerprint(parse_molecule(reference)) for reference in references]
    found = []
    for query in smiles:
        similarities = DataStructs.BulkTanimotoSimilarity(fingerprint(parse_molecule(query)), known)
        best = max(range(len(known)), key=similarities.__getitem__)
        found.append((references[best], float(similarities[best])))
    return found
