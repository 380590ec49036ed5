"""A server as objective: `POST {"smiles": ["CCO"]}` is answered with `{"values": [1.5]}`.

Values of molecules without one are `null` or NaN. Whatever is wrong is a failure of the molecule
that names the HTTP status. Proxies are taken from the environment, as other programs do.

Secrets come from the environment of the process that asks, by name, and stand in no file: headers
behind a `#` (`https://host/score#Authorization: Bearer env:TOKEN`, several with `&` between), and
values of the query string (`?key=env:TOKEN`).
"""

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import Any
from urllib.parse import quote, urlsplit

from latentbo.errors import ObjectiveError
from latentbo.hiding import hide, secrets_of, without
from latentbo.objectives.sources.failures import (
    DEFAULT_TIME_LIMIT,
    CallError,
    check_time_limit,
    number_in,
    shorten,
)

# Of an answer with one number.
MAX_BYTES = 1_000_000
# A header from the environment: its name, perhaps a scheme such as `Bearer`, the variable.
_HEADER = re.compile(r"([A-Za-z0-9-]+)\s*:\s*(?:([A-Za-z]{1,20}) )?env:([A-Za-z_][A-Za-z0-9_]*)")
_REFERENCE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
# The client sets these itself.
OWN_HEADERS = (
    *("accept", "connection", "content-length", "content-type", "host", "transfer-encoding"),
)


@dataclass(frozen=True)
class Endpoint:
    """An address that answers with values.

    Attributes:
        url: The address, `http://` or `https://`.
        time_limit: Seconds that one molecule may take.
        headers: Such as `Authorization: env:TOKEN`: name, and the variable that holds the value.

    Raises:
        ObjectiveError: If the address, the time limit or a header cannot be used, or a variable is
            not set.
    """

    url: str
    time_limit: float = DEFAULT_TIME_LIMIT
    headers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_time_limit(self.time_limit)
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
            usable &= parts.port != 0 and self.url.isascii() and " " not in self.url
        except ValueError:
            usable = False
        if not usable:
            raise ObjectiveError(
                f"objective {hide(self.url)!r} is no address; write http://HOST:PORT/PATH"
            )
        if parts.username is not None:
            raise ObjectiveError(
                f"the address of {parts.hostname} holds a user's name, which the record of a run "
                "would show; let the server know its users in another way, such as --header "
                "'Authorization: env:NAME'"
            )
        self._filled(ObjectiveError)

    def __call__(self, smiles: str) -> float:
        """Return the server's value for a molecule.

        Raises:
            CallError: If there is no answer in time, or none with one finite number.
        """
        url, headers, secrets = self._filled(CallError)
        request = urllib.request.Request(  # noqa: S310 - checked above
            url,
            json.dumps({"smiles": [smiles]}).encode(),
            {"Content-Type": "application/json", "Accept": "application/json", **headers},
        )
        try:
            return self._answer(request)
        except CallError as error:
            # A server may quote what it was sent.
            raise CallError(hide(without(str(error), secrets))) from None

    def _answer(self, request: urllib.request.Request) -> float:
        deadline = monotonic() + self.time_limit
        try:
            with _OPENER.open(request, timeout=self.time_limit) as response:
                status, body = response.status, _read(response, deadline)
        except urllib.error.HTTPError as error:
            with error:
                raise CallError(_refusal(error)) from error
        except CallError:
            raise
        except ValueError as error:
            raise CallError(f"the server points to an address that is none: {error}") from error
        except (OSError, HTTPException) as error:
            raise CallError(self._failure(error)) from error
        return _value(status, body)

    def _filled(
        self, kind: type[ObjectiveError] | type[CallError]
    ) -> tuple[str, dict[str, str], tuple[str, ...]]:
        """Return address and headers with what the environment holds, and all secrets in them.

        Raises:
            ObjectiveError: Or another `kind`: if a variable is not set, or a header cannot be used.
        """
        secrets = list(secrets_of(self.url))

        def value(name: str) -> str:
            text = os.environ.get(name, "")
            if not text:
                raise kind(f"the environment variable {name} is not set (env:{name}): export it")
            if not (text.isascii() and text.isprintable()):
                raise kind(
                    f"the environment variable {name} holds a line break or a letter that no "
                    f"header can: correct it"
                )
            secrets.append(text)
            return text

        headers = {}
        for header in self.headers:
            found = _HEADER.fullmatch(header.strip())
            if found is None:
                # Not shown: it may be a secret.
                raise kind(
                    f"the header {header.partition(':')[0]!r} has a value of its own: write 'NAME: "
                    f"env:VARIABLE' (or 'NAME: Bearer env:VARIABLE'), so that no secret is stored"
                )
            name, scheme, variable = found.groups()
            if name.lower() in OWN_HEADERS:
                raise kind(f"the header {name} cannot be changed: leave it out")
            headers[name] = f"{scheme} {value(variable)}" if scheme else value(variable)
        start, mark, query = self.url.partition("?")
        query = _REFERENCE.sub(lambda each: quote(value(each[1]), safe=""), query)
        return start + mark + query, headers, tuple(secrets)

    def _failure(self, error: Exception) -> str:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, TimeoutError):
            return f"the server gave no answer within {self.time_limit:g} s ({self.url})"
        words = shorten(str(reason)) or type(reason).__name__
        if isinstance(error, urllib.error.URLError):
            return f"the server cannot be reached: {words} ({self.url})"
        return f"the server broke off its answer: {words} ({self.url})"


