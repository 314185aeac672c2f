"""An awaitable that is assigned, yielded or returned: the places that read it from there."""

from __future__ import annotations

import ast
from dataclasses import replace

from porter.facts import Scope
from porter.inference.program import Module
from porter.inference.state import Site
from porter.inference.values import BoundMethod, ClassValue, FunctionValue, Instance, Value
from porter.verify.flow import Fate, Item, Step, ends, misused
from porter.verify.gives import keeps_colour, of_function
from porter.verify.view import View

_AWAITED_BY_PYTHON = frozenset(("__aenter__", "__aexit__", "__anext__", "__await__"))
_VALUES = (ast.Constant, ast.JoinedStr, ast.Await, ast.List, ast.Dict, ast.Compare)
_AWAITABLE_NAMES = ("Awaitable", "Coroutine", "Future", "Task", "Any", "object")

_DATA = frozenset(("bool", "bytearray", "bytes", "float", "int", "memoryview", "None", "str"))
"""Types of which no object can be awaited."""


def assigned(view: View, item: Item, target: ast.expr) -> Step:
    """``target = item``: what happens to it from there."""
    match target:
        case ast.Name(id=name):
            return _variable(view, item, target, name)
        case ast.Attribute(attr=name):
            return _reads(view, item, target, name)
        case ast.Subscript(value=container):
            return contained(view, item, container)
        case ast.Tuple() | ast.List():
            return _unpacked(view, item, target) if item.held else misused(item, "unpacked")
        case _:
            return ends(item, "escapes")


def _unpacked(view: View, item: Item, target: ast.Tuple | ast.List) -> Step:
    """One of the targets gets the awaitable; which one is not told apart."""
    part = replace(item, path=item.path[1:], sure=False)
    found: list[Item | Fate] = []
    for one in target.elts:
        found += ends(item, "escapes") if isinstance(one, ast.Starred) else assigned(view, part, one)
    return [made for made in found if not (isinstance(made, Fate) and made.end == "dropped")]


def contained(view: View, item: Item, container: ast.expr) -> Step:
    """The awaitable is put into what ``container`` names."""
    held = replace(item, path=("in", *item.path), sure=False)
    if not isinstance(container, (ast.Name, ast.Attribute)):
        return ends(item, "escapes")
    found = assigned(view, held, container)
    owner = view.owner(item.module, container, container.id) if isinstance(container, ast.Name) else None
    if owner is not None and isinstance(container, ast.Name) and container.id in _parameters(owner):
        for site, argument in _given_at(view, owner, container.id):
            at = replace(item, module=view.module_of(site.caller), calls=())
            found += contained(view, at, argument) if argument is not container else []
        found += [] if view.inference.callers(owner) else ends(item, "escapes")
    return found


def _given_at(view: View, scope: Scope, name: str) -> list[tuple[Site, ast.expr]]:
    """What the calls of a function give for one of its parameters, where that can be read off."""
    found: list[tuple[Site, ast.expr]] = []
    for site in view.inference.callers(scope):
        call = site.node
        if (
            site.role != "call"
            or not isinstance(call, ast.Call)
            or not _says(call.func, scope)
            or any(isinstance(argument, ast.Starred) for argument in call.args)
        ):
            continue
        names = _parameters(scope)
        position = names.index(name) if name in names else len(call.args) + 1
        is_method = scope.parent is not None and scope.parent.kind == "class" and isinstance(call.func, ast.Attribute)
        position -= 1 if is_method or scope.name == "__init__" else 0
        named = [keyword.value for keyword in call.keywords if keyword.arg == name]
        argument = named[0] if named else call.args[position] if 0 <= position < len(call.args) else None
        if argument is not None:
            found.append((site, argument))
    return found


def _variable(view: View, item: Item, target: ast.Name, name: str) -> Step:
    owner = view.owner(item.module, target, name)
    if owner is None or owner.kind in ("module", "class"):
        return ends(item, "escapes")
    loads = view.loads(item.module, owner, name)
    if not loads:
        return ends(item, "dropped")
    alone = len(view.stores(item.module, owner, name)) <= 1 and name not in _parameters(owner)
    return [replace(item, node=load, sure=item.sure and alone) for load in loads]


