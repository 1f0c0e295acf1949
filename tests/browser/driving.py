"""How the browser tests mount the player and find things on it, by the names that a screen reader says."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser import graphs


def payload(name: str, **body: Any) -> dict[str, Any]:
    return graphs.trace_reply({"lesson": name, **body})


def mount(page: Page, data: dict[str, Any], api: str | None = "/") -> Locator:
    """Mount the player (again) on the site's page, and wait until it is drawn."""
    page.wait_for_function("window.ready")
    page.evaluate("data => { window.mounted = show(data) }", {**data, "api": api})
    page.wait_for_function("(mounted.player ?? mounted).classList.contains('is-styled')")
    player = page.get_by_role("region", name="Computation graph player")
    expect(player).to_be_visible()
    return player


def button(player: Locator, name: str) -> Locator:
    return player.get_by_role("button", name=name, exact=True)


def node(player: Locator, name: str) -> Locator:
    return player.get_by_role("button", name=re.compile(rf"^{re.escape(name)}, (.*, )?value"))


def sentence(player: Locator) -> Locator:
    return player.locator(".gw-sentence[role=status]")


def step(player: Locator) -> str:
    return str(player.evaluate("player => player.stepName"))
