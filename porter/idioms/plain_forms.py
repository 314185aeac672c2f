"""A function that others call by name and cannot await: it stays plain, and runs the coroutine that it was."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from porter.facts.model import Scope
from porter.idioms.idiom import Edit, View
from porter.inference.program import Module
from porter.syntax.shapes import Statements, body_of, statements

RUN_BY_PLAIN = "run_by_plain"


def run_by_plain(view: View, idiom: str, module: Module, scope: Scope, *, documented: bool = False) -> Edit:
    """The edit; ``documented``: the docstring is the plain function's, since who calls it shows it."""
    node = scope.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    inner = f"_{scope.name}"
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    in_class = scope.parent is not None and scope.parent.kind == "class"
    callable_name = f"{names.pop(0)}.{inner}" if in_class and names else inner
    if node.args.vararg is not None:
        names.append(f"*{node.args.vararg.arg}")
    passed = ", ".join([*names, *(f"{arg.arg}={arg.arg}" for arg in node.args.kwonlyargs), *_rest(node.args)])
    gives = "return " if any(isinstance(one, ast.Return) and one.value is not None for one in ast.walk(node)) else ""
    return view.edit(
        idiom,
        module,
        node,
        RUN_BY_PLAIN,
        whole=True,
        imports=("import asyncio",),
        name=inner,
        code=f"{gives}asyncio.run({callable_name}({passed}))\n",
        apart=1 if in_class else 2,
        documented=documented and ast.get_docstring(node) is not None,
    )


def _rest(args: ast.arguments) -> Sequence[str]:
    return [f"**{args.kwarg.arg}"] if args.kwarg is not None else []


def run_by(edit: Edit, node: cst.FunctionDef) -> Statements:
    """The coroutine function under another name, and a plain one, decorated as it was, that runs it."""
    data = edit.data
    plain_body, inner_body = statements(str(data["code"])), node.body
    if data["documented"]:
        first, *rest = body_of(node.body)
        plain_body = (first, *plain_body)
        inner_body = cst.IndentedBlock(rest or statements("pass"))
    plain = node.with_changes(asynchronous=None, body=cst.IndentedBlock(plain_body))
    blank = [cst.EmptyLine(indent=False)] * int(str(data["apart"]))
    inner = node.with_changes(name=cst.Name(str(data["name"])), body=inner_body, decorators=(), lines_after_decorators=())
    return (inner, plain.with_changes(leading_lines=blank))
