"""Names that plug-ins add: checked, offered by options, and forgotten where that is asked for."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

import latentbo
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.ledger import Ledger
from latentbo.models import load_model
from latentbo.optimizer import PRESETS, OptimizationConfig
from latentbo.optimizer.presets import STRATEGIES
from latentbo.plugins import load_installed, load_plugins
from latentbo.proposals import SOURCES
from latentbo.registry import added, restored
from latentbo.representations import REPRESENTATIONS, DecodeStatus
from latentbo.tasks import TASKS
from latentbo.train import main as train

Optimize = Callable[..., tuple[int, str, str]]

SOURCE = """
import latentbo
from latentbo.proposals import ProposalSource


class Homologues(ProposalSource):
    name = "homologue"

    def propose(self, parents, number, length, seed):
        return {self.name: [f"C{parent}" for parent in parents[:number]]}


latentbo.register_source("homologues", lambda inputs: Homologues())
"""


@pytest.fixture(autouse=True)
def only_ours() -> Iterator[None]:
    """Let no test see the names of another."""
    with restored():
        yield


@contextmanager
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget, at the end, which plug-ins were loaded inside, and their names: as a new process."""
    with restored():
        yield
    monkeypatch.setattr("latentbo.plugins._loaded", {})


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str], Path]:
    def write(code: str) -> Path:
        path = tmp_path / "mine.py"
        path.write_text(code)
        return path

    return write


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("graph", "latentbo has a source 'graph': give yours another name"),
        ("a,b", "'a,b' is no name of a source"),
        ("", "'' is no name"),
        (3, "3 is no name"),
    ],
)
def test_names_that_cannot_be_used(name: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        latentbo.register_source(name, SOURCES["graph"])


def test_the_last_thing_of_a_name_counts_until_it_is_forgotten() -> None:
    with restored():
        latentbo.register_source("mine", SOURCES["graph"])
        latentbo.register_source("mine", SOURCES["infill"])
        assert SOURCES["mine"] is SOURCES["infill"]
        assert added("source") == ["mine"]
    assert added("source") == []
    assert "mine" not in SOURCES
    assert added("nothing of this kind") == []


def test_tasks_are_forgotten_too() -> None:
    with restored():
        latentbo.register_task(latentbo.Task("genes", canonical=str, pool=list))
    assert list(TASKS) == ["molecules", "expressions"]


def test_an_unknown_source_says_where_it_may_be() -> None:
    with pytest.raises(ConfigurationError, match=r"unknown source 'mine': .* with --plugin FILE"):
        OptimizationConfig(sources=("mine",))


def test_a_source_of_a_plugin_works_and_is_resumed(
    plugin: Callable[[str], Path],
    options: list[Any],
    optimize: Optimize,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = [*options, "--preset", "hybrid", "--sources", "graph,homologues", "--quiet"]
    given += ["--plugin", plugin(SOURCE)]
    stopped = tmp_path / "stopped"
    with forgotten(monkeypatch):
        assert optimize(*given, "--out", tmp_path / "whole") == (0, "", "")
        assert optimize(*given, "--out", stopped, "--target", -100) == (0, "", "")
    rows = (stopped / "hits.csv").read_text().splitlines()
    assert len(rows) < 25
    assert "homologues" not in SOURCES  # it is known from the run's settings alone
    assert optimize("--resume", stopped, "--quiet", "--target", 1000) == (0, "", "")
    whole = (tmp_path / "whole" / "hits.csv").read_text()
    assert (stopped / "hits.csv").read_text() == whole
    assert ",homologue" in whole


PRESET = """
import latentbo
from latentbo.optimizer import Selection


class LongestFirst:
    def __init__(self, pool):
        self.pool = sorted(pool, key=lambda string: (-len(string), string))

    def pick(self, history, q, seed):
        left = [string for string in self.pool if string not in history.known]
        return {}, [Selection(string, "longest") for string in left[:q]]


latentbo.register_preset(
    "longest", lambda config, inputs: LongestFirst(inputs.pool), defaults={"batch_size": 3}
)
"""


def test_a_preset_of_a_plugin_works_and_is_resumed(
    plugin: Callable[[str], Path], options: list[Any], optimize: Optimize, tmp_path: Path
) -> None:
    given = [*options, "--preset", "longest", "--quiet", "--plugin", plugin(PRESET)]
    assert optimize(*given, "--out", tmp_path / "whole") == (0, "", "")
    stopped = tmp_path / "stopped"
    assert optimize(*given, "--out", stopped, "--target", -100) == (0, "", "")
    with restored():
        PRESETS.pop("longest")
        code, _, stderr = optimize("--resume", stopped, "--target", 1000)
        assert (code, stderr.count("\n")) == (2, 1)
        assert "unknown preset 'longest'" in stderr
    assert optimize("--resume", stopped, "--target", 1000, "--quiet") == (0, "", "")
    whole = (tmp_path / "whole" / "hits.csv").read_text()
    assert (stopped / "hits.csv").read_text() == whole
    assert whole.count(",longest") == 16
    code, _, stderr = optimize(*given, "--sources", "graph", "--out", tmp_path / "other")
    assert (code, "means nothing to --preset longest" in stderr) == (2, True)


def test_a_preset_of_a_plugin_works_from_python(
    plugin: Callable[[str], Path], molecules: list[str], tiny_model_folder: Path, pool_file: Path
) -> None:
    load_plugins([plugin(PRESET)])
    optimizer = latentbo.LatentOptimizer(
        "molecules", model=tiny_model_folder, initial=pool_file, preset="longest"
    )
    optimizer.tell(dict.fromkeys((proposal.string for proposal in optimizer.ask(2)), 1.0))
    assert {proposal.origin for proposal in optimizer.ask(3)} == {"longest"}


@pytest.mark.parametrize(
    ("name", "defaults", "message"),
    [
        ("ga", {}, "latentbo has a preset 'ga'"),
        ("mine", {"size": 3}, "cannot have a default for 'size': choose from num_initial,"),
        ("mine", {"preset": "ga"}, "cannot have a default for 'preset'"),
        ("mine", {"surrogate": "latent"}, "cannot have a default for 'surrogate'"),
        ("mine", {"batch_size": 0}, "batch_size must be at least 1"),
    ],
)
def test_presets_that_cannot_be_used(name: str, defaults: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        latentbo.register_preset(name, STRATEGIES["random"], defaults=defaults)
    assert added("preset") == added("strategy") == []


CODES = """
import latentbo
from latentbo.representations import SequenceRepresentation


@latentbo.register_representation
class Letters(SequenceRepresentation):
    name = "letters"

    @classmethod
    def symbols(cls, string):
        return list(string)

    def join(self, symbols):
        return "".join(symbols)


def kurtosis(encoding, prior, generator):
    return (encoding.codes.pow(4).mean(0) - 3).square().mean()


latentbo.register_term("kurtosis", kurtosis)
"""


def test_a_training_with_parts_of_a_plugin_is_resumed(
    plugin: Callable[[str], Path],
    molecules: list[str],
    stop_after: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))
    data, out = tmp_path / "data.smi", tmp_path / "model"
    data.write_text("\n".join(molecules))
    given = ["molecules", "--plugin", plugin(CODES), "--data", data, "--out", out, "--quiet"]
    given += ["--representation", "letters", "--term-weights", "kurtosis=0.5", "--held-out", 4]
    given += ["--epochs", 2, "--batch-size", 8, "--min-count", 1, "--latent-size", 4]
    given += ["--encoder-width", 8, "--decoder-width", 8, "--decoder-layers", 1, "--log-every", 1]
    with forgotten(monkeypatch), stop_after(3):
        assert train([*map(str, given), "--device", "cpu"]) == 130
        raise KeyboardInterrupt
    assert "letters" not in REPRESENTATIONS  # known from the settings alone, like the term
    assert train(["--resume", str(out), "--quiet"]) == 0
    logged = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert all(row["kurtosis"] > 0 for row in logged if "ks" in row)
    model = load_model(out)
    assert model.decode(model.encode(["CC"]))[0].status in DecodeStatus
    # Its own code may change from run to run.
    assert not list((tmp_path / "cache").glob("vocabulary-*"))
    with restored():
        REPRESENTATIONS.pop("letters")
        with pytest.raises(CheckpointError, match="unknown representation 'letters'"):
            load_model(out)
    with pytest.raises(SystemExit):
        train(["molecules", "--data", str(data), "--term-weights", "none=1"])
    assert "decoder, kurtosis" in capsys.readouterr().err


SURROGATE = """
import torch

import latentbo
from latentbo.surrogates import ExactGPConfig, fit_exact_gp


class Longest:
    hyperparameters = {"mine": 1}

    def predict(self, strings):
        lengths = torch.tensor([len(string) for string in strings], dtype=torch.float64)
        return lengths, torch.zeros_like(lengths)

    def sample(self, strings, num_samples, seed):
        return self.predict(strings)[0].expand(num_samples, -1)


latentbo.register_surrogate("longest", lambda strings, values, seed: Longest())
latentbo.register_surrogate(
    "mine", lambda codes, values: fit_exact_gp(codes, values, ExactGPConfig()), of="codes"
)
"""


def test_surrogates_of_a_plugin_decide(
    plugin: Callable[[str], Path], options: list[Any], optimize: Optimize, tmp_path: Path
) -> None:
    given = [*options, "--quiet", "--plugin", plugin(SURROGATE)]
    strings = [*given, "--surrogate", "longest", "--sources", "graph", "--out", tmp_path / "a"]
    assert optimize(*strings) == (0, "", "")
    with Ledger.open(tmp_path / "a" / "ledger.sqlite") as ledger:
        assert [step.state.get("mine") for step in ledger.steps()] == [None, 1, 1]
        picked = [row for row in ledger.evaluations() if row.batch]
    assert [row.details["predicted"] for row in picked] == [len(row.string) for row in picked]
    codes = [*given, "--preset", "latent", "--surrogate", "mine", "--out", tmp_path / "b"]
    assert optimize(*codes) == (0, "", "")
    exact = [*given, "--preset", "latent", "--surrogate", "exact", "--out", tmp_path / "c"]
    assert optimize(*exact) == (0, "", "")
    assert (tmp_path / "b" / "hits.csv").read_text() == (tmp_path / "c" / "hits.csv").read_text()
    for preset, name, right in (
        ("latent", "longest", "choose the preset hybrid"),
        ("thesis", "mine", "choose the preset latent"),
    ):
        code, _, stderr = optimize(*given, "--preset", preset, "--surrogate", name)
        assert (code, stderr.count("\n"), right in stderr) == (2, 1, True)


def test_a_surrogate_is_of_strings_or_of_codes() -> None:
    with pytest.raises(ConfigurationError, match="of must be one of strings, codes, not 'both'"):
        latentbo.register_surrogate("mine", cast(Any, len), of="both")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Install a package `latentbo_mine` of some code, as far as Python can tell."""

    def install(code: str) -> None:
        (tmp_path / "latentbo_mine.py").write_text(code)
        facts = tmp_path / "latentbo_mine-1.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: latentbo-mine\nVersion: 1.0\n"
        )
        (facts / "entry_points.txt").write_text("[latentbo.plugins]\nparts = latentbo_mine\n")
        monkeypatch.syspath_prepend(tmp_path)
        load_installed.cache_clear()

    yield install
    load_installed.cache_clear()
    sys.modules.pop("latentbo_mine", None)


def test_parts_of_an_installed_package_need_no_option(
    installed: Callable[[str], None], optimize: Optimize
) -> None:
    installed(PRESET)
    code, stdout, _ = optimize("--help-all")
    assert (code, "gp-bo,random,longest}" in "".join(stdout.split())) == (0, True)


def test_an_installed_package_that_fails_is_one_line(
    installed: Callable[[str], None], optimize: Optimize
) -> None:
    installed("import latentbo\nlatentbo.register_source('graph', None)")
    code, stdout, stderr = optimize("--list-objectives")
    assert (code, stdout, stderr.count("\n")) == (2, "", 1)
    assert "the plug-in parts of the package latentbo-mine fails (ConfigurationError" in stderr
