"""Data sets of rendered scenes, with equally many images per count combination."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from functools import partial

import numpy as np
import numpy.typing as npt
import torch

from latentbo.counting.data.clevr.config import ClevrConfig, draw_chunk
from latentbo.counting.data.combinations import Combination, LeftOut
from latentbo.counting.data.dataset import CountData, CountDataset, Report, separate, silent
from latentbo.errors import ConfigurationError

SIDES = ("train", "test")
#: Pictures per task of a worker.
CHUNK = 16


def build_clevr(config: ClevrConfig, report: Report = silent, workers: int = 1) -> CountData:
    """Render a data set; the result does not depend on the number of workers.

    Args:
        config: Settings of the scenes.
        report: Callback with the number of finished pictures.
        workers: Number of rendering processes.

    Raises:
        ConfigurationError: If the solids do not fit, `workers` is below 1, or the workers cannot
            start.
    """
    if workers < 1:
        raise ConfigurationError(f"workers is {workers}; give at least 1")
    numbers = dict(zip(SIDES, (config.per_combination, config.test_per_combination), strict=True))
    # Neighbours differ, so that the first n images of a split have all combinations.
    plan = {side: config.combinations() * number for side, number in numbers.items()}
    total = sum(map(len, plan.values()))
    sides, done = {}, 0
    for place, side in enumerate(SIDES):
        images = torch.empty((len(plan[side]), 3, config.size, config.size), dtype=torch.uint8)
        for start, drawn in _chunks(config, place, plan[side], workers):
            images[start : start + len(drawn)] = torch.from_numpy(drawn)
            done += len(drawn)
            report(done, total)
        counts = torch.tensor(plan[side], dtype=torch.int64).reshape(-1, len(config.shapes))
        sides[side] = CountDataset(images, counts, config.shapes, side)
    return CountData(
        builder="clevr",
        settings=asdict(config),
        sources={"renderer": "latentbo.counting.data.clevr"},
        splits=separate(sides, LeftOut(config.left_out, config.shapes)),
    )


def _chunks(
    config: ClevrConfig, side: int, plan: Sequence[Combination], workers: int
) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    """Yield drawn pictures and the number of the first one, in order."""
    starts = range(0, len(plan), CHUNK)
    parts = [plan[start : start + CHUNK] for start in starts]
    work = partial(draw_chunk, config, side)
    if workers == 1:
        yield from zip(starts, map(work, starts, parts), strict=True)
        return
    # Fresh interpreters: a fork of this one could deadlock in torch's threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        try:
            yield from zip(starts, pool.map(work, starts, parts), strict=True)
        except BrokenProcessPool as error:
            raise ConfigurationError(
                f"the {workers} worker processes stopped ({error}): there was too little memory, "
                "or the calling program is no file that they can import; use 1 worker"
            ) from error
