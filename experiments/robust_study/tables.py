"""Tables 5.1 to 5.4, and what stands behind figures 5.6 and 5.7, from rows alone."""

from collections.abc import Sequence

from images_study.tables import named, variants
from study.table import Cell, Table

from robust_study.cells import (
    ARROWS,
    Row,
    TrialTable,
    clean_cell,
    distance_cell,
    number_text,
    radii,
    reported_name,
    spread,
    trial_cell,
    trials_note,
)
from robust_study.settings import SIMILARITIES
from robust_study.thesis import ABLATION, DECODER, ROBUSTNESS, published

__all__ = ["ablation_tables", "outcome_line", "outcome_table", "reported_line", "tables"]

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


def tables(rows: Sequence[Row]) -> list[Table]:
    """Return the tables of each data set and kind of measurement."""
    found: list[Table] = []
    for name, own in named(rows).items():
        reported = ROBUSTNESS.get(_dataset(own), {})
        lines = [(variant, outcome_line(rows)) for variant, rows in variants(own).items()]
        lines += [(reported_name(m), reported_line(v, own)) for m, v in reported.items()]
        found.append(outcome_table(f"table_5.1_{name}", own, lines))
        found += [_decoder(name, own), _losses(name, own), _distances(name, own)]
        found += [_attacks(name, own), _other(name, own), _cost(name, own)]
    return found


def ablation_tables(rows: Sequence[Row]) -> list[Table]:
    """Return table 5.4 of each data set and kind of measurement, losses, and costs of a step."""
    found: list[Table] = []
    for name, own in named(rows).items():
        lines = [(variant, outcome_line(rows, False)) for variant, rows in variants(own).items()]
        if _dataset(own) == "mnist":
            lines += [(reported_name(m), reported_line(v, own, False)) for m, v in ABLATION.items()]
        found.append(outcome_table(f"table_5.4_{name}", own, lines, with_inputs=False))
        found += [_losses(name, own), _cost(name, own)]
    return found


def outcome_table(
    name: str,
    rows: Sequence[Row],
    lines: list[tuple[str, list[Cell | str]]],
    with_inputs: bool = True,
    first_column: str = "method",
) -> TrialTable:
    """Return a table with the columns of table 5.1.

    Args:
        name: Of its file.
        rows: Of one measurement.
        lines: By `outcome_line` and `reported_line`.
        with_inputs: Whether similarities of image and attacked image stand in it.
        first_column: What lines differ by.
    """
    first = rows[0]
    columns = [
        f"{goal}: ({pair}) {arrow}, λ {radius:g}"
        for goal in OUTCOMES
        for pair, arrow in (
            (OUTCOMES[goal], ARROWS[goal]),
            *((("x, x'", ""),) if with_inputs else ()),
        )
        for radius in radii(rows)
    ]
    return TrialTable(
        name,
        f"{first['dataset']}: similarity (MS-SSIM) under attack, and distance of samples",
        (*(column.replace(" ,", ",") for column in columns), f"samples: {first['distance']} ↓"),
        lines,
        f"{SYMBOLS} MS-SSIM: preset {first['similarity']}. {trials_note(rows)} Samples: "
        f"{first['num_samples']} of the prior against {first['reference']}, over draws. "
        f"{THESIS_NOTE}",
        first_column=first_column,
    )


def outcome_line(rows: Sequence[Row], with_inputs: bool = True) -> list[Cell | str]:
    """Return the cells of a line of `outcome_table`."""
    measures = ("similarities", "input_similarities") if with_inputs else ("similarities",)
    return [
        *(
            trial_cell(rows, goal, radius, measure)
            for goal in OUTCOMES
            for measure in measures
            for radius in radii(rows)
        ),
        distance_cell(rows),
    ]


def reported_line(
    values: tuple[float, ...], rows: Sequence[Row], with_inputs: bool = True
) -> list[Cell | str]:
    """Return the thesis's cells of such a line."""
    groups = range(4 if with_inputs else 2)
    cells = [published(values, group, radius) for group in groups for radius in radii(rows)]
    return [number_text(value) for value in (*cells, values[-1])]


def _dataset(rows: Sequence[Row]) -> str:
    return str(rows[0]["dataset"]).removesuffix("-5000")


