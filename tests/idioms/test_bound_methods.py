"""Methods of sockets under names of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.idioms.porting import ported, text

HEAD = "import socket\nimport threading\n\n\ndef main():\n    left, right = socket.socketpair()\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    send = left.sendall\n    send(b'x')\n", "    send = left.sendall\n    await send(b'x')\n"),
        (
            "    send, recv = left.sendall, right.recv\n    send(b'x')\n    print(recv(1))\n",
            "    send, recv = left.sendall, right.recv\n    await send(b'x')\n    print(await recv(1))\n",
        ),
        (
            "    read = left.makefile('rb').read1\n    print([read(n) for n in range(2)])\n",
            "    read = left.makefile('rb').read1\n    print([await read(n) for n in range(2)])\n",
        ),
        (
            "    leave = left.close\n    leave()\n    right.recv(1)\n",
            "    leave = left.close\n    leave()\n    await right.recv(1)\n",
        ),
    ],
)
def test_are_awaited_where_they_are_called(before: str, after: str, tmp_path: Path) -> None:
    assert text(tmp_path, HEAD + before).endswith(after)


@pytest.mark.parametrize(
    "code",
    [
        "    send = left.sendall\n    threading.Thread(target=send, args=(b'x',)).start()\n    right.recv(1)\n",
        "    read = print\n    if left:\n        read = right.recv\n    read(1)\n",
        "    read = right.recv\n    found = {'read': read}\n    found['read'](1)\n",
    ],
)
def test_stay_where_more_is_done_with_them(code: str, tmp_path: Path) -> None:
    found = ported(tmp_path, HEAD + code)
    assert not found.faults and found.plan.account.ported == 0
    assert any("of a socket is used" in refused.reason for refused in found.plan.refusals)
