"""Long chains: time and memory must grow as the chain does, no faster."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from functools import partial

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

    for name, run in (("forward and backward", plain), ("watched and recorded", recorded)):
        times = in_turns({str(n): partial(run, n) for n in LENGTHS}, rounds=9)
        for shorter, length in zip((None, *LENGTHS), LENGTHS, strict=False):
            own = milliseconds(times.median(str(length)))
            what = f"chain of {length:,} nodes, {name}"
            if shorter is None:
                yield Row(what, own)
            else:
                beside = f"ten times {milliseconds(times.median(str(shorter)))}"
                yield Row(what, own, beside, times.ratio(str(length), str(shorter)) / 10.0, 1.5)
    memory = {length: kibibytes(length) for length in LENGTHS}
    for shorter, length in zip((None, *LENGTHS), LENGTHS, strict=False):
        what, own = f"chain of {length:,} nodes, memory after both passes", f"{memory[length]:,.0f} KiB"
        if shorter is None:
            yield Row(what, own)
        else:
            ratio = memory[length] / (10.0 * memory[shorter])
            yield Row(what, own, f"ten times {memory[shorter]:,.0f} KiB", ratio, 1.2)
