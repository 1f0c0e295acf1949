"""What a benchmark hands over: rows of a table; and how times are taken, ours and a peer's in turns."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line: what was measured, our figure, whose figure stands beside it, and the target."""

    what: str
    ours: str
    peer: str = ""
    ratio: float | None = None  # ours over the peer's
    target: float | None = None  # the ratio must not be above it

    @property
    def met(self) -> bool | None:
        """True or False where there is a target, else None."""
        return None if self.ratio is None or self.target is None else self.ratio <= self.target


HEADINGS = ("what", "ours", "beside it", "ratio", "target", "met")


def cells(row: Row) -> tuple[str, ...]:
    """The row as text."""
    return (
        row.what,
        row.ours,
        row.peer,
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.target is None else f"≤ {row.target:g}",
        {True: "yes", False: "**no**", None: ""}[row.met],
    )


def markdown(cells: tuple[str, ...], widths: tuple[int, ...]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(text.ljust(width) for text, width in zip(cells, widths, strict=True)) + " |"


def milliseconds(seconds: float) -> str:
    """A time with three figures.

    >>> milliseconds(0.0123), milliseconds(1.5), milliseconds(0.00000321)
    ('12.3 ms', '1500 ms', '0.00321 ms')
    """
    return f"{float(f'{seconds * 1e3:.3g}'):g} ms"


@dataclass(frozen=True)
class Times:
    """Seconds of every run, turn by turn."""

    seconds: Mapping[str, list[float]]

    def median(self, name: str) -> float:
        """The middle one of its times."""
        return statistics.median(self.seconds[name])

    def ratio(self, name: str, peer: str) -> float:
        """The middle one of the ratios within a turn: what slows the machine down then hits both alike."""
        return statistics.median(a / b for a, b in zip(self.seconds[name], self.seconds[peer], strict=True))


def in_turns(
    runs: Mapping[str, Callable[[], object]], rounds: int = 15, repeat: int = 1, garbage: bool = False
) -> Times:
    """Seconds of each, run A B A B …; what takes a few milliseconds is timed `repeat` times in a row.

    `garbage`: leave Python's cyclic garbage collector on while a run is timed.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    enabled = gc.isenabled()
    try:
        for turn in range(rounds + 1):
            for name, run in runs.items():
                gc.enable()
                gc.collect()
                if not garbage:
                    gc.disable()
                start = time.perf_counter()
                for _ in range(repeat):
                    run()
                seconds = (time.perf_counter() - start) / repeat
                if turn:  # the first turn warms up
                    times[name].append(seconds)
    finally:
        (gc.enable if enabled else gc.disable)()
    return Times(times)
