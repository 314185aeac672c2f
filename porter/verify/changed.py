"""A changed file as the checks see it: both texts, each parsed once."""

from __future__ import annotations

import ast
import functools

from porter.facts import FileFacts, index
from porter.plan.model import FileChange


class ChangedFile:
    """The old and the new text of a file. The checks share the trees, so none may change them."""

    def __init__(self, change: FileChange) -> None:
        self.change = change

    @functools.cached_property
    def old_tree(self) -> ast.Module:
        """The tree of the old text. Raises ``SyntaxError``."""
        return ast.parse(self.change.old)

    @functools.cached_property
    def old(self) -> FileFacts:
        """The facts of the old text. Raises ``SyntaxError``."""
        return index(self.change.old, self.old_tree)

    @functools.cached_property
    def new(self) -> FileFacts:
        """The facts of the new text. Raises ``SyntaxError``."""
        return index(self.change.new)
