"""A lesson's pictures as Plotly figures: one function for each kind of `lessons.chart.Picture`.

Blue is a value and orange a gradient, as everywhere; what is neither is drawn in the text's colour. Lines
are told apart by the name at their end and by their dashes, classes by their symbols: never by colour alone.
"""

from collections.abc import Sequence
from functools import singledispatch
from textwrap import wrap

import numpy as np
import plotly.graph_objects as go

from lessons.chart import Bars, Boundary, Curves, Grid, Grids, Kind, Line, Picture, Points, Surface
from ui.charts import COLOURS, DASHES, spread, thinned
from viewer.numbers import short

HEIGHT = 320
LETTER = 7  # px, about, of a letter of a label
LINE = 44  # letters of a label that may be long: a phone has room for no more
SCALES = {"light": "#ffffff", "dark": "#16181d"}  # where a heat map's colour begins
MARKS = {  # Plotly's symbol, its size, whether it is drawn in ink, and how wide its line is
    "circle": ("circle", 7, False, 0.5),
    "cross": ("x-thin", 8, True, 1.75),
    "ring": ("circle-open", 20, True, 2.5),
}
PATTERNS = ("", "/", ".", "x")
GAP = 1.5  # cells between two heat maps
MOST_NUMBERS = 100  # cells of a heat map beyond which their numbers are too small to be read


def figure(picture: Picture, theme: str = "light") -> go.Figure:
    """The picture in the colours of the theme, "light" or "dark"."""
    drawn: go.Figure = draw(picture, theme)
    drawn.update_layout(
        height=HEIGHT,
        margin={"l": 8, "t": 12, "b": 8} | ({} if drawn.layout.margin.r is not None else {"r": 16}),
        showlegend=bool(drawn.layout.showlegend),
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 13}},
        dragmode=False,
        hovermode="closest",
        transition={"duration": 0},
        uirevision="kept",
        font={"size": 13},
    )
    drawn.update_xaxes(automargin=True, title_font_size=13)
    drawn.update_yaxes(automargin=True, title_font_size=13)
    return drawn


@singledispatch
def draw(picture: Picture, theme: str) -> go.Figure:
    """The picture's own part of the figure."""
    raise AssertionError(f"{type(picture).__name__} has no drawing")


def colour(kind: Kind, theme: str) -> str:
    """The colour of a value, of a gradient, or of what is neither."""
    return COLOURS[theme]["text" if kind == "other" else kind]


@draw.register
def _(picture: Curves, theme: str) -> go.Figure:
    drawn = go.Figure()
    for index, line in enumerate(picture.lines):
        points = thinned(len(line.x))
        y = [line.y[i] if line.y[i] > 0 or not picture.log else None for i in points]
        drawn.add_scatter(
            x=[line.x[i] for i in points],
            y=y,
            name=line.name,
            mode="lines",
            line={
                "color": colour(line.kind, theme),
                "width": 3 if line.strong else 1.75,
                "dash": "solid" if line.strong else DASHES[index % len(DASHES)],
                "simplify": False,  # else a curve has corners
            },
            hovertemplate=f"{picture.x} %{{x}}<br>{line.name} %{{y:.3g}}<extra></extra>",
        )
    _name_lines(drawn, picture, theme)
    if picture.mark is not None:
        x, text = picture.mark
        quiet = COLOURS[theme]["quiet"]
        drawn.add_vline(x=x, line={"color": quiet, "width": 1, "dash": "dot"})
        drawn.add_annotation(
            x=x,
            y=1,
            yref="paper",
            text=text,
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"color": quiet},
        )
    drawn.update_xaxes(title_text=picture.x)
    drawn.update_yaxes(title_text=picture.y)
    if picture.log:
        drawn.update_yaxes(type="log", exponentformat="power", dtick=_decades(picture.lines))
    return drawn


