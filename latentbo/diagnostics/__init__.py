"""Diagnostics of a latent space before oracle calls are spent: is it worth searching?"""

from latentbo.diagnostics.calibration import Calibration, calibrate, coverage, rank_correlation
from latentbo.diagnostics.decoding import (
    NOISE_LEVELS,
    Validity,
    box_codes,
    measure_validity,
    near_codes,
    read_decodes,
    sampled_codes,
)
from latentbo.diagnostics.diagnosis import Diagnosis, DiagnosisConfig, diagnose, num_stages
from latentbo.diagnostics.figures import diagnosis_png
from latentbo.diagnostics.perturbation import (
    RADII,
    Moved,
    Perturbation,
    code_distances,
    measure_perturbation,
    moved_codes,
)
from latentbo.diagnostics.round_trip import (
    PriorDistance,
    RoundTrip,
    ValueChange,
    measure_distance,
    measure_round_trip,
    measure_value_change,
    round_trip,
)
from latentbo.diagnostics.verdict import Verdict, VerdictLevel, judge

__all__ = [
    "NOISE_LEVELS",
    "RADII",
    "Calibration",
    "Diagnosis",
    "DiagnosisConfig",
    "Moved",
    "Perturbation",
    "PriorDistance",
    "RoundTrip",
    "Validity",
    "ValueChange",
    "Verdict",
    "VerdictLevel",
    "box_codes",
    "calibrate",
    "code_distances",
    "coverage",
    "diagnose",
    "diagnosis_png",
    "judge",
    "measure_distance",
    "measure_perturbation",
    "measure_round_trip",
    "measure_validity",
    "measure_value_change",
    "moved_codes",
    "near_codes",
    "num_stages",
    "rank_correlation",
    "read_decodes",
    "round_trip",
    "sampled_codes",
]
