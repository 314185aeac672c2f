"""Frontiers: what a library keeps synchronous, and can no longer do.

Rewrites
    In ``__del__``, the call of a coroutine that only ends the use of sockets, ``self.close()`` →
    ``_aio_socket.at_once(self.close())``, which runs it as far as it need not wait. In another function that cannot await
    (``__getattr__``, a ``__del__`` that waits, a method that a base class calls which stays as it is), the statement that would
    need a coroutine's result → ``raise RuntimeError(...)``. A flag by which the source tells its two colours apart,
    ``_IS_SYNC = True`` → ``False``.

Why it means the same
    Closing a socket hardly ever waits: the kernel takes the last bytes at once. Where it would, ``at_once`` raises, which
    Python reports, as whatever goes wrong in ``__del__``. The rest does not mean the same: what the function did there, it
    cannot do in the port, and it says so at once instead of handing out a coroutine that nobody awaits. The plan lists the
    function among the refusals. It is done only where ``targets`` name one colour of a library, which stays beside the port,
    and in a ``__setitem__`` or ``__delitem__`` that nothing uses; else all that it calls stays synchronous.

Declines when
    A program may run the function, and the settings name no targets; or the place raises by itself, as ``in`` over an
    asynchronous iterable does.

Source
    https://docs.python.org/3/reference/datamodel.html#special-method-names
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import libcst as cst

from porter.idioms.groups import support_import
from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.finalizers import FINALIZER
from porter.inference.flags import flags
from porter.inference.pairs import parameters
from porter.inference.program import Module
from porter.inference.state import Site
from porter.syntax.shapes import Statements, expression
from porter.syntax.templates import fill

NAME = "frontiers"
_SUPPORT = "aio_socket"

EXAMPLES: tuple[Example, ...] = ()
REFUSALS = (
    Example(
        "length",
        "import time\n\n\nclass Peer:\n    def __len__(self):\n        time.sleep(1)\n        return 1\n",
        "import time\n\n\nclass Peer:\n    def __len__(self):\n        time.sleep(1)\n        return 1\n",
        "`len()` takes a number at once; remedy: an ordinary method",
    ),
)


_GIVES = ("call", "property", "operator")
"""Places that would give a coroutine; loops and ``with`` over what is asynchronous raise by themselves."""


def propose(view: View) -> Proposal:
    """An edit for each statement with such a hole."""
    edits: list[Edit] = []
    gone: set[ast.AST] = set()
    edits.extend(_at_once(view, site) for site in view.colours.holes.values() if site.caller in view.finalizers.methods)
    edits.extend(_finalizers(view))
    holes = [site for site in view.colours.holes.values() if site.caller not in view.finalizers.methods]
    calls = [site for site in holes if isinstance(site.node, ast.expr) and site.role in _GIVES]
    for site in sorted(calls, key=lambda site: (site.node.lineno, site.node.col_offset)):  # type: ignore[attr-defined]
        if site.node in gone:
            continue
        module = view.module(site.caller)
        statement = module.facts.statement(site.node)
        code = f'raise RuntimeError("{_what(view, site)} now, and `{site.caller.name}` cannot await it")\n'
        edits.append(view.edit(NAME, module, statement, "replace_statement", whole=True, code=code))
        behind = _behind(module, statement)
        edits.extend(view.edit(NAME, module, later, "remove", whole=True) for later in behind)
        gone.update(node for one in (statement, *behind) for node in ast.walk(one))
    return Proposal((*edits, *_flags(view)))


def _at_once(view: View, site: Site) -> Edit:
    module = view.module(site.caller)
    statement, copy = support_import(module, _SUPPORT)
    return view.edit(NAME, module, site.node, "at_once", imports=(statement,), support=(_SUPPORT, copy))


def _finalizers(view: View) -> Iterator[Edit]:
    """``__del__ = close``, where ``close`` became a coroutine function."""
    for scope, assignment in view.finalizers.aliased.items():
        if view.colours.is_async(scope):
            module = view.module(scope)
            statement, copy = support_import(module, _SUPPORT)
            me = parameters(scope)[0]
            code = f"def {FINALIZER}({me}):\n    _{_SUPPORT}.at_once({me}.{scope.name}())\n"
            data: dict[str, object] = {"code": code}
            given: dict[str, Any] = {"imports": (statement,), "support": (_SUPPORT, copy)}
            yield view.edit(NAME, module, assignment, "replace_statement", whole=True, extra=data, **given)


def _behind(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    """The statements of the same block that nothing reaches any more."""
    above = module.facts.parents[statement]
    for name in ("body", "orelse", "finalbody"):
        block = getattr(above, name, None)
        if isinstance(block, list) and statement in block:
            return block[block.index(statement) + 1 :]
    return []


def _flags(view: View) -> Iterator[Edit]:
    """The flags that say which colour a module is."""
    changed = {scope.module for scope in view.colours.causes}
    for module in view.targets:
        if view.settings.targets and module.facts.module in changed:
            for statement in flags(module).values():
                code = "False" if ast.unparse(statement.value) == "True" else "True"
                yield view.edit(NAME, module, statement.value, "replace_expression", code=code)


def _what(view: View, site: Site) -> str:
    for function in site.functions:
        if function in view.colours.causes:
            return f"`{function.qualname}` is a coroutine function"
    names = [b.row.name for b in view.blocking if b.site is site]
    return f"`{names[0] if names else ast.unparse(site.node)}` is asynchronous"


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``at_once``, ``replace_statement`` and ``replace_expression`` (``code``)."""
    if edit.action == "at_once":
        assert isinstance(node, cst.BaseExpression)
        return expression(f"_{_SUPPORT}.at_once({{part0}})", part0=node)
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
