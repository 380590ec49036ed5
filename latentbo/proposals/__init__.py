"""New strings to consider: latent moves, edits of molecular graphs, and how far molecules lie."""

from latentbo.proposals.box import box_expected_improvement
from latentbo.proposals.candidates import Candidates, decode_candidates, encode_known
from latentbo.proposals.codes import CodeCache
from latentbo.proposals.graph import GraphMoves, graph_ga_children
from latentbo.proposals.graph_crossover import crossover
from latentbo.proposals.graph_mutation import mutate
from latentbo.proposals.graph_rules import JENSEN_RULES, NO_LIMITS, ChildRules
from latentbo.proposals.infill import INFILL, InfillMoves
from latentbo.proposals.known import SOURCES, register_source
from latentbo.proposals.latent import LatentMoves
from latentbo.proposals.moves import local_moves, rank_weights
from latentbo.proposals.own_model import LatentModel, ModelMoves
from latentbo.proposals.scaffolds import (
    ScaffoldMoves,
    fragments_of,
    starting_molecules,
    substituents_of,
)
from latentbo.proposals.similarity import Diversity, far_enough
from latentbo.proposals.sources import POOL, RANDOM, GraphSource, ProposalSource

__all__ = [
    "INFILL",
    "JENSEN_RULES",
    "NO_LIMITS",
    "POOL",
    "RANDOM",
    "SOURCES",
    "Candidates",
    "ChildRules",
    "CodeCache",
    "Diversity",
    "GraphMoves",
    "GraphSource",
    "InfillMoves",
    "LatentModel",
    "LatentMoves",
    "ModelMoves",
    "ProposalSource",
    "ScaffoldMoves",
    "box_expected_improvement",
    "crossover",
    "decode_candidates",
    "encode_known",
    "far_enough",
    "fragments_of",
    "graph_ga_children",
    "local_moves",
    "mutate",
    "rank_weights",
    "register_source",
    "starting_molecules",
    "substituents_of",
]
