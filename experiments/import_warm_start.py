"""Turn prototype weights (`NAME.safetensors` + `NAME.json`) into a model folder of latentbo.

    python experiments/import_warm_start.py NAME.safetensors --out runs/warm-start

The first stage of the shipped molecule model was trained by a prototype whose encoder and decoder
are those of `latentbo.models` under other names; this renames them, so that
`python -m latentbo.train molecules --warm-start runs/warm-start` can go on. Takes 2 seconds.
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
    save_model,
)
from latentbo.representations import REPRESENTATIONS, Vocabulary

PREFIXES = {
    "emb.": "encoder.embedding.",
    "toz.": "encoder.head.",
    "demb.": "decoder.embedding.",
    "h0.": "decoder.start.",
    "dec.": "decoder.rnn.",
    "out.": "decoder.output.",
}
NAMES = {"rep": {"selfies": "selfies", "smiles": "characters"}}


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
    network.load_state_dict(weights, strict=False)
    representation = REPRESENTATIONS[NAMES["rep"][old["rep"]]](Vocabulary(tuple(symbols)), 79)
    prior = PriorConfig(old["K"], old["scale"])
    provenance = {"stage_1": {"settings": old, "measured": description["measured"]}}
    return TrainedModel(network, representation, network_config, prior, provenance)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    save_model(convert(arguments.weights), arguments.out)


if __name__ == "__main__":
    main()