def endpoint(text: str, time_limit: float = DEFAULT_TIME_LIMIT) -> Endpoint:
    """Return the server that a text names: an address, and headers behind a `#`.

    Raises:
        ObjectiveError: If it cannot be used.
    """
    url, _, headers = text.partition("#")
    return Endpoint(url, time_limit, tuple(filter(None, map(str.strip, headers.split("&")))))


def with_headers(text: str, headers: Sequence[str]) -> str:
    """Return the text of a server with further headers.

    Args:
        text: Any form of objective.
        headers: Such as `Authorization: env:TOKEN`.

    Raises:
        ObjectiveError: If the objective is no server, or a header cannot be used.
    """
    if not headers:
        return text
    if not text.strip().startswith(("http://", "https://")):
        raise ObjectiveError(
            f"--header is for servers, and the objective is {hide(text)!r}: leave it out; in a "
            f"TOML file write 'https://...#NAME: env:VARIABLE'"
        )
    url, _, known = text.strip().partition("#")
    return f"{url}#{'&'.join([*filter(None, [known]), *headers])}"


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Asks again where 307 and 308 point to the same host; never turns the question into a GET."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if code not in (307, 308) or (before.scheme, before.netloc) != (after.scheme, after.netloc):
            raise CallError(
                f"the server has moved to {shorten(newurl)} (HTTP {code}): give this address, if "
                f"you trust it"
            )
        return urllib.request.Request(newurl, req.data, dict(req.header_items()), method="POST")  # noqa: S310


_OPENER = urllib.request.build_opener(_Redirects)


def _read(response: HTTPResponse, deadline: float) -> bytes:
    """Read an answer that may come in drops, but neither for ever nor without end."""
    parts: list[bytes] = []
    while part := response.read1(1 << 16):
        parts.append(part)
        if monotonic() > deadline:
            raise TimeoutError
        if sum(map(len, parts)) > MAX_BYTES:
            raise CallError(
                f"the server answered HTTP {response.status} with more than {MAX_BYTES} bytes"
            )
    return b"".join(parts)


def _refusal(error: urllib.error.HTTPError) -> str:
    try:
        said = shorten(error.read(2000).decode("utf-8", "replace"))
    except (OSError, HTTPException):
        said = ""
    return f"the server answered HTTP {error.code} {error.reason}{f': {said}' if said else ''}"


def _value(status: int, body: bytes) -> float:
    """Return the one value of an answer."""
    teller = f"the server answered HTTP {status}"
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        shown = shorten(body.decode("utf-8", "replace"))
        raise CallError(f"{teller} with {shown!r}, which is no JSON") from error
    values = answer.get("values") if isinstance(answer, dict) else None
    if not isinstance(values, list):
        raise CallError(f'{teller} with {shorten(json.dumps(answer))}, not {{"values": [...]}}')
    if len(values) != 1:
        raise CallError(f"{teller} with {len(values)} values for one molecule")
    if isinstance(values[0], bool) or not isinstance(values[0], int | float):
        shown = "null" if values[0] is None else shorten(json.dumps(values[0]))
        raise CallError(f"{teller} with the value {shown}, not a number")
    return number_in(repr(values[0]), f"{teller} with the value")
