"""Ways to break a correct port, mechanically: each yields places of the new text and what to put there.

A mutation works on the text and its tree alone. What it makes need not be wrong in every program: what is not wrong
survives, and is explained where the survivors are listed.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from porter.facts import FileFacts, index
from porter.syntax.places import Span

Steps = tuple[tuple[Span, str], ...]
"""Replacements in the new text, in order."""

_T = TypeVar("_T", bound=ast.AST)
_PROTOCOLS: Final = {"__aenter__": "__enter__", "__aexit__": "__exit__", "__anext__": "__next__"}


@dataclass(frozen=True, slots=True, eq=False)
class Port:
    """A new text and what it says."""

    text: str
    facts: FileFacts

    def span(self, node: ast.AST) -> Span:
        """Where a node stands."""
        return self.facts.span(node)

    def cut(self, node: ast.AST) -> str:
        """The text of a node."""
        return self.span(node).cut(self.text)

    def nodes(self, *kinds: type[_T]) -> list[_T]:
        """The nodes of some types, in order of their places."""
        found = [node for node in ast.walk(self.facts.tree) if isinstance(node, kinds)]
        return sorted(found, key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))

    def coroutine(self, node: ast.AST) -> ast.AsyncFunctionDef | None:
        """The ``async def`` in which a node runs."""
        scope = self.facts.scope_of(node).function
        return scope.node if scope is not None and isinstance(scope.node, ast.AsyncFunctionDef) else None

    def word(self, word: str, start: int, end: int, new: str) -> Iterator[Steps]:
        """The first ``word`` of a stretch replaced."""
        found = re.compile(rf"\b{word}\b\s*" if not new else rf"\b{word}\b").search(self.text, start, end)
        if found:
            yield ((Span(found.start(), found.end()), new),)


def read(text: str) -> Port:
    """A text, parsed."""
    return Port(text, index(text))


# --- awaits ------------------------------------------------------------------------------------------------------------


def drop_await(port: Port) -> Iterator[Steps]:
    """``await f(x)`` → ``f(x)``."""
    for node in port.nodes(ast.Await):
        if isinstance(node.value, ast.Call) and not _is_call_of(node.value, "drain", "wait_closed"):
            yield _without_await(port, node)


def leave_property(port: Port) -> Iterator[Steps]:
    """``await self.size`` → ``self.size``: one use of what became a coroutine is left behind."""
    for node in port.nodes(ast.Await):
        if isinstance(node.value, (ast.Attribute, ast.Name)):
            yield _without_await(port, node)


def add_await(port: Port) -> Iterator[Steps]:
    """``f(x)``, plain, → ``await f(x)``, in a coroutine."""
    for node in port.nodes(ast.Call):
        parent = port.facts.parents.get(node)
        elsewhere = isinstance(parent, (ast.Await, ast.withitem, ast.For, ast.AsyncFor, ast.comprehension))
        if port.coroutine(node) and not elsewhere and not _is_call_of(node, "create_task", "ensure_future", "gather"):
            if isinstance(node.func, ast.Name) or isinstance(parent, (ast.Expr, ast.Assign)):
                yield ((port.span(node), f"(await {port.cut(node)})"),)


def call_lost(port: Port) -> Iterator[Steps]:
    """``await f(x)`` → ``f``: the coroutine function where its result was wanted."""
    for node in port.nodes(ast.Await):
        if isinstance(node.value, ast.Call) and not isinstance(port.facts.parents.get(node), ast.Expr):
            yield ((port.span(node), port.cut(node.value.func)),)


def not_called(port: Port) -> Iterator[Steps]:
    """``await f(x)`` → ``await f``."""
    for node in port.nodes(ast.Await):
        if isinstance(node.value, ast.Call):
            yield ((port.span(node.value), port.cut(node.value.func)),)


def parentheses_lost(port: Port) -> Iterator[Steps]:
    """``(await f()).x`` → ``await f().x``."""
    for node in port.nodes(ast.Attribute, ast.Subscript, ast.Call):
        inner: ast.expr = node.func if isinstance(node, ast.Call) else node.value  # type: ignore[attr-defined]
        if isinstance(inner, ast.Await):
            start, end = port.span(node).start, port.span(inner).end
            if port.text[start] == "(" and port.text[end] == ")":
                yield ((Span(start, start + 1), ""), (Span(end, end + 1), ""))


def await_moved(port: Port) -> Iterator[Steps]:
    """``await f(x)`` → ``f(await x)``."""
    for node in port.nodes(ast.Await):
        if isinstance(node.value, ast.Call) and node.value.args and not isinstance(node.value.args[0], ast.Starred):
            at = port.span(node.value.args[0]).start
            (drop,) = _without_await(port, node)
            yield (drop, (Span(at, at), "await "))


# --- whole functions ----------------------------------------------------------------------------------------------------


def leave_caller(port: Port) -> Iterator[Steps]:
    """An ``async def`` and its awaits stay plain: one caller is left behind."""
    yield from _plain_functions(port, overrides=False)


def leave_override(port: Port) -> Iterator[Steps]:
    """The same with a method of which the file has several: one override is left behind."""
    yield from _plain_functions(port, overrides=True)


def def_too_many(port: Port) -> Iterator[Steps]:
    """``def f`` → ``async def f``, its callers as they were."""
    for node in port.nodes(ast.FunctionDef):
        is_stub = all(isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in node.body)
        # the body of a stub never runs: to the program both colours are the same
        if not is_stub and not (node.name.startswith("__") and node.name != "__init__"):
            at = port.span(node).start
            yield ((Span(at, at), "async "),)


def def_lost(port: Port) -> Iterator[Steps]:
    """``async def f`` → ``def f``, its awaits as they were."""
    for node in port.nodes(ast.AsyncFunctionDef):
        yield from port.word("async", port.span(node).start, port.span(node).end, "")


# --- protocols ------------------------------------------------------------------------------------------------------------


def with_plain(port: Port) -> Iterator[Steps]:
    """``async with`` → ``with``."""
    for node in port.nodes(ast.AsyncWith):
        yield from port.word("async", port.span(node).start, port.span(node).end, "")


def with_asynchronous(port: Port) -> Iterator[Steps]:
    """``with`` → ``async with``, in a coroutine."""
    for node in port.nodes(ast.With):
        if port.coroutine(node):
            at = port.span(node).start
            yield ((Span(at, at), "async "),)


def for_plain(port: Port) -> Iterator[Steps]:
    """``async for`` → ``for``."""
    for node in port.nodes(ast.AsyncFor):
        yield from port.word("async", port.span(node).start, port.span(node).end, "")


def for_asynchronous(port: Port) -> Iterator[Steps]:
    """``for`` → ``async for``, in a coroutine."""
    for node in port.nodes(ast.For):
        if port.coroutine(node):
            at = port.span(node).start
            yield ((Span(at, at), "async "),)


def comprehension_plain(port: Port) -> Iterator[Steps]:
    """``[x async for x in y]`` → ``[x for x in y]``."""
    for node in port.nodes(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp):
        for generator in node.generators:  # type: ignore[attr-defined]
            if generator.is_async:
                found = port.text.rfind("async", port.span(node).start, port.span(generator.target).start)
                yield ((Span(found, found + len("async ")), ""),)


def comprehension_generator(port: Port) -> Iterator[Steps]:
    """``any([await f(x) for x in y])`` → ``any(await f(x) for x in y)``."""
    for node in port.nodes(ast.ListComp):
        call = port.facts.parents.get(node)
        awaits = any(isinstance(one, ast.Await) for one in ast.walk(node)) or any(g.is_async for g in node.generators)
        if awaits and isinstance(call, ast.Call) and call.args == [node] and not call.keywords:
            span = port.span(node)
            yield ((Span(span.start, span.start + 1), ""), (Span(span.end - 1, span.end), ""))


def protocol_name(port: Port) -> Iterator[Steps]:
    """``__aenter__`` → ``__enter__``, and the like."""
    for node in port.nodes(ast.AsyncFunctionDef):
        if node.name in _PROTOCOLS:
            yield from port.word(node.name, port.span(node).start, port.span(node).end, _PROTOCOLS[node.name])


def stop_iteration(port: Port) -> Iterator[Steps]:
    """``StopAsyncIteration`` → ``StopIteration``."""
    for node in port.nodes(ast.Name):
        if node.id == "StopAsyncIteration":
            yield ((port.span(node), "StopIteration"),)


def next_plain(port: Port) -> Iterator[Steps]:
    """``await anext(x)`` → ``next(x)``."""
    for node in port.nodes(ast.Await):
        if isinstance(node.value, ast.Call) and _is_call_of(node.value, "anext"):
            yield ((port.span(node), port.cut(node.value)[1:]),)


# --- what asyncio offers ------------------------------------------------------------------------------------------------


def run_lost(port: Port) -> Iterator[Steps]:
    """``asyncio.run(main())`` → ``main()``."""
    for node in _calls(port, "run"):
        if port.cut(node.func) == "asyncio.run":
            yield ((port.span(node), port.cut(node.args[0])),)


def run_of_function(port: Port) -> Iterator[Steps]:
    """``asyncio.run(main())`` → ``asyncio.run(main)``; and so for tasks."""
    for node in _calls(port, "run", "create_task", "gather", "wait_for"):
        if isinstance(node.args[0], ast.Call):
            yield ((port.span(node.args[0]), port.cut(node.args[0].func)),)


def task_lost(port: Port) -> Iterator[Steps]:
    """``asyncio.create_task(f())`` → ``f()``."""
    for node in _calls(port, "create_task", "to_thread"):
        yield ((port.span(node), port.cut(node.args[0])),)


def plain_main(port: Port) -> Iterator[Steps]:
    """What ``asyncio.run`` runs becomes a plain function that runs nothing."""
    names = {port.cut(one.args[0].func) for one in _calls(port, "run") if isinstance(one.args[0], ast.Call)}
    for node in port.nodes(ast.AsyncFunctionDef):
        if node.name in names and not _hands_on(node):
            yield _plainly(port, node)


def to_a_thread(port: Port) -> Iterator[Steps]:
    """``asyncio.create_task(f(x))`` → ``asyncio.to_thread(f, x)``, ``f`` a coroutine function."""
    for node in _calls(port, "create_task"):
        inner = node.args[0]
        if isinstance(inner, ast.Call):
            arguments = ", ".join([port.cut(inner.func), *map(port.cut, inner.args)])
            yield ((port.span(node), f"asyncio.create_task(asyncio.to_thread({arguments}))"),)


def sleep_blocks(port: Port) -> Iterator[Steps]:
    """``await asyncio.sleep(x)`` → ``time.sleep(x)``: a blocking call left behind."""
    for node in port.nodes(ast.Await):
        if isinstance(node.value, ast.Call) and port.cut(node.value.func) == "asyncio.sleep":
            rest = port.text[port.span(node.value.func).end : port.span(node).end]
            yield (_import(port, "time"), (port.span(node), "time.sleep" + rest))


def forget_drain(port: Port) -> Iterator[Steps]:
    """``await writer.drain()`` goes."""
    yield from _statements(port, "drain")


def forget_close(port: Port) -> Iterator[Steps]:
    """``writer.close()``, ``await x.aclose()``, ``await writer.wait_closed()`` go."""
    yield from _statements(port, "close", "aclose", "wait_closed")


def lock_of_threads(port: Port) -> Iterator[Steps]:
    """``async with lock:`` with an ``await`` below → ``with threading.Lock():``."""
    for node in port.nodes(ast.AsyncWith):
        awaits = any(isinstance(one, ast.Await) for statement in node.body for one in ast.walk(statement))
        if awaits and len(node.items) == 1 and node.items[0].optional_vars is None:
            start = port.span(node).start
            span = Span(start, port.span(node.items[0].context_expr).end)
            yield (_import(port, "threading"), (span, "with threading.Lock()"))


def await_under_lock(port: Port) -> Iterator[Steps]:
    """A statement with an ``await`` is put below ``with threading.Lock():``."""
    for node in port.nodes(ast.Expr):
        if isinstance(node.value, ast.Await) and "\n" not in port.cut(node):
            at = port.span(node).start
            yield (_import(port, "threading"), (Span(at, at), "with threading.Lock(): "))


def await_in_augmented(port: Port) -> Iterator[Steps]:
    """``x = await f()``, ``self.n += x`` → ``self.n += await f()``; and ``self.n += f(x)`` gets an await of its own."""
    for node in port.nodes(ast.AugAssign):
        if port.coroutine(node) and isinstance(node.target, (ast.Attribute, ast.Subscript)):
            yield (_import(port, "asyncio"), (port.span(node.value), f"await asyncio.sleep(0, {port.cut(node.value)})"))


# --- text ------------------------------------------------------------------------------------------------------------------


def change_number(port: Port) -> Iterator[Steps]:
    """A number or a text changes."""
    for node in port.nodes(ast.Constant):
        in_text = isinstance(port.facts.parents.get(node), (ast.JoinedStr, ast.Expr))
        if type(node.value) is int and port.cut(node).isdigit():
            yield ((port.span(node), port.cut(node) + "1"),)
        elif isinstance(node.value, str) and port.cut(node)[:1] in "'\"" and not in_text:
            at = port.span(node).end - 1
            yield ((Span(at, at), "x"),)


def lose_comment(port: Port) -> Iterator[Steps]:
    """A comment goes."""
    for token in tokenize.generate_tokens(io.StringIO(port.text).readline):
        if token.type == tokenize.COMMENT:
            start = port.facts.lines.start(token.start[0]) + token.start[1]
            yield ((Span(start, start + len(token.string)), ""),)


def lose_statement(port: Port) -> Iterator[Steps]:
    """A simple statement becomes ``pass``."""
    for node in port.nodes(ast.Expr, ast.Assign, ast.AugAssign, ast.Return):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_text and not _is_close_or_drain(node):
            yield ((port.span(node), "pass"),)


def lose_argument(port: Port) -> Iterator[Steps]:
    """The last argument of a call goes."""
    for node in port.nodes(ast.Call):
        if len(node.args) > 1 and not node.keywords:
            yield ((Span(port.span(node.args[-2]).end, port.span(node.args[-1]).end), ""),)


def blank_line(port: Port) -> Iterator[Steps]:
    """Blanks behind a line."""
    for line in range(1, len(port.facts.lines), 7):
        at = port.facts.lines.end(line)
        yield ((Span(at, at), "  "),)


ANYWHERE: Final = (blank_line, lose_comment)
"""Changes of text that no tree shows: tried outside the patches only, where the text must stay."""

KINDS: Final[tuple[Callable[[Port], Iterator[Steps]], ...]] = (
    *(drop_await, leave_property, add_await, call_lost, not_called, parentheses_lost, await_moved),
    *(leave_caller, leave_override, def_too_many, def_lost, plain_main),
    *(with_plain, with_asynchronous, for_plain, for_asynchronous, comprehension_plain, comprehension_generator),
    *(protocol_name, stop_iteration, next_plain, run_lost, run_of_function, task_lost, to_a_thread, sleep_blocks),
    *(forget_drain, forget_close, lock_of_threads, await_under_lock, await_in_augmented),
    *(change_number, lose_statement, lose_argument, lose_comment, blank_line),
)
"""All kinds of mistakes."""


# --- pieces --------------------------------------------------------------------------------------------------------------


def _without_await(port: Port, node: ast.Await) -> Steps:
    return ((Span(port.span(node).start, port.span(node.value).start), ""),)


def _plain_functions(port: Port, *, overrides: bool) -> Iterator[Steps]:
    functions = port.nodes(ast.AsyncFunctionDef)
    names = [node.name for node in functions]
    for node in functions:
        scope = port.facts.scopes[node]
        method = scope.parent is not None and scope.parent.kind == "class"
        if (method and names.count(node.name) > 1) is overrides and not _hands_on(node):
            yield _plainly(port, node)


def _hands_on(node: ast.AsyncFunctionDef) -> bool:
    """Whether all that a function awaits is what it returns: as a plain one it gives that coroutine, which is the same."""
    awaits = [one for one in ast.walk(node) if isinstance(one, (ast.Await, ast.AsyncFor, ast.AsyncWith))]
    last = node.body[-1]
    return (
        isinstance(last, ast.Return)
        and isinstance(last.value, ast.Await)
        and awaits == [last.value]
        and not any(isinstance(one, (ast.Try, ast.With)) for one in ast.walk(node))
    )


def _plainly(port: Port, node: ast.AsyncFunctionDef) -> Steps:
    """Without the colour, nested functions apart."""
    start = port.span(node).start
    spans = [Span(start, re.compile(r"async\s+").match(port.text, start).end())]  # type: ignore[union-attr]
    pending: list[ast.AST] = list(node.body)
    while pending:
        one = pending.pop()
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if isinstance(one, ast.Await):
            spans.append(_without_await(port, one)[0][0])
        elif isinstance(one, (ast.AsyncFor, ast.AsyncWith)):
            at = port.span(one).start
            spans.append(Span(at, re.compile(r"async\s+").match(port.text, at).end()))  # type: ignore[union-attr]
        elif isinstance(one, ast.comprehension) and one.is_async:
            at = port.text.rfind("async", 0, port.span(one.target).start)
            spans.append(Span(at, at + len("async ")))
        pending += ast.iter_child_nodes(one)
    return tuple((span, "") for span in sorted(spans))


def _calls(port: Port, *names: str) -> list[ast.Call]:
    return [node for node in port.nodes(ast.Call) if _is_call_of(node, *names) and node.args]


def _is_call_of(node: ast.expr, *names: str) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in names


def _statements(port: Port, *names: str) -> Iterator[Steps]:
    """Statements that call one of some methods, replaced by ``pass``."""
    for node in port.nodes(ast.Expr):
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in names:
            yield ((port.span(node), "pass"),)


def _is_close_or_drain(node: ast.stmt) -> bool:
    value = getattr(node, "value", None)
    value = value.value if isinstance(value, ast.Await) else value
    return isinstance(value, ast.Call) and _is_call_of(value, "drain", "close", "aclose", "wait_closed")


def _import(port: Port, name: str) -> tuple[Span, str]:
    """An import on top, behind docstring and ``__future__``."""
    for node in port.facts.tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_text and getattr(node, "module", "") != "__future__":
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            at = port.facts.lines.start(first)
            return Span(at, at), f"import {name}\n"
    return Span(0, 0), f"import {name}\n"
