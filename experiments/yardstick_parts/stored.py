"""The content of a folder under fixed names, independent of names in the package."""

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from latentbo.ledger import Evaluation, Ledger

# Fixed name -> current attribute. The only place to adapt when an attribute is renamed.
STEP = {"batch": "batch", "state": "state"}
CALL = {
    "call": "call",
    "batch": "batch",
    "string": "string",
    "origin": "origin",
    "details": "details",
    "status": "status",
    "value": "value",
    "message": "message",
    "terms": "terms",
}
LEDGER, HITS, PROTOCOL = "ledger.sqlite", "hits.csv", "protocol.json"
#: Measured times: equal runs differ in them.
TIMES = ("seconds", "rows_per_second")
NUM_HITS, NUM_STEPS = 4, 3


def search_record(directory: Path) -> dict[str, Any]:
    """Return the ledger of a run without times, the first lines of its hits, and its protocol."""
    with Ledger.open(directory / LEDGER) as ledger:
        rows = ledger.comparable()
    calls = [row for row in rows if isinstance(row, Evaluation)]
    steps = [row for row in rows if not isinstance(row, Evaluation)]
    return {
        "steps": [_renamed(row, STEP) for row in steps],
        "calls": [_renamed(row, CALL) for row in calls],
        "hits": (directory / HITS).read_text(encoding="utf-8").splitlines()[:NUM_HITS],
        "protocol": without(read_json(directory / PROTOCOL)),
    }


def training_record(directory: Path) -> dict[str, Any]:
    """Return a training's metrics without times, and the sum of its weights' sizes."""
    lines = (directory / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    last = [json.loads(line) for line in lines[-NUM_STEPS:]]
    return {
        "lines": len(lines),
        "last": without(last),
        "metrics": without(read_json(directory / "metrics.json")),
        "vocabulary": read_json(directory / "vocabulary.json"),
        "weights": _sum_of_weights(directory / "model.safetensors"),
    }


def _renamed(row: Any, names: dict[str, str]) -> dict[str, Any]:
    return {ours: getattr(row, theirs) for ours, theirs in names.items()}


def without(value: Any, names: Collection[str] = ()) -> Any:
    """Return a JSON value without times, and without other names, at any depth."""
    if isinstance(value, list):
        return [without(each, names) for each in value]
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key not in (*TIMES, *names)}
        return {key: without(each, names) for key, each in kept.items()}
    return value


def read_json(path: Path) -> Any:
    """Return the content of a file; None if it is missing."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _sum_of_weights(path: Path) -> float | None:
    """Return a number that depends on each weight, but not on their names or order."""
    if not path.exists():
        return None
    return math.fsum(float(tensor.double().abs().sum()) for tensor in load_file(path).values())
