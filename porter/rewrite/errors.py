"""What can go wrong while rewriting. Each is porter's own mistake, not the user's, unless said otherwise."""

from __future__ import annotations

from porter.syntax.places import Span


class RewriteError(Exception):
    """An edit that cannot be carried out: where, which, and why. Raised before anything is written."""

    def __init__(self, reason: str, *, path: str = "", span: Span | None = None, idiom: str = "", group: str = "") -> None:
        super().__init__(reason, path, span, idiom, group)
        self.reason, self.path, self.span, self.idiom, self.group = reason, path, span, idiom, group

    def __str__(self) -> str:
        where = f"{self.path} at {self.span.start}" if self.span else self.path
        return ": ".join(part for part in (where, self.idiom, self.reason) if part)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), (self.reason, self.path, self.span, self.idiom, self.group))


class NameTaken(RewriteError):
    """The port needs an import whose name means something else in the file. The plan can ask ``taken`` first."""

    def __init__(self, name: str, *, path: str = "") -> None:
        super().__init__(f"the name {name!r} is bound to something else here, and the port must import it", path=path)
        self.name = name

    def __reduce__(self) -> tuple[object, ...]:
        return _name_taken, (self.name, self.path)


def _rebuilt(kind: type[RewriteError], args: tuple[str, str, Span | None, str, str]) -> RewriteError:
    reason, path, span, idiom, group = args
    return kind(reason, path=path, span=span, idiom=idiom, group=group)


def _name_taken(name: str, path: str) -> NameTaken:
    return NameTaken(name, path=path)
