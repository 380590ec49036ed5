"""Varied and awkward molecules, and what every child must be."""

from collections.abc import Callable

import pytest
from rdkit import Chem

VARIED = """
CC(=O)Oc1ccccc1C(=O)O CC(C)Cc1ccc(cc1)C(C)C(=O)O CN1C=NC2=C1C(=O)N(C(=O)N2C)C CC(=O)Nc1ccc(O)cc1
O=C(Cc1ccccc1)NC1CCCCC1 CCOC(=O)c1ccc(N)cc1 c1ccc2[nH]ccc2c1 O=c1[nH]cnc2[nH]ncc12 CCN(CC)CCNC(=O)C
Cc1ccc(cc1)S(N)(=O)=O CC1(C)SC2C(NC(=O)Cc3ccccc3)C(=O)N2C1C(=O)O Clc1ccccc1CN1CCc2sccc2C1
C[C@H](N)C(=O)N[C@@H](CO)C(=O)O F/C=C/c1ccccc1 N#Cc1ccc(cc1)C(O)(c1ccncc1)C1CC1
O=C1CCCN1CC#CCN1CCCC1
COc1cc2nccc(Oc3ccc(NC(=O)NC4CC4)c(Cl)c3)c2cc1C(N)=O CCC(C)(C)OCC(F)(F)F CSCCC(N)C(=O)O BrCCCCBr
O=C(O)CCc1nnn[nH]1 C1CCC2(CC1)OCCO2 C1CC2CCC1C2 C=CCC1(CC=C)C(=O)NC(=O)NC1=O CC#CC(=O)N1CCOCC1
O=[N+]([O-])c1ccc(cc1)N1CCNCC1 C[NH+](C)CCC=C1c2ccccc2CCc2ccccc12 [O-]C(=O)C1CCC[NH2+]1 CCCCCCCC
CN(C)N=Nc1cccnc1 C[n+]1ccccc1C=NO CP(=O)(OC)OC1CCCC1 Oc1ccc2c(c1)OC(CC2=O)c1ccccc1
CC(C)(C)[Si](C)(C)OCC c1ccc(cc1)-c1ccc(cc1)-c1ccccc1 O=S1(=O)CCC(C1)NC1=NCCS1 C1=CC=CC=CC=C1
CCOP(=S)(OCC)Oc1ccc(Cl)cc1
NC(=O)c1csc(n1)C1OC(CO)C(O)C1O IC1CCN(CC1)c1ncccn1
"""

# Each is a molecule to RDKit. Salts, radicals and dummy atoms are among them.
AWKWARD = """
C O [H][H] CC c1ccccc1 C1CC1 [Na+].[Cl-] CC(=O)[O-].[Na+] NCCO.Cl [CH3] [O][O] *CC
[2H]C([2H])([2H])O [13CH4] C1COCCOCCOCCOCCOCCO1 C1CCCCCCCCCCC1 C[N+](C)(C)CC(=O)[O-]
O=[N+]([O-])c1ccccc1 O=C=O C=C=C
C1CCC2(CC1)CCNC2 COP(=O)(O)OCC1OC(n2cnc3c(N)ncnc32)C(O)C1O C12C3C4C1C5C2C3C45 [C-]#[O+] C[Si](C)(C)C
OB(O)c1ccccc1 [Cu+2] [Fe] [O-][Cl+3]([O-])([O-])[O-] F[P-](F)(F)(F)(F)F [O-][n+]1ccccc1 C[SiH3]
c1cc[cH-]c1 [NH3+]CC(=O)[O-] O=P(O)O C[CH:7](N)[OH:2] FS(F)(F)(F)(F)F CS(C)=O [BH4-] N->[Pt]
CN=[N+]=[N-] C1=CC2=CC=C1C=C2 c1ccc2c(c1)c1cccc3cccc2c31 C#CC#CC#C [H][Li] [2H]c1ccccc1
"""
LONG = ["NCC(=O)" * 30 + "O", "C" * 150]


@pytest.fixture(scope="session")
def varied() -> list[str]:
    return VARIED.split()


@pytest.fixture(scope="session")
def awkward() -> list[str]:
    return AWKWARD.split() + LONG


@pytest.fixture(scope="session")
def check_child() -> Callable[[Chem.Mol], None]:
    """Fail if a molecule is not one connected, saturated, flat one that survives its SMILES."""

    def check(child: Chem.Mol) -> None:
        smiles = Chem.MolToSmiles(child)
        copy = Chem.Mol(child)
        assert Chem.SanitizeMol(copy) == Chem.SanitizeFlags.SANITIZE_NONE
        again = Chem.MolFromSmiles(smiles)
        assert again is not None, smiles
        assert Chem.MolToSmiles(again) == smiles
        assert again.GetNumAtoms() == child.GetNumAtoms() == child.GetNumHeavyAtoms()
        assert "." not in smiles
        assert not any(character in smiles for character in "@/\\*:")
        assert any(atom.GetAtomicNum() == 6 for atom in child.GetAtoms())
        assert not any(atom.GetNumRadicalElectrons() for atom in child.GetAtoms()), smiles

    return check
