"""Features of a molecule for the Gaussian process: counts of its environments, descriptors."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from latentbo.chemistry import (
    DESCRIPTOR_NAMES,
    FORMS,
    CountFingerprints,
    Form,
    count_environments,
    describe_molecule,
    parse_molecule,
)
from latentbo.errors import ConfigurationError
from latentbo.settings import check, setting

# Molecules cached per featurizer, about 1.7 kB each: enough for a run and its last candidates.
MOST_REMEMBERED = 50_000
# Molecules parsed at once.
BATCH = 1000


@dataclass(frozen=True)
class TanimotoGPConfig:
    """Settings of the Gaussian process on molecules.

    Args:
        max_fit: Maximum number of rows for fitting the hyperparameters: half of them the best, the
            others at random.
        max_train: Maximum number of rows to condition the posterior on, chosen in the same way.
        descriptors: Whether the kernel uses descriptors beside the environments.
        max_iterations: L-BFGS iterations.
        radius: Radius of an atom's environment, in bonds; 3 is ECFP6.
        form: Form of the similarity of counts.

    Raises:
        ConfigurationError: If a number is too small, or the form is unknown.
    """

    max_fit: int = setting(300, at_least=2)
    max_train: int = setting(1000, at_least=2)
    descriptors: bool = True
    max_iterations: int = setting(50, at_least=1)
    radius: int = setting(3, at_least=0)
    form: Form = "product"

    def __post_init__(self) -> None:
        check(self)
        if self.form not in FORMS:
            raise ConfigurationError(f"form must be one of {', '.join(FORMS)}, not {self.form!r}")


@dataclass(frozen=True, eq=False)
class MoleculeFeatures:
    """The features of n molecules.

    Args:
        fingerprints: Their environments.
        descriptors: An `n x k`-dim double tensor, each column in its own unit; k = 0: none.
    """

    fingerprints: CountFingerprints
    descriptors: Tensor

    def __len__(self) -> int:
        return len(self.fingerprints)

    def rows(self, indices: Sequence[int]) -> "MoleculeFeatures":
        """Return some molecules, in the order of their indices (0 to n - 1)."""
        chosen = torch.as_tensor(indices, dtype=torch.int64)
        return MoleculeFeatures(self.fingerprints.rows(indices), self.descriptors[chosen])


# Environments, their counts, descriptors: arrays, which the garbage collector does not scan.
_Molecule = tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], npt.NDArray[np.float64]]


class MoleculeFeaturizer:
    """Computes features, once per molecule.

    Args:
        config: Which features; must be the configuration of the fit.
    """

    def __init__(self, config: TanimotoGPConfig) -> None:
        self.radius = config.radius
        self.descriptors = config.descriptors
        self._molecules: OrderedDict[str, _Molecule] = OrderedDict()

    def features(self, strings: Sequence[str]) -> MoleculeFeatures:
        """Return the features of n SMILES strings.

        Raises:
            InputError: If a string is not a molecule.
        """
        missing = [string for string in dict.fromkeys(strings) if string not in self._molecules]
        for start in range(0, len(missing), BATCH):
            self._compute(missing[start : start + BATCH])
        molecules = [self._molecules[string] for string in strings]
        for string in strings:
            self._molecules.move_to_end(string)
        while len(self._molecules) > MOST_REMEMBERED:
            self._molecules.popitem(last=False)
        width = len(DESCRIPTOR_NAMES) if self.descriptors else 0
        rows = np.concatenate([np.empty(0), *(row[2] for row in molecules)])
        fingerprints = CountFingerprints.join([row[:2] for row in molecules])
        return MoleculeFeatures(fingerprints, torch.from_numpy(rows).reshape(len(molecules), width))

    def _compute(self, strings: Sequence[str]) -> None:
        # Feature by feature for all molecules takes three quarters of the time of molecule by
        # molecule.
        molecules = [parse_molecule(string) for string in strings]
        environments = [count_environments(molecule, self.radius) for molecule in molecules]
        described = [describe_molecule(m) if self.descriptors else [] for m in molecules]
        for string, counted, numbers in zip(strings, environments, described, strict=True):
            self._molecules[string] = (*counted, np.array(numbers, np.float64))
