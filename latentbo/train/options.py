"""The options of `latentbo.train`; nothing here loads torch."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from latentbo.command_line import Parser, add_column_options, add_plugin, at_least, fraction
from latentbo.registry import added
from latentbo.tasks import TASKS, data_sets

DESCRIPTION = "Train an autoencoder whose latent space has the shape of a prior."
EXAMPLES = """examples:
  python -m latentbo.train molecules --data my.smi.gz --out models/mine
  python -m latentbo.train molecules --representation characters --regularizer kl --out models/kl
  python -m latentbo.train molecules --warm-start models/mine --data more.smi --epochs 2 \\
      --out models/mine-2
  python -m latentbo.train --resume models/mine
  python -m latentbo.train expressions --method gvae --out models/gvae
  python -m latentbo.train molecules --method gmm-ks --network published --grammar my.cfg
  python -m latentbo.train molecules --warm-start models/mine --robust coupled --out models/robust

The model folder (--out) then goes to: python -m latentbo.optimize molecules --model models/mine
Defaults are those of the task and the method; training.json in the folder holds all that was used.
"""
ROBUST = """The embeddings of a string's tokens are moved, within a bound, so that its code
changes much, and the regularizer (gmm-ks or gmm-ks-thesis) shapes pairs of codes: of clean and of
moved embeddings."""
# Names instead of the registries: those need torch, which --help should not wait for.
METHOD_NAMES = ("gmm-ks", "gvae", "cvae", "gcvvae", "grae")
NETWORK_NAMES = ("autoregressive", "published")
REPRESENTATION_NAMES = ("characters", "grammar", "selfies", "smiles")
REGULARIZER_NAMES = (
    *("constant-variance", "gmm-ks", "gmm-ks-thesis", "kl", "l2", "mmd", "none", "rae"),
)
TERM_NAMES = (
    *("covariance", "decoder", "kl", "ks", "l2", "mean", "mmd", "sliced"),
    "total-correlation",
)
NOISE_LEVEL_NAMES = ("fixed", "uniform", "interpolated")
REGULARIZED_NAMES = ("clean", "noisy")
SCHEDULE_NAMES = ("cosine", "plateau", "step", "constant")
RECONSTRUCTION_NAMES = ("binary", "cross-entropy")
ROBUST_NAMES = ("coupled", "augmented")
ROBUST_CROSS_NAMES = ("scaled", "components")
# Options that a model brings along when it is the warm start.
MODEL_OPTIONS = (
    "--latent-size",
    "--components",
    "--prior-scale",
    "--encoder-width",
    "--decoder-width",
    "--decoder-layers",
    "--embedding-width",
    "--min-count",
    "--max-length",
    "--vocabulary-size",
    "--grammar",
)
RESUMABLE = ("--resume", "--threads", "--plugin", "--quiet")


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser("python -m latentbo.train", DESCRIPTION, EXAMPLES)
    add = parser.add_argument
    add("task", nargs="?", choices=sorted(TASKS), help="what the strings are")
    _add_data(add)
    add("--out", type=Path, metavar="DIR", help="folder (default: runs/train-<task>-<date-time>)")
    add("--resume", type=Path, metavar="DIR", help="resume the run in DIR, with its settings")
    add("--warm-start", type=Path, metavar="DIR", help="start from this model folder")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N")
    add("--num-devices", type=at_least(1), default=1, help="GPUs (or processes on a CPU)")
    add("--threads", type=at_least(1), help="CPU threads (default: torch's choice)")
    add_plugin(parser)
    add("--quiet", action="store_true", help="no progress line")
    _add_model(parser.add_argument_group("model").add_argument)
    _add_training(parser.add_argument_group("training").add_argument)
    _add_robust(parser.add_argument_group("robust training", ROBUST).add_argument)
    add_column_options(parser, has_values=False, has_ids=False)
    _add_run(parser.add_argument_group("run").add_argument)
    return parser


def _add_data(add: Callable[..., Any]) -> None:
    add(
        "--data",
        type=Path,
        metavar="FILE",
        help="strings: one a line, or a column of a table (.smi, .csv, .gz, .xlsx, .sdf); default: "
        f"the task's data set ({data_sets()}) from LATENTBO_DATA_DIR, the cache, or its public "
        "address",
    )
    add(
        "--drop-best",
        type=fraction,
        metavar="FRACTION",
        help="leave out the best part of the data by the task's default objective",
    )
    add("--limit", type=at_least(6), metavar="N", help="take N lines at random (by --split-seed)")
    add(
        "--recombined",
        type=at_least(0),
        metavar="N",
        help="N further molecules per training molecule, made of parts of the training molecules "
        "(default: 0)",
    )


def _add_model(add: Callable[..., Any]) -> None:
    positive = at_least(0, float, exclusive=True)
    add(
        "--method",
        choices=METHOD_NAMES,
        help="of the thesis's comparison; sets representation, regularizer, prior and weights",
    )
    add(
        "--network",
        choices=NETWORK_NAMES,
        help="published: GVAE's (default with --method); autoregressive: ours (default without)",
    )
    add(
        "--representation", choices=(*REPRESENTATION_NAMES, *added("representation")), help="tokens"
    )
    add(
        "--grammar",
        metavar="FILE",
        help="context-free grammar of the grammar representation (default: the task's)",
    )
    add("--regularizer", choices=REGULARIZER_NAMES, help="shapes the codes")
    add("--latent-size", type=at_least(1), help="dimensions of a code")
    add("--components", type=at_least(1), help="of the prior (without --method: one a dimension)")
    add("--prior-scale", type=positive, help="length of the prior's means (default: 1)")
    add("--encoder-width", type=at_least(1), help="GRU units, each direction (autoregressive)")
    add("--decoder-width", type=at_least(1), help="GRU units of a layer")
    add("--decoder-layers", type=at_least(1), help="GRU layers")
    add("--embedding-width", type=at_least(1), help="of a token (autoregressive)")
    add("--min-count", type=at_least(1), help="rarer symbols are left out")
    add("--max-length", type=at_least(2), help="tokens a string, end included")
    add(
        "--vocabulary-size",
        type=at_least(0),
        metavar="N",
        help="tokens, 3 special ones included: frequent runs of symbols (or neighbours in a "
        "derivation) are merged until there are N (default: nothing is merged)",
    )


def _add_training(add: Callable[..., Any]) -> None:
    positive = at_least(0, float, exclusive=True)
    add("--epochs", type=positive, help="passes over the data")
    add("--batch-size", type=at_least(2), help="strings a step and device")
    add("--learning-rate", type=positive, help="at its peak")
    add("--schedule", choices=SCHEDULE_NAMES, help="of the learning rate")
    add("--final-rate", type=fraction, help="share of the peak at the end of the cosine schedule")
    add("--warmup-steps", type=at_least(0), help="steps to the peak of the cosine schedule")
    add("--decay", type=at_least(0, float, exclusive=True), help="factor of plateau and step")
    add("--patience", type=at_least(1), help="epochs that plateau and step wait")
    add("--reconstruction", choices=RECONSTRUCTION_NAMES, help="loss (binary: the published one)")
    add("--regularizer-weight", type=at_least(0, float), help="of all terms, against this loss")
    add(
        "--term-weights",
        type=term_weight,
        nargs="+",
        metavar="TERM=WEIGHT",
        help=f"of single terms ({', '.join((*TERM_NAMES, *added('term')))}); 0 leaves one out",
    )
    add("--latent-noise", type=at_least(0, float), help="on codes, in training")
    add(
        "--noise-levels",
        choices=NOISE_LEVEL_NAMES,
        help="fixed: all codes get that noise; uniform: each string's is drawn up to it; "
        "interpolated: codes go towards samples of the prior, up to that share (default: fixed)",
    )
    add(
        "--regularized-codes",
        choices=REGULARIZED_NAMES,
        help="which codes follow the prior: those without that noise, or with it (default: clean)",
    )
    add("--token-dropout", type=fraction, help="share of hidden previous tokens")


def _add_robust(add: Callable[..., Any]) -> None:
    add(
        "--robust",
        choices=ROBUST_NAMES,
        help="coupled: codes of attacked strings stay at those of the clean ones; augmented: they "
        "follow the prior on their own (default: no attack)",
    )
    add(
        "--robust-epsilon",
        type=at_least(0, float, exclusive=True),
        metavar="E",
        help="bound of the attack, in standard deviations of the embeddings (default: 0.1)",
    )
    add(
        "--robust-strength",
        type=fraction,
        metavar="ALPHA",
        help="of the coupling, from 0 to 1 (default: 0.99)",
    )
    add(
        "--robust-cross",
        choices=ROBUST_CROSS_NAMES,
        help="what ALPHA multiplies: the prior's covariance, or that within its components only "
        "(default: scaled)",
    )
    add(
        "--robust-adversarial-share",
        type=fraction,
        metavar="SHARE",
        help="of strings decoded from the code of their attacked embeddings (default: 0.5)",
    )


def _add_run(add: Callable[..., Any]) -> None:
    add(
        "--held-out",
        type=at_least(4),
        help="strings kept out: half to measure with at the end, half for validation "
        "(default: 2000)",
    )
    add("--split-seed", type=at_least(0), help="seed of the held-out choice (default: 1)")
    add("--seed", type=at_least(0), help="seed of everything else (default: 0)")
    add(
        "--precision",
        default="auto",
        choices=["auto", "32-true", "bf16-mixed"],
        help="auto: bf16-mixed on a GPU, else 32-true",
    )
    add(
        "--checkpoint-minutes",
        type=at_least(0, float, exclusive=True),
        help="between checkpoints (default: 10)",
    )
    add("--log-every", type=at_least(1), help="steps between metrics (default: 20)")


def term_weight(text: str) -> tuple[str, float]:
    """Argparse type: a term of the regularizer and its weight, `ks=0.5`."""
    name, _, weight = text.partition("=")
    known = (*TERM_NAMES, *added("term"))
    if name not in known:
        raise argparse.ArgumentTypeError(
            f"{text!r}: give TERM=WEIGHT with a term of {', '.join(known)}"
        )
    return name, at_least(0, float)(weight)
