"""The average of two models of one training: the weights between two of its stages.

    python experiments/average_models.py FIRST SECOND --shares 0,0.3,0.5,1 --beams 1,3
    python experiments/average_models.py FIRST SECOND --share 0.3 --beams 3 --out DIR

The first command measures the averages with these shares of SECOND, on the validation strings of
the training (not those that its card is measured with), one line of JSON for each; the second one
writes the folder of one average, with the card. FIRST must be an earlier stage of SECOND, or both
must go on from the same stage: only then do their weights mean the same.

Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022, section 3.
"""

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from latentbo import __version__
from latentbo.command_line import Parser, at_least, fraction, run_command
from latentbo.errors import ConfigurationError
from latentbo.evaluate.inputs import prepare
from latentbo.evaluate.options import model_parser
from latentbo.models import MAX_BEAMS, TrainedModel, load_model, save_model
from latentbo.training.evaluation import examine, measure_and_write
from latentbo.training.run import PreparedData

NUM_SAMPLES, SEED = 1000, 1
#: Settings of a training that its model is measured by again.
KEPT = ("held_out", "split_seed", "regularizer", "regularized_codes", "latent_noise")


def averaged(first: TrainedModel, second: TrainedModel, share: float) -> TrainedModel:
    """Return a model with the weights `(1 - share) first + share second`.

    Raises:
        ConfigurationError: If the two differ in network, tokens or prior.
    """
    ours, theirs = first.to_config(), second.to_config()
    for name in ("representation", "network", "prior"):
        if ours[name] != theirs[name]:
            raise ConfigurationError(f"the two models differ in their {name}: give two stages")
    if first.further_files() != second.further_files():
        raise ConfigurationError("the two models differ in their vocabularies: give two stages")
    others = second.network.state_dict()
    weights = {
        name: torch.lerp(value, others[name], share) if value.is_floating_point() else value
        for name, value in first.network.state_dict().items()
    }
    second.network.load_state_dict(weights)
    return second


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = Parser("python experiments/average_models.py", __doc__ or "")
    add = parser.add_argument
    add("first", type=Path, metavar="FIRST", help="model folder")
    add("second", type=Path, metavar="SECOND", help="model folder of a later stage")
    add("--task", default="molecules")
    add("--shares", type=_numbers(fraction), default=(0.0, 0.5, 1.0), help="to measure")
    add("--beams", type=_numbers(at_least(1, most=MAX_BEAMS)), default=(1,))
    add("--share", type=fraction, help="to write")
    add("--out", type=Path, metavar="DIR", help="folder to write")
    given = sys.argv[1:] if arguments is None else list(arguments)
    return run_command(lambda: _run(parser.parse_args(given), given))


def _run(options: argparse.Namespace, given: list[str]) -> None:
    if (options.share is None) != (options.out is None):
        raise ConfigurationError("--share and --out go together: both write one average")
    last = load_model(options.second)
    data = prepare(model_parser().parse_args([options.task]), last, _say)
    if options.out is None:
        for share in options.shares:
            model = averaged(load_model(options.first), load_model(options.second), share)
            for model.num_beams in options.beams:
                print(json.dumps({"share": share, **_measured(model, data)}), flush=True)
        return
    if options.out.exists():
        raise ConfigurationError(f"{options.out} exists: give another --out")
    model = averaged(load_model(options.first), last, options.share)
    model.num_beams = options.beams[0]
    before = model.provenance
    model.provenance = {
        "task": options.task,
        "command": shlex.join(["python", "experiments/average_models.py", *given]),
        **{key: before[key] for key in ("method", "data") if key in before},
        **{"version": __version__, "processor_hours": 0.0, "stage_1": before},
        "settings": {
            **{key: before["settings"][key] for key in KEPT},
            "share of the last stage": options.share,
        },
    }
    save_model(model, options.out)
    measure_and_write(options.out, model, data)
    _say(f"model, metrics and figures: {options.out}")


def _measured(model: TrainedModel, data: PreparedData) -> dict[str, object]:
    """Return what the choice is made by, measured on the validation strings."""
    found = examine(
        model,
        [data.strings[i] for i in data.split.validation.tolist()],
        {data.strings[i] for i in data.split.training.tolist()},
        num_samples=NUM_SAMPLES,
        seed=SEED,
    ).metrics
    rows = {name: found[name] for name in ("reconstruction", "samples")}
    return {"num_beams": model.num_beams, **rows, "structures": found["structures"]["samples"]}


def _numbers(kind: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    return lambda text: tuple(kind(each) for each in text.split(","))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
