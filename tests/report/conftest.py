"""A small run in a folder: five calls on the initial pool, five by the optimizer, one pending."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import Evaluation, Proposal, Status, StepRecord
from latentbo.report.groups import Member
from latentbo.report.run import Run, load_run

RunFactory = Callable[..., Path]
MemberFactory = Callable[..., Member]

SCRIPT = "<script>alert('x')</script>"
CONFIG = {
    "task": "molecules",
    "objective": f"my.py:score {SCRIPT}",
    "model": "default",
    "seed": 3,
    "budget": 11,
    "filter": {"max_heavy_atoms": 38, "min_rings": None},
    "versions": {"latentbo": "0.1.0"},
    "command": f"python -m latentbo.optimize molecules --objective '{SCRIPT}'",
}
# (smiles, value, message); calls 1 to 5 are the initial pool
CALLS: list[tuple[str, float | None, str]] = [
    ("c1ccccc1", 1.0, ""),
    ("c1ccncc1", None, f"{SCRIPT}\n\n$$$$\n> <value>"),
    ("Cc1ccccc1", 2.5, ""),
    ("Oc1ccccc1", -3.0, ""),
    ("C1CCCCC1", 2.5, ""),
    ("Clc1ccccc1", 2.0, ""),
    ("c1cc[nH]c1", 4.0, ""),
    ("C[C@H](N)c1ccccc1", None, "$$$$"),
    ("O=[N+]([O-])c1ccccc1", 4.0, ""),
    ("CC(=O)Oc1ccccc1C(=O)O", 1 / 3, ""),
]
PENDING = "Brc1ccccc1"


def write_run(directory: Path, seconds: float, interrupted: bool) -> Path:
    """Makes the folder of the run above, which may be interrupted in call 7."""
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps(CONFIG))
    rows = [*CALLS, (PENDING, None, "")]
    proposals = [
        Proposal(call, int(call > 5), smiles, "initial" if call <= 5 else "trust-region")
        for call, (smiles, _, _) in enumerate(rows, start=1)
    ]
    with Ledger.create(directory / "ledger.sqlite") as ledger:
        ledger.propose(StepRecord(0), proposals[:5])
        counts = {"decoded": 40, "invalid": 1, "filtered": 10, "known": 23}
        counts |= {"filtered: rings (at least 1)": 3, "filtered: structural alert (Brenk)": 7}
        for call, (_, value, message) in enumerate(CALLS, start=1):
            if call == 6:
                ledger.propose(StepRecord(1, {"length": 0.8, **counts}), proposals[5:])
            if call == 7 and interrupted:
                ledger.start(call)
            ledger.start(call)
            ledger.finish(call, value, message, seconds)
    return directory


@pytest.fixture
def make_run(tmp_path: Path) -> RunFactory:
    def make(name: str, seconds: float = 0.25, interrupted: bool = True) -> Path:
        return write_run(tmp_path / name, seconds, interrupted)

    return make


@pytest.fixture
def run_directory(make_run: RunFactory) -> Path:
    return make_run("run")


@pytest.fixture
def run(run_directory: Path) -> Run:
    return load_run(run_directory)


@pytest.fixture
def make_member(tmp_path: Path) -> MemberFactory:
    """Runs in memory, half of whose calls were spent on the initial pool."""

    def make(
        values: Sequence[float | None], seed: int = 0, name: str = "", **config: object
    ) -> Member:
        rows = [
            Evaluation(
                *(call, 0, "C" * call, "initial" if call <= len(values) // 2 else "ga", {}),
                *(Status.FAILED if value is None else Status.OK, value, "", 0.5),
            )
            for call, value in enumerate(values, start=1)
        ]
        settings = {
            **{"task": "molecules", "objective": "qed", "seed": seed, "budget": len(values)},
            **config,
        }
        return Member(tmp_path / (name or f"run-{seed}"), Run(settings, rows))

    return make
