"""Thesis tables 4.3 to 4.5: does GMM-KS beat the variational baselines on molecules?

    python experiments/molecules.py --out runs/molecules [--smoke]

The study of `expressions.py` for ZINC-250k and penalised logP: all five methods, trained on all
molecules with our autoregressive decoder and merged tokens (1,024, of productions or of
characters), four passes over the data each, three optimization seeds; --smoke: 1 minute.

The published network (--network published: plain productions, a decoder with the code as its only
input, 100 passes) needs a GPU for its trainings, one resumable call per model:

    python experiments/molecules.py --out runs/published --network published --epochs 100 --jobs 1
        --only train --device cuda

and the same folder then serves for the rest, on a CPU. With --limit N, models, Gaussian processes
and protocols use only N evenly spaced molecules. Results must state this.
"""

import sys
from dataclasses import replace

from published.plan import Study
from published.study import main

#: For our network: the sizes of the shipped model, and efficient settings on a CPU.
TRAINING = (
    *("--vocabulary-size", "1024", "--precision", "bf16-mixed", "--batch-size", "256"),
    *("--learning-rate", "1.5e-3", "--warmup-steps", "200", "--token-dropout", "0.05"),
    *("--encoder-width", "192", "--decoder-width", "384", "--decoder-layers", "2"),
    *("--latent-size", "56"),
)
STUDY = Study(
    task="molecules",
    methods=("gmm-ks", "gvae", "cvae", "gcvvae", "grae"),
    autoregressive=False,
    network="autoregressive",
    bo_seeds={},
    other_bo_seeds=3,
    training_seeds=1,
    components=(1, 5, 10, 20, 25, 56),
    default_components=56,
    stages=("train", "gp", "kusner2017", "held-out", "tables"),
    epochs=4,
    train_options=TRAINING,
)
SMOKE = replace(
    STUDY,
    methods=("gmm-ks",),
    other_bo_seeds=1,
    gp_seeds=1,
    modern_gp=False,
    stages=("train", "gp", "tables"),
    epochs=0.25,
    limit=400,
    train_options=("--decoder-width", "64", "--decoder-layers", "1", "--batch-size", "50"),
    smoke_options={"train": ("--held-out", "100")},
)

if __name__ == "__main__":
    sys.exit(main(STUDY, SMOKE, __doc__ or ""))
