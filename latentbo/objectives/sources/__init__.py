"""Objectives that are not functions: programs, files of values, servers, measured properties."""

from latentbo.objectives.measures import MeasuredProperty, SimilarityTo
from latentbo.objectives.sources.endpoint import Endpoint, with_headers
from latentbo.objectives.sources.failures import DEFAULT_TIME_LIMIT, CallError
from latentbo.objectives.sources.forms import MINIMIZE, anchor_objective, single_objective
from latentbo.objectives.sources.lookup import Lookup, load_lookup
from latentbo.objectives.sources.nearest import OBJECTIVE_FORMS
from latentbo.objectives.sources.places import CallPlace, calling, files_of_calls
from latentbo.objectives.sources.program import Program

__all__ = [
    "DEFAULT_TIME_LIMIT",
    "MINIMIZE",
    "OBJECTIVE_FORMS",
    "CallError",
    "CallPlace",
    "Endpoint",
    "Lookup",
    "MeasuredProperty",
    "Program",
    "SimilarityTo",
    "anchor_objective",
    "calling",
    "files_of_calls",
    "load_lookup",
    "single_objective",
    "with_headers",
]
