import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from latentbo.errors import ObjectiveError
from latentbo.objectives import evaluate, objective_from, with_headers
from latentbo.objectives.sources import CallError, Endpoint


@dataclass
class Answer:
    """What the server does next, and what it was asked."""

    status: int = 200  # 0: leave without an answer
    body: bytes = b""
    seconds: float = 0.0
    announced: int | None = None
    moved: str = ""  # all paths but this one are answered with a redirect to it
    drops: bool = False
    asked: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    monkeypatch.setenv("no_proxy", "*")
    return Answer()


@pytest.fixture
def url(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            answer.asked.append((self.path, self.headers["Content-Type"], json.loads(text)))
            answer.headers.append(dict(self.headers))
            time.sleep(answer.seconds)
            if not answer.status:
                return
            length = len(answer.body) if answer.announced is None else answer.announced
            is_moved = bool(answer.moved) and not answer.moved.endswith(self.path)
            try:
                self.send_response(answer.status if is_moved or not answer.moved else 200)
                if is_moved:
                    self.send_header("Location", answer.moved)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                for byte in answer.body if answer.drops else ():
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.1)
                self.wfile.write(b"" if answer.drops else answer.body)
            except OSError:  # the other side did not wait
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/score?model=a"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_value(answer: Answer, url: str) -> None:
    answer.body = b'{"values": [1.25], "more": 1}'
    objective = objective_from(url, time_limit=20)
    assert objective("C#N") == 1.25
    assert answer.asked == [("/score?model=a", "application/json", {"smiles": ["C#N"]})]
    assert objective.name == url.replace("=a", "=***")
    answer.body = b'{"values": [3]}'
    assert objective("C") == 3.0


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (
            500,
            b"no licence\nleft",
            "^the server answered HTTP 500 Internal.*: no licence left$",
        ),
        (404, b"", "^the server answered HTTP 404 Not Found$"),
        (422, b'{"detail": "no"}', r"HTTP 422 .*: {\"detail\": \"no\"}$"),
        (200, b'{"values": [NaN]}', "HTTP 200 with the value nan; a value must be finite"),
        (200, b'{"values": [-Infinity]}', "HTTP 200 with the value -inf"),
        (200, b'{"values": [1e999]}', "HTTP 200 with the value inf"),
        (200, b'{"values": [null]}', "HTTP 200 with the value null, not a number"),
        (200, b'{"values": ["1"]}', 'HTTP 200 with the value "1", not a number'),
        (200, b'{"values": [true]}', "HTTP 200 with the value true, not a number"),
        (200, b'{"values": []}', "HTTP 200 with 0 values for one molecule"),
        (200, b'{"values": [1, 2]}', "HTTP 200 with 2 values for one molecule"),
        (200, b'{"value": 1}', r'HTTP 200 with {"value": 1}, not {"values": \[...\]}'),
        (200, b'{"values": 1}', "HTTP 200 with .*, not"),
        (200, b"[1]", r"HTTP 200 with \[1\], not"),
        (201, b"<html>", "HTTP 201 with '<html>', which is no JSON"),
        (200, b"\xff", "HTTP 200 with .*no JSON"),
        (204, b"", "HTTP 204 with '', which is no JSON"),
        (200, b"1" * 1_100_000, "HTTP 200 with more than 1000000 bytes"),
    ],
)
def test_wrong_answers_name_the_status(
    answer: Answer, url: str, status: int, body: bytes, message: str
) -> None:
    answer.status, answer.body = status, body
    with pytest.raises(CallError, match=message):
        Endpoint(url, 20)("C")


def test_a_slow_server(answer: Answer, url: str) -> None:
    answer.seconds = 0.6
    with pytest.raises(CallError, match=r"no answer within 0.2 s \(http://127"):
        Endpoint(url, 0.2)("C")


def test_an_answer_in_drops(answer: Answer, url: str) -> None:
    answer.body, answer.drops = b'{"values": [1]}', True
    with pytest.raises(CallError, match=r"no answer within 0\.5 s"):
        Endpoint(url, 0.5)("C")


def test_an_answer_that_breaks_off(answer: Answer, url: str) -> None:
    answer.body, answer.announced = b'{"values"', 100
    error = evaluate(objective_from(url, 5), "C").error
    assert error == "the server answered HTTP 200 with '{\"values\"', which is no JSON"
    answer.status = 0
    error = evaluate(objective_from(url, 5), "C").error
    assert error.startswith("the server broke off its answer: Remote end closed")