def _decoder(name: str, rows: Sequence[Row]) -> TrialTable:
    lines: list[tuple[str, list[Cell | str]]] = []
    for variant, own in variants(rows).items():
        cells = [
            trial_cell(own, goal, radius, "decoder_similarities")
            for goal in OUTCOMES
            for radius in radii(rows)
        ]
        lines.append((variant, [clean_cell(own, "similarities"), *cells]))
    for method, values in DECODER.get(_dataset(rows), {}).items():
        known = [published(values, group, radius) for group in (0, 1) for radius in radii(rows)]
        lines.append((reported_name(method), [number_text(v) for v in (values[-1], *known)]))
    columns = [
        f"{goal}: (x', r(x')) ↑, λ {radius:g}" for goal in OUTCOMES for radius in radii(rows)
    ]
    number = "5.3" if _dataset(rows) in ("svhn", "celeba") else "5.2"
    return TrialTable(
        f"table_{number}_{name}",
        f"{rows[0]['dataset']}: quality of the decoder, similarity (MS-SSIM)",
        ("(x, r(x)) ↑", *columns),
        lines,
        f"{SYMBOLS} MS-SSIM: preset {rows[0]['similarity']}. {trials_note(rows)}",
    )


def _losses(name: str, rows: Sequence[Row]) -> TrialTable:
    kinds = {"losses": "", "relative_losses": ", relative"}
    shown = [(goal, kind, radius) for goal in OUTCOMES for kind in kinds for radius in radii(rows)]
    arrows = {"latent": "↑", "damage": "↓"}
    return TrialTable(
        f"figure_5.6_{name}",
        f"{rows[0]['dataset']}: losses of attacks",
        tuple(f"{goal}{kinds[kind]} {arrows[goal]}, λ {radius:g}" for goal, kind, radius in shown),
        [
            (variant, [trial_cell(own, goal, radius, kind) for goal, kind, radius in shown])
            for variant, own in variants(rows).items()
        ],
        f"latent: distance of the attacked code to the target's, relative to that of the clean "
        f"code. damage: distance of attacked and clean reconstruction, relative to the mean "
        f"distance of clean reconstructions of different images. Scales of codes differ: compare "
        f"relative losses. {trials_note(rows)}",
    )


def _distances(name: str, rows: Sequence[Row]) -> TrialTable:
    shown = [(goal, radius) for goal in OUTCOMES for radius in radii(rows)]
    arrows = {"latent": "↑", "damage": "↓"}
    return TrialTable(
        f"figure_5.7_{name}",
        f"{rows[0]['dataset']}: Euclidean distance of images under attack",
        tuple(f"{goal}: ({DISTANCES[goal]}) {arrows[goal]}, λ {r:g}" for goal, r in shown),
        [
            (variant, [trial_cell(own, goal, radius, "distances") for goal, radius in shown])
            for variant, own in variants(rows).items()
        ],
        f"{SYMBOLS} {trials_note(rows)}",
    )


def _attacks(name: str, rows: Sequence[Row]) -> TrialTable:
    """Each attack by itself: which was the stronger, and by how much."""
    shown = [(goal, radius) for goal in OUTCOMES for radius in radii(rows)]
    columns = [f"{goal}: {told}, λ {r:g}" for told in ("loss", "MS-SSIM") for goal, r in shown]
    lines: list[tuple[str, list[Cell | str]]] = []
    for variant, own in variants(rows).items():
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
    shown = [(goal, radius) for goal in OUTCOMES for radius in radii(rows)]
    return TrialTable(
        f"similarity_{other}_{name}",
        f"{rows[0]['dataset']}: the same outcomes by MS-SSIM of the preset {other}",
        tuple(f"{goal}: ({OUTCOMES[goal]}) {ARROWS[goal]}, λ {r:g}" for goal, r in shown),
        [
            (variant, [trial_cell(own, goal, r, "other_similarities") for goal, r in shown])
            for variant, own in variants(rows).items()
        ],
        f"{SYMBOLS} {trials_note(rows)}",
    )


def _cost(name: str, rows: Sequence[Row]) -> TrialTable:
    return TrialTable(
        f"cost_{name}",
        f"{rows[0]['dataset']}: cost of a training step",
        ("milliseconds", "times gmm-dae"),
        [
            (
                variant,
                [
                    spread(row["step_milliseconds"] for row in own),
                    spread(row["step_ratio"] for row in own),
                ],
            )
            for variant, own in variants(rows).items()
        ],
        "Forward, backward and Adam on a batch; of each training the median of several turns, in "
        "which gmm-dae's step with the same network took turns with the method's: mean ± standard "
        "deviation over trainings (their number). Milliseconds are of whatever machine measured "
        "them; the ratio is what compares.",
    )