def _reads(view: View, item: Item, target: ast.Attribute, attribute: str) -> Step:
    """All reads of the attribute, those of objects that surely are of other classes apart."""
    holders = _classes(view, item.module, target.value)

    def is_same(module: Module, node: ast.Attribute) -> bool:
        owners = _classes(view, module, node.value) if holders else set()
        return not owners or _akin(holders, owners)

    stores = [node for module, node in view.attribute_stores(attribute) if is_same(module, node)]
    reads = [(module, node) for module, node in view.attribute_loads(attribute) if is_same(module, node)]
    item = replace(item, sure=item.sure and bool(holders) and stores == [target])
    if not reads:
        return ends(item, "dropped" if item.bare else "escapes")
    return [replace(item, module=module, node=node) for module, node in reads]


def _classes(view: View, module: Module, holder: ast.expr) -> set[ClassValue]:
    """The classes of an object, if they are of the program and all are known."""
    values = view.values(holder, module)
    found = {value.cls for value in values if isinstance(value, Instance)}
    return found if len(values) == sum(isinstance(value, Instance) for value in values) else set()


def _akin(some: set[ClassValue], others: set[ClassValue]) -> bool:
    return any(one in other.mro or other in one.mro for one in some for other in others)


def _parameters(scope: Scope) -> list[str]:
    node = scope.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return []
    return [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]


def _says(func: ast.expr, scope: Scope) -> bool:
    """Whether a callee names the function itself, so that arguments and parameters line up."""
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    return name == scope.name or scope.name == "__init__"


def parameter(view: View, item: Item, callee: Value, call: ast.Call, given: ast.expr) -> Step:
    """The awaitable is an argument of a function of the program."""
    match callee:
        case FunctionValue(scope=scope):
            shift = 0
        case BoundMethod(function=function):
            scope, shift = function.scope, 1
        case ClassValue():
            return _constructor(view, item, callee, call, given)
        case _:
            return ends(item, "escapes")
    return _parameter_of(view, item, scope, shift, call, given)


def _constructor(view: View, item: Item, callee: ClassValue, call: ast.Call, given: ast.expr) -> Step:
    found = view.own_method(callee, "__init__")
    if isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)):
        for base in callee.mro:
            for child in base.scope.children if isinstance(base, ClassValue) else ():
                if child.node is found:
                    return _parameter_of(view, item, child, 1, call, given)
    return ends(item, "escapes")


def _parameter_of(view: View, item: Item, scope: Scope, shift: int, call: ast.Call, given: ast.expr) -> Step:
    names = _parameters(scope)
    name = next((keyword.arg for keyword in call.keywords if keyword.value is given), None)
    if name is None and given in call.args:
        position = call.args.index(given) + shift
        starred = any(isinstance(one, ast.Starred) for one in call.args[: call.args.index(given) + 1])
        name = names[position] if position < len(names) and not starred else None
    if name is None or name not in scope.bound:
        return ends(item, "escapes")
    if item.bare and any(isinstance(other, _VALUES) for _, other in _given_at(view, scope, name)):
        return misused(replace(item, sure=False), f"given as `{name}` to `{scope.qualname}`, which elsewhere gets plain values")
    module = view.module_of(scope)
    loads = view.loads(module, scope, name)
    awaited = any(isinstance(view.parent(module, load), ast.Await) for load in loads)
    if item.bare and not awaited and _is_data(view, module, _annotation(scope, name)):
        return misused(replace(item, sure=False), f"given as `{name}` to `{scope.qualname}`, which takes plain values")
    entered = replace(item, module=module, sure=False, calls=(*item.calls, call)[-3:])
    return [replace(entered, node=load) for load in loads] or ends(item, "escapes")


