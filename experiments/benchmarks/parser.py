"""How fast is the table parser beside nltk's ChartParser?

    python experiments/benchmarks/parser.py [--ours 20000] [--nltk 200] [--repeats 3] [--smoke]

One CPU core: 20 s; --smoke: 3 s. Parses ZINC-250k molecules and arithmetic expressions to leftmost
derivations, strings to production numbers, in pure Python on one core. The baseline is nltk's
ChartParser with its fastest strategy (left corner; its default takes 1.6 times as long) on the
first of the same strings; on these both must give the same derivation. Also shows how long the
tables take to build. Expected: at least 10,000 molecules a second, more than 100 times nltk's
number. The last line is JSON with molecules per second (ratio > 1: ours is better).
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nltk.parse import chart

from latentbo.errors import LatentboError
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


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--ours", type=int, help="strings that our parser gets")
    parser.add_argument("--nltk", type=int, help="how many of them nltk's parser gets")
    parser.add_argument("--repeats", type=int, help="timed runs of each parser")
    parser.add_argument("--out", type=Path, help="new folder for rows.jsonl and table.md")
    parser.add_argument("--smoke", action="store_true", help="few strings, one run")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Prints the table and the JSON line."""
    options = parse_arguments(arguments)
    given = {name: getattr(options, name) for name in ("ours", "nltk", "repeats")}
    given = {name: value for name, value in given.items() if value is not None}
    config = Config(**(asdict(SMOKE if options.smoke else Config()) | given))
    if not 1 <= config.nltk <= config.ours or config.repeats < 1:
        print("error: --repeats must be at least 1, and 1 <= --nltk <= --ours", file=sys.stderr)
        return 2
    if options.out is not None and options.out.exists():
        print(f"error: {options.out} exists; name a new folder", file=sys.stderr)
        return 2
    try:
        rows = [compare(task, config) for task in GRAMMARS]
    except LatentboError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(table(rows, config))
    if options.out is not None:
        options.out.mkdir(parents=True)
        (options.out / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (options.out / "table.md").write_text(table(rows, config) + "\n")
    summary = {key: rows[0][key] for key in ("unit", "ours", "baseline", "ratio")}
    expressions = {f"expressions_{key}": rows[1][key] for key in ("ours", "baseline", "ratio")}
    print(json.dumps({"name": "parser", **summary, **expressions}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
