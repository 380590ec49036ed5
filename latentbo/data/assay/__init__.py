"""Assay files as laboratories write them: any usual table of strings and measured values."""

from latentbo.data.assay.columns import STRING_COLUMNS, ColumnNames
from latentbo.data.assay.faults import fault_table, left_out_lines, write_left_out
from latentbo.data.assay.reader import Assay, MeasuredLine, Unusable, read_assay
from latentbo.data.assay.values import Bound

__all__ = [
    "STRING_COLUMNS",
    "Assay",
    "Bound",
    "ColumnNames",
    "MeasuredLine",
    "Unusable",
    "fault_table",
    "left_out_lines",
    "read_assay",
    "write_left_out",
]
