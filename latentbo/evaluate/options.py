"""The options of the three measurements; nothing here loads torch."""

from pathlib import Path

from latentbo.command_line import Parser, add_plugin, at_least
from latentbo.evaluate.seeds import seeds
from latentbo.models import MAX_BEAMS
from latentbo.tasks import TASKS, by_task, data_sets

HELD_OUT, SPLIT_SEED = 2000, 1
LATENT_JSON, LATENT_FIGURE = "latent.json", "latent-diagnosis.png"

MODEL = """Measure a trained model again: reconstruction of held-out strings, validity,
uniqueness and novelty of samples of the prior, distance of the codes to the prior.

The held-out strings are those of the model's own training, if the data are the same.
Two more measurements have a help of their own:
  python -m latentbo.evaluate latent --help   is its latent space worth searching?
  python -m latentbo.evaluate gp --help       how well does a sparse GP predict on it?
"""
MODEL_EXAMPLES = """examples:
  the model that ships with the package:
    python -m latentbo.evaluate molecules
  your own, with metrics.json, figures and model card written anew:
    python -m latentbo.evaluate molecules --model models/mine --data my.smi --out models/mine-again
"""
LATENT = """Diagnose a latent space before oracle calls are spent on it.

Do codes decode to something: drawn from the prior, uniformly in the box of the data's codes (which
the published protocol searches), near the data (noise in standard deviations of the prior)? Do
strings survive encoding and decoding, and does their value? Do the codes follow the prior? If codes
of unseen strings are moved a little, how many decode to the same string, how far is the moved code
from the code of what it decodes to, and how much does the value change? Does a Gaussian process
predict unseen values, and are its intervals right? The last line is a verdict with its reasons.
Distances are in standard deviations: of codes, of the prior's in each dimension; of values, of the
data's. Decoding is greedy; unseen strings are those held out of the model's own training, if
the data are the same.

What needs values calls the objective, some 3,700 times with the default numbers; the calls are
counted and told. With an objective of your own that costs more than a moment, use --no-objective,
or smaller numbers.
"""
LATENT_EXAMPLES = """examples:
  the model that ships with the package, with penalised logP:
    python -m latentbo.evaluate latent molecules
  your own model, data and objective, fewer calls, with latent.json and latent-diagnosis.png:
    python -m latentbo.evaluate latent molecules --model models/mine --data my.smi \\
        --objective score.py:dock --train 200 --test 50 --codes 50 --moved 20 --out diagnosis
  without any call of an objective:
    python -m latentbo.evaluate latent expressions --model models/mine --no-objective
"""
GP = """Fit a sparse Gaussian process to the codes and values of 90 % of the data, predict
the other 10 %: mean predictive log-likelihood and root mean squared error, as in table 4.5 of the
thesis, for each seed of the split.

By default with the published settings: 500 inducing points, a squared-exponential kernel with a
lengthscale a dimension, targets not standardised, 50 epochs of Adam at 5e-4 over mini-batches of
5,000. Published is FITC, fitted by stochastic expectation propagation; what stands in for it here
is FITC's own log marginal likelihood, whose gradient mini-batches estimate. With --modern targets
are standardised, inducing points chosen greedily, lengthscales have a prior, and the fit goes on
until it has converged.

All strings are encoded and scored once; codes and values of built-in objectives are kept in the
cache. With --out, seeds that are already in gp.jsonl are not run again.
"""
GP_EXAMPLES = """examples:
  ten splits of the expressions, published settings:
    python -m latentbo.evaluate gp expressions --model models/mine --seeds 10 --out gp
  seeds 3 and 7 with the modern GP:
    python -m latentbo.evaluate gp expressions --model models/mine --modern --seeds 3,7
  molecules, 10,000 of them, another objective:
    python -m latentbo.evaluate gp molecules --objective qed --limit 10000
"""


def model_parser() -> Parser:
    """Return the parser of `python -m latentbo.evaluate TASK`."""
    parser = Parser("python -m latentbo.evaluate", MODEL, MODEL_EXAMPLES)
    _add_model(parser)
    _add_data(parser)
    _add_split(parser)
    add = parser.add_argument
    add("--samples", type=at_least(1), default=1000, metavar="N", help="samples of the prior")
    add("--seed", type=at_least(0), default=0, metavar="N", help="seed of samples and noise")
    add(
        "--beams",
        type=at_least(1, most=MAX_BEAMS),
        metavar="N",
        help="prefixes that decoding keeps in a beam search; 1 is greedy (default: the model's)",
    )
    _add_output(parser, "write metrics, figures and card to this folder")
    return parser


