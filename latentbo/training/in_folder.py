"""A training whose log and checkpoint stand in a folder, with Ctrl-C as a wish to stop."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from latentbo.training.loop import Callbacks, Loss, Progress, Rows, train
from latentbo.training.loop_config import LoopConfig
from latentbo.training.run_log import RunLog, StopOnInterrupt

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = ["train_in_folder"]


def train_in_folder(
    directory: Path,
    fabric: "Fabric",
    loss: Loss,
    training: Rows,
    validation: Rows,
    *,
    config: LoopConfig,
    followers: tuple[Callable[[Progress], None], ...] = (),
) -> float:
    """Train, or go on where the folder's checkpoint was written; see `latentbo.training.train`.

    Args:
        directory: Gets `metrics.jsonl`, `tensorboard/` and `checkpoint.pt`.
        fabric: A launched Lightning Fabric.
        loss: Loss and network.
        training: Tensors of `n x …`.
        validation: Tensors of `m x …`.
        config: Settings.
        followers: Are told the state after reported steps, in this order, once it is logged.

    Returns:
        Seconds of processor time of the whole training.
    """
    with RunLog(directory) as log, StopOnInterrupt() as should_stop:

        def report(progress: Progress) -> None:
            for follow in (log.write, *followers):
                follow(progress)

        return train(
            fabric,
            loss,
            training,
            validation,
            config=config,
            checkpoint=directory / "checkpoint.pt",
            callbacks=Callbacks(report, should_stop),
        )
