"""Thesis table 4.1: are images from GMM-DAE's prior better than those of other autoencoders?

    python experiments/image_generation.py --out runs/image-generation [--smoke] [--jobs 2]
        [--dataset fashion-mnist] [--methods gmm-dae,vae,wae-mmd,rae-l2,autoencoder]

Trains each method on each data set and seed with the same network. Measures, by the distance of a
feature network (`--features`; only Inception's is FID), images from its prior (from a Gaussian
fitted to the codes if a method has no prior), from a mixture fitted to its codes, reconstructed
test images, and codes half-way between test images. Writes `results.jsonl` (one line per data set,
method and seed), `tables.md`, one CSV per table, `distances_*.png`, `pictures_*.png` (the methods
below each other) and `environment.json`; each job has its folder and its log in `logs/`. The same
command resumes a stopped study: finished jobs are skipped, started ones resumed, failed ones
repeated; other options of the measurement measure the trained models again.

Defaults are the published scale, whose duration is not measured; --width 16 --epochs 8 --draws 2
--jobs 2 with five methods and the classifier's features took 66 minutes on two busy cores, and gave
experiments/results/images. --smoke: 1 minute on a busy core.
Expected, by the thesis: GMM-DAE's samples have a smaller distance than those of VAE, WAE and RAE,
and its gap between samples and samples of a fitted mixture is the smallest (FID on Fashion-MNIST:
7.08; VAE 14.28, WAE 11.65, RAE 17.67). --smoke trains for seconds and shows none of this.
"""

import sys
from pathlib import Path

from images_study.command import main
from images_study.experiment import Experiment
from images_study.figures import figures
from images_study.generation import measure
from images_study.settings import Study, Variant, smallest
from images_study.tables import tables

from latentbo.images.training import IMAGE_METHODS

STUDY = Study(
    datasets=("fashion-mnist",),
    variants={
        **{name: Variant(name) for name in IMAGE_METHODS},
        "two-stage-vae": Variant("vae", first_stage="vae"),
    },
)
SMOKE = smallest(STUDY, "gmm-dae", "two-stage-vae", epochs=8)
EXPERIMENT = Experiment(Path(__file__), __doc__ or "", STUDY, SMOKE, measure, tables, figures)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
