"""A training run on strings: prepare the data, start cold or warm, train.

Beside the files of `latentbo.training.fit`, the folder holds `rejected.tsv` (unusable lines) and,
at the end, the model's files.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.chemistry import canonical_smiles
from latentbo.data import Line, cache_folder, write_rejected
from latentbo.errors import ConfigurationError, DataError
from latentbo.models import (
    AnyNetworkConfig,
    PriorConfig,
    TrainedModel,
    alternatives,
    load_model,
    make_network,
    network_kind,
)
from latentbo.parsing import Grammar
from latentbo.regularizers import make_regularizer
from latentbo.representations import REPRESENTATIONS, Representation
from latentbo.representations.cached import build_with_cache, encode_with_cache
from latentbo.representations.vocabulary import SPECIAL_SYMBOLS
from latentbo.seeds import seed_for
from latentbo.training.config import TrainingConfig
from latentbo.training.fit import fit, provenance_of
from latentbo.training.loop import Report
from latentbo.training.recombine import recombined_with_cache
from latentbo.training.robust_loss import make_training_loss
from latentbo.training.split import Split, split_rows


@dataclass(frozen=True)
class PreparedData:
    """Encoded strings and their split.

    Attributes:
        tokens: `n x length`, one row per string.
        strings: The usable strings.
        split: Their split into training, test and validation.
        num_rejected: Number of unusable strings.
        recombined: `m x length` tokens of extra training molecules.
    """

    tokens: Tensor
    strings: list[str]
    split: Split
    num_rejected: int
    recombined: Tensor | None = None

    @property
    def training(self) -> Tensor:
        """The tokens to train on, `k x length`."""
        own = self.tokens[self.split.training]
        return own if self.recombined is None else torch.cat([own, self.recombined])


def prepare(
    representation: Representation, lines: list[Line], config: TrainingConfig, directory: Path
) -> PreparedData:
    """Encode and split the lines; create the folder, with a list of the unusable lines.

    Raises:
        DataError: If no or too few lines are usable; nothing is written then.
    """
    strings = [line.string for line in lines]
    tokens, positions, rejected = encode_with_cache(representation, strings, cache_folder())
    representation.learn_length(tokens)
    split = split_rows(len(positions), config.held_out, config.split_seed)
    directory.mkdir(parents=True, exist_ok=True)
    if rejected:
        rows = [(lines[r.position].number, r.string, r.reason) for r in rejected]
        write_rejected(directory / "rejected.tsv", rows)
    usable = [strings[i] for i in positions]
    further = _recombined(representation, usable, split, config) if config.recombined else None
    return PreparedData(tokens, usable, split, len(rejected), further)


def _recombined(
    representation: Representation, strings: list[str], split: Split, config: TrainingConfig
) -> Tensor:
    """Return the tokens of molecules recombined from training molecules; none is held out."""
    training = [strings[i] for i in split.training.tolist()]
    held_out = canonical_smiles(set(strings).difference(training))
    made = recombined_with_cache(
        training, config.recombined * len(training), config.seed, cache_folder()
    )
    new = [molecule for molecule in made if molecule not in held_out]
    return encode_with_cache(representation, new, cache_folder())[0]


@dataclass(frozen=True)
class TrainingRun:
    """One training run.

    Args:
        directory: The run's folder.
        config: Settings of the training.
        network: Kind and sizes (those of the warm start, if any).
        prior: Prior of the codes.
        device: `cpu`, `cuda`, `cuda:1`, …
        num_devices: Number of GPUs.
        warm_start: Model folder with the initial weights and the vocabulary.
        grammar: For the grammar representation only.
    """

    directory: Path
    config: TrainingConfig
    network: AnyNetworkConfig
    prior: PriorConfig
    device: str = "cpu"
    num_devices: int = 1
    warm_start: Path | None = None
    grammar: Grammar | None = None

    def start(self, lines: list[Line]) -> TrainedModel:
        """Return the untrained (or warm-started) model with its representation.

        Raises:
            CheckpointError: If the warm start is not a model folder.
            ConfigurationError: If the warm start does not fit the settings, or there is no such
                representation.
            DataError: If no symbol of the lines is frequent enough.
        """
        if self.warm_start is not None:
            return self._warm_model(self.warm_start)
        representation = self._new_representation(lines)
        torch.manual_seed(seed_for(self.config.seed, -1))
        network = make_network(len(representation.vocabulary), self.network)
        return TrainedModel(network, representation, self.network, self.prior)

    def _warm_model(self, folder: Path) -> TrainedModel:
        model = load_model(folder)
        kind = network_kind(model.network_config)
        if kind != network_kind(self.network):
            raise ConfigurationError(f"{folder} has the {kind} network: add --network {kind}")
        name = model.representation.name
        if name != self.config.representation:
            raise ConfigurationError(f"{folder} is a {name} model: add --representation {name}")
        regularizer = make_regularizer(self.config.regularizer_config, model.prior)
        if regularizer.requires_variance and not model.network_config.variational:
            raise ConfigurationError(
                f"{folder} has no log variance, which --regularizer {self.config.regularizer} "
                f"needs: choose another regularizer, or train without --warm-start"
            )
        return model

    def _new_representation(self, lines: list[Line]) -> Representation:
        if self.config.representation not in REPRESENTATIONS:
            raise REPRESENTATIONS.unknown(self.config.representation)
        representation = build_with_cache(
            REPRESENTATIONS[self.config.representation],
            [line.string for line in lines],
            cache_folder(),
            max_length=self.config.max_length,
            min_count=self.config.min_count,
            grammar=self.grammar,
            vocabulary_size=self.config.vocabulary_size,
        )
        if len(representation.vocabulary) > len(SPECIAL_SYMBOLS):
            return representation
        representation.symbols(lines[0].string)  # raises if strings cannot be split at all
        raise DataError(
            f"no symbol occurs {self.config.min_count} times in {len(lines)} lines: give more "
            f"strings, or a smaller --min-count"
        )

    def train(
        self,
        model: TrainedModel,
        data: PreparedData,
        show: Report,
        provenance: dict[str, Any],
    ) -> None:
        """Train the model in place; resumes from a checkpoint if there is one."""
        loss = make_training_loss(
            self.config, model.network, model.prior, alternatives(model.representation)
        )
        seconds = fit(
            self.directory,
            loss,
            self.config,
            (data.training,),
            (data.tokens[data.split.validation],),
            device=self.device,
            num_devices=self.num_devices,
            reports=(show,),
        )
        # The training of a warm start becomes the first stage; that of a prototype already is one.
        before = model.provenance
        earlier = {"stage_1": before} if "settings" in before else before
        known = {**earlier, **provenance, "processor_hours": round(seconds / 3600, 2)}
        model.provenance = provenance_of(self.config, known)
