"""Attention: each vector asks, all answer, and the best matches are mixed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.apply import mode
from engine.functional import softmax
from engine.layers import affine
from engine.nn.dropout import Dropout
from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.initial import Seed, constant, generator, glorot
from engine.nn.masks import combined
from engine.nn.module import Module, fixed, named
from engine.op import OPS
from engine.scope import Kind, open_scope
from engine.tensor import Tensor

BACK = (
    "The gradient goes to the values by the same shares, and through the shares to the scores: what would "
    "have "
    "answered better is asked for more."
)
CROSS = Kind(
    "Attention",
    formula=r"\operatorname{softmax}\left( \frac{<y> W_q (<x> W_k)^{\top}}{\sqrt{d_k}} \right) <x> W_v W_o",
    says=(
        "Each vector of <y> asks, compares its question with the key of each vector of <x>, and mixes their "
        "values."
    ),
    says_backward=BACK,
    says_others=("<y> only asks: its gradient comes through the scores alone.",),
)
SELF = Kind(
    "Attention",
    formula=r"\operatorname{softmax}\left( \frac{<x> W_q (<x> W_k)^{\top}}{\sqrt{d_k}} \right) <x> W_v W_o",
    says=(
        "Each vector of <x> asks, compares its question with the key of each vector, and mixes their values."
    ),
    says_backward=BACK,
)
HEAD = Kind(
    "head",
    formula=r"\operatorname{softmax}\left( \frac{q k^{\top}}{\sqrt{d_k}} \right) v",
    says="Compare questions and keys in this head's own columns, and mix its values.",
    says_backward=BACK,
)


class Attention(Module):
    """softmax(y Wq (x Wk)ᵀ / √d_k) (x Wv), joined by Wo: y asks, x answers; without y, x asks itself.

    (x (L, d), y (M, d)) -> (M, d), with a batch in front of both or of neither. Tokens are rows.
    `num_heads`: that many comparisons side by side, each in its own d / num_heads columns.
    Masks are set before the softmax, by −∞: `is_causal` hides what comes later, `attn_mask` (M, L) whatever
    it marks, `key_padding_mask` (L) the vectors of x that are mere padding. True hides.
    Weights: W_q, W_k, W_v, W_o (d, d), with `bias` also b_q, b_k, b_v, b_o (d).
    Source: Vaswani and others, Attention is all you need, 2017.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int = 1,
        bias: bool = False,
        dropout: float = 0.0,
        is_causal: bool = False,
        seed: Seed = None,
    ) -> None:
        if num_heads < 1 or embed_dim % num_heads:
            raise self.error(
                f"{num_heads} heads cannot share vectors of {embed_dim} numbers evenly; "
                "each head needs the same whole number of columns"
            )
        random = generator(seed)
        self.embed_dim = embed_dim
        self.num_heads = num_heads
        self.is_causal = is_causal
        self.W_q, self.W_k, self.W_v, self.W_o = (glorot(random, embed_dim, embed_dim) for _ in range(4))
        self.b_q, self.b_k, self.b_v, self.b_o = (
            constant(0.0, embed_dim) if bias else None for _ in range(4)
        )
        self.dropout = Dropout(dropout, random)

    def describe(self, *inputs: Any) -> Kind:
        """Self-attention has one input to speak of, cross-attention two."""
        return SELF if len(inputs) < 2 or inputs[1] is None or inputs[1] is inputs[0] else CROSS

    def forward(
        self, x: Tensor, y: Tensor | None = None, attn_mask: Any = None, key_padding_mask: Any = None
    ) -> Tensor:
        """(L, d), (M, d) -> (M, d)."""
        y = x if y is None else y
        self.check_sequence(x, self.embed_dim)
        self.check_sequence(y, self.embed_dim, "y")
        if x.shape[:-2] != y.shape[:-2]:
            raise self.error(
                f"x has shape {x.shape} and y has shape {y.shape}, but they must be of the same batch, or "
                f"of none"
            )
        hidden = combined(self, x, y, attn_mask, key_padding_mask, self.is_causal)
        k = named(affine(x, self.W_k, self.b_k), "k")
        v = named(affine(x, self.W_v, self.b_v), "v")
        q = named(affine(y, self.W_q, self.b_q), "q")
        if not (mode.watching or self.dropout.active):
            mixed = OPS["attend"](q, k, v, self.num_heads, hidden)
        elif self.num_heads == 1:
            mixed = self._attend(q, k, v, hidden)
        else:
            mixed = self._heads_apart(q, k, v, hidden)
        return affine(mixed, self.W_o, self.b_o)

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, hidden: Any) -> Tensor:
        """softmax(q kᵀ / √d_k) v, with −∞ in place of the hidden scores."""
        keys = k.mT
        scores = q @ keys
        scaled = scores / fixed("√d_k", math.sqrt(k.shape[-1]))
        if hidden is not None:
            masked = OPS["where"](fixed("hidden", hidden), -math.inf, scaled)
            weights = softmax(masked)
        else:
            weights = softmax(scaled)
        mixed = self.dropout(weights) @ v
        return mixed

    def _heads_apart(self, q: Tensor, k: Tensor, v: Tensor, hidden: Any) -> Tensor:
        """One head after the other, each in a box of its own: what a drawing shows."""
        width = self.embed_dim // self.num_heads
        mixed = []
        for head in range(self.num_heads):
            own = (..., slice(head * width, (head + 1) * width))
            with open_scope(HEAD, f"head {head + 1}"):
                k_h = k[own]
                v_h = v[own]
                q_h = q[own]
                mixed.append(named(self._attend(q_h, k_h, v_h, hidden), f"head{head + 1}"))
        joined = OPS["cat"](mixed, -1)
        return joined  # type: ignore[no-any-return]


