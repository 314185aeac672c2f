"""What the user can put right: one exception type, one clear line."""

from __future__ import annotations


class UsageFault(Exception):
    """Something named by the user cannot be used: a path, a setting, an option.

    ``message`` is one line, ``place: cause; remedy``, as the command line prints it before it exits with 2.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
