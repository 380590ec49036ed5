"""The model card: description, provenance, measurements and intended use of a model."""

import json
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import Any

from latentbo.data import DATASETS
from latentbo.models import AnyNetworkConfig, PublishedConfig, TrainedModel

PACKAGES = ("latentbo", "torch", "selfies", "rdkit")
FACT_NAMES = {"import": "made a model folder by", "processor_hours": "hours of processor time"}
DISTANCE_NAMES = {
    "ks": "KS term",
    "covariance": "covariance term",
    "mean": "mean term",
    "sliced": "sliced characteristic-function term",
}


STRUCTURE_NAMES = {
    "large_rings": ("with a ring of more than seven atoms", 3),
    "aromatic": ("with an aromatic ring", 3),
    "median_sa": ("synthetic accessibility (1 easy, 10 hard), median", 2),
    "median_qed": ("drug-likeness QED (0 to 1), median", 2),
}


def model_card(model: TrainedModel, metrics: dict[str, Any], molecular: bool) -> str:
    """Write the card as Markdown; every number of a result is from `metrics`.

    Args:
        model: The model, with its provenance.
        metrics: The result of `latentbo.training.evaluation.measure`.
        molecular: Whether its strings are molecules.
    """
    sections = [
        *_introduction(model, molecular),
        "## Measured\n",
        _table([("share", "value"), *share_rows(metrics, molecular)]),
        _table(distance_rows(metrics)),
        *(_table(rows) for rows in [structure_rows(metrics)] if rows),
        _explanation(metrics, molecular),
        *_training(model.provenance),
        "## Versions\n",
        "Measured with " + ", ".join(f"{p} {metadata.version(p)}" for p in PACKAGES) + ".\n",
        "## Intended use and limits\n",
        _limits(molecular),
        "## Licence\n",
        "MIT, as the package that wrote it.\n",
    ]
    return "\n".join(sections)


def share_rows(metrics: dict[str, Any], molecular: bool) -> list[tuple[str, str]]:
    """Return description and value of each share, for a table."""
    reconstruction, samples = metrics["reconstruction"], metrics["samples"]
    thing = "molecule" if molecular else "string"
    rows = [
        (f"exact reconstruction, canonical {thing}", reconstruction["canonical"]),
        ("exact reconstruction, token by token", reconstruction["sequence"]),
    ]
    rows += [
        (f"reconstruction after noise of {level} standard deviations", value)
        for level, value in reconstruction["after_noise"].items()
    ]
    if "nats" in reconstruction:
        rows.append((f"nats per held-out {thing}, given its code", reconstruction["nats"]))
    rows.append(("prior samples: valid as decoded", samples["valid_as_decoded"]))
    if molecular:
        rows.append(("prior samples: with radicals", samples["with_radicals"]))
        rows.append(("prior samples: valid after saturation", samples["valid"]))
    rows += [
        ("prior samples: unique among the valid", samples["unique"]),
        ("prior samples: novel among the unique", samples["novel"]),
        ("prior samples: round trip", samples["round_trip"]),
    ]
    return [(name, f"{value:.3f}") for name, value in rows]


