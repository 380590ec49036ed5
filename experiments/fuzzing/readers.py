"""The readers that are fuzzed: what each reads, and good inputs of it."""

import gzip
import io
import random
import shutil
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from fuzzing.mutations import mutated, mutated_ledger

from latentbo.chemistry import load_constraints
from latentbo.data import read_lines
from latentbo.data.assay import read_assay
from latentbo.data.bounds import Bound
from latentbo.data.compounds import Compound, read_compounds, write_compounds
from latentbo.errors import CheckpointError
from latentbo.hiding import hide
from latentbo.images.data.idx import read_idx
from latentbo.images.metrics import (
    ClassifierConfig,
    ImageClassifier,
    load_classifier,
    save_classifier,
)
from latentbo.images.metrics.weights import read_weights
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    SequenceAutoencoder,
    TrainedModel,
    load_model,
    save_model,
)
from latentbo.objectives import constraints_of, evaluate, objective_from
from latentbo.objectives.sources import load_lookup
from latentbo.parsing import load_grammar
from latentbo.protocols import read_labelled
from latentbo.protocols.held_out import write_labelled
from latentbo.report import load_run
from latentbo.representations import SelfiesRepresentation
from latentbo.run import open_run
from latentbo.tasks import TASKS
from latentbo.training.checkpoint import load_checkpoint, save_checkpoint

CORPUS = Path(__file__).with_name("corpus")
BODY = b'{"values": [1.5]}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n" + BODY
MOVED = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n" + BODY + b"\r\n0\r\n\r\n"
SECONDS = 2.0


@dataclass
class Reader:
    """One reader.

    Args:
        name: In the count.
        inputs: Good inputs.
        read: Reads a file; raises what the reader raises.
        suffix: Of the file.
    """

    name: str
    inputs: list[bytes]
    read: Callable[[Path], Any]
    suffix: str = ""

    def damaged(self, path: Path, generator: random.Random) -> Path:
        """Write a damaged copy of one of the inputs, and return its path."""
        path = path.with_name(f"{self.name}{self.suffix}")
        path.write_bytes(mutated(generator.choice(self.inputs), self.inputs, generator))
        return path


@dataclass
class FolderReader(Reader):
    """A reader of folders: one file of a good folder is damaged.

    Args:
        folder: The good one.
    """

    folder: Path = Path()

    def damaged(self, path: Path, generator: random.Random) -> Path:
        """See `Reader.damaged`; the path is that of the folder."""
        path = path.with_name(self.name)
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.folder, path)
        chosen = generator.choice(sorted(each for each in path.rglob("*") if each.is_file()))
        if chosen.suffix == ".sqlite" and generator.random() < 0.6:
            mutated_ledger(chosen, generator)
        else:
            content = chosen.read_bytes()
            chosen.write_bytes(mutated(content, [content], generator))
        return path


def make_readers(work: Path) -> dict[str, Reader]:
    """Return the readers by name; models and runs among their inputs are made in `work`."""
    torch.manual_seed(0)
    task = TASKS["molecules"].strings
    tables = [path.read_bytes() for path in sorted(CORPUS.glob("assay*"))]
    tables += [gzip.compress(tables[0], mtime=0), *_workbooks()]
    model, run = _model(work / "good-model"), work / "good-run"
    _run(run, model)
    server = _Server()

    def lines(path: Path) -> None:
        read_lines(path)

    def goals(path: Path) -> None:
        constraints_of(str(path))
        evaluate(objective_from(str(path)), "c1ccccc1O")

    def whole_run(path: Path) -> None:
        opened = open_run(path)
        # What resuming and reports read of it.
        _ = opened.pool, opened.labelled, opened.compounds
        load_run(path)

    def text(path: Path) -> None:
        shown = hide(path.read_text(errors="replace"))
        if hide(shown) != shown:
            raise AssertionError("what is hidden changes when it is hidden again")

    readers = [
        Reader("assay", tables, lambda path: read_assay(path, task)),
        Reader("strings", tables, lines),
        Reader("lookup", _corpus("lookup"), load_lookup, ".csv"),
        Reader("goals", _corpus("goals"), goals, ".toml"),
        Reader("constraints", _corpus("constraints"), load_constraints, ".toml"),
        Reader("grammar", _corpus("grammar"), load_grammar, ".cfg"),
        Reader("compounds", [_written(work, _compounds)], read_compounds),
        Reader("labelled", [_written(work, _labelled)], read_labelled),
        Reader("checkpoint", [_written(work, _checkpoint)], load_checkpoint),
        Reader("classifier", [_written(work, _classifier)], load_classifier),
        Reader("weights", [_written(work, _state)], read_weights),
        Reader("idx", _idx(), lambda path: read_idx(path, 1)),
        Reader("http", [ANSWER, MOVED, CHUNKED], server.answer),
        Reader("secrets", _corpus("secrets"), text),
        FolderReader("model", [], load_model, folder=model),
        FolderReader("run", [], whole_run, folder=run),
    ]
    return {reader.name: reader for reader in readers}


