"""Cost of a method's training step beside one of the plain autoencoder."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from images_study.experiment import Row
from images_study.settings import Study, Variant
from images_study.training import image_run

from latentbo.images.data import ImageData, load_images
from latentbo.images.models import ImageAutoencoder
from latentbo.images.training.robust import make_image_loss

#: The method that others are compared with.
PLAIN = "gmm-dae"
# The two take turns, so that other work on the machine slows both.
TURNS, STEPS = 7, 3


def step_costs(study: Study, dataset: str, name: str, seed: int) -> Row:
    """Return milliseconds of a training step of a variant, of the plain method, and their ratio.

    The median over turns; processor time on the CPU, the clock on a GPU.
    """
    data = load_images(dataset, "train", limit=100)
    device = torch.device(study.device)
    steps = {
        "step": _stepper(study, data, study.variants[name], seed),
        "plain_step": _stepper(study, data, Variant(PLAIN), seed),
    }
    times: dict[str, list[float]] = {kind: [] for kind in steps}
    for turn in range(TURNS + 1):
        for kind, step in steps.items():
            spent = _seconds(step, device)
            if turn:  # the first warms up
                times[kind].append(spent / STEPS)
    found = {f"{kind}_milliseconds": 1000 * median(spent) for kind, spent in times.items()}
    return {**found, "step_ratio": found["step_milliseconds"] / found["plain_step_milliseconds"]}


def _stepper(study: Study, data: ImageData, variant: Variant, seed: int) -> Callable[[], None]:
    """Return what makes one step: forward, backward, Adam."""
    device = torch.device(study.device)
    run = image_run(Path(), data, variant, study.training, seed, study.device)
    objective = make_image_loss(run.config, ImageAutoencoder(run.network), run.prior)
    objective.to(device).train()
    optimizer = torch.optim.Adam(objective.parameters(), lr=1e-3)
    generator = torch.Generator(device=device).manual_seed(seed)
    repeats = -(-run.config.batch_size // len(data.images))
    images = data.images.repeat(repeats, 1, 1, 1)[: run.config.batch_size].to(device)

    def step() -> None:
        loss, _ = objective(images, generator)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def _seconds(step: Callable[[], None], device: torch.device) -> float:
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    started = clock()
    for _ in range(STEPS):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return clock() - started
