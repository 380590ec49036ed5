"""Damaged copies of good inputs: bytes, texts, JSON, gzip, workbooks, SQLite."""

import gzip
import io
import json
import random
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

# What readers have stumbled over: marks of formats, numbers at their limits, halves of characters.
TOKENS = (
    *(
        b"\0",
        b"\r",
        b"\n\n",
        b"\t",
        b'"',
        b"'",
        b",",
        b";",
        b"=",
        b"#",
        b"\\",
        b"\xff\xfe",
        b"\x1a",
    ),
    *(b"\xed\xa0\x80", b"\xef\xbb\xbf", b"NaN", b"nan", b"-inf", b"1e999", b"1e308", b"-1", b"0"),
    *(b"9" * 5000, b"[" * 3000, b"{" * 3000, b"(" * 3000, b"C" * 3000, b"<" * 50, b"%s%n", b"../"),
    *(
        b"=cmd|' /C x'!A0",
        b"sep=,\n",
        b"$$$$\n",
        b"M  END\n",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"->",
    ),
    *(
        b"\x1f\x8b",
        b"PK\x03\x04",
        b"env:HOME",
        b"qed",
        b"c1ccccc1",
        b">9",
        b"1,5",
        b"smiles,value\n",
    ),
)
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2**31, 2**63, 10**400, -0.0, 1e308, float("nan"), float("inf")),
    *("", "x", "\0", "\ud800", "9" * 400, [], {}, [[]], {"": None}, [None] * 50, "../x", "qed"),
)
DEEPEST, MOST_CHANGES = 60, 4


def mutated(content: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    """Return a damaged copy.

    Args:
        content: A good input.
        others: Further ones of the kind, of which parts are taken.
        generator: Of random numbers.
    """
    if content[:2] == b"\x1f\x8b" and generator.random() < 0.6:
        with suppress(OSError, EOFError, zlib.error):
            return gzip.compress(mutated(gzip.decompress(content), others, generator), 1, mtime=0)
    if content[:4] == b"PK\x03\x04" and generator.random() < 0.7:
        with suppress(Exception):  # a mutated file may be no archive any more
            return _with_a_changed_member(content, generator)
    if content[:1] in b"{[" and generator.random() < 0.6:
        with suppress(ValueError, RecursionError):
            return _changed_json(json.loads(content), generator)
    for _ in range(generator.randint(1, MOST_CHANGES)):
        content = generator.choice(_CHANGES)(content, others, generator)
    return content


def mutated_ledger(path: Path, generator: random.Random) -> None:
    """Put values of other kinds into cells of an SQLite file, as far as its rules let them."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
        names = [row[0] for row in connection.execute(tables)]
        for _ in range(generator.randint(1, MOST_CHANGES) if names else 0):
            with suppress(sqlite3.Error, OverflowError, UnicodeError):
                table = generator.choice(names)
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                value = generator.choice((*VALUES, b"\xff", "{}", "[1]", '{"a": NaN}'))
                value = json.dumps(value) if isinstance(value, list | dict) else value
                connection.execute(f"UPDATE {table} SET {generator.choice(columns)} = ?", (value,))
        connection.commit()


def _place(content: bytes, generator: random.Random) -> int:
    return generator.randint(0, len(content))


def _flip(content: bytes, _: Sequence[bytes], generator: random.Random) -> bytes:
    damaged = bytearray(content)
    for _change in range(generator.randint(1, 8) if damaged else 0):
        damaged[generator.randrange(len(damaged))] = generator.randrange(256)
    return bytes(damaged)


def _cut(content: bytes, _: Sequence[bytes], generator: random.Random) -> bytes:
    start, end = sorted((_place(content, generator), _place(content, generator)))
    return content[:start] + content[end:]


def _end(content: bytes, _: Sequence[bytes], generator: random.Random) -> bytes:
    return content[: _place(content, generator)]


def _repeat(content: bytes, _: Sequence[bytes], generator: random.Random) -> bytes:
    start = _place(content, generator)
    end = min(len(content), start + generator.randint(1, 200))
    times = generator.choice((2, 3, 50))
    return content[:start] + content[start:end] * times + content[end:]


def _insert(content: bytes, _: Sequence[bytes], generator: random.Random) -> bytes:
    place = _place(content, generator)
    return content[:place] + generator.choice(TOKENS) + content[place:]


def _splice(content: bytes, others: Sequence[bytes], generator: random.Random) -> bytes:
    other = generator.choice(others)
    return content[: _place(content, generator)] + other[_place(other, generator) :]


def _swap_lines(content: bytes, _: Sequence[bytes], generator: random.Random) -> bytes:
    lines = content.split(b"\n")
    first, second = generator.randrange(len(lines)), generator.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _number(content: bytes, _: Sequence[bytes], generator: random.Random) -> bytes:
    """Replace a word between other characters."""
    words = content.split(b" ")
    words[generator.randrange(len(words))] = generator.choice(TOKENS)
    return b" ".join(words)


_CHANGES: tuple[Callable[[bytes, Sequence[bytes], random.Random], bytes], ...] = (
    *(_flip, _cut, _end, _repeat, _insert, _insert, _splice, _swap_lines, _number),
)


def _changed_json(content: Any, generator: random.Random) -> bytes:
    for _ in range(generator.randint(1, MOST_CHANGES)):
        content = _changed(content, generator)
    return json.dumps(content).encode("utf-8", "surrogatepass")


def _changed(content: Any, generator: random.Random) -> Any:
    """Return a copy with one value replaced, or one key taken away or added."""
    if not content or not isinstance(content, dict | list) or generator.random() < 0.15:
        value = generator.choice(VALUES)
        if generator.random() < 0.1:
            for _ in range(DEEPEST):
                value = [value]
        return value
    copy = content.copy()
    key: Any = generator.choice(list(copy) if isinstance(copy, dict) else range(len(copy)))
    how = generator.random()
    if how < 0.2:
        del copy[key]
    elif how < 0.3 and isinstance(copy, dict):
        copy["".join(generator.choices("abc_-\0", k=3))] = copy[key]
    else:
        copy[key] = _changed(copy[key], generator)
    return copy


def _with_a_changed_member(content: bytes, generator: random.Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w") as target:
        names = source.namelist()
        chosen = generator.choice(names)
        for name in names:
            part = source.read(name)
            target.writestr(name, mutated(part, [part], generator) if name == chosen else part)
    return stream.getvalue()
