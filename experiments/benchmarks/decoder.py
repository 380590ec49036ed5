"""How fast is decoding under the grammar's mask beside a loop over the batch?

    python experiments/benchmarks/decoder.py [--threads 1] [--repeats 3] [--out DIR] [--smoke]

Samples 500 strings for each of 50 codes under the SMILES grammar, at most 277 tokens, from the
published network and from the autoregressive one (fewer codes, as stated in the table), with our
mask and with one that keeps a Python list for each row. Both must give the same tokens. A third
measurement has the masks alone: they replay what the published network gave. The weights are
untrained, which is the hardest case: most samples run out of length, and hardly two are equal.
One CPU core: 3.5 minutes; --smoke: 6 s. Expected: at the full size the mask alone is at least 5
times faster than the loop (few rows, as with --smoke, show no difference). The last line is JSON
with the processor seconds of the mask alone (ratio > 1: ours is better).
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from benchmark_frame import Rows, benchmark_parser, configured, run_benchmark, timing_options
from torch import Tensor

from latentbo.models import (
    AnyNetworkConfig,
    NetworkConfig,
    PublishedConfig,
    decode_samples,
    make_network,
)
from latentbo.parsing import Grammar, load_grammar
from latentbo.representations import END, DecoderMask, GrammarRepresentation
from latentbo.tasks import TASKS

MAX_LENGTH = 277
HEADLINE = "mask alone"


@dataclass(frozen=True)
class Config:
    """Numbers of codes, by network, and of samples of each."""

    published: int = 50
    autoregressive: int = 2
    num_samples: int = 500
    repeats: int = 3
    threads: int = 1


SMOKE = Config(published=4, autoregressive=1, num_samples=50, repeats=1)


class LoopMask:
    """The same mask as ours, by a loop over the rows."""

    def __init__(self, grammar: Grammar, num_rows: int) -> None:
        self.children = [tuple(reversed(p.children)) for p in grammar.productions]
        self.numbers = {name: i for i, name in enumerate([*grammar.nonterminals, ""])}
        self.table = torch.zeros(len(self.numbers), END + 1 + len(grammar.productions)).bool()
        for token, production in enumerate(grammar.productions, start=END + 1):
            self.table[self.numbers[production.lhs], token] = True
        self.table[-1, END] = True
        self.stacks = [["", grammar.start] for _ in range(num_rows)]

    def allowed(self) -> Tensor:
        """Look at the top of each stack."""
        return self.table[[self.numbers[stack[-1]] for stack in self.stacks]]

    def advance(self, tokens: Tensor) -> None:
        """Pop one symbol of each stack, push others."""
        for stack, token in zip(self.stacks, tokens.tolist(), strict=True):
            if token > END:
                stack.pop()
                stack.extend(self.children[token - END - 1])

    def keep(self, rows: Tensor) -> None:
        """Copy the stacks, which may be asked for more than once."""
        numbers = rows.nonzero()[:, 0] if rows.dtype == torch.bool else rows
        self.stacks = [self.stacks[number].copy() for number in numbers.tolist()]


class LoopRepresentation(GrammarRepresentation):
    """The baseline: everything as in ours but the mask."""

    def decoder_mask(self, num_rows: int, device: torch.device) -> DecoderMask:
        """Return the loop."""
        del device
        return LoopMask(self.token_grammar, num_rows)


def fastest(
    repeats: int, forms: dict[str, Callable[[], Tensor]]
) -> tuple[dict[str, float], Tensor]:
    """Shortest processor time of each form, taking turns, and what all of them return.

    Processor time, and the shortest, because other work on the machine only ever adds time.
    """
    seconds: dict[str, list[float]] = {name: [] for name in forms}
    results = []
    for _ in range(repeats):
        for name, form in forms.items():
            start = time.process_time()
            results.append(form())
            seconds[name].append(time.process_time() - start)
            assert results[-1].equal(results[0]), "ours and the loop differ"
    return {name: min(taken) for name, taken in seconds.items()}, results[0]


def replay(representation: GrammarRepresentation, tokens: Tensor) -> Tensor:
    """Run the mask over `n x length` tokens; returns how many of them it allowed, at each place."""
    mask = representation.decoder_mask(len(tokens), tokens.device)
    rows, counts = torch.arange(len(tokens)), []
    for column in tokens.long().T:
        chosen = column[rows, None]
        counts.append(mask.allowed().gather(1, chosen).sum())
        going_on = chosen[:, 0] != END
        mask.advance(chosen[:, 0])
        if not going_on.all():
            mask.keep(going_on)
            rows = rows[going_on]
    return torch.stack(counts)


def sampled(
    representations: dict[str, GrammarRepresentation],
    network_config: AnyNetworkConfig,
    num_codes: int,
    config: Config,
) -> tuple[dict[str, float], Tensor]:
    """Time the decoding of one network; also returns the tokens, `codes x samples x length`."""
    size = len(representations["ours"].vocabulary)
    torch.manual_seed(0)
    network = make_network(size, network_config).eval()
    codes = torch.randn(num_codes, network_config.num_dimensions)

    def form(representation: GrammarRepresentation) -> Callable[[], Tensor]:
        return lambda: decode_samples(
            network,
            representation,
            codes,
            config.num_samples,
            generator=torch.Generator().manual_seed(0),
        )

    forms = {name: form(representation) for name, representation in representations.items()}
    return fastest(config.repeats, forms)


def run(config: Config) -> list[dict[str, object]]:
    """One row for each measurement."""
    grammar = load_grammar("smiles")
    representations: dict[str, GrammarRepresentation] = {
        "ours": GrammarRepresentation(grammar, MAX_LENGTH),
        "baseline": LoopRepresentation(grammar, MAX_LENGTH),
    }
    published_sizes = PublishedConfig(**TASKS["molecules"].recipes["published"].sizes)
    published, tokens = sampled(representations, published_sizes, config.published, config)
    flat = tokens.flatten(0, 1)

    def form(representation: GrammarRepresentation) -> Callable[[], Tensor]:
        return lambda: replay(representation, flat)

    alone, _ = fastest(config.repeats, {n: form(r) for n, r in representations.items()})
    sizes = NetworkConfig(published_sizes.num_dimensions)
    autoregressive, others = sampled(representations, sizes, config.autoregressive, config)
    return [
        _row(HEADLINE, tokens, alone),
        _row("published network", tokens, published),
        _row("autoregressive network", others, autoregressive),
    ]


def _row(name: str, tokens: Tensor, seconds: dict[str, float]) -> dict[str, object]:
    num_codes, num_samples, _ = tokens.shape
    return {
        "measured": name,
        "codes": num_codes,
        "samples": num_samples,
        "ended": round(float((tokens == END).any(2).float().mean()), 3),
        **{name: round(value, 3) for name, value in seconds.items()},
        "ratio": round(seconds["baseline"] / seconds["ours"], 2),
    }


def table(rows: list[dict[str, object]], config: Config) -> str:
    """A Markdown table."""
    lines = [
        f"Processor seconds for codes x samples under the SMILES grammar, at most {MAX_LENGTH} "
        f"tokens, untrained networks, {config.threads} thread(s), float32, "
        f"best of {config.repeats}.",
        "",
        "| measured | codes x samples | ended in time | ours | loop over rows | loop / ours |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['measured']} | {row['codes']} x {row['samples']} | {row['ended']} | "
            f"{row['ours']} | {row['baseline']} | {row['ratio']} |"
        )
    return "\n".join(lines)


def summary(rows: Rows) -> dict[str, object]:
    """The mask alone."""
    row = next(row for row in rows if row["measured"] == HEADLINE)
    return {"name": "decoder", **{key: row[key] for key in ("ours", "baseline", "ratio")}}


def main(arguments: list[str] | None = None) -> int:
    """Prints the table and the JSON line."""
    parser = benchmark_parser(__doc__, "few codes and samples, one repeat")
    timing_options(parser)
    options = parser.parse_args(arguments)
    config = configured(SMOKE if options.smoke else Config(), options)
    torch.set_num_threads(config.threads)
    return run_benchmark(
        options.out, lambda: run(config), lambda rows: table(rows, config), summary
    )


if __name__ == "__main__":
    sys.exit(main())
