"""Where the cards stand and how the arrows run: Graphviz's dot, in this process.

The layout is computed once per structure and cached, so a change of numbers never moves a card.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import graphviz

from viewer.cards import Card
from viewer.scene import Link, Scene

try:
    import pygraphviz
except ImportError as error:  # pragma: no cover - depends on the machine
    raise ImportError(
        "pygraphviz cannot load the libraries it draws with; on Debian or Ubuntu run "
        "`apt-get install libglib2.0-0 libx11-6 libxext6 libxrender1`, then start again"
    ) from error

_lock = threading.Lock()  # Graphviz keeps global state: one layout at a time
MARGIN = 24
TIP_GAP = 16  # between the tips of two arrows into one card
STRAIGHT = 1000  # dot's weight of an arrow from one call of a block to the next; of any other it is 1


@dataclass(frozen=True)
class Layout:
    """Top-left corners of cards, rectangles of frames and paths of arrows, in pixels."""

    key: str
    width: float
    height: float
    cards: dict[str, tuple[float, float]]
    frames: dict[str, tuple[float, float, float, float]]
    paths: dict[str, str]


@dataclass(frozen=True)
class _Structure:
    """What the layout depends on, and nothing else: sizes, nesting and arrows, all by position."""

    cards: tuple[tuple[str, float, float, str | None], ...]  # id, width, height, frame
    frames: tuple[tuple[str, str | None], ...]  # path, path of the frame around it
    links: tuple[tuple[str, str, str], ...]  # id, from, to
    rows: tuple[str, ...]  # the links from one call of a block to the next: these stand at one height


@dataclass(frozen=True)
class _Spline:
    """An arrow's Bézier points, and its tip if dot tells it, in pixels."""

    points: tuple[tuple[float, float], ...]
    tip: tuple[float, float] | None


def lay_out(scene: Scene, cards: Mapping[str, Card]) -> Layout:
    """The layout of a scene, left to right; the same structure gives the same layout."""
    seen = {scope.path for scope in scene.frames}
    around = {
        scope.path: scope.parent.path if scope.parent and scope.parent.path in seen else None
        for scope in scene.frames
    }
    return _run(
        _Structure(
            tuple(
                (item.id, cards[item.id].w, cards[item.id].h, item.frame.path if item.frame else None)
                for item in scene.items.values()
            ),
            tuple(around.items()),
            tuple((link.id, link.start, link.end) for link in scene.links),
            tuple(link.id for link in scene.links if _is_next_call(scene, link)),
        )
    )


def _is_next_call(scene: Scene, link: Link) -> bool:
    """Whether both ends are closed boxes, and calls of one block: two steps of an RNN."""
    one, other = scene.items[link.start].scope, scene.items[link.end].scope
    return one is not None and other is not None and one.block is not None and one.block is other.block


def _dot(structure: _Structure) -> str:
    """The scene in Graphviz's language: card k is ik, frame k is cluster_k, arrow k has the comment k."""
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "nodesep": "0.32", "ranksep": "0.62", "splines": "spline"},
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"arrowsize": "0.7", "tailport": "e", "headport": "w"},
    )
    number = {card[0]: f"i{k}" for k, card in enumerate(structure.cards)}

    def fill(into: graphviz.Digraph, path: str | None) -> None:
        for own, w, h, frame in structure.cards:
            if frame == path:
                into.node(number[own], width=f"{w / 72:.4f}", height=f"{h / 72:.4f}")
        for k, (own, around) in enumerate(structure.frames):
            if around == path:
                cluster = graphviz.Digraph(
                    name=f"cluster_{k}",
                    graph_attr={"label": "frame", "fontsize": "22", "labeljust": "l", "margin": "16"},
                )
                fill(cluster, own)
                into.subgraph(cluster)

    fill(graph, None)
    rows = set(structure.rows)
    for k, (own, start, end) in enumerate(structure.links):
        more = {"weight": str(STRAIGHT)} if own in rows else {}
        graph.edge(number[start], number[end], comment=str(k), **more)
    return str(graph.source)


