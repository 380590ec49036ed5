from .believer import (
    BelievedPosterior,
    believer_batch,
    log_expected_improvement,
)
from .selection import (
    ACQUISITIONS,
    select,
    select_log_ei,
    select_thompson,
)
from .thompson_strings import (
    StringSurrogate,
    select_thompson_strings,
    upper_confidence,
)

__all__ = [
    "ACQUISITIONS",
    "BelievedPosterior",
    "StringSurrogate",
    "believer_batch",
    "log_expected_improvement",
    "select",
    "select_log_ei",
    "select_thompson",
    "select_thompson_strings",
    "upper_confidence",
]
