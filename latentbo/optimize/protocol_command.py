"""`latentbo protocol NAME TASK`: a search under a published protocol."""

import sys
from collections.abc import Sequence

from latentbo.command_line import Parser
from latentbo.optimize.command import main as optimize
from latentbo.optimize.protocol_options import NAMES, add_protocol
from latentbo.tasks import TASKS

DESCRIPTION = """Search under a published protocol, for numbers that stand beside others'.

Further options are those of latentbo optimize (latentbo optimize --help-all), as far as they mean
something to the protocol. A run is resumed with latentbo optimize --resume DIR.
"""
EXAMPLES = """examples:
  latentbo protocol kusner2017 expressions --model models/mine
  latentbo protocol held-out expressions --budget 500 --seed 1
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in NAMES or {"-h", "--help"}.intersection(given):
        build_parser().parse_known_args(given)  # leaves with the help or an error
    name, *rest = given
    if name not in NAMES:
        build_parser().error("give the protocol first, then the task and options")
    if any(word.split("=")[0] == "--protocol" for word in rest):
        build_parser().error(f"--protocol: the protocol is {name} already, leave it out")
    return optimize([*rest, "--protocol", name])


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser("latentbo protocol", DESCRIPTION, EXAMPLES)
    parser.add_argument("name", choices=NAMES, help="the protocol")
    parser.add_argument("task", choices=tuple(TASKS), help="what to optimize")
    add_protocol(parser, is_chosen=True)
    return parser
