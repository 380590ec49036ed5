r"""Counts of the environments of atoms in molecules, and similarities by these counts.

Counts are kept unfolded: no two environments share a column, and there is no vocabulary that grows
with the molecules seen. A molecule is a row of sorted environment numbers with their counts, so new
molecules are appended and old ones never computed again.

The similarity of count vectors `a` and `b` has two forms, both positive definite kernels, which are
the same for counts of 0 and 1:

    min-max    sum min(a, b) / sum max(a, b)
    product    <a, b> / (|a|^2 + |b|^2 - <a, b>)

The product is the default: a Gaussian process with it predicts better. Over penalised logP, QED,
their sum and two GuacaMol-like goals, fitted to 300 molecules of ZINC-250k and tested on 300 others
(4 splits), its errors were 4 to 11 % smaller, and 0 to 1 % with descriptors beside it; among the
500 neighbours of one molecule, 4 to 7 % and 0 to 2 %. Min-max is what RDKit's `TanimotoSimilarity`
of count vectors computes.

References:
    Ralaivola et al., "Graph kernels for chemical informatics", Neural Networks 18, 2005.
    Rogers and Hahn, "Extended-Connectivity Fingerprints", J. Chem. Inf. Model. 50, 2010.
    Tripp et al., "Tanimoto Random Features for Scalable Molecular Machine Learning", NeurIPS 2023
    (both forms for counts).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from scipy.sparse import csr_matrix
from torch import Tensor

from latentbo.chemistry.standardize import parse_molecule

Form = Literal["minmax", "product"]
FORMS: tuple[Form, ...] = get_args(Form)

# Share of the rows from which on a column is multiplied densely. Of 1,000 molecules, the 300 such
# columns hold most of the work of the sparse product.
FREQUENT = 0.03


@dataclass(frozen=True, eq=False)
class CountFingerprints:
    """The sparse counts of n molecules, one after the other.

    Args:
        environments: The numbers of all environments; ascending within a molecule.
        counts: How often each occurs in its molecule, at least once.
        offsets: Where each molecule begins, `n + 1` numbers.
    """

    environments: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def join(
        cls, molecules: Sequence[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]]
    ) -> "CountFingerprints":
        """Put the environments and counts of single molecules together."""
        lengths = [len(environments) for environments, _ in molecules]
        return cls(
            np.concatenate([np.empty(0, np.uint64), *(pair[0] for pair in molecules)]),
            np.concatenate([np.empty(0, np.int64), *(pair[1] for pair in molecules)]),
            np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64),
        )

    def row(self, index: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
        """Return the environments and counts of one molecule."""
        here = slice(self.offsets[index], self.offsets[index + 1])
        return self.environments[here], self.counts[here]

    def rows(self, indices: Sequence[int]) -> "CountFingerprints":
        """Return some molecules, in the order of their indices (0 to n - 1)."""
        return self.join([self.row(index) for index in indices])

    def extend(self, others: "CountFingerprints") -> "CountFingerprints":
        """Return these molecules and then the others; nothing is computed again."""
        return CountFingerprints(
            np.concatenate([self.environments, others.environments]),
            np.concatenate([self.counts, others.counts]),
            np.concatenate([self.offsets, self.offsets[-1] + others.offsets[1:]]),
        )

    @property
    def row_of_entry(self) -> npt.NDArray[np.int64]:
        """The molecule that each environment belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def sizes(self, form: Form) -> npt.NDArray[np.float64]:
        """Return the similarity's numerator of each molecule with itself, `n` whole numbers."""
        weights = self.counts if form == "minmax" else self.counts**2
        return np.bincount(self.row_of_entry, weights, len(self)).astype(np.float64)


def count_fingerprints(smiles: Sequence[str], radius: int = 3) -> CountFingerprints:
    """Count the environments of the atoms of molecules (ECFP6 with radius 3).

    Args:
        smiles: SMILES strings.
        radius: Bonds around an atom that belong to its environment, and all fewer.

    Raises:
        InputError: If a string is not a molecule.
    """
    return CountFingerprints.join(
        [count_environments(parse_molecule(string), radius) for string in smiles]
    )


