"""Published protocols to run and evaluate Bayesian optimization in a latent space."""

from latentbo.protocols.gp_evaluation import GPEvaluation, evaluate_gp, split_labelled
from latentbo.protocols.held_out import (
    HeldOutConfig,
    check_unseen,
    draw_labelled,
    read_labelled,
    write_labelled,
)
from latentbo.protocols.kusner2017 import KusnerStrategy
from latentbo.protocols.kusner_config import KusnerConfig
from latentbo.protocols.labelled import Labelled, label
from latentbo.protocols.points import Point, Source
from latentbo.protocols.summary import MeanError, ProtocolSummary, mean_and_error, summarize

__all__ = [
    "GPEvaluation",
    "HeldOutConfig",
    "KusnerConfig",
    "KusnerStrategy",
    "Labelled",
    "MeanError",
    "Point",
    "ProtocolSummary",
    "Source",
    "check_unseen",
    "draw_labelled",
    "evaluate_gp",
    "label",
    "mean_and_error",
    "read_labelled",
    "split_labelled",
    "summarize",
    "write_labelled",
]
