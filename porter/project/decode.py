"""Bytes to text and back without loss, and whether the text is Python that this interpreter reads.

The encoding is what Python itself would use: a BOM, a PEP 263 comment, else UTF-8. Line endings stay as they are.
"""

from __future__ import annotations

import io
import re
import tokenize
import warnings
from dataclasses import dataclass

_BOM = b"\xef\xbb\xbf"

_PYTHON_2 = (
    (re.compile(r"^\s*(?:.*[:;]\s*)?print\s+(?![=(.,\[:])\S"), "the print statement"),
    (re.compile(r"^\s*(?:.*[:;]\s*)?exec\s+[\"'\w]"), "the exec statement"),
    (re.compile(r"^\s*except\s+[^:]+,\s*[a-z_]\w*\s*:"), "`except X, e`"),
    (re.compile(r"^\s*(?:.*[:;]\s*)?raise\s+[\w.]+\s*,"), "`raise X, value`"),
    (re.compile(r"`[^`]+`"), "backquotes"),
    (re.compile(r"\w\s*<>\s*\w"), "`<>`"),
    (re.compile(r"\b0\d+\b|\b\d+[lL]\b"), "an old number literal"),
    (re.compile(r"\b[uU][rR][\"']"), "`ur''`"),
    (re.compile(r"^\s*def\s+\w+\s*\(.*\(\s*\w+\s*,"), "a tuple as parameter"),
)
"""Syntax that Python 2 had and 3 has not. Looked for only where Python 3 finds a syntax error."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text and how it is stored."""

    text: str
    encoding: str
    bom: bool


class Unreadable(Exception):
    """Why a file cannot be worked on: ``line`` from 1, 0 for the whole file."""

    def __init__(self, line: int, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason
        self.remedy = remedy


def decode(data: bytes) -> Decoded:
    """The text of a Python file. Raises ``Unreadable``; never loses a byte: encoding the text gives ``data`` again."""
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise Unreadable(line, "contains null bytes, so it is no Python source", "leave it out, or restore its text")
    encoding = _encoding(data)
    bom = data.startswith(_BOM)
    body = data[len(_BOM) :] if bom else data
    try:
        text = body.decode(encoding)
        lossless = text.encode(encoding) == body
    except UnicodeDecodeError as error:
        raise Unreadable(
            body[: error.start].count(b"\n") + 1,
            f"is not {encoding.upper()}" + ("" if _says_encoding(data) else " and names no other encoding"),
            "store it as UTF-8, or add a comment such as `# -*- coding: latin-1 -*-` as its first line",
        ) from None
    except (LookupError, ValueError):
        raise Unreadable(1, f"names `{encoding}`, which is no text encoding", "store it as UTF-8") from None
    if not lossless:
        raise Unreadable(1, f"cannot be written back byte for byte in `{encoding}`", "store it as UTF-8")
    return Decoded(text, encoding, bom)


def check_syntax(text: str, shown: str) -> None:
    """Compile ``text``, never run it. Raises ``Unreadable`` where this Python does not take it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, shown, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise _syntax_fault(error, text) from None
    except (RecursionError, MemoryError):
        raise Unreadable(_deepest(text), "is nested too deeply for Python", "split the expression in parts") from None
    except ValueError as error:
        raise Unreadable(0, f"cannot be parsed ({error})", "correct it") from None


def _deepest(text: str) -> int:
    """The line where the logical line of the most tokens begins: an expression too deep for the parser is that one."""
    longest, line, count, start = 0, 0, 0, 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in (tokenize.NL, tokenize.COMMENT):
                count, start = count + 1, start or token.start[0]
            if count > longest:
                longest, line = count, start
            if token.type == tokenize.NEWLINE:
                count = start = 0
    except (tokenize.TokenError, SyntaxError):
        pass  # the lines so far are known
    return line


def _encoding(data: bytes) -> str:
    try:
        unix = re.sub(rb"\r\n?", b"\n", data)  # for Python a lone carriage return ends a line, too
        encoding, _ = tokenize.detect_encoding(io.BytesIO(unix).readline)
    except SyntaxError as error:
        if "unknown encoding" in str(error) or "encoding problem" in str(error):
            raise Unreadable(1, f"says an encoding that Python does not have ({error.msg})", "correct it") from None
        return "utf-8"
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _says_encoding(data: bytes) -> bool:
    return any(re.match(rb"[ \t\f]*#.*?coding[:=]", line) for line in data.splitlines()[:2]) or data.startswith(_BOM)


def _syntax_fault(error: SyntaxError, text: str) -> Unreadable:
    line = error.lineno or 0
    lines = re.split(r"\r\n|\r|\n", text)
    stated = lines[line - 1] if 0 < line <= len(lines) else ""
    for pattern, what in _PYTHON_2:
        if pattern.search(stated):
            return Unreadable(line, f"is Python 2 ({what})", "bring it to Python 3 first, for example with 2to3")
    return Unreadable(line, f"has a syntax error ({error.msg})", "correct it, or run porter with a newer Python")
