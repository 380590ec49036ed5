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

from latentbo.objectives.goals import Goal, absent, equal, isomer, measured, present, similar, up_to
from latentbo.objectives.transforms import Gaussian, MaxGaussian, MinGaussian

# The substructures of the two hops: a quinazoline scaffold and what decorates it.
_SCAFFOLD = "[#7]-c1n[c;h1]nc2[c;h1]c(-[#8])[c;h0][c;h1]c12"
_SULFONE = "CS([#6])(=O)=O"
_AMINOBENZOTHIAZOLE = "[#7]-c1ccc2ncsc2c1"
_DECORATION = "[#6]-[#6]-[#6]-[#8]-[#6]~[#6]~[#6]~[#6]~[#6]-[#7]-c1ccc2ncsc2c1"
_VALSARTAN_PART = "CN(C=O)Cc1ccc(c2ccccc2)cc1"

# Terms that the first version joins by another mean.
OSIMERTINIB = (
    similar("osimertinib", "FCFP4", up_to(0.8)),
    similar("osimertinib", "ECFP6", MinGaussian(0.85, 0.1)),
    measured("tpsa", MaxGaussian(100, 10)),
    measured("logp", MinGaussian(1, 1)),
)
FEXOFENADINE = (
    similar("fexofenadine", "AP", up_to(0.8)),
    measured("tpsa", MaxGaussian(90, 10)),
    measured("logp", MinGaussian(4, 1)),
)
MEDIAN = (similar("menthol", "ECFP4"), similar("camphor", "ECFP4"))

_REDISCOVERY = tuple(
    Goal(
        f"{drug}_rediscovery",
        "arithmetic",
        (similar(drug, "ECFP4"),),
        f"similarity to {drug}, 1 if found (GuacaMol, 2019)",
    )
    for drug in ("celecoxib", "thiothixene", "troglitazone")
)
_SIMILARITY = (
    *(
        Goal(
            f"{drug}_similarity",
            "arithmetic",
            (similar(drug, fingerprint, up_to(0.75)),),
            f"similarity to {drug}{by}, up to 0.75 (GuacaMol, 2019)",
        )
        for drug, fingerprint, by in (
            ("albuterol", "FCFP4", " by features"),
            ("aripiprazole", "ECFP4", ""),
            ("mestranol", "AP", " by atom pairs"),
        )
    ),
    Goal(
        "median1",
        "geometric",
        MEDIAN,
        "similarity to both menthol and camphor (GuacaMol, 2019)",
    ),
    Goal(
        "median2",
        "geometric",
        (similar("tadalafil", "ECFP6"), similar("sildenafil", "ECFP6")),
        "similarity to both tadalafil and sildenafil (GuacaMol, 2019)",
    ),
)
_ISOMERS = tuple(
    Goal(
        f"isomers_{formula.lower()}",
        "arithmetic",
        (isomer(formula),),
        f"isomers of {formula} (GuacaMol, 2019)",
    )
    for formula in ("C7H8N2O2", "C9H10N2O2PF2Cl", "C11H24")
)
_LIKE_A_DRUG = (
    Goal(
        "osimertinib_mpo",
        "geometric",
        OSIMERTINIB,
        "like osimertinib, more polar, and not the same (GuacaMol, 2019)",
    ),
    Goal(
        "fexofenadine_mpo",
        "geometric",
        FEXOFENADINE,
        "like fexofenadine, less greasy (GuacaMol, 2019)",
    ),
    Goal(
        "ranolazine_mpo",
        "geometric",
        (
            similar("ranolazine", "AP", up_to(0.7)),
            measured("logp", MaxGaussian(7, 1)),
            measured("fluorine-atoms", Gaussian(1, 1)),
            measured("tpsa", MaxGaussian(95, 20)),
        ),
        "like ranolazine, with one fluorine, of high logP and polar surface (GuacaMol, 2019)",
    ),
    Goal(
        "perindopril_mpo",
        "geometric",
        (
            similar("perindopril", "ECFP4"),
            measured("aromatic-rings", Gaussian(2, 0.5)),
        ),
        "like perindopril, with two aromatic rings (GuacaMol, 2019)",
    ),
    Goal(
        "amlodipine_mpo",
        "geometric",
        (similar("amlodipine", "ECFP4"), measured("rings", Gaussian(3, 0.5))),
        "like amlodipine, with three rings (GuacaMol, 2019)",
    ),
    Goal(
        "zaleplon_mpo",
        "geometric",
        (similar("zaleplon", "ECFP4"), isomer("C19H17N3O2")),
        "like zaleplon, of the formula C19H17N3O2 (GuacaMol, 2019)",
    ),
)
_OTHERS = (
    Goal(
        "sitagliptin_mpo",
        "geometric",
        (
            similar("sitagliptin", "ECFP4", Gaussian(0, 0.1)),
            equal("logp", "sitagliptin", 0.2),
            equal("tpsa", "sitagliptin", 5),
            isomer("C16H15F6N5O"),
        ),
        "properties and formula of sitagliptin, another structure (GuacaMol, 2019)",
    ),
    Goal(
        "valsartan_smarts",
        "geometric",
        (
            present(_VALSARTAN_PART),
            equal("logp", "sitagliptin", 0.2),
            equal("tpsa", "sitagliptin", 5),
            equal("bertz-complexity", "sitagliptin", 30),
        ),
        "a part of valsartan, with the properties of sitagliptin (GuacaMol, 2019)",
    ),
    Goal(
        "deco_hop",
        "arithmetic",
        (
            similar("quinazoline", "PHCO", up_to(0.85)),
            absent(_SULFONE),
            absent(_AMINOBENZOTHIAZOLE),
            present(_SCAFFOLD),
        ),
        "a quinazoline scaffold with other decorations (GuacaMol, 2019)",
    ),
    Goal(
        "scaffold_hop",
        "arithmetic",
        (
            similar("quinazoline", "PHCO", up_to(0.75)),
            present(_DECORATION),
            absent(_SCAFFOLD),
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