def test_no_server(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(CallError, match=r"cannot be reached: .*refused"):
        Endpoint("http://127.0.0.1:1/", 5)("C")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("http://", "'http://' is no address; write http://HOST:PORT/PATH"),
        ("https:/host", "is no address"),
        ("http://host:port/", "is no address"),
        ("http://host:99999/", "is no address"),
        ("http://a host/", "is no address"),
        ("http://[::1/", "is no address"),
        ("http://me:secret@host/", "the address of host holds a user's name"),
        ("ftp://host/x", "no address that can be asked; write http://host/x"),
    ],
)
def test_wrong_addresses(text: str, message: str) -> None:
    with pytest.raises(ObjectiveError, match=message) as caught:
        objective_from(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_on_the_same_host_is_asked_again(url: str, answer: Answer, status: int) -> None:
    answer.status, answer.moved, answer.body = status, "/new", b'{"values": [1.5]}'
    assert evaluate(objective_from(url), "CCO").value == 1.5
    assert answer.asked[-1] == ("/new", "application/json", {"smiles": ["CCO"]})


@pytest.mark.parametrize(
    ("status", "place"),
    [
        *((code, "/new") for code in (301, 302, 303)),
        *((code, "http://other.invalid/score") for code in (301, 307, 308)),
    ],
)
def test_other_redirects_name_the_new_address(
    url: str, answer: Answer, status: int, place: str
) -> None:
    answer.status, answer.moved, answer.body = status, place, b'{"values": [1.5]}'
    error = evaluate(objective_from(url), "CCO").error
    assert f"the server has moved to {place if '//' in place else ''}" in error
    assert f"(HTTP {status}): give this address" in error
    assert len(answer.asked) == 1


def test_headers_come_from_the_environment(
    answer: Answer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "s3cret/word")
    monkeypatch.setenv("LAB", "seven")
    text = with_headers(
        f"{url}&key=env:TOKEN", ["Authorization: Bearer env:TOKEN", "X-Lab:env:LAB"]
    )
    answer.body = b'{"values": [2]}'
    objective = objective_from(text)
    assert evaluate(objective, "C").value == 2.0
    assert answer.headers[0]["Authorization"] == "Bearer s3cret/word"
    assert answer.headers[0]["X-Lab"] == "seven"
    assert answer.asked[0][0] == "/score?model=a&key=s3cret%2Fword"
    assert "s3cret" not in f"{objective} {text}"
    answer.status, answer.body = 403, b"Bearer s3cret/word is not known, nor s3cret/word"
    assert evaluate(objective, "C").error.endswith("*** is not known, nor ***")
    answer.status, answer.moved = 307, "/other"
    answer.body = b'{"values": [2]}'
    assert evaluate(objective, "C").value == 2.0
    assert answer.headers[-1]["Authorization"] == "Bearer s3cret/word"  # the same host
    monkeypatch.delenv("TOKEN")
    assert "variable TOKEN is not set" in evaluate(objective, "C").error


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Authorization: abcd", "'Authorization' has a value of its own: write 'NAME: env:"),
        ("abcd", "write 'NAME: env:VARIABLE'"),
        ("Authorization: env:NOT_SET", "variable NOT_SET is not set"),
        ("Authorization: env:LINES", "variable LINES holds a line break"),
        ("Content-Length: env:TOKEN", "Content-Length cannot be changed"),
    ],
)
def test_wrong_headers(monkeypatch: pytest.MonkeyPatch, header: str, message: str) -> None:
    monkeypatch.setenv("LINES", "a\nHost: b")
    monkeypatch.setenv("TOKEN", "abcd")
    with pytest.raises(ObjectiveError, match=message):
        objective_from(with_headers("http://127.0.0.1:1/", [header]))


def test_headers_are_for_servers() -> None:
    with pytest.raises(ObjectiveError, match="--header is for servers, and the objective is 'qed'"):
        with_headers("qed", ["Authorization: env:TOKEN"])
    assert with_headers("qed", []) == "qed"


def test_a_redirect_to_no_address(answer: Answer, url: str) -> None:
    answer.status, answer.moved = 307, "http://[nowhere"
    with pytest.raises(CallError, match="the server points to an address that is none: Invalid"):
        Endpoint(url, 5)("C")
