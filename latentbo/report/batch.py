"""A batch of suggestions, described before money is spent on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rdkit import Chem, rdBase
from rdkit.Chem import rdFMCS

from latentbo.chemistry.descriptors import describe, nearest
from latentbo.chemistry.standardize import parse_molecule
from latentbo.ledger.record import INITIAL, Proposal
from latentbo.metrics import alerts
from latentbo.optimizer.history import History
from latentbo.proposals import POOL
from latentbo.report.run import Run
from latentbo.report.structures import structure_svg
from latentbo.report.trust import history_of
from latentbo.report.value_scale import ValueScale

# Seconds for the common part of two molecules; without an answer nothing is highlighted.
_PATIENCE = 1
# What a molecule of the pool and a random one are called by the strategies.
FROM_POOL = (POOL, "random", INITIAL)


@dataclass(frozen=True)
class Suggested:
    """A molecule to measure.

    Args:
        id: For the label of its vial; empty for one in reserve.
        smiles: The molecule.
        call: Number of its call; None for one in reserve.
        predicted: The model's mean; None where no model was asked.
        deviation: The model's standard deviation.
        reason: Why it was chosen.
        origin: Which proposal it comes from.
        neighbour: The most similar measured molecule; empty if nothing was measured.
        similarity: How similar that one is, 0 to 1.
        neighbour_id: Its ID; may be empty.
        neighbour_value: Its mean value, or its bound, as text.
        alerts: Structural alerts.
        accessibility: Synthetic accessibility, 1 (easy) to 10.
    """

    id: str
    smiles: str
    call: int | None
    predicted: float | None
    deviation: float | None
    reason: str
    origin: str
    neighbour: str = ""
    similarity: float | None = None
    neighbour_id: str = ""
    neighbour_value: str = ""
    alerts: tuple[str, ...] = ()
    accessibility: float = 0.0

    @property
    def prediction(self) -> str:
        """Prediction and deviation for people; a dash without a model."""
        if self.predicted is None or self.deviation is None:
            return "–"
        return f"{self.predicted:.2f} ± {self.deviation:.2f}".replace("-", "−")

    def fields(self) -> dict[str, str]:
        """The columns of the table of a batch; `value` is to be filled in."""
        return {
            "id": self.id or "reserve",
            "call": "" if self.call is None else str(self.call),
            "smiles": self.smiles,
            "predicted": _fixed(self.predicted, ".4g"),
            "deviation": _fixed(self.deviation, ".4g"),
            "reason": self.reason,
            "origin": self.origin,
            "nearest_measured": self.neighbour,
            "nearest_id": self.neighbour_id,
            "nearest_value": self.neighbour_value,
            "similarity": _fixed(self.similarity, ".2f"),
            "alerts": "; ".join(self.alerts) or "none",
            "sa": f"{self.accessibility:.2f}",
            "value": "",
        }


def describe_batch(
    run: Run, proposals: Sequence[Proposal], vials: Mapping[int, str], reserve: Sequence[Proposal]
) -> list[Suggested]:
    """Describe the molecules of a batch, those in reserve behind the others.

    Args:
        run: The run, with all that was measured.
        proposals: The batch, its predictions in the direction of the user's values.
        vials: IDs by the numbers of calls.
        reserve: What comes next, if something of the batch cannot be made.

    Raises:
        InputError: If a string is no molecule.
    """
    values = _values(history_of(run), run.scale)
    everything = [*proposals, *reserve]
    means = [each.details["predicted"] for each in everything if "predicted" in each.details]
    middle = median(means) if means else 0.0
    neighbours: Sequence[tuple[str, float | None]] = [("", None)] * len(everything)
    if values and everything:
        neighbours = nearest([each.string for each in everything], list(values))
    return [
        Suggested(
            vials.get(each.call, "") if place < len(proposals) else "",
            each.string,
            each.call if place < len(proposals) else None,
            each.details.get("predicted"),
            each.details.get("deviation"),
            _reason(each, middle, run.scale.is_minimized),
            each.origin,
            neighbour,
            similarity,
            run.beside.get(neighbour, {}).get("id", ""),
            values.get(neighbour, ""),
            tuple(alerts(each.string)),
            describe(each.string).sa,
        )
        for place, (each, (neighbour, similarity)) in enumerate(
            zip(everything, neighbours, strict=True)
        )
    ]


def _values(history: History, scale: ValueScale) -> dict[str, str]:
    """Return the values of measured molecules as text; bounds where there is nothing else."""
    bounds = [*history.initial_bounds, *((row.string, row.bound) for row in history.evaluations)]
    told = {string: str(scale.bound(bound)) for string, bound in bounds if bound}
    exact = zip(history.strings, history.values.tolist(), strict=True)
    return told | {string: f"{scale.number(value):.4g}" for string, value in exact}


def _reason(proposal: Proposal, middle: float, is_minimized: bool) -> str:
    """Return why a molecule was chosen, as far as its prediction tells."""
    predicted = proposal.details.get("predicted")
    if predicted is None:
        return "first batch: from the pool" if proposal.origin in FROM_POOL else "no model yet"
    is_good = predicted <= middle if is_minimized else predicted >= middle
    kind = "best guess" if is_good else "exploring"
    return f"{kind}, from the pool" if proposal.origin in FROM_POOL else kind


def _fixed(number: float | None, form: str) -> str:
    return "" if number is None else format(number, form)


def draw_suggested(each: Suggested, width: int, height: int) -> str:
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
