"""Module names are those that ``import`` statements of the program use."""

from __future__ import annotations

import pytest

from porter.project.files import read_project
from porter.project.settings import Settings


def names(root, *sources):
    project = read_project([root / source for source in sources], Settings())
    return {file.path.relative_to(root).as_posix(): file.module for file in project.files}


@pytest.mark.parametrize(
    ("files", "source", "expected"),
    [
        ({"pkg/__init__.py": "", "pkg/a.py": "", "pkg/s/__init__.py": "", "pkg/s/b.py": ""}, "pkg",
         {"pkg/__init__.py": "pkg", "pkg/a.py": "pkg.a", "pkg/s/__init__.py": "pkg.s", "pkg/s/b.py": "pkg.s.b"}),
        ({"pkg/__init__.py": "", "pkg/sub/__init__.py": "", "pkg/sub/b.py": ""}, "pkg/sub",
         {"pkg/sub/__init__.py": "pkg.sub", "pkg/sub/b.py": "pkg.sub.b"}),
        ({"pkg/__init__.py": "", "pkg/a.py": ""}, "pkg/a.py", {"pkg/a.py": "pkg.a"}),
        ({"p/src/pkg/__init__.py": "", "p/src/pkg/a.py": "", "p/setup.py": ""}, "p",
         {"p/src/pkg/__init__.py": "pkg", "p/src/pkg/a.py": "pkg.a", "p/setup.py": "setup"}),
        ({"p/src/pkg/a.py": ""}, "p", {"p/src/pkg/a.py": "pkg.a"}),
        ({"p/src/pkg/a.py": ""}, "p/src", {"p/src/pkg/a.py": "pkg.a"}),
        ({"p/main.py": "", "p/helper.py": ""}, "p", {"p/main.py": "main", "p/helper.py": "helper"}),
        ({"p/space/mod.py": ""}, "p", {"p/space/mod.py": "space.mod"}),
        ({"p/pkg/__init__.py": "", "p/pkg/plugins/x.py": ""}, "p",
         {"p/pkg/__init__.py": "pkg", "p/pkg/plugins/x.py": "pkg.plugins.x"}),
        ({"p/tools/run.py": "import common\n", "p/tools/common.py": ""}, "p",
         {"p/tools/run.py": "run", "p/tools/common.py": "common"}),
        ({"p/a/run.py": "import both\n", "p/a/both.py": "", "p/b/run.py": "import both", "p/b/both.py": ""}, "p",
         {"p/a/run.py": "a.run", "p/a/both.py": "a.both", "p/b/run.py": "b.run", "p/b/both.py": "b.both"}),
        ({"p/backend/app/__init__.py": "", "p/backend/app/m.py": "import app.m\n"}, "p",
         {"p/backend/app/__init__.py": "app", "p/backend/app/m.py": "app.m"}),
        ({"p/ns/app/__init__.py": "", "p/ns/app/m.py": "from ns.app import m\n"}, "p",
         {"p/ns/app/__init__.py": "ns.app", "p/ns/app/m.py": "ns.app.m"}),
        ({"game/server.py": "from . import wire\n", "game/wire.py": ""}, "game",
         {"game/server.py": "game.server", "game/wire.py": "game.wire"}),
        ({"game/server.py": "import game.wire\n", "game/wire.py": ""}, "game",
         {"game/server.py": "game.server", "game/wire.py": "game.wire"}),
        ({"p/pkg/__init__.py": "", "p/pkg/__main__.py": "", "p/my-script.py": ""}, "p",
         {"p/pkg/__init__.py": "pkg", "p/pkg/__main__.py": "pkg.__main__", "p/my-script.py": "my-script"}),
    ],
)  # fmt: skip
def test_names(build, files, source, expected):
    assert names(build(files), source) == expected


def test_files_of_several_roots_never_share_a_name(build):
    found = names(build({"one/a.py": "", "two/a.py": ""}), "one/a.py", "two/a.py")
    assert len(set(found.values())) == 2
    assert all(name.endswith(".a") for name in found.values())


def test_a_package_says_that_it_is_one(build):
    project = read_project([build({"pkg/__init__.py": "", "pkg/a.py": ""}) / "pkg"], Settings())
    assert [(file.module, file.is_package) for file in project.files] == [("pkg", True), ("pkg.a", False)]
