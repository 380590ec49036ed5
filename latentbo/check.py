"""`python -m latentbo.check FILE`: what an assay file holds, and all that is wrong with it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from latentbo.command_line import Parser, add_column_options, run_command
from latentbo.tasks import TASKS

DESCRIPTION = """Show how a file of molecules or measurements is read, with all its faults.

Nothing is computed: the table of faults stands there in a second. It holds for --initial
and --observe of latentbo.optimize and --data of latentbo.train: they read files the same way.
"""
EXAMPLES = """examples:
  python -m latentbo.check assay.csv
  python -m latentbo.check assay.xlsx --value-column "pIC50 (M)" --id-column Compound
  python -m latentbo.check assay.csv --left-out left-out.csv
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments)
    return run_command(lambda: _check(options))


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser("python -m latentbo.check", DESCRIPTION, EXAMPLES)
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="text, gzipped text, .xlsx or .sdf")
    add(
        "--task",
        choices=tuple(TASKS),
        default="molecules",
        help="what the strings are",
    )
    add(
        "--left-out",
        type=Path,
        metavar="FILE",
        help="write the lines that are left out, with their reasons, as CSV",
    )
    add_column_options(parser)
    return parser


def _check(options: argparse.Namespace) -> None:
    # Imported here so that --help is answered without loading RDKit.
    from latentbo.data.assay import (  # noqa: PLC0415
        ColumnNames,
        fault_table,
        left_out_lines,
        read_assay,
        write_left_out,
    )

    given = ColumnNames(options.smiles_column, options.value_column, options.id_column)
    assay = read_assay(options.file, TASKS[options.task].strings, given)
    print(fault_table(assay))
    if options.left_out is not None:
        write_left_out(options.left_out, left_out_lines(assay))


if __name__ == "__main__":
    sys.exit(main())
