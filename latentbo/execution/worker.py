"""`python -m latentbo.execution.worker`: one worker, asked line by line.

Its first line is the objective and the seconds of a call as JSON. Then it reads lists as JSON, one
a line: a string, and the number of its call with the run's folder (or null). It answers each with
one line of JSON. What the objective prints goes to the error output. It ends when its input does,
at once and whatever it is doing: so no worker outlives a run that was killed.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from queue import SimpleQueue
from typing import TextIO

from latentbo.errors import LatentboError
from latentbo.execution.oracle import call
from latentbo.objectives import CallPlace, objective_from


def _main() -> None:
    # The objective may print: its own standard output must not be the one that answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    source, seconds = json.loads(sys.stdin.readline() or "null") or sys.exit()
    try:
        objective = objective_from(source, seconds)
    except LatentboError as error:
        _answer(answers, {"fatal": str(error)})
        return
    _answer(answers, {"ready": True})
    for string, place in _calls():
        result = call(objective, string, None if place is None else CallPlace(*place))
        _answer(answers, asdict(result))


def _answer(answers: TextIO, content: dict[str, object]) -> None:
    answers.write(f"{json.dumps(content)}\n")
    answers.flush()


def _calls() -> Iterator[tuple[str, tuple[int, str] | None]]:
    """Yield what is asked; a thread of its own sees the end of the input, also during a call."""
    asked: SimpleQueue[tuple[str, tuple[int, str] | None]] = SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            asked.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield asked.get()


if __name__ == "__main__":
    _main()
