"""Shared parts of the command lines: errors to exit codes, argument types, devices."""

import argparse
import math
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NoReturn, get_args, get_origin, get_type_hints

from latentbo.errors import ConfigurationError, LatentboError
from latentbo.hiding import hide
from latentbo.interruption import Interrupted, stopped_by_signals
from latentbo.isolation import library_settings
from latentbo.plugins import OPTION as PLUGIN
from latentbo.settings import Bounds, bounds_of, descriptions

#: Exit code after Ctrl-C.
INTERRUPTED = 130
# Letters of an unexpected error's own message that are shown.
MOST_SAID = 300
# Lines of the examples that a short help shows.
SHORT_EXAMPLES = 7


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the layout of examples, and shows defaults where there are any."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False:
            return action.help
        return super()._get_help_string(action)


class _ShortHelp(argparse.Action):
    """Prints the short help and leaves."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Print it."""
        assert isinstance(parser, Parser)
        print(parser.format_short_help())
        parser.exit()


class Parser(argparse.ArgumentParser):
    """Tells a wrong option in one line (argparse would print the whole usage first).

    Options cannot be abbreviated: that would slip past the checks of what may stand beside what.

    Args:
        prog: The command, for the help and for errors.
        description: What it does.
        epilog: Examples.
        short: What `--help` shows of a command with many options, each as in `--budget N`, with a
            line about it; all of them are shown by `--help-all`. None: `--help` shows all.
    """

    def __init__(
        self,
        prog: str,
        description: str,
        epilog: str = "",
        short: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            prog,
            None,
            description,
            epilog,
            formatter_class=HelpFormatter,
            allow_abbrev=False,
            add_help=short is None,
        )
        self.short = short or {}
        if short is not None:
            add = self.add_argument
            add("-h", "--help", action=_ShortHelp, nargs=0, help="show the options of a first run")
            add("--help-all", action="help", help="show all options, with examples")

    def format_short_help(self) -> str:
        """Return the help with the options of a first run."""
        width = max(map(len, self.short), default=0)
        listed = [f"  {name:{width}}  {text}" for name, text in self.short.items()]
        head = (self.description or "").partition("\n")[0]
        examples = (self.epilog or "").splitlines()[:SHORT_EXAMPLES]
        last = f"All options, with examples: {self.prog} --help-all"
        return "\n".join(
            [f"usage: {self.prog} ...", "", head, "", *listed, "", *examples, "", last]
        )

    def error(self, message: str) -> NoReturn:
        """Print the message and leave with exit code 2."""
        self.exit(2, f"error: {hide(message)} (see {self.prog} --help)\n")


def raising(parser: Parser) -> Parser:
    """Let a parser raise a `ConfigurationError` for what is wrong, instead of leaving."""

    def fail(message: str) -> NoReturn:
        raise ConfigurationError(message.removeprefix("argument "))

    parser.error = fail  # type: ignore[method-assign]
    return parser


def words_of(settings: Mapping[str, Any]) -> list[str]:
    """Return settings as the words of a command line; None and False are left out.

    Args:
        settings: Values by the options' names; a list or tuple is several words.
    """
    words: list[str] = []
    for name, value in settings.items():
        if value is None or value is False:
            continue
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words += [str(each) for each in (value if isinstance(value, list | tuple) else [value])]
    return words


def add_plugin(parser: argparse.ArgumentParser) -> None:
    """Add `--plugin`; see `latentbo.plugins`, which reads it before the other options."""
    parser.add_argument(
        PLUGIN,
        action="append",
        metavar="FILE",
        help="Python file that adds a task (by latentbo.register_task), run before anything else; "
        "may be given several times",
    )


def add_column_options(
    parser: argparse.ArgumentParser, has_values: bool = True, has_ids: bool = True
) -> None:
    """Add the options that name the columns of a file of strings.

    Args:
        parser: Of the command.
        has_values: Whether the command wants values, too.
        has_ids: Whether it wants IDs.
    """
    add = parser.add_argument_group(
        "columns of a file",
        "by the name in the first line, or the number from 1 (default: by usual names, else by "
        "what the columns hold)",
    ).add_argument
    add("--smiles-column", metavar="NAME", help="the SMILES strings (or the expressions)")
    if has_values:
        add("--value-column", metavar="NAME", help="the measured values")
    if has_ids:
        add("--id-column", metavar="NAME", help="the compounds' IDs")


def names_of(known: Collection[str]) -> Callable[[str], tuple[str, ...]]:
    """Return an argparse type: names of a known set with commas between, each once."""

    def parse(text: str) -> tuple[str, ...]:
        given = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
        for name in given:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return given

    return parse


def at_least(
    least: float, kind: type = int, exclusive: bool = False, most: float = math.inf
) -> Callable[[str], Any]:
    """Return an argparse type: a number of `kind`, at least (or above) `least`, at most `most`."""

    def parse(text: str) -> Any:
        value = _number(text, kind)
        if not least <= value < math.inf or (exclusive and value == least):
            bound = f"above {least:g}" if exclusive else f"at least {least:g}"
            finite = " and finite" if math.isinf(value) else ""
            raise argparse.ArgumentTypeError(f"must be {bound}{finite}, not {text}")
        if value > most:
            raise argparse.ArgumentTypeError(f"must be at most {most:g}, not {text}")
        return value

    return parse


def _number(text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no {'whole ' if kind is int else ''}number"
        ) from None


