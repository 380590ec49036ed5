"""`python -m latentbo.optimize molecules`: search the latent space of a trained model."""

import argparse
import datetime
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentbo.command_line import (
    HelpFormatter,
    Parser,
    at_least,
    device_option,
    run_command,
)
from latentbo.errors import ConfigurationError, ObjectiveError

if TYPE_CHECKING:
    from latentbo.display import OptimizationDisplay
    from latentbo.run import OptimizationRun

__all__ = ["main"]

DESCRIPTION = """Find molecules with a high value of an objective, spending few oracle calls.

The model's latent space is searched by a sparse Gaussian process inside a trust region. Every call
of the objective is counted and kept in the run's folder: hits.csv, hits.sdf, convergence.png and
report.html are for reading, ledger.sqlite is the account, config.json repeats the run.
"""
EXAMPLES = """examples:
  penalised logP, 500 calls in all, from RDKit's NCI molecules:
    python -m latentbo.optimize molecules
  another built-in objective and budget (built in: penalized-logp, qed, logp, sa):
    python -m latentbo.optimize molecules --objective qed --budget 300
  your own function, SMILES in, number out (maximised), from your own molecules:
    python -m latentbo.optimize molecules --objective score.py:dock --initial my.smi
  an objective of an installed package, a folder of your choice, no progress line:
    python -m latentbo.optimize molecules --objective mypackage.scores:f --out runs/f --quiet
  go on with a run that was killed or stopped with Ctrl-C:
    python -m latentbo.optimize --resume runs/f
"""
TASKS = ("molecules",)


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="python -m latentbo.optimize",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
        # Abbreviations would slip past the check of what may stand beside --resume.
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("task", nargs="?", choices=TASKS, help="what to optimize")
    add(
        "--objective",
        metavar="NAME",
        help="a built-in name, path/file.py:function or package.module:function (default: "
        "penalized-logp)",
    )
    add("--budget", type=at_least(1), default=500, help="oracle calls in all, initial ones too")
    add("--batch-size", type=at_least(1), default=20, help="molecules between two fits")
    add(
        "--initial",
        metavar="FILE|N",
        help="molecules to start from: a file of SMILES, or how many of RDKit's NCI molecules "
        "(default: a fifth of the budget, at most 100)",
    )
    add(
        "--num-initial",
        type=at_least(1),
        metavar="N",
        help="how many molecules of the --initial file are evaluated (drawn at random; default: a "
        "fifth of the budget, at most 100)",
    )
    add("--model", type=Path, metavar="DIR", help="model folder (default: the one that ships)")
    add("--acquisition", choices=("thompson", "log-ei"), default="thompson", help="how to choose")
    add(
        "--surrogate",
        choices=("fragments", "latent"),
        default="fragments",
        help="what the Gaussian process sees: the latent code alone (latent), or the code and the "
        "fragments of the decoded molecule",
    )
    add("--seed", type=int, default=0, help="same seed, same machine: same molecules")
    add("--out", type=Path, metavar="DIR", help="folder (default: runs/<task>-<date-time>)")
    add("--resume", type=Path, metavar="DIR", help="go on with the run in DIR, as it was started")
    add("--device", default="auto", help="where the model runs: auto, cpu, cuda, cuda:N")
    add("--threads", type=at_least(1), help="CPU threads (default: all cores, at most 8)")
    add("--quiet", action="store_true", help="print nothing but errors")
    _add_filter(parser)
    return parser


