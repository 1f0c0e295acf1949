"""A recurrent net over a whole sequence in one op: what training runs where a drawing shows step after step.

Each step is a few small products and bends. As ops of their own, most of the time would go into keeping
record of them. Source: the LSTM of Hochreiter and Schmidhuber, 1997, without peepholes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.op import OPS, Array, Cells, Draw, Example, Op, apply, example
from engine.ops.reductions import fold


class Kept:
    """What the forward pass found and backward needs again: the parts of each step, and all gradients."""

    __slots__ = ("gradients", "inputs", "parts", "upstream")

    def __init__(self) -> None:
        self.inputs: tuple[Any, ...] = ()
        self.parts: tuple[Any, ...] = ()
        self.upstream: Any = None
        self.gradients: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return ""

    def holds(self, inputs: tuple[Any, ...]) -> bool:
        """True if the parts are those of these very arrays."""
        return len(self.inputs) == len(inputs) and all(
            a is b for a, b in zip(self.inputs, inputs, strict=True)
        )


@dataclass(frozen=True)
class Bend:
    """A bend, and its slope told by its value."""

    apply: Callable[[Array], Array]
    slope: Callable[[Array], Array]


def _logistic(x: Array) -> Any:
    """1 / (1 + e^-x), by way of tanh, which never overflows."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


BENDS = {
    "tanh": Bend(np.tanh, lambda h: 1.0 - h * h),
    "relu": Bend(lambda x: np.maximum(x, 0.0), lambda h: (h > 0.0).astype(h.dtype)),
    "sigmoid": Bend(_logistic, lambda h: h * (1.0 - h)),
}


def _by_time(x: Array) -> Any:
    """(…, L, d) as (L, N, d): the vectors of one step side by side."""
    return np.ascontiguousarray(x.reshape(-1, *x.shape[-2:]).swapaxes(0, 1))


def _by_sequence(x: Array, like: tuple[int, ...]) -> Any:
    """(L, N, d) back to (…, L, d)."""
    return np.ascontiguousarray(x.swapaxes(0, 1)).reshape(*like, x.shape[0], x.shape[2])


def _apart(weights: Array, inputs: int) -> tuple[Any, Any, Any]:
    """The rows for x, those for h, and the bias."""
    return weights[:inputs], weights[inputs:-1], weights[-1]


def _prepare(name: str, gates: int, parts: int) -> Callable[..., dict[str, Any]]:
    def check(x: Array, weights: Array, state: Array, **params: Any) -> dict[str, Any]:
        shape, own, start = np.shape(x), np.shape(weights), np.shape(state)
        hidden = own[-1] // gates if len(own) == 2 else 0
        if len(shape) < 2 or shape[-2] == 0 or not hidden:
            raise ValueError(
                f"{name}: x has shape {shape} and the weights {own}; they need (…, L, d), L at least 1, and "
                f"(d + h + 1, {gates} h)"
            )
        if own != (shape[-1] + hidden + 1, gates * hidden) or start != (*shape[:-2], parts * hidden):
            raise ValueError(
                f"{name}: for x of shape {shape} and {hidden} features of the state, the weights need shape "
                f"{(shape[-1] + hidden + 1, gates * hidden)}, but have {own}, and the state "
                f"{(*shape[:-2], parts * hidden)}, but has {start}"
            )
        return {**params, "kept": params.get("kept") or Kept()}

    return check


def _rule(argument: int, together: Callable[..., tuple[Any, ...]], forward: Callable[..., Any]) -> Any:
    """The rule of one argument; what is found for one is needed for the others."""

    def rule(g: Array, out: Array, x: Array, weights: Array, state: Array, kept: Kept, **params: Any) -> Any:
        inputs = (x, weights, state)
        if not kept.holds(inputs):
            forward(*inputs, kept=kept, **params)
        if kept.upstream is not g or not kept.gradients:
            kept.gradients = together(g, *inputs, kept=kept, **params)
            kept.upstream = g
        return kept.gradients[argument]

    return rule


