"""Excel workbooks and SD files to names and rows."""

import io
import zipfile
from pathlib import Path

from rdkit import Chem, rdBase

from latentbo.data.text import LARGEST_PACKED
from latentbo.errors import DataError

#: Name of the column that an SD file's structures become, and of that of its titles.
STRUCTURE, TITLE = "smiles", "name"
# Number, cells, and the row as text.
RawRow = tuple[int, tuple[str, ...], str]


def read_workbook(content: bytes, path: Path) -> tuple[None, list[RawRow]]:
    """Read the first sheet of an Excel workbook that is not empty.

    Args:
        content: Of the file.
        path: For messages.

    Returns:
        No names (they are the first row), and the rows as the sheet numbers them.

    Raises:
        DataError: If openpyxl is missing, or the workbook cannot be read or unpacks to more than
            `LARGEST_PACKED` bytes.
    """
    try:
        # Imported here: an optional package.
        from openpyxl import load_workbook  # noqa: PLC0415
    except ImportError:
        raise DataError(
            f"{path} is an Excel workbook, and the package openpyxl is missing: pip install "
            f"'latentbo[xlsx]', or save the sheet as CSV"
        ) from None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > LARGEST_PACKED:
            raise ValueError(f"it unpacks to {size:,} bytes, more than {LARGEST_PACKED:,}")
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for sheet in workbook.worksheets:
            rows = []
            for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
                cells = tuple(_text(value) for value in values)
                if any(cells) and not cells[0].startswith("#"):
                    rows.append((number, cells, "\t".join(cells)))
            if rows:
                return None, rows
    except Exception as error:  # openpyxl raises what zipfile, expat and its own parsers do
        raise DataError(
            f"{path} is no Excel workbook that can be read ({error}): save it as CSV"
        ) from error
    raise DataError(f"{path} is empty: give a workbook with a sheet of molecules")


def _text(value: object) -> str:
    """Return a cell as people see it: 5.0 is 5."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return " ".join(str(value).split())


def read_sdf(text: str) -> tuple[tuple[str, ...], list[RawRow]]:
    """Read the structures of an SD file as SMILES, with their titles and data.

    A record that RDKit cannot read has an empty structure.

    Returns:
        Names of the columns (structure, title, and the data of all records) and the rows, each
        with the number of its first line.
    """
    found: list[tuple[int, dict[str, str], str]] = []
    line = 1
    with rdBase.BlockLogs():
        for block in text.replace("\r\n", "\n").split("$$$$\n"):
            if block.strip():
                supplier = Chem.SDMolSupplier()
                supplier.SetData(f"{block}$$$$\n")
                molecule = next(iter(supplier), None)
                data = {STRUCTURE: "", TITLE: block.split("\n", 1)[0].strip()}
                if molecule is not None:
                    data |= {
                        name: " ".join(str(text).split())
                        for name, text in molecule.GetPropsAsDict(False, False, False).items()
                    }
                    data[STRUCTURE] = Chem.MolToSmiles(Chem.RemoveHs(molecule))
                found.append((line, data, data[STRUCTURE] or block.split("$$$$")[0][:200]))
            line += block.count("\n") + 1
    names = tuple(dict.fromkeys(name for _, data, _ in found for name in data))
    return names, [
        (number, tuple(data.get(name, "") for name in names), " ".join(original.split()))
        for number, data, original in found
    ]
