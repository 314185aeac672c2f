"""Mistakes that compile, read well and raise nothing: what a naive rewrite writes, and what the checker says of it.

The naive rewriter here does what a search and replace by hand does: ``time.sleep`` becomes ``await asyncio.sleep``, the
functions around become coroutine functions, and calls that stand alone in a statement or an assignment get their
``await``. Its text is what its author expects, so a test of the text passes; the program is wrong all the same.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from porter.verify import verify_trees


@dataclass(frozen=True, slots=True)
class Trap:
    """A program, what its naive port says proudly, and what the checker finds."""

    name: str
    before: str
    expected: str
    """A line of the naive port, as its author believes it to be right."""
    check: str

    def __str__(self) -> str:
        return self.name


_CHECK = """
    import time


    def check(value):
        time.sleep(1)
        return value


"""
TRAPS = (
    Trap("truth", _CHECK + "    def main():\n        if check(0):\n            print('wrong')\n", "    if check(0):", "awaited"),
    Trap("negation", _CHECK + "    def main():\n        print(not check(0))\n", "    print(not check(0))", "awaited"),
    Trap("short_circuit", _CHECK + "    def main():\n        return check(0) or 1\n", "    return check(0) or 1", "awaited"),
    Trap(
        "loop_test",
        _CHECK + "    def main():\n        while check(0):\n            print()\n",
        "    while check(0):",
        "awaited",
    ),
    Trap("comparison", _CHECK + "    def main():\n        print(check(1) == 1)\n", "    print(check(1) == 1)", "awaited"),
    Trap("identity", _CHECK + "    def main():\n        print(check(1) is None)\n", "    print(check(1) is None)", "awaited"),
    Trap("formatted", _CHECK + "    def main():\n        print(f'{check(1)}')\n", "    print(f'{check(1)}')", "awaited"),
    Trap("printed", _CHECK + "    def main():\n        print(check(1))\n", "    print(check(1))", "awaited"),
    Trap("as_a_key", _CHECK + "    def main():\n        d = {}\n        d[check(1)] = 1\n", "    d[check(1)] = 1", "awaited"),
    Trap(
        "statement",
        _CHECK + "    def main():\n        for n in [1]: check(n)\n",
        "    for n in [1]: check(n)",
        "awaited",
    ),
    Trap(
        "generator_expression",
        _CHECK + "    def main():\n        print(sum(check(n) for n in range(3)))\n",
        "    print(sum(await check(n) for n in range(3)))",
        "protocol",
    ),
    Trap(
        "generator_expression_in_a_plain_function",
        _CHECK + "    def all_of(values):\n        return (check(n) for n in values)\n\n\n"
        "    def main():\n        for n in all_of([1]):\n            print(n)\n",
        "    return (await check(n) for n in values)",
        "protocol",
    ),
    Trap(
        "filter",
        _CHECK + "    def main():\n        print(list(filter(check, [0, 1])))\n",
        "    print(list(filter(check, [0, 1])))",
        "handed over",
    ),
    Trap(
        "map",
        _CHECK + "    def main():\n        print(list(map(check, [0, 1])))\n",
        "    print(list(map(check, [0, 1])))",
        "handed over",
    ),
    Trap(
        "default_factory",
        "\n    import collections\n    import time\n\n\n    def fresh():\n        time.sleep(1)\n        return 1\n\n\n"
        "    def main():\n        print(collections.defaultdict(fresh)['a'])\n",
        "    print(collections.defaultdict(fresh)['a'])",
        "handed over",
    ),
    Trap(
        "thread_target",
        "\n    import threading\n    import time\n\n\n    def work():\n        time.sleep(1)\n\n\n"
        "    def main():\n        threading.Thread(target=work).start()\n",
        "    threading.Thread(target=work).start()",
        "handed over",
    ),
    Trap(
        "membership",
        "\n    import time\n\n\n    class Box:\n        def __contains__(self, item):\n            time.sleep(1)\n"
        "            return False\n\n\n    def main():\n        print(1 in Box())\n",
        "    print(1 in Box())",
        "definition",
    ),
    Trap(
        "finaliser",
        "\n    import time\n\n\n    class Box:\n        def __del__(self):\n            time.sleep(1)\n\n\n"
        "    def main():\n        Box()\n",
        "    async def __del__(self):",
        "definition",
    ),
    Trap(
        "item_assignment",
        "\n    import time\n\n\n    class Box:\n        def __setitem__(self, key, value):\n            time.sleep(1)\n\n\n"
        "    def main():\n        Box()[1] = 2\n",
        "    Box()[1] = 2",
        "definition",
    ),
    Trap(
        "exit_under_a_plain_with",
        "\n    import time\n\n\n    class Lease:\n        def __enter__(self):\n            return self\n\n"
        "        def __exit__(self, *error):\n            time.sleep(1)\n\n\n"
        "    def main():\n        with Lease():\n            raise ValueError\n",
        "    with Lease():",
        "definition",
    ),
    Trap(
        "wrapper",
        _CHECK + "    def logged(function):\n        def wrapper(value):\n            result = function(value)\n"
        "            print('gave', result)\n            return result\n\n        return wrapper\n\n\n"
        "    @logged\n    def read(value):\n        time.sleep(1)\n        return value\n\n\n"
        "    def main():\n        value = read(1)\n",
        "        print('gave', result)",
        "awaited",
    ),
    Trap(
        "manager_as_decorator",
        "\n    import contextlib\n    import time\n\n\n    @contextlib.contextmanager\n    def around():\n        print('in')\n"
        "        yield\n        print('out')\n\n\n    @around()\n    def work():\n        time.sleep(1)\n\n\n"
        "    def main():\n        work()\n",
        "@around()",
        "definition",
    ),
    Trap(
        "context_decorator",
        "\n    import contextlib\n    import time\n\n\n    class around(contextlib.ContextDecorator):\n"
        "        def __enter__(self):\n            return self\n\n"
        "        def __exit__(self, *error):\n            print('out')\n\n\n"
        "    @around()\n    def work():\n        time.sleep(1)\n\n\n    def main():\n        work()\n",
        "@around()",
        "definition",
    ),
    Trap(
        "test_case",
        "\n    import time\n    import unittest\n\n\n    class ReadTest(unittest.TestCase):\n        def test_read(self):\n"
        "            time.sleep(1)\n            self.assertEqual(1, 2)\n",
        "    async def test_read(self):",
        "definition",
    ),
    Trap(
        "test_fixture",
        "\n    import time\n    import unittest\n\n\n    class ReadTest(unittest.TestCase):\n        def setUp(self):\n"
        "            time.sleep(1)\n\n        def test_read(self):\n            self.assertEqual(1, 2)\n",
        "    async def setUp(self):",
        "definition",
    ),
)


def naive(source: str) -> str:
    """The port of the naive rewriter."""
    text = source.replace("import time", "import asyncio").replace("time.sleep", "await asyncio.sleep")
    waiting: set[str] = set()
    while True:
        tree = ast.parse(text.replace("await ", ""))
        lines = text.split("\n")
        found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name not in waiting]
        coloured = [node for node in found if any("await " in line for line in lines[node.lineno : node.end_lineno])]
        if not coloured:
            return text
        waiting.update(node.name for node in coloured if not node.name.startswith("wrapper"))
        for node in coloured:
            text = re.sub(rf"(?<!async )def {node.name}\(", f"async def {node.name}(", text)
            text = re.sub(rf"^( +)(\w+ = )?({node.name}\()", r"\1\2await \3", text, flags=re.MULTILINE)
            text = re.sub(rf"\(({node.name}\([^()]*\) for )", r"(await \1", text)


@pytest.mark.parametrize("trap", TRAPS, ids=str)
def test_the_checker_objects(trap: Trap, tmp_path: Path) -> None:
    before = textwrap.dedent(trap.before).lstrip("\n")
    after = naive(before)
    assert trap.expected in after.split("\n"), after
    compile(after, "naive", "exec")
    paths = tmp_path / "before.py", tmp_path / "after.py"
    for path, text in zip(paths, (before, after), strict=True):
        path.write_text(text, encoding="utf-8")
    faults = verify_trees(*paths)
    assert trap.check in {fault.check for fault in faults}, [str(fault) for fault in faults] + [after]


def test_the_naive_rewrite_is_right_where_there_is_no_trap(tmp_path: Path) -> None:
    before = "import time\n\n\ndef pause():\n    time.sleep(1)\n\n\ndef main():\n    pause()\n"
    after = "import asyncio\n\n\nasync def pause():\n    await asyncio.sleep(1)\n\n\nasync def main():\n    await pause()\n"
    assert naive(before) == after
    (tmp_path / "before.py").write_text(before)
    (tmp_path / "after.py").write_text(after)
    assert verify_trees(tmp_path / "before.py", tmp_path / "after.py") == ()
