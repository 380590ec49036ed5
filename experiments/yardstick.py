"""Does a refactoring leave all results unchanged?

    python experiments/yardstick.py --record before.json [--only searches,strings/selfies]
    python experiments/yardstick.py --compare before.json [--tolerance 1e-6] [--record after.json]

Runs short searches (ledgers of every preset and both tasks, an ask-tell run, fronts, both
protocols), short trainings of strings, images and networks that count (metrics), evaluations, and
every help, all on one thread and with made-up data. --record writes the results. --compare runs
all again and lists differences: exit code 0 if there are none, 1 if there are some or a job failed,
2 for unusable input; with both options the jobs run once. Parts are searches, strings, images,
counting, evaluations and help, with jobs such as strings/selfies.

Numbers must be equal to the last bit, unless --tolerance allows more. Neither times nor names of
classes and fields are recorded. Record and compare on one machine with the same packages: rounding
differs between machines.

One CPU core: 2 minutes, half of them for the searches of molecules; --only strings,images,counting:
20 s. Expected: nothing differs.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from yardstick_parts.commands import HELPS
from yardstick_parts.comparing import differences, readable
from yardstick_parts.evaluations import EVALUATIONS
from yardstick_parts.searches import SEARCHES
from yardstick_parts.trainings import COUNTING, IMAGES, STRINGS

from latentbo.command_line import at_least
from latentbo.errors import ConfigurationError, LatentboError

PARTS: dict[str, dict[str, Callable[[Path], Any]]] = {
    "searches": {**SEARCHES},
    "strings": {**STRINGS},
    "images": {**IMAGES},
    "counting": {**COUNTING},
    "evaluations": {**EVALUATIONS},
    "help": {**HELPS},
}
JOBS = {f"{part}/{name}": job for part, jobs in PARTS.items() for name, job in jobs.items()}
PACKAGES = ("torch", "botorch", "gpytorch", "rdkit", "selfies", "numpy")
FAILED = "failed"
Records = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.record is None and options.compare is None:
        parser.error("give --record FILE, --compare FILE, or both")
    try:
        return _yardstick(options)
    except LatentboError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--record", type=Path, metavar="FILE", help="write the records; must not exist")
    add("--compare", type=Path, metavar="FILE", help="compare with the records of this file")
    add("--only", type=chosen, metavar="PARTS", help="parts or part/name, with commas between")
    add("--tolerance", type=at_least(0, float), default=0.0, help="of numbers, relative from 1 on")
    return parser


def chosen(text: str) -> list[str]:
    """Argparse type: the names of jobs, from parts or single jobs."""
    names = []
    for word in text.split(","):
        found = [name for name in JOBS if word in (name, name.partition("/")[0])]
        if not found:
            known = ", ".join(PARTS)
            raise argparse.ArgumentTypeError(f"{word!r} is neither a part ({known}) nor a job")
        names += found
    return list(dict.fromkeys(names))


def _yardstick(options: argparse.Namespace) -> int:
    if options.record is not None and options.record.exists():
        raise ConfigurationError(f"{options.record} exists: give another file to --record")
    before = None if options.compare is None else _read(options.compare)
    names = options.only or list(JOBS if before is None else before)
    after = run_jobs([name for name in names if name in JOBS])
    if options.record is not None:
        _write(options.record, after)
    return _report(compare(after if before is None else before, after, names, options.tolerance))


def run_jobs(names: Sequence[str]) -> Records:
    """Run jobs, each in its own empty folder, and return their records by name."""
    torch.set_num_threads(1)
    records = {}
    with tempfile.TemporaryDirectory() as folder:
        # The user's folders are neither read nor written.
        os.environ["LATENTBO_CACHE_DIR"] = str(Path(folder, "cache"))
        os.environ.pop("LATENTBO_DATA_DIR", None)
        for name in names:
            own = Path(folder, name)
            own.mkdir(parents=True)
            started = time.process_time()
            records[name] = _run_job(JOBS[name], own)
            seconds = time.process_time() - started
            print(f"{name}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return records


def _run_job(job: Callable[[Path], Any], folder: Path) -> Any:
    """Return a job's record after a round trip through JSON; a failure is a record, too."""
    try:
        return json.loads(json.dumps(job(folder)))
    except Exception as error:  # one failed job must not hide the others' records
        return {FAILED: f"{type(error).__name__}: {error}".replace(str(folder), "FOLDER")}


def compare(
    before: Records, after: Records, names: Sequence[str], tolerance: float = 0.0
) -> dict[str, list[str]]:
    """Return the differences of each named job; a failed job has at least one."""
    found = {}
    for name in names:
        if name not in before:
            found[name] = ["not in the file"]
        elif name not in after:
            found[name] = ["there is no such job any more"]
        elif isinstance(after[name], dict) and FAILED in after[name]:
            found[name] = [after[name][FAILED]]
        else:
            found[name] = list(differences(before[name], after[name], tolerance))
    return found


def _report(found: dict[str, list[str]]) -> int:
    for line in readable(found):
        print(line)
    different = sum(map(bool, found.values()))
    print(f"{len(found) - different} of {len(found)} jobs as they should be")
    return int(different > 0)


def _read(path: Path) -> Records:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        versions, records = content["versions"], content["records"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{path} cannot be used ({error}): give a file that --record wrote"
        ) from error
    if versions != _versions():
        print(f"note: recorded with {versions}, not with {_versions()}", file=sys.stderr)
    return dict(records)


def _write(path: Path, records: Records) -> None:
    content = {"versions": _versions(), "records": records}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in PACKAGES}


if __name__ == "__main__":
    sys.exit(main())
