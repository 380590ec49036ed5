"""The progress line of a training run."""

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from latentbo.live import LiveLine
from latentbo.training.loop import Progress


class TrainingDisplay(LiveLine):
    """A bar with losses and strings per second; plain lines without a terminal."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(quiet=quiet)
        self.bar = RichProgress(
            TextColumn("epoch {task.fields[epoch]:.2f}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}  {task.fields[text]}"),
            TimeRemainingColumn(),
            console=self.console,
        )
        self.task = self.bar.add_task("train", total=None, epoch=0.0, text="")

    def show(self, progress: Progress) -> None:
        """Show the state after a step."""
        values = {k: v for k, v in progress.metrics.items() if not k.startswith("validation_")}
        speed = values.pop("rows_per_second")
        rate = values.pop("learning_rate")
        text = "  ".join(f"{name} {value:.3f}" for name, value in values.items())
        text = f"{text}  {speed:.0f}/s  lr {rate:.1e}"
        self.bar.update(
            self.task,
            completed=progress.step,
            total=progress.total_steps,
            epoch=progress.epoch,
            text=text,
        )
        if not self.console.is_terminal:
            self.console.print(
                f"step {progress.step}/{progress.total_steps}  epoch {progress.epoch:.2f}  {text}",
                soft_wrap=True,
            )
