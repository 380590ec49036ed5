"""Turn prototype weights (`NAME.safetensors` + `NAME.json`) into a model folder of latentbo.

    python experiments/import_warm_start.py NAME.safetensors --out runs/warm-start
    python experiments/import_warm_start.py RUN/checkpoint.pt --out runs/stopped

The first form reads weights of a prototype whose encoder and decoder are those of `latentbo.models`
under other names, so that `python -m latentbo.train molecules --warm-start runs/warm-start` can go
on. The second does the same for a training run that was stopped before its end, so that a further
stage, with other settings, can start from its last checkpoint. Takes some seconds.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file

from latentbo.data import content_hash
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    SequenceAutoencoder,
    TrainedModel,
    save_model,
)
from latentbo.representations import REPRESENTATIONS, Vocabulary
from latentbo.tasks import TASKS
from latentbo.train.running import restore_run
from latentbo.training.checkpoint import load_checkpoint
from latentbo.training.fit import read_settings

PREFIXES = {
    "emb.": "encoder.embedding.",
    "toz.": "encoder.head.",
    "demb.": "decoder.embedding.",
    "h0.": "decoder.start.",
    "dec.": "decoder.rnn.",
    "out.": "decoder.output.",
}
REPRESENTATION_NAMES = {"selfies": "selfies", "smiles": "characters"}


def rename(name: str) -> str:
    """Return the name in `SequenceAutoencoder` of a prototype's parameter."""
    if name == "enc_h0_reverse":
        return "encoder.backward_start"
    if name.startswith("enc."):
        direction = "backward" if name.endswith("_reverse") else "forward"
        return f"encoder.{direction}_rnn.{name[4:].removesuffix('_reverse')}"
    for old, new in PREFIXES.items():
        if name.startswith(old):
            return new + name[len(old) :]
    raise SystemExit(f"unexpected parameter {name!r}")


def convert(weights_path: Path) -> TrainedModel:
    """Read prototype files and return the model."""
    description = json.loads(weights_path.with_suffix(".json").read_text(encoding="utf-8"))
    old, symbols = description["cfg"], description["vocab"]
    weights = {rename(k): v.float() for k, v in load_file(weights_path).items()}
    network_config = NetworkConfig(
        old["latent"], encoder_width=old["width"], decoder_layers=old["layers"]
    )
    network = SequenceAutoencoder(len(symbols), network_config)
    # Prototypes that ran over the padding have no learned first state: it stays zero.
    weights.setdefault("encoder.backward_start", network.encoder.backward_start.detach())
    network.load_state_dict(weights)
    representation_class = REPRESENTATIONS[REPRESENTATION_NAMES[old["rep"]]]
    representation = representation_class(Vocabulary(tuple(symbols)), max_length=79)
    prior = PriorConfig(old["K"], old["scale"])
    provenance = {"settings": old, "measured": description["measured"]}
    return TrainedModel(network, representation, network_config, prior, provenance)


def from_checkpoint(checkpoint: Path, processor_hours: float | None = None) -> TrainedModel:
    """Return the model of a stopped run, with a provenance that says where it was stopped.

    Args:
        checkpoint: Of a run's folder.
        processor_hours: What the run took, if its checkpoint does not tell.
    """
    settings = read_settings(checkpoint.parent)
    state = load_checkpoint(checkpoint)
    run = restore_run(checkpoint.parent, settings)
    data = None if settings["data"] is None else Path(settings["data"])
    path, lines = TASKS[settings["task"]].data(data)
    # A warm start needs no data; the vocabulary of a run from scratch is that of all of them.
    model = run.start(lines)
    model.network.load_state_dict(state["network"])
    if "processor_seconds" in state:
        processor_hours = round(state["processor_seconds"] / 3600, 2)
    model.provenance = {
        **({"stage_1": model.provenance} if model.provenance else {}),
        "task": settings["task"],
        "command": settings["command"],
        "data": {"file": path.name, "sha256": content_hash(lines), "lines": len(lines)},
        "version": settings["version"],
        "settings": settings["training"],
        "stopped": f"after step {state['step']} of {state['steps']}",
        **({"processor_hours": processor_hours} if processor_hours is not None else {}),
    }
    return model


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--processor-hours", type=float, help="if the checkpoint does not tell")
    arguments = parser.parse_args()
    if arguments.weights.suffix == ".pt":
        # Not rounded to 16 bits: training goes on from it.
        model = from_checkpoint(arguments.weights, arguments.processor_hours)
        save_model(model, arguments.out, torch.float32)
    else:
        save_model(convert(arguments.weights), arguments.out)


if __name__ == "__main__":
    main()
