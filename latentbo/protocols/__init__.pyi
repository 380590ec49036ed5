from .gp_evaluation import GPEvaluation, evaluate_gp, split_labelled
from .held_out import (
    check_unseen,
    draw_labelled,
    read_labelled,
    write_labelled,
)
from .held_out_config import HeldOutConfig
from .kusner2017 import KusnerStrategy
from .kusner_config import KusnerConfig
from .labelled import Labelled, label
from .points import Point, Source
from .summary import MeanError, ProtocolSummary, mean_and_error, summarize

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