def _name_lines(drawn: go.Figure, picture: Curves, theme: str) -> None:
    """Each line's name at its end, moved apart where two would touch."""
    ends, early = {}, {}
    furthest = max((x for line in picture.lines for x in line.x), default=0.0)
    for line in picture.lines:
        points = zip(line.x, line.y, strict=True)
        last = [(x, y) for x, y in points if np.isfinite(y) and (y > 0 or not picture.log)][-1:]
        for x, y in last:
            height = float(np.log10(y) if picture.log else y)
            if x < furthest:
                early[line.name] = (x, height)
            else:
                ends[line.name] = height
    kinds = {line.name: line.kind for line in picture.lines}
    shown = [y for line in picture.lines for y in line.y if np.isfinite(y) and (y > 0 or not picture.log)]
    span = float(np.ptp(np.log10(shown) if picture.log else shown)) if shown else 0.0
    for name, height in spread(ends, share=0.075, span=span).items():
        drawn.add_annotation(
            x=1.01,
            xref="paper",
            y=height,
            text=name,
            showarrow=False,
            xanchor="left",
            font={"color": colour(kinds[name], theme), "size": 13},
        )
    for name, (x, height) in early.items():
        drawn.add_annotation(
            x=x,
            y=height,
            text=name,
            showarrow=False,
            xanchor="left",
            xshift=6,
            font={"color": colour(kinds[name], theme), "size": 13},
        )
    drawn.update_layout(margin_r=16 + LETTER * max(map(len, ends), default=0))


def _decades(lines: Sequence[Line]) -> int:
    """How many powers of ten lie between two ticks, so that there are not too many."""
    sizes = [y for line in lines for y in line.y if y > 0 and np.isfinite(y)]
    decades = float(np.log10(max(sizes) / min(sizes))) if sizes else 1.0
    return max(1, round(decades / 6))


@draw.register
def _(picture: Surface, theme: str) -> go.Figure:
    drawn = go.Figure()
    ink, heights = COLOURS[theme]["text"], np.asarray(picture.heights)
    xs, ys = [float(x) for x in picture.xs], [float(y) for y in picture.ys]
    # Lines at equal steps of the root: near the lowest point, where it is flat, there are some too.
    low = float(heights.min())
    roots = np.sqrt(heights - low)
    drawn.add_contour(
        x=xs,
        y=ys,
        z=roots,
        customdata=heights,
        ncontours=16,
        contours={"coloring": "lines"},
        colorscale=[[0, COLOURS[theme]["value"]], [1, COLOURS[theme]["quiet"]]],
        line={"width": 1},
        showscale=False,
        hovertemplate=f"{picture.x} %{{x:.3g}}<br>{picture.y} %{{y:.3g}}<br>"
        f"{picture.height} %{{customdata:.3g}}<extra></extra>",
    )
    if picture.path:
        x, y = zip(*picture.path, strict=True)
        drawn.add_scatter(
            x=x,
            y=y,
            mode="lines+markers",
            line={"color": ink, "width": 2},
            marker={"color": ink, "size": 6},
            hovertemplate=f"{picture.x} %{{x:.3g}}<br>{picture.y} %{{y:.3g}}<extra></extra>",
        )
        ends = [(0, "start")]
        if xs[0] <= x[-1] <= xs[-1] and ys[0] <= y[-1] <= ys[-1]:
            ends.append((-1, "end"))
        for place, words in ends:
            drawn.add_annotation(
                x=x[place], y=y[place], text=words, showarrow=False, yshift=12, font={"color": ink}
            )
    drawn.update_xaxes(title_text=picture.x, range=[xs[0], xs[-1]])
    drawn.update_yaxes(title_text=picture.y, range=[ys[0], ys[-1]])
    if picture.equal:
        drawn.update_xaxes(constrain="domain")
        drawn.update_yaxes(constrain="domain", scaleanchor="x")
    return drawn


