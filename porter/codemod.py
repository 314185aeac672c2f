"""The libcst command: ``python -m libcst.tool codemod -x --no-format porter.codemod.PortCommand FILE``.

libcst hands over one file at a time, so one file is the whole program here; for a package, use ``porter port``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import libcst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from porter import UsageFault
from porter.pipeline import port
from porter.project.decode import decode
from porter.project.settings import Naming, Settings, settings_for


class PortCommand(CodemodCommand):
    """Ports a file; the text is that of ``porter port FILE``."""

    DESCRIPTION: str = "Port threaded, blocking Python to asyncio, one file at a time."

    def __init__(self, context: CodemodContext, naming: Naming | None = None) -> None:
        super().__init__(context)
        self.naming = naming

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """``--naming``, as ``porter port`` has it."""
        arg_parser.add_argument("--naming", choices=["keep", "twin"], help="Keep the names, or give twins.")

    def transform_module_impl(self, tree: libcst.Module) -> libcst.Module:
        """The tree of the port; the same tree if nothing changes. An unreadable file is skipped, with the reason."""
        if self.context.filename is None:
            raise SkipFile("porter needs a file, not standard input")
        path = Path(self.context.filename)
        try:
            text = self._ported(path, tree.code)
        except UsageFault as fault:
            raise SkipFile(fault.message) from None
        if text == tree.code:
            return tree
        ported = libcst.parse_module(text, tree.config_for_parsing).with_changes(encoding=tree.encoding)
        if ported.code != text:
            raise RuntimeError(f"{path}: libcst does not give the port's text back")
        return ported

    def _ported(self, path: Path, code: str) -> str:
        """The port of ``code``, which another codemod of this run may have changed since it was read from ``path``."""
        settings = settings_for([path], naming=self.naming)
        if path.is_file() and decode(path.read_bytes()).text == code:
            return _new_text([path], settings) or code
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, path.name)
            copy.write_text(code, "utf-8", newline="")
            return _new_text([copy], settings) or code


def _new_text(paths: list[Path], settings: Settings) -> str | None:
    """The text of the one file that changed, if any did."""
    changed = [change.new for change in port(paths, settings=settings).files if change.changed]
    return changed[0] if changed else None