def count_environments(
    molecule: Chem.Mol, radius: int = 3
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Return the environments of one molecule, ascending, and how often each occurs."""
    found = _morgan(radius).GetSparseCountFingerprint(molecule).GetNonzeroElements()
    environments = np.fromiter(found.keys(), np.uint64, len(found))
    counts = np.fromiter(found.values(), np.int64, len(found))
    order = environments.argsort()
    return environments[order], counts[order]


@cache
def _morgan(radius: int) -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius)


class SimilarityIndex:
    """m molecules made ready to be compared with others, again and again.

    The sum of minima is a product, too: an environment that occurs c times is c columns of ones.
    Columns that many of the m molecules have are multiplied densely, the others sparsely, and those
    that none has are dropped before. All numbers are whole, so the result does not depend on the
    order of anything, nor on which molecules are compared at once.

    Args:
        known: The m molecules.
        form: Of the similarity.
    """

    def __init__(self, known: CountFingerprints, form: Form = "product") -> None:
        self.form = form
        self.sizes = known.sizes(form)
        self._vocabulary, entries = np.unique(known.environments, return_inverse=True)
        self._most = np.ones(len(self._vocabulary), np.int64)
        if form == "minmax":
            np.maximum.at(self._most, entries, known.counts)
        # The columns of an environment: from its start, as many as its highest count.
        self._starts = self._most.cumsum() - self._most
        self._places = np.arange(self._most.sum())
        _, columns, _ = self._expanded(known)
        occurrences = np.bincount(columns, minlength=len(self._places))
        # Columns are numbered anew: the frequent ones first.
        self._places[(-occurrences).argsort(kind="stable")] = np.arange(len(self._places))
        self._num_dense = int((occurrences > max(1.0, FREQUENT * len(known))).sum())
        self._dense, rare = self._parts(known)
        self._sparse = rare.T.tocsr()

    def similarity(self, molecules: CountFingerprints) -> Tensor:
        """Return the `n x m`-dim double tensor of similarities (0 to 1) of n molecules."""
        dense, rare = self._parts(molecules)
        shared = (dense @ self._dense.T).double().numpy()
        shared += (rare @ self._sparse).toarray()
        either = molecules.sizes(self.form)[:, None] + self.sizes - shared
        # Two molecules without any environment have nothing in common: 0 / 1.
        return torch.from_numpy(np.divide(shared, np.maximum(either, 1, out=either), out=shared))

    def _parts(self, molecules: CountFingerprints) -> tuple[Tensor, csr_matrix]:
        """Return the frequent columns and the rare ones, `n` rows each."""
        rows, columns, values = self._expanded(molecules)
        frequent = columns < self._num_dense
        dense = torch.zeros(len(molecules), self._num_dense, dtype=torch.from_numpy(values).dtype)
        dense.numpy()[rows[frequent], columns[frequent]] = values[frequent]
        entries = values[~frequent], (rows[~frequent], columns[~frequent] - self._num_dense)
        return dense, csr_matrix(entries, (len(molecules), len(self._places) - self._num_dense))

    def _expanded(
        self, molecules: CountFingerprints
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.floating]]:
        """Return rows, columns and values of those environments that known molecules have."""
        wanted = molecules.environments
        found = self._vocabulary.searchsorted(wanted)
        here = np.append(self._vocabulary, np.uint64(0))[found] == wanted
        here &= found < len(self._vocabulary)
        rows, found, counts = molecules.row_of_entry[here], found[here], molecules.counts[here]
        if self.form == "product":
            return rows, self._places[found], counts.astype(np.float64)
        counts = np.minimum(counts, self._most[found])
        starts = self._starts[found].repeat(counts)
        levels = np.arange(len(starts)) - (counts.cumsum() - counts).repeat(counts)
        # Sums of so many ones are exact in single precision.
        return rows.repeat(counts), self._places[starts + levels], np.ones(len(starts), np.float32)


def tanimoto(a: CountFingerprints, b: CountFingerprints, form: Form = "product") -> Tensor:
    """Return the `n x m`-dim double tensor of similarities (0 to 1) of n with m molecules."""
    return SimilarityIndex(b, form).similarity(a)
