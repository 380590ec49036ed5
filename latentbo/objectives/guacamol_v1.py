"""Goals of GuacaMol's first version, and one of its trivial suite, that its second one lacks.

Goals whose name the second version gave to another definition end in `_v1`. Most differ in the
mean, which was arithmetic. Definitions are those of the package guacamol 0.5.5; all values lie in
[0, 1].

References:
    Brown et al., "GuacaMol: Benchmarking Models for de Novo Molecular Design", J. Chem. Inf.
    Model. 59(3), 2019.
"""

from latentbo.objectives.components import Equal, Mean, Property, Similar
from latentbo.objectives.drugs import DRUGS
from latentbo.objectives.formula import Formula
from latentbo.objectives.goals import Goal
from latentbo.objectives.modifiers import Clipped, Gaussian, MaxGaussian, MinGaussian

# What drugs for the central nervous system have in common; the suite of trivial goals uses 5 for
# the highest logP.
_CNS = Mean(
    "arithmetic",
    (
        Property("TPSA", MinGaussian(90, 30)),
        Property("TPSA", MaxGaussian(40, 20)),
        Property("hydrogen bond donors", MinGaussian(0, 2)),
        Property("logP", MinGaussian(6.35584, 1)),
        Property("molecular weight", MinGaussian(360, 60)),
    ),
)

_PROPERTIES = (
    Goal("logp_minus_1", Property("logP", Gaussian(-1, 1)), "logP near -1 (GuacaMol v1, 2019)"),
    Goal("logp_8", Property("logP", Gaussian(8, 1)), "logP near 8 (GuacaMol v1, 2019)"),
    Goal(
        "tpsa_150",
        Property("TPSA", Gaussian(150, 20)),
        "topological polar surface near 150 square angstroms (GuacaMol v1, 2019)",
    ),
    Goal("cns_mpo", _CNS, "properties of drugs for the nervous system (GuacaMol v1, 2019)"),
    Goal(
        "physchem_mpo",
        Mean(
            "arithmetic",
            (
                Property("Bertz complexity", MaxGaussian(1500, 200)),
                Property("molecular weight", MinGaussian(400, 40)),
                Property("aromatic rings", MinGaussian(3, 1)),
                Property("fluorine atoms", Gaussian(6, 1)),
            ),
        ),
        "complex but light, with six fluorines (GuacaMol v1, 2019)",
    ),
)
_LIKE_A_DRUG = (
    Goal(
        "cobimetinib_mpo",
        Mean(
            "arithmetic",
            (
                Similar(DRUGS["cobimetinib"], "FCFP4", Clipped(0.7)),
                Similar(DRUGS["cobimetinib"], "ECFP6", MinGaussian(0.75, 0.1)),
                Property("rotatable bonds", MinGaussian(3, 1)),
                Property("aromatic rings", MaxGaussian(3, 1)),
                _CNS,
            ),
        ),
        "like cobimetinib, for the nervous system, and not the same (GuacaMol v1, 2019)",
    ),
    Goal(
        "pioglitazone_mpo",
        Mean(
            "geometric",
            (
                Similar(DRUGS["pioglitazone"], "ECFP4", Gaussian(0, 0.1)),
                Equal("molecular weight", DRUGS["pioglitazone"], 10),
                Property("rotatable bonds", Gaussian(2, 0.5)),
            ),
        ),
        "weight of pioglitazone, stiffer, another structure (GuacaMol, 2019)",
    ),
)
_OTHER_DEFINITIONS = (
    Goal(
        "osimertinib_mpo_v1",
        Mean(
            "arithmetic",
            (
                Similar(DRUGS["osimertinib"], "FCFP4", Clipped(0.8)),
                Similar(DRUGS["osimertinib"], "ECFP6", MinGaussian(0.85, 0.1)),
                Property("TPSA", MaxGaussian(100, 10)),
                Property("logP", MinGaussian(1, 1)),
            ),
        ),
        "osimertinib_mpo by arithmetic mean (GuacaMol v1, 2019)",
    ),
    Goal(
        "fexofenadine_mpo_v1",
        Mean(
            "arithmetic",
            (
                Similar(DRUGS["fexofenadine"], "AP", Clipped(0.8)),
                Property("TPSA", MaxGaussian(90, 10)),
                Property("logP", MinGaussian(4, 1)),
            ),
        ),
        "fexofenadine_mpo by arithmetic mean (GuacaMol v1, 2019)",
    ),
    Goal(
        "ranolazine_mpo_v1",
        Mean(
            "arithmetic",
            (
                Similar(DRUGS["ranolazine"], "AP", Clipped(0.7)),
                Property("logP", MaxGaussian(7, 1)),
                Property("fluorine atoms", Gaussian(1, 1)),
                Property("aromatic rings", MinGaussian(1, 1)),
            ),
        ),
        "like ranolazine, greasy, one fluorine, one aromatic ring (GuacaMol v1, 2019)",
    ),
    Goal(
        "aripiprazole_similarity_v1",
        Similar(DRUGS["aripiprazole"], "FCFP4", Clipped(0.75)),
        "similarity to aripiprazole by features, up to 0.75 (GuacaMol v1, 2019)",
    ),
    Goal(
        "median1_v1",
        Mean(
            "arithmetic",
            (Similar(DRUGS["menthol"], "ECFP4"), Similar(DRUGS["camphor"], "ECFP4")),
        ),
        "median1 by arithmetic mean (GuacaMol v1, 2019)",
    ),
    *(
        Goal(
            f"isomers_{formula.lower()}_v1",
            Formula(formula, "arithmetic"),
            f"isomers of {formula}, by arithmetic mean (GuacaMol v1, 2019)",
        )
        for formula in ("C11H24", "C7H8N2O2", "C9H10N2O2PF2Cl")
    ),
)

GUACAMOL_V1_GOALS: tuple[Goal, ...] = (*_PROPERTIES, *_LIKE_A_DRUG, *_OTHER_DEFINITIONS)
