"""One run at a time writes below a folder; others wait. The lock ends with its process, however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the lock of ``folder``, or of the nearest one above it that exists. Without such locks, nothing is done."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    place = next(one for one in (folder, *folder.parents) if one.is_dir())
    descriptor = os.open(place, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system that has none, as some network shares
        yield
    finally:
        os.close(descriptor)
