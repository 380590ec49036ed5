"""The options of `python -m latentbo.optimize`."""

import argparse
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
from latentbo.optimize.execution_options import add_execution
from latentbo.optimize.laboratory_options import add_laboratory
from latentbo.optimize.protocol_options import add_protocol
from latentbo.optimizer import PRESETS, SURROGATES, OptimizationConfig
from latentbo.tasks import TASKS, by_task
from latentbo.threads import MOST_THREADS

DESCRIPTION = """Find molecules or expressions of high value in few calls of an objective.

The model's latent space is searched by a sparse Gaussian process inside a trust region. Every call
of the objective is counted and kept in the run's folder: hits.csv, convergence.png, report.html,
for molecules hits.sdf and for expressions fit.png are for reading, ledger.sqlite is the account,
config.json repeats the run.
"""
EXAMPLES = """examples:
  molecules like amlodipine with three rings, 500 calls in all, from RDKit's NCI molecules:
    python -m latentbo.optimize molecules
  penalised logP, whatever a chemist would say, as in the literature:
    python -m latentbo.optimize molecules --objective penalized-logp --chemistry none
  another built-in objective and budget (all of them: --list-objectives):
    python -m latentbo.optimize molecules --objective qed --budget 300
  expressions that fit 1/3+x+sin(x*x), from 5,000 random ones:
    python -m latentbo.optimize expressions
  your own function, SMILES in, number out (maximised), from your own molecules:
    python -m latentbo.optimize molecules --objective score.py:dock --initial my.smi
  an objective of an installed package, a folder of your choice, no progress line:
    python -m latentbo.optimize molecules --objective mypackage.scores:f --out runs/f --quiet
  a program of your own that reads SMILES lines and prints values, within constraints:
    python -m latentbo.optimize molecules --objective "program:./dock.sh" --constraints rules.toml
  the thesis's protocol, and the one that hides the best half of the data:
    latentbo protocol kusner2017 expressions --model models/mine
    latentbo protocol held-out expressions
  a slow function that sometimes hangs, four calls at a time, until a value reaches 0.9:
    python -m latentbo.optimize molecules --objective score.py:dock --workers 4 --time-limit 60 \\
        --retries 1 --target 0.9
  start from measurements that you have, which cost no call:
    python -m latentbo.optimize molecules --objective score.py:dock --initial assay.csv
  no function, but a laboratory: suggestions as CSV, results by CSV, and so on:
    python -m latentbo.optimize molecules --suggest 20 --out runs/lab > batch.csv
    python -m latentbo.optimize --resume runs/lab --observe results.csv --suggest 20 > batch2.csv
  resume a run that was killed or stopped with Ctrl-C:
    python -m latentbo.optimize --resume runs/f
"""


#: What `--help` shows, besides what plug-ins can add to.
SHORT = {
    "--objective NAME": "a built-in name, score.py:function, program:COMMAND, values.csv, a .toml",
    "--list-objectives": "show the built-in objectives, and leave",
    "--minimize": "the smallest values are the best",
    "--budget N": "calls of the objective in all (default: 500)",
    "--initial FILE|N": "molecules or measurements to start from, or how many of the pool",
    "--constraints FILE": "TOML file: substructures, ranges of properties, similarity to a lead",
    "--chemistry RULES": "usual, strict, none: what a chemist would make (default: usual)",
    "--model DIR": "model folder (default: the one that ships)",
    "--workers N": "calls at a time",
    "--time-limit SECONDS": "for a call",
    "--target VALUE": "stop when a value reaches it",
    "--suggest N": "no function, but a laboratory: print N molecules to measure",
    "--observe FILE": "the results of the laboratory",
    "--seed N": "same seed, same machine: same run (default: 0)",
    "--out DIR": "folder of the run (default: runs/<task>-<date-time>)",
    "--resume DIR": "resume a run that stopped, or give it a larger --budget",
    "--log FILE": "append a line every 30 s and for each event",
    "-v": "print a line for each call",
    "--quiet": "print nothing but errors",
}