def _corpus(kind: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(CORPUS.glob(f"{kind}*"))]


def _workbooks() -> list[bytes]:
    try:
        from openpyxl import Workbook  # noqa: PLC0415  (an extra)
    except ImportError:
        return []
    workbook, stream = Workbook(), io.BytesIO()
    for row in (["ID", "SMILES", "pIC50"], ["A-1", "CCO", 5.5], ["A-2", "c1ccccc1", ">6"]):
        workbook.active.append(row)
    workbook.save(stream)
    return [stream.getvalue()]


def _written(work: Path, write: Callable[[Path], object]) -> bytes:
    path = work / "written"
    path.unlink(missing_ok=True)
    write(path)
    return path.read_bytes()


def _compounds(path: Path) -> None:
    compound = Compound("CCO", 1.5, None, "A-1", 2, {"note": "-x"})
    write_compounds(path, [compound, Compound("CCN", None, Bound(">", 2.0), "", 3, {})])


def _labelled(path: Path) -> None:
    write_labelled(path, [("CCO", 1.5), ("-x", -2.0)])


def _checkpoint(path: Path) -> None:
    save_checkpoint(path, {"network": {"a": torch.ones(3)}, "optimizer": {}, "step": 1})


def _classifier(path: Path) -> None:
    sizes = ClassifierConfig(size=8, num_classes=2, width=1, num_features=1)
    save_classifier(ImageClassifier(sizes), path, {"dataset": "squares"})


def _state(path: Path) -> None:
    torch.save({"a": torch.ones(3), "b": torch.zeros(2, dtype=torch.int64)}, path)


def _idx() -> list[bytes]:
    content = bytes((0, 0, 8, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5))
    return [content, gzip.compress(content, mtime=0)]


def _model(folder: Path) -> Path:
    representation = SelfiesRepresentation.build(["CCO", "c1ccccc1O", "CC(N)=O"], 12)
    config = NetworkConfig(4, 4, 4, 4, 1)
    network = SequenceAutoencoder(len(representation.vocabulary), config)
    save_model(TrainedModel(network, representation, config, PriorConfig(1), {}), folder)
    return folder


def _run(folder: Path, model: Path) -> None:
    """Make a run with a few calls."""
    from latentbo.optimize import main  # noqa: PLC0415

    given = folder.with_name("given.csv")
    given.write_bytes((CORPUS / "assay.csv").read_bytes())
    command = ["molecules", "--model", model, "--initial", given, "--budget", 4, "--preset"]
    command += ["random", "--objective", "qed", "--threads", 1, "--quiet", "--out", folder]
    if main(list(map(str, command))):
        raise CheckpointError(f"the run in {folder} could not be made")
    for path in folder.glob("*"):
        if path.suffix in (".html", ".png", ".sdf"):  # nothing reads them
            path.unlink()


class _Server:
    """Answers every question with the bytes of a file."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._content = b""
        port = self._socket.getsockname()[1]
        self._objective = objective_from(f"http://127.0.0.1:{port}/score", SECONDS)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with suppress(OSError), connection:
                connection.settimeout(SECONDS)
                connection.recv(1 << 16)
                connection.sendall(self._content)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 16):
                    pass

    def answer(self, path: Path) -> None:
        """Ask for a value; every wrong answer must be a failure that says what was answered."""
        self._content = path.read_bytes()
        outcome = evaluate(self._objective, "C")
        if outcome.value is None and "server" not in outcome.error:
            raise AssertionError(f"no answer of a server: {outcome.error}")
