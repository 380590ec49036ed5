"""Single properties as objectives; what should be small is negated, here and nowhere else."""

from latentbo.chemistry import logp, parse_molecule, qed, synthetic_accessibility


def drug_likeness(smiles: str) -> float:
    """Return the QED of a molecule (0 to 1).

    Raises:
        InputError: If `smiles` is not a molecule.
    """
    return qed(parse_molecule(smiles))


def crippen_logp(smiles: str) -> float:
    """Return the Crippen logP of a molecule.

    Raises:
        InputError: If `smiles` is not a molecule.
    """
    return logp(parse_molecule(smiles))


def ease_of_synthesis(smiles: str) -> float:
    """Return the negative SA score of a molecule (-10, hard, to -1, easy).

    Raises:
        InputError: If `smiles` is not a molecule.
    """
    return -synthetic_accessibility(parse_molecule(smiles))