def _home(
    steps: Array, before: Array, x: Array, weights: Array, state: Array, to_state: Array
) -> tuple[Any, ...]:
    """From the gradients of all steps' sums, (L, N, k), to those of x, of the weights and of the first state.

    `before`: h before each step, (L, N, h).
    """
    rows, inputs = x.shape[-1], _by_time(x)
    flat = steps.reshape(-1, steps.shape[-1])
    to_weights = np.empty_like(weights)
    to_weights[:rows] = inputs.reshape(-1, rows).T @ flat
    to_weights[rows:-1] = before.reshape(-1, before.shape[-1]).T @ flat
    to_weights[-1] = flat.sum(0)
    to_x = (flat @ weights[:rows].T).reshape(inputs.shape)
    return _by_sequence(to_x, x.shape[:-2]), to_weights, to_state.reshape(state.shape)


def _rnn(x: Array, weights: Array, state: Array, bend: str, kept: Kept) -> Any:
    W, U, b = _apart(weights, x.shape[-1])
    sums = _by_time(x) @ W + b  # (L, N, h)
    h = state.reshape(-1, U.shape[0])
    outputs = np.empty((len(sums) + 1, *h.shape), sums.dtype)
    outputs[0] = h
    for t, z in enumerate(sums):
        h = outputs[t + 1] = BENDS[bend].apply(z + h @ U)
    kept.inputs, kept.parts, kept.gradients = (x, weights, state), (outputs,), ()
    return _by_sequence(outputs[1:], x.shape[:-2])


def _rnn_back(g: Array, x: Array, weights: Array, state: Array, bend: str, kept: Kept) -> tuple[Any, ...]:
    U = _apart(weights, x.shape[-1])[1].T
    (outputs,) = kept.parts
    upstream = _by_time(g)
    slopes = BENDS[bend].slope(outputs[1:])
    steps = np.empty_like(slopes)
    to_h = np.zeros_like(outputs[0])
    for t in reversed(range(len(steps))):
        np.multiply(upstream[t] + to_h, slopes[t], out=steps[t])
        to_h = steps[t] @ U
    return _home(steps, outputs[:-1], x, weights, state, to_h)


def _lstm(x: Array, weights: Array, state: Array, kept: Kept) -> Any:
    W, U, b = (rows.T for rows in _apart(weights, x.shape[-1]))
    size = U.shape[1]
    # Features by sequences, (h, N): so the gates of a step, (4 h, N), lie one after the other in memory.
    gates = np.matmul(W, _by_time(x).swapaxes(1, 2))  # (L, 4 h, N): i, f, o and the candidate g, as sums
    gates += b[:, None]
    start = state.reshape(-1, 2 * size).T
    hs, cs = (np.empty((len(gates) + 1, size, gates.shape[2]), gates.dtype) for _ in range(2))
    hs[0], cs[0] = start[:size], start[size:]
    bent = np.empty_like(hs[1:])  # tanh(c)
    U = np.ascontiguousarray(U)
    h, c = hs[0], cs[0]
    for z, h_t, c_t, bent_t in zip(gates, hs[1:], cs[1:], bent, strict=True):
        z += U @ h
        soft = z[: 3 * size]
        soft *= 0.5
        np.tanh(z, out=z)  # the logistic is a tanh too: half of that of half of x, plus a half
        soft *= 0.5
        soft += 0.5
        c = np.multiply(z[size : 2 * size], c, out=c_t)
        c += z[:size] * z[3 * size :]
        h = np.multiply(z[2 * size : 3 * size], np.tanh(c, out=bent_t), out=h_t)
    kept.inputs, kept.parts, kept.gradients = (x, weights, state), (gates, hs, cs, bent), ()
    both = np.concatenate([hs[1:], cs[1:]], 1)  # (L, 2 h, N)
    return np.ascontiguousarray(both.transpose(2, 0, 1)).reshape(*x.shape[:-1], 2 * size)


