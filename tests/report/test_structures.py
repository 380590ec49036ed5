import re
from xml.etree import ElementTree

import pytest

from latentbo.errors import InputError
from latentbo.report.structures import INKS, structure_svg

COLOURFUL = "C[C@H](N)C(=O)Nc1cc(Cl)c(Br)cc1S(=O)(=O)OP(F)(O)=O"


def test_the_drawing_is_well_formed_and_holds_no_text() -> None:
    root = ElementTree.fromstring(structure_svg(COLOURFUL, 300, 200))
    assert root.get("viewBox") == "0 0 300 200"
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "path"}
    assert {name for element in root.iter() for name in element.attrib} <= {"viewBox", "d", "style"}


def test_every_colour_follows_the_page() -> None:
    svg = structure_svg(COLOURFUL, 300, 200)
    assert set(re.findall(r"var\(--([a-z-]+),", svg)) == set(INKS)
    assert re.findall(r"[^,](#[0-9A-Fa-f]{3,8})\b", svg) == []


def test_selenium_and_boron_have_the_ink_of_carbon() -> None:
    assert set(re.findall(r"var\(--([a-z-]+),", structure_svg("CB(C)[SeH]", 300, 200))) == {
        "ink-carbon"
    }


def test_equal_molecules_give_equal_drawings() -> None:
    assert structure_svg(COLOURFUL, 300, 200) == structure_svg(COLOURFUL, 300, 200)


@pytest.mark.parametrize("smiles", ["", "<script>", "C |$<b>$|"])
def test_other_strings_are_refused(smiles: str) -> None:
    with pytest.raises(InputError, match="is not a molecule"):
        structure_svg(smiles, 300, 200)
