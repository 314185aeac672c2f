"""Wrapping a unit so that libcst can parse it by itself, with the indentation and newline of its file.

The unit is never dedented, since that would change strings that span lines. libcst takes its default indentation, that
of new blocks, from the first block it meets: where a unit may hold blocks, a first one of the file's own step shows it;
where it holds none, the default is set afterwards, which costs less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from porter.rewrite.outline import Outline
from porter.rewrite.units import Unit
from porter.syntax.places import Lines, Span


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A unit as a module of its own."""

    unit: Unit
    module: cst.Module
    source: str
    lead: int
    """How much of ``source`` comes before the unit's own text."""
    shift: int
    """What to add to an offset into the file's text to get one into ``source``."""
    ending: str
    """What comes behind it: the body that stands for a header's."""
    newline: str
    first: int
    """Index of the first statement of ``module`` that is not there for its indentation only."""
    nested: bool
    """Whether ``if 1:`` stands around the unit."""

    @property
    def body(self) -> Sequence[cst.BaseStatement]:
        """The unit's own statements."""
        own = _suite(self.module).body if self.nested else self.module.body[self.first :]
        return own

    def with_tree(self, module: cst.Module) -> Wrapped:
        """The same unit with another tree."""
        return replace(self, module=module)

    def positions(self) -> dict[cst.CSTNode, Span]:
        """The span in ``source`` of every node."""
        lines = Lines(self.source)
        starts = [lines.start(number) for number in range(1, len(lines) + 1)]
        resolved = MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)
        return {
            node: Span(starts[at.start.line - 1] + at.start.column, starts[at.end.line - 1] + at.end.column)
            for node, at in resolved.items()
        }

    def text_with(self, statements: Sequence[cst.BaseStatement]) -> str:
        """The text of the unit when it consists of these statements, at least one."""
        module = self.module
        if self.nested:
            block = _suite(module).with_changes(body=statements)
            statements = [module.body[-1].with_changes(body=block)]
        return module.with_changes(body=[*module.body[: self.first], *statements]).code[self.lead :]

    def comment_lines(self, comments: Sequence[str]) -> str:
        """Comments as lines of the unit's indentation."""
        return "".join(f"{self.unit.base}{comment}{self.newline}" for comment in comments)


def wrap(outline: Outline, unit: Unit, step: str) -> Wrapped:
    """Parse a unit; ``step`` is the file's indentation step."""
    newline = _newline(outline, unit.code)
    is_case = unit.helper == "match 1:"
    nested = bool(unit.base) and not is_case
    holds_blocks = unit.kind == "whole" or unit.body == "case" or is_case
    lead = (f"if 1:{newline}{step}pass{newline}" if holds_blocks else "") + (f"if 1:{newline}" if nested else "")
    if unit.helper:
        lead += ("" if is_case else unit.base) + unit.helper + newline
    indent = unit.base if unit.kind == "suite" else ""
    ending = _body(unit, step, newline) if unit.kind in ("header", "after") else ""
    source = lead + indent + unit.code.cut(outline.text) + ending
    shift = len(lead) + len(indent) - unit.code.start
    module = cst.parse_module(source)
    if not holds_blocks:
        module = _with_step(module, unit.base if nested else "", step)
    if not module.has_trailing_newline:  # libcst does not count a bare carriage return
        module = module.with_changes(has_trailing_newline=True)
    return Wrapped(unit, module, source, len(lead), shift, ending, newline, int(holds_blocks), nested)


def _with_step(module: cst.Module, base: str, step: str) -> cst.Module:
    """The module with another default indentation; its one block, if it has one, keeps ``base``."""
    body = module.body
    if base and base != step:
        body = [body[-1].with_changes(body=_suite(module).with_changes(indent=base))]
    return module.with_changes(body=body, default_indent=step)


def header_text(wrapped: Wrapped, code: str) -> str | None:
    """A header's new text from that of its unit; None when the body is not the ``pass`` that stood for it."""
    return code[: -len(wrapped.ending)] if code.endswith(":" + wrapped.ending) else None


def _body(unit: Unit, step: str, newline: str) -> str:
    match unit.body:
        case "case":
            return f"{newline}{unit.base}{step}case 1: pass{newline}"
        case "finally":
            return f" pass{newline}{unit.base}finally: pass{newline}"
        case "pass":
            return f" pass{newline}"


def _newline(outline: Outline, code: Span) -> str:
    line = outline.lines.place(code.start).line
    end = outline.lines.end(line)
    if line < len(outline.lines):
        return outline.text[end : outline.lines.start(line + 1)]
    return outline.newline


def _suite(module: cst.Module) -> cst.IndentedBlock:
    return cst.ensure_type(cst.ensure_type(module.body[-1], cst.If).body, cst.IndentedBlock)
