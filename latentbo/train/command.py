"""Train, save and measure a model."""

import sys
from collections.abc import Callable, Sequence

from latentbo.command_line import Parser, run_command
from latentbo.plugins import load_plugins, plugins_of
from latentbo.train.options import MODEL_OPTIONS, RESUMABLE, build_parser
from latentbo.train.settings import recipe_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: carry_out(given, build_parser))


def carry_out(given: list[str], make_parser: Callable[[], Parser]) -> None:
    """Train as the words of a command line say.

    Args:
        given: The words.
        make_parser: Makes their parser, once plug-ins have added their parts.
    """
    plugins = load_plugins(plugins_of(given))
    parser = make_parser()
    options = parser.parse_args(given)
    names = [word.split("=")[0] for word in given if word.startswith("--")]
    if (options.task is None) == (options.resume is None):
        parser.error("give a task (molecules), or --resume DIR")
    if options.resume is not None:
        _refuse(parser, names, [n for n in names if n not in RESUMABLE], "--resume")
    if options.warm_start is not None:
        _refuse(parser, names, MODEL_OPTIONS, "--warm-start")
    options.plugin = plugins
    if options.resume is None:
        recipe_of(options)  # raises for wrong options before torch is loaded, which takes seconds
    from latentbo.train.running import train  # noqa: PLC0415

    train(options, given)


def _refuse(parser: Parser, names: list[str], unfit: Sequence[str], mode: str) -> None:
    found = [name for name in names if name in unfit]
    if found:
        parser.error(f"{found[0]} cannot be changed with {mode}: leave it out")
