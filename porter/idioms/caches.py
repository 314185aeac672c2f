"""Caches: ``lru_cache``, ``cache`` and ``cached_property`` over what became a coroutine function.

Rewrites
    ``@functools.lru_cache(maxsize=32)`` → ``@_aio_cache.lru_cache(maxsize=32)`` (a module copied beside the port), ``@cache``
    and ``@cached_property`` likewise; a cached property is read by ``await config.data``.

Why it means the same
    ``functools`` would keep the coroutine, which can be awaited once; the copied module keeps what it gives, for the same
    arguments, as many as ``maxsize`` says, with the same ``cache_info`` and ``cache_clear``. An exception is not kept. What
    differs: threads that missed at the same time computed a value twice; here the second waits for the first.

Declines when
    Never by itself; who reads and calls them is decided elsewhere.

Source
    https://docs.python.org/3/library/functools.html#functools.lru_cache
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from porter.idioms.groups import support_import
from porter.idioms.idiom import Edit, Example, Proposal, View
from porter.inference.program import Module
from porter.inference.values import BoundMethod, External, FunctionValue
from porter.syntax.shapes import Statements
from porter.syntax.templates import fill

NAME = "caches"
_SUPPORT = "aio_cache"
_CACHES = frozenset(("functools.cached_property", "functools.lru_cache", "functools.cache"))

EXAMPLES = (
    Example(
        "lru_cache",
        "import functools\nimport time\n\n\n@functools.lru_cache(maxsize=32)\ndef look_up(name):\n    time.sleep(1)\n"
        "    return name.upper()\n\n\ndef main():\n    print(look_up('a'), look_up('a'), look_up.cache_info())\n",
        "import asyncio\n\nimport _aio_cache\n\n\n@_aio_cache.lru_cache(maxsize=32)\nasync def look_up(name):\n"
        "    await asyncio.sleep(1)\n    return name.upper()\n\n\n"
        "async def main():\n    print(await look_up('a'), await look_up('a'), look_up.cache_info())\n",
        "functools would keep the coroutine, which can be awaited once",
    ),
    Example(
        "cached_property",
        "import time\nfrom functools import cached_property\n\n\nclass Config:\n    @cached_property\n    def data(self):\n"
        "        time.sleep(1)\n        return {}\n\n\ndef main():\n    print(Config().data['a'])\n",
        "import asyncio\n\nimport _aio_cache\n\n\nclass Config:\n    @_aio_cache.cached_property\n    async def data(self):\n"
        "        await asyncio.sleep(1)\n        return {}\n\n\nasync def main():\n    print((await Config().data)['a'])\n",
        "every read is awaited; the first one computes the value",
    ),
)
REFUSALS = (
    Example(
        "plain_function",
        "import functools\n\n\n@functools.cache\ndef square(n):\n    return n * n\n",
        "import functools\n\n\n@functools.cache\ndef square(n):\n    return n * n\n",
        "nothing in it blocks",
    ),
)


def propose(view: View) -> Proposal:
    """An edit for each cache of a coroutine function."""
    edits: list[Edit] = []
    for scope in view.colours.causes:
        for decorator in getattr(scope.node, "decorator_list", ()):
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            found = view.inference.program.resolve(target, scope.parent or scope)
            if isinstance(found, External) and found.name in _CACHES:
                edits.append(_replaced(view, view.module(scope), target, found.name))
    for module in view.targets:
        edits += _applied(view, module)
    return Proposal(tuple(edits))


def _applied(view: View, module: Module) -> Iterator[Edit]:
    """``lru_cache(maxsize=32)(look_up)`` and ``cache(look_up)``."""
    if "cache" not in module.facts.text:
        return
    for node in module.facts.nodes:
        if not (isinstance(node, ast.Call) and len(node.args) == 1):
            continue
        target = node.func.func if isinstance(node.func, ast.Call) else node.func
        found = view.inference.program.resolve(target, module.facts.scope_of(node))
        if isinstance(found, External) and found.name in _CACHES and _is_coroutine(view, module, node.args[0]):
            yield _replaced(view, module, target, found.name)


def _is_coroutine(view: View, module: Module, argument: ast.expr) -> bool:
    values = [value.function if isinstance(value, BoundMethod) else value for value in view.values(argument, module)]
    return any(isinstance(value, FunctionValue) and value.scope in view.colours.causes for value in values)


def _replaced(view: View, module: Module, target: ast.expr, name: str) -> Edit:
    statement, copy = support_import(module, _SUPPORT)
    code = f"_{_SUPPORT}.{name.rpartition('.')[2]}"
    support = (_SUPPORT, copy)
    return view.edit(NAME, module, target, "replace_expression", imports=(statement,), code=code, support=support)


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """Templates all."""
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