def _add_filter(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group(
        "filter", "for the pool and for every candidate, before a call is spent; 'none' = no limit"
    ).add_argument
    add("--max-heavy-atoms", type=_limit, default=38, metavar="N", help="atoms but hydrogen")
    add("--min-heavy-atoms", type=_limit, default=3, metavar="N", help="atoms but hydrogen")
    add("--max-rotatable-bonds", type=_limit, default=10, metavar="N", help="flexibility")
    add("--min-rings", type=_limit, default=1, metavar="N", help="rings")


def _limit(text: str) -> int | None:
    """Argparse type: a whole number from 0, or `none`."""
    return None if text.lower() == "none" else int(at_least(0)(text))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = build_parser()
    options = parser.parse_args(given)
    if (options.task is None) == (options.resume is None):
        parser.error("give a task (molecules), or --resume DIR")
    return run_command(lambda: _optimize(options, given))


def _optimize(options: argparse.Namespace, given: list[str]) -> int:
    # Imported here so that --help and wrong options are answered without loading torch.
    from latentbo.display import OptimizationDisplay  # noqa: PLC0415

    device = device_option(options.device)
    run = _prepare(options, given)
    display = OptimizationDisplay(run.settings["budget"], options.quiet)
    display.say(f"run folder: {run.directory}")
    display.say(_pool_line(run.settings["pool"]))
    try:
        with display:
            spent = run.execute(display.show, device)
    except ObjectiveError:
        raise
    except BaseException as error:
        # Stopped by Ctrl-C, a full disk or the like: nothing that was paid for is lost.
        if isinstance(error, KeyboardInterrupt):
            _report(run.directory, display)
        resume = shlex.quote(str(run.directory))
        display.say(f"go on with: python -m latentbo.optimize --resume {resume}")
        raise
    if not spent:
        display.say(
            "stopped early: the model finds no molecule any more that is new and passes the "
            "filter; start a run with a wider filter or another model"
        )
    _report(run.directory, display)
    return 0


def _report(directory: Path, display: "OptimizationDisplay") -> None:
    """Write the files that people read, and show the table."""
    from latentbo.report import load_run, summary_table, write_report  # noqa: PLC0415

    for path in write_report(directory):
        display.say(f"wrote {path}")
    display.print(summary_table(load_run(directory)))


def _pool_line(pool: dict[str, Any]) -> str:
    left_out = ", ".join(f"{count} {reason}" for reason, count in pool["left_out"].items())
    return f"starting pool: {pool['usable']} molecules" + (
        f" (not used: {left_out})" if left_out else ""
    )


def _prepare(options: argparse.Namespace, given: list[str]) -> "OptimizationRun":
    from latentbo.run import create_run, open_run  # noqa: PLC0415

    if options.resume is not None:
        others = [x for x in given if x.startswith("--") and x.split("=")[0] not in RESUMABLE]
        if others:
            raise ConfigurationError(
                f"{others[0]} cannot be changed when a run is resumed: only "
                f"{', '.join(RESUMABLE)} go with --resume"
            )
        return open_run(options.resume)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    directory = options.out or Path("runs") / f"{options.task}-{stamp}"
    initial, settings = _settings(options, given)
    return create_run(directory, settings, initial)


RESUMABLE = ("--resume", "--device", "--quiet")


def _settings(options: argparse.Namespace, given: list[str]) -> tuple[Path | None, dict[str, Any]]:
    """Return the file of starting molecules and what `config.json` holds."""
    from latentbo.chemistry import MoleculeFilter  # noqa: PLC0415
    from latentbo.optimizer import OptimizationConfig  # noqa: PLC0415
    from latentbo.tasks import TASKS as REGISTRY  # noqa: PLC0415

    initial, num_initial = _initial(options)
    config = OptimizationConfig(
        budget=options.budget,
        num_initial=num_initial,
        batch_size=options.batch_size,
        seed=options.seed,
        acquisition=options.acquisition,
        surrogate=options.surrogate,
    )
    molecule_filter = MoleculeFilter(
        options.max_heavy_atoms,
        options.max_rotatable_bonds,
        options.min_rings,
        options.min_heavy_atoms,
    )
    return initial, {
        "command": shlex.join(["python", "-m", "latentbo.optimize", *given]),
        "task": options.task,
        "objective": options.objective or REGISTRY[options.task].objective,
        "model": None if options.model is None else str(options.model.resolve()),
        "initial": str(initial) if initial else "RDKit's NCI molecules",
        "seed": options.seed,
        "budget": options.budget,
        "batch_size": options.batch_size,
        "threads": options.threads or min(8, os.cpu_count() or 1),
        "filter": asdict(molecule_filter),
        "optimizer": asdict(config),
    }


def _initial(options: argparse.Namespace) -> tuple[Path | None, int]:
    """Return the file of starting molecules, if any, and how many are evaluated."""
    default = max(1, min(100, options.budget // 5))
    given = options.initial
    if given is None:
        return None, min(options.num_initial or default, options.budget)
    try:
        number = int(given)
    except ValueError:
        return Path(given), min(options.num_initial or default, options.budget)
    if number < 1 or options.num_initial is not None:
        raise ConfigurationError(
            f"--initial {given}: give a number from 1 up (and not --num-initial beside it), or a "
            f"file of SMILES"
        )
    return None, min(number, options.budget)


if __name__ == "__main__":
    sys.exit(main())
