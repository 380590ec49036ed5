"""Thesis tables 4.3 to 4.5: does GMM-KS beat the variational baselines on molecules?

    python experiments/molecules.py --out runs/molecules --limit 20000 --epochs 5 [--smoke]

The study of `expressions.py` for ZINC-250k and penalised logP: GMM-KS, GVAE, CVAE, in this order,
with the published network. In full (no --limit, no --epochs: 100 passes over 250,000 molecules) the
trainings need a GPU, one resumable call a model:

    python experiments/molecules.py --out runs/molecules --only train --device cuda --jobs 1

and the same folder then serves for the rest, on a CPU. With --limit N, N molecules, taken evenly,
are all that models, Gaussian processes and protocols see; smaller networks and batches:
--train-options "--decoder-width 128 --batch-size 100". Results must say so.
"""

import sys
from dataclasses import replace

from published.plan import Study
from published.study import main

STUDY = Study(
    task="molecules",
    methods=("gmm-ks", "gvae", "cvae"),
    autoregressive=False,
    training_seeds=1,
    components=(1, 5, 10, 20, 25, 56),
    default_components=56,
    stages=("train", "gp", "kusner2017", "held-out", "tables"),
)
SMOKE = replace(
    STUDY,
    methods=("gmm-ks",),
    bo_seeds={},
    other_bo_seeds=1,
    gp_seeds=1,
    modern_gp=False,
    stages=("train", "gp", "tables"),
    epochs=0.25,
    limit=400,
    smoke_options={"train": ("--held-out", "100")},
)

if __name__ == "__main__":
    sys.exit(main(STUDY, SMOKE, __doc__ or ""))
