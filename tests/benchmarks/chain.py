"""Long chains: time and memory must grow as the chain does, no faster."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

from engine import Tensor, record, watch
from tests.benchmarks.table import Row, in_turns, milliseconds

LENGTHS = (1_000, 10_000, 100_000)


def chain(length: int) -> Tensor:
    """x, `length` times times a number just below 1."""
    x = Tensor(1.0)
    for _ in range(length):
        x = x * 0.99999
    return x


def kibibytes(length: int) -> float:
    """The memory of a chain after both passes."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        out = chain(length)
        out.backward()
        return (tracemalloc.get_traced_memory()[0] - before) / 1024
    finally:
        tracemalloc.stop()


def rows() -> Iterator[Row]:
    """For each length: forward and backward, recording, and memory, beside ten times the shorter chain."""

    def plain(length: int) -> None:
        chain(length).backward()

    def recorded(length: int) -> None:
        with watch():
            out = chain(length)
        record(out)

    for name, run in (("forward and backward", plain), ("recorded", recorded)):
        before = None
        for length in LENGTHS:
            time = in_turns({"ours": lambda run=run, length=length: run(length)}, rounds=7)["ours"]  # type: ignore[misc]
            what = f"chain of {length:,} nodes, {name}"
            if before is None:
                yield Row(what, milliseconds(time))
            else:
                yield Row(
                    what, milliseconds(time), f"ten times {milliseconds(before)}", time / (10 * before), 1.5
                )
            before = time
    before = None
    for length in LENGTHS:
        memory = kibibytes(length)
        what = f"chain of {length:,} nodes, memory"
        if before is None:
            yield Row(what, f"{memory:,.0f} KiB")
        else:
            yield Row(what, f"{memory:,.0f} KiB", f"ten times {before:,.0f} KiB", memory / (10 * before), 1.2)
        before = memory
