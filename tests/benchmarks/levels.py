"""A BERT of 24 blocks at its levels: recorded, drawn folded, opened, stepped; and what its size costs."""

from __future__ import annotations

import gzip
import statistics
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from engine import Tensor, Trace, nn, record, watch
from engine.op import Cells
from tests.benchmarks.browser import MEASURE, STEP_LIMITS, limit
from tests.benchmarks.table import Row, in_turns, milliseconds
from tests.browser import graphs, site
from tests.browser.conftest import start_chromium
from ui.requests import encode
from viewer.payload import graph_payload

TOKENS, D, HEADS, BLOCKS, WORDS = 16, 64, 4, 24, 1000
RECORD, FOLDED, OPENED = 500, 300, 250  # milliseconds at most
LARGEST = 1024 * 1024  # bytes of a payload, compressed
HIGHER = 1.5  # times as long a scene may take in a model of 96 blocks as in one of 6
ROUNDS = 15
LEVELS = ("BERT", "BERT/block 1", "BERT/block 1/AddNorm", "BERT/block 1/AddNorm/Attention")

# From the request to the repaint, the server's work and the drawing included.
OPEN = """
async ([before, after, rounds]) => {
  const player = document.querySelector("gradwalk-player");
  const times = [];
  for (let i = 0; i < rounds; i++) {
    await player.setOpen(before);
    await new Promise((done) => setTimeout(done, 400));
    const start = performance.now();
    await player.setOpen(after);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    times.push(performance.now() - start);
    if (player.payload.open.length !== after.length) throw new Error("it did not open");
  }
  return times;
}
"""


def model(blocks: int) -> nn.BERT:
    """BERT as the target has it: 64 wide, 4 heads."""
    return nn.BERT(WORDS, D, HEADS, blocks, max_len=TOKENS, seed=0)


def watched(bert: nn.BERT) -> Tensor:
    """The loss of a pass over 16 tokens, watched."""
    with watch():
        return bert(list(range(TOKENS))).square().mean()


def scalars(trace: Trace) -> int:
    """About how many scalar operations it stands for: those of one cell of each node, times its cells."""
    known: dict[Any, int] = {}
    total = 0
    for i, sources in enumerate(trace.inputs):
        op = trace.nodes[i]._op
        if op is None or not sources:
            continue
        shapes = tuple(trace.nodes[j].shape for j in sources)
        key = (op.name, shapes, repr(trace.nodes[i]._params))
        if key not in known:
            known[key] = _operations(trace, i)
        total += known[key] * int(np.prod(trace.nodes[i].shape, dtype=int))
    return total


def _operations(trace: Trace, i: int) -> int:
    """The scalar operations behind the first cell of node `i`."""
    node = trace.nodes[i]
    assert node._op is not None
    cells = [scalar_cells(np.asarray(trace.values[j])) for j in trace.inputs[i]]
    cell = node._op.cell((0,) * len(node.shape), *cells, **node._params)
    return sum(bool(sources) for sources in record(cell).inputs)


def scalar_cells(data: Any) -> Cells:
    """An array as scalar tensors, each made when it is asked for."""
    floating = data.dtype.kind == "f"
    return Cells(data.shape, lambda place: Tensor(float(data[place]) if floating else data[place]))


def sizes(trace: Trace) -> Iterator[Row]:
    """How large it is, in nodes and in memory."""
    yield Row(f"BERT, {BLOCKS} blocks, d = {D}, {TOKENS} tokens: tensor nodes", f"{len(trace):,}")
    yield Row("scalar operations that it stands for", f"{scalars(trace):,}")
    bert = model(BLOCKS)
    tracemalloc.start()
    kept = record(watched(bert))
    graph_payload(kept)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    yield Row("memory of its record, weights not counted", f"{memory / 1e6:.1f} MB")


def scenes() -> Iterator[Row]:
    """The same scene, one block opened down to its attention, inside models of more and more blocks."""
    traces = {blocks: record(watched(model(blocks))) for blocks in (1, 6, 24, 96)}
    runs: dict[str, Callable[[], object]] = {
        str(blocks): partial(graph_payload, trace, opened=LEVELS) for blocks, trace in traces.items()
    }
    times = in_turns(runs, rounds=ROUNDS)
    for blocks in traces:
        own = milliseconds(times.median(str(blocks)))
        what = f"the same scene inside {blocks} block{'' if blocks == 1 else 's'}"
        if blocks <= 6:  # a single block has no stack beside it
            yield Row(what, own)
        else:
            yield Row(
                what,
                own,
                f"inside 6 {milliseconds(times.median('6'))}",
                times.ratio(str(blocks), "6"),
                HIGHER,
            )


def payloads(trace: Trace) -> Iterator[Row]:
    """The largest payload: as many cards as can be drawn, with arrays on them."""
    opened: list[str] = []
    largest = 0
    for path in sorted(trace.tree.by_path, key=lambda path: (path.split("/")[1:2], path.count("/"))):
        try:
            payload = graph_payload(trace, opened=[*opened, path])
        except ValueError:
            break
        opened.append(path)
        largest = len(gzip.compress(encode(payload)))
    cards = len(payload["nodes"])
    yield Row(
        f"payload of {cards} cards, compressed",
        f"{largest / 1024:.0f} KiB",
        f"limit {LARGEST // 1024} KiB",
        largest / LARGEST,
        1.0,
    )


def page_with(browser: Browser, port: int) -> Page:
    """The player on that BERT, with nothing open."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"http://127.0.0.1:{port}/")
    page.wait_for_function("window.ready === true")
    page.evaluate(
        """async () => show({ api: "/", ...await (await fetch("api/trace",
            { method: "POST", body: JSON.stringify({ lesson: "bench" }) })).json() })"""
    )
    page.wait_for_function("() => document.querySelector('gradwalk-player .gw-card') !== null")
    page.wait_for_timeout(500)
    return page


def browsed() -> Iterator[Row]:
    """From a wish to the picture, on a page that runs and records the whole model for each request."""
    bert = model(BLOCKS)

    def bench(scale: Tensor) -> Tensor:
        return (bert(list(range(TOKENS))) * scale).square().mean()

    graphs.CASES["bench"] = graphs.Case(bench, {"scale": 1.0})
    with site.serve() as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = start_chromium(playwright)
        page = page_with(browser, server.server_port)
        for what, before, after, most in (
            ("folded scene to screen", ["BERT"], [], FOLDED),
            ("opening BERT to screen", [], ["BERT"], OPENED),
            ("opening one of 24 blocks to screen", ["BERT"], list(LEVELS[:2]), OPENED),
            ("opening its attention to screen", list(LEVELS[:3]), list(LEVELS), OPENED),
        ):
            times = page.evaluate(OPEN, [before, after, ROUNDS])
            yield limit(f"{what}, recorded anew", statistics.median(times) / 1e3, most)
        stepped = sorted(page.evaluate(MEASURE, 150))
        yield limit("a step in its attention, median", statistics.median(stepped) / 1e3, STEP_LIMITS[0])
        browser.close()
        server.shutdown()


def rows() -> Iterator[Row]:
    """The lines for the table."""
    bert = model(BLOCKS)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        trace = record(watched(bert))
        times.append(time.perf_counter() - start)
    yield from sizes(trace)
    yield limit("its passes, watched and recorded", statistics.median(times), RECORD)
    yield from scenes()
    yield from payloads(trace)
    yield from browsed()