def add_options(
    add: Callable[..., Any],
    *settings: Any,
    names: Collection[str] | None = None,
    renamed: Mapping[str, str] | None = None,
    metavars: Mapping[str, str] | None = None,
    **types: Callable[[str], Any],
) -> None:
    """Add an option for each field of settings; an option that is not given is None.

    Types, bounds and choices are those of the fields, and the help is their description, with the
    default.

    Args:
        add: `add_argument` of a parser or a group.
        settings: Dataclasses whose defaults are shown: one, or several with the same fields. Or a
            class, whose defaults are not shown: others take their place.
        names: The fields, in this order; None: all.
        renamed: Field -> name of its option, where the names differ.
        metavars: Field -> name of its value in the help.
        types: Field -> argparse type, for fields that are not text, a number, or a tuple of names.
    """
    kind = settings[0] if isinstance(settings[0], type) else type(settings[0])
    bounds, told, hints = bounds_of(kind), descriptions(kind), get_type_hints(kind)
    for name in names if names is not None else hints:
        known = bounds.get(name, Bounds())
        defaults = [getattr(each, name) for each in settings if each is not kind]
        add(
            f"--{(renamed or {}).get(name, name).replace('_', '-')}",
            dest=(renamed or {}).get(name, name),
            **_parsing(hints[name], known, types.get(name)),
            **({"metavar": metavars[name]} if metavars and name in metavars else {}),
            help=_help(told.get(name, ""), defaults),
        )


def _parsing(hint: Any, bounds: Bounds, given: Callable[[str], Any] | None) -> dict[str, Any]:
    """Return how argparse reads a field."""
    kinds = [each for each in (get_args(hint) or (hint,)) if each is not type(None)]
    is_tuple = get_origin(hint) is tuple
    if given is not None:
        return {"type": given}
    if bounds.choices is not None:
        names = tuple(bounds.choices)
        return {"type": names_of(names)} if is_tuple else {"choices": names}
    if kinds[0] is str:
        return {}
    return {"type": _within(bounds, kinds[0])}


def _within(bounds: Bounds, kind: type) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = _number(text, kind)
        if fault := bounds.fault("", value):
            raise argparse.ArgumentTypeError(fault.strip())
        return value

    return parse


def _help(text: str, defaults: Sequence[Any]) -> str:
    text = text.rstrip(".").replace("`", "")
    text = text if text[1:2].isupper() else text[:1].lower() + text[1:]
    shown = [_shown(each) for each in defaults if each != {}]
    if None in shown:
        text = text.replace("None: ", "default: ")
    if not shown or all(each is None for each in shown):
        return text.replace("%", "%%")
    return f"{text} (default: {' | '.join(each or '–' for each in shown)})".replace("%", "%%")


def _shown(value: Any) -> str | None:
    if isinstance(value, tuple):
        return ",".join(_shown(each) or "" for each in value) or "none"
    return f"{value:g}" if isinstance(value, float) else None if value is None else str(value)


def fraction(text: str) -> float:
    """Argparse type: a number in [0, 1]."""
    value: float = at_least(0.0, float)(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"must be at most 1, not {text}")
    return value


def check_device(text: str) -> str:
    """Return a device that is there (`auto` picks cuda, else cpu).

    Raises:
        argparse.ArgumentTypeError: If the device is unknown or absent.
    """
    import torch  # noqa: PLC0415  (--help answers without loading torch)

    if text == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not re.fullmatch(r"cpu|mps|cuda(:\d{1,3})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no device: use auto, cpu, cuda or cuda:N")
    try:
        torch.empty(1, device=text)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise argparse.ArgumentTypeError(
            f"the device {text!r} is not there on this machine: use auto or cpu"
        ) from None
    return text


def device_option(text: str) -> str:
    """Return the device of a `--device` option.

    Raises:
        ConfigurationError: If it is unknown or not there.
    """
    try:
        return check_device(text)
    except argparse.ArgumentTypeError as error:
        raise ConfigurationError(f"--device: {error}") from None


def precision_option(text: str, device: str) -> str:
    """Return the precision of a `--precision` option: `auto` is bf16-mixed on a GPU."""
    if text != "auto":
        return text
    return "bf16-mixed" if device.startswith("cuda") else "32-true"


def run_command(command: Callable[[], int | None]) -> int:
    """Run a command; print expected errors as one line and return the exit code.

    SIGTERM and SIGHUP stop it as Ctrl-C does. What nobody expected is one line, too, with the name
    of a file that keeps the traceback.
    """
    try:
        with stopped_by_signals(), library_settings():
            return command() or 0
    except LatentboError as error:
        print(f"error: {hide(str(error))}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        print(f"error: {error.strerror or error}{place}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as interruption:
        signal = f" ({interruption})" if isinstance(interruption, Interrupted) else ""
        print(f"interrupted{signal}", file=sys.stderr)
        return getattr(interruption, "exit_code", INTERRUPTED)
    except Exception as error:
        print(f"error: {_unexpected(error)}; {_kept(error)}", file=sys.stderr)
        return 1


def _unexpected(error: Exception) -> str:
    # torch has errors of its own for the memory of machines and of GPUs.
    out_of_memory = "OutOfMemoryError", "can't allocate memory"
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError) or any(words in said for words in out_of_memory):
        return "the memory is exhausted: take a smaller file, batch or model, or more memory"
    said = hide(" ".join(str(error).split()))[:MOST_SAID]
    return f"{type(error).__name__}: {said}; nobody expected this: report it"


def _kept(error: BaseException) -> str:
    """Keep a traceback in a file, and say where."""
    lines = [hide(line) for line in traceback.format_exception(error)]
    try:
        number, path = tempfile.mkstemp(prefix="latentbo-error-", suffix=".txt")
        with open(number, "w", encoding="utf-8", errors="replace") as file:
            file.writelines(lines)
    except OSError:  # no place for it: then where it happened must do
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"it happened in {place.filename}, line {place.lineno}"
    return f"the traceback is in {path}"
