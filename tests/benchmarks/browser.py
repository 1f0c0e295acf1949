"""What a person waits for: a step, an edit, a page; measured in a headless Chromium."""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from engine import Tensor, record, watch
from tests.benchmarks.table import Row, milliseconds
from tests.browser import site
from tests.browser.conftest import start_chromium
from tests.server import running
from viewer.faces import code_of
from viewer.payload import graph_payload

STEP_LIMITS = (16, 33)  # milliseconds: the median and the 95th percentile
EDIT_LIMIT = 60  # milliseconds, the median
PAGE_LIMIT = 1.3  # times a bare Streamlit page
ROUNDS = 7

# From the start of a frame to the moment after it was painted: script, style, layout and paint.
MEASURE = """
async (steps) => {
  const player = document.querySelector("gradwalk-player");
  const painted = () => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(null);
  });
  const times = [];
  for (let i = 0; i < steps; i++) {
    times.push(await new Promise((done) => requestAnimationFrame(async () => {
      const start = performance.now();
      if (player.step >= player.payload.steps.length - 1) player.go(0); else player.go(player.step + 1);
      await painted();
      done(performance.now() - start);
    })));
    await new Promise((done) => setTimeout(done, 20));
  }
  return times;
}
"""

# From the new value to the repaint that shows it, the way to the server and back included.
EDIT = """
async (rounds) => {
  const player = document.querySelector("gradwalk-player");
  const times = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await player.setValues({ ...player.payload.values, b: 1 + i / 8 });
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    times.push(performance.now() - start);
    if (player.payload.values.b !== 1 + i / 8) throw new Error("the edit did not arrive");
    await new Promise((done) => setTimeout(done, 50));
  }
  return times;
}
"""

PLAYER_DRAWN = (
    "() => document.querySelector('gradwalk-player .gw-card, gradwalk-player [role=button]') !== null"
)
BARE_DRAWN = "() => document.body.innerText.includes('A bare page')"
BARE = """import streamlit as st

st.set_page_config(layout="wide")
st.title("A bare page")
"""


def limit(what: str, seconds: float, most: float) -> Row:
    """A row for a figure with an absolute limit, in milliseconds."""
    return Row(what, milliseconds(seconds), f"limit {most:g} ms", seconds * 1e3 / most, 1.0)


def chains_payload(chains: int) -> dict[str, Any]:
    """The payload of some chains of tanh(h + x) side by side, added up: about eight cards a chain."""

    def build(x: Tensor) -> Tensor:
        total = x * 1
        for row in range(chains):
            h = x * (1 + row / chains)
            h = (h + x).tanh()
            h = (h + x).tanh()
            total = total + h
        return total

    with watch(build):
        root = build(Tensor(0.5, name="x"))
    return graph_payload(record(root), code=code_of(build))


def steps(browser: Browser) -> Iterator[Row]:
    """The cost of a step in graphs of 200 and 500 cards."""
    with site.serve() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for chains, limits in ((29, STEP_LIMITS), (71, (None, None))):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            page.wait_for_function("window.ready === true")
            payload = chains_payload(chains)
            page.evaluate(f"show({json.dumps({'graph': payload, 'api': None})})")
            page.wait_for_function(PLAYER_DRAWN)
            page.wait_for_timeout(500)
            times = sorted(page.evaluate(MEASURE, 200))
            page.close()
            cards = len(payload["nodes"])
            for label, seconds, most in (
                ("median", statistics.median(times) / 1e3, limits[0]),
                ("95th percentile", times[int(0.95 * len(times))] / 1e3, limits[1]),
            ):
                what = f"a step among {cards} cards, {label}"
                yield limit(what, seconds, most) if most else Row(what, milliseconds(seconds))
        server.shutdown()


def edits(browser: Browser, url: str) -> Iterator[Row]:
    """From a new value to the picture that shows it, on a lesson's page."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{url}/boxes")
    page.wait_for_function(PLAYER_DRAWN)
    page.wait_for_timeout(1000)
    times: list[float] = page.evaluate(EDIT, 40)
    page.close()
    yield limit(
        "an edit on a lesson's page, from value to repaint, median",
        statistics.median(times) / 1e3,
        EDIT_LIMIT,
    )


def opening(browser: Browser, url: str, drawn: str) -> float:
    """Seconds until a page that this browser has not seen before shows what it is about."""
    context: Any = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url)
    page.wait_for_function(drawn)
    seconds = time.perf_counter() - start
    context.close()
    return seconds


def rows() -> Iterator[Row]:
    """The lines for the table."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE)
        browser = start_chromium(playwright)
        yield from steps(browser)
        with running() as (ours, _), running(bare, ready="_stcore/health") as (other, _):
            yield from edits(browser, ours)
            times: dict[str, list[float]] = {"lesson": [], "bare": []}
            for turn in range(ROUNDS + 1):
                for name, url, drawn in (
                    ("lesson", f"{ours}/boxes", PLAYER_DRAWN),
                    ("bare", other, BARE_DRAWN),
                ):
                    seconds = opening(browser, url, drawn)
                    if turn:  # the first turn warms the servers up
                        times[name].append(seconds)
            lesson, plain = (statistics.median(own) for own in times.values())
            yield Row(
                "opening a lesson, until the graph is there",
                milliseconds(lesson),
                f"a bare Streamlit page {milliseconds(plain)}",
                lesson / plain,
                PAGE_LIMIT,
            )
        browser.close()
