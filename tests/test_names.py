"""Names of tests are the same in every process, or these would not share them."""

import gzip

import pytest


@pytest.mark.parametrize("content", [gzip.compress(b"CC")])
def test_name_has_no_bytes_that_hold_the_time(
    content: bytes, request: pytest.FixtureRequest
) -> None:
    assert content
    assert request.node.name.endswith("[gzip]")
