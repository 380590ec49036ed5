"""Forms of a task's strings in files, and their readers."""

import re
from dataclasses import dataclass

from latentbo.data.assay.structures import Structure, clean_molecule, looks_like_molecule

#: Usual names of columns of strings, by our own.
USUAL_NAMES = {
    "smiles": (
        *("canonical smiles", "isomeric smiles", "cxsmiles", "smi", "structure", "mol"),
        *("molecule", "structure smiles", "rdkit smiles", "parent smiles"),
    ),
    "expression": ("expressions", "equation", "formula"),
}
UNIT = re.compile(r"\s*[\[(].*[\])]\s*$")
NUMBER = re.compile(r"[<>=~+\-]?[\d.,]+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class StringKind:
    """The strings of a task.

    Args:
        name: The plural of what one stands for.
        column: Name of their column in our own tables.
        is_molecular: Whether they are SMILES.
        whole_lines: Whether they may hold blanks, which then divide no columns.
    """

    name: str
    column: str
    is_molecular: bool = False
    whole_lines: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of columns of such strings, ours first."""
        return (self.column, *USUAL_NAMES.get(self.column, ()))

    def is_name(self, text: str) -> bool:
        """Tell the name of a column of such strings."""
        return plain_name(text) in self.names

    def looks_like_string(self, text: str) -> bool:
        """Tell a cell that may hold such a string."""
        if self.is_molecular:
            return looks_like_molecule(text)
        bare = "".join(text.split())
        if self.whole_lines:  # an expression: neither a word nor a number
            return bool(bare) and not bare.replace("x", "").isalpha() and "x" in bare
        return bool(bare) and not NUMBER.fullmatch(bare)

    def clean(self, text: str) -> Structure:
        """Return what a cell means; the task itself judges strings that are no molecules."""
        if self.is_molecular:
            return clean_molecule(text)
        string = "".join(text.split())
        return Structure(string or None, "" if string else f"no {self.name.removesuffix('s')}")


MOLECULES = StringKind("molecules", "smiles", is_molecular=True)


def plain_name(name: str) -> str:
    """Return the name of a column without capitals, unit, underscores and double blanks."""
    bare = UNIT.sub("", name.strip().strip('"'))
    return " ".join(re.sub(r"[_\-.]", " ", bare).lower().split())
