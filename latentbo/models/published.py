"""The network of the grammar variational autoencoder, with its published sizes.

A convolutional encoder over one-hot tokens of fixed length, and a decoder whose only input is the
code, repeated at every position. As in the published code, padding is a class of its own
("nothing", here END and PAD together). Two differences do not change the expressiveness of the
network: torch's GRU applies the reset gate after the matrix product and has exact sigmoids, Keras 1
applied it before and had piecewise linear ones.

References:
    Kusner et al., "Grammar Variational Autoencoder", ICML 2017, and the code beside it.
"""

import math

import torch
from torch import Tensor, nn

from latentbo.models.gru import RepeatedInputGRU
from latentbo.models.sizes import PublishedConfig
from latentbo.regularizers import Encoding
from latentbo.representations import END, PAD


class PublishedEncoder(nn.Module):
    """Convolutions over the positions, one hidden layer, linear heads."""

    def __init__(self, num_classes: int, config: PublishedConfig) -> None:
        super().__init__()
        self.num_classes, self.max_length = num_classes, config.max_length
        layers: list[nn.Module] = []
        channels = num_classes
        for filters, width in zip(config.filters, config.widths, strict=True):
            layers += [nn.Conv1d(channels, filters, width), nn.ReLU()]
            if config.batch_norm:
                layers.append(_batch_norm(filters))
            channels = filters
        self.convolutions = nn.Sequential(*layers)
        self.hidden = nn.Linear(channels * config.positions_left, config.dense_width)
        outputs = config.num_dimensions * (2 if config.variational else 1)
        self.head = nn.Linear(config.dense_width, outputs)
        self.variational = config.variational

    @property
    def embedding_deviation(self) -> Tensor:
        """Standard deviation of the values of one-hot vectors, a scalar."""
        deviation = math.sqrt(self.num_classes - 1) / self.num_classes
        return self.head.weight.new_tensor(deviation)

    def embed(self, tokens: Tensor) -> Tensor:
        """Return one-hot vectors of `n x length` tokens: `n x max_length x classes`."""
        classes = _classes(_to_length(tokens, self.max_length))
        return nn.functional.one_hot(classes, self.num_classes).to(self.head.weight.dtype)

    def forward(
        self, tokens: Tensor, embedded: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Return mean (`n x d`) and log variance (the same, or None) for `n x length` tokens.

        Args:
            tokens: Strings, at most `max_length` tokens each.
            embedded: Input of the layers in place of `embed(tokens)`, of the same shape.
        """
        embedded = self.embed(tokens) if embedded is None else embedded
        features = self.convolutions(embedded.transpose(1, 2)).flatten(1)
        output = self.head(self.hidden(features).relu()).float()
        if not self.variational:
            return output, None
        mean, log_variance = output.chunk(2, 1)
        return mean, log_variance


class PublishedDecoder(nn.Module):
    """GRU layers whose only input, at every position, is the code.

    They do not depend on tokens, so `initial_state` computes all logits, and each step returns the
    next ones: the interface of a token-by-token decoder.
    """

    #: The samples of a code share its logits.
    sees_previous = False

    def __init__(self, num_classes: int, config: PublishedConfig) -> None:
        super().__init__()
        self.max_length = config.max_length
        size = config.num_dimensions
        self.normalise = _batch_norm(size) if config.batch_norm else nn.Identity()
        self.hidden = nn.Linear(size, size)
        self.rnn = RepeatedInputGRU(size, config.gru_width, config.gru_layers)
        self.output = nn.Linear(config.gru_width, num_classes)

    def initial_state(self, codes: Tensor) -> Tensor:
        """Return all logits of `n x d` codes, `max_length x n x vocabulary`, as the state.

        Padding and begin have no class: their logits are minus infinity.
        """
        hidden = self.hidden(self.normalise(codes)).relu()
        logits = self.output(self.rnn(hidden, self.max_length))
        return nn.functional.pad(logits, (END, 0), value=-torch.inf)

    def forward(self, codes: Tensor, previous: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of the next `length` positions, which do not depend on previous tokens.

        Args:
            codes: Not used: the state is computed from them.
            previous: The `n x length` previous tokens; only their number counts.
            state: The logits not yet returned.

        Returns:
            Logits, `n x length x vocabulary`, and the remaining state.
        """
        length = previous.shape[1]
        return state[:length].transpose(0, 1), state[length:]


class PublishedAutoencoder(nn.Module):
    """The published encoder and decoder over one vocabulary.

    Args:
        vocabulary_size: Number of tokens, the special ones included.
        config: Sizes.
    """

    def __init__(self, vocabulary_size: int, config: PublishedConfig) -> None:
        super().__init__()
        num_classes = vocabulary_size - END
        #: All strings are padded to this length.
        self.fixed_length = config.max_length
        self.noise_scale = config.noise_scale
        self.encoder = PublishedEncoder(num_classes, config)
        self.decoder = PublishedDecoder(num_classes, config)
        self.apply(_initialise)

    def encode(
        self,
        tokens: Tensor,
        generator: torch.Generator | None = None,
        embedded: Tensor | None = None,
    ) -> Encoding:
        """Return the `Encoding` of `n x length` tokens, which are padded to the fixed length.

        A deterministic encoder's codes are its means. A variational one's are samples while
        training (drawn from `generator`) and means otherwise. `embedded` replaces
        `encoder.embed(tokens)`.
        """
        mean, log_variance = self.encoder(tokens, embedded)
        if log_variance is None or not self.training:
            return Encoding(mean, mean, log_variance)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
        deviation = self.noise_scale * (0.5 * log_variance).exp()
        return Encoding(mean + deviation * noise, mean, log_variance)

    def logits(self, codes: Tensor, tokens: Tensor, dropped: Tensor | None = None) -> Tensor:
        """Return the logits, `n x length x vocabulary`, of the codes alone.

        Args:
            codes: An `n x d`-dim tensor.
            tokens: The `n x length` target tokens; only their number counts.
            dropped: Not used: the decoder has no previous tokens as input.
        """
        del dropped
        return self.decoder.initial_state(codes)[: tokens.shape[1]].transpose(0, 1)


def _classes(tokens: Tensor) -> Tensor:
    """Classes of tokens: 0 is nothing (end and padding), the symbols follow."""
    return (tokens - END).clamp(min=0)


def _to_length(tokens: Tensor, length: int) -> Tensor:
    """Pad `n x m` tokens to a length, or cut padding off.

    Raises:
        ValueError: If the rest beyond the length is not padding.
    """
    missing = length - tokens.shape[1]
    if missing < 0 and bool((tokens[:, length:] != PAD).any()):
        raise ValueError(f"the network holds {length} tokens, got rows of up to {tokens.shape[1]}")
    return nn.functional.pad(tokens, (0, missing), value=PAD)


def _batch_norm(channels: int) -> nn.BatchNorm1d:
    # Keras' epsilon. Its momentum of 0.99 only changes the speed of the running statistics.
    return nn.BatchNorm1d(channels, eps=1e-3)


def _initialise(module: nn.Module) -> None:
    """Initialise as Keras 1 did: Glorot-uniform, orthogonal within the GRU, zero biases."""
    if isinstance(module, nn.Linear | nn.Conv1d):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.GRU):
        for name, parameter in module.named_parameters():
            if name.startswith("bias"):
                nn.init.zeros_(parameter)
                continue
            draw = nn.init.xavier_uniform_ if name.startswith("weight_ih") else nn.init.orthogonal_
            for gate in parameter.data.chunk(3):
                draw(gate)
