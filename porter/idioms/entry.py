"""Entries: where the program starts, and one event loop begins.

Rewrites
    ``main()`` at module level, where ``main`` became a coroutine → ``asyncio.run(main())``. A function named in
    ``[project.scripts]`` becomes ``main_async``, which coroutines call, and a plain ``main`` that runs it, which
    installers and top-level code call.

Why it means the same
    The loop starts where the program did and ends when the call returns. What differs: tasks that are still running then
    are cancelled; Ctrl+C cancels the main task and then raises KeyboardInterrupt from ``asyncio.run``.

Declines when
    Module-level code makes several calls that would each need a loop of their own.

Source
    https://docs.python.org/3/library/asyncio-runner.html
"""

from __future__ import annotations

import ast
from types import MappingProxyType

import libcst as cst

from porter.idioms.idiom import Edit, Example, Pin, Proposal, Refusal, View
from porter.idioms.scripts import script_edits, script_functions, stays_plain
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.toplevel import Run, imported_late, is_plain_call, runs_on_import
from porter.syntax.places import Span
from porter.syntax.shapes import Statements, above, body_of, call, leading_lines, statements
from porter.syntax.templates import fill

NAME = "entry"

EXAMPLES = (
    Example(
        "main",
        "import time\n\n\ndef main():\n    time.sleep(1)\n\n\nmain()\n",
        "import asyncio\n\n\nasync def main():\n    await asyncio.sleep(1)\n\n\nasyncio.run(main())\n",
        "the one call at module level starts the loop",
    ),
)
REFUSALS = (
    Example(
        "value_at_import",
        "import time\n\n\ndef load():\n    time.sleep(1)\n    return 1\n\n\nclass C:\n    x = load()\n",
        "import time\n\n\ndef load():\n    time.sleep(1)\n    return 1\n\n\nclass C:\n    x = load()\n",
        "a class body cannot await; remedy: load when it is needed, or in main",
    ),
)


_LATE = "it is called when its module is imported, which a function does, where the loop may be running"


def propose(view: View) -> Proposal:
    """Start the loop at each module's entry."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    refused: list[tuple[str, Refusal]] = []
    by_module: dict[Module, list[Site]] = {}
    scripts = script_functions(view)
    for site in view.colours.entries:
        if not stays_plain(view, site, scripts):
            by_module.setdefault(view.module(site.caller), []).append(site)
    for scope, run in view.wrapped.items():
        edits.append(_wrapped(view, view.module(scope), run))
    late = imported_late(view.inference.program)
    for module, sites in by_module.items():
        if module.facts.module in view.wrapped:
            continue
        is_late = module.name in late and any(runs_on_import(module, site.node) for site in sites)
        plain = not is_late and all(is_plain_call(module, site) for site in sites)
        if plain and (len(sites) == 1 or _independent(view)):
            for site in sites:
                edits.append(view.edit(NAME, module, site.node, "run", imports=("import asyncio",)))
        else:
            for site in sites:
                for function in site.functions:
                    if function in view.colours.causes:
                        pins.append(
                            Pin(
                                function,
                                site.node,
                                _LATE if is_late else "it is called at module level, where nothing can await",
                                "call it from a `main` function",
                            )
                        )
                for b, decision in view.decisions.items():
                    if b.site is site and decision.awaited:
                        refused.append((decision.group or "", _refusal(module, site)))
    edits.extend(script_edits(view, NAME, scripts))
    return Proposal(tuple(edits), tuple(pins), tuple(item for item in refused if item[0]))


def _refusal(module: Module, site: Site) -> Refusal:
    return Refusal(
        module.source.shown,
        module.facts.span(site.node),
        "it blocks at module level, where nothing can await",
        "move it into a `main` function",
    )


def _independent(view: View) -> bool:
    """Whether each call may have a loop of its own: nothing that is bound to a loop outlives one."""
    return all(not decision.group for decision in view.decisions.values() if decision.awaited)


def _wrapped(view: View, module: Module, run: Run) -> Edit:
    """The module's top-level code as the body of a coroutine."""
    bound = module.facts.module.bound
    name = next(name for name in ("main", "run_main", "main_coroutine") if name not in bound)
    imports = ("import asyncio",)
    if run.guard is not None:
        space = _space(module, run.guard)
        return view.edit(
            NAME, module, run.guard, "wrap_main", whole=True, imports=imports, name=name, space=space, shared=run.shared,
            stays=len(run.guard.body) - len(run.statements),
        )  # fmt: skip
    span = Span(module.facts.span(run.statements[0]).start, module.facts.span(run.statements[-1]).end)
    data = MappingProxyType({"name": name, "space": _space(module, run.statements[0])})
    return Edit(NAME, module.source.shown, span, "block", "wrap_block", data, whole=True, imports=imports)


