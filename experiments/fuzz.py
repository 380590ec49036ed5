"""Does any reader end with a traceback, whatever it is given?

    python experiments/fuzz.py --seconds 600 [--readers assay,goals] [--seed 0] [--out DIR]

Damaged copies of small good inputs (`experiments/fuzzing/corpus`, and models, runs and weights that
are made at the start) go to the readers in turn: assay files (text, gzip, `.xlsx`, `.sdf`), tables
of values, TOML files of goals and constraints, grammars, model and run folders (`config.json`,
`vocabulary.json`, weights, ledger, pool), checkpoints, weights of feature networks, IDX files and
the answers of a server. A reader may return, or raise an error of latentbo's own; anything else is
a traceback, and more than 20 seconds are a hang.

The inputs are those of a seed: the same seed gives the same ones. What made a new kind of traceback
is kept in DIR. The last line is JSON: inputs, tracebacks, hangs, seconds of processor time. The
exit code is 1 if there was a traceback or a hang.

Plain mutation, and neither atheris nor hypothesis: atheris is guided by the lines of Python that
run, and these readers run in RDKit, expat, SQLite and torch, which it does not see; hypothesis
makes values from nothing, and here almost all of what matters lies near a good file.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from fuzzing.readers import Reader, make_readers
from rdkit import RDLogger

from latentbo.command_line import at_least
from latentbo.errors import LatentboError

LONGEST = 20


class HangError(BaseException):
    """A reader took longer than it may."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz the readers; returns 1 if one ended with a traceback or hung."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--seconds", type=at_least(0, float, exclusive=True), default=60.0, help="processor time")
    add("--readers", metavar="NAMES", help="with commas (default: all)")
    add("--seed", type=int, default=0)
    add("--out", type=Path, metavar="DIR", help="keeps the inputs that made tracebacks")
    options = parser.parse_args(arguments)
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as work:
        readers = make_readers(Path(work))
        chosen = options.readers.split(",") if options.readers else list(readers)
        if unknown := set(chosen) - readers.keys():
            parser.error(f"{min(unknown)!r} is none of {', '.join(readers)}")
        found = fuzz([readers[name] for name in chosen], options, Path(work))
    print(json.dumps(found))
    return int(bool(found["tracebacks"] or found["hangs"]))


def fuzz(readers: list[Reader], options: argparse.Namespace, work: Path) -> dict[str, object]:
    """Give the readers damaged inputs, in turn, for some seconds; return the counts."""
    inputs, refused, faults = Counter[str](), 0, Counter[str]()
    hangs, number, start = 0, 0, time.process_time()
    signal.signal(signal.SIGALRM, _hang)
    while time.process_time() - start < options.seconds:
        reader = readers[number % len(readers)]
        generator = random.Random(f"{options.seed} {reader.name} {number // len(readers)}")
        number += 1
        path = reader.damaged(work / "input", generator)
        inputs[reader.name] += 1
        signal.alarm(LONGEST)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                reader.read(path)
        except LatentboError:
            refused += 1
        except HangError:
            hangs += 1
            _keep(options.out, path, f"{reader.name}-hang-{number}")
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{reader.name}: {type(error).__name__} at {Path(place.filename).name}"
            kind += f":{place.lineno}"
            if not faults[kind]:
                print(f"{kind}: {' '.join(str(error).split())[:200]}", flush=True)
                traceback.print_exception(error, file=sys.stderr)
                _keep(options.out, path, f"{reader.name}-{len(faults)}")
            faults[kind] += 1
        finally:
            signal.alarm(0)
    return {
        "inputs": sum(inputs.values()),
        "tracebacks": sum(faults.values()),
        "hangs": hangs,
        "refused": refused,
        "seconds": round(time.process_time() - start, 1),
        "seed": options.seed,
        "by_reader": dict(inputs),
        "kinds": dict(faults),
    }


def _hang(_: int, __: FrameType | None) -> None:
    raise HangError


def _keep(out: Path | None, path: Path, name: str) -> None:
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, out / name, dirs_exist_ok=True)
    else:
        shutil.copy(path, out / f"{name}{path.suffix}")


if __name__ == "__main__":
    sys.exit(main())
