"""The goals of GuacaMol's second version and of PMO that need nothing but RDKit.

Names are those of the PMO benchmark; `qed`, which both have, is among the single properties
(`latentbo.objectives.properties`). Definitions are GuacaMol's, as its package 0.5.5 computes them.
All values lie in [0, 1].

Values that the PMO paper printed for `zaleplon_mpo`, `sitagliptin_mpo` and the two isomer tasks
are of an older definition that counted no hydrogens, and cannot be compared. The similarity to
aripiprazole is by ECFP4, as in GuacaMol; the package PyTDC takes FCFP4.

References:
    Brown et al., "GuacaMol: Benchmarking Models for de Novo Molecular Design", J. Chem. Inf.
    Model. 59(3), 2019; Gao et al., "Sample Efficiency Matters: A Benchmark for Practical Molecular
    Optimization" (PMO), NeurIPS 2022.
"""

from latentbo.objectives.components import Equal, Mean, Pattern, Property, Similar
from latentbo.objectives.drugs import DRUGS
from latentbo.objectives.formula import Formula
from latentbo.objectives.goals import Goal
from latentbo.objectives.modifiers import Clipped, Gaussian, MaxGaussian, MinGaussian

# The substructures of the two hops: a quinazoline scaffold and what decorates it.
_SCAFFOLD = "[#7]-c1n[c;h1]nc2[c;h1]c(-[#8])[c;h0][c;h1]c12"
_SULFONE = "CS([#6])(=O)=O"
_AMINOBENZOTHIAZOLE = "[#7]-c1ccc2ncsc2c1"
_DECORATION = "[#6]-[#6]-[#6]-[#8]-[#6]~[#6]~[#6]~[#6]~[#6]-[#7]-c1ccc2ncsc2c1"
_VALSARTAN_PART = "CN(C=O)Cc1ccc(c2ccccc2)cc1"

