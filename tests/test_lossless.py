"""A table of encodings, newlines and shapes: all comes through byte for byte outside the edits, and runs.

Lines that the port may change are marked ``# edit``; every other line must come out as it went in, in order.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import re
from pathlib import Path

import pytest

from porter.pipeline import port_project, read
from porter.project.output import write_port

ENCODINGS = {
    "utf-8": ("", "é漢글🐍"),
    "utf-8-sig": ("", "é漢글🐍"),
    "cp949": ("# -*- coding: cp949 -*-\n", "똠방각하"),
    "euc-kr": ("#!/usr/bin/env python3\n# vim: set fileencoding=euc-kr :\n", "가나다"),
    "latin-1": ("# coding: latin-1\n", "äöü"),
    "shift-jis": ("# -*- coding: shift-jis -*-\n", "表示ソ"),
}
"""What stands on top, and a text that the encoding can hold; for shift-jis one with a backslash for second byte."""

NEWLINES = ("\n", "\r\n", "\r", "mixed", "none at the end")

HEAD = """\
'''A program: NOTE'''
import time # edit


def nap(what="NOTE"): # edit
    time.sleep(0) # edit
    return what


"""
TAIL = """\


if __name__ == "__main__":
    main() # edit
"""

SHAPES = {
    "layout": """\
LONG = [LINE]
DEEP = PARENTHESES
def main(): # edit
\tvalues = [ 1,2 ,
\t\t3 ]BLANKS
\ttotal = 1 + \\
    2
\x0c
\tif total:
\t        print( total , values )
\tprint(nap(), len(LONG), DEEP) # edit
\tBLANKS
\t# a comment under tabs and blanks: NOTE
""",
    "suites": """\
class Odd (Exception) : pass
def same(function):
    return function
@ same
# between, NOTE
@(same)

# and more
def plain( x , * , y = 'NOTE' ) -> "NOTE" :
    return x
def main(): # edit
    a = 1; b = 2 ;
    if a: b = 3; print(b)
    for _ in range(2): b += 1
    try: print(nap()) # edit
    except (ValueError,KeyError) : pass
    except(Odd): raise
    finally: print(b);
    while a: a -= 1
    else: print("done", a, plain(1))
    # last
""",
    "strings": """\
CODE = '''
def nap():
    time.sleep(1)   # NOTE, no code
    main()
'''
RAW = rb'\\x00\\
' b"two"   b'x'
def main(): # edit
    text = "time.sleep(1); NOTE" 'nap()'
    print(nap(), text, f"{1!r:>{4}} {'NOTE'}", CODE.count("NOTE"), RAW) # edit
    print('''
  NOTE
''')
""",
    "crossed": """\
def main(): # edit
    x : int=1
    print (x if nap() else 0 , file = None) # edit
    assert (  x  ), ( "NOTE" )
    lambda * a , ** k : ( a , k )
    print(not(x), -x ** - 1, x if(x)else 2, [ * (1 ,) ], { ** {} }) ; del  x
    global  NAME ; NAME = ( yes := 1 )
    print ( "end" )
""",
}


def _source(encoding: str, newline: str, shape: str) -> bytes:
    top, note = ENCODINGS[encoding]
    text = top + HEAD + SHAPES[shape] + TAIL
    text = text.replace("NOTE", note).replace("BLANKS", "   ").replace("LINE", ", ".join(map(str, range(3000))))
    text = text.replace("PARENTHESES", "(" * 60 + "1" + ")" * 60)
    match newline:
        case "mixed":
            endings = itertools.cycle(("\n", "\r\n", "\r"))
            text = re.sub("\n", lambda _: next(endings), text)
        case "none at the end":
            text = text.removesuffix("\n")
        case _:
            text = text.replace("\n", newline)
    return text.encode(encoding)


def _printed(source: bytes, path: Path) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, str(path), "exec", dont_inherit=True), {"__name__": "__main__"})
    return out.getvalue()


def _lines(data: bytes) -> list[bytes]:
    """The lines that may not change; a line ends where Python ends it."""
    lines = re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", data)
    return [line for line in lines if b"# edit" not in line and line.strip() != b"import asyncio"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("newline", NEWLINES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_not_edited_comes_through(encoding: str, newline: str, shape: str, tmp_path: Path) -> None:
    old = _source(encoding, newline, shape)
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_bytes(old)
    project = read([before])
    result = port_project(project)
    write_port(project, result.files, (), out=after, in_place=False)
    new = after.read_bytes()
    assert result.faults == ()
    assert b"await nap()" in new and b"asyncio.run(main())" in new
    assert _lines(new) == _lines(old)
    assert _printed(new, after) == _printed(old, before)


def test_the_table_is_large_enough() -> None:
    assert len(ENCODINGS) * len(NEWLINES) * len(SHAPES) >= 120
