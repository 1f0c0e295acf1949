"""Computations that the player's tests walk, and the payloads and replies that a server would give.

They use the engine and the viewer only, so the player can be tested without the app around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine import Tensor, nn, record, watch
from engine.scope import Kind, composite
from viewer.cell import SHOWN, cell_json
from viewer.faces import code_of
from viewer.moved import moved as moved_cards
from viewer.payload import InputInfo, graph_payload
from viewer.scalars import cell_name, scalar_trace
from viewer.scene import Scene

SOFTMAX = Kind(
    name="softmax",
    formula=r"\frac{e^{<x>}}{\sum e^{<x>}}",
    says="Turn the scores <x> into shares that add up to 1.",
    says_backward="Send to each score of <x> what its share and the others' passed back.",
)


@composite(SOFTMAX)
def softmax(x: Tensor) -> Tensor:
    """Shares that add up to 1, from plain ops: a box to open."""
    e = x.exp()
    total = e.sum()
    return e / total


def fan_out(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """(2a + bc) a: two paths lead back to a."""
    p = 2 * a
    q = b * c
    s = p + q
    return s * a


def regression(X: Tensor, w: Tensor, y: Tensor) -> Tensor:
    """Squared errors of a linear model, added up."""
    scores = (X * w).sum(dim=1)
    residuals = scores - y
    squares = residuals**2
    return squares.sum()


def choice(scores: Tensor, prices: Tensor) -> Tensor:
    """The expected price of a choice made by softmax."""
    shares = softmax(scores)
    parts = shares * prices
    return parts.sum()


def wide(x: Tensor) -> Tensor:
    """Two hundred cards: 25 chains of 7 nodes, joined in pairs."""
    ends = []
    for row in range(25):
        h = x * (1 + row / 25)
        for column in range(5):
            h = h.tanh() if column % 2 else h + x
        ends.append(h)
    while len(ends) > 1:
        ends = [sum(ends[i + 1 : i + 2], ends[i]) for i in range(0, len(ends), 2)]
    return ends[0]


def bert(x: Tensor) -> Tensor:
    """Twenty-four blocks on five words; x is added to their vectors."""
    model = nn.BERT(["the", "quick", "brown", "fox", "jumps"], 16, 4, seed=1)
    vectors = model("the quick brown fox jumps")
    return (vectors * x).square().sum()


def recurrent(x: Tensor) -> Tensor:
    """One cell, step by step: six steps at the defaults."""
    hidden = nn.SequenceRNN(nn.SimpleRNN(1, 3, seed=1))(x)
    return hidden[-1].sum()


def layer(X: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """A layer: a matrix product of 12 terms a cell, a bias that is copied, and a loss."""
    z = X @ W
    s = z + b
    h = s.tanh()
    return (h * h).sum()


@dataclass(frozen=True)
class Case:
    """A computation with its inputs; those in `fixed` are data."""

    build: Callable[..., Tensor]
    defaults: dict[str, Any]
    fixed: tuple[str, ...] = ()
    experiment: dict[str, Any] = field(default_factory=dict)


CASES = {
    "fan-out": Case(fan_out, {"a": 1.0, "b": 2.0, "c": 3.0}, experiment={"accumulate": False}),
    "regression": Case(
        regression,
        {"X": [[1.0, 2.0, 0.0], [0.0, -1.0, 1.0]], "w": [1.0, 0.0, 1.0], "y": [0.0, 3.0]},
        fixed=("X", "y"),
    ),
    "choice": Case(choice, {"scores": [1.0, 2.0, -1.0], "prices": [3.0, 1.0, 5.0]}, fixed=("prices",)),
    "layer": Case(
        layer,
        {
            "X": np.round(np.sin(np.arange(36.0)).reshape(3, 12), 1).tolist(),
            "W": np.round(np.cos(np.arange(24.0)).reshape(12, 2), 1).tolist(),
            "b": [0.1, -0.2],
        },
    ),
    "wide": Case(wide, {"x": 0.5}),
    "bert": Case(bert, {"x": 1.0}),
    "recurrent": Case(recurrent, {"x": [[1.0], [0.0], [0.5], [-1.0], [0.0], [2.0]]}),
}


def trace_of(case: Case, values: dict[str, Any], experiment: bool = False) -> Any:
    """The recorded run of a case."""
    leaves = {
        name: Tensor(np.array(value) if isinstance(value, list) else value, name not in case.fixed, name)
        for name, value in values.items()
    }
    with watch(case.build):
        root = case.build(**leaves)
    return record(root, **(case.experiment if experiment else {}))


def trace_reply(body: dict[str, Any]) -> dict[str, Any]:
    """What POST api/trace answers. Raises ValueError for values that do not fit."""
    case = CASES[body["lesson"]]
    values = {**case.defaults, **body.get("values", {})}
    if values.get("a", 0) == 4:
        raise ValueError("a cannot be 4 in this test; type another number.")
    trace = trace_of(case, values, body.get("experiment", False))
    source: dict[str, Any] = {"lesson": body["lesson"]}
    title, around = body["lesson"], None
    scalars = body.get("scalars")
    if scalars:
        i = int(scalars["node"][1:])
        title = cell_name(trace, i, tuple(scalars["cell"]))
        around = around_of(trace, **body.get("around", {}))
        boxes = scalars.get("boxes", [])
        trace = scalar_trace(trace, i, scalars["kind"], tuple(scalars["cell"]), boxes)
        source["scalars"] = scalars
    payload = graph_payload(
        trace,
        opened=body.get("open", []),
        focus=body.get("focus", ""),
        code=None if scalars else code_of(case.build),
        inputs={name: InputInfo(-5, 5, 0.1) for name in case.defaults},
        title=title,
    )
    return {**payload, "source": source, "values": values, "defaults": case.defaults, "around": around}


def around_of(trace: Any, open: Any = (), focus: str = "", step: str = "start") -> dict[str, Any]:
    """What the player needs to lead back from a cell's scalar graph to the whole."""
    scope = trace.tree.by_path[focus].scope
    trail = [{"id": one.path, "label": one.name} for one in (scope.ancestors if scope else ())]
    return {"open": list(open), "focus": focus, "step": step, "trail": trail}


