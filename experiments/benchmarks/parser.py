"""How fast is the table parser beside nltk's ChartParser?

    python experiments/benchmarks/parser.py [--ours 20000] [--nltk 200] [--repeats 3] [--smoke]

One CPU core: 20 s; --smoke: 3 s. Parses ZINC-250k molecules and arithmetic expressions to leftmost
derivations, strings to production numbers, in pure Python on one core. The baseline is nltk's
ChartParser with its fastest strategy (left corner; its default takes 1.6 times as long) on the
first of the same strings; on these both must give the same derivation. Also shows how long the
tables take to build. Expected: at least 10,000 molecules a second, more than 100 times nltk's
number. The last line is JSON with molecules per second (ratio > 1: ours is better).
"""

import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmark_frame import Rows, benchmark_parser, configured, run_benchmark
from nltk.parse import chart

from latentbo.command_line import at_least
from latentbo.parsing import Grammar, Parser, load_grammar
from latentbo.tasks import TASKS

Parse = Callable[[str], list[int]]


@dataclass(frozen=True)
class Config:
    """Number of strings that each parser gets, and how often they take turns."""

    ours: int = 20_000
    nltk: int = 200
    repeats: int = 3
    seed: int = 0


SMOKE = Config(ours=1000, nltk=20, repeats=1)
#: Task -> grammar; the first is the headline.
GRAMMARS = {"molecules": "smiles", "expressions": "expressions"}


def nltk_parse(grammar: Grammar, parser: Parser) -> Parse:
    """The first tree that nltk finds of the same tokens, as production numbers."""
    theirs = grammar.to_nltk()
    numbers: dict[Any, int] = {p: number for number, p in enumerate(theirs.productions())}
    nltk_parser = chart.ChartParser(theirs, chart.LC_STRATEGY)

    def parse(string: str) -> list[int]:
        tree = next(nltk_parser.parse(parser.tokenize(string)))
        return [numbers[production] for production in tree.productions()]

    return parse


def cpu_seconds(parse: Parse, strings: list[str]) -> float:
    """Processor time, which other work on the machine does not lengthen as it does wall time."""
    start = time.process_time()
    for string in strings:
        parse(string)
    return time.process_time() - start


def compare(task: str, config: Config) -> dict[str, object]:
    """Strings per second of both parsers on one task, the best of the repeats."""
    _, lines = TASKS[task].data()
    strings = random.Random(config.seed).sample([line.string for line in lines], config.ours)
    grammar = load_grammar(GRAMMARS[task])
    parser = Parser(grammar)
    build = cpu_seconds(parser.parse, strings[:1])
    baseline = nltk_parse(grammar, parser)
    few = strings[: config.nltk]
    assert [parser.parse(string) for string in few] == [baseline(string) for string in few]
    ours, theirs = [], []
    for _ in range(config.repeats):
        ours.append(cpu_seconds(parser.parse, strings))
        theirs.append(cpu_seconds(baseline, few))
    rates = {"ours": len(strings) / min(ours), "baseline": len(few) / min(theirs)}
    return {
        "task": task,
        "unit": "strings per second",
        **{name: round(rate, 1) for name, rate in rates.items()},
        "ratio": round(rates["ours"] / rates["baseline"], 1),
        "build_seconds": round(build, 3),
    }


def table(rows: list[dict[str, object]], config: Config) -> str:
    """A Markdown table."""
    lines = [
        f"Strings per second of processor time, best of {config.repeats}: {config.ours} strings "
        f"(ours), the first {config.nltk} of them (nltk's ChartParser, left-corner strategy).",
        "",
        "| strings | ours | nltk | ours / nltk | tables built in (s) |",
        "|---|---|---|---|---|",
    ]
    keys = ("task", "ours", "baseline", "ratio", "build_seconds")
    lines += [f"| {' | '.join(str(row[key]) for key in keys)} |" for row in rows]
    return "\n".join(lines)


def summary(rows: Rows) -> dict[str, object]:
    """Strings per second, of molecules and of expressions."""
    first = {key: rows[0][key] for key in ("unit", "ours", "baseline", "ratio")}
    second = {f"expressions_{key}": rows[1][key] for key in ("ours", "baseline", "ratio")}
    return {"name": "parser", **first, **second}


def main(arguments: list[str] | None = None) -> int:
    """Prints the table and the JSON line."""
    parser = benchmark_parser(__doc__, "few strings, one run")
    parser.add_argument("--ours", type=at_least(1), help="strings that our parser gets")
    parser.add_argument("--nltk", type=at_least(1), help="how many of them nltk's parser gets")
    parser.add_argument("--repeats", type=at_least(1), help="timed runs of each parser")
    options = parser.parse_args(arguments)
    config = configured(SMOKE if options.smoke else Config(), options)
    if config.nltk > config.ours:
        parser.error(f"--nltk {config.nltk} must be at most --ours {config.ours}")
    return run_benchmark(
        options.out,
        lambda: [compare(task, config) for task in GRAMMARS],
        lambda rows: table(rows, config),
        summary,
    )


if __name__ == "__main__":
    sys.exit(main())
