"""`latentbo COMMAND`, or `python -m latentbo COMMAND`: all commands behind one name."""

import difflib
import sys
from collections.abc import Sequence
from importlib import import_module

from latentbo import __version__

#: Command -> its module, and what it does.
COMMANDS = {
    "optimize": ("latentbo.optimize", "search for the best strings in few calls of an objective"),
    "suggest": ("latentbo.optimize", "suggest N strings to measure (optimize --suggest N)"),
    "protocol": ("latentbo.optimize.protocol_command", "search under a published protocol"),
    "train": ("latentbo.train", "train a model on strings of your own"),
    "evaluate": ("latentbo.evaluate", "measure a model, its latent space, a process on it"),
    "compare-models": ("latentbo.evaluate.comparing_options", "measure models side by side"),
    "report": ("latentbo.report.command", "write the report of a run, or compare runs"),
    "status": ("latentbo.status", "how far a run is, also while it goes"),
    "rank": ("latentbo.rank", "rank a list of molecules by the model of a run"),
    "check": ("latentbo.check", "show how a file is read, and all that is wrong with it"),
    "info": ("latentbo.info", "versions, folders, models and devices"),
}
# Words after which `suggest` needs no task.
NOT_NEW = ("--resume", "-h", "--help", "--help-all")
EXIT_CODES = """exit codes:
    0  done
    1  something that nobody expected; the line names a file with the traceback
    2  a wrong option, file or value; the line names it, and what to do
    3  paused, such as after many failures in a row or without its cluster; resume with --resume
  129  stopped by SIGHUP, 130 by Ctrl-C, 143 by SIGTERM; resume with --resume
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name, rest = (given[0], given[1:]) if given else ("--help", [])
    if name in ("-h", "--help"):
        print(_help())
        return 0
    if name == "--version":
        print(f"latentbo {__version__}")
        return 0
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        remedy = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(COMMANDS)}"
        print(f"error: there is no command {name!r}: {remedy}", file=sys.stderr)
        return 2
    words = _suggesting(rest) if name == "suggest" else rest
    code: int = import_module(COMMANDS[name][0]).main(words)
    return code


def _suggesting(words: list[str]) -> list[str]:
    """Return the words of `optimize` for those of `suggest`."""
    number = [words[0]] if words and not words[0].startswith("-") else []
    rest = words[len(number) :]
    # A run that is not resumed is of molecules, unless it is said.
    is_new = not any(word.split("=")[0] in NOT_NEW for word in rest)
    task = ["molecules"] if is_new and (not rest or rest[0].startswith("-")) else []
    return [*task, *rest, "--suggest", *number] if number else [*task, *rest]


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    head = "usage: latentbo COMMAND ...\n\nOptimize molecules and other strings in few calls.\n"
    listed = "\n".join(lines)
    return (
        f"{head}\ncommands (latentbo COMMAND --help explains one):\n{listed}\n\n"
        f"  latentbo --version\n\n{EXIT_CODES}"
    )


if __name__ == "__main__":
    sys.exit(main())
