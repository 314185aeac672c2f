"""Places in a project's files, as messages show them."""

from __future__ import annotations

from porter.project.model import Project
from porter.syntax.places import Lines, Place, Span


class Locator:
    """Turns a file's ``shown`` path and a span into ``path:line:col``; columns from 1."""

    def __init__(self, project: Project) -> None:
        self._texts = {file.shown: file.text for file in project.files}
        self._lines: dict[str, Lines] = {}

    def place(self, path: str, span: Span) -> Place:
        """Where ``span`` begins in the file shown as ``path``; 1:0 in a file that the project does not hold."""
        lines = self._lines.get(path)
        if lines is None:
            lines = self._lines[path] = Lines(self._texts.get(path, ""))
        return lines.place(min(span.start, len(lines.text)))

    def at(self, path: str, span: Span) -> str:
        """``path:line:col``."""
        return f"{path}:{self.place(path, span)}"
