"""The files of a batch: a table, structures, a workbook and a page, all with the same IDs."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from latentbo.cells import cell, named_rows_writer
from latentbo.chemistry.standardize import parse_molecule
from latentbo.report.batch import Suggested
from latentbo.report.batch_page import render_batch
from latentbo.report.files import replace_file
from latentbo.report.run import Run
from latentbo.report.trust import trust_of

# Of a structure in a cell, in pixels; a row is that high in points of 3/4 pixel.
_WIDTH, _HEIGHT = 220, 150
_POINTS = 0.75
# Width of the column of structures in characters, and of the others.
_WIDE, _NARROW = 31, 16


@dataclass(frozen=True)
class WrittenBatch:
    """The files of a batch.

    Args:
        paths: The files, the page last.
        remarks: What people should know: how far to trust the model, a workbook that is missing.
    """

    paths: list[Path]
    remarks: list[str]


def write_batch(directory: Path, run: Run, number: int, batch: Sequence[Suggested]) -> WrittenBatch:
    """Write `batch-NN.csv`, `.sdf`, `.xlsx` and `.html`.

    Args:
        directory: The run's folder.
        run: The run.
        number: Of the batch, from 1.
        batch: Its molecules, those in reserve last.

    Raises:
        LatentboError: If a file cannot be written.
    """
    trust = trust_of(run)
    contents = {
        "csv": batch_table(batch).encode(),
        "sdf": _sdf(batch).encode(),
        "xlsx": _workbook(batch),
        "html": render_batch(run, number, batch, trust).encode(),
    }
    remarks = [trust.line, trust.warning] if trust else []
    remarks += [] if contents["xlsx"] else ["no workbook: pip install 'latentbo[xlsx]'"]
    paths = [
        replace_file(directory / f"batch-{number:02}.{kind}", content)
        for kind, content in contents.items()
        if content
    ]
    return WrittenBatch(paths, [line for line in remarks if line])


def batch_table(batch: Sequence[Suggested]) -> str:
    """The table of a batch as CSV."""
    stream = StringIO()
    rows = [{name: cell(text) for name, text in each.fields().items()} for each in batch]
    writer = named_rows_writer(stream, list(rows[0]) if rows else ["id"])
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _sdf(batch: Sequence[Suggested]) -> str:
    stream = StringIO()
    writer = Chem.SDWriter(stream)
    for each in batch:
        molecule = parse_molecule(each.smiles)
        rdDepictor.Compute2DCoords(molecule)
        fields = each.fields()
        molecule.SetProp("_Name", fields["id"])
        for name, text in fields.items():
            if text:  # an empty line ends a record's tag
                molecule.SetProp(name, f" {text}" if text.startswith((">", "$$$$")) else text)
        writer.write(molecule)
    writer.close()
    return stream.getvalue()


def _workbook(batch: Sequence[Suggested]) -> bytes:
    """The table with structures in its cells; empty where the packages for it are missing."""
    try:
        # Imported here: optional packages.
        from openpyxl import Workbook  # noqa: PLC0415
        from openpyxl.drawing.image import Image  # noqa: PLC0415
        from openpyxl.styles import Alignment, Font  # noqa: PLC0415
        from PIL import Image as _  # noqa: F401, PLC0415  (openpyxl needs it for images)
    except ImportError:
        return b""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "batch"
    names = list(batch[0].fields()) if batch else ["id"]
    sheet.append(["structure", *names])
    for head in sheet[1]:
        head.font = Font(bold=True)
    sheet.freeze_panes = "C2"
    for row, each in enumerate(batch, start=2):
        for column, text in enumerate(each.fields().values(), start=2):
            written = sheet.cell(row, column, _as_number(text))
            written.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.add_image(Image(BytesIO(_png(each.smiles))), f"A{row}")
        sheet.row_dimensions[row].height = _HEIGHT * _POINTS
    for column in sheet.columns:
        letter = column[0].column_letter
        sheet.column_dimensions[letter].width = _WIDE if letter == "A" else _NARROW
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _as_number(text: str) -> str | float:
    """Return a number as one; a text that a spreadsheet would take for a formula stays text."""
    try:
        return float(text)
    except ValueError:
        return cell(text)


def _png(smiles: str) -> bytes:
    drawer = rdMolDraw2D.MolDraw2DCairo(_WIDTH, _HEIGHT)
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, parse_molecule(smiles))
    drawer.FinishDrawing()
    png: bytes = drawer.GetDrawingText()
    return png
