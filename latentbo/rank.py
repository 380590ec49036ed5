"""`python -m latentbo.rank FILE --run DIR`: a vendor's list in the order of a run's acquisition."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from latentbo.cells import cell, rows_writer
from latentbo.command_line import Parser, add_column_options, at_least, run_command
from latentbo.errors import ConfigurationError

DESCRIPTION = """Rank molecules, a vendor's list say, by the model and the acquisition of a run.

The first places are chosen by Thompson sampling, as the run's own batches are: among good guesses
and uncertain ones. The others follow by prediction plus deviation. Molecules that the run knows
already come last, with their values.
"""
EXAMPLES = """examples:
  python -m latentbo.rank vendor.smi --run runs/lab > ranked.csv
  python -m latentbo.rank vendor.xlsx --smiles-column Structure --run runs/lab --number 96
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments)
    return run_command(lambda: _rank(options))


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser("python -m latentbo.rank", DESCRIPTION, EXAMPLES)
    add = parser.add_argument
    add("file", type=Path, metavar="FILE", help="molecules: text, gzipped text, .xlsx or .sdf")
    add("--run", type=Path, required=True, metavar="DIR", help="folder of the run")
    add(
        "--number",
        type=at_least(1),
        default=50,
        metavar="N",
        help="places that are chosen by Thompson sampling",
    )
    add("--seed", type=int, default=0, help="of the samples")
    add_column_options(parser, has_values=False)
    return parser


def _rank(options: argparse.Namespace) -> None:
    # Imported here so that --help is answered without loading RDKit and torch.
    from latentbo.data.assay import MOLECULES, ColumnNames, fault_table, read_assay  # noqa: PLC0415

    given = ColumnNames(options.smiles_column, id=options.id_column)
    assay = read_assay(options.file, MOLECULES, given, has_values=False)
    if assay.unusable:
        print(fault_table(assay), file=sys.stderr, flush=True)
    from latentbo.report import load_run  # noqa: PLC0415
    from latentbo.report.ranking import rank_strings  # noqa: PLC0415

    ranked = rank_strings(
        load_run(options.run), [line.string for line in assay.lines], options.number, options.seed
    )
    if ranked is None:
        raise ConfigurationError(
            f"the run in {options.run} has too few values to learn from, or is not over molecules"
        )
    lines = {line.string: line for line in reversed(assay.lines)}
    further = list(dict.fromkeys(name for line in assay.lines for name in line.further))
    writer = rows_writer(sys.stdout)
    writer.writerow(
        ["rank", "id", "smiles", "predicted", "deviation", "known", *map(cell, further)]
    )
    for place, each in enumerate(ranked, start=1):
        line = lines[each.string]
        numbers = (f"{each.predicted:.4g}", f"{each.deviation:.4g}")
        own = (cell(line.further.get(name, "")) for name in further)
        writer.writerow([place, cell(line.id), cell(each.string), *numbers, each.known, *own])


if __name__ == "__main__":
    sys.exit(main())
