"""Cells of tables under attack: means and standard deviations over trials."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from study.table import Cell, Column, Row, Table

from latentbo.images.robustness import STRONGEST

#: Goal -> which way is good for the model.
ARROWS = {"latent": "↓", "damage": "↑"}
#: Names of methods in the thesis.
REPORTED = {
    "vae": "VAE",
    "beta-vae": "β-VAE",
    "beta-tcvae": "β-TCVAE",
    "lipschitz-vae": "LipschitzVAE",
    "smooth-encoder": "SE",
    "avae": "AVAE",
    "gmm-dae": "GMM-DAE",
    "augmented": "Augmented",
    "coupled": "Ours",
}


@dataclass(frozen=True)
class TrialTable(Table):
    """A table whose cells are means ± standard deviations over trials, not standard errors."""

    def csv(self) -> str:
        """Return it in long form: a line a cell, with mean, standard deviation and trials."""
        head = "row,column,mean,standard_error,seeds,text"
        return super().csv().replace(head, "row,column,mean,standard_deviation,trials,text", 1)


def spread(values: Iterable[float | None]) -> Cell:
    """Return mean and standard deviation (with n - 1) of values; a None is a missing value."""
    given = [value for value in values if value is not None]
    if not given:
        return Cell(None, None, 0)
    return Cell(mean(given), stdev(given) if len(given) > 1 else None, len(given))


def trial_cell(
    rows: Iterable[Row], goal: str, radius: float, measure: str, attack: str = STRONGEST
) -> Cell:
    """Return a measure under attack over all trials of all trainings."""
    return spread(
        value
        for row in rows
        for value in row["attacked"][goal][f"{radius:g}"].get(attack, {}).get(measure, ())
    )


def under_attack(goal: str, radius: float, measure: str) -> Column:
    """Return a column of `trial_cell`."""
    return lambda rows: trial_cell(rows, goal, radius, measure)


def clean_cell(rows: Iterable[Row], measure: str) -> Cell:
    """Return a measure without attack over all trials of all trainings."""
    return spread(value for row in rows for value in row["clean"][measure])


def distance_cell(rows: Iterable[Row]) -> Cell:
    """Return the distance of the prior's images over all draws of all trainings."""
    return spread(value for row in rows for value in row["prior"]["values"])


def radii(rows: Sequence[Row]) -> list[float]:
    """Return the bounds of the perturbations, which rows of one measurement share."""
    return [float(radius) for radius in rows[0]["lambdas"]]


def number_text(value: float | None) -> str:
    """Return a reported value for people."""
    return "–" if value is None else f"{value:.2f}"


def reported_name(method: str) -> str:
    """Return what a line of the thesis's values is called."""
    return f"{REPORTED[method]}, thesis"


def trials_note(rows: Sequence[Row]) -> str:
    """Say what must be known of the attacks to compare numbers."""
    first = rows[0]
    trainings = len({row["seed"] for row in rows})
    strengths = {
        "l-bfgs-b": f"L-BFGS-B of at most {first['newton_iterations']} iterations",
        "projected-gradient": f"projected gradient of {first['attack_steps']} steps from "
        f"{first['attack_restarts']} start(s)",
    }
    attacks = " and ".join(strengths[name] for name in first["attack_names"])
    networks = ", ".join(dict.fromkeys(_network(row) for row in rows))
    part = ""
    if first["dataset"].endswith("-5000"):
        part = " The thesis used all of MNIST; here it is a part of 5,000 images."
    return (
        f"Mean ± standard deviation over trials (their number, over {trainings} "
        f"training{'s' * (trainings > 1)}), {first['attack_images']} test images each; each image "
        f"has the stronger attack of {attacks}. λ bounds the Euclidean norm of a perturbation. "
        f"{networks}.{part}"
    )


def _network(row: Row) -> str:
    training = row["training"]
    width = training["width"] or "as published"
    return (
        f"Network {row['network']} of width {width}, {row['num_training']} training images, "
        f"{training['epochs']:g} epoch(s), preset {training['preset']}"
    )