def _space(module: Module, statement: ast.stmt) -> int:
    """How many blank lines a statement lacks above it to stand apart as a definition does."""
    above = module.source.text.splitlines()[: statement.lineno - 1]
    blank = next((n for n, line in enumerate(reversed(above)) if line.strip()), len(above))
    commented = bool(above) and above[-1].lstrip().startswith("#")
    return 0 if commented or blank == len(above) else max(0, 2 - blank)


# --- rewriting -----------------------------------------------------------------------------------------------------


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``run``: the call inside ``asyncio.run``. ``wrap_main``: the block's body in a coroutine function that is run."""
    match edit.action:
        case "run":
            inner = cst.ensure_type(node, cst.Call)
            return call("asyncio.run", inner.with_changes(lpar=(), rpar=())).with_changes(lpar=inner.lpar, rpar=inner.rpar)
        case "rename_def":
            return cst.ensure_type(node, cst.FunctionDef).with_changes(name=cst.Name(str(edit.data["name"])))
        case "insert_def":
            made = statements(str(edit.data["code"]))
            blank = (cst.EmptyLine(indent=False), cst.EmptyLine(indent=False))
            return tuple(one.with_changes(leading_lines=blank) for one in made)
        case "wrap_block":
            name = str(edit.data["name"])
            body = [_unindented(one) for one in cst.ensure_type(node, cst.IndentedBlock).body]
            made = statements(f"async def {name}():\n    {{body}}\n\n\nasyncio.run({name}())\n", body=body)
            return _apart(made, edit)
        case "wrap_main":
            block = cst.ensure_type(node, cst.If)
            name = str(edit.data["name"])
            shared, stays = edit.data["shared"], edit.data["stays"]
            assert isinstance(shared, tuple) and isinstance(stays, int)
            first, rest = body_of(block.body)[:stays], body_of(block.body)[stays:]
            if stays:
                comments = [one for one in leading_lines(rest[0]) if one.comment]
                rest = (rest[0].with_changes(leading_lines=comments), *rest[1:])
            told = statements(f"global {', '.join(shared)}") if shared else ()
            coroutine = statements(f"async def {name}():\n    {{body}}\n", body=(*told, *rest))
            run = above(statements(f"asyncio.run({name}())"), [cst.EmptyLine(indent=False)] * bool(stays))
            started = block.with_changes(body=cst.IndentedBlock((*first, *run)))
            space = (cst.EmptyLine(indent=False), cst.EmptyLine(indent=False))
            return (*_apart(coroutine, edit), started.with_changes(leading_lines=space))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled


def _apart(made: Statements, edit: Edit) -> Statements:
    """The coroutine function under the blank lines that it lacks."""
    space = edit.data["space"]
    assert isinstance(space, int)
    return above(made, [cst.EmptyLine(indent=False)] * space)


def _unindented(statement: cst.BaseStatement) -> cst.BaseStatement:
    """The statement, with blank lines above it that stay empty when it moves into a function."""
    lines = [one if one.comment else one.with_changes(indent=False) for one in leading_lines(statement)]
    return statement.with_changes(leading_lines=lines)
