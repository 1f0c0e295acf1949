"""Imports run one way: engine <- viewer <- ui <- app.py, and engine <- lessons <- ui."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "engine": {"engine"},
    "viewer": {"viewer", "engine"},
    "lessons": {"lessons", "engine"},
    "ui": {"ui", "lessons", "viewer", "engine"},
    "app.py": {"ui"},
}
OURS = {"engine", "viewer", "lessons", "ui", "app", "tests"}
WEB = {"streamlit", "starlette", "plotly", "anyio"}
NO_STREAMLIT = [
    "requests.py",
    "blocks.py",
    "kinship.py",
    "routes.py",
    "address.py",
    "jobs.py",
    "embed.py",
    "assets.py",
    "cache.py",
    "sockets.py",
]


def files(part: str) -> list[Path]:
    """The Python files of a folder, or the one file."""
    path = ROOT / part
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imported(source: str) -> Iterator[str]:
    """The top-level name of every module that `source` imports, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that this test can read them"
            yield str(node.module).partition(".")[0]


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_folder_imports_only_what_stands_below_it(part: str) -> None:
    for file in files(part):
        above = set(imported(file.read_text())) & OURS - MAY_IMPORT[part]
        assert not above, f"{file.relative_to(ROOT)} imports {sorted(above)}, which stand above or beside it"


@pytest.mark.parametrize("part", ["engine", "viewer", "lessons"])
def test_nothing_below_ui_knows_of_the_web(part: str) -> None:
    for file in files(part):
        assert not set(imported(file.read_text())) & WEB, f"{file.relative_to(ROOT)} imports a web library"


@pytest.mark.parametrize("name", NO_STREAMLIT)
def test_what_answers_without_a_session_does_not_need_streamlit(name: str) -> None:
    assert "streamlit" not in set(imported((ROOT / "ui" / name).read_text()))


def test_every_folder_is_looked_at() -> None:
    for part in MAY_IMPORT:
        assert files(part), f"{part} has no Python file: has it moved?"


def test_an_import_inside_a_function_is_seen() -> None:
    assert set(imported("def f():\n    import ui.main\n    from viewer.scene import Scene")) == {
        "ui",
        "viewer",
    }
