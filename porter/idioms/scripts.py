"""Functions that ``[project.scripts]`` names: what installers call stays plain and runs its asynchronous twin.

Top-level code may go on calling the plain function, which starts a loop of its own. Code inside the loop must not, so
that all other uses of the name are given the twin.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, View
from porter.idioms.importing import import_of
from porter.inference.command_lines import is_command
from porter.inference.program import Module
from porter.inference.state import Site


def script_functions(view: View) -> dict[Scope, str]:
    """Functions named as entry points that become asynchronous, and the names of their asynchronous twins."""
    program = view.inference.program
    found: dict[Scope, str] = {}
    for entry in view.project.entry_points:
        name, _, attr = entry.partition(":")
        module = program.modules.get(name.strip())
        scope = program.resolve_name(attr.strip(), module.facts.module) if module is not None else None
        if isinstance(scope, Scope) and isinstance(scope.node, ast.FunctionDef) and scope in view.colours.causes:
            if is_command(program, scope):
                continue  # it stays plain in any case
            found[scope] = view.names.get(scope) or _free(view, f"{scope.name}_async")
    return found


def _free(view: View, name: str) -> str:
    """A name that no module of the program binds, since the twin may be imported into any."""
    while any(name in module.facts.module.bound for module in view.inference.program.modules.values()):
        name += "_"
    return name


def entry_functions(view: View) -> list[Scope]:
    """The functions that a loop of the program runs from start to end: not those that a wrapped top level awaits."""
    called = [function for site in view.colours.entries if site.caller not in view.wrapped for function in site.functions]
    return list(dict.fromkeys((*called, *script_functions(view))))


def stays_plain(view: View, site: Site, scripts: Mapping[Scope, str]) -> bool:
    """Whether top-level code calls the plain function by its name; one that is renamed everywhere is no longer there."""
    if site.caller in view.wrapped or not isinstance(site.node, ast.Call):
        return False
    found = view.inference.program.resolve(site.node.func, site.caller)
    return isinstance(found, Scope) and found in scripts and found not in view.names


def script_edits(view: View, idiom: str, scripts: Mapping[Scope, str]) -> Iterator[Edit]:
    """The twin's definition, the plain function behind it, and every use of the name inside the loop."""
    for scope, inner in scripts.items():
        module = view.module(scope)
        node = scope.node
        assert isinstance(node, ast.FunctionDef)
        returned = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
        code = (
            f"def {scope.name}({ast.unparse(node.args)}){returned}:\n"
            f"    return asyncio.run({inner}({', '.join(_passed(node.args))}))\n"
        )
        yield view.edit(idiom, module, node, "rename_def", name=inner)
        yield view.edit(idiom, module, node, "insert_def", where="after", imports=("import asyncio",), code=code)
    twins = {scope: inner for scope, inner in scripts.items() if scope not in view.names}
    plain = {site.node.func for site in view.colours.entries if stays_plain(view, site, twins)}  # type: ignore[attr-defined]
    for module in view.targets if twins else ():
        for use in module.facts.nodes:
            if isinstance(use, (ast.Name, ast.Attribute)) and isinstance(use.ctx, ast.Load) and use not in plain:
                yield from _use(view, idiom, module, use, twins)


def _use(view: View, idiom: str, module: Module, use: ast.Name | ast.Attribute, twins: Mapping[Scope, str]) -> Iterator[Edit]:
    """One use of the name, which may be imported under another."""
    program = view.inference.program
    where = module.facts.scope_of(use)
    found = program.resolve(use, where)
    if not isinstance(found, Scope) or found not in twins or not _is_direct(view, use, where, found):
        return
    home = view.module(found)
    code = twins[found]
    imports: tuple[str, ...] = ()
    match use:
        case ast.Attribute(value=owner) if program.resolve(owner, where) is program.module_values[home.name]:
            code = f"{ast.unparse(owner)}.{code}"
        case _ if home is not module:
            imports = (import_of(program, home, module, code),)
    yield view.edit(idiom, module, use, "replace_expression", imports=imports, code=code)


def _is_direct(view: View, use: ast.Name | ast.Attribute, where: Scope, function: Scope) -> bool:
    """Whether a name is the function's own or an import of it; a variable that holds the function holds the twin then."""
    owner = where.binding(use.id) if isinstance(use, ast.Name) else None
    if owner is None or not isinstance(use, ast.Name):
        return True
    binders = view.inference.program.bindings(owner).get(use.id, ())
    return all(binder is function.node or isinstance(binder, (ast.Import, ast.ImportFrom)) for binder in binders)


def _passed(args: ast.arguments) -> list[str]:
    """The arguments that hand all parameters on."""
    given = [arg.arg for arg in (*args.posonlyargs, *args.args)]
    if args.vararg is not None:
        given.append(f"*{args.vararg.arg}")
    given += [f"{arg.arg}={arg.arg}" for arg in args.kwonlyargs]
    if args.kwarg is not None:
        given.append(f"**{args.kwarg.arg}")
    return given
