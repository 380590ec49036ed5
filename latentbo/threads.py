"""How many threads a run computes with."""

import os

__all__ = ["default_threads"]

MOST = 8


def default_threads() -> int:
    """Return the number of CPU threads of a run that names none.

    It is that of `OMP_NUM_THREADS` where it is set, as clusters do for their jobs and people who
    start several runs at once; else all cores, at most 8. As OpenMP does, it takes the first of
    several numbers and ignores what is none.
    """
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if first.isdecimal() and int(first) > 0:
        return int(first)
    return min(MOST, os.cpu_count() or 1)
