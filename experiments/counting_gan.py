r"""Thesis tables 3.1 to 3.3: do images of MC²-GANs show the requested counts?

    python -m latentbo.counting.data multi-mnist --source mnist-5000 --classes 0,1,2,3 --digits 2 \
        --size 32 --left-out 1=2 --per-combination 2000 --out data/small
    python experiments/counting_gan.py compare --data data/small --out runs/counting \
        --methods mc2,cgan,acgan --seeds 0,1 --width 32 --growth 16 --batch-size 64 --epochs 16 \
        --first-beta 0.5 --learning-rate 5e-4 --dropout 0.2 --generated-share 0 --count-weight 6 \
        --precision bf16-mixed [--smoke]
    python experiments/counting_gan.py sample --checkpoint runs/counting/train/mc2/seed0 \
        --counts 1,1,0,0 --n 16 --out grid.png
    python experiments/counting_gan.py compare --model stylegan2 --scale small --data data/small \
        --out runs/style --methods mc2,cstylegan2 --seeds 0
    python experiments/counting_gan.py train --model stylegan2 --data data/clevr --out runs/one \
        --augmentations shrink,brightness --precision bf16-mixed --device cuda --dry-run

`compare` trains an independent counter on real images, then each method with each seed (the same
network, the same number of steps), and uses the counter as the judge of images of the trained and
of the left-out combinations of counts. It writes `results.jsonl`, `tables.md`, one CSV per table,
and for each model histograms of the counts (figure 3.7), grids with one row per vector of counts,
and the counts beyond training (figure 3.8). `train`, `counter` and `evaluate` are its single parts,
`tables` writes the tables again. The same command resumes a stopped study. A counter with less than
0.95 exact counts of real test images stops the study (--weak-counter: continues with a note).

--model stylegan2: MC²-StyleGAN2 (mc2), compared methods on the same network (sngan, contragan and
no-count-loss; cstylegan2 has its own generator: output skips, counts beside the noise only), and
its ablation (separate-trunk, counts-first, counts-unmapped, residual, output-skips).
mc2-conditional is ours: its discriminator counts, and also has the requested counts as input.
Sizes are the published ones by default; --scale small sets all of them for 32 pixels on a CPU.
`train --dry-run` prints parameters, operations per image, and the time, from a few steps.
`train --snapshots` saves the model with each picture. `sample --truncation 0.7`: more typical
images, more alike.

Duration: about 350 to 450 images per second on one busy core for the networks of the first command
(32 pixels; 1.5 times as many with bf16 if the processor has it), 110 for a small StyleGAN2.
--smoke: a minute, and shows nothing. Measured: experiments/results/counting/README.md, and for
--model stylegan2 stylegan2/README.md beside it.
Expected, by the thesis: MC²-SimpleGAN counts far better (0.89 to 0.92 by its own head) than CGAN,
InfoGAN, ACGAN and TACGAN (0.38 to 0.61) on the same network, and MC²-StyleGAN2 (0.92 to 0.96) than
the compared methods (0.61 to 0.80).
"""

import sys

from counting_study.commands import main

if __name__ == "__main__":
    sys.exit(main(__doc__ or ""))
