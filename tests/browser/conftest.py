"""A real Chromium for the browser tests, pages of three sizes, light and dark, and the player's own site."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Playwright, sync_playwright

from tests.browser import site
from tests.browser.driving import mount, payload
from tests.server import running

SIZES = {"wide": (1440, 900), "projector": (1280, 720), "phone": (390, 844)}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

OpenPage = Callable[..., Page]


def start_chromium(playwright: Playwright) -> Browser:
    """The Chromium named by CHROMIUM, else an installed one, else Playwright's own.

    Raises playwright's Error, with what was tried, if none starts.
    """
    found = os.environ.get("CHROMIUM") or next(
        (path for name in INSTALLED if (path := shutil.which(name))), None
    )
    return playwright.chromium.launch(executable_path=found, args=QUIET)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests. Without one they are skipped, except where CI=true."""
    with sync_playwright() as playwright:
        try:
            chromium = start_chromium(playwright)
        except Error as error:
            plain = (
                "no Chromium for the browser tests: install chromium or Google Chrome, or run `python -m "
                f"playwright install chromium`, or set CHROMIUM to its path. {error.message.splitlines()[0]}"
            )
            if os.environ.get("CI", "").lower() in ("1", "true"):
                pytest.fail(plain)
            pytest.skip(plain)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages: `open_page(url, size="phone", dark=True)`; its `.problems` are the console's errors."""
    contexts = []
    problems: list[str] = []

    def note(kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            problems.append(f"{kind}: {text}")

    def open_one(url: str, size: str = "wide", dark: bool = False, **more: Any) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=size == "phone",
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: note(message.type, message.text))
        page.on("pageerror", lambda error: note("error", str(error)))
        page.goto(url)
        return page

    open_one.problems = problems  # type: ignore[attr-defined]
    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def static_site() -> Iterator[str]:
    """The address of the player's own site: its files, an empty page to mount it on, and the two routes."""
    with site.serve() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def no_errors(open_page: OpenPage) -> Iterator[None]:
    """Whatever a test does, no page reports an error or a warning."""
    yield
    assert open_page.problems == []  # type: ignore[attr-defined]


@pytest.fixture
def player(open_page: OpenPage, static_site: str) -> Locator:
    """The player on (2a + bc) a at a, b, c = 1, 2, 3."""
    return mount(open_page(static_site), payload("fan-out"))


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The address of the whole app, run as a person runs it; it must not print a traceback."""
    with running() as (url, log):
        yield url
        assert "Traceback" not in log.read_text(), log.read_text()
