"""The values of the thesis's tables 4.3 to 4.5, as printed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A method's row of the thesis's tables.

    Args:
        best: Best three scores of all trials.
        valid: Fraction of valid samples.
        average: Their average score.
        log_likelihood: Of the sparse GP on the held-out tenth; None: not reported.
        rmse: The same.
    """

    best: tuple[float, float, float]
    valid: float
    average: float
    log_likelihood: float | None = None
    rmse: float | None = None


#: Task -> method -> row. Expressions: log(1 + mean squared error), lower is better; molecules:
#: penalised logP, higher is better.
THESIS = {
    "expressions": {
        "gvae": Reference((0.10, 0.46, 0.52), 0.99, 3.26, -1.320, 0.884),
        "cvae": Reference((0.45, 0.48, 0.61), 0.82, 4.74, -1.397, 0.975),
        "gcvvae": Reference((0.39, 0.40, 0.43), 0.99, 2.85),
        "grae": Reference((0.39, 0.39, 0.43), 1.00, 3.22),
        "gmm-ks": Reference((0.03, 0.40, 0.41), 1.00, 3.32, -1.309, 0.877),
    },
    "molecules": {
        "gvae": Reference((3.13, 3.10, 2.37), 0.28, -7.89, -1.739, 1.404),
        "cvae": Reference((2.75, 0.82, 0.63), 0.16, -25.64, -1.812, 1.504),
        "gcvvae": Reference((3.22, 2.83, 2.63), 0.76, -6.40),
        "grae": Reference((3.74, 3.52, 3.14), 0.72, -5.62),
        "gmm-ks": Reference((4.15, 3.84, 3.12), 0.72, -5.08, -1.689, 1.400),
    },
}