_REDISCOVERY = (
    Goal(
        "celecoxib_rediscovery",
        Similar(DRUGS["celecoxib"], "ECFP4"),
        "similarity to celecoxib, 1 if found (GuacaMol, 2019)",
    ),
    Goal(
        "thiothixene_rediscovery",
        Similar(DRUGS["thiothixene"], "ECFP4"),
        "similarity to thiothixene, 1 if found (GuacaMol, 2019)",
    ),
    Goal(
        "troglitazone_rediscovery",
        Similar(DRUGS["troglitazone"], "ECFP4"),
        "similarity to troglitazone, 1 if found (GuacaMol, 2019)",
    ),
)
_SIMILARITY = (
    Goal(
        "albuterol_similarity",
        Similar(DRUGS["albuterol"], "FCFP4", Clipped(0.75)),
        "similarity to albuterol by features, up to 0.75 (GuacaMol, 2019)",
    ),
    Goal(
        "aripiprazole_similarity",
        Similar(DRUGS["aripiprazole"], "ECFP4", Clipped(0.75)),
        "similarity to aripiprazole, up to 0.75 (GuacaMol, 2019)",
    ),
    Goal(
        "mestranol_similarity",
        Similar(DRUGS["mestranol"], "AP", Clipped(0.75)),
        "similarity to mestranol by atom pairs, up to 0.75 (GuacaMol, 2019)",
    ),
    Goal(
        "median1",
        Mean(
            "geometric",
            (Similar(DRUGS["menthol"], "ECFP4"), Similar(DRUGS["camphor"], "ECFP4")),
        ),
        "similarity to both menthol and camphor (GuacaMol, 2019)",
    ),
    Goal(
        "median2",
        Mean(
            "geometric",
            (Similar(DRUGS["tadalafil"], "ECFP6"), Similar(DRUGS["sildenafil"], "ECFP6")),
        ),
        "similarity to both tadalafil and sildenafil (GuacaMol, 2019)",
    ),
)
_ISOMERS = (
    Goal("isomers_c7h8n2o2", Formula("C7H8N2O2"), "isomers of C7H8N2O2 (GuacaMol, 2019)"),
    Goal(
        "isomers_c9h10n2o2pf2cl",
        Formula("C9H10N2O2PF2Cl"),
        "isomers of C9H10N2O2PF2Cl (GuacaMol, 2019)",
    ),
    Goal("isomers_c11h24", Formula("C11H24"), "isomers of C11H24 (GuacaMol, 2019)"),
)
_LIKE_A_DRUG = (
    Goal(
        "osimertinib_mpo",
        Mean(
            "geometric",
            (
                Similar(DRUGS["osimertinib"], "FCFP4", Clipped(0.8)),
                Similar(DRUGS["osimertinib"], "ECFP6", MinGaussian(0.85, 0.1)),
                Property("TPSA", MaxGaussian(100, 10)),
                Property("logP", MinGaussian(1, 1)),
            ),
        ),
        "like osimertinib, more polar, and not the same (GuacaMol, 2019)",
    ),
    Goal(
        "fexofenadine_mpo",
        Mean(
            "geometric",
            (
                Similar(DRUGS["fexofenadine"], "AP", Clipped(0.8)),
                Property("TPSA", MaxGaussian(90, 10)),
                Property("logP", MinGaussian(4, 1)),
            ),
        ),
        "like fexofenadine, less greasy (GuacaMol, 2019)",
    ),
    Goal(
        "ranolazine_mpo",
        Mean(
            "geometric",
            (
                Similar(DRUGS["ranolazine"], "AP", Clipped(0.7)),
                Property("logP", MaxGaussian(7, 1)),
                Property("fluorine atoms", Gaussian(1, 1)),
                Property("TPSA", MaxGaussian(95, 20)),
            ),
        ),
        "like ranolazine, with one fluorine, of high logP and polar surface (GuacaMol, 2019)",
    ),
    Goal(
        "perindopril_mpo",
        Mean(
            "geometric",
            (
                Similar(DRUGS["perindopril"], "ECFP4"),
                Property("aromatic rings", Gaussian(2, 0.5)),
            ),
        ),
        "like perindopril, with two aromatic rings (GuacaMol, 2019)",
    ),
    Goal(
        "amlodipine_mpo",
        Mean(
            "geometric",
            (Similar(DRUGS["amlodipine"], "ECFP4"), Property("rings", Gaussian(3, 0.5))),
        ),
        "like amlodipine, with three rings (GuacaMol, 2019)",
    ),
    Goal(
        "zaleplon_mpo",
        Mean("geometric", (Similar(DRUGS["zaleplon"], "ECFP4"), Formula("C19H17N3O2"))),
        "like zaleplon, of the formula C19H17N3O2 (GuacaMol, 2019)",
    ),
)
_OTHERS = (
    Goal(
        "sitagliptin_mpo",
        Mean(
            "geometric",
            (
                Similar(DRUGS["sitagliptin"], "ECFP4", Gaussian(0, 0.1)),
                Equal("logP", DRUGS["sitagliptin"], 0.2),
                Equal("TPSA", DRUGS["sitagliptin"], 5),
                Formula("C16H15F6N5O"),
            ),
        ),
        "properties and formula of sitagliptin, another structure (GuacaMol, 2019)",
    ),
    Goal(
        "valsartan_smarts",
        Mean(
            "geometric",
            (
                Pattern(_VALSARTAN_PART),
                Equal("logP", DRUGS["sitagliptin"], 0.2),
                Equal("TPSA", DRUGS["sitagliptin"], 5),
                Equal("Bertz complexity", DRUGS["sitagliptin"], 30),
            ),
        ),
        "a part of valsartan, with the properties of sitagliptin (GuacaMol, 2019)",
    ),
    Goal(
        "deco_hop",
        Mean(
            "arithmetic",
            (
                Similar(DRUGS["quinazoline"], "PHCO", Clipped(0.85)),
                Pattern(_SULFONE, wanted=False),
                Pattern(_AMINOBENZOTHIAZOLE, wanted=False),
                Pattern(_SCAFFOLD),
            ),
        ),
        "a quinazoline scaffold with other decorations (GuacaMol, 2019)",
    ),
    Goal(
        "scaffold_hop",
        Mean(
            "arithmetic",
            (
                Similar(DRUGS["quinazoline"], "PHCO", Clipped(0.75)),
                Pattern(_DECORATION),
                Pattern(_SCAFFOLD, wanted=False),
            ),
        ),
        "another scaffold with the decoration of a quinazoline (GuacaMol, 2019)",
    ),
)

GUACAMOL_GOALS: tuple[Goal, ...] = (
    *_REDISCOVERY,
    *_SIMILARITY,
    *_ISOMERS,
    *_LIKE_A_DRUG,
    *_OTHERS,
)
