"""Threads started by ``_thread.start_new_thread``, whose functions became coroutines."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from porter.idioms.idiom import Edit, View
from porter.idioms.lasting import Lasting
from porter.inference.state import Site

START = "_thread.start_new_thread"


def is_raw_start(view: View, site: Site) -> bool:
    """Whether a place starts such a thread in a way that a task can take the place of."""
    call = view.inference.site(site.node)
    if call is None or [view.inference.state.outside.public(name) for name in call.externals] != [START]:
        return False
    node = site.node
    statement = view.module(site.caller).facts.parents.get(node)
    plain = isinstance(node, ast.Call) and len(node.args) == 2 and not node.keywords
    return plain and isinstance(statement, ast.Expr) and view.in_coroutine(site.caller)


def raw_start_edits(view: View, idiom: str, site: Site, lasting: Lasting) -> Iterator[Edit]:
    """A task that the module keeps, and that ends with the program, as the thread did."""
    node = site.node
    assert isinstance(node, ast.Call)
    module = view.module(site.caller)
    function, given = node.args
    parts = [module.facts.span(function)]
    if isinstance(given, (ast.Tuple, ast.List)):
        parts += [module.facts.span(one) for one in given.elts]
        arguments = ", ".join(f"{{{n}}}" for n in range(1, len(parts)))
    else:
        parts.append(module.facts.span(given))
        arguments = "*{1}"
    name = next(n for n in ("task", "new_task", "started_task") if n not in site.caller.bound)
    code = f"{name} = asyncio.create_task({{0}}({arguments}))\n{lasting.keep(module, name, daemon=True)}"
    statement = module.facts.statement(node)
    yield view.edit(
        idiom, module, statement, "replace_statement", whole=True, imports=("import asyncio",), code=code, parts=tuple(parts)
    )