def _lstm_back(g: Array, x: Array, weights: Array, state: Array, kept: Kept) -> tuple[Any, ...]:
    U = np.ascontiguousarray(_apart(weights, x.shape[-1])[1])
    gates, hs, cs, bent = kept.parts
    size = hs.shape[1]
    i, f, o, new = (gates[:, k * size : (k + 1) * size] for k in range(4))
    upstream = np.ascontiguousarray(g.reshape(-1, *g.shape[-2:]).transpose(1, 2, 0))  # (L, 2 h, N)
    # What each sum's gradient is, per gradient of c, or of h for the output gate: for all steps at once.
    steps = np.empty_like(gates)
    np.multiply(new, i - i * i, out=steps[:, :size])
    np.multiply(cs[:-1], f - f * f, out=steps[:, size : 2 * size])
    np.multiply(bent, o - o * o, out=steps[:, 2 * size : 3 * size])
    np.multiply(i, 1.0 - new * new, out=steps[:, 3 * size :])
    down = o * (1.0 - bent * bent)  # from h to c
    to_h, to_c = (np.zeros_like(hs[0]) for _ in range(2))
    for t in reversed(range(len(steps))):
        to_h += upstream[t, :size]
        to_c += upstream[t, size:]
        to_c += to_h * down[t]
        step = steps[t].reshape(4, size, -1)
        step[:2] *= to_c
        step[2] *= to_h
        step[3] *= to_c
        to_h = U @ steps[t]
        to_c *= f[t]
    return _home(
        steps.transpose(0, 2, 1),
        hs[:-1].transpose(0, 2, 1),
        x,
        weights,
        state,
        np.concatenate([to_h, to_c]).T,
    )


def _sum(place: tuple[int, ...], column: int, x: Cells, weights: Cells, h: list[Any]) -> Any:
    """One sum of a step: the vector at `place` and the state h, times a column of the weights, plus bias."""
    d = x.shape[-1]
    terms = [x[(*place, k)] * weights[k, column] for k in range(d)]
    terms += [one * weights[d + k, column] for k, one in enumerate(h)]
    return fold("add", terms, 0.0) + weights[d + len(h), column]


def _rnn_cell(index: tuple[int, ...], x: Cells, weights: Cells, state: Cells, bend: str, kept: Kept) -> Any:
    *batch, last, column = index
    size = state.shape[-1]
    h = [state[(*batch, k)] for k in range(size)]
    for t in range(last + 1):
        h = [apply(OPS[bend], (_sum((*batch, t), k, x, weights, h),), {}) for k in range(size)]
    return h[column]


def _lstm_cell(index: tuple[int, ...], x: Cells, weights: Cells, state: Cells, kept: Kept) -> Any:
    *batch, last, column = index
    size = state.shape[-1] // 2
    h, c = ([state[(*batch, part * size + k)] for k in range(size)] for part in range(2))
    for t in range(last + 1):
        sums = [_sum((*batch, t), k, x, weights, h) for k in range(4 * size)]
        bent = [apply(OPS["tanh" if k >= 3 * size else "sigmoid"], (one,), {}) for k, one in enumerate(sums)]
        i, f, o, new = (bent[k * size : (k + 1) * size] for k in range(4))
        c = [f[k] * c[k] + i[k] * new[k] for k in range(size)]
        h = [o[k] * apply(OPS["tanh"], (c[k],), {}) for k in range(size)]
    return (h + c)[column]


def _draw(gates: int, parts: int, bends: bool) -> Callable[[Draw], Example]:
    def draw(draw: Draw) -> Example:
        batch = draw.choice((), (1,), (2,), (2, 2))
        length, d, h = draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)
        random = np.random.default_rng(draw.integer(0, 999))
        shapes = ((*batch, length, d), (d + h + 1, gates * h), (*batch, parts * h))
        given = (random.uniform(-1.0, 1.0, shape) for shape in shapes)
        return example(*given, **({"bend": draw.choice("tanh", "sigmoid")} if bends else {}))

    return draw


def _rnn_peer(torch: Any, x: Any, weights: Any, state: Any, bend: str, kept: Kept) -> Any:
    d, h, found = x.shape[-1], state, []
    for t in range(x.shape[-2]):
        h = getattr(torch, bend)(x[..., t, :] @ weights[:d] + h @ weights[d:-1] + weights[-1])
        found.append(h)
    return torch.stack(found, -2)


