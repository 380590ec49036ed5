"""A map of chemical space: molecules as points of a plane, similar ones near each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rdkit import DataStructs
from scipy.linalg import eigh

from latentbo.chemistry.descriptors import fingerprint
from latentbo.chemistry.standardize import parse_molecule

# Molecules that the axes are made of; all others are placed by their similarities to these.
NUM_LANDMARKS = 1000


def chemical_space(smiles: Sequence[str]) -> NDArray[np.float64]:
    """Place molecules by the first two components of kernel PCA under the Tanimoto kernel.

    The axes are made of every k-th molecule, so that 20,000 take seconds; the others are placed by
    the Nystrom extension. Equal molecules lie on one point, and equal lists give equal maps.

    Args:
        smiles: n molecules.

    Returns:
        An `n x 2`-dim array; zeros where the molecules have fewer than two components.

    Raises:
        InputError: If a string is not a molecule.

    References:
        Schoelkopf, Smola, Mueller, "Nonlinear component analysis as a kernel eigenvalue problem",
        Neural Computation 10, 1998.
    """
    prints = [fingerprint(parse_molecule(each)) for each in smiles]
    if not prints:
        return np.zeros((0, 2))
    step = -(-len(prints) // NUM_LANDMARKS)
    landmarks = prints[::step]
    similarities = np.array(
        [DataStructs.BulkTanimotoSimilarity(each, landmarks) for each in prints]
    )
    kernel = similarities[::step]
    means = kernel.mean(axis=0)
    centred = kernel - means - means[:, None] + means.mean()
    first = max(0, len(landmarks) - 2)
    values, vectors = eigh(centred, subset_by_index=[first, len(landmarks) - 1])
    # Eigenvectors have no sign of their own: the largest entry is made positive.
    largest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.sign(vectors[largest, range(vectors.shape[1])])
    others = similarities - similarities.mean(axis=1, keepdims=True) - means + means.mean()
    found = np.zeros((len(prints), 2))
    for column, (value, vector) in enumerate(zip(values[::-1], vectors.T[::-1], strict=True)):
        if value > 1e-9:
            found[:, column] = others @ vector / np.sqrt(value)
    return found