@lru_cache(maxsize=512)
def _run(structure: _Structure) -> Layout:
    source = _dot(structure)
    with _lock:
        drawn = json.loads(pygraphviz.AGraph(string=source).draw(format="json0", prog="dot"))
    _, _, width, height = (float(v) for v in drawn["bb"].split(","))
    cards: dict[str, tuple[float, float]] = {}
    rectangles: dict[str, tuple[float, float, float, float]] = {}
    for thing in drawn.get("objects", ()):
        if thing["name"].startswith("cluster_"):
            left, bottom, right, top = (float(v) for v in thing["bb"].split(","))
            rectangles[structure.frames[int(thing["name"][8:])][0]] = (
                round(left + MARGIN, 1),
                round(height - top + MARGIN, 1),
                round(right - left, 1),
                round(top - bottom, 1),
            )
        else:
            x, y = (float(v) for v in thing["pos"].split(","))
            w, h = float(thing["width"]) * 72, float(thing["height"]) * 72
            cards[structure.cards[int(thing["name"][1:])][0]] = (
                round(x - w / 2 + MARGIN, 1),
                round(height - y - h / 2 + MARGIN, 1),
            )
    splines = {int(edge["comment"]): _spline(edge["pos"], height) for edge in drawn.get("edges", ())}
    bundles = _bundles(structure)
    for arrows in bundles.values():
        splines |= _parallel({k: splines[k] for k in arrows})
    lower = _spread(structure, cards)
    begin = _spread_starts(structure, cards, bundles, lower)
    paths = {structure.links[k][0]: _path(spline, begin[k], lower[k]) for k, spline in splines.items()}
    key = hashlib.sha256(repr(structure).encode()).hexdigest()[:16]
    return Layout(key, round(width + 2 * MARGIN), round(height + 2 * MARGIN), cards, rectangles, paths)


def _spread(structure: _Structure, cards: Mapping[str, tuple[float, float]]) -> list[float]:
    """How far below its card's middle each arrow ends, so that the tips of several stand apart.

    From top to bottom they come in the order of the cards that they start from, and so do not cross.
    """
    into: dict[str, list[int]] = {}
    for k, (_, _, end) in enumerate(structure.links):
        into.setdefault(end, []).append(k)
    heights = {card[0]: card[2] for card in structure.cards}
    lower = [0.0] * len(structure.links)
    for end, arrows in into.items():
        gap = min(TIP_GAP, (heights[end] - 2 * TIP_GAP) / len(arrows))
        arrows.sort(key=lambda k: cards[structure.links[k][1]][1])
        for place, k in enumerate(arrows):
            lower[k] = round((place - (len(arrows) - 1) / 2) * gap, 1)
    return lower


def _bundles(structure: _Structure) -> dict[tuple[str, str], list[int]]:
    """The arrows that go from one card to one other, where there are several, as in a·a."""
    found: dict[tuple[str, str], list[int]] = {}
    for k, (_, start, end) in enumerate(structure.links):
        found.setdefault((start, end), []).append(k)
    return {ends: arrows for ends, arrows in found.items() if len(arrows) > 1}


def _spread_starts(
    structure: _Structure,
    cards: Mapping[str, tuple[float, float]],
    bundles: Collection[tuple[str, str]],
    lower: Sequence[float],
) -> list[float]:
    """How far below its card's middle each arrow starts: apart, where several go to one card.

    From top to bottom they come in the order of where they end. Elsewhere all start at one point.
    """
    begin = [0.0] * len(structure.links)
    heights = {card[0]: card[2] for card in structure.cards}
    for own in {start for start, _ in bundles}:
        arrows = [k for k, (_, start, _) in enumerate(structure.links) if start == own]
        ends = {k: cards[structure.links[k][2]][1] + heights[structure.links[k][2]] / 2 for k in arrows}
        gap = min(TIP_GAP, (heights[own] - 2 * TIP_GAP) / len(arrows))
        for place, k in enumerate(sorted(arrows, key=lambda k: ends[k] + lower[k])):
            begin[k] = round((place - (len(arrows) - 1) / 2) * gap, 1)
    return begin


def _parallel(splines: dict[int, _Spline]) -> dict[int, _Spline]:
    """For arrows between the same two cards, which dot bends apart: for each the curve in their middle."""
    first, *others = splines.values()
    same = [first, *(one for one in others if len(one.points) == len(first.points))]
    middle = [
        (sum(x for x, _ in at) / len(same), sum(y for _, y in at) / len(same))
        for at in zip(*(one.points for one in same), strict=True)
    ]
    return {k: _Spline(tuple(middle), first.tip) for k in splines}


def _spline(position: str, height: float) -> _Spline:
    """What dot writes of an arrow; at `e` stands its tip."""
    tip = None
    points = []
    for part in position.split(" "):
        x, y = (float(v) for v in part.removeprefix("e,").removeprefix("s,").split(","))
        if part.startswith("e,"):
            tip = (x + MARGIN, height - y + MARGIN)
        elif not part.startswith("s,"):
            points.append((x + MARGIN, height - y + MARGIN))
    return _Spline(tuple(points), tip)


def _path(spline: _Spline, begin: float, lower: float) -> str:
    """An SVG path, its start moved down by `begin` and its end by `lower`."""
    points, tip = list(spline.points), spline.tip
    points[:2] = [(x, y + begin) for x, y in points[:2]]
    points[-2:] = [(x, y + lower) for x, y in points[-2:]]
    path = [f"{x:.1f},{y:.1f}" for x, y in points]
    end = f"L{tip[0]:.1f},{tip[1] + lower:.1f}" if tip else ""
    return f"M{path[0]}C{' '.join(path[1:])}{end}"