def distance_rows(metrics: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a table of the terms by number of codes, header first."""
    sizes = list(metrics["prior_distance"]["ks"])
    head = ("held-out codes against the prior, 1 = noise floor", *(f"N = {n}" for n in sizes))
    return [head] + [
        (DISTANCE_NAMES[term] + suffix, *(f"{by_size[n]:.2f}" for n in sizes))
        for key, suffix in {"prior_distance": "", "prior_distance_noisy": ", with noise"}.items()
        for term, by_size in metrics.get(key, {}).items()
    ]


def structure_rows(metrics: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a table of the structures of prior samples and of the data, header first."""
    structures = metrics.get("structures")
    if not structures:
        return []
    groups = {"samples": "prior samples", "held_out": "held-out molecules"}
    head = ("structures", *(groups[name] for name in structures))
    return [head] + [
        (text, *(f"{shares[name]:.{digits}f}" for shares in structures.values()))
        for name, (text, digits) in STRUCTURE_NAMES.items()
    ]


def stages(provenance: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the stages of a training in order: warm starts have the earlier ones."""
    own = {key: value for key, value in provenance.items() if key != "stage_1"}
    earlier = provenance.get("stage_1")
    found = stages(earlier) if isinstance(earlier, dict) else []
    return [*found, own] if own else found


def _introduction(model: TrainedModel, molecular: bool) -> list[str]:
    config, prior = model.network_config, model.prior_config
    parameters = sum(p.numel() for p in model.network.parameters())
    name = model.representation.name
    strings = "molecules (SMILES)" if molecular else "strings"
    mean = f"one-hot means of length {prior.scale:g}"
    if prior.num_components == 1:
        mean = "mean 0"
    return [
        f"# Model card: {name} autoencoder, {config.num_dimensions} dimensions\n",
        f"A sequence autoencoder of {strings} and codes of {config.num_dimensions} dimensions, "
        f"whose codes were trained to follow a Gaussian mixture: {prior.num_components} "
        f"component{'s' * (prior.num_components > 1)}, {mean}, standard deviation "
        f"{prior.standard_deviation:g}. {_network(config)}; {parameters:,} parameters; "
        f"{len(model.representation.vocabulary)} tokens ({name}), at most "
        f"{model.representation.max_length - 1} symbols per string.\n",
    ]


def _network(config: AnyNetworkConfig) -> str:
    if isinstance(config, PublishedConfig):
        filters = ", ".join(f"{n}x{w}" for n, w in zip(config.filters, config.widths, strict=True))
        return (
            f"The network of the grammar variational autoencoder: convolutions (filters x width "
            f"{filters}), {config.dense_width} hidden units, GRU decoder ({config.gru_layers} "
            f"layers of {config.gru_width}) with the code as its only input"
        )
    return (
        f"Bidirectional GRU encoder ({config.encoder_width} units per direction), GRU decoder "
        f"({config.decoder_layers} layers of {config.decoder_width}) whose inputs are the code "
        f"and its previous token"
    )


def _explanation(metrics: dict[str, Any], molecular: bool) -> str:
    noisy = "prior_distance_noisy" in metrics
    beams = metrics.get("num_beams", 1)
    decoding = "greedy decoding" if beams == 1 else f"the best of {beams} beams"
    saturated = (
        " Valid means: parses, one fragment, holds carbon, no radicals; radicals of raw decodes "
        "are saturated with hydrogen first."
        if molecular
        else ""
    )
    return (
        f"On {metrics['num_held_out']:,} held-out strings and {metrics['num_samples']:,} samples "
        f"of the prior (seed {metrics['seed']}), {decoding}, weights as stored.{saturated} "
        f"Round trip: a sample's string, encoded and decoded again, is the same (of all samples). "
        f"Novel: not among the training strings as they were given. The terms compare noise-free "
        f"held-out codes with the prior, divided by their expectation under the prior itself at "
        f"that number of codes"
        + ("; with noise: with that of the training, which compared these" * noisy)
        + ".\n"
    )


def _training(provenance: dict[str, Any]) -> list[str]:
    found = stages(provenance)
    if not found:
        return []
    lines = ["## Training\n"]
    for number, stage in enumerate(found, start=1):
        if len(found) > 1:
            lines.append(f"### Stage {number} of {len(found)}\n")
        lines += _stage(stage)
    return lines


def _stage(stage: dict[str, Any]) -> list[str]:
    lines = []
    if "command" in stage:
        lines.append(f"```\n{stage['command']}\n```\n")
    else:
        lines.append("By a prototype outside this package; its weights were the warm start.\n")
    rows = []
    data = stage.get("data")
    if isinstance(data, dict):
        rows = [
            ("data", f"{data['file']}, {data['lines']:,} lines"),
            ("sha256 of the strings", f"`{data['sha256']}`"),
        ]
        source = [d.source for d in DATASETS.values() if d.sha256 == data["sha256"]]
        rows += [("source", text) for text in source]
        if data.get("drop_best"):
            hidden = f"the best {data['drop_best']:.0%} by {data['objective']}"
            rows.append(("never seen", f"{hidden}, all above {data['threshold']:.6g}"))
        if data.get("limit") is not None:
            rows.append(("strings drawn at random", f"{data['limit']:,}"))
    facts = ("machine", "processor_hours", "version", "stopped", "import")
    rows += [(FACT_NAMES.get(name, name), str(stage[name])) for name in facts if name in stage]
    rows += _settings_rows(stage.get("settings") or {})
    if rows:
        lines.append(_table([("setting", "value"), *rows]))
    if "measured" in stage:
        lines.append("Measured after this stage, by the prototype:\n")
        lines.append(f"```json\n{json.dumps(stage['measured'], indent=1)}\n```\n")
    return lines


def _settings_rows(settings: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and value of each setting; those of robust training are listed one by one."""
    for name, value in settings.items():
        if name == "robust" and isinstance(value, dict):
            yield from _settings_rows(value, "robust ")
        else:
            text = value if isinstance(value, str) else repr(value)
            yield before + name.replace("_", " "), text


def _limits(molecular: bool) -> str:
    text = (
        "Meant for Bayesian optimization in its latent space (`python -m latentbo.optimize`), and "
        "as a warm start for training on similar strings. It supports only the symbols and lengths "
        "of its training data: anything else is refused, not guessed. Reconstruction is not "
        "perfect (see above), so encode a decoded string again before trusting the pair. "
        "The figures hold for strings like the held-out ones."
    )
    if molecular:
        text += (
            " Validity of a molecule says nothing about its stability, synthesis, toxicity or "
            "effect: proposals need a chemist's judgement."
        )
    return text + "\n"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """Write rows, header first, as a Markdown table."""
    lines = ["| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]) + "\n"
