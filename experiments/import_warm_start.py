"""Turn prototype weights (`NAME.safetensors` + `NAME.json`) into a model folder of latentbo.

    python experiments/import_warm_start.py NAME.safetensors --out runs/warm-start
    python experiments/import_warm_start.py RUN/checkpoint.pt --out runs/stopped

The first stage of the shipped molecule model was trained by a prototype whose encoder and decoder
are those of `latentbo.models` under other names; this renames them, so that
`python -m latentbo.train molecules --warm-start runs/warm-start` can go on. The second form does
the same for a training run that was stopped before its end (and had a warm start itself), so that
the next stage can start from its last checkpoint. Takes 2 seconds.
"""

import argparse
import json
from pathlib import Path

from safetensors.torch import load_file

from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    SequenceAutoencoder,
    TrainedModel,
    load_model,
    save_model,
)
from latentbo.representations import REPRESENTATIONS, Vocabulary
from latentbo.training.checkpoint import load_checkpoint
from latentbo.training.run import read_settings

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


def from_checkpoint(checkpoint: Path) -> TrainedModel:
    """Return the model of a stopped run, with a provenance that says where it was stopped."""
    settings = read_settings(checkpoint.parent)
    state = load_checkpoint(checkpoint)
    model = load_model(Path(settings["warm_start"]))
    model.network.load_state_dict(state["network"])
    model.provenance = {
        "stage_1": model.provenance,
        "task": settings["task"],
        "command": settings["command"],
        "version": settings["version"],
        "settings": settings["training"],
        "stopped": f"after step {state['step']} of {state['steps']}",
    }
    return model


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    read = from_checkpoint if arguments.weights.suffix == ".pt" else convert
    save_model(read(arguments.weights), arguments.out)


if __name__ == "__main__":
    main()
