"""Attention in one op: what training runs where a drawing shows heads, scores and shares apart.

The scores of a whole batch are by far the largest arrays of a Transformer. So a few sequences are worked on
at a time, few enough for their scores to stay in the processor's own memory until they are used up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.op import OPS, Array, Cells, Draw, Example, Op, apply, example
from engine.ops.reductions import fold
from engine.ops.softmax import shares, shares_back
from engine.tensor import Tensor, constant

AT_ONCE = 1 << 15  # scores: a quarter of a megabyte


class Kept:
    """What the forward pass found and backward needs again: the shares, and gradients found together."""

    __slots__ = ("gradients", "inputs", "shares", "upstream")

    def __init__(self) -> None:
        self.inputs: tuple[Any, ...] = ()
        self.shares: Any = None
        self.upstream: Any = None
        self.gradients: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return ""

    def holds(self, inputs: tuple[Any, ...]) -> bool:
        """True if the shares are those of these very arrays."""
        return len(self.inputs) == len(inputs) and all(
            a is b for a, b in zip(self.inputs, inputs, strict=True)
        )


def shares_behind(root: Tensor) -> list[Array]:
    """By which shares every attention mixed that `root` was computed from: (N, heads, M, L), the first first.

    Outside `watch()` only, where attention is one op; in a drawing the shares are nodes of their own.
    """
    found: dict[int, Array] = {}
    seen, waiting = {root}, [root]
    for node in waiting:  # grows while it runs
        if node._op is attend:
            found[node._number] = node._params["kept"].shares
        for one in node.inputs:
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return [found[number] for number in sorted(found)]


def _prepare(
    q: Array, k: Array, v: Array, heads: int = 1, hidden: Any = None, kept: Kept | None = None
) -> dict[str, Any]:
    shapes = np.shape(q), np.shape(k), np.shape(v)
    if len(shapes[0]) < 2 or shapes[1] != shapes[2] or shapes[0][:-2] != shapes[1][:-2]:
        raise ValueError(
            f"attend: q, k and v have shapes {shapes}; they need (…, M, d), (…, L, d) and (…, L, d)"
        )
    if shapes[0][-1] != shapes[1][-1] or shapes[0][-1] % heads:
        raise ValueError(
            f"attend: {heads} heads do not fit q of shape {shapes[0]} and k of shape {shapes[1]}"
        )
    return {"heads": heads, "hidden": hidden, "kept": Kept() if kept is None else kept}


def _apart(x: Array, heads: int) -> Any:
    """The heads as a dim of their own, all dims in front as one: (N, heads, L, d / heads), a view."""
    length, width = x.shape[-2:]
    return x.reshape(-1, length, heads, width // heads).swapaxes(1, 2)


def _portions(q: Array, k: Array, heads: int) -> Iterator[slice]:
    """A few sequences at a time."""
    each = max(1, heads * q.shape[-2] * k.shape[-2])
    count = math.prod(q.shape[:-2])
    step = max(1, AT_ONCE // each)
    return (slice(start, start + step) for start in range(0, count, step))


def _turned(x: Array) -> Any:
    """The last two dims swapped, in reading order: small products are much faster so."""
    return np.ascontiguousarray(x.swapaxes(-1, -2))


def _forward(q: Array, k: Array, v: Array, heads: int, hidden: Any, kept: Kept) -> Any:
    out = np.empty_like(q, order="C")
    q_h, k_h, v_h, out_h = (_apart(x, heads) for x in (q, k, v, out))
    scale = 1.0 / math.sqrt(q_h.shape[-1])
    weights = np.empty((*q_h.shape[:3], k_h.shape[2]), q.dtype)
    masks = None if hidden is None else _each(hidden, q, k)
    for part in _portions(q, k, heads):
        scores = np.matmul(q_h[part] * scale, _turned(k_h[part]), out=weights[part])
        if masks is not None:
            np.copyto(scores, -np.inf, where=masks[part])
        shares(scores, -1, out=scores)
        out_h[part] = scores @ v_h[part]
    kept.inputs, kept.shares, kept.gradients = (q, k), weights, ()
    return out


def _each(hidden: Any, q: Array, k: Array) -> Any:
    """The mask of each sequence, the same for all heads: (N, 1, M, L)."""
    full = np.broadcast_to(hidden, (*q.shape[:-1], k.shape[-2]))
    return full.reshape(-1, 1, *full.shape[-2:])


def _together(g: Array, q: Array, k: Array, v: Array, heads: int, hidden: Any, kept: Kept) -> tuple[Any, ...]:
    """The gradients of q, k and v; what is found for one is needed for the others."""
    if not kept.holds((q, k)):
        _forward(q, k, v, heads, hidden, kept)
    found = tuple(np.empty_like(x, order="C") for x in (q, k, v))
    q_h, k_h, v_h, g_h, to_q, to_k, to_v = (
        _apart(x, heads) for x in (q, k, v, np.ascontiguousarray(g), *found)
    )
    scale = 1.0 / math.sqrt(q_h.shape[-1])
    for part in _portions(q, k, heads):
        weights = kept.shares[part]
        to_v[part] = weights.swapaxes(-1, -2) @ g_h[part]
        to_scores = shares_back(g_h[part] @ _turned(v_h[part]), weights, -1)
        to_scores *= scale
        to_q[part] = to_scores @ k_h[part]
        to_k[part] = to_scores.swapaxes(-1, -2) @ q_h[part]
    return found


def _rule(argument: int) -> Any:
    def rule(g: Array, out: Array, q: Array, k: Array, v: Array, heads: int, hidden: Any, kept: Kept) -> Any:
        if kept.upstream is not g or not kept.gradients or not kept.holds((q, k)):
            kept.gradients = _together(g, q, k, v, heads, hidden, kept)
            kept.upstream = g
        return kept.gradients[argument]

    return rule


def _cell(index: tuple[int, ...], q: Cells, k: Cells, v: Cells, heads: int, hidden: Any, kept: Kept) -> Any:
    """The values of one column, mixed by the shares of the scores of one row."""
    *batch, row, column = index
    width = q.shape[-1] // heads
    own = range(column // width * width, (column // width + 1) * width)
    full = None if hidden is None else np.broadcast_to(hidden, (*q.shape[:-1], k.shape[-2]))
    seen = [j for j in range(k.shape[-2]) if full is None or not full[(*batch, row, j)]]
    scores = [
        fold("add", [q[(*batch, row, c)] * k[(*batch, j, c)] for c in own], 0.0) / math.sqrt(width)
        for j in seen
    ]
    largest = constant(max(s.data for s in scores))
    powers = [apply(OPS["exp"], (s - largest,), {}) for s in scores]
    total = fold("add", powers, 0.0)
    return fold("add", [p / total * v[(*batch, j, column)] for p, j in zip(powers, seen, strict=True)], 0.0)


def _draw(draw: Draw) -> Example:
    batch = draw.choice((), (1,), (2,), (2, 3))
    heads = draw.integer(1, 3)
    width = heads * draw.integer(1, 3)
    asking, looked_at = draw.integer(1, 4), draw.integer(2, 4)
    mask = draw.choice(None, np.arange(looked_at) > np.arange(asking)[:, None])
    random = np.random.default_rng(
        draw.integer(0, 999)
    )  # equal values would leave gradients of mere rounding
    q = random.uniform(-1.0, 1.0, (*batch, asking, width))
    k, v = (random.uniform(-1.0, 1.0, (*batch, looked_at, width)) for _ in range(2))
    return example(q, k, v, heads=heads, hidden=mask)


def _peer(torch: Any, q: Any, k: Any, v: Any, heads: int, hidden: Any, kept: Kept) -> Any:
    def apart(x: Any) -> Any:
        return x.unflatten(-1, (heads, x.shape[-1] // heads)).transpose(-3, -2)

    seen = None if hidden is None else ~torch.tensor(hidden)
    mixed = torch.nn.functional.scaled_dot_product_attention(apart(q), apart(k), apart(v), attn_mask=seen)
    return mixed.transpose(-3, -2).flatten(-2)


attend = Op(
    name="attend",
    method="-",
    symbol="attend",
    expression="attend(<x>, <y>, <z>)",
    bind=lambda q, k, v, heads=1, hidden=None: ((q, k, v), {"heads": heads, "hidden": hidden}),
    prepare=_prepare,
    forward=_forward,
    vjps=(_rule(0), _rule(1), _rule(2)),
    formula=r"\operatorname{softmax}\left( \frac{<x> <y>^{\top}}{\sqrt{d_k}} \right) <z>",
    backward=(
        r"\tfrac{1}{\sqrt{d_k}} \, \operatorname{softmax}'(<g> <z>^{\top}) \, <y>",
        r"\tfrac{1}{\sqrt{d_k}} \, \operatorname{softmax}'(<g> <z>^{\top})^{\top} <x>",
        r"\operatorname{softmax}\left( \frac{<x> <y>^{\top}}{\sqrt{d_k}} \right)^{\top} <g>",
    ),
    says="Compare each row of <x> with each row of <y>, and mix the rows of <z> by how well they match.",
    says_backward=(
        "<x> is moved towards the keys whose values should have weighed more.",
        "<y> is moved towards the questions that should have found it.",
        "<z> gets the gradient by the same shares by which it was mixed.",
    ),
    cell=_cell,
    draw=_draw,
    peer=_peer,
    examples=(
        example([[2.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]),
        example(
            np.arange(12.0).reshape(3, 4) / 8,
            np.arange(8.0).reshape(2, 4) / 4,
            np.arange(8.0).reshape(2, 4),
            heads=2,
        ),
    ),
)
