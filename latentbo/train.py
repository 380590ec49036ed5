"""`python -m latentbo.train molecules`: train an autoencoder on your own strings."""

import argparse
import datetime
import platform
import shlex
import sys
from collections.abc import Sequence
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from latentbo import __version__
from latentbo.command_line import HelpFormatter, at_least, check_device, fraction, run_command
from latentbo.errors import CheckpointError, ConfigurationError

__all__ = ["main"]

EXAMPLES = """examples:
  python -m latentbo.train molecules --data my.smi.gz --out models/mine
  python -m latentbo.train molecules --representation characters --regularizer kl --out models/kl
  python -m latentbo.train molecules --warm-start models/mine --data more.smi --epochs 2 \\
      --out models/mine-2
  python -m latentbo.train --resume models/mine

The model folder (--out) then goes to: python -m latentbo.optimize molecules --model models/mine
"""
TASKS = {"molecules": "zinc250k"}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    # Imported here so that wrong options are told before torch is loaded.
    parser = argparse.ArgumentParser(
        prog="python -m latentbo.train",
        description="Train an autoencoder whose latent space has the shape of a prior.",
        epilog=EXAMPLES,
        formatter_class=HelpFormatter,
    )
    add = parser.add_argument
    add("task", nargs="?", choices=sorted(TASKS), help="what the strings are")
    add("--data", type=Path, metavar="FILE", help="strings, one a line (.smi, .txt, .gz); default: "
        "ZINC-250k from LATENTBO_DATA_DIR, the cache, or its public address")
    add("--out", type=Path, metavar="DIR", help="folder for the model (default: "
        "runs/train-<task>-<date-time>)")
    add("--resume", type=Path, metavar="DIR", help="go on with the run in DIR, with its settings")
    add("--warm-start", type=Path, metavar="DIR", help="start from this model folder")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N")
    add("--num-devices", type=at_least(1), default=1, help="number of GPUs")
    add("--threads", type=at_least(1), default=None, help="CPU threads (default: torch's)")
    add("--quiet", action="store_true", help="no progress line")
    _add_settings(parser)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    from latentbo.regularizers import REGULARIZERS  # noqa: PLC0415
    from latentbo.representations import REPRESENTATIONS  # noqa: PLC0415

    add = parser.add_argument_group("model").add_argument
    add("--representation", choices=sorted(REPRESENTATIONS), default="selfies", help="tokens")
    add("--regularizer", choices=sorted(REGULARIZERS), default="gmm-ks", help="shapes the codes")
    add("--latent-size", type=at_least(1), default=128, help="dimensions of a code")
    add("--components", type=at_least(1), default=None, help="components of the prior (default: "
        "one a dimension)")
    add("--prior-scale", type=at_least(0, float, True), default=1.0, help="length of the means")
    add("--encoder-width", type=at_least(1), default=256, help="GRU units, each direction")
    add("--decoder-width", type=at_least(1), default=512, help="GRU units of a layer")
    add("--decoder-layers", type=at_least(1), default=3, help="GRU layers")
    add = parser.add_argument_group("training").add_argument
    add("--epochs", type=at_least(0, float, True), default=30.0, help="passes over the data")
    add("--batch-size", type=at_least(2), default=1024, help="strings a step and device")
    add("--learning-rate", type=at_least(0, float, True), default=1e-3, help="peak")
    add("--warmup-steps", type=at_least(0), default=500, help="steps to the peak")
    add("--regularizer-weight", type=at_least(0, float), default=0.005, help="against the "
        "cross-entropy per token")
    add("--latent-noise", type=at_least(0, float), default=0.15, help="on codes, in training")
    add("--token-dropout", type=fraction, default=0.1, help="share of hidden previous tokens")
    add("--held-out", type=at_least(4), default=2000, help="strings kept out: half to measure "
        "with at the end, half for validation")
    add("--split-seed", type=int, default=1, help="seed of the held-out choice")
    add("--seed", type=int, default=0, help="seed of everything else")
    add("--min-count", type=at_least(1), default=20, help="rarer symbols are left out")
    add("--max-length", type=at_least(2), default=79, help="tokens a string, end included")
    add("--precision", default="auto", choices=["auto", "32-true", "bf16-mixed", "16-mixed"],
        help="auto: bf16-mixed on a GPU, else 32-true")
    add("--checkpoint-minutes", type=at_least(0, float, True), default=10.0, help="between "
        "checkpoints")
    add("--log-every", type=at_least(1), default=20, help="steps between metrics")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if (options.task is None) == (options.resume is None):
        parser.error("give a task (molecules), or --resume DIR")
    command = "python -m latentbo.train " + shlex.join(
        sys.argv[1:] if arguments is None else arguments
    )
    return run_command(lambda: _train(options, command))


