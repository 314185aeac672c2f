"""Constructors that block, one small program at a time."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from porter.idioms import constructors
from porter.idioms.idiom import Example
from porter.pipeline import port
from porter.plan.model import Port


def ported(folder: Path, code: str) -> Port:
    """The port of a program of one file."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(code).lstrip("\n"))
    return port([path])


def text(folder: Path, code: str) -> str:
    """Its new text; the checker must have nothing against it."""
    found = ported(folder, code)
    assert not found.faults
    return found.files[0].new if found.files else (folder / "program.py").read_text()


def reasons(found: Port) -> str:
    return "\n".join(refusal.reason for refusal in found.plan.refusals)


def method(new: str, name: str) -> str:
    """The lines of the first method of that name."""
    lines = new.splitlines()
    start = next(n for n, line in enumerate(lines) if line.lstrip().removeprefix("async ").startswith(f"def {name}("))
    indent = len(lines[start]) - len(lines[start].lstrip())
    inside = [lines[start]]
    for line in lines[start + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent and not line.strip().startswith(")"):
            break
        inside.append(line)
    return textwrap.dedent("\n".join(inside)).strip()


@pytest.mark.parametrize("example", (*constructors.EXAMPLES, *constructors.REFUSALS), ids=lambda example: example.name)
def test_examples(example: Example, tmp_path: Path) -> None:
    assert text(tmp_path, example.before) == example.after


def test_porting_a_port_changes_nothing(tmp_path: Path) -> None:
    new = text(tmp_path, constructors.EXAMPLES[0].before)
    assert text(tmp_path, new) == new


def test_the_verdict_names_the_factory(tmp_path: Path) -> None:
    found = ported(tmp_path, constructors.EXAMPLES[0].before)
    verdict = next(v for v in found.plan.verdicts if v.function == "program.Clock.__init__")
    assert verdict.becomes_async
    assert verdict.reason == "calls time.sleep; its class opens in `create`"


SPLITS = {
    "rebound_parameter": ("self.name = name\nname = name or 1\ntime.sleep(0)\nself.n = name\n", "self.name = name"),
    "local": ("a = name\nself.a = a\ntime.sleep(0)\nself.b = a\n", ""),
    "local_of_its_own": ("a = name\nself.a = a\ntime.sleep(0)\n", "a = name\nself.a = a"),
    "return": ("self.a = 1\nif name:\n    return\ntime.sleep(0)\n", "self.a = 1"),
    "return_of_a_function": (
        "def f():\n    return 1\nself.f = f\ntime.sleep(0)\n",
        "def f():\n    return 1\nself.f = f",
    ),
    "import": ("self.a = 1\nimport math\ntime.sleep(0)\nself.b = math.pi\n", "self.a = 1"),
    "loop": ("self.a = []\nfor n in range(name):\n    self.a.append(n)\n    time.sleep(0)\n", "self.a = []"),
}


@pytest.mark.parametrize("name", SPLITS)
def test_what_stays_in_the_constructor(name: str, tmp_path: Path) -> None:
    body, stays = SPLITS[name]
    code = "import time\n\n\nclass C:\n    def __init__(self, name):\n" + textwrap.indent(body, " " * 8)
    new = text(tmp_path, code)
    kept = method(new, "__init__").partition("\n")[2] if "__init__" in new else ""
    assert textwrap.dedent(kept).strip() == stays
    moved = textwrap.dedent(method(new, "_open").partition("\n")[2]).strip()
    assert f"{stays}\n{moved}".strip() == body.replace("time.sleep", "await asyncio.sleep").strip()


_BASE = """
import time


class Base:
    def __init__(self, name):
        self.name = name
        time.sleep(0)
        self.log = [name]


"""


def test_a_subclass_inherits_what_it_would_repeat(tmp_path: Path) -> None:
    sub = (
        "class Sub(Base):\n    def __init__(self, name):\n        super().__init__(name)\n        self.count = 0\n\n\n"
        "def main():\n    return Sub('x')\n"
    )
    new = text(tmp_path, _BASE + sub)
    assert new.endswith(sub.replace("def main", "async def main").replace("Sub('x')", "await Sub.create('x')"))


@pytest.mark.parametrize("later", ["self.log = []", "self.x = self.name", "self.x = compute()", "print(name)"])
def test_what_may_see_the_base_class_open_moves(later: str, tmp_path: Path) -> None:
    sub = f"class Sub(Base):\n    def __init__(self, name):\n        super().__init__(name)\n        {later}\n"
    new = text(tmp_path, _BASE + "def compute():\n    return 1\n\n\n" + sub)
    inside = method(new.partition("class Sub")[2], "_open")
    assert inside == f"async def _open(self, name):\n    await super()._open(name)\n    {later}"


def test_an_overridden_method_of_the_base_class_counts_as_its_code(tmp_path: Path) -> None:
    base = _BASE.replace("self.log = [name]", "self.hook()\n\n    def hook(self):\n        pass")
    sub = (
        "class Sub(Base):\n    def __init__(self, name):\n        super().__init__(name)\n        self.seen = 0\n\n"
        "    def hook(self):\n        self.seen = 1\n"
    )
    new = text(tmp_path, base + sub)
    assert "self.seen = 0" in method(new.partition("class Sub")[2], "_open")


def test_a_base_constructor_that_went_is_not_called(tmp_path: Path) -> None:
    new = text(
        tmp_path,
        """
        import time


        class Base:
            def __init__(self):
                time.sleep(0)


        class Sub(Base):
            def __init__(self, name):
                super().__init__()
                self.name = name
        """,
    )
    sub = new.partition("class Sub")[2]
    assert method(sub, "__init__") == "def __init__(self, name):\n    self.name = name"
    assert method(sub, "create").endswith("self = cls(name)\n    await self._open()\n    return self")
    assert "def _open" not in sub


def test_an_object_is_made_bare_where_another_constructor_would_run(tmp_path: Path) -> None:
    sub = "class Sub(Base):\n    def __init__(self):\n        time.sleep(0)\n        super().__init__('x')\n"
    new = text(tmp_path, _BASE + sub).partition("class Sub")[2]
    assert "    self = cls.__new__(cls)\n" in method(new, "create")
    assert method(new, "_open").endswith("super().__init__('x')\n    await super()._open('x')")


def test_parameters_below_each_other_stay_so(tmp_path: Path) -> None:
    new = text(
        tmp_path,
        """
        import time


        class Peer:
            def __init__(self, host, port, timeout=None, certificate=None,
                         key=None):
                self.host = host
                time.sleep(0)
        """,
    )
    create = (
        "    async def create(cls, host, port, timeout=None, certificate=None,\n"
        "                     key=None):\n"
        "        self = cls(host, port, timeout, certificate, key)\n"
    )
    assert create in new


def test_a_place_at_module_level_runs_the_factory(tmp_path: Path) -> None:
    new = text(tmp_path, _BASE + "Base('x')\n")
    assert new.endswith("asyncio.run(Base.create('x'))\n")


def test_a_class_that_two_families_share_a_place_with_has_their_names(tmp_path: Path) -> None:
    new = text(
        tmp_path,
        """
        import time


        class One:
            def __init__(self):
                time.sleep(0)

            def create(self):
                return 1


        class Two:
            def __init__(self):
                self.n = 2


        def make(kind):
            return {"one": One, "two": Two}[kind]()
        """,
    )
    assert 'return await {"one": One, "two": Two}[kind].create_async()' in new
    assert "async def create_async(cls):\n        return cls()\n" in new


REFUSED = {
    "a metaclass": ("class M(type): pass\nclass C(metaclass=M):", "C(1)", "it has a metaclass"),
    "an unknown base": ("import somewhere\nclass C(somewhere.Base):", "C(1)", "nothing is known of its base"),
    "a decorator": ("import somewhere\n@somewhere.add\nclass C:", "C(1)", "may replace its constructor"),
    "a thread": (
        "import threading\nclass C:",
        "threading.Thread(target=C, args=(1,)).start()",
        "a thread makes its `C`",
    ),
    "unknown code": ("import somewhere\nclass C:", "somewhere.add(C)", "is given to `somewhere.add`"),
    "a function, too": ("class C:", "(C if len([]) else len)('')", "or something else"),
    "a handler": ("import socketserver\nclass C(socketserver.BaseRequestHandler):", "C(1)", "`socketserver` makes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    head, made, reason = REFUSED[name]
    code = f"import time\n{head}\n    def __init__(self, n):\n        time.sleep(n)\n\ndef main():\n    {made}\n"
    found = ported(tmp_path, code)
    assert not found.files
    assert reason in reasons(found)
    assert all(refusal.remedy for refusal in found.plan.refusals)


_DOCUMENTED = """
import time


class Base:
    def __init__(self, name):
        '''Wait.'''
        self.name = name
        time.sleep(0)
"""


def test_a_factory_is_documented_where_the_constructor_is(tmp_path: Path) -> None:
    new = text(tmp_path, _DOCUMENTED)
    assert new.count("'''Wait.'''") == 1 and new.count("        '''Make an instance and open it; ") == 1


def test_a_constructor_that_goes_leaves_its_docstring_to_the_factory(tmp_path: Path) -> None:
    new = text(tmp_path, _DOCUMENTED.replace("        self.name = name\n", ""))
    assert new.count("'''") == 2 and "async def create(cls, name):\n        '''Wait.'''" in new
