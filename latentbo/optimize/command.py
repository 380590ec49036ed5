"""`python -m latentbo.optimize TASK`: search the latent space of a trained model."""

import argparse
import sys
from collections.abc import Sequence

from latentbo.command_line import run_command
from latentbo.errors import ConfigurationError
from latentbo.optimize.execution_options import CHANGEABLE
from latentbo.optimize.laboratory_options import (
    COLUMNS,
    LABORATORY,
    check_laboratory,
    is_laboratory,
)
from latentbo.optimize.options import build_parser
from latentbo.plugins import OPTION as PLUGIN
from latentbo.plugins import load_plugins, plugins_of
from latentbo.tasks import TASKS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: _main(given))


def _main(given: list[str]) -> int:
    plugins = load_plugins(plugins_of(given))
    parser = build_parser()
    options = parser.parse_args(given)
    if (options.task is None) == (options.resume is None):
        parser.error(f"give a task ({' or '.join(TASKS)}), or --resume DIR")
    options.plugin = plugins
    _check(options, given)
    # Options and files are judged before what takes seconds is loaded: RDKit, and then torch.
    from latentbo.optimize.assay_files import read_initial, read_observed  # noqa: PLC0415
    from latentbo.optimize.settings import run_settings  # noqa: PLC0415

    new = None if options.resume is not None else run_settings(options, given)
    assay, observed = read_initial(options), read_observed(options)
    from latentbo.optimize.running import carry_out  # noqa: PLC0415

    return carry_out(options, new, assay, observed)


def _check(options: argparse.Namespace, given: list[str]) -> None:
    """Refuse options that mean nothing beside others."""
    if is_laboratory(options):
        check_laboratory(options, given)
    if options.quiet and options.verbose:
        raise ConfigurationError("--quiet and --verbose contradict each other: leave one out")
    if options.accept_changes and options.resume is None:
        raise ConfigurationError("--accept-changes goes with --resume: leave it out")
    if options.resume is not None:
        others = [x for x in given if x.startswith("--") and x.split("=")[0] not in RESUMABLE]
        if others:
            raise ConfigurationError(
                f"{others[0]} cannot be changed when a run is resumed: only "
                f"{', '.join(RESUMABLE)} go with --resume"
            )


RESUMABLE = (
    *("--resume", "--device", "--quiet", "--objective", "--accept-changes", "--budget"),
    *("--log", "--verbose"),
    PLUGIN,
    *(*LABORATORY, *COLUMNS, *CHANGEABLE),
)


if __name__ == "__main__":
    sys.exit(main())
