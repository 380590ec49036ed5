"""Decode codes to tokens, step by step; finished rows are dropped from the computation."""

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Protocol

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.representations import BEGIN, END, PAD, Representation

#: Codes, and rows (codes times samples), decoded at a time: bounds the memory.
CODES_AT_ONCE = 500
ROWS_AT_ONCE = 10_000

#: From the logits of groups of rows (`g x vocabulary`, -inf for masked tokens), the `n` unfinished
#: rows, the group of each, and the position: the `n` chosen tokens.
Choice = Callable[[Tensor, Tensor, Tensor, int], Tensor]


class Decoder(Protocol):
    """Interface of a decoder: an initial state, and a step.

    A decoder whose attribute `sees_previous` is False returns logits that do not depend on earlier
    tokens; its state is then kept once per code, for any number of samples.
    """

    def initial_state(self, codes: Tensor) -> Tensor:
        """Return the state before the first token; its dimension 1 indexes the rows."""

    def __call__(self, codes: Tensor, previous: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits, `n x 1 x vocabulary`, after `n x 1` tokens, and the next state."""


class HasDecoder(Protocol):
    """Interface of an autoencoder for decoding."""

    @property
    def decoder(self) -> Decoder:
        """Return its decoder."""


@torch.no_grad()
def decode_tokens(
    model: HasDecoder,
    representation: Representation,
    codes: Tensor,
    temperature: float | Tensor = 0.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Decode codes greedily or by sampling, under the representation's mask.

    Args:
        model: The autoencoder; its decoder is used.
        representation: Gives the mask, and the maximum length.
        codes: An `n x d`-dim tensor on the model's device.
        temperature: 0 takes the most probable token, else samples from softmax(logits / T); one for
            all, or `n` of them, one per code.
        generator: Source of randomness (on the codes' device). A row's samples depend on the other
            rows of the batch, unlike those of `decode_samples`.

    Returns:
        An `n x max_length` int64 tensor; rows without an end token ran out of length.
    """
    temperatures = torch.as_tensor(temperature, device=codes.device).float().expand(len(codes))

    def draw(logits: Tensor, rows: Tensor, groups: Tensor, position: int) -> Tensor:
        # With one sample per code, each row is a group of its own, in the same order.
        scales = temperatures[rows]
        heated = logits / torch.where(scales > 0, scales, 1.0)[:, None]
        sampled = torch.multinomial(torch.softmax(heated, 1), 1, generator=generator)[:, 0]
        return torch.where(scales > 0, sampled, logits.argmax(1))

    choose = draw if (temperatures > 0).any() else _greedy
    return _run(model.decoder, representation, codes, 1, choose)


@torch.no_grad()
def continue_tokens(
    model: HasDecoder,
    representation: Representation,
    codes: Tensor,
    prefixes: Sequence[Sequence[int]],
    numbers: Sequence[int],
    forbidden: Sequence[int],
    temperature: float,
    generator: torch.Generator,
) -> list[list[int]]:
    """Sample tokens behind given ones.

    Args:
        model: The autoencoder; its decoder is used.
        representation: Gives the mask, and the maximum length.
        codes: An `n x d`-dim tensor on the model's device.
        prefixes: Of each code, the tokens that are given; they may come in this order.
        numbers: Of each code, how many tokens to write at most.
        forbidden: Of each code, the token that may not be the first one written, if there is
            another; -1: none.
        temperature: Samples from softmax(logits / T); positive.
        generator: Draws the samples.

    Returns:
        The tokens written behind each prefix; fewer where the decoder ended the string.
    """
    lengths = torch.tensor([len(prefix) for prefix in prefixes])
    given = torch.full((len(prefixes), max(1, int(lengths.max()))), PAD)
    for row, prefix in enumerate(prefixes):
        given[row, : len(prefix)] = torch.tensor(prefix)
    ends, unwanted = lengths + torch.tensor(numbers), torch.tensor(forbidden)

    def draw(logits: Tensor, rows: Tensor, groups: Tensor, position: int) -> Tensor:
        # Each row is a group of its own, in the same order.
        rows = rows.cpu()
        first = (lengths[rows] == position) & (unwanted[rows] >= 0)
        several = torch.isfinite(logits).sum(1).cpu() > 1
        banned = torch.nonzero(first & several)[:, 0]
        logits[banned, unwanted[rows[banned]]] = -torch.inf
        sampled = torch.multinomial(torch.softmax(logits / temperature, 1), 1, generator=generator)
        known = given[rows, min(position, given.shape[1] - 1)].to(logits.device)
        chosen = torch.where((position < lengths[rows]).to(logits.device), known, sampled[:, 0])
        return torch.where((position >= ends[rows]).to(logits.device), END, chosen)

    written = _run(model.decoder, representation, codes, 1, draw).tolist()
    found = []
    for row, start, end in zip(written, lengths.tolist(), ends.tolist(), strict=True):
        behind = row[start:end]
        found.append(list(takewhile(lambda token: token not in (END, PAD), behind)))
    return found


@torch.no_grad()
def decode_beams(
    model: HasDecoder, representation: Representation, codes: Tensor, num_beams: int
) -> tuple[Tensor, Tensor]:
    """Search for the most probable strings of each code, under the representation's mask.

    Greedy decoding takes the most probable token at each step, which often does not give the most
    probable string. A beam search keeps the `num_beams` most probable prefixes of each code at
    every step, and ends when all that are kept are complete.

    Args:
        model: The autoencoder; its decoder is used.
        representation: Gives the mask, and the maximum length.
        codes: An `n x d`-dim tensor on the model's device.
        num_beams: Prefixes kept at each step; 1 is greedy decoding.

    Returns:
        The tokens, `n x num_beams x max_length` (int64), the most probable string of each code
        first, without an end token where it ran out of length; and their log probabilities,
        `n x num_beams`, -inf (and no tokens) where a code has fewer strings.

    Raises:
        ConfigurationError: If `num_beams` is not positive.

    References:
        Graves, "Sequence Transduction with Recurrent Neural Networks", 2012, algorithm 1; here
        without a penalty for length.
    """
    if num_beams < 1:
        raise ConfigurationError(f"{num_beams} beams cannot be searched: give at least 1")
    num_codes, device = len(codes), codes.device
    tokens = torch.full((num_codes * num_beams, representation.max_length), PAD, device=device)
    # One row for each beam of each code; at first each code has only one, which is empty.
    scores = torch.full((num_codes, num_beams), -torch.inf, device=device)
    scores[:, 0] = 0
    rows = torch.arange(num_codes, device=device) * num_beams
    mask = representation.decoder_mask(num_codes, device)
    state = model.decoder.initial_state(codes)
    previous = torch.full((num_codes, 1), BEGIN, device=device)
    sees_previous = getattr(model.decoder, "sees_previous", True)
    source = torch.arange(num_codes, device=device)
    first = torch.arange(num_codes, device=device)[:, None] * num_beams
    for position in range(representation.decode_length):
        logits, state = model.decoder(codes, previous, state)
        logits = logits[:, 0].float()
        if not sees_previous:
            logits = logits.index_select(0, source)
        allowed = torch.where(mask.allowed(), logits, -torch.inf).log_softmax(1)
        best, choices = allowed.topk(min(num_beams, allowed.shape[1]), dim=1)
        # Complete strings stay as they are: one way to go on, at no cost.
        totals = scores.new_full((num_codes * num_beams, num_beams), -torch.inf)
        emitted = torch.full_like(totals, PAD, dtype=torch.int64)
        totals[:, 0] = scores.view(-1)
        totals[rows, : best.shape[1]] = scores.view(-1)[rows, None] + best
        emitted[rows, : best.shape[1]] = choices
        scores, places = totals.view(num_codes, -1).topk(num_beams, dim=1)
        parents = (first + places // num_beams).view(-1)
        chosen = emitted.view(num_codes, -1).gather(1, places).view(-1)
        tokens = tokens[parents]
        tokens[:, position] = chosen
        going_on = (chosen != END) & (chosen != PAD) & scores.view(-1).isfinite()
        places_of_rows = torch.zeros_like(chosen)
        places_of_rows[rows] = torch.arange(len(rows), device=device)
        rows = torch.nonzero(going_on)[:, 0]
        if not len(rows):
            break
        kept = places_of_rows[parents[rows]]
        mask.keep(kept)
        source = source[kept]
        if sees_previous:
            codes, state = codes[kept], state.index_select(1, kept)
            previous = chosen[rows][:, None]
        mask.advance(chosen[rows])
    tokens[scores.view(-1).isinf()] = PAD
    return tokens.view(num_codes, num_beams, -1), scores


def decode_samples(
    model: HasDecoder,
    representation: Representation,
    codes: Tensor,
    num_samples: int,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
    *,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Tensor:
    """Sample several decodes of each code.

    Apart from the network's rounding, the samples of a code depend on the code, the generator and
    its place among the codes only: not on `rows_at_once`, and with a CPU generator not on the
    device.

    Args:
        model: The autoencoder; its decoder is used.
        representation: Gives the mask, and the maximum length.
        codes: An `n x d`-dim tensor on the model's device.
        num_samples: Decodes of each code.
        temperature: Samples from softmax(logits / T); 0 repeats the greedy decode.
        generator: Draws the samples.
        rows_at_once: Rows (codes times samples) to decode at a time, at least one code.

    Returns:
        An `n x num_samples x max_length` tensor on the CPU, of the representation's `token_dtype`;
        rows without an end token ran out of length.

    Raises:
        ConfigurationError: If there is no sample to draw, or the temperature is negative.
    """
    chunks = [
        *sample_chunks(
            model, representation, codes, num_samples, temperature, generator, rows_at_once
        )
    ]
    shape = (0, num_samples, representation.max_length)
    return torch.cat(chunks) if chunks else torch.empty(shape, dtype=representation.token_dtype)


def sample_chunks(
    model: HasDecoder,
    representation: Representation,
    codes: Tensor,
    num_samples: int,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Iterator[Tensor]:
    """Yield the results of `decode_samples` in chunks of codes, to bound the memory.

    Yields:
        `m x num_samples x max_length` tensors, as `decode_samples` would return for `m` codes.

    Raises:
        ConfigurationError: If there is no sample to draw, or the temperature is negative.
    """
    if num_samples < 1 or temperature < 0:
        raise ConfigurationError(
            f"{num_samples} samples of temperature {temperature} cannot be drawn: at least one "
            f"sample, and a temperature of 0 or more"
        )
    num_drawn = num_samples if temperature > 0 else 1
    size = min(CODES_AT_ONCE, max(1, rows_at_once // num_drawn))
    for chunk in codes.split(size) if len(codes) else ():
        choose: Choice = _greedy
        if temperature > 0:
            choose = _inverse_cdf(representation, chunk, num_drawn, temperature, generator)
        with torch.no_grad():
            tokens = _run(model.decoder, representation, chunk, num_drawn, choose)
        shape = (len(chunk), num_samples, representation.max_length)
        tokens = tokens.to("cpu", representation.token_dtype)
        yield tokens.view(len(chunk), num_drawn, -1).expand(shape)


def _run(
    decoder: Decoder,
    representation: Representation,
    codes: Tensor,
    num_samples: int,
    choose: Choice,
) -> Tensor:
    """Decode each of `n` codes `num_samples` times: `(n * num_samples) x max_length` tokens."""
    num_rows, device = len(codes) * num_samples, codes.device
    tokens = torch.full((num_rows, representation.max_length), PAD, device=device)
    rows = torch.arange(num_rows, device=device)
    # Samples of a code that are equal so far form a group and share all computation.
    groups = rows // max(1, num_samples)
    source = torch.arange(len(codes), device=device)  # the code of each group
    mask = representation.decoder_mask(len(codes), device)
    state = decoder.initial_state(codes)
    previous = torch.full((len(codes), 1), BEGIN, device=device)
    sees_previous = getattr(decoder, "sees_previous", True)
    for position in range(representation.decode_length):
        logits, state = decoder(codes, previous, state)
        logits = logits[:, 0].float()
        if not sees_previous:
            logits = logits.index_select(0, source)
        logits = torch.where(mask.allowed(), logits, -torch.inf)
        chosen = choose(logits, rows, groups, position)
        tokens[rows, position] = chosen
        going_on = chosen != END
        rows = rows[going_on]
        if not len(rows):
            break
        parents, emitted, groups = _regroup(groups[going_on], chosen[going_on], logits.shape[1])
        if len(parents) != len(source) or len(rows) < len(chosen):  # else nothing changes
            mask.keep(parents)
            source = source[parents]
            if sees_previous:
                codes, state = codes[parents], state.index_select(1, parents)
        mask.advance(emitted)
        if sees_previous:
            previous = emitted[:, None]
    return tokens


def _regroup(groups: Tensor, chosen: Tensor, vocabulary: int) -> tuple[Tensor, Tensor, Tensor]:
    """Split `g` groups by the tokens that their `n` members chose.

    Returns:
        The old group and the token of each new group; and the new group of each member.
    """
    pairs, members = torch.unique(groups * vocabulary + chosen, return_inverse=True)
    return pairs // vocabulary, pairs % vocabulary, members


def _greedy(logits: Tensor, rows: Tensor, groups: Tensor, position: int) -> Tensor:
    return logits.argmax(1)[groups]


def _inverse_cdf(
    representation: Representation,
    codes: Tensor,
    num_samples: int,
    temperature: float,
    generator: torch.Generator | None,
) -> Choice:
    """Sample by one uniform number per row and position, drawn beforehand, code by code."""
    shape = (num_samples, representation.max_length)
    device = None if generator is None else generator.device
    drawn = [torch.rand(shape, generator=generator, device=device) for _ in codes]
    uniform = torch.cat(drawn).to(codes.device)

    def choose(logits: Tensor, rows: Tensor, groups: Tensor, position: int) -> Tensor:
        probabilities = torch.softmax(logits / temperature, 1)
        cumulative = probabilities.cumsum(1).double()
        # One ascending vector: group i's distribution function rises from i to i + 1.
        offsets = torch.arange(len(logits), device=logits.device)
        ascending = ((cumulative / cumulative[:, -1:]).clamp(max=1) + offsets[:, None]).view(-1)
        wanted = groups + uniform[rows, position].double()
        places = torch.searchsorted(ascending, wanted, right=True)
        chosen = places - groups * logits.shape[1]
        # On a GPU rounding can raise the sums where the probability is zero.
        impossible = probabilities[groups, chosen] == 0
        if impossible.any():
            chosen[impossible] = probabilities.argmax(1)[groups[impossible]]
        return chosen

    return choose
