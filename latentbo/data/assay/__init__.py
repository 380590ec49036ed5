"""Assay files as laboratories write them: any usual table of strings and measured values."""

from latentbo.data.assay.columns import ColumnNames
from latentbo.data.assay.faults import fault_table, left_out_lines, write_left_out
from latentbo.data.assay.kinds import MOLECULES, StringKind
from latentbo.data.assay.reader import Assay, MeasuredLine, Unusable, check_usable, read_assay
from latentbo.data.assay.string_column import read_string_column
from latentbo.data.bounds import Bound

__all__ = [
    "MOLECULES",
    "Assay",
    "Bound",
    "ColumnNames",
    "MeasuredLine",
    "StringKind",
    "Unusable",
    "check_usable",
    "fault_table",
    "left_out_lines",
    "read_assay",
    "read_string_column",
    "write_left_out",
]
