"""The HTML page around the app: Streamlit's own, with links to what will be needed."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lessons import all_lessons
from ui import assets, shell
from ui.routes import routes

CLIENT = TestClient(Starlette(routes=[*routes(), *shell.shell()]))
LINKS = re.findall(r'<link rel="(\w+)"[^>]* href="\./([^"]+)">', shell.page(assets.address()))


@pytest.mark.parametrize(
    "page", ["", "playground", "gallery", "block-bert", *(lesson.slug for lesson in all_lessons())]
)
def test_every_page_has_the_shell(page: str) -> None:
    reply = CLIENT.get(f"/{page}")
    assert reply.status_code == 200
    assert "<title>Gradwalk</title>" in reply.text
    assert reply.headers["cache-control"] == "no-cache"
    assert '<div id="root"></div>' in reply.text


@pytest.mark.parametrize("path", [path for _, path in LINKS], ids=lambda path: path.rpartition("/")[2])
def test_every_link_of_the_shell_leads_to_a_file(path: str) -> None:
    if path.startswith("static/"):
        assert (shell.STATIC / path).is_file()
        return
    file = path.split("/", 2)[
        2
    ]  # without the fingerprint, which changes when somebody edits a file meanwhile
    reply = CLIENT.get(f"/{assets.address()}{file}")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith(
        "text/css" if path.endswith(".css") else "text/javascript"
    )


def test_the_shell_knows_all_modules_of_the_player() -> None:
    asked = {path.partition("/player/")[2] for _, path in LINKS}
    assert {file.name for file in (assets.FOLDER / "player").glob("*.js")} <= asked


def test_streamlits_part_for_components_comes_early() -> None:
    assert any("BidiComponent" in path for kind, path in LINKS if kind == "modulepreload")


def test_a_streamlit_without_these_files_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "NEEDED", ("Nothing",))
    assert shell.streamlit_scripts() == []


def test_the_shell_moves_with_the_base_path() -> None:
    moved = TestClient(Starlette(routes=[*shell.shell(base="/some/where/")]))
    assert moved.get("/some/where/playground").status_code == 200
    assert moved.get("/playground").status_code == 404