class ListObjectives(argparse.Action):
    """Prints name, task and description of every built-in objective and leaves."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print them."""
        # Imported here so that --help is answered without loading torch.
        from latentbo.objectives import OBJECTIVES  # noqa: PLC0415

        width = max(map(len, OBJECTIVES))
        for objective in OBJECTIVES.values():
            print(f"{objective.name:{width}}  {objective.task}: {objective.description}")
        parser.exit()


def build_parser() -> Parser:
    """Return the parser of the command line."""
    short = {
        "TASK": f"what to optimize: {', '.join(TASKS)}",
        **SHORT,
        "--preset NAME": f"the optimizer: {', '.join(PRESETS)}",
    }
    parser = Parser("python -m latentbo.optimize", DESCRIPTION, EXAMPLES, short)
    add = parser.add_argument
    add("task", nargs="?", choices=tuple(TASKS), help="what to optimize")
    add(
        "--objective",
        metavar="NAME",
        help="a built-in name, path/file.py:function, package.module:function, program:COMMAND, "
        "values.csv, http://HOST:PORT/PATH, or goals.toml, which combines several (default: "
        f"{by_task(lambda task: task.objective)}; under a protocol: "
        f"{by_task(lambda task: task.studied_objective)})",
    )
    add(
        "--header",
        action="append",
        metavar="TEXT",
        help="for a server as objective: a header whose value is in an environment variable, such "
        "as 'Authorization: Bearer env:TOKEN'; the value is never stored; may be given several "
        "times",
    )
    add(
        "--minimize",
        action="store_true",
        help="the smallest values are the best, of the objective (the same as --objective "
        "minimize:NAME) or of what is measured",
    )
    add(
        "--value-name",
        metavar="NAME",
        help="what the values are called in the reports, with their unit: 'IC50 (nM)' (default: as "
        "the column of the values of --initial FILE, else as the objective)",
    )
    add(
        "--list-objectives",
        action=ListObjectives,
        nargs=0,
        help="show the names of the built-in objectives, and leave",
    )
    add(
        "--budget",
        type=at_least(1),
        metavar="N",
        help="oracle calls in all, initial ones too (default: 500); with --resume a larger number "
        "than before",
    )
    add_options(add, OptimizationConfig, names=("batch_size",), metavars={"batch_size": "N"})
    add(
        "--initial",
        metavar="FILE|N",
        help="strings to start from: a file of SMILES or of expressions; an assay file (text, "
        ".xlsx, .sdf; see python -m latentbo.check), whose measurements cost no call; or how many "
        "of the task's own pool, RDKit's NCI molecules or random expressions (default: a fifth of "
        "the budget, at most 100)",
    )
    add(
        "--num-initial",
        type=at_least(1),
        metavar="N",
        help="how many strings of the --initial file are evaluated (drawn at random; default: a "
        "fifth of the budget, at most 100)",
    )
    add(
        "--preset",
        choices=tuple(PRESETS),
        help="the optimizer: latent and graph moves under a Tanimoto process (hybrid, the default "
        "for molecules), moves in the latent space and edits by the decoder alone (latent, the "
        "default for expressions), "
        "expected improvement in a box of it (thesis), graph genetic algorithm (ga), a genetic "
        "algorithm on the acquisition (gp-bo), the pool in random order (random), or one of a "
        "plug-in",
    )
    add(
        "--no-descriptors",
        action="store_true",
        help="hybrid, latent: the Gaussian process sees the molecule's fragments alone",
    )
    add(
        "--sources",
        type=lambda text: tuple(text.split(",")),
        metavar="NAMES",
        help="hybrid, latent: sources of proposals, with commas: latent, graph, infill (the "
        "decoder writes a few atoms anew, or joins parts of two molecules; with a model of "
        "derivations subtrees, or exchanges them), or of a plug-in "
        "(default: latent,graph for hybrid; for latent latent,infill where the surrogate sees "
        "molecules, else latent)",
    )
    add(
        "--pool-share",
        type=fraction,
        metavar="S",
        help="latent, hybrid: share of the usual number of strings of the starting pool that are "
        "candidates in each step; 0: nothing of the pool is proposed after the start (default: 1; "
        "latent for molecules: 0)",
    )
    add("--model", type=Path, metavar="DIR", help="model folder (default: the one that ships)")
    add(
        "--surrogate",
        choices=tuple(SURROGATES),
        help="what the Gaussian process sees: the molecules (tanimoto), the latent code alone "
        "(code), the code and how sure the decoder is of the string (latent; exact: by an exact "
        "process with a lengthscale a dimension), code and fragments of the decoded string "
        "(fragments), or, for expressions, also its values at 32 points (curves; default: "
        f"{by_task(lambda task: task.surrogate)}; --preset thesis: latent)",
    )
    add_options(
        add,
        OptimizationConfig(),
        names=("acquisition", "min_distance", "identity", "scaling"),
        metavars={"min_distance": "D"},
    )
    add("--seed", type=int, default=0, help="same seed, same machine: same run")
    add("--out", type=Path, metavar="DIR", help="folder (default: runs/<task>-<date-time>)")
    add(
        "--resume",
        type=Path,
        metavar="DIR",
        help="resume the run in DIR, as it was started; "
        "--objective tells where its objective is now",
    )
    add(
        "--accept-changes",
        action="store_true",
        help="with --resume: go on although objective, model or pool have changed; it is recorded",
    )
    add("--device", default="auto", help="where the model runs: auto, cpu, cuda, cuda:N")
    unset = "OMP_NUM_THREADS if set, else all cores, at most 8"
    add("--threads", type=at_least(1, most=MOST_THREADS), help=f"CPU threads (default: {unset})")
    add_plugin(parser)
    add("--quiet", action="store_true", help="print nothing but errors")
    add("-v", "--verbose", action="store_true", help="print a line for each call")
    add(
        "--log",
        type=Path,
        metavar="FILE",
        help="append a line to FILE every 30 s and for each event, with its time: start, better "
        "values, failures, stop",
    )
    _add_filter(parser)
    add_execution(parser)
    add_laboratory(parser)
    add_column_options(parser)
    add_protocol(parser)
    return parser


