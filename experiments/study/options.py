"""Options that studies share, and settings with the options that were given."""

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

from latentbo.command_line import at_least

Settings = TypeVar("Settings")


def study_parser(
    description: str, smoke: str = "a small run that CI can afford"
) -> argparse.ArgumentParser:
    """Return a parser with --out, --smoke and --resume.

    Args:
        description: For --help.
        smoke: Help of --smoke.
    """
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder; what is done there is not done again")
    add("--smoke", action="store_true", help=smoke)
    add("--resume", action="store_true", help="go on in --out (also done without this option)")
    return parser


def numbers_option(text: str) -> tuple[int, ...]:
    """Argparse type: whole numbers from 0, with commas between."""
    parse = at_least(0)
    return tuple(parse(part) for part in text.split(","))


def seeds_option(text: str) -> tuple[int, ...]:
    """Argparse type: whole numbers from 0, with commas between, each once."""
    return tuple(dict.fromkeys(numbers_option(text)))


def chosen(settings: Settings, options: argparse.Namespace, **renamed: str) -> Settings:
    """Return settings in which given options replace the fields of the same name.

    Args:
        settings: A dataclass.
        options: Of the command line; an option that is None was not given.
        renamed: Field -> name of its option, where the names differ. If any are named, only these
            fields are replaced.
    """
    names = renamed or {field.name: field.name for field in fields(settings)}  # type: ignore[arg-type]
    given = {field: getattr(options, name, None) for field, name in names.items()}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(settings, **changes)  # type: ignore[type-var]