@draw.register
def _(picture: Boundary, theme: str) -> go.Figure:
    drawn = go.Figure()
    scores = np.asarray(picture.scores)
    xs, ys = np.asarray(picture.xs), np.asarray(picture.ys)
    blue, ink, quiet = (COLOURS[theme][name] for name in ("value", "text", "quiet"))
    drawn.add_heatmap(
        x=xs,
        y=ys,
        z=np.tanh(scores - picture.border),
        zmin=-1,
        zmax=1,
        colorscale=[[0, _faint(quiet, 0.22)], [0.5, _faint(quiet, 0.0)], [1, _faint(blue, 0.22)]],
        showscale=False,
        hoverinfo="skip",
    )
    for level, width, dash in [
        (picture.border, 2.5, "solid"),
        *((one, 1.25, "dash") for one in picture.margins),
    ]:
        if scores.min() < level < scores.max():
            drawn.add_contour(
                x=xs,
                y=ys,
                z=scores,
                contours={"coloring": "none", "start": level, "end": level, "size": 1},
                line={"color": blue, "width": width, "dash": dash},
                showscale=False,
                showlegend=False,
                hovertemplate="score %{z:.3g}<extra></extra>",
            )
    for one in picture.points:
        drawn.add_scatter(**_marks(one, picture, ink, blue))
    drawn.update_layout(showlegend=True)
    drawn.update_xaxes(
        title_text=picture.x, range=[float(xs[0]), float(xs[-1])], showgrid=False, zeroline=False
    )
    drawn.update_yaxes(
        title_text=picture.y, range=[float(ys[0]), float(ys[-1])], showgrid=False, zeroline=False
    )
    if picture.square:
        drawn.update_xaxes(constrain="domain", constraintoward="left")
        drawn.update_yaxes(scaleanchor="x")
    return drawn


def _marks(points: Points, picture: Boundary, ink: str, blue: str) -> dict[str, object]:
    symbol, size, in_ink, line = MARKS[points.symbol]
    return {
        "x": list(points.x),
        "y": list(points.y),
        "name": points.name,
        "mode": "markers+text" if points.words else "markers",
        "text": list(points.words) or None,
        "textposition": "top right",
        "marker": {
            "symbol": symbol,
            "size": size,
            "color": ink if in_ink else blue,
            "line": {"width": line, "color": ink},
        },
        "hovertemplate": f"{points.name}<br>{picture.x} %{{x:.3g}}<br>{picture.y} %{{y:.3g}}<extra></extra>",
    }


