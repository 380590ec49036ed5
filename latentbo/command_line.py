"""What the command lines share: errors to exit codes, argument types, devices."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from latentbo.errors import LatentboError

__all__ = ["HelpFormatter", "at_least", "check_device", "fraction", "run_command"]

INTERRUPTED = 130


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the layout of examples, and shows defaults."""


def at_least(least: float, kind: type = int, exclusive: bool = False) -> Callable[[str], Any]:
    """Return an argparse type: a number of `kind`, at least (or above) `least`."""

    def parse(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"{text!r} is no {'whole ' if kind is int else ''}number"
            ) from None
        if value != value or value < least or (exclusive and value == least):
            bound = f"above {least}" if exclusive else f"at least {least}"
            raise argparse.ArgumentTypeError(f"must be {bound}, not {text}")
        return value

    return parse


def fraction(text: str) -> float:
    """Argparse type: a number in [0, 1]."""
    value: float = at_least(0.0, float)(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"must be at most 1, not {text}")
    return value


def check_device(text: str) -> str:
    """Argparse type: a device that is there (`auto` picks cuda, mps or cpu).

    Raises:
        argparse.ArgumentTypeError: If the device is unknown or absent.
    """
    import torch  # noqa: PLC0415  (--help answers without loading torch)

    if text == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(text)
    except RuntimeError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no device: use auto, cpu, cuda or cuda:N"
        ) from None
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise argparse.ArgumentTypeError(
            f"the device {text!r} is not there on this machine: use auto or cpu"
        ) from None
    return text


def run_command(command: Callable[[], int | None]) -> int:
    """Run a command; print expected errors as one line and return the exit code."""
    try:
        return command() or 0
    except LatentboError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        print(f"error: {error.strerror or error}{place}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
