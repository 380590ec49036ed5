"""The evaluated molecules with their descriptors, as rows for tables and as SD records."""

__all__ = ["Hit", "collect_hits", "hits_csv", "hits_sdf"]

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from rdkit import Chem
from rdkit.Chem import rdDepictor

from latentbo.chemistry.descriptors import Descriptors, describe, nearest
from latentbo.chemistry.standardize import parse_molecule
from latentbo.optimizer.record import Evaluation
from latentbo.report.run import Run

_COLUMNS = (
    *("smiles", "value", "call", "origin", "status", "qed", "sa", "logp", "heavy_atoms"),
    *("nearest_initial", "similarity", "message"),
)


@dataclass(frozen=True)
class Hit:
    """An evaluated molecule, described.

    Args:
        evaluation: The call that was spent on it.
        descriptors: Its descriptors.
        nearest_initial: SMILES of the most similar molecule of the initial pool, None without pool.
        similarity: Tanimoto similarity to that molecule, in [0, 1].
    """

    evaluation: Evaluation
    descriptors: Descriptors
    nearest_initial: str | None
    similarity: float | None

    def fields(self) -> dict[str, str]:
        """The columns of `hits.csv`: one line of text each, and nothing that equal runs differ in.

        The value has ten significant digits; the ledger holds it exactly.
        """
        row, descriptors = self.evaluation, self.descriptors
        texts = (
            *(row.smiles, _fixed(row.value, ".10g"), str(row.call), row.origin, row.status.value),
            *(_fixed(number, ".4f") for number in (descriptors.qed, descriptors.sa)),
            *(_fixed(descriptors.logp, ".4f"), str(descriptors.heavy_atoms)),
            *(self.nearest_initial or "", _fixed(self.similarity, ".4f")),
            row.message,
        )
        return {name: " ".join(text.split()) for name, text in zip(_COLUMNS, texts, strict=True)}


def collect_hits(run: Run) -> list[Hit]:
    """Describes every evaluated molecule, best first and failed calls last.

    Raises:
        InputError: If the ledger holds a string that is not a molecule.
    """
    smiles = [row.smiles for row in run.ranked]
    pool = [row.smiles for row in run.initial]
    neighbours = nearest(smiles, pool) if pool else [(None, None)] * len(smiles)
    return [
        Hit(row, describe(row.smiles), *neighbour)
        for row, neighbour in zip(run.ranked, neighbours, strict=True)
    ]


def hits_csv(hits: Sequence[Hit]) -> str:
    """The text of `hits.csv`."""
    stream = StringIO()
    writer = csv.DictWriter(stream, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(hit.fields() for hit in hits)
    return stream.getvalue()


def hits_sdf(hits: Sequence[Hit]) -> str:
    """The text of `hits.sdf`: 2D structures named by their call, with the columns as SD tags."""
    stream = StringIO()
    writer = Chem.SDWriter(stream)
    for hit in hits:
        writer.write(_sd_molecule(hit))
    writer.close()
    return stream.getvalue()


def _sd_molecule(hit: Hit) -> Chem.Mol:
    molecule = parse_molecule(hit.evaluation.smiles)
    rdDepictor.Compute2DCoords(molecule)
    molecule.SetProp("_Name", f"call-{hit.evaluation.call}")
    for name, text in hit.fields().items():
        if text:  # an empty line ends a record's tag
            # At the start of a line these two would end the tag or the record.
            molecule.SetProp(name, f" {text}" if text.startswith((">", "$$$$")) else text)
    return molecule


def _fixed(number: float | None, form: str) -> str:
    return "" if number is None else format(number, form)
