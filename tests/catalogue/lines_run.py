"""``lines_run.py OUT PROGRAM``: run a program as a script and write down which of its lines were executed."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

_lines: set[int] = set()


def _trace(frame: FrameType, event: str, argument: Any) -> Any:
    if frame.f_code.co_filename != sys.argv[0]:
        return None
    if event == "line":
        _lines.add(frame.f_lineno)
    return _trace


def main() -> None:
    """Run it in the real ``__main__``, whose functions other processes may look up."""
    out, program = sys.argv.pop(1), sys.argv.pop(1)
    sys.argv[0] = program
    sys.path[0] = str(Path.cwd())
    names = sys.modules["__main__"].__dict__
    names["__file__"] = program
    names["__spec__"] = None
    code = compile(Path(program).read_bytes(), program, "exec")
    threading.settrace(_trace)
    sys.settrace(_trace)
    try:
        exec(code, names)
    except SystemExit as error:
        assert not error.code, error.code
    finally:
        sys.settrace(None)
        Path(out).write_text(json.dumps(sorted(_lines)), "utf-8")


if __name__ == "__main__":
    main()
