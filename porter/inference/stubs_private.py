"""Stub text for private helpers of the standard library that typeshed leaves out but real programs call.

The key is a module or class, the text is appended to its stub. Only what bears on blocking belongs here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MODULES: Mapping[str, str] = MappingProxyType(
    {
        "ssl": """
def _create_stdlib_context(protocol: int | None = None, **options: object) -> SSLContext: ...
""",
        "threading": """
class _MainThread(Thread): ...
""",
        "smtplib": """
from ssl import SSLSocket
""",
        "ftplib": """
from ssl import SSLSocket as _SSLSocket
""",
    }
)

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "smtplib.SMTP": "def _get_socket(self, host: str, port: int, timeout: float) -> socket: ...",
        "smtplib.SMTP_SSL": "def _get_socket(self, host: str, port: int, timeout: float) -> SSLSocket: ...",
        "imaplib.IMAP4": "def _create_socket(self, timeout: float | None) -> _socket: ...",
        "poplib.POP3": "def _create_socket(self, timeout: float | None) -> socket.socket: ...",
    }
)
