"""Tables 5.1 to 5.4, and what stands behind figures 5.6 and 5.7, from rows alone."""

from collections.abc import Mapping, Sequence

from images_study.tables import each
from study.table import Cell, Column, Row, grouped

from robust_study.cells import (
    ARROWS,
    TrialTable,
    clean_cell,
    distance_cell,
    number_text,
    radii,
    reported_name,
    spread,
    trial_cell,
    trials_note,
    under_attack,
)
from robust_study.settings import SIMILARITIES
from robust_study.thesis import ABLATION, DECODER, ROBUSTNESS, published

#: A line of the thesis's tables.
Reported = tuple[float, ...]
SYMBOLS = (
    "x: image, x': attacked image, t: target of another class (without classes: another image), "
    "r(): reconstruction."
)
#: Goal -> the pair whose similarity tells how an attack ended.
OUTCOMES = {"latent": "t, r(x')", "damage": "r(x), r(x')"}
#: Goal -> the pair whose distance figure 5.7 shows.
DISTANCES = {"latent": "t, r(x')", "damage": "x, r(x')"}
THESIS_NOTE = (
    "Thesis: at full scale, under a weaker attack, with FID by Inception-v3: only a distance that "
    "is FID too can be compared."
)


def _outcomes(name: str, rows: Sequence[Row]) -> TrialTable:
    reported = _by_name(ROBUSTNESS.get(_dataset(rows), {}))
    return outcome_table(f"table_5.1_{name}", rows, grouped(rows, "variant"), reported)


def _ablation(name: str, rows: Sequence[Row]) -> TrialTable:
    reported = _by_name(ABLATION) if _dataset(rows) == "mnist" else {}
    groups = grouped(rows, "variant")
    return outcome_table(f"table_5.4_{name}", rows, groups, reported, with_inputs=False)


def _by_name(reported: Mapping[str, Reported]) -> dict[str, Reported]:
    return {reported_name(method): values for method, values in reported.items()}


def outcome_table(
    name: str,
    rows: Sequence[Row],
    groups: Mapping[str, Sequence[Row]],
    reported: Mapping[str, Reported],
    with_inputs: bool = True,
    first_column: str = "method",
) -> TrialTable:
    """Return a table with the columns of table 5.1.

    Args:
        name: Of its file.
        rows: Of one measurement.
        groups: Label of a line -> its rows.
        reported: Label of a line -> the thesis's values.
        with_inputs: Whether similarities of image and attacked image stand in it.
        first_column: What lines differ by.
    """
    shown = rows[0]
    columns: dict[str, Column] = {}
    for goal, pair in OUTCOMES.items():
        for radius in radii(rows):
            heading = f"{goal}: ({pair}) {ARROWS[goal]}, λ {radius:g}"
            columns[heading] = under_attack(goal, radius, "similarities")
        for radius in radii(rows) if with_inputs else ():
            heading = f"{goal}: (x, x'), λ {radius:g}"
            columns[heading] = under_attack(goal, radius, "input_similarities")
    columns[f"samples: {shown['distance']} ↓"] = distance_cell
    return TrialTable.of(
        name,
        f"{shown['dataset']}: similarity (MS-SSIM) under attack, and distance of samples",
        columns,
        groups,
        f"{SYMBOLS} MS-SSIM: preset {shown['similarity']}. {trials_note(rows)} Samples: "
        f"{shown['num_samples']} of the prior against {shown['reference']}, over draws. "
        f"{THESIS_NOTE}",
        [(label, _reported(values, rows, with_inputs)) for label, values in reported.items()],
        first_column=first_column,
    )


def _reported(values: Reported, rows: Sequence[Row], with_inputs: bool) -> list[Cell | str]:
    """Return the thesis's cells of a line."""
    parts = range(4 if with_inputs else 2)
    cells = [published(values, part, radius) for part in parts for radius in radii(rows)]
    return [number_text(value) for value in (*cells, values[-1])]


def _dataset(rows: Sequence[Row]) -> str:
    return str(rows[0]["dataset"]).removesuffix("-5000")


def _decoder(name: str, rows: Sequence[Row]) -> TrialTable:
    columns: dict[str, Column] = {"(x, r(x)) ↑": lambda own: clean_cell(own, "similarities")}
    for goal in OUTCOMES:
        for radius in radii(rows):
            heading = f"{goal}: (x', r(x')) ↑, λ {radius:g}"
            columns[heading] = under_attack(goal, radius, "decoder_similarities")
    further = []
    for method, values in DECODER.get(_dataset(rows), {}).items():
        known = [published(values, group, radius) for group in (0, 1) for radius in radii(rows)]
        cells: list[Cell | str] = [number_text(value) for value in (values[-1], *known)]
        further.append((reported_name(method), cells))
    number = "5.3" if _dataset(rows) in ("svhn", "celeba") else "5.2"
    return TrialTable.of(
        f"table_{number}_{name}",
        f"{rows[0]['dataset']}: quality of the decoder, similarity (MS-SSIM)",
        columns,
        grouped(rows, "variant"),
        f"{SYMBOLS} MS-SSIM: preset {rows[0]['similarity']}. {trials_note(rows)}",
        further,
    )


