"""Structures as inline SVG whose colours follow the page."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape
from rdkit.Chem.Draw import rdMolDraw2D

from latentbo.chemistry.atoms import bonds
from latentbo.chemistry.standardize import parse_molecule

# Name of the CSS property -> (colour without such a property, atomic numbers; -1 is the rest).
INKS: dict[str, tuple[str, tuple[int, ...]]] = {
    "ink-carbon": ("#1B2230", (-1, 1, 6)),
    "ink-nitrogen": ("#2557D6", (7,)),
    "ink-oxygen": ("#C8322B", (8,)),
    "ink-sulfur": ("#8F6A00", (16,)),
    "ink-halogen": ("#16793A", (9, 17, 35, 53)),
    "ink-phosphorus": ("#B0560A", (15,)),
}
# Behind atoms that are highlighted, on light and on dark ground.
_HIGHLIGHT = "#E5A93C"
# Class of a thumbnail's lines and letters by their colours.
_CLASSES = {colour: name.removeprefix("ink-")[0] for name, (colour, _) in INKS.items()}
#: Width and height of a thumbnail in pixels.
THUMBNAIL = (180, 120)
_PROPERTIES = {colour: name for name, (colour, _) in INKS.items()}


def structure_svg(smiles: str, width: int, height: int, highlighted: Sequence[int] = ()) -> Markup:
    """Draws a molecule.

    The SVG holds path data and colours only, no text of the caller's, so it is safe in a page; the
    colours are CSS properties named as in `INKS`.

    Args:
        smiles: The molecule.
        width: Width in pixels.
        height: Height in pixels.
        highlighted: Numbers of atoms to highlight, with the bonds between them.

    Raises:
        InputError: If `smiles` is not a molecule.
    """
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    _set_options(drawer.drawOptions(), width, 10)
    molecule, chosen = parse_molecule(smiles), set(highlighted)
    between = [
        bond.GetIdx()
        for bond in bonds(molecule)
        if {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= chosen
    ]
    rdMolDraw2D.PrepareAndDrawMolecule(
        drawer, molecule, highlightAtoms=list(highlighted), highlightBonds=between
    )
    drawer.FinishDrawing()
    return Markup(_inline(drawer.GetDrawingText()))  # noqa: S704 (see above)


def _set_options(options: Any, width: int, font: int) -> None:  # its stubs mistype the attributes
    options.clearBackground = False
    options.flagCloseContactsDist = -1  # no red boxes around atoms that come close
    options.bondLineWidth = max(1.0, width / 200)
    options.scaleBondWidth = False
    options.padding = 0.05
    options.minFontSize = font
    options.fixedBondLength = 26.0  # at most: small molecules are not blown up
    options.setAtomPalette(
        {atom: _channels(colour) for colour, atoms in INKS.values() for atom in atoms}
    )
    options.setHighlightColour(_channels(_HIGHLIGHT))


def structure_thumbnail(smiles: str) -> Markup:
    """Draws a molecule in about 800 bytes, for pages with a thousand of them.

    Lines of one colour are one path, letters of one colour one text; the page's style sheet has
    their colours, by the class of the SVG and the letters of `_CLASSES`. As safe as
    `structure_svg`: letters are those that RDKit writes at atoms.

    Raises:
        InputError: If `smiles` is not a molecule.
    """
    width, height = THUMBNAIL
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height, -1, -1, True)
    _set_options(drawer.drawOptions(), width, 9)
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, parse_molecule(smiles))
    drawer.FinishDrawing()
    return Markup(_compact(drawer.GetDrawingText()))  # noqa: S704 (see above)


def _compact(text: str) -> str:
    """Joins the lines and the letters of each colour; coordinates are halves of pixels."""
    lines: dict[str, list[str]] = defaultdict(list)
    # Paths without a class only round the corners, as the style sheet does.
    for path, style in re.findall(r"<path class=[^>]*? d='([^']*)'[^>]*?style='([^']*)'", text):
        ink = _ink(style)
        lines[ink if "fill:none" in style else f"{ink} f"].append(_halves(path))
    letters: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for x, y, style, letter in re.findall(
        r"<text x='([^']*)' y='([^']*)'[^>]*?style='([^']*)'[^>]*>([^<]*)</text>", text
    ):
        ink = _ink(style)
        size = _halves(re.findall(r"font-size:(\d+)", style)[0])
        letters[ink, size].append((_halves(x), _halves(y), escape(letter)))
    width, height = (2 * length for length in THUMBNAIL)
    parts = [f"<path class='{ink}' d='{''.join(paths)}'/>" for ink, paths in lines.items()]
    for (ink, size), written in letters.items():
        xs, ys, found = zip(*written, strict=True)
        parts.append(
            f"<text class='{ink}' font-size='{size}' x='{' '.join(xs)}' y='{' '.join(ys)}'>"
            f"{''.join(found)}</text>"
        )
    return f"<svg class='mol' viewBox='0 0 {width} {height}'>{''.join(parts)}</svg>"


def _ink(style: str) -> str:
    """The class of a colour; one that is none of ours, such as RDKit's of remarks, is carbon's."""
    colour = re.search(r"#[0-9A-F]{6}", style)
    return _CLASSES.get(colour.group() if colour else "", "c")


def _halves(numbers: str) -> str:
    """Numbers of a path in halves of pixels, without the blanks that it does not need."""
    doubled = re.sub(
        r"-?\d+(?:\.\d+)?", lambda match: str(round(2 * float(match.group()))), numbers
    )
    return re.sub(r"\s*([A-Z])\s*", r"\1", doubled.strip())


def _inline(text: str) -> str:
    """Drops the XML header, makes the size flexible, and turns colours into CSS properties."""
    body = re.sub(r"\s+", " ", text[text.index("<!-- END OF HEADER -->") + 22 :])
    size = re.search(r"viewBox='[^']*'", text)
    body = re.sub(r"fill='(#[0-9A-F]{6})'", r"style='fill:\1'", body)
    body = re.sub(r" class='[^']*'", "", body)
    body = re.sub(r";(stroke-opacity|fill-opacity):1\b", "", body)
    body = re.sub(r"#[0-9A-F]{6}", _as_property, body)
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size.group() if size else ''}>{body}"


def _as_property(match: re.Match[str]) -> str:
    colour = match.group()
    name = _PROPERTIES.get(colour)
    return f"var(--{name},{colour})" if name else colour


def _channels(colour: str) -> tuple[float, ...]:
    """Red, green and blue in [0, 1], such that RDKit writes the same colour back."""
    return tuple((int(colour[i : i + 2], 16) + 0.25) / 255 for i in (1, 3, 5))
