"""The page of a batch, `batch-NN.html`: one file without a script."""

from collections.abc import Sequence

from rdkit import Chem, rdBase
from rdkit.Chem import rdFMCS

from latentbo.chemistry.standardize import parse_molecule
from latentbo.diagnostics.leave_one_out import LeaveOneOut
from latentbo.report.batch import Suggested
from latentbo.report.page import data_uri, page_environment
from latentbo.report.run import Run
from latentbo.report.structures import structure_svg
from latentbo.report.theme import DARK
from latentbo.report.trust import TRUST_HEIGHT, trust_png

# Seconds for the common part of two molecules; without an answer nothing is highlighted.
_PATIENCE = 1


def render_batch(
    run: Run, number: int, batch: Sequence[Suggested], trust: LeaveOneOut | None
) -> str:
    """The text of the page.

    Args:
        run: The run.
        number: Of the batch, from 1.
        batch: Its molecules, those in reserve last.
        trust: How far the model can be trusted; None if that is not known.
    """
    name = str(run.config.get("value_name") or "value")
    figure = None
    if trust is not None:
        light, dark = trust_png(trust, name), trust_png(trust, name, DARK)
        figure = {"light": data_uri(light), "dark": data_uri(dark), "height": TRUST_HEIGHT}
    return (
        page_environment()
        .get_template("batch.html")
        .render(
            run=run,
            number=number,
            name=name,
            batch=[each for each in batch if each.call is not None],
            reserve=[each for each in batch if each.call is None],
            draw=_draw,
            trust=trust,
            figure=figure,
        )
    )


def _draw(each: Suggested, width: int, height: int) -> str:
    """Draw a molecule; what differs from its nearest measured neighbour is highlighted."""
    return structure_svg(each.smiles, width, height, new_atoms(each.smiles, each.neighbour))


def new_atoms(smiles: str, reference: str) -> list[int]:
    """Return the atoms of a molecule that are not part of what it has in common with another.

    Args:
        smiles: The molecule.
        reference: The other one; empty: nothing is new.

    Returns:
        Numbers of atoms; none if all are new, or the search took too long.
    """
    if not reference:
        return []
    molecule, other = parse_molecule(smiles), parse_molecule(reference)
    with rdBase.BlockLogs():
        found = rdFMCS.FindMCS(
            [molecule, other], timeout=_PATIENCE, ringMatchesRingOnly=True, completeRingsOnly=True
        )
    common = (
        Chem.MolFromSmarts(found.smartsString) if found.numAtoms and not found.canceled else None
    )
    if common is None:
        return []
    shared = set(molecule.GetSubstructMatch(common))
    return [atom for atom in range(molecule.GetNumAtoms()) if atom not in shared]
