"""The import pass: what goes, what stays, where new lines stand."""

from __future__ import annotations

import pytest

from porter.idioms import rename
from porter.rewrite.errors import NameTaken
from porter.rewrite.imports import taken
from tests.rewrite.making import edit, made


def ported(text: str, *imports: str, exported: frozenset[str] = frozenset(), code: str = "new()") -> str:
    """``old(...)`` replaced by ``code``, which needs ``imports``."""
    return made(text, edit(text, "Call", "old", "replace_expression", code=code, imports=imports), exported=exported)


DROPPED = {
    "statement": ("import sys\nimport old\n\nold.f()\n", "import sys\n\nnew()\n"),
    "one_of_several": ("from m import a, old, b\n\nold(); a, b\n", "from m import a, b\n\nnew(); a, b\n"),
    "last_of_several": ("import a, old\n\na.b(); old()\n", "import a\n\na.b(); new()\n"),
    "in_parentheses": (
        "from m import (\n    a,\n    old,\n)\n\na(); old()\n",
        "from m import (\n    a,\n)\n\na(); new()\n",
    ),
    "alias": ("from m import x as old\n\nold()\n", "new()\n"),
    "in_a_function": ("def f():\n    import old\n    old()\n", "def f():\n    new()\n"),
    "shadowed_elsewhere": ("import old\n\ndef f(old): return old\nold()\n", "def f(old): return old\nnew()\n"),
    "with_its_comment_kept": ("import old  # why\nold()\n", "# why\nnew()\n"),
}
KEPT = {
    "still_used": "import old\nold()\nx = old\n",
    "in_an_annotation": "from __future__ import annotations\nimport old\nold()\ndef f(x: old.X): pass\n",
    "in_a_string_annotation": "import old\nold()\ndef f(x: 'old.X'): pass\n",
    "in_all": "from m import old\n__all__ = ['old']\nold()\n",
    "in_a_try": "try:\n    import old\nexcept ImportError:\n    old = None\nold()\n",
    "rebound": "import old\nold()\ndef f():\n    global old\n    old = 1\n",
    "in_a_class": "class A:\n    import old\n    x = old()\n",
    "in_a_nested_function": "def f():\n    import old\n    old()\n    return lambda: old\n",
}


@pytest.mark.parametrize("name", DROPPED)
def test_unused_names_go(name: str) -> None:
    before, after = DROPPED[name]
    assert ported(before) == after


@pytest.mark.parametrize("name", KEPT)
def test_used_names_stay(name: str) -> None:
    text = KEPT[name]
    assert ported(text) == text.replace("old()", "new()", 1)


def test_names_that_others_import_stay() -> None:
    assert ported("from m import old\nold()\n", exported=frozenset({"old"})) == "from m import old\nnew()\n"


def test_an_import_that_an_edit_removes_is_left_to_it() -> None:
    text = "from m import old\nfrom n import b\nold()\nb()\n"
    edits = [edit(text, "ImportFrom", "from m", "remove"), edit(text, "Expr", "old()", "remove")]
    assert made(text, *edits) == "from n import b\nb()\n"


def test_imports_unused_before_stay() -> None:
    assert ported("import side\nfrom . import side as again\nold('side')\n") == (
        "import side\nfrom . import side as again\nnew()\n"
    )


ADDED = {
    "sorted_block": ("import abc\nimport sys\n\nold()\n", "import abc\nimport asyncio\nimport sys\n\nnew()\n"),
    "unsorted_block": ("import sys\nimport abc\n\nold()\n", "import sys\nimport abc\nimport asyncio\n\nnew()\n"),
    "nearly_sorted_block": (
        "import re\nimport calendar\nimport sys\nimport time\n\nold()\n",
        "import asyncio\nimport re\nimport calendar\nimport sys\nimport time\n\nnew()\n",
    ),
    "at_the_end": ("import abc\n\nold()\n", "import abc\nimport asyncio\n\nnew()\n"),
    "above_from_imports": ("from abc import a\n\nold(a)\n", "import asyncio\nfrom abc import a\n\nnew(a)\n"),
    "above_other_sections": ("from .a import b\n\nold(b)\n", "import asyncio\n\nfrom .a import b\n\nnew(b)\n"),
    "under_the_docstring": ('"""Doc."""\n\n\ndef f(): old()\n', '"""Doc."""\n\nimport asyncio\n\n\ndef f(): new()\n'),
    "right_under_the_docstring": ('"""Doc."""\nimport sys\n\nold(sys)\n', '"""Doc."""\nimport asyncio\nimport sys\n\nnew(sys)\n'),
    "under_the_future": (
        "from __future__ import annotations\n\nold()\n",
        "from __future__ import annotations\n\nimport asyncio\n\nnew()\n",
    ),
    "under_the_shebang": ("#!/usr/bin/python\nold()\n", "#!/usr/bin/python\nimport asyncio\n\nnew()\n"),
    "above_the_comment_of_a_function": (
        "# licence\n\n# about f\ndef f(): old()\n",
        "# licence\n\nimport asyncio\n\n\n# about f\ndef f(): new()\n",
    ),
    "nothing_there": ("old()\n", "import asyncio\n\nnew()\n"),
    "there_already": ("import asyncio\nold()\n", "import asyncio\nnew()\n"),
    "a_submodule_is_there": ("import asyncio.events\nold()\n", "import asyncio.events\nnew()\n"),
    "only_for_types": (
        "import abc\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import asyncio\nold(abc, TYPE_CHECKING)\n",
        "import abc\nimport asyncio\nfrom typing import TYPE_CHECKING\n\n"
        "if TYPE_CHECKING:\n    import asyncio\nnew(abc, TYPE_CHECKING)\n",
    ),
    "under_another_name": (
        "import asyncio as aio\n\nold(aio)\n",
        "import asyncio\nimport asyncio as aio\n\nnew(aio)\n",
    ),
    "crlf": ("import abc\r\n\r\nold()\r\n", "import abc\r\nimport asyncio\r\n\r\nnew()\r\n"),
    "in_place_of_a_dropped_one": ("import old\n\n\nold()\n", "import asyncio\n\n\nnew()\n"),
}


