import json
from pathlib import Path

import pytest

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.models import (
    NETWORKS,
    AnyNetworkConfig,
    NetworkConfig,
    PublishedAutoencoder,
    PublishedConfig,
    SequenceAutoencoder,
    TrainedModel,
    default_model_folder,
    load_model,
    make_network,
    network_from_dict,
    network_kind,
    network_to_dict,
    save_model,
)

CONFIGS = [NetworkConfig(5), PublishedConfig(), PublishedConfig(filters=(9, 9, 10), dense_width=7)]


@pytest.mark.parametrize("config", CONFIGS)
def test_configuration_survives_json(config: AnyNetworkConfig) -> None:
    values = json.loads(json.dumps(network_to_dict(config)))
    assert network_from_dict(values) == config


@pytest.mark.parametrize(
    ("kind", "network"),
    [("autoregressive", SequenceAutoencoder), ("published", PublishedAutoencoder)],
)
def test_kind_makes_the_network(kind: str, network: type) -> None:
    config = NETWORKS[kind]()
    assert network_kind(config) == kind
    assert type(make_network(14, config)) is network


def test_without_a_kind_it_is_autoregressive() -> None:
    assert network_from_dict({"num_dimensions": 3}) == NetworkConfig(3)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'conv': choose one of autoregressive, published"):
        network_from_dict({"kind": "conv"})


def test_folders_written_before_there_were_kinds_still_load(
    model: TrainedModel, strings: list[str], tmp_path: Path
) -> None:
    save_model(model, tmp_path)
    path = tmp_path / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    assert config["network"].pop("kind") == "autoregressive"
    path.write_text(json.dumps(config), encoding="utf-8")
    assert load_model(tmp_path).network_config == model.network_config
    config["network"]["kind"] = "published"
    path.write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(CheckpointError, match="do not make a model"):
        load_model(tmp_path)


def test_shipped_molecule_model_loads() -> None:
    model = load_model(default_model_folder("molecules"))
    assert isinstance(model.network_config, NetworkConfig)
    assert model.encode(["CCO"]).shape == (1, model.num_dimensions)