def use_attention(
    x: Tensor, y: Tensor, tokens: int, asking: int, d: int, heads: int, asks: str, mask: str, weights: str
) -> Any:
    """What the gallery walks."""
    attention = Attention(d, heads, is_causal=mask == "causal", seed=0)
    if weights == "identity":
        for W in attention.parameters():
            W.data = np.eye(d)
    padding = np.arange(tokens) == tokens - 1 if mask == "padding" else None
    result = attention(x, x if asks == "x" else y, key_padding_mask=padding)
    return result[0, 0]


Entry(
    block=Attention,
    group="Transformers",
    place=1,
    signature="(x (L, d), y (M, d)) → (M, d)",
    about="Each vector of y is compared with each vector of x, and takes from those that match best.",
    symbols={
        "x": "L vectors that answer, as rows",
        "y": "M vectors that ask, as rows; in self-attention x asks itself",
        "W_q, W_k, W_v": "d × d weights: they make questions q, keys k and values v",
        "d_k": "numbers in one key, d / heads: without the root, long keys would make the softmax too sure",
        r"\operatorname{softmax}": "turns the scores of one question into shares that add up to 1",
    },
    build=use_attention,
    result="The first number of the first vector: its gradients say whom that vector listened to.",
    inputs=(
        Given("x", "vectors that answer", lambda tokens, d: (tokens, d), worked=([[1, 0], [0, 1]],)),
        Given("y", "vectors that ask", lambda asking, d: (asking, d), worked=([[2, 0]],)),
    ),
    sizes=(
        Size("tokens", 2, 1, 8, "tokens", "L"),
        Size("asking", 1, 1, 8, "asking", "M", when=("asks", "y")),
        Size("d", 2, 1, 8, "d", "d"),
        Size("heads", 1, 1, 4, "heads"),
    ),
    options=(
        Option("asks", ("y", "x"), "who asks", ("y asks x", "x asks itself")),
        Option(
            "mask",
            ("none", "causal", "padding"),
            "mask",
            ("none", "what comes later", "the last: padding"),
        ),
        Option("weights", ("identity", "random"), "weights"),
    ),
    notes=(
        "Tokens are rows here, as in PyTorch; the lectures write them as columns.",
        "$W_o$ (d × d) joins the heads at the end. A mask puts −∞ in place of a score, before the softmax.",
    ),
)