def _lstm_peer(torch: Any, x: Any, weights: Any, state: Any, kept: Kept) -> Any:
    d, found = x.shape[-1], []
    h, c = state.chunk(2, -1)
    for t in range(x.shape[-2]):
        z = x[..., t, :] @ weights[:d] + h @ weights[d:-1] + weights[-1]
        i, f, o, g = z.chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        found.append(torch.cat([h, c], -1))
    return torch.stack(found, -2)


SAYS_BACKWARD = (
    "Each vector of <x> gets what its step sends back.",
    "The weights are the same at every step: they get the sum of what all steps send back.",
    "The first state gets what is left after the way back through all steps.",
)

fold_rnn = Op(
    name="fold_rnn",
    method="-",
    symbol="fold",
    expression="fold_rnn(<x>, <y>, <z>)",
    bind=lambda x, weights, state, bend: ((x, weights, state), {"bend": bend}),
    prepare=_prepare("fold_rnn", 1, 1),
    forward=_rnn,
    vjps=tuple(_rule(k, _rnn_back, _rnn) for k in range(3)),
    formula=r"h_t = \text{bend}([<x>_t, h_{t-1}, 1] \, <y>), \quad h_0 = <z>",
    backward=(
        r"g_t W^{\top}, \quad g_t = (<g>_t + g_{t+1} U^{\top}) \cdot \text{bend}'",
        r"\textstyle\sum_t [<x>_t, h_{t-1}, 1]^{\top} g_t, \quad g_t \text{ from } <g>",
        r"g_1 U^{\top}, \quad g_t \text{ from } <g>",
    ),
    says="Read <x> from left to right, each step mixing the next vector into the state.",
    says_backward=SAYS_BACKWARD,
    cell=_rnn_cell,
    draw=_draw(1, 1, bends=True),
    domain=(-1.0, 1.0),
    peer=_rnn_peer,
    examples=(
        example([[1.0], [0.0], [0.0]], [[1.0], [0.5], [0.0]], [0.0], bend="tanh"),
        example(
            np.arange(8.0).reshape(2, 2, 2) / 8,
            np.arange(12.0).reshape(6, 2)[:5] / 12,
            np.eye(2),
            bend="relu",
        ),
    ),
)

fold_lstm = Op(
    name="fold_lstm",
    method="-",
    symbol="fold",
    expression="fold_lstm(<x>, <y>, <z>)",
    prepare=_prepare("fold_lstm", 4, 2),
    forward=_lstm,
    vjps=tuple(_rule(k, _lstm_back, _lstm) for k in range(3)),
    formula=(
        r"c_t = f \cdot c_{t-1} + i \cdot g, \quad h_t = o \cdot \tanh(c_t), \quad "
        r"[i, f, o, g] \text{ from } [<x>_t, h_{t-1}, 1] \, <y>, \quad [h_0, c_0] = <z>"
    ),
    backward=(
        r"g_t W^{\top}, \quad g_t \text{ of the sums, from } <g>",
        r"\textstyle\sum_t [<x>_t, h_{t-1}, 1]^{\top} g_t, \quad g_t \text{ from } <g>",
        r"[g_1 U^{\top}, f \cdot g_{c}], \quad \text{from } <g>",
    ),
    says="Read <x> from left to right, each step keeping a part of the memory and adding to it.",
    says_backward=SAYS_BACKWARD,
    cell=_lstm_cell,
    draw=_draw(4, 2, bends=False),
    domain=(-1.0, 1.0),
    peer=_lstm_peer,
    examples=(
        example(
            [[1.0], [0.0]], [[1.0, 0.5, -1.0, 2.0], [0.5, 1.0, 0.5, -0.5], [0.0, 1.0, 0.0, 0.0]], [0.0, 2.0]
        ),
        example(np.arange(8.0).reshape(2, 2, 2) / 8, np.arange(40.0).reshape(5, 8) / 40, np.eye(2, 4)),
    ),
)