def _annotation(scope: Scope, name: str) -> ast.expr | None:
    """What stands behind a parameter's name."""
    arguments = getattr(scope.node, "args", None)
    named = [] if arguments is None else [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return next((arg.annotation for arg in named if arg.arg == name), None)


def _is_data(view: View, module: Module, annotation: ast.expr | None) -> bool:
    """Whether an annotation names texts, bytes and numbers only, by itself or by an alias."""
    if annotation is None:
        return False
    if isinstance(annotation, ast.Name) and annotation.id not in _DATA:
        owner, alias = _alias(view, module, annotation.id)
        return not isinstance(alias, ast.Name) and _is_data(view, owner, alias)
    if isinstance(annotation, ast.BinOp):
        return _is_data(view, module, annotation.left) and _is_data(view, module, annotation.right)
    return ast.unparse(annotation) in _DATA


def _alias(view: View, module: Module, name: str) -> tuple[Module, ast.expr | None]:
    """What an annotated assignment at the top of a module says of a name, or of the module that it is imported from."""
    program = view.inference.program
    for _, node in module.facts.imports:
        if isinstance(node, ast.ImportFrom) and any(alias.name == name and alias.asname is None for alias in node.names):
            module = program.modules.get(program.absolute(module, node), module)
            break
    assigned = (one for one in module.facts.tree.body if isinstance(one, ast.AnnAssign))
    return module, next((one.value for one in assigned if ast.unparse(one.target) == name), None)


def returned(view: View, item: Item, scope: Scope) -> Step:
    """The awaitable is what a function returns: it goes to the callers."""
    node = scope.node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and view.original(node) in _AWAITED_BY_PYTHON:
        return ends(item, "awaited") if isinstance(node, ast.FunctionDef) else misused(item, "returned without `await`")
    if scope.is_generator or not keeps_colour(view, scope):
        return ends(item, "escapes")
    if not isinstance(node, ast.AsyncFunctionDef):
        if item.bare and not item.calls and of_function(view, scope) in ("coroutine", "future"):
            return ends(item, "awaited", "each call of the function is looked at by itself")
        if len(scope.returns) > 1:
            return [*_to_callers(view, item, scope), *ends(item, "escapes")]
        return _to_callers(view, item, scope)
    unread = not view.inference.callers(scope) or _promised(view, scope)
    if not _may_return_awaitable(node) and item.bare and unread:
        return misused(item, "returned by a coroutine without `await`")
    return _to_callers(view, replace(item, path=("of", *item.path)), scope)


def _promised(view: View, scope: Scope) -> bool:
    """Whether a coroutine function overrides one whose annotation says that it gives nothing that can be awaited."""
    cls = view.inference.program.classes.get(scope.parent) if scope.parent is not None else None
    bases = (base for base in cls.mro[1:] if isinstance(base, ClassValue)) if cls is not None else ()
    nodes = (child.node for base in bases for child in base.scope.children if child.name == scope.name)
    return any(isinstance(one, ast.AsyncFunctionDef) and one.returns and not _may_return_awaitable(one) for one in nodes)


def _may_return_awaitable(node: ast.AsyncFunctionDef) -> bool:
    return node.returns is not None and any(name in ast.unparse(node.returns) for name in _AWAITABLE_NAMES)


def from_generator(view: View, item: Item) -> Step:
    """The awaitable is yielded: it is an element of what calling the generator function gives."""
    scope = view.function(item.module, item.node)
    if scope is None or not keeps_colour(view, scope):
        return ends(item, "escapes")
    return _to_callers(view, replace(item, path=("in", *item.path)), scope)


def _to_callers(view: View, item: Item, scope: Scope) -> Step:
    found: list[Item | Fate] = []
    sites = view.inference.callers(scope)
    back = [site for site in sites if item.calls and site.node is item.calls[-1]]
    if back:
        sites, item = back, replace(item, calls=item.calls[:-1])
    for site in sites:
        parents = view.module_of(site.caller).facts.parents
        decorates = isinstance(parents.get(site.node), (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if site.role in ("call", "property") and isinstance(site.node, (ast.Call, ast.Attribute)) and not decorates:
            alone = len(site.functions) == 1 and not site.externals and not site.plain
            found.append(replace(item, module=view.module_of(site.caller), node=site.node, sure=item.sure and alone))
        else:
            found += ends(item, "escapes")
    return found or ends(item, "escapes")
