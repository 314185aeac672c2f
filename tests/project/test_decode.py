"""Decoding: every byte kept, and what cannot be read said with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porter.project.decode import Decoded, Unreadable, check_syntax, decode


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"x = 1\r\ny = 2\n", Decoded("x = 1\r\ny = 2\n", "utf-8", False)),
        (b"x = 1\ry = 2", Decoded("x = 1\ry = 2", "utf-8", False)),
        (b"\xef\xbb\xbfx = 1\n", Decoded("x = 1\n", "utf-8", True)),
        (b"# coding: latin-1\ns = '\xe9'\n", Decoded("# coding: latin-1\ns = 'é'\n", "iso-8859-1", False)),
        ("#!/usr/bin/python\n# coding: euc-kr\ns = '맞음'\n".encode("euc-kr"), None),
        (b"", Decoded("", "utf-8", False)),
        (b"\x0cx = 1\n", Decoded("\x0cx = 1\n", "utf-8", False)),
    ],
)
def test_text_encoding_and_bom(data, expected):
    decoded = decode(data)
    assert expected is None or decoded == expected
    assert (b"\xef\xbb\xbf" if decoded.bom else b"") + decoded.text.encode(decoded.encoding) == data


@pytest.mark.parametrize(
    ("data", "line", "told"),
    [
        (b"x = 1\ns = '\xe9'\n", 2, "is not UTF-8 and names no other encoding"),
        (b"# coding: ascii\n\ns = '\xe9'\n", 3, "is not ASCII"),
        (b"x = 1\n\0\n", 2, "null bytes"),
        (b"# coding: klingon\n", 1, "does not have"),
        (b"# coding: rot13\n", 1, "no text encoding"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, "encoding"),
        (b"# coding: utf-7\ns = '+AGE-'\n", 1, "cannot be written back"),
    ],
)
def test_what_is_no_text_is_told_with_its_line(data, line, told):
    with pytest.raises(Unreadable) as caught:
        decode(data)
    assert caught.value.line == line
    assert told in caught.value.reason


@given(st.binary(max_size=60))
def test_whatever_is_decoded_can_be_written_back(data):
    try:
        decoded = decode(data)
    except Unreadable:
        return
    assert (b"\xef\xbb\xbf" if decoded.bom else b"") + decoded.text.encode(decoded.encoding) == data


@pytest.mark.parametrize(
    "source",
    [
        "print 'hello'\n",
        "if x:\n    print 'a' % f\n",
        "print x, y\n",
        "exec 'x = 1'\n",
        "try:\n    pass\nexcept ValueError, e:\n    pass\n",
        "try:\n    pass\nexcept (A, B), error:\n    pass\n",
        "raise ValueError, 'no'\n",
        "x = `y`\n",
        "if a <> b: pass\n",
        "mode = 0777\n",
        "n = 10L\n",
        "s = ur'x'\n",
        "def f(a, (b, c)):\n    pass\n",
    ],
)
def test_python_2_is_recognised(source):
    with pytest.raises(Unreadable, match="is Python 2"):
        check_syntax(source, "a.py")


@pytest.mark.parametrize(
    "source", ["def f(:\n", "x = = 1\n", "print('a'\n", "return 1\n", "try:\n    pass\nexcept A, B:\n    pass\n"]
)
def test_other_syntax_errors_are_not_called_python_2(source):
    with pytest.raises(Unreadable, match="syntax error") as caught:
        check_syntax(source, "a.py")
    assert caught.value.line > 0


def test_too_deep_is_said_and_not_a_crash():
    with pytest.raises(Unreadable) as caught:
        check_syntax("x = " + "-" * 100_000 + "1\n", "a.py")
    assert "deep" in caught.value.reason or "syntax error" in caught.value.reason


def test_doubtful_escapes_are_nobodys_business(recwarn):
    check_syntax("x = '\\d'\nassert (1, 'always')\n", "a.py")
    assert not recwarn.list
