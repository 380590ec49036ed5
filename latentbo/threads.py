"""The number of CPU threads of a run."""

import os

MOST = 8
#: More are no machine's; asked for a billion, torch ends the process.
MOST_THREADS = 1024


def default_threads() -> int:
    """Return the default number of CPU threads of a run.

    It is `OMP_NUM_THREADS` if set, as on clusters and by people who start several runs at once;
    else all cores, at most 8. As in OpenMP, the first of several numbers counts, and other text is
    ignored.
    """
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if first.isdecimal() and int(first) > 0:
        return min(int(first), MOST_THREADS)
    return min(MOST, os.cpu_count() or 1)
