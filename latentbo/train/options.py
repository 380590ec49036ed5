"""The options of `latentbo.train`; nothing here loads torch."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from latentbo.command_line import (
    Parser,
    add_column_options,
    add_options,
    add_plugin,
    at_least,
    fraction,
)
from latentbo.models import MAX_BEAMS, NETWORKS, NetworkConfig, PriorConfig
from latentbo.registry import added
from latentbo.regularizers import TERMS
from latentbo.tasks import TASKS, data_sets
from latentbo.training import METHODS, PAIR_OBJECTIVES, SequencePairConfig, TrainingConfig

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
# Names instead of the registry, which needs torch.
REPRESENTATION_NAMES = ("characters", "grammar", "selfies", "smiles")
#: What `--help` shows, besides what plug-ins can add to.
SHORT = {
    "--data FILE": "strings: one a line, or a column of a table (default: the task's data set)",
    "--limit N": "take N lines of it, at random",
    "--representation NAME": f"tokens: {', '.join(REPRESENTATION_NAMES)}",
    "--regularizer NAME": "what gives the latent space the shape of the prior",
    "--latent-size N": "dimensions of the latent space",
    "--method NAME": f"of the thesis's comparison: {', '.join(METHODS)}",
    "--warm-start DIR": "start from this model folder",
    "--epochs N": "passes over the data",
    "--batch-size N": "strings in a step",
    "--learning-rate RATE": "of the optimizer",
    "--seed N": "same seed, same machine: same model (default: 0)",
    "--device NAME": "auto, cpu, cuda, cuda:N (default: auto)",
    "--threads N": "CPU threads",
    "--out DIR": "model folder (default: runs/train-<task>-<date-time>)",
    "--resume DIR": "resume a training that stopped, with its settings",
    "--quiet": "no progress line",
}
ROBUST = """The embeddings of a string's tokens are moved, within a bound, so that its code
changes much, and the regularizer (gmm-ks or gmm-ks-thesis) shapes pairs of codes: of clean and of
moved embeddings."""
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
    short = {"TASK": f"what the strings are: {', '.join(sorted(TASKS))}", **SHORT}
    parser = Parser("python -m latentbo.train", DESCRIPTION, EXAMPLES, short)
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


def _add_model(add: Callable[..., Any]) -> None:
    add(
        "--method",
        choices=tuple(METHODS),
        help="of the thesis's comparison; sets representation, regularizer, prior and weights",
    )
    add(
        "--network",
        choices=tuple(NETWORKS),
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
    renamed = {"num_dimensions": "latent_size", "num_components": "components"}
    add_options(add, TrainingConfig, names=("regularizer",))
    add_options(add, NetworkConfig, names=("num_dimensions",), renamed=renamed)
    add_options(
        add,
        PriorConfig,
        names=("num_components", "scale"),
        renamed={**renamed, "scale": "prior_scale"},
    )
    add_options(
        add,
        NetworkConfig,
        names=("encoder_width", "decoder_width", "decoder_layers", "embedding_width"),
    )
    add_options(add, TrainingConfig, names=("min_count", "max_length", "vocabulary_size"))
    add(
        "--beams",
        type=at_least(1, most=MAX_BEAMS),
        metavar="N",
        help="prefixes that decoding keeps in a beam search (default: 1, which is greedy; or as in "
        "--warm-start)",
    )


def _add_training(add: Callable[..., Any]) -> None:
    add_options(
        add,
        TrainingConfig,
        names=(
            *("epochs", "batch_size", "learning_rate", "schedule", "final_rate", "warmup_steps"),
            *("decay", "patience", "reconstruction", "regularizer_weight"),
        ),
    )
    add(
        "--term-weights",
        type=term_weight,
        nargs="+",
        metavar="TERM=WEIGHT",
        help=f"of single terms ({', '.join(TERMS)}); 0 removes one",
    )
    names = ("latent_noise", "noise_levels", "regularized_codes", "token_dropout", "recombined")
    add_options(add, TrainingConfig, names=names)


def _add_robust(add: Callable[..., Any]) -> None:
    add(
        "--robust",
        choices=tuple(PAIR_OBJECTIVES),
        help="; ".join(f"{name}: {text}" for name, text in PAIR_OBJECTIVES.items())
        + " (default: no attack)",
    )
    names = ("epsilon", "strength", "cross", "adversarial_share")
    renamed = {name: f"robust_{name}" for name in names}
    add_options(add, SequencePairConfig(), names=names, renamed=renamed)


def _add_run(add: Callable[..., Any]) -> None:
    add_options(add, TrainingConfig(), names=("held_out", "split_seed", "seed"))
    add(
        "--precision",
        default="auto",
        choices=["auto", "32-true", "bf16-mixed"],
        help="auto: bf16-mixed on a GPU, else 32-true",
    )
    add_options(add, TrainingConfig(), names=("checkpoint_minutes", "log_every"))


def term_weight(text: str) -> tuple[str, float]:
    """Argparse type: a term of the regularizer and its weight, `ks=0.5`."""
    name, _, weight = text.partition("=")
    if name not in TERMS:
        raise argparse.ArgumentTypeError(
            f"{text!r}: give TERM=WEIGHT with a term of {', '.join(TERMS)}"
        )
    return name, at_least(0, float)(weight)
