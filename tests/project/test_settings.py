"""Settings: found, checked, and wrong ones told with their place."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from porter.project.faults import UsageFault
from porter.project.settings import Settings, settings_for

FULL = """
[tool.black]
line-length = 100

[tool.porter]
targets = ["pkg/_sync/**"]
exclude = ["build/**"]
packages = ["somelib"]
naming = "twin"
target-version = "3.12"
format = "none"
files = "thread"
prefer = ["aiosqlite"]
frozen = ["pkg.api.*"]

[tool.porter.rename]
"Lock" = "AsyncLock"

[[tool.porter.catalogue]]
blocking = "pkg.net.Stream.read"
asyncio = "pkg.net.AsyncStream.read"
becomes = "await"
"""


def test_everything_that_can_be_set_is_read(build):
    root = build({"pyproject.toml": FULL, "pkg/a.py": ""})
    settings = settings_for([root / "pkg"])
    assert settings == Settings(
        targets=("pkg/_sync/**",),
        exclude=("build/**",),
        packages=("somelib",),
        naming="twin",
        target_version=(3, 12),
        format="none",
        files="thread",
        prefer=("aiosqlite",),
        frozen=("pkg.api.*",),
        rename=(("Lock", "AsyncLock"),),
        catalogue=({"blocking": "pkg.net.Stream.read", "asyncio": "pkg.net.AsyncStream.read", "becomes": "await"},),
        folder=root,
        black={"line-length": 100},
    )
    assert not settings.formats
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_porter_toml_has_the_same_keys_at_its_top_and_wins(build):
    root = build({"pyproject.toml": FULL, "porter.toml": 'naming = "keep"\n[rename]\nA = "B"\n', "a.py": ""})
    settings = settings_for([root], config=root / "porter.toml")
    assert (settings.naming, settings.rename, settings.targets, settings.folder) == ("keep", (("A", "B"),), (), None)
    assert settings.formats, "black is the project's habit, whichever file the settings come from"


def test_the_command_lines_naming_wins(build):
    assert settings_for([build({"pyproject.toml": FULL})], naming="keep").naming == "keep"


def test_without_a_file_there_are_defaults(build):
    assert settings_for([build({"pyproject.toml": ""})]).naming == "keep"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('namin = "twin"', "porter.toml:2: unknown setting `namin`; did you mean `naming`?"),
        ('target_version = "3.11"', "did you mean `target-version`?"),
        ("zzz = 1", "the keys are targets, exclude"),
        ('naming = "both"', 'porter.toml:2: `naming` is "both"; it must be "keep" or "twin"'),
        ("naming = true", '`naming` is true; it must be "keep" or "twin"'),
        ('targets = "a"', '`targets` is "a"; it must be a list of texts'),
        ("targets = [1]", "`targets` is [1]; it must be a list of texts"),
        ('exclude = ["!"]', "`exclude` has the pattern '!'"),
        ('target-version = "3.10"', '`target-version` is "3.10"; it must be a text from "3.11" on'),
        ("target-version = 3.12", "`target-version` is 3.12"),
        ('rename = ["A"]', "it must be a table of texts"),
        ('rename = {A = "not a name"}', "it must be a Python name"),
        ('catalogue = ["x"]', "write each row as a table of its own"),
        ('[[catalogue]]\nblocking = "a.b"\nbecomes = "await"', "porter.toml:2: row 1 of `catalogue` has no `asyncio`"),
        ('[[catalogue]]\nblocking = 1\nasyncio = "x"\nbecomes = "await"', "has 1 as `blocking`"),
        ("naming = ", "porter.toml:2: is not valid TOML"),
    ],
)
def test_a_mistake_is_one_line_with_its_place_and_what_is_allowed(build, line, told):
    root = build({"porter.toml": f"# mine\n{line}\n", "a.py": ""})
    with pytest.raises(UsageFault) as caught:
        settings_for([root], config=root / "porter.toml")
    assert told in caught.value.message
    assert "\n" not in caught.value.message


def test_the_line_is_that_of_porters_table(build):
    root = build({"pyproject.toml": '[tool.other]\nnamin = 1\n\n[tool.porter]\nnamin = "twin"\n'})
    with pytest.raises(UsageFault, match="pyproject.toml:5: unknown setting"):
        settings_for([root])


def test_a_config_that_does_not_exist_or_is_no_text(build):
    root = build({"bad.toml": b"\xff\xfe"})
    with pytest.raises(UsageFault, match="none.toml: cannot be read"):
        settings_for([root], config=root / "none.toml")
    with pytest.raises(UsageFault, match="is not UTF-8"):
        settings_for([root], config=root / "bad.toml")


def test_two_projects_that_say_different_things_are_not_one_run(build):
    twin = '[tool.porter]\nnaming = "twin"\n'
    root = build({"one/pyproject.toml": twin, "two/pyproject.toml": "", "three/pyproject.toml": ""})
    with pytest.raises(UsageFault, match="two: its settings, of .*two.pyproject.toml, differ from those of .*one"):
        settings_for([root / "one", root / "two"])
    assert settings_for([root / "two", root / "three"]).naming == "keep"


def test_the_command_line_offers_what_the_settings_allow():
    from porter.cli.main import porter
    from porter.project.settings_check import CHOICES

    option = next(one for one in porter.commands["port"].params if one.name == "naming")
    assert tuple(option.type.choices) == CHOICES["naming"]


def test_no_setting_is_documented_that_does_not_exist():
    import re
    import tomllib

    readme = Path(__file__).parents[2] / "README.md"
    example = re.search(r"```toml\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
    from porter.project.settings_check import KEYS, checked

    stated = tomllib.loads(example[1])
    assert set(KEYS) - set(stated) == {"prefer"}, "only what has no effect yet is left out"
    assert set(stated) <= set(KEYS)
    checked(stated, readme, "")