@pytest.mark.parametrize("name", ADDED)
def test_new_import(name: str) -> None:
    before, after = ADDED[name]
    code = before[before.index("old(") + 3 :].partition(")")[0] + ")" if "old(" in before else "()"
    assert ported(before, "import asyncio", code="new" + code) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from contextlib import closing\n\nold(closing)\n",
            "from contextlib import asynccontextmanager, closing\n\nnew()\n",
        ),
        ("from contextlib import contextmanager as c\n\nold(c)\nc\n", None),
        ("import abc\n\nabc; old()\n", "import abc\nfrom contextlib import asynccontextmanager\n\nabc; new()\n"),
        (
            "from contextlib import (\n    suppress,\n    aclosing,\n)\n\nold(); suppress, aclosing\n",
            "from contextlib import (\n    suppress,\n    aclosing,\n    asynccontextmanager,\n)\n\n"
            "new(); suppress, aclosing\n",
        ),
    ],
)
def test_new_name_of_a_module(before: str, after: str | None) -> None:
    kept = before + "closing\n" if "import closing" in before else before
    expected = after + "closing\n" if after and kept != before else after
    if expected is None:
        expected = "from contextlib import asynccontextmanager, contextmanager as c\n\nnew()\nc\n"
    assert ported(kept, "from contextlib import asynccontextmanager") == expected


@pytest.mark.parametrize(
    "text",
    [
        "asyncio = 1\nold()\n",
        "import trio as asyncio\nold()\n",
        "def f(asyncio): old()\n",
        "def asyncio(): old()\n",
        "from x import asyncio\nold()\n",
    ],
)
def test_a_name_that_means_something_else(text: str) -> None:
    assert taken(text, ["import asyncio"]) == ("asyncio",)
    with pytest.raises(NameTaken, match="program.py.*asyncio"):
        ported(text, "import asyncio")


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio\n",
        "x.asyncio = 1\n",
        "def f():\n    import asyncio\n",
        "try:\n    import asyncio\nexcept E:\n    asyncio = None\n",
    ],
)
def test_a_name_that_is_free(text: str) -> None:
    assert taken(text, ["import asyncio"]) == ()


@pytest.mark.parametrize(
    ("imports", "names"),
    [
        (["import asyncio", "from redis import asyncio"], {"asyncio"}),
        (["from net import Lock", "from asyncio import Lock"], {"Lock"}),
        (["import net.streams as net", "import net"], {"net"}),
        (["import concurrent.futures", "import concurrent"], set()),
        (["import os.path", "import os.abc"], set()),
        (["from net import Lock", "from net import Event"], set()),
    ],
)
def test_two_new_imports_that_give_one_name_two_meanings(imports: list[str], names: set[str]) -> None:
    assert set(taken("", imports)) == names


ORDERS = {
    "by_type": ("from m import MAX, Old, cast\n", "from m import MAX, New, Other, cast\n"),
    "by_letter": ("from m import cast, MAX, Old\n", "from m import cast, MAX, New, Other\n"),
    "unsorted": ("from m import Zoo, Ant, Old\n", "from m import Zoo, Ant, New, Other\n"),
}


@pytest.mark.parametrize("name", ORDERS)
def test_a_name_is_put_where_the_order_of_names_has_it(name: str) -> None:
    before, after = ORDERS[name]
    change = edit(before + "Old()\n", "Call", "Old", "replace_expression", code="new()", imports=("from m import New, Other",))
    names = before.split("import ")[1].strip().replace("Old, ", "").replace(", Old", "")
    used = f"{names}\n"
    assert made(before + "Old()\n" + used, change).startswith(after)


def test_new_names_of_one_module_share_a_line() -> None:
    wanted = ("from m import b", "from m import A", "from n import c")
    assert ported("import abc\n\nabc; old()\n", *wanted) == ("import abc\n\nfrom m import A, b\nfrom n import c\n\nabc; new()\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from .m import Hangup, Line\n", "from .m import AsyncLine, Hangup\n"),
        (
            "from .m import (\n    Hangup,\n    Line,\n    put,\n)\n",
            "from .m import (\n    AsyncLine,\n    Hangup,\n    put,\n)\n",
        ),
        ("from .m import Zoo, Line\n", "from .m import Zoo, AsyncLine\n"),
        ("from .m import (\n    Hangup,  # why\n    Line,\n)\n", "from .m import (\n    Hangup,  # why\n    AsyncLine,\n)\n"),
    ],
)
def test_names_are_sorted_again_when_one_is_renamed(before: str, after: str) -> None:
    change = edit(before, "alias", "Line", "rename_name", name="AsyncLine")
    assert made(before, change, idioms={"basic": rename.rewrite}) == after