def latent_parser() -> Parser:
    """Return the parser of `python -m latentbo.evaluate latent`."""
    parser = Parser("python -m latentbo.evaluate latent", LATENT, LATENT_EXAMPLES)
    _add_model(parser)
    _add_data(parser)
    _add_objective(parser)
    add = parser.add_argument
    add("--no-objective", action="store_true", help="leave out what needs values: no oracle calls")
    add(
        "--codes",
        type=at_least(1),
        default=500,
        metavar="N",
        help="codes decoded per region, and unseen strings encoded and decoded again",
    )
    add(
        "--box",
        type=at_least(2),
        default=2000,
        metavar="N",
        help="strings whose codes span the box",
    )
    add(
        "--train",
        type=at_least(10),
        default=2000,
        metavar="N",
        help="strings that the Gaussian process is fitted to (a call each)",
    )
    add(
        "--test",
        type=at_least(10),
        default=500,
        metavar="N",
        help="unseen strings that it predicts (a call each)",
    )
    add(
        "--moved",
        type=at_least(1),
        default=200,
        metavar="N",
        help="codes of unseen strings that are moved a little, by each of a few radii",
    )
    _add_split(parser)
    add("--seed", type=at_least(0), default=0, metavar="N", help="seed of codes and noise")
    _add_threads(parser)
    _add_output(parser, f"write {LATENT_JSON} and {LATENT_FIGURE} to this folder")
    return parser


def gp_parser() -> Parser:
    """Return the parser of `python -m latentbo.evaluate gp`."""
    parser = Parser("python -m latentbo.evaluate gp", GP, GP_EXAMPLES)
    _add_model(parser)
    _add_data(parser)
    _add_objective(parser)
    add = parser.add_argument
    add("--modern", action="store_true", help="fit the GP as one would today")
    add(
        "--seeds",
        type=seeds,
        default="1",
        metavar="N|LIST",
        help="how many seeds, from 0, or a list such as 3,7 (one seed: '3,')",
    )
    add("--limit", type=at_least(20), metavar="N", help="use N of the strings, drawn at random")
    _add_threads(parser)
    _add_output(parser, "write gp.json and gp.jsonl (one line a seed) to this folder")
    return parser


def _add_model(parser: Parser) -> None:
    """Add the task, `--model` and `--device`."""
    add = parser.add_argument
    add("task", choices=sorted(TASKS), help="what the strings are")
    add("--model", type=Path, metavar="DIR", help="model folder (default: the one that ships)")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N")
    add_plugin(parser)


def add_measured(parser: Parser) -> None:
    """Add what several models are measured with: data, their split, objective."""
    _add_data(parser)
    _add_split(parser)
    _add_objective(parser)


def _add_data(parser: Parser) -> None:
    """Add `--data`."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="strings, one a line (.smi, .txt, .gz); default: the task's data set "
        f"({data_sets()}) from LATENTBO_DATA_DIR, the cache, or its public address",
    )


def _add_split(parser: Parser) -> None:
    """Add what chooses the held-out strings."""
    add = parser.add_argument
    add(
        "--held-out",
        type=at_least(4),
        metavar="N",
        help=f"strings kept out of training, half of them to measure with (default: as the model "
        f"was trained, else {HELD_OUT})",
    )
    add(
        "--split-seed",
        type=at_least(0),
        metavar="N",
        help=f"seed of the held-out choice (default: as the model was trained, else {SPLIT_SEED})",
    )


def _add_objective(parser: Parser) -> None:
    """Add `--objective`."""
    parser.add_argument(
        "--objective",
        metavar="NAME",
        help="a built-in name, path/file.py:function or package.module:function (default: "
        f"{by_task(lambda task: task.studied_objective)})",
    )


def _add_threads(parser: Parser) -> None:
    """Add `--threads`."""
    parser.add_argument(
        "--threads", type=at_least(1), metavar="N", help="CPU threads (default: torch's choice)"
    )


def _add_output(parser: Parser, out: str) -> None:
    """Add `--out`, with its help, and `--quiet`."""
    parser.add_argument("--out", type=Path, metavar="DIR", help=out)
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