def _faint(hexadecimal: str, opacity: float) -> str:
    red, green, blue = (int(hexadecimal[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def mixed(one: str, other: str, share: float) -> tuple[float, float, float]:
    """The colour that lies this share of the way from `one` to `other`, as red, green and blue up to 255.

    >>> mixed("#ffffff", "#000000", 0.2)
    (204.0, 204.0, 204.0)
    """
    ends = [[int(hexadecimal[k : k + 2], 16) for k in (1, 3, 5)] for hexadecimal in (one, other)]
    red, green, blue = (a + (b - a) * share for a, b in zip(*ends, strict=True))
    return red, green, blue


def readable(ground: tuple[float, float, float]) -> str:
    """Of a dark and a light ink the one with more contrast on this ground, by WCAG's relative luminance.

    >>> readable((29.0, 78.0, 216.0)), readable((122.0, 162.0, 255.0))
    ('#ffffff', '#11151f')
    """
    linear = [
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
        for level in (part / 255 for part in ground)
    ]
    luminance = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return "#ffffff" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.0575 else "#11151f"


@draw.register
def _(picture: Grid, theme: str) -> go.Figure:
    drawn = go.Figure()
    _add_cells(drawn, picture, theme, {"colorbar": {"thickness": 10, "outlinewidth": 0}})
    drawn.update_xaxes(title_text=picture.x, type="category", side="top", showgrid=False)
    drawn.update_yaxes(title_text=picture.y, type="category", autorange="reversed", showgrid=False)
    return drawn


@draw.register
def _(picture: Grids, theme: str) -> go.Figure:
    drawn = go.Figure()
    across = [len(grid.columns) for grid in picture.grids]
    most, all_of_them = max(len(grid.rows) for grid in picture.grids), sum(across) + GAP * (len(across) - 1)
    left = 0.0
    for number, grid in enumerate(picture.grids, 1):
        which = "" if number == 1 else str(number)
        spare = (most - len(grid.rows)) / most / 2  # a lower one stands halfway up
        right = left + len(grid.columns) / all_of_them
        where = {"xaxis": f"x{which}", "yaxis": f"y{which}", "showscale": False}
        _add_cells(drawn, grid, theme, where, size=11)
        shared = {"type": "category", "showgrid": False, "zeroline": False, "tickfont_size": 11}
        drawn.update_layout(
            {
                f"xaxis{which}": {
                    **shared,
                    "domain": (left, min(1.0, right)),
                    "anchor": f"y{which}",
                    "side": "top",
                    "title_text": grid.x,
                },
                f"yaxis{which}": {
                    **shared,
                    "domain": (spare, 1 - spare),
                    "anchor": f"x{which}",
                    "autorange": "reversed",
                    "title_text": grid.y,
                },
            }
        )
        left = right + GAP / all_of_them
    return drawn


def _add_cells(drawn: go.Figure, picture: Grid, theme: str, where: dict[str, object], size: int = 13) -> None:
    """The cells of a heat map with their numbers of this size, and its frame; `where` says on which axes."""
    cells = np.asarray(picture.cells, dtype=float)
    there = np.isfinite(cells)
    largest = float(np.abs(cells[there]).max(initial=0.0)) or 1.0
    strong = colour(picture.kind, theme)
    quiet = COLOURS[theme]["quiet"]
    negative = bool((cells < 0).any())
    axes = {name: axis for name, axis in where.items() if name in ("xaxis", "yaxis")}
    drawn.add_heatmap(
        x=list(picture.columns),
        y=list(picture.rows),
        z=cells,
        zmin=-largest if negative else 0,
        zmax=largest,
        colorscale=[[0, quiet], [0.5, SCALES[theme]], [1, strong]]
        if negative
        else [[0, SCALES[theme]], [1, strong]],
        xgap=1,
        ygap=1,
        hoverongaps=False,
        hovertemplate="%{y}, %{x}: %{z:.3g}<extra></extra>",
        **where,
    )
    if cells.size <= MOST_NUMBERS:
        places = [(int(row), int(column)) for row, column in np.argwhere(there)]
        drawn.add_scatter(
            x=[picture.columns[column] for _, column in places],
            y=[picture.rows[row] for row, _ in places],
            mode="text",
            text=[short(cells[place]) for place in places],
            textfont={
                "size": size,
                "color": [
                    readable(mixed(SCALES[theme], strong if cells[place] >= 0 else quiet, share))
                    for place in places
                    for share in [abs(cells[place]) / largest]
                ],
            },
            hoverinfo="skip",
            **axes,
        )
    if picture.frame is not None:
        row, column, rows, columns = picture.frame
        drawn.add_shape(
            type="rect",
            x0=column - 0.5,
            x1=column + columns - 0.5,
            y0=row - 0.5,
            y1=row + rows - 0.5,
            line={"color": COLOURS[theme]["text"], "width": 3},
            **{name[0] + "ref": axis for name, axis in axes.items()},
        )


@draw.register
def _(picture: Bars, theme: str) -> go.Figure:
    few = len(picture.names) * len(picture.groups) <= 16  # so few that their numbers can be read
    drawn = go.Figure()
    for index, (name, heights) in enumerate(picture.groups):
        drawn.add_bar(
            x=list(picture.names),
            y=list(heights),
            name=name,
            marker={
                "color": colour(picture.kind, theme),
                "pattern": {
                    "shape": PATTERNS[index % len(PATTERNS)],
                    "fillmode": "overlay",  # else the bar itself is left out
                    "fgcolor": SCALES[theme],
                    "size": 6,
                    "solidity": 0.25,
                },
            },
            text=[short(height) for height in heights] if few else None,
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{x}}, {name}: %{{y:.3g}}<extra></extra>",
        )
    drawn.update_layout(showlegend=len(picture.groups) > 1)
    drawn.update_xaxes(type="category", title_text="<br>".join(wrap(picture.x, LINE)))
    drawn.update_yaxes(title_text=picture.y)
    if picture.log:
        drawn.update_yaxes(type="log", exponentformat="power", dtick=1)
    return drawn
