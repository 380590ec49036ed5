"""`python -m latentbo.train molecules`: train an autoencoder on your own strings."""

import argparse
import datetime
import os
import platform
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentbo import __version__
from latentbo.command_line import (
    HelpFormatter,
    Parser,
    at_least,
    device_option,
    fraction,
    run_command,
)
from latentbo.data import TASK_DATASETS, Line, content_hash, find_dataset
from latentbo.errors import CheckpointError, ConfigurationError

if TYPE_CHECKING:
    from latentbo.training.run import TrainingRun

__all__ = ["main"]

EXAMPLES = """examples:
  python -m latentbo.train molecules --data my.smi.gz --out models/mine
  python -m latentbo.train molecules --representation characters --regularizer kl --out models/kl
  python -m latentbo.train molecules --warm-start models/mine --data more.smi --epochs 2 \\
      --out models/mine-2
  python -m latentbo.train --resume models/mine

The model folder (--out) then goes to: python -m latentbo.optimize molecules --model models/mine
"""
# Names instead of the registries: those need torch, which --help should not wait for.
REPRESENTATION_NAMES = ("characters", "selfies")
REGULARIZER_NAMES = ("gmm-ks", "gmm-ks-thesis", "kl", "l2", "mmd", "none")
# Options that a model brings along when it is the warm start.
MODEL_OPTIONS = (
    "--latent-size",
    "--components",
    "--prior-scale",
    "--encoder-width",
    "--decoder-width",
    "--decoder-layers",
    "--min-count",
    "--max-length",
)
RESUMABLE = ("--resume", "--threads", "--quiet")
# Tells the processes that Fabric starts for further devices which folder the first one made.
FOLDER_VARIABLE = "LATENTBO_TRAINING_FOLDER"


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(
        prog="python -m latentbo.train",
        description="Train an autoencoder whose latent space has the shape of a prior.",
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("task", nargs="?", choices=sorted(TASK_DATASETS), help="what the strings are")
    add(
        "--data",
        type=Path,
        metavar="FILE",
        help="strings, one a line (.smi, .txt, .gz); default: ZINC-250k from LATENTBO_DATA_DIR, "
        "the cache, or its public address",
    )
    add("--out", type=Path, metavar="DIR", help="folder (default: runs/train-<task>-<date-time>)")
    add("--resume", type=Path, metavar="DIR", help="go on with the run in DIR, with its settings")
    add("--warm-start", type=Path, metavar="DIR", help="start from this model folder")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N")
    add("--num-devices", type=at_least(1), default=1, help="GPUs (or processes on a CPU)")
    add("--threads", type=at_least(1), help="CPU threads (default: torch's choice)")
    add("--quiet", action="store_true", help="no progress line")
    _add_model(parser.add_argument_group("model").add_argument)
    _add_training(parser.add_argument_group("training").add_argument)
    _add_run(parser.add_argument_group("run").add_argument)
    return parser


def _add_model(add: Callable[..., Any]) -> None:
    positive = at_least(0, float, exclusive=True)
    add("--representation", choices=REPRESENTATION_NAMES, default="selfies", help="tokens")
    add("--regularizer", choices=REGULARIZER_NAMES, default="gmm-ks", help="shapes the codes")
    add("--latent-size", type=at_least(1), default=128, help="dimensions of a code")
    add("--components", type=at_least(1), help="of the prior (default: one a dimension)")
    add("--prior-scale", type=positive, default=1.0, help="length of the prior's means")
    add("--encoder-width", type=at_least(1), default=256, help="GRU units, each direction")
    add("--decoder-width", type=at_least(1), default=512, help="GRU units of a layer")
    add("--decoder-layers", type=at_least(1), default=3, help="GRU layers")
    add("--min-count", type=at_least(1), default=20, help="rarer symbols are left out")
    add("--max-length", type=at_least(2), default=79, help="tokens a string, end included")


def _add_training(add: Callable[..., Any]) -> None:
    positive = at_least(0, float, exclusive=True)
    add("--epochs", type=positive, default=30.0, help="passes over the data")
    add("--batch-size", type=at_least(2), default=1024, help="strings a step and device")
    add("--learning-rate", type=positive, default=1e-3, help="at its peak")
    add("--warmup-steps", type=at_least(0), default=500, help="steps to the peak")
    add(
        "--regularizer-weight",
        type=at_least(0, float),
        default=0.005,
        help="against the cross-entropy per token",
    )
    add("--latent-noise", type=at_least(0, float), default=0.15, help="on codes, in training")
    add("--token-dropout", type=fraction, default=0.1, help="share of hidden previous tokens")


def _add_run(add: Callable[..., Any]) -> None:
    add(
        "--held-out",
        type=at_least(4),
        default=2000,
        help="strings kept out: half to measure with at the end, half for validation",
    )
    add("--split-seed", type=at_least(0), default=1, help="seed of the held-out choice")
    add("--seed", type=at_least(0), default=0, help="seed of everything else")
    add(
        "--precision",
        default="auto",
        choices=["auto", "32-true", "bf16-mixed"],
        help="auto: bf16-mixed on a GPU, else 32-true",
    )
    add(
        "--checkpoint-minutes",
        type=at_least(0, float, exclusive=True),
        default=10.0,
        help="between checkpoints",
    )
    add("--log-every", type=at_least(1), default=20, help="steps between metrics")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = build_parser()
    options = parser.parse_args(given)
    names = [word.split("=")[0] for word in given if word.startswith("--")]
    if (options.task is None) == (options.resume is None):
        parser.error("give a task (molecules), or --resume DIR")
    if options.resume is not None:
        _refuse(parser, names, [n for n in names if n not in RESUMABLE], "--resume")
    if options.warm_start is not None:
        _refuse(parser, names, MODEL_OPTIONS, "--warm-start")
    return run_command(lambda: _train(options, given))


def _refuse(parser: Parser, names: list[str], unfit: Sequence[str], mode: str) -> None:
    found = [name for name in names if name in unfit]
    if found:
        parser.error(f"{found[0]} cannot be changed with {mode}: leave it out")


def _train(options: argparse.Namespace, given: list[str]) -> None:
    import torch  # noqa: PLC0415  (--help and wrong options are answered without loading it)

    from latentbo.training.run import read_settings  # noqa: PLC0415

    if options.threads:
        torch.set_num_threads(options.threads)
    if _is_helper():
        directory = Path(os.environ[FOLDER_VARIABLE])
        _run(directory, read_settings(directory), quiet=True)
    elif options.resume is not None:
        settings = read_settings(options.resume)
        device_option(str(settings.get("device")))
        _run(options.resume, settings, options.quiet)
    else:
        _run(_new_folder(options), _settings(options, given), options.quiet)


def _is_helper() -> bool:
    """Whether this process serves a further device of a run that another process started."""
    return FOLDER_VARIABLE in os.environ and os.environ.get("LOCAL_RANK", "0") != "0"


def _new_folder(options: argparse.Namespace) -> Path:
    """Return the run's folder; it is made only when all that is asked for is known to be there."""
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    directory: Path = options.out or Path("runs") / f"train-{options.task}-{stamp}"
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ConfigurationError(
            f"{directory} exists: give another --out, or --resume {directory} to go on there"
        )
    return directory


def _settings(options: argparse.Namespace, given: list[str]) -> dict[str, Any]:
    """Return what `training.json` holds: all that a resumed run needs."""
    from latentbo.models import NetworkConfig, PriorConfig  # noqa: PLC0415
    from latentbo.training import TrainingConfig  # noqa: PLC0415

    device = _device(options)
    gpu = device.startswith("cuda")
    values = {f.name: vars(options)[f.name] for f in fields(TrainingConfig) if f.name in options}
    if options.precision == "auto":
        values["precision"] = "bf16-mixed" if gpu else "32-true"
    config = TrainingConfig(**values, length_groups=1 if gpu else 3)
    network = NetworkConfig(
        options.latent_size,
        encoder_width=options.encoder_width,
        decoder_width=options.decoder_width,
        decoder_layers=options.decoder_layers,
        variational=options.regularizer == "kl",
    )
    prior = PriorConfig(options.components or options.latent_size, options.prior_scale)
    return {
        "task": options.task,
        "command": shlex.join(["python", "-m", "latentbo.train", *given]),
        "version": __version__,
        "data": None if options.data is None else str(options.data.resolve()),
        "warm_start": None if options.warm_start is None else str(options.warm_start.resolve()),
        "device": device,
        "num_devices": options.num_devices,
        "training": asdict(config),
        "network": asdict(network),
        "prior": asdict(prior),
    }


def _device(options: argparse.Namespace) -> str:
    """Return the device, checked with the number of devices."""
    import torch  # noqa: PLC0415

    device, number = device_option(options.device), options.num_devices
    if number > 1 and ":" in device:
        raise ConfigurationError(f"--device {device} is one device: use cuda with --num-devices")
    if device == "cuda" and number > torch.cuda.device_count():
        raise ConfigurationError(
            f"--num-devices {number}: this machine has {torch.cuda.device_count()} GPUs"
        )
    return device


def _run(directory: Path, settings: dict[str, Any], quiet: bool) -> None:
    """Train, save and measure; `directory` need not exist yet."""
    from latentbo.models import save_model  # noqa: PLC0415
    from latentbo.training.display import TrainingDisplay  # noqa: PLC0415
    from latentbo.training.evaluation import measure_and_write  # noqa: PLC0415
    from latentbo.training.run import prepare, write_settings  # noqa: PLC0415

    run = _restore_run(directory, settings)
    path, lines, data_hash = _read_data(directory, settings)
    _say(f"reading {path} ({len(lines)} lines) …")
    model = run.start(lines)
    data = prepare(model.representation, lines, run.config, directory)
    listed = f" (see {directory / 'rejected.tsv'})" if data.num_rejected else ""
    _say(
        f"{len(data.strings)} strings, {data.num_rejected} skipped{listed}; "
        f"{len(model.representation.vocabulary)} tokens; device {run.device}"
    )
    if not _is_helper():
        write_settings(directory, {**settings, "data_sha256": data_hash})
        if run.num_devices > 1:
            os.environ[FOLDER_VARIABLE] = str(directory.resolve())
    provenance = {
        "task": settings["task"],
        "command": settings["command"],
        "data": {"file": path.name, "sha256": data_hash, "lines": len(lines)},
        "machine": _machine(run.device, run.num_devices),
        "version": settings["version"],
    }
    with TrainingDisplay(quiet) as display:
        run.train(model, data, display.show, provenance)
    if not _is_helper():
        save_model(model, directory)
        measure_and_write(directory, model, data)
    _say(f"model, metrics and figures: {directory}")


def _say(text: str) -> None:
    """Print a line, on the first process only."""
    if not _is_helper():
        print(text, flush=True)


def _read_data(directory: Path, settings: dict[str, Any]) -> tuple[Path, list[Line], str]:
    """Return the data file, its lines and their hash, which must be that of the first start."""
    given = None if settings["data"] is None else Path(settings["data"])
    path, lines = find_dataset(TASK_DATASETS[settings["task"]], given)
    data_hash = content_hash(lines)
    if settings.get("data_sha256", data_hash) != data_hash:
        raise CheckpointError(
            f"{path} has changed since the run in {directory} was started: restore the file, or "
            f"start anew with another --out"
        )
    return path, lines, data_hash


def _restore_run(directory: Path, settings: dict[str, Any]) -> "TrainingRun":
    from latentbo.models import NetworkConfig, PriorConfig  # noqa: PLC0415
    from latentbo.training import TrainingConfig  # noqa: PLC0415
    from latentbo.training.run import TrainingRun  # noqa: PLC0415

    try:
        missing = {"task", "command", "version", "data"} - settings.keys()
        if missing or settings["task"] not in TASK_DATASETS:
            raise KeyError(", ".join(sorted(missing)) or settings["task"])
        return TrainingRun(
            directory,
            TrainingConfig(**settings["training"]),
            NetworkConfig(**settings["network"]),
            PriorConfig(**settings["prior"]),
            settings["device"],
            settings["num_devices"],
            None if settings["warm_start"] is None else Path(settings["warm_start"]),
        )
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"the settings in {directory} are incomplete ({error}): start anew with another --out"
        ) from error


def _machine(device: str, num_devices: int) -> str:
    import torch  # noqa: PLC0415

    if device.startswith("cuda"):
        return f"{num_devices} x {torch.cuda.get_device_name()}"
    threads = torch.get_num_threads()
    return f"{threads} CPU thread{'s' * (threads > 1)}, {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
