r"""Thesis table 3.3: do images of MC²-SimpleGAN show the counts they were asked for?

    python -m latentbo.data.counts multi-mnist --source mnist-5000 --classes 0,1,2 --digits 1,2,3 \
        --layout free --size 32 --left-out 1=2 --out data/small
    python experiments/counting_gan.py compare --data data/small --out runs/counting \
        --methods mc2,cgan,acgan --seeds 0,1 --width 32 --growth 16 --epochs 100 [--smoke]
    python experiments/counting_gan.py sample --checkpoint runs/counting/train/mc2/seed0 \
        --counts 2,1,0 --n 16 --out grid.png

`compare` trains an independent counter on real images, then each method with each seed (the same
network, the same number of steps), and has the counter judge images of the trained and of the
left-out combinations of counts. It writes `results.jsonl`, `tables.md`, a CSV a table, and for each
model histograms of the counts (figure 3.7), grids with a row for each vector of counts, and the
counts beyond training (figure 3.8). `train`, `counter` and `evaluate` are its parts by themselves,
`tables` writes the tables again. The same command goes on where it was stopped. A counter that is
right for less than 0.95 of the real test images stops the study (--weak-counter: goes on, says so).

Duration: about 350 to 450 images a second on one busy core for the networks of this command (32
pixels, three classes). --smoke: a minute, and shows nothing. Expected, by the thesis: MC²-SimpleGAN
counts far better (0.89 to 0.92 by its own head) than CGAN, InfoGAN, ACGAN and TACGAN (0.38 to
0.61) on the same network.
"""

import sys

from counting_study.commands import main

if __name__ == "__main__":
    sys.exit(main(__doc__ or ""))
