from .box import box_expected_improvement
from .candidates import (
    Candidates,
    accept_candidates,
    decode_candidates,
    encode_known,
)
from .codes import CodeCache
from .graph import GraphMoves, graph_ga_children
from .graph_crossover import crossover
from .graph_mutation import mutate
from .graph_rules import JENSEN_RULES, NO_LIMITS, ChildRules
from .infill import INFILL, InfillMoves
from .known import SOURCES, register_source
from .latent import LatentMoves
from .moves import local_moves, rank_weights
from .own_model import LatentModel, ModelMoves
from .scaffolds import (
    ScaffoldMoves,
    fragments_of,
    starting_molecules,
    substituents_of,
)
from .similarity import Diversity, far_enough
from .sources import POOL, RANDOM, GraphSource, ProposalSource
from .tree_edits import TreeEdits

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
    "TreeEdits",
    "accept_candidates",
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
