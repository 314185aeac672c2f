"""Headers read from an asynchronous file are those that ``http.client`` reads from a blocking one."""

from __future__ import annotations

import http.client
import io

import pytest

from porter.support.aio_headers import parse_headers
from tests.support.peers import run


class _File(io.BytesIO):
    async def readline(self, limit: int) -> bytes:  # type: ignore[override]
        return super().readline(limit)


@pytest.mark.parametrize(
    "text", [b"", b"\r\n", b"A: b\r\nC: d\n e\r\n\r\nbody", b"A: b", b"A:" + b"b" * 70000, b"A: b\r\n" * 200]
)
def test_they_are_the_same(text: bytes) -> None:
    plain, asynchronous = io.BytesIO(text), _File(text)
    try:
        wanted = http.client.parse_headers(plain)
    except http.client.HTTPException as error:
        with pytest.raises(type(error)):
            run(parse_headers(asynchronous))
    else:
        assert run(parse_headers(asynchronous)).items() == wanted.items()
    assert asynchronous.tell() == plain.tell()
