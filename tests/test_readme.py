"""What README says to type exists, and what it names is there."""

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.routes import routes

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make (run|test|bench|clean)\b", README))))
def test_a_make_target_in_the_readme_exists(target: str) -> None:
    assert target in TARGETS


def test_readme_names_both_commands() -> None:
    assert "```sh\nmake run\n```" in README
    assert "```sh\nmake test\n```" in README


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:\w+/)+)`", README))))
def test_a_folder_in_the_readme_exists(path: str) -> None:
    assert (ROOT / path).is_dir()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_a_link_in_the_readme_leads_somewhere(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_windows_lines_install_and_run_what_make_does() -> None:
    for command in ("pip install -r requirements.txt", "streamlit run app.py"):
        assert command in README
        assert command in MAKEFILE.replace("--quiet --disable-pip-version-check ", "")


def test_the_python_version_is_the_one_that_make_asks_for() -> None:
    (asked,) = re.findall(r"sys\.version_info < \((\d+), (\d+)\)", MAKEFILE)
    assert f"Python {asked[0]}.{asked[1]} or newer" in README


def test_the_readme_shows_how_to_pin_the_pytorch_that_the_tests_use() -> None:
    (pin,) = re.findall(r"^torch==[\d.]+$", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    assert pin in README


@pytest.mark.parametrize(
    "address", sorted(set(re.findall(r"(?:localhost:8501|`)(/embed/[^\s`\"]+)", README)))
)
def test_an_embedded_player_in_the_readme_can_be_shown(address: str) -> None:
    assert TestClient(Starlette(routes=routes())).get(address).status_code == 200
