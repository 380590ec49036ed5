"""Prototype weights become a model of latentbo, parameter by parameter."""

import json
import runpy
from pathlib import Path

import torch
from safetensors.torch import save_file

from latentbo.models import NetworkConfig, SequenceAutoencoder
from latentbo.representations import SelfiesRepresentation, Vocabulary

SCRIPT = Path(__file__).parents[2] / "experiments" / "import_warm_start.py"
PROTOTYPE_NAMES = {
    "encoder.embedding.": "emb.",
    "encoder.head.": "toz.",
    "decoder.embedding.": "demb.",
    "decoder.start.": "h0.",
    "decoder.rnn.": "dec.",
    "decoder.output.": "out.",
    "encoder.forward_rnn.": "enc.",
}


def prototype_name(name: str) -> str:
    if name == "encoder.backward_start":
        return "enc_h0_reverse"
    if name.startswith("encoder.backward_rnn."):
        return name.replace("encoder.backward_rnn.", "enc.") + "_reverse"
    ours = next(prefix for prefix in PROTOTYPE_NAMES if name.startswith(prefix))
    return PROTOTYPE_NAMES[ours] + name.removeprefix(ours)


def test_every_parameter_arrives(tmp_path: Path) -> None:
    symbols = list(SelfiesRepresentation.build(["CCO", "c1ccccc1"], 79).vocabulary.symbols)
    config = NetworkConfig(6, encoder_width=5, decoder_layers=2)
    network = SequenceAutoencoder(len(symbols), config)
    with torch.no_grad():
        network.encoder.backward_start.normal_()
    weights = {prototype_name(k): v.clone() for k, v in network.state_dict().items()}
    save_file(weights, tmp_path / "prototype.safetensors")
    old = {"rep": "selfies", "latent": 6, "width": 5, "layers": 2, "K": 6, "scale": 1.0}
    description = {"cfg": old, "vocab": symbols, "measured": {}}
    (tmp_path / "prototype.json").write_text(json.dumps(description))
    convert = runpy.run_path(str(SCRIPT))["convert"]
    model = convert(tmp_path / "prototype.safetensors")
    for name, value in model.network.state_dict().items():
        assert torch.equal(value, network.state_dict()[name]), name
    assert model.representation.vocabulary == Vocabulary(tuple(symbols))
    assert model.prior.num_components == 6
