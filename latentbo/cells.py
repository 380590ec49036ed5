"""Cells of CSV files as spreadsheets read them."""

import re

# What begins like this is a formula to a spreadsheet, which may start programs. A text that already
# has the apostrophes gets one more, so that `plain` gives back what there was.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def cell(text: str) -> str:
    """Return a text for a CSV file: one that would be a formula gets an apostrophe before it.

    Numbers stay as they are. See "CSV Injection" of the Open Worldwide Application Security
    Project.
    """
    if not _FORMULA.match(text):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def plain(text: str) -> str:
    """Return the text that `cell` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
