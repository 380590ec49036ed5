"""No secret is kept or shown."""

import pytest

from latentbo.hiding import hide, secrets_of, without


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("https://ann:pass@h.org/score", "https://***@h.org/score"),
        ("http://h/s?token=abcd&n=3#x", "http://h/s?token=***&n=***#x"),
        ("http://h/s?abcd (no answer)", "http://h/s?*** (no answer)"),
        ("program:./s --token abcd -n 3", "program:./s --token *** -n 3"),
        ("program:./s --api-key=abcd x", "program:./s --api-key=*** x"),
        ("program:./s --password 'two words' x", "program:./s --password *** x"),
        ("env API_KEY=abcd KEY=abcd ./s", "env API_KEY=*** KEY=*** ./s"),
        ("curl -H 'Authorization: Bearer abcd' u", "curl -H 'Authorization: Bearer ***' u"),
        ("curl -H 'X-Api-Key: abcd' u", "curl -H 'X-Api-Key: ***' u"),
        ("Authorization: abcd", "Authorization: ***"),
        ("the server said: bearer abcd is unknown", "the server said: bearer *** is unknown"),
        ("http://h/s?key=abcd#X-Lab: env:LAB", "http://h/s?key=***#X-Lab: env:LAB"),
        ("./s 'password=ab#c,d&e' x", "./s 'password=***' x"),
        ("s?key=a#cd&n=1", "s?key=***"),
        ("db://u:p@h/x?password=abcd", "db://***@h/x?password=***"),
    ],
)
def test_secrets_are_hidden(text: str, hidden: str) -> None:
    assert hide(text) == hidden
    assert hide(hidden) == hidden
    assert without(text, secrets_of(text)).count("abcd") == 0


@pytest.mark.parametrize(
    "text",
    [
        "http://h:8080/score#Authorization: Bearer env:TOKEN",
        "http://h/s?key=env:TOKEN",
        "--header 'Authorization: env:TOKEN'",
        "program:./s --token env:TOKEN",
        "similarity:C[C@H](N)C(=O)O",
        "python -m latentbo.train molecules --token-dropout 0.05 --keys 3",
        "donkey=3 monkey: 4; the token abc; unknown key 'x': write one of a, b",
        "goal.toml, [[term]] 1 (line 3): there is no key 'wieght'",
    ],
)
def test_all_else_stays(text: str) -> None:
    assert hide(text) == text
    assert secrets_of(text) == ()
