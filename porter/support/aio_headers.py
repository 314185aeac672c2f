# porter: keep
"""The headers of a message, read from a file whose methods are coroutines.

``http.client.parse_headers(file)`` becomes ``await parse_headers(file)``; what the lines mean, and how many may come, is left
to ``http.client``. Python 3.11 and later; no dependencies.
"""

from __future__ import annotations

import http.client
import io
from typing import Any

__all__ = ["parse_headers"]

_MAX_LINE, _MAX_HEADERS = 65536, 100  # where ``http.client`` gives up


async def parse_headers(fp: Any, _class: type[http.client.HTTPMessage] = http.client.HTTPMessage) -> http.client.HTTPMessage:
    """Read the headers of a message, up to the blank line, and understand them."""
    lines = [await fp.readline(_MAX_LINE + 1)]
    while len(lines) <= _MAX_HEADERS and len(lines[-1]) <= _MAX_LINE and lines[-1].rstrip(b"\r\n"):
        lines.append(await fp.readline(_MAX_LINE + 1))
    return http.client.parse_headers(io.BytesIO(b"".join(lines)), _class)
