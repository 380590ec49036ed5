"""Goals of GuacaMol's first version, and one of its trivial suite, that its second one lacks.

Goals whose name the second version gave to another definition end in `_v1`. Most differ in the
mean, which was arithmetic. Definitions are those of the package guacamol 0.5.5; all values lie in
[0, 1].

References:
    Brown et al., "GuacaMol: Benchmarking Models for de Novo Molecular Design", J. Chem. Inf.
    Model. 59(3), 2019.
"""

from latentbo.objectives.goals import Goal, equal, inner, isomer, measured, similar, up_to
from latentbo.objectives.guacamol import FEXOFENADINE, MEDIAN, OSIMERTINIB
from latentbo.objectives.transforms import Gaussian, MaxGaussian, MinGaussian

# What drugs for the central nervous system have in common; the suite of trivial goals uses 5 for
# the highest logP.
_CNS = Goal(
    "cns_mpo",
    "arithmetic",
    (
        measured("tpsa", MinGaussian(90, 30)),
        measured("tpsa", MaxGaussian(40, 20)),
        measured("hydrogen-bond-donors", MinGaussian(0, 2)),
        measured("logp", MinGaussian(6.35584, 1)),
        measured("molecular-weight", MinGaussian(360, 60)),
    ),
    "properties of drugs for the nervous system (GuacaMol v1, 2019)",
)

_PROPERTIES = (
    Goal(
        "logp_minus_1",
        "arithmetic",
        (measured("logp", Gaussian(-1, 1)),),
        "logP near -1 (GuacaMol v1, 2019)",
    ),
    Goal(
        "logp_8",
        "arithmetic",
        (measured("logp", Gaussian(8, 1)),),
        "logP near 8 (GuacaMol v1, 2019)",
    ),
    Goal(
        "tpsa_150",
        "arithmetic",
        (measured("tpsa", Gaussian(150, 20)),),
        "topological polar surface near 150 square angstroms (GuacaMol v1, 2019)",
    ),
    _CNS,
    Goal(
        "physchem_mpo",
        "arithmetic",
        (
            measured("bertz-complexity", MaxGaussian(1500, 200)),
            measured("molecular-weight", MinGaussian(400, 40)),
            measured("aromatic-rings", MinGaussian(3, 1)),
            measured("fluorine-atoms", Gaussian(6, 1)),
        ),
        "complex but light, with six fluorines (GuacaMol v1, 2019)",
    ),
)
_LIKE_A_DRUG = (
    Goal(
        "cobimetinib_mpo",
        "arithmetic",
        (
            similar("cobimetinib", "FCFP4", up_to(0.7)),
            similar("cobimetinib", "ECFP6", MinGaussian(0.75, 0.1)),
            measured("rotatable-bonds", MinGaussian(3, 1)),
            measured("aromatic-rings", MaxGaussian(3, 1)),
            inner(_CNS),
        ),
        "like cobimetinib, for the nervous system, and not the same (GuacaMol v1, 2019)",
    ),
    Goal(
        "pioglitazone_mpo",
        "geometric",
        (
            similar("pioglitazone", "ECFP4", Gaussian(0, 0.1)),
            equal("molecular-weight", "pioglitazone", 10),
            measured("rotatable-bonds", Gaussian(2, 0.5)),
        ),
        "weight of pioglitazone, stiffer, another structure (GuacaMol, 2019)",
    ),
)
_OTHER_DEFINITIONS = (
    Goal(
        "osimertinib_mpo_v1",
        "arithmetic",
        OSIMERTINIB,
        "osimertinib_mpo by arithmetic mean (GuacaMol v1, 2019)",
    ),
    Goal(
        "fexofenadine_mpo_v1",
        "arithmetic",
        FEXOFENADINE,
        "fexofenadine_mpo by arithmetic mean (GuacaMol v1, 2019)",
    ),
    Goal(
        "ranolazine_mpo_v1",
        "arithmetic",
        (
            similar("ranolazine", "AP", up_to(0.7)),
            measured("logp", MaxGaussian(7, 1)),
            measured("fluorine-atoms", Gaussian(1, 1)),
            measured("aromatic-rings", MinGaussian(1, 1)),
        ),
        "like ranolazine, greasy, one fluorine, one aromatic ring (GuacaMol v1, 2019)",
    ),
    Goal(
        "aripiprazole_similarity_v1",
        "arithmetic",
        (similar("aripiprazole", "FCFP4", up_to(0.75)),),
        "similarity to aripiprazole by features, up to 0.75 (GuacaMol v1, 2019)",
    ),
    Goal(
        "median1_v1",
        "arithmetic",
        MEDIAN,
        "median1 by arithmetic mean (GuacaMol v1, 2019)",
    ),
    *(
        Goal(
            f"isomers_{formula.lower()}_v1",
            "arithmetic",
            (isomer(formula, "arithmetic"),),
            f"isomers of {formula}, by arithmetic mean (GuacaMol v1, 2019)",
        )
        for formula in ("C11H24", "C7H8N2O2", "C9H10N2O2PF2Cl")
    ),
)

GUACAMOL_V1_GOALS: tuple[Goal, ...] = (*_PROPERTIES, *_LIKE_A_DRUG, *_OTHER_DEFINITIONS)