def _train(options: argparse.Namespace, command: str) -> None:
    from latentbo.training.run import read_settings, write_settings  # noqa: PLC0415

    if options.resume is not None:
        directory, settings = options.resume, read_settings(options.resume)
    else:
        directory, settings = _new_folder(options), _settings(options, command)
        write_settings(directory, settings)
    _run(directory, settings, options)


def _new_folder(options: argparse.Namespace) -> Path:
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    directory: Path = options.out or Path("runs") / f"train-{options.task}-{stamp}"
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ConfigurationError(
            f"{directory} exists: give another --out, or --resume {directory} to go on there"
        )
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _settings(options: argparse.Namespace, command: str) -> dict[str, Any]:
    """Return what `training.json` holds: all that a resumed run needs."""
    from latentbo.models import NetworkConfig, PriorConfig  # noqa: PLC0415
    from latentbo.regularizers import REGULARIZERS  # noqa: PLC0415
    from latentbo.training import TrainingConfig  # noqa: PLC0415

    given = vars(options)
    device = check_device_option(options.device)
    names = [f.name for f in fields(TrainingConfig) if f.name in given]
    gpu = device.startswith("cuda")
    precision = options.precision
    if precision == "auto":
        precision = "bf16-mixed" if gpu else "32-true"
    values = {name: given[name] for name in names} | {"precision": precision}
    config = TrainingConfig(**values, length_groups=1 if gpu else 3)
    network = NetworkConfig(
        options.latent_size,
        encoder_width=options.encoder_width,
        decoder_width=options.decoder_width,
        decoder_layers=options.decoder_layers,
        variational="kl" in REGULARIZERS[options.regularizer],
    )
    prior = PriorConfig(options.components or options.latent_size, options.prior_scale)
    return {
        "task": options.task,
        "command": command,
        "version": __version__,
        "data": None if options.data is None else str(options.data.resolve()),
        "warm_start": None if options.warm_start is None else str(options.warm_start.resolve()),
        "device": device,
        "num_devices": options.num_devices,
        "training": asdict(config),
        "network": asdict(network),
        "prior": asdict(prior),
    }


def check_device_option(text: str) -> str:
    """Return the device of an option; an absent one is a ConfigurationError."""
    try:
        return check_device(text)
    except argparse.ArgumentTypeError as error:
        raise ConfigurationError(f"--device: {error}") from None


def _run(directory: Path, settings: dict[str, Any], options: argparse.Namespace) -> None:
    import torch  # noqa: PLC0415

    from latentbo.data import content_hash, find_dataset  # noqa: PLC0415
    from latentbo.models import save_model  # noqa: PLC0415
    from latentbo.training.run import prepare  # noqa: PLC0415

    if options.threads:
        torch.set_num_threads(options.threads)
    run = _restore_run(directory, settings)
    given = None if settings["data"] is None else Path(settings["data"])
    path, lines = find_dataset(TASKS[settings["task"]], given)
    data_hash = content_hash(lines)
    if settings.setdefault("data_sha256", data_hash) != data_hash:
        raise CheckpointError(f"{path} has changed since the run in {directory} was started")
    from latentbo.training.run import write_settings  # noqa: PLC0415

    write_settings(directory, settings)
    model = run.start(lines)
    print(f"reading {path} ({len(lines)} lines) …", flush=True)
    data = prepare(model.representation, lines, run.config, directory)
    print(
        f"{len(data.strings)} strings, {data.num_rejected} skipped"
        + (f" (see {directory / 'rejected.tsv'})" if data.num_rejected else "")
        + f"; {len(model.representation.vocabulary)} tokens; device {run.device}",
        flush=True,
    )
    provenance = {
        "command": settings["command"],
        "data": {"file": path.name, "sha256": data_hash, "lines": len(lines)},
        "machine": _machine(run.device),
        "version": settings["version"],
    }
    from latentbo.training.display import TrainingDisplay  # noqa: PLC0415

    with TrainingDisplay(options.quiet) as display:
        run.train(model, data, display.show, provenance)
    save_model(model, directory)
    from latentbo.training.evaluation import measure_and_write  # noqa: PLC0415

    measure_and_write(directory, model, data)
    print(f"model, metrics and figures: {directory}")


def _restore_run(directory: Path, settings: dict[str, Any]) -> Any:
    from latentbo.models import NetworkConfig, PriorConfig  # noqa: PLC0415
    from latentbo.training import TrainingConfig  # noqa: PLC0415
    from latentbo.training.run import TrainingRun  # noqa: PLC0415

    try:
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
        raise CheckpointError(f"the settings in {directory} are incomplete: {error}") from error


def _machine(device: str) -> str:
    import torch  # noqa: PLC0415

    if device.startswith("cuda"):
        return torch.cuda.get_device_name()
    return f"{torch.get_num_threads()} CPU threads, {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
