"""Training in a folder, the same for all networks: `fit`, and the folder's settings.

The folder holds `training.json` (settings), `metrics.jsonl`, `tensorboard/`, `checkpoint.pt` and,
at the end, the caller's files.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.models.files import write_json
from latentbo.training.loop import Callbacks, Loss, Progress, Report, Rows, train
from latentbo.training.loop_config import LoopConfig
from latentbo.training.run_log import RunLog, StopOnInterrupt

SETTINGS_FILE, CHECKPOINT_FILE = "training.json", "checkpoint.pt"
#: Epochs after which figures are drawn.
PICTURED = (1, 2, 5, 10, 20, 50, 100, 200, 500)


def fit(
    directory: Path,
    loss: Loss,
    config: LoopConfig,
    training: Rows,
    validation: Rows,
    *,
    settings: Mapping[str, Any] | None = None,
    device: str = "cpu",
    num_devices: int = 1,
    reports: Sequence[Report] = (),
) -> float:
    """Train a network in a folder, or resume from the folder's checkpoint.

    Args:
        directory: The folder.
        loss: Loss and network; the network ends on the CPU, in evaluation mode.
        config: Settings of the loop.
        training: `n x …`-dim tensors, the inputs of the loss.
        validation: `m x …`-dim tensors of the same kind.
        settings: Other settings that determine the result, such as the network's sizes, for the
            settings file; None: the caller has written that file.
        device: `cpu`, `cuda`, `cuda:1`, …
        num_devices: Number of GPUs.
        reports: Callbacks, called in this order with the state of reported steps after logging.

    Returns:
        Seconds of processor time of the whole training.

    Raises:
        InputError: If the data do not fit the loss.
        ConfigurationError: If the folder holds a run with other settings.
        TrainingError: If the loss is not finite.
        KeyboardInterrupt: After Ctrl-C, with the state saved.
    """
    loss.check(*training)
    loss.check(*validation)
    if settings is not None:
        claim_folder(directory, {"training": config.as_settings(), **settings})
    fabric = launch_fabric(device, config.precision, num_devices)
    with RunLog(directory) as log, StopOnInterrupt() as should_stop:

        def report(progress: Progress) -> None:
            for each in (log.write, *reports):
                each(progress)

        seconds = train(
            fabric,
            loss,
            training,
            validation,
            config=config,
            checkpoint=directory / CHECKPOINT_FILE,
            callbacks=Callbacks(report, should_stop),
        )
    loss.network.eval().to("cpu")
    return seconds


def launch_fabric(device: str, precision: str, num_devices: int = 1) -> Any:
    """Return a launched Lightning Fabric; `precision` is its name, e.g. `bf16-mixed`."""
    # Imported here: it takes a second, needed for training only.
    from lightning_fabric import Fabric  # noqa: PLC0415

    kind, _, index = device.partition(":")
    devices: Any = [int(index)] if index else num_devices
    name: Any = precision
    fabric = Fabric(accelerator=kind, devices=devices, precision=name)
    fabric.launch()
    return fabric


def provenance_of(config: LoopConfig, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the provenance of a trained network: its settings and other known facts."""
    return {**(known or {}), "settings": config.as_settings()}


def at_epochs(act: Callable[[str], None], epochs: Sequence[float] = PICTURED) -> Report:
    """Return a callback that calls `act` with a name, such as epoch-002.00, after some epochs.

    It acts at the first report after each of them. A resumed run repeats the latest call before it.
    """
    reported = 0.0

    def report(progress: Progress) -> None:
        nonlocal reported
        if any(reported < epoch <= progress.epoch for epoch in epochs):
            act(f"epoch-{progress.epoch:06.2f}")
        reported = progress.epoch

    return report


def write_settings(directory: Path, settings: dict[str, Any]) -> None:
    """Write `training.json`."""
    write_json(directory / SETTINGS_FILE, settings)


def read_settings(directory: Path) -> dict[str, Any]:
    """Read `training.json`.

    Raises:
        CheckpointError: If the folder does not hold a training run.
    """
    try:
        settings = json.loads((directory / SETTINGS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{directory} is no folder of a training run ({SETTINGS_FILE}: {error}): give the "
            f"--out of an earlier run"
        ) from error
    if not isinstance(settings, dict):
        raise CheckpointError(f"{directory / SETTINGS_FILE} does not hold settings")
    return settings


def claim_folder(directory: Path, settings: dict[str, Any]) -> None:
    """Create the folder of a run with these settings, or accept an existing one.

    Raises:
        ConfigurationError: If it holds a run with other settings.
        CheckpointError: If its settings cannot be read.
    """
    if not (directory / SETTINGS_FILE).exists():
        directory.mkdir(parents=True, exist_ok=True)
        write_settings(directory, settings)
    elif _comparable(read_settings(directory)) != _comparable(settings):
        raise ConfigurationError(
            f"{directory} holds a run with other settings: give another folder, or the settings in "
            f"its {SETTINGS_FILE}"
        )


def _comparable(settings: dict[str, Any]) -> Any:
    """Settings as JSON, with tuples as lists; drops None, which version 0.1 wrote for some."""
    return json.loads(
        json.dumps(settings),
        object_pairs_hook=lambda pairs: {name: each for name, each in pairs if each is not None},
    )
