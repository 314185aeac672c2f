"""``verify`` on two trees: names that a hand-made port forgot to bind."""

from __future__ import annotations

from pathlib import Path

from porter.verify import verify_trees


def test_a_forgotten_import(tmp_path: Path) -> None:
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_text("import time\n\n\ndef nap():\n    time.sleep(1)\n")
    after.write_text("async def nap():\n    await asyncio.sleep(1)\n")
    assert [(fault.check, fault.line) for fault in verify_trees(before, after)] == [("unbound", 2)]


def test_files_line_up_by_their_place(tmp_path: Path) -> None:
    for folder, body in (("before", "import time\n\ntime.sleep(0)\n"), ("after", "sleep(0)\n")):
        (tmp_path / folder / "pkg").mkdir(parents=True)
        (tmp_path / folder / "pkg" / "core.py").write_text(body)
        (tmp_path / folder / "other.py").write_text("known = 1\n")
    assert [fault.check for fault in verify_trees(tmp_path / "before", tmp_path / "after")] == ["unbound"]
