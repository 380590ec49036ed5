"""Molecules in the reports: descriptors, structures, the nearest starting molecule, SD records."""

from collections.abc import Sequence
from io import StringIO

from markupsafe import Markup
from rdkit import Chem
from rdkit.Chem import rdDepictor

from latentbo.chemistry.chemical_space import chemical_space
from latentbo.chemistry.descriptors import describe, nearest
from latentbo.chemistry.murcko import murcko_scaffold
from latentbo.chemistry.standardize import parse_molecule
from latentbo.metrics import MAX_SA, alert_free_share, alerts, easy_share, internal_diversity
from latentbo.report.hits import Hit
from latentbo.report.run import Run
from latentbo.report.structures import structure_svg, structure_thumbnail
from latentbo.report.view import Measure, Quality, View


def hits_sdf(hits: Sequence[Hit]) -> str:
    """The text of `hits.sdf`: 2D structures named by their call, with the columns as SD tags."""
    stream = StringIO()
    writer = Chem.SDWriter(stream)
    for hit in hits:
        writer.write(_sd_molecule(hit))
    writer.close()
    return stream.getvalue()


def _sd_molecule(hit: Hit) -> Chem.Mol:
    molecule = parse_molecule(hit.evaluation.string)
    rdDepictor.Compute2DCoords(molecule)
    molecule.SetProp("_Name", f"call-{hit.evaluation.call}")
    for name, text in hit.fields().items():
        if text:  # an empty line ends a record's tag
            # At the start of a line these two would end the tag or the record.
            molecule.SetProp(name, f" {text}" if text.startswith((">", "$$$$")) else text)
    return molecule


def _measure(smiles: str) -> tuple[float, ...]:
    found = describe(smiles)
    return found.qed, found.sa, found.logp, found.heavy_atoms, found.weight


def _structure(run: Run, smiles: str, width: int, height: int) -> Markup:
    del run
    return structure_svg(smiles, width, height)


MOLECULES = View(
    noun="a molecule",
    column="smiles",
    heading="SMILES",
    measures=(
        Measure("QED", "qed", ".4f", ".2f"),
        Measure("SA", "sa", ".4f", ".2f"),
        Measure("logP", "logp", ".4f", ".2f"),
        Measure("atoms", "heavy_atoms", "d", "d", on_terminal=False),
        Measure("weight", "weight", ".2f", ".1f", on_terminal=False),
    ),
    measure=_measure,
    drawing="Structure",
    draw=_structure,
    file_name="hits.sdf",
    write_file=lambda _, hits: hits_sdf(hits).encode(),
    notes="QED: drug-likeness, 0 to 1. SA: synthetic accessibility, 1 (easy) to 10. logP: "
    "Crippen's estimate. Atoms: without hydrogen. Weight: in g/mol. Similarity: Tanimoto on Morgan "
    "fingerprints, to the nearest molecule of the initial pool. Diversity: mean Tanimoto distance "
    "of two of them. Alerts: RDKit's catalogues PAINS and Brenk.",
    neighbours=nearest,
    has_filter=True,
    qualities=(
        Quality("diversity", "diversity", ".3f", internal_diversity),
        Quality(f"SA at most {MAX_SA:g}", "easy_share", ".0%", easy_share),
        Quality("no structural alert", "alert_free_share", ".0%", alert_free_share),
    ),
    alerts=alerts,
    thumbnail=structure_thumbnail,
    space=chemical_space,
    plotted=("sa", "logp", "weight"),
    family=murcko_scaffold,
)