def _add_filter(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group(
        "filter (molecules only)",
        "for the pool and for every candidate, before a call is spent; 'none' = no limit",
    ).add_argument
    add("--max-heavy-atoms", type=_limit, default=38, metavar="N", help="atoms but hydrogen")
    add("--min-heavy-atoms", type=_limit, default=3, metavar="N", help="atoms but hydrogen")
    add("--max-rotatable-bonds", type=_limit, default=10, metavar="N", help="flexibility")
    add("--min-rings", type=_limit, default=1, metavar="N", help="rings")
    add(
        "--chemistry",
        choices=("usual", "strict", "none"),
        help="which proposals a chemist would make: usual refuses alerts of Brenk and NIH, halogen "
        "on S, P, N or O, unusual valences of S and P, synthetic accessibility above 4.5, and ring "
        "systems that are neither in ZINC-250k nor in NCI; strict also alerts of PAINS and Glaxo, "
        "accessibility above 4, uncommon rings, more than 2 stereo centres, charges beyond 1, "
        "weight above 500 and logP above 5; not for the molecules of --initial FILE (default: "
        "usual; with --protocol: none)",
    )
    add(
        "--constraints",
        type=Path,
        metavar="FILE",
        help="TOML file with a table [constraints]: substructures, ranges of properties, alerts, "
        "similarity to a lead",
    )


def _limit(text: str) -> int | None:
    """Argparse type: a whole number from 0, or `none`."""
    return None if text.lower() == "none" else int(at_least(0)(text))
