"""The libcst command: ``python -m libcst.tool codemod -x --no-format porter.codemod.PortCommand FILE``.

libcst hands over one file at a time, so one file is the whole program here; for a package, use ``porter port``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import libcst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from porter import Port, UsageFault
from porter.pipeline import port
from porter.project.decode import decode
from porter.project.settings import Naming, settings_for


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
            found = self._ported(path, tree.code)
        except UsageFault as fault:
            raise SkipFile(fault.message) from None
        for warning in _warnings(path, found):
            self.warn(warning)
        text = next((change.new for change in found.files if change.changed), tree.code)
        if text == tree.code:
            return tree
        ported = libcst.parse_module(text, tree.config_for_parsing).with_changes(encoding=tree.encoding)
        if ported.code != text:
            raise RuntimeError(f"{path}: libcst does not give the port's text back")
        return ported

    def _ported(self, path: Path, code: str) -> Port:
        """The port of ``code``, which another codemod of this run may have changed since it was read from ``path``."""
        settings = settings_for([path], naming=self.naming)
        if path.is_file() and decode(path.read_bytes()).text == code:
            return port([path], settings=settings)
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder, path.name)
            copy.write_text(code, "utf-8", newline="")
            return port([copy], settings=settings)


def _warnings(path: Path, found: Port) -> Iterator[str]:
    """What libcst, which writes one file, leaves undone, and what porter could not do."""
    for fault in found.faults:
        yield f"{fault.check}: {fault.message} (a fault of porter's own; left as it was)"
    refused = found.plan.account.refused
    if refused:
        yield f"blocking calls that are not ported: {refused}; `porter plan {path}` tells why"
    if not any(change.changed for change in found.files):
        return
    for _, shown in found.plan.support:
        if not path.with_name(Path(shown).name).exists():
            yield f"the port imports {Path(shown).name}, which only `porter port` writes beside it"
