"""One thread for all tests, a tiny model with random weights, and the command that uses it."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import settings
from slow_tests import (  # noqa: F401
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
)
from torch import Tensor

from latentbo.chemistry import standardize
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    SequenceAutoencoder,
    TrainedModel,
    load_model,
    save_model,
)
from latentbo.optimize import main
from latentbo.parsing import load_grammar
from latentbo.representations import (
    CharacterRepresentation,
    GrammarRepresentation,
    Representation,
    SelfiesRepresentation,
)

Stopper = Callable[[int], AbstractContextManager[None]]

# Also for commands that tests start in a process of their own.
os.environ["OMP_NUM_THREADS"] = "1"

# Chosen by `--hypothesis-profile`. Costly properties take a fraction of a profile's examples.
settings.register_profile("default", max_examples=100, deadline=None)
settings.register_profile("ci", max_examples=30, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("ci" if "CI" in os.environ else "default")

SMILES = """
c1ccccc1 Cc1ccccc1 Oc1ccccc1 C1CCCCC1 Clc1ccccc1 c1cc[nH]c1 c1ccncc1 CC(=O)Oc1ccccc1C(=O)O
Nc1ccccc1 O=C(O)c1ccccc1 C1CCNCC1 C1CCOC1 c1ccc2ccccc2c1 CC1CCCCC1 Fc1ccccc1 COc1ccccc1 N#Cc1ccccc1
CCc1ccccc1 C1CC1 OC1CCCC1 c1ccsc1 c1ccoc1 O=C1CCCCC1 CN1CCCC1 Cc1ccncc1 CC(C)c1ccccc1 Brc1ccccc1
CSc1ccccc1 NC1CCCCC1 OCc1ccccc1 C=Cc1ccccc1 c1cnccn1
"""

EXPRESSIONS = """
x x+1 x+x x*x x/3 sin(x) exp(x) 1/3+x x+sin(x) x*x+1 sin(x*x) x+sin(x*x) 1+2 3*x (x+1)*2 x/2+x
exp(x)/3 sin(x+1) x+2/3 x*(x+1) 2+sin(x)*x 1/x 3 sin(2*x)+x
"""


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Name compressed content without its bytes: they hold the second in which it was made.

    Test processes that collect in different seconds would else refuse to share the tests.
    """
    return "gzip" if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Commands set the number of threads; no test inherits it from another.

    Tests compute in small batches, where more threads cost more than they save.
    """
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def molecules() -> list[str]:
    """Thirty-two small molecules as canonical SMILES."""
    canonical = [standardize(smiles).smiles for smiles in SMILES.split()]
    return [smiles for smiles in canonical if smiles is not None]


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory: pytest.TempPathFactory, molecules: list[str]) -> Path:
    """A model folder of some kilobytes; the model decodes to random small molecules."""
    representation = SelfiesRepresentation.build(molecules, 24)
    return save_tiny(representation, tmp_path_factory.mktemp("models") / "tiny", {})


def save_tiny(representation: Representation, folder: Path, provenance: dict[str, Any]) -> Path:
    """Save a model of a representation with random weights, always the same."""
    config = NetworkConfig(8, 8, 8, 8, 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = SequenceAutoencoder(len(representation.vocabulary), config)
    model = TrainedModel(network, representation, config, PriorConfig(1), provenance)
    save_model(model, folder)
    return folder


@pytest.fixture(scope="session")
def expressions() -> list[str]:
    """Twenty-four short expressions."""
    return EXPRESSIONS.split()


@pytest.fixture(scope="session")
def expression_models(
    tmp_path_factory: pytest.TempPathFactory, expressions: list[str]
) -> dict[str, Path]:
    """Model folders by representation; the grammar's decodes to random expressions."""
    folder = tmp_path_factory.mktemp("models")
    made: list[Representation] = [
        GrammarRepresentation(load_grammar("expressions"), 15),
        CharacterRepresentation.build(expressions, 20),
    ]
    task = {"task": "expressions"}
    return {each.name: save_tiny(each, folder / each.name, task) for each in made}


@pytest.fixture(scope="session")
def tiny_model(tiny_model_folder: Path) -> TrainedModel:
    """The model of that folder."""
    return load_model(tiny_model_folder)


@pytest.fixture(scope="session")
def counted_squares() -> tuple[Tensor, Tensor]:
    """288 images of 16 x 16 pixels with 0 to 2 full and 0 to 2 hollow squares, and the counts."""
    generator = torch.Generator().manual_seed(0)
    counts = torch.cartesian_prod(torch.arange(3), torch.arange(3)).repeat(32, 1)
    images = torch.zeros(len(counts), 1, 16, 16, dtype=torch.uint8)
    for image, (full, hollow) in zip(images, counts.tolist(), strict=True):
        places = torch.randperm(9, generator=generator)[: full + hollow].tolist()
        for number, place in enumerate(places):
            top, left = 5 * (place // 3) + 1, 5 * (place % 3) + 1
            image[0, top : top + 4, left : left + 4] = 255
            if number >= full:
                image[0, top + 1 : top + 3, left + 1 : left + 3] = 0
    return images, counts


@pytest.fixture
def stop_after(monkeypatch: pytest.MonkeyPatch) -> Stopper:
    """Return a context whose training is stopped after some steps, as by Ctrl-C."""

    @contextmanager
    def stopping(steps: int) -> Iterator[None]:
        asked = itertools.count(1)
        with monkeypatch.context() as patched:
            stopper = lambda: nullcontext(lambda: next(asked) == steps)  # noqa: E731
            patched.setattr("latentbo.training.fit.StopOnInterrupt", stopper)
            with pytest.raises(KeyboardInterrupt):
                yield

    return stopping


@pytest.fixture
def optimize(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line; exit code, standard output and standard error."""

    def call(*arguments: Any) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        output = capsys.readouterr()
        return code, output.out, output.err

    return call


@pytest.fixture
def pool_file(tmp_path: Path, molecules: list[str]) -> Path:
    """A file of these molecules."""
    path = tmp_path / "pool.smi"
    path.write_text("\n".join(molecules))
    return path


@pytest.fixture
def options(tiny_model_folder: Path, pool_file: Path) -> list[Any]:
    """A run of 24 calls that the tiny model can make: its molecules have no rings and no sense."""
    small = ["--budget", 24, "--batch-size", 8, "--num-initial", 8, "--min-rings", "none"]
    small += ["--threads", 1, "--chemistry", "none"]
    return ["molecules", "--model", tiny_model_folder, "--initial", pool_file, *small]


@pytest.fixture
def expression_options(
    expression_models: dict[str, Path], expressions: list[str], tmp_path: Path
) -> list[Any]:
    """A run of 24 calls with the tiny grammar model, from a file with blanks in its lines."""
    path = tmp_path / "pool.txt"
    path.write_text("".join(f"{' '.join(expression)}\n" for expression in expressions))
    small = ["--budget", 24, "--batch-size", 8, "--num-initial", 8, "--threads", 1]
    return ["expressions", "--model", expression_models["grammar"], "--initial", path, *small]
