"""Secrets in texts that are kept or shown: what stands in their place.

Hidden are names and passwords in addresses (`https://ann:secret@host`), the values of query strings
(`?token=...`), what follows names such as `token=`, `--password` and `Authorization:`, and what
follows `Bearer`. A reference to an environment variable (`env:NAME`) is no secret and stays.
"""

import re
from collections.abc import Iterable

#: Stands in place of a secret.
HIDDEN = "***"

# Shorter values would be found in every text.
SHORTEST = 4
_NAME = (
    r"(?:[\w-]*(?:token|passw(?:or)?d|pwd|passphrase|secret|credentials?|api[-_]?key)"
    r"|(?:[\w-]*[-_])?(?:auth|key))"
)
# Up to a blank, or to the headers behind an address; what is hidden stays as it is.
_VALUE = r"""(?!\*\*\*)(?P<value>'[^']*'|"[^"]*"|(?:[^\s'"#]|#(?![\w-]+:))+)"""
_USER = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://)(?P<value>[^\s/?#'\"]*)(?=@)", re.IGNORECASE)
_QUERY = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s?#'\"]*\?(?P<query>[^\s#'\"<>]*)", re.IGNORECASE)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<before>(?<![\w-])-*{_NAME}=){_VALUE}",
        rf"(?P<before>(?<!\S)['\"]?--?{_NAME}\s+){_VALUE}",
        rf"(?P<before>(?<![\w-])(?:authorization|cookie|x-[\w-]+|{_NAME}):\s*(?:basic|bearer|token)"
        rf"\s+){_VALUE}",
        rf"(?P<before>(?<![\w-])(?:authorization|cookie|x-[\w-]*{_NAME}):\s*)"
        rf"(?!(?:basic|bearer|token) ){_VALUE}",
        rf"(?P<before>\bbearer\s+){_VALUE}",
    )
)
_REFERENCE = "env:"


def hide(text: str) -> str:
    """Return a text with `***` in place of its secrets."""
    text = _USER.sub(lambda found: f"{found['before']}{HIDDEN}", text)
    text = _QUERY.sub(_without_values, text)
    for pattern in _PATTERNS:
        text = pattern.sub(_replaced, text)
    return text


def secrets_of(text: str) -> tuple[str, ...]:
    """Return the values that `hide` would hide, the longest first."""
    found = [each["value"] for each in _USER.finditer(text)]
    for each in _QUERY.finditer(text):
        found += [part.rpartition("=")[2] for part in each["query"].split("&")]
    found += [each["value"].strip("'\"") for p in _PATTERNS for each in p.finditer(text)]
    kept = {value for value in found if value != HIDDEN and not value.startswith(_REFERENCE)}
    return tuple(sorted(kept, key=len, reverse=True))


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text with `***` in place of these secrets (shorter ones than 4 letters stay)."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


def _replaced(found: re.Match[str]) -> str:
    value = found["value"]
    if value.strip("'\"").startswith(_REFERENCE):
        return found[0]
    return f"{found['before']}{HIDDEN}"


def _without_values(found: re.Match[str]) -> str:
    parts = []
    for part in found["query"].split("&"):
        name, equals, value = part.partition("=")
        if not part or value.startswith(_REFERENCE):
            parts.append(part)
        else:
            parts.append(f"{name}={HIDDEN}" if equals else HIDDEN)
    start = len(found[0]) - len(found["query"])
    return found[0][:start] + "&".join(parts)