def _losses(name: str, rows: Sequence[Row]) -> TrialTable:
    kinds = {"losses": "", "relative_losses": ", relative"}
    arrows = {"latent": "↑", "damage": "↓"}
    return TrialTable.of(
        f"figure_5.6_{name}",
        f"{rows[0]['dataset']}: losses of attacks",
        {
            f"{goal}{told} {arrows[goal]}, λ {radius:g}": under_attack(goal, radius, kind)
            for goal in OUTCOMES
            for kind, told in kinds.items()
            for radius in radii(rows)
        },
        grouped(rows, "variant"),
        f"latent: distance of the attacked code to the target's, relative to that of the clean "
        f"code. damage: distance of attacked and clean reconstruction, relative to the mean "
        f"distance of clean reconstructions of different images. Scales of codes differ: compare "
        f"relative losses. {trials_note(rows)}",
    )


def _distances(name: str, rows: Sequence[Row]) -> TrialTable:
    arrows = {"latent": "↑", "damage": "↓"}
    return TrialTable.of(
        f"figure_5.7_{name}",
        f"{rows[0]['dataset']}: Euclidean distance of images under attack",
        {
            f"{goal}: ({pair}) {arrows[goal]}, λ {radius:g}": under_attack(
                goal, radius, "distances"
            )
            for goal, pair in DISTANCES.items()
            for radius in radii(rows)
        },
        grouped(rows, "variant"),
        f"{SYMBOLS} {trials_note(rows)}",
    )


def _attacks(name: str, rows: Sequence[Row]) -> TrialTable:
    """Each attack by itself: which was the stronger, and by how much."""
    shown = [(goal, radius) for goal in OUTCOMES for radius in radii(rows)]
    columns = [f"{goal}: {told}, λ {r:g}" for told in ("loss", "MS-SSIM") for goal, r in shown]
    lines: list[tuple[str, list[Cell | str]]] = []
    for variant, own in grouped(rows, "variant").items():
        for attack in rows[0]["attack_names"]:
            cells: list[Cell | str] = [
                trial_cell(own, goal, radius, measure, attack)
                for measure in ("losses", "similarities")
                for goal, radius in shown
            ]
            cells += [_kept(own, goal, attack) for goal in OUTCOMES]
            lines.append((f"{variant}, {attack}", cells))
    return TrialTable(
        f"attacks_{name}",
        f"{rows[0]['dataset']}: each attack by itself",
        (*columns, *(f"{goal}: the stronger, %" for goal in OUTCOMES)),
        lines,
        f"latent: a smaller loss is the stronger attack; damage: a larger one. MS-SSIM: as in "
        f"table 5.1. The stronger: share of images, over all λ. {trials_note(rows)}",
    )


def _kept(rows: Sequence[Row], goal: str, attack: str) -> str:
    """The share of images for which an attack was the stronger."""
    shares = [trial_cell(rows, goal, radius, "kept", attack).mean for radius in radii(rows)]
    known = [share for share in shares if share is not None]
    return f"{100 * sum(known) / len(known):.0f}" if known else "–"


def _other(name: str, rows: Sequence[Row]) -> TrialTable:
    """The outcomes by the other preset of the similarity."""
    (other,) = set(SIMILARITIES) - {rows[0]["similarity"]}
    return TrialTable.of(
        f"similarity_{other}_{name}",
        f"{rows[0]['dataset']}: the same outcomes by MS-SSIM of the preset {other}",
        {
            f"{goal}: ({pair}) {ARROWS[goal]}, λ {radius:g}": under_attack(
                goal, radius, "other_similarities"
            )
            for goal, pair in OUTCOMES.items()
            for radius in radii(rows)
        },
        grouped(rows, "variant"),
        f"{SYMBOLS} {trials_note(rows)}",
    )


def _cost(name: str, rows: Sequence[Row]) -> TrialTable:
    return TrialTable.of(
        f"cost_{name}",
        f"{rows[0]['dataset']}: cost of a training step",
        {
            "milliseconds": lambda own: spread(row["step_milliseconds"] for row in own),
            "times gmm-dae": lambda own: spread(row["step_ratio"] for row in own),
        },
        grouped(rows, "variant"),
        "Forward, backward and Adam on a batch; of each training the median of several turns, in "
        "which gmm-dae's step with the same network took turns with the method's: mean ± standard "
        "deviation over trainings (their number). Milliseconds are of whatever machine measured "
        "them; the ratio is what compares.",
    )


#: Tables 5.1 to 5.3 of each data set and kind of measurement, and what stands behind figures.
tables = each(_outcomes, _decoder, _losses, _distances, _attacks, _other, _cost)
#: Table 5.4, losses, and costs of a step.
ablation_tables = each(_ablation, _losses, _cost)
