"""Stubs beside sources follow the port: what became async, was renamed or re-annotated there is so in the ``.pyi`` too.

A stub says again what its source says, so the source before and after the port tells what to change. Stubs are edited by
spans; all else in them stays byte for byte.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from porter.plan.model import FileChange, Plan
from porter.project.model import Project, SourceFile
from porter.syntax.places import Lines

_PROTOCOLS = {"__enter__": "__aenter__", "__exit__": "__aexit__", "__iter__": "__aiter__", "__next__": "__anext__"}
_GENERATORS = {"Iterator": "AsyncIterator", "Iterable": "AsyncIterable", "Generator": "AsyncGenerator"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def follow_stubs(project: Project, plan: Plan, changes: Sequence[FileChange]) -> tuple[FileChange, ...]:
    """The stubs that change, given the sources that do."""
    by_module = {file.module: file for file in project.files}
    changed = {change.path: change for change in changes if change.new != change.old}
    renames = dict(plan.renames)
    found = []
    for stub in project.stubs:
        source = by_module.get(stub.module)
        change = changed.get(source.shown) if source is not None else None
        text = _followed(stub, change, renames)
        if text != stub.text:
            found.append(FileChange(stub.shown, stub.text, text, ()))
    return tuple(found)


def _followed(stub: SourceFile, change: FileChange | None, renames: Mapping[str, str]) -> str:
    tree = ast.parse(stub.text)
    edits = _Edits(stub.text)
    names = _renamed(stub, tree, renames)
    _rename(tree, names, edits)
    if change is not None:
        before, after = ast.parse(change.old), ast.parse(change.new)
        new = dict(_functions(after))
        old = dict(_functions(before))
        for qualname, node in _functions(tree):
            twin = _twin(qualname, names, new)
            if qualname in old and twin is not None:
                _follow(node, old[qualname], twin, edits)
        _import(tree, after, edits)
    return edits.done()


@dataclass(slots=True)
class _Edits:
    """Spans of one text with what comes in their place."""

    text: str
    spans: dict[tuple[int, int], str] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    """Names that new annotations use."""

    def replace(self, node: ast.AST, text: str) -> None:
        """Put ``text`` in place of an expression."""
        span = Lines(self.text).span(node)
        for inner in [known for known in self.spans if span.start <= known[0] and known[1] <= span.end]:
            del self.spans[inner]
        self.spans[span.start, span.end] = text

    def word(self, start: int, old: str, new: str) -> None:
        """Replace the next ``old`` from ``start`` on."""
        at = self.text.index(old, start)
        self.spans[at, at + len(old)] = new

    def done(self) -> str:
        """The new text."""
        text = self.text
        for (start, end), new in sorted(self.spans.items(), reverse=True):
            text = text[:start] + new + text[end:]
        return text


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, _Function]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, (ast.If, ast.Try)):
            yield from _functions(node, prefix)


def _twin(qualname: str, names: Mapping[str, str], new: Mapping[str, _Function]) -> _Function | None:
    """The function of the ported source that a stub's function tells of."""
    top, dot, rest = qualname.partition(".")
    owner, _, last = f"{names.get(top, top)}{dot}{rest}".rpartition(".")
    prefix = f"{owner}." if owner else ""
    return new.get(prefix + last) or new.get(prefix + _PROTOCOLS.get(last, last))


def _follow(node: _Function, old: _Function, new: _Function, edits: _Edits) -> None:
    start = Lines(edits.text).span(node).start
    generates = any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(new))
    became = isinstance(new, ast.AsyncFunctionDef) and not isinstance(old, ast.AsyncFunctionDef)
    if became and not generates and isinstance(node, ast.FunctionDef):
        edits.spans[start, start] = "async "
    if new.name in _PROTOCOLS.values() and node.name in _PROTOCOLS:
        edits.word(start, node.name, new.name)
    for decorator, before, after in zip(node.decorator_list, old.decorator_list, new.decorator_list, strict=False):
        _copy(decorator, before, after, edits)
    stated, renewed = _annotations(old), _annotations(new)
    for name, annotation in _annotations(node).items():
        if name in stated and name in renewed:
            _copy(annotation, stated[name], renewed[name], edits)
        elif name == "return" and became and generates:
            _generator(annotation, edits)


def _annotations(node: _Function) -> dict[str, ast.expr]:
    arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg)
    stated = {arg.arg: arg.annotation for arg in arguments if arg is not None}
    return {name: one for name, one in {**stated, "return": node.returns}.items() if one is not None}


def _copy(mine: ast.expr, before: ast.expr, after: ast.expr, edits: _Edits) -> None:
    """What the source says anew, the stub says anew, if both said the same."""
    if ast.dump(mine) == ast.dump(before) != ast.dump(after):
        edits.replace(mine, ast.unparse(after))
        edits.words.update(inner.id for inner in ast.walk(after) if isinstance(inner, ast.Name))


def _generator(returns: ast.expr, edits: _Edits) -> None:
    """The result of a generator whose source has no annotation."""
    head = returns.value if isinstance(returns, ast.Subscript) else returns
    last = head.attr if isinstance(head, ast.Attribute) else head.id if isinstance(head, ast.Name) else ""
    if last not in _GENERATORS:
        return
    edits.replace(head, ast.unparse(head)[: -len(last)] + _GENERATORS[last])
    if isinstance(head, ast.Name):
        edits.words.add(_GENERATORS[last])
    if last == "Generator" and isinstance(returns, ast.Subscript) and isinstance(returns.slice, ast.Tuple):
        edits.replace(returns.slice, ", ".join(map(ast.unparse, returns.slice.elts[:2])))


def _renamed(stub: SourceFile, tree: ast.Module, renames: Mapping[str, str]) -> dict[str, str]:
    """The names at the top of a stub, its own and imported ones, that the port renames."""
    found = {full.rpartition(".")[2]: new for full, new in renames.items() if full.rpartition(".")[0] == stub.module}
    parts = stub.module.split(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = parts[: len(parts) - node.level + stub.is_package] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found.update({a.name: renames[f"{module}.{a.name}"] for a in node.names if f"{module}.{a.name}" in renames})
    return found


def _rename(tree: ast.Module, names: Mapping[str, str], edits: _Edits) -> None:
    lines = Lines(edits.text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            edits.replace(node, names[node.id])
        elif isinstance(node, ast.alias) and node.name in names:
            edits.word(lines.span(node).start, node.name, names[node.name])
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and statement.name in names:
            edits.word(lines.span(statement).start, f" {statement.name}", f" {names[statement.name]}")


def _import(tree: ast.Module, source: ast.Module, edits: _Edits) -> None:
    """Imports that new annotations need, as the ported source has them."""
    known = {name for name, _ in _imports(tree)} | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    wanted = sorted(edits.words - known)
    stated = dict(_imports(source))
    lines = [stated.get(name) or f"from collections.abc import {name}" for name in wanted if _has(stated, name)]
    first = next((node for node in tree.body if not isinstance(node, ast.Expr) and not _is_future(node)), None)
    if lines and first is not None:
        start = Lines(edits.text).span(first).start
        newline = "\r\n" if "\r\n" in edits.text else "\n"
        edits.spans[start, start] = "".join(line + newline for line in lines) + edits.spans.get((start, start), "")


def _has(stated: Mapping[str, str], name: str) -> bool:
    return name in stated or name in _GENERATORS.values()


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that a module's top level imports, and a statement that imports it alone."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from ((a.asname or a.name.split(".")[0], ast.unparse(ast.Import([a]))) for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                one = ast.ImportFrom(node.module, [alias], node.level)
                yield alias.asname or alias.name, ast.unparse(one)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
