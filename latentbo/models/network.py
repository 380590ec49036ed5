"""The sequence autoencoder: a bidirectional GRU encoder and an autoregressive GRU decoder.

Inputs of the decoder at every step are the code and its own previous token. In training, previous
tokens are dropped at random ("token dropout"), so that it must use the code.
"""

import torch
from torch import Tensor, nn

from latentbo.models.sizes import NetworkConfig
from latentbo.regularizers import Encoding
from latentbo.representations import BEGIN, END, PAD


class SequenceEncoder(nn.Module):
    """Bidirectional GRU, mean and maximum over the symbols, linear head.

    The backward direction reads each row reversed within its own length from a learned state, so a
    code depends on its string alone, not on the padding or on other rows of the batch. (The same
    function as packed sequences, on kernels that are about twice as fast on a CPU.)
    """

    def __init__(self, vocabulary_size: int, config: NetworkConfig) -> None:
        super().__init__()
        width = config.encoder_width
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_width)
        self.forward_rnn = nn.GRU(config.embedding_width, width, batch_first=True)
        self.backward_rnn = nn.GRU(config.embedding_width, width, batch_first=True)
        self.backward_start = nn.Parameter(torch.zeros(width))
        outputs = config.num_dimensions * (2 if config.variational else 1)
        self.head = nn.Linear(4 * width, outputs)
        self.variational = config.variational

    @property
    def embedding_deviation(self) -> Tensor:
        """Standard deviation of the values of the embeddings of symbols and end, a scalar."""
        return self.embedding.weight.detach()[END:].std(correction=0)

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the embeddings of `n x length` tokens: `n x length x width`."""
        embedded: Tensor = self.embedding(tokens)
        return embedded

    def forward(
        self, tokens: Tensor, embedded: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Return mean (`n x d`) and log variance (the same, or None) for `n x length` tokens.

        Args:
            tokens: Strings; if `embedded` is given, used for their lengths only.
            embedded: Input of the layers in place of `embed(tokens)`, of the same shape.
        """
        embedded = self.embed(tokens) if embedded is None else embedded
        lengths = (tokens != PAD).sum(1)
        inside = torch.arange(tokens.shape[1], device=tokens.device) < lengths[:, None]
        states = self._states(embedded, lengths, inside).float()
        mask = inside[:, :, None]
        mean_state = (states * mask).sum(1) / lengths.clamp(min=1)[:, None]
        max_state = states.masked_fill(~mask, -1e4).amax(1)
        output = self.head(torch.cat([mean_state, max_state], 1)).float()
        if not self.variational:
            return output, None
        mean, log_variance = output.chunk(2, 1)
        return mean, log_variance

    def _states(self, embedded: Tensor, lengths: Tensor, inside: Tensor) -> Tensor:
        steps = torch.arange(embedded.shape[1], device=embedded.device).expand_as(inside)
        mirror = torch.where(inside, lengths[:, None] - 1 - steps, steps)[:, :, None]
        reversed_input = embedded.gather(1, mirror.expand_as(embedded))
        start = self.backward_start.expand(1, len(embedded), -1).to(embedded.dtype).contiguous()
        forward, _ = self.forward_rnn(embedded)
        backward, _ = self.backward_rnn(reversed_input, start)
        return torch.cat([forward, backward.gather(1, mirror.expand_as(backward))], 2)


class SequenceDecoder(nn.Module):
    """GRU layers whose inputs at every step are the code and the previous token."""

    def __init__(self, vocabulary_size: int, config: NetworkConfig) -> None:
        super().__init__()
        self.shape = (config.decoder_layers, config.decoder_width)
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_width)
        self.start = nn.Linear(config.num_dimensions, config.decoder_layers * config.decoder_width)
        self.rnn = nn.GRU(
            config.embedding_width + config.num_dimensions,
            config.decoder_width,
            config.decoder_layers,
            batch_first=True,
        )
        self.output = nn.Linear(config.decoder_width, vocabulary_size)

    def initial_state(self, codes: Tensor) -> Tensor:
        """Return the `layers x n x width` state before the first token."""
        return self.start(codes).view(-1, *self.shape).transpose(0, 1).contiguous()

    def forward(self, codes: Tensor, previous: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Run over `n x length` previous tokens.

        Returns:
            Logits, `n x length x vocabulary`, and the last state, `layers x n x width`.
        """
        embedded = self.embedding(previous)
        repeated = codes[:, None, :].expand(-1, previous.shape[1], -1).to(embedded.dtype)
        outputs, state = self.rnn(torch.cat([embedded, repeated], 2), state.to(embedded.dtype))
        return self.output(outputs), state


class SequenceAutoencoder(nn.Module):
    """Encoder and decoder over one vocabulary.

    Args:
        vocabulary_size: Number of tokens, the special ones included.
        config: Sizes.
    """

    #: None: strings keep their own length (see `latentbo.models.networks`).
    fixed_length: int | None = None

    def __init__(self, vocabulary_size: int, config: NetworkConfig) -> None:
        super().__init__()
        self.encoder = SequenceEncoder(vocabulary_size, config)
        self.decoder = SequenceDecoder(vocabulary_size, config)

    def encode(
        self,
        tokens: Tensor,
        generator: torch.Generator | None = None,
        embedded: Tensor | None = None,
    ) -> Encoding:
        """Return the `Encoding` of `n x length` tokens.

        A deterministic encoder's codes are its means. A variational one's are samples while
        training (drawn from `generator`) and means otherwise. `embedded` replaces
        `encoder.embed(tokens)`.
        """
        mean, log_variance = self.encoder(tokens, embedded)
        if log_variance is None or not self.training:
            return Encoding(mean, mean, log_variance)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
        return Encoding(mean + (0.5 * log_variance).exp() * noise, mean, log_variance)

    def logits(self, codes: Tensor, tokens: Tensor, dropped: Tensor | None = None) -> Tensor:
        """Return teacher-forced logits, `n x length x vocabulary`, of tokens given those before.

        Args:
            codes: An `n x d`-dim tensor.
            tokens: The `n x length` target tokens.
            dropped: Boolean, `n x length`: the previous tokens to hide from the decoder.
        """
        begin = torch.full_like(tokens[:, :1], BEGIN)
        previous = torch.cat([begin, tokens[:, :-1]], 1)
        if dropped is not None:
            previous = previous.masked_fill(dropped, PAD)
        return self.decoder(codes, previous, self.decoder.initial_state(codes))[0]
