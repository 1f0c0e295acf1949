"""The small closed set of charts: each is data -> Plotly figure.

Blue is a value and orange a gradient, as everywhere. A loss is neither, and is drawn in the text's
colour. Several weights are told apart by the name at the end of each line and by its dashes, not by
colour alone. Axes and paper are Streamlit's, so they follow its theme.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from viewer.numbers import short

COLOURS = {
    "light": {"value": "#1d4ed8", "gradient": "#c2410c", "text": "#1f2430", "quiet": "#6b7280"},
    "dark": {"value": "#7aa2ff", "gradient": "#ff9a5c", "text": "#e7e9ee", "quiet": "#9aa1ad"},
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
MOST_POINTS = 400  # a line of more points looks the same and takes longer to send


def loss_line(
    steps: Sequence[int],
    losses: Sequence[float],
    theme: str = "light",
    mark: int | None = None,
    best: float | None = None,
    beside: Sequence[tuple[int, float]] = (),
) -> go.Figure:
    """The loss over the steps; `mark` is the step that is looked at, `best` the lowest loss there can be.

    `beside`: step and loss of another run, which is drawn quietly.
    """
    figure = go.Figure()
    if beside:
        figure.add_scatter(
            x=[step for step, _ in beside],
            y=[loss for _, loss in beside],
            mode="lines",
            line={"color": COLOURS[theme]["quiet"], "width": 1, "dash": "dot"},
            hovertemplate="shipped run, step %{x}<br>loss %{y:.4g}<extra></extra>",
        )
    shown = thinned(len(steps))
    figure.add_scatter(
        x=[steps[i] for i in shown],
        y=[losses[i] for i in shown],
        mode="lines",
        line={"color": COLOURS[theme]["text"], "width": 2},
        hovertemplate="step %{x}<br>loss %{y:.4g}<extra></extra>",
    )
    if best is not None and steps:
        quiet = COLOURS[theme]["quiet"]
        figure.add_scatter(
            x=[steps[0], steps[-1]],
            y=[best, best],
            mode="lines+text",
            text=["", "lowest possible"],
            textposition="top left",
            textfont={"size": 11, "color": quiet},
            line={"color": quiet, "width": 1, "dash": "dot"},
            hoverinfo="skip",
        )
    title = "loss"
    positive = [loss for loss in losses if loss > 0]
    if positive and len(positive) == len(losses) and max(positive) > 20 * min(positive):
        # Else all that follows the first fall would look flat.
        figure.update_yaxes(type="log", **log_ticks(min(positive), max(positive)))
        title = "loss, on a scale of powers of ten"
    return _framed(figure, title, theme, mark)


def weight_lines(
    steps: Sequence[int],
    weights: Mapping[str, Sequence[float]],
    theme: str = "light",
    mark: int | None = None,
) -> go.Figure:
    """One line for each weight over the steps, with its name at the line's end."""
    figure = go.Figure()
    shown = thinned(len(steps))
    for index, (name, series) in enumerate(weights.items()):
        figure.add_scatter(
            x=[steps[i] for i in shown],
            y=[series[i] for i in shown],
            name=name,
            mode="lines",
            line={"color": COLOURS[theme]["value"], "width": 2, "dash": DASHES[index % len(DASHES)]},
            opacity=1 if len(weights) < 3 else 0.85,
            hovertemplate=f"step %{{x}}<br>{name} %{{y:.4g}}<extra></extra>",
        )
    if steps:
        ends = {name: series[-1] for name, series in weights.items()}
        for name, height in spread(ends).items():
            figure.add_annotation(
                x=1.01,
                xref="paper",
                y=height,
                text=name,
                showarrow=False,
                xanchor="left",
                font={"color": COLOURS[theme]["value"], "size": 12},
            )
    return _framed(figure, "weights", theme, mark, right=16 + 7 * max(map(len, weights), default=0))


def thinned(count: int) -> list[int]:
    """Which of `count` points to draw: all, or evenly spread ones with both ends.

    >>> thinned(3)
    [0, 1, 2]
    >>> points = thinned(100_000)
    >>> len(points), points[0], points[-1]
    (400, 0, 99999)
    """
    if count <= MOST_POINTS:
        return list(range(count))
    return [int(i) for i in np.linspace(0, count - 1, MOST_POINTS).round()]


def log_ticks(low: float, high: float) -> dict[str, list[Any]]:
    """The numbers at an axis of powers: 1, 2 and 5 of each ten, or where they are many the powers alone.

    >>> log_ticks(0.03, 0.9)["ticktext"]
    ['0.02', '0.05', '0.1', '0.2', '0.5', '1']
    >>> log_ticks(0.002, 900)["ticktext"]
    ['0.001', '0.01', '0.1', '1', '10', '100', '1000']
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    most = (1, 2, 5) if math.log10(high / low) < 2 else (1,)
    ticks = [digit * 10.0**power for power in range(first, last + 1) for digit in most]
    near = [tick for tick in ticks if low / 2 <= tick <= 2 * high or len(most) == 1]
    return {"tickvals": near, "ticktext": [short(tick) for tick in near]}


def spread(heights: Mapping[str, float], share: float = 0.1, span: float | None = None) -> dict[str, float]:
    """Heights for labels: each as near to its line's end as it can be without touching the next.

    `share`: of the axis's `span`, by default that of the heights, which a label takes.

    >>> {name: round(height, 2) for name, height in spread({"a": 1.0, "b": 1.0, "c": 5.0}).items()}
    {'a': 1.0, 'b': 1.4, 'c': 5.0}
    """
    if not heights:
        return {}
    low, high = min(heights.values()), max(heights.values())
    gap = share * (span or high - low or 1.0)
    placed: dict[str, float] = {}
    last = -np.inf
    for name, height in sorted(heights.items(), key=lambda item: item[1]):
        last = max(float(height), float(last) + gap)
        placed[name] = last
    return placed


def _framed(figure: go.Figure, title: str, theme: str, mark: int | None, right: int = 16) -> go.Figure:
    quiet = COLOURS[theme]["quiet"]
    if mark is not None:
        figure.add_vline(x=mark, line={"color": quiet, "width": 1, "dash": "dot"})
    figure.update_layout(
        title={"text": title, "font": {"size": 13, "color": quiet}, "x": 0, "xanchor": "left"},
        height=240,
        margin={"l": 8, "r": right, "t": 32, "b": 8},
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        transition={"duration": 0},
        xaxis={"title": {"text": "step", "font": {"size": 12}}, "rangemode": "tozero", "automargin": True},
        yaxis={"automargin": True, "zeroline": True},
        uirevision="kept",
    )
    return figure