def cell_reply(body: dict[str, Any]) -> dict[str, Any]:
    """What POST api/cell answers."""
    case, of = CASES[body["lesson"]], body["of"]
    trace = trace_of(case, {**case.defaults, **body.get("values", {})})
    scalars = body.get("scalars")
    if scalars:
        trace = scalar_trace(trace, int(scalars["node"][1:]), scalars["kind"], tuple(scalars["cell"]))
    scene = Scene(trace, frozenset(body.get("open", [])))
    return cell_json(scene, of["node"], of["kind"], tuple(of["cell"]), of.get("terms", SHOWN))


def nudge_reply(body: dict[str, Any]) -> dict[str, Any]:
    """What POST api/nudge answers."""
    case = CASES[body["lesson"]]
    values = {**case.defaults, **body.get("values", {})}
    name, cell, by = body["name"], tuple(body["cell"]), body["by"]
    before = trace_of(case, values)
    moved = np.array(values[name], dtype=float)
    moved[cell] += by
    after = trace_of(case, {**values, name: moved.tolist()})
    first, second = (float(t.nodes[t.root].data) for t in (before, after))
    gradient = float(np.asarray(before.gradient(name))[cell])
    reply = {"before": first, "after": second, "change": second - first, "predicted": gradient * by}
    cards = moved_cards(before, after, body.get("open", []), body.get("focus", ""))
    return {"name": name, "cell": list(cell), "by": by, **reply, "moved": cards}


def practice_reply(body: dict[str, Any]) -> dict[str, Any]:
    """What POST api/practice answers: the gradient of c at a, b, c = the seed, 2 and 3."""
    seed = float(body["seed"])
    return {
        "ask": "What is the gradient of **c** at these numbers?",
        "answer": 2 * seed,
        "tolerance": 0.01,
        "explain": "The step says why.",
        "values": {"a": seed},
        "mistakes": [],
        "hides": {"kind": "gradient", "name": "c"},
        "at": "backward q c",
        "step": None,
    }
