"""Cells of CSV files as spreadsheets read them."""

# What begins like this is a formula to a spreadsheet, which may start programs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(text: str) -> str:
    """Return a text for a CSV file: one that would be a formula gets an apostrophe before it.

    Numbers stay as they are. See "CSV Injection" of the Open Worldwide Application Security
    Project.
    """
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
