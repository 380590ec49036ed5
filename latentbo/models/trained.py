"""A trained model of strings: network, representation and prior together."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.isolation import library_settings
from latentbo.models.alternative_tokens import alternatives
from latentbo.models.decoding import decode_beams, decode_tokens, sample_chunks
from latentbo.models.files import read_json
from latentbo.models.networks import AnyAutoencoder, make_network, make_prior
from latentbo.models.sizes import (
    MAX_BEAMS,
    AnyNetworkConfig,
    PriorConfig,
    network_from_dict,
    network_to_dict,
)
from latentbo.models.trained_network import TrainedNetwork
from latentbo.models.votes import MostFrequent, most_frequent
from latentbo.representations import (
    PAD,
    Decoded,
    Representation,
    RepresentationError,
    Vocabulary,
    from_config,
)

VOCABULARY_FILE = "vocabulary.json"


class TrainedModel(TrainedNetwork):
    """An autoencoder of strings: encodes strings to codes and decodes codes to strings.

    Args:
        network: The autoencoder, in evaluation mode.
        representation: Converts strings to tokens and back.
        network_config: The network's sizes.
        prior_config: The prior of its training.
        provenance: Facts about its training; stored in `config.json`.
        num_beams: Prefixes that the beam search of a decode at temperature 0 keeps; 1 is greedy
            decoding.

    Raises:
        ConfigurationError: If the lengths of network and representation differ, or `num_beams` is
            not from 1 to 100.
    """

    formats = (1,)
    noun = "a model"
    writer = "latentbo.train"
    dtype = torch.float16

    network: AnyAutoencoder

    def __init__(
        self,
        network: AnyAutoencoder,
        representation: Representation,
        network_config: AnyNetworkConfig,
        prior_config: PriorConfig,
        provenance: dict[str, Any] | None = None,
        num_beams: int = 1,
    ) -> None:
        if type(num_beams) is not int or not 1 <= num_beams <= MAX_BEAMS:
            raise ConfigurationError(
                f"num_beams {num_beams!r} must be a whole number from 1 to {MAX_BEAMS}"
            )
        if network.fixed_length not in (None, representation.max_length):
            raise ConfigurationError(
                f"the network holds {network.fixed_length} tokens, its representation "
                f"{representation.max_length}: give both the same length"
            )
        super().__init__(network, provenance)
        self.representation = representation
        self.network_config = network_config
        self.prior_config = prior_config
        self.prior = make_prior(prior_config, network_config.num_dimensions)
        self.num_beams = num_beams

    @property
    def num_dimensions(self) -> int:
        """Size `d` of a code."""
        return self.network_config.num_dimensions

    @library_settings()
    @torch.no_grad()
    def encode_tokens(self, tokens: Tensor, batch_size: int = 128) -> Tensor:
        """Return the `n x d` codes (float32, on the CPU) of `n x length` tokens."""
        codes = torch.empty(len(tokens), self.num_dimensions)
        for rows in by_length(tokens, batch_size):
            chunk = trimmed(tokens[rows]).to(self.device, torch.int64)
            codes[rows] = self.network.encode(chunk).mean.float().cpu()
        return codes

    @library_settings()
    @torch.no_grad()
    def log_likelihood(self, tokens: Tensor, codes: Tensor, batch_size: int = 128) -> Tensor:
        """Return the decoder's mean log probability per token, given the codes.

        Under a grammar, probabilities are normalised over the productions of the same non-terminal.

        Args:
            tokens: An `n x length`-dim tensor.
            codes: An `n x d`-dim tensor.
            batch_size: Rows at a time.

        Returns:
            An `n`-dim tensor (float32, on the CPU) of values <= 0.
        """
        means = torch.empty(len(tokens))
        allowed = alternatives(self.representation)
        allowed = None if allowed is None else allowed.to(self.device)
        for rows in by_length(tokens, batch_size):
            targets = trimmed(tokens[rows]).to(self.device, torch.int64)
            chunk = codes[rows.to(codes.device)].to(self.device, torch.float32)
            logits = self.network.logits(chunk, targets).float()
            if allowed is not None:
                logits = logits.masked_fill(~allowed[targets], -torch.inf)
            chosen = logits.log_softmax(2).gather(2, targets[:, :, None])[:, :, 0]
            inside = targets != PAD
            sums = chosen.masked_fill(~inside, 0).sum(1)
            means[rows] = (sums / inside.sum(1).clamp(min=1)).cpu()
        return means

    @library_settings()
    def encode(self, strings: Sequence[str]) -> Tensor:
        """Return the `n x d` codes (float32, on the CPU) of strings.

        Raises:
            RepresentationError: For the first string that cannot be represented.
        """
        return self.encode_tokens(self.representation.encode(strings))

    @library_settings()
    def can_encode(self, string: str) -> bool:
        """Return whether a string can be encoded."""
        try:
            self.representation.indices(string)
        except RepresentationError:
            return False
        return True

    @library_settings()
    def decode(
        self,
        codes: Tensor,
        temperature: float | Tensor = 0.0,
        generator: torch.Generator | None = None,
        batch_size: int = 500,
    ) -> list[Decoded]:
        """Decode `n x d` codes (any device, any float type); see `decode_tokens`."""
        tokens = self.decode_tokens(codes, temperature, generator, batch_size)
        return self.representation.decode(tokens)

    @library_settings()
    @torch.no_grad()
    def decode_tokens(
        self,
        codes: Tensor,
        temperature: float | Tensor = 0.0,
        generator: torch.Generator | None = None,
        batch_size: int = 500,
    ) -> Tensor:
        """Decode codes to tokens.

        Args:
            codes: An `n x d`-dim tensor (any device, any float type).
            temperature: 0 takes the most probable string that a search among `num_beams` finds,
                else samples from softmax(logits / T); one for all, or one per code.
            generator: Draws the samples, on the model's device.
            batch_size: Codes at a time.

        Returns:
            An `n x max_length` int64 tensor on the CPU; rows without an end token ran out of
            length.
        """
        tokens = torch.full((len(codes), self.representation.max_length), PAD)
        temperatures = torch.as_tensor(temperature).expand(len(codes))
        # Rows that are sampled together depend on one another, as those of a greedy decode do not.
        searched = (temperatures == 0) & (self.num_beams > 1)
        for rows in (torch.nonzero(searched)[:, 0], torch.nonzero(~searched)[:, 0]):
            for some in rows.split(batch_size) if len(rows) else ():
                chunk = codes[some.to(codes.device)].to(self.device, torch.float32)
                if searched[some[0]]:
                    found, _ = decode_beams(
                        self.network, self.representation, chunk, self.num_beams
                    )
                    tokens[some] = found[:, 0].cpu()
                else:
                    tokens[some] = decode_tokens(
                        self.network, self.representation, chunk, temperatures[some], generator
                    ).cpu()
        return tokens

    @library_settings()
    def decode_most_frequent(
        self,
        codes: Tensor,
        num_samples: int,
        accept: Callable[[str], str | None],
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> list[MostFrequent]:
        """Decode each of `n x d` codes to the most frequent valid of its samples.

        Args:
            codes: An `n x d`-dim tensor (any device, any float type).
            num_samples: Decodes of each code.
            accept: Returns the canonical form of a string, or None if it is not valid.
            temperature: Of the samples; see `decode_samples`.
            generator: Draws the samples.

        Returns:
            For each code the string (None if no sample is valid) and the counts of its samples.

        Raises:
            ConfigurationError: If there is no sample to draw, or the temperature is negative.
        """
        ask = cache(accept)
        codes = codes.to(self.device, torch.float32)
        chunks = sample_chunks(
            self.network, self.representation, codes, num_samples, temperature, generator
        )
        return [row for chunk in chunks for row in most_frequent(chunk, self.representation, ask)]

    def finishing(self) -> Self:
        """Return a copy of the model; with a grammar, its decodes do not run out of length.

        Raises:
            ConfigurationError: If no sentence of the grammar is short enough.
        """
        other = copy(self)
        other.representation = self.representation.finishing()
        return other

    def to_config(self) -> dict[str, Any]:
        """Return the content of `config.json`, without the format."""
        return {
            "representation": self.representation.to_config(),
            "network": network_to_dict(self.network_config),
            "prior": asdict(self.prior_config),
            **({} if self.num_beams == 1 else {"decoding": {"num_beams": self.num_beams}}),
            "provenance": self.provenance,
        }

    def further_files(self) -> dict[str, Any]:
        """Return the vocabulary."""
        return {VOCABULARY_FILE: self.representation.vocabulary.to_json()}

    @classmethod
    def from_config(cls, config: dict[str, Any], directory: Path) -> Self:
        """Return a model with new weights; its vocabulary is read from the folder."""
        vocabulary = Vocabulary.from_json(read_json(directory / VOCABULARY_FILE))
        representation = from_config(config["representation"], vocabulary)
        sizes = network_from_dict(config["network"])
        prior = PriorConfig(**config["prior"])
        network = make_network(len(vocabulary), sizes)
        beams = config.get("decoding", {}).get("num_beams", 1)
        return cls(network, representation, sizes, prior, config.get("provenance"), beams)


def by_length(tokens: Tensor, batch_size: int) -> tuple[Tensor, ...]:
    """Split the rows of `n x length` tokens into batches of about equal length, shortest first.

    The steps of a network for a batch are the tokens of its longest row.
    """
    lengths = (tokens != PAD).sum(1).cpu()
    return lengths.argsort(stable=True).split(batch_size) if len(tokens) else ()


def trimmed(tokens: Tensor) -> Tensor:
    """Cut `n x length` tokens to the longest row: codes and losses do not depend on the padding."""
    longest = int((tokens != PAD).sum(1).max()) if len(tokens) else 0
    return tokens[:, : max(1, longest)]
