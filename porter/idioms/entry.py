"""Entries: where the program starts, and one event loop begins.

Rewrites
    ``main()`` at module level, where ``main`` became a coroutine → ``asyncio.run(main())``; a function named in
    ``[project.scripts]`` stays a plain one that runs its asynchronous body.

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

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, Example, Pin, Proposal, Refusal, View
from porter.inference.program import Module
from porter.inference.state import Site
from porter.syntax.shapes import Statements, call, statements
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


def propose(view: View) -> Proposal:
    """Start the loop at each module's entry."""
    edits: list[Edit] = []
    pins: list[Pin] = []
    refused: list[tuple[str, Refusal]] = []
    by_module: dict[Module, list[Site]] = {}
    for site in view.colours.entries:
        by_module.setdefault(view.module(site.caller), []).append(site)
    for module, sites in by_module.items():
        if len(sites) == 1 and _is_plain_call(module, sites[0]):
            edits.append(view.edit(NAME, module, sites[0].node, "run", imports=("import asyncio",)))
        elif (block := _main_block(module, sites)) is not None:
            edits.extend(_wrapped(view, module, sites, block))
        else:
            for site in sites:
                for function in site.functions:
                    if function in view.colours.causes:
                        pins.append(
                            Pin(
                                function,
                                site.node,
                                "it is called at module level, where nothing can await",
                                "call it from a `main` function",
                            )
                        )
                for b, decision in view.decisions.items():
                    if b.site is site and decision.awaited:
                        refused.append((decision.group or "", _refusal(module, site)))
    edits.extend(_scripts(view))
    return Proposal(tuple(edits), tuple(pins), tuple(item for item in refused if item[0]))


def _refusal(module: Module, site: Site) -> Refusal:
    return Refusal(
        module.source.shown,
        module.facts.span(site.node),
        "it blocks at module level, where nothing can await",
        "move it into a `main` function",
    )


def _is_plain_call(module: Module, site: Site) -> bool:
    """A call that a statement at the top level, or below ``if __name__``, evaluates once."""
    if site.role != "call" or not site.functions:
        return False
    scope = module.facts.scope_of(site.node)
    at: ast.AST = site.node
    while at in module.facts.parents:
        at = module.facts.parents[at]
        if isinstance(at, (ast.For, ast.While, ast.comprehension)):
            return False
    return scope.kind == "module"


def _main_block(module: Module, sites: list[Site]) -> ast.If | None:
    """The ``if __name__ == "__main__":`` that holds all the sites, if nothing in it is a name that functions use."""
    for statement in module.facts.tree.body:
        if isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test) and not statement.orelse:
            inside = set(ast.walk(statement))
            if all(site.node in inside for site in sites) and not _binds_globals(module, statement):
                return statement
    return None


def _binds_globals(module: Module, block: ast.If) -> bool:
    """Whether the block binds names that the rest of the module reads, or makes definitions."""
    bound = {n.id for n in ast.walk(block) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    if any(isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)) for n in block.body):
        return True
    inside = set(ast.walk(block))
    return any(
        isinstance(n, ast.Name) and n.id in bound and n not in inside for n in ast.walk(module.facts.tree)
    )


def _wrapped(view: View, module: Module, sites: list[Site], block: ast.If) -> list[Edit]:
    name = "main" if "main" not in module.facts.module.bound else "run_main"
    edits = [view.edit(NAME, module, block, "wrap_main", whole=True, imports=("import asyncio",), name=name)]
    for site in sites:
        if isinstance(site.node, ast.Call) and site.functions and site.role == "call":
            edits.append(view.edit(NAME, module, site.node, "await"))
    return edits


# --- scripts -------------------------------------------------------------------------------------------------------


def _scripts(view: View) -> list[Edit]:
    """Functions that ``[project.scripts]`` names stay plain and run what they were."""
    edits = []
    for scope in script_functions(view):
        module = view.module(scope)
        node = scope.node
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        inner = f"{scope.name}_async"
        parameters = ast.unparse(node.args)
        passed = ", ".join(_passed(node.args))
        code = f"def {scope.name}({parameters}):\n    return asyncio.run({inner}({passed}))\n"
        edits.append(view.edit(NAME, module, node, "rename_def", name=inner))
        edits.append(
            view.edit(NAME, module, node, "insert_def", where="after", imports=("import asyncio",), code=code)
        )
    return edits


def script_functions(view: View) -> list[Scope]:
    """Functions named as entry points that become asynchronous."""
    found = []
    for entry in view.project.entry_points:
        name, _, attr = entry.partition(":")
        module = view.inference.program.modules.get(name.strip())
        if module is not None:
            for scope in module.facts.module.children:
                if scope.kind == "function" and scope.name == attr.strip() and scope in view.colours.causes:
                    found.append(scope)
    return found


def _passed(args: ast.arguments) -> list[str]:
    given = [arg.arg for arg in (*args.posonlyargs, *args.args)]
    if args.vararg is not None:
        given.append(f"*{args.vararg.arg}")
    given += [f"{arg.arg}={arg.arg}" for arg in args.kwonlyargs]
    if args.kwarg is not None:
        given.append(f"**{args.kwarg.arg}")
    return given


def rewrite(edit: Edit, node: cst.CSTNode) -> cst.CSTNode | Statements:
    """``run``: the call inside ``asyncio.run``. ``wrap_main``: the block's body in a coroutine function that is run."""
    match edit.action:
        case "run":
            inner = cst.ensure_type(node, cst.Call)
            return call("asyncio.run", inner.with_changes(lpar=(), rpar=())).with_changes(lpar=inner.lpar, rpar=inner.rpar)
        case "await":
            inner = cst.ensure_type(node, cst.Call)
            return cst.Await(inner.with_changes(lpar=(), rpar=()), lpar=inner.lpar, rpar=inner.rpar)
        case "rename_def":
            return cst.ensure_type(node, cst.FunctionDef).with_changes(name=cst.Name(str(edit.data["name"])))
        case "insert_def":
            made = statements(str(edit.data["code"]))
            return tuple(one.with_changes(leading_lines=(cst.EmptyLine(indent=False), cst.EmptyLine(indent=False))) for one in made)
        case "wrap_main":
            block = cst.ensure_type(node, cst.If)
            name = str(edit.data["name"])
            coroutine = statements(f"async def {name}():\n    {{body}}\n", body=block.body)
            started = block.with_changes(body=cst.IndentedBlock(statements(f"asyncio.run({name}())")))
            blank = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
            return (*coroutine, started.with_changes(leading_lines=blank))
    filled = fill(edit.action, edit.data, node)
    assert filled is not None, edit.action
    return filled
