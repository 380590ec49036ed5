"""Thesis tables 4.3 to 4.5: does GMM-KS beat the variational baselines on expressions?

    python experiments/expressions.py --out runs/expressions [--smoke] [--jobs 2]

Trains the five methods on the 100,000 expressions with the published network (and GMM-KS with the
autoregressive one), evaluates sparse Gaussian processes on their codes, optimizes under the
protocols `kusner2017` and `held-out`, ablates GMM-KS, and fixes the published protocol's faults one
at a time. Writes `results.jsonl` (one line per run), `tables.md`, one CSV per table, figures and
`environment.json`; each job has its folder and its log in `logs/`. The same command resumes a
stopped study: finished jobs are skipped, started ones resumed, failed ones repeated.

One part only: --only train,gp,kusner2017,held-out,ablations,faults,tables; fewer seeds: --max-seeds
N; remaining jobs and their time: --dry-run.
"""

import sys
from dataclasses import replace

from published.plan import Study
from published.study import main

STUDY = Study(
    task="expressions",
    methods=("gmm-ks", "gvae", "cvae", "gcvvae", "grae"),
    # On one core: a training of 50 epochs, and one run of each other job.
    minutes={
        **{"train": 24.0, "gp": 10.0, "kusner2017": 5.0, "faults": 5.0},
        **{"held-out": 2.0, "black-box": 2.0},
    },
)
SMOKE = replace(
    STUDY,
    methods=("gmm-ks", "gvae"),
    autoregressive=False,
    bo_seeds={},
    other_bo_seeds=1,
    training_seeds=1,
    extra_bo_seeds=0,
    fault_seeds=0,
    gp_seeds=1,
    modern_gp=False,
    components=(25,),
    stages=("train", "kusner2017", "held-out", "tables"),
    epochs=1.0,
    limit=1000,
    smoke_options={
        "train": ("--held-out", "200"),
        "kusner2017": (
            *("--iterations", "2", "--points", "5", "--inducing", "20", "--gp-epochs", "2"),
        ),
        "held-out": ("--num-labelled", "100", "--budget", "20"),
    },
)

if __name__ == "__main__":
    sys.exit(main(STUDY, SMOKE, __doc__ or ""))
