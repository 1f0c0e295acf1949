"""LayerNorm, and AddNorm, which applies a block safely."""

from __future__ import annotations

from typing import Any

from engine.layers import standardized
from engine.nn.attention import Attention
from engine.nn.dropout import Dropout
from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.feed_forward import FeedForward
from engine.nn.initial import Seed, constant
from engine.nn.module import Module
from engine.scope import Kind
from engine.tensor import Tensor


class LayerNorm(Module):
    """Each vector by itself shifted and scaled to mean 0 and variance 1, then gamma · x + beta.

    `normalized_shape`: the length of a vector. The variance is the biased one. (…, d) -> (…, d).
    Source: Ba, Kiros and Hinton, Layer normalization, 2016.

    >>> LayerNorm(3)(Tensor([1.0, 2.0, 3.0])).numpy().round(3).tolist()
    [-1.225, 0.0, 1.225]
    """

    kind = Kind(
        "LayerNorm",
        formula=(
            r"\gamma \cdot \frac{<x> - \overline{<x>}}{\sqrt{\operatorname{var}(<x>) + \varepsilon}} + "
            r"\beta"
        ),
        says="Shift and scale each vector of <x> to mean 0 and variance 1, then by gamma and beta.",
        says_backward=(
            "Each number of a vector moves the mean and the variance of all its numbers: what would only "
            "shift or "
            "stretch the vector is taken out of the gradient."
        ),
    )

    def __init__(self, normalized_shape: int, eps: float = 1e-5) -> None:
        self.normalized_shape = normalized_shape
        self.eps = eps
        self.gamma = constant(1.0, normalized_shape)
        self.beta = constant(0.0, normalized_shape)

    def forward(self, x: Tensor) -> Tensor:
        """(…, d) -> (…, d)."""
        self.check_features(x, self.normalized_shape)
        normal = standardized(x, 1, self.eps)
        scaled = normal * self.gamma
        return scaled + self.beta


class AddNorm(Module):
    """Apply `f` to x safely: LayerNorm(x + f(x)). Whatever f does, x is still there.

    `norm_first`: x + f(LayerNorm(x)) instead, as in GPT-2; the original Transformer and BERT normalise after.
    (…, d) -> (…, d). Weights: gamma and beta, and those of f. Where f takes more than x, as attention to
    other vectors does, these come first in f and follow x here: `AddNorm(f)(x, others)` is x + f(others, x).

    >>> AddNorm(lambda x: 0.0 * x, 3)(Tensor([1.0, 2.0, 3.0])).numpy().round(3).tolist()
    [-1.225, 0.0, 1.225]
    """

    def __init__(
        self,
        f: Any,
        normalized_shape: int,
        norm_first: bool = False,
        dropout: float = 0.0,
        eps: float = 1e-5,
        seed: Seed = None,
    ) -> None:
        self.f = f
        self.norm = LayerNorm(normalized_shape, eps)
        self.norm_first = norm_first
        self.dropout = Dropout(dropout, seed)
        self.kind = BEFORE if norm_first else AFTER

    def forward(self, x: Tensor, *others: Any, **options: Any) -> Tensor:
        """(…, d) -> (…, d)."""
        self.check_features(x, self.norm.normalized_shape)
        changed = self.f(*others, self.norm(x) if self.norm_first else x, **options)
        if changed.shape != x.shape:
            raise self.error(
                f"f turned shape {x.shape} into {changed.shape}, but the two are added, so f must keep the "
                f"shape"
            )
        added = x + self.dropout(changed)
        return added if self.norm_first else self.norm(added)


BACK = (
    "The gradient goes around f unchanged, and through f as well; the two add. "
    "So a slope of f near 0 does not close the way back."
)
AFTER = Kind(
    "AddNorm",
    formula=r"\operatorname{LayerNorm}(<x> + f(<x>))",
    says="Add <x> and what f makes of it, then normalise.",
    says_backward=BACK,
)
BEFORE = Kind(
    "AddNorm",
    formula=r"<x> + f(\operatorname{LayerNorm}(<x>))",
    says="Normalise <x>, and add what f makes of that to <x>.",
    says_backward=BACK,
)


def use_layer_norm(x: Tensor, d: int) -> Any:
    """What the gallery walks."""
    norm = LayerNorm(d)
    result = norm(x)
    return result[0]


def use_add_norm(x: Tensor, f: str, norm: str, tokens: int, d: int) -> Any:
    """What the gallery walks."""
    blocks = {
        "FeedForward": FeedForward(d, d, seed=0),
        "Attention": Attention(d, seed=0),
        "nothing": lambda x: 0.0 * x,
    }
    block = AddNorm(blocks[f], d, norm_first=norm == "first")
    result = block(x)
    return result[0, 0]


NORM_SYMBOLS = {
    r"\overline{x}": "the mean of the vector's numbers",
    r"\operatorname{var}(x)": "their variance, divided by d",
    r"\varepsilon": "0.00001, so that nothing is divided by 0",
}

Entry(
    block=LayerNorm,
    group="Vectors and images",
    place=6,
    signature="x (…, d) → (…, d)",
    about="Each vector by itself, shifted and scaled to mean 0 and variance 1, then by two learned vectors.",
    symbols={
        "x": "the vector, d numbers",
        **NORM_SYMBOLS,
        r"\gamma, \beta": "learned scale and shift, d numbers each; they start at 1 and 0",
    },
    build=use_layer_norm,
    result="The first number of the result: each number of x has a part in it.",
    inputs=(Given("x", "the vector", lambda d: (d,), worked=([1, 2, 3],)),),
    sizes=(Size("d", 3, 1, 8, "numbers", "d"),),
    notes=(
        "Two numbers always become −1 and 1, and nearly no gradient passes. Take three or more.",
        "Summed over all outputs the gradient of x would be 0: the outputs always add up to the same.",
    ),
)
Entry(
    block=AddNorm,
    group="Transformers",
    place=2,
    signature="(f, x (…, d)) → (…, d)",
    about="Apply f to x safely: add x to what f makes of it, and normalise. If f is junk, x is still there.",
    symbols={
        "x": "the vectors, each of d numbers, as rows",
        "f": "any block that keeps the shape, such as Attention or FeedForward",
    },
    build=use_add_norm,
    result="The first number of the result: the gradient reaches x around f as well as through it.",
    inputs=(Given("x", "the vectors, as rows", lambda tokens, d: (tokens, d), worked=([[1, 2, 3]],)),),
    sizes=(Size("tokens", 1, 1, 6, "tokens"), Size("d", 3, 1, 8, "numbers in each", "d")),
    options=(
        Option(
            "f",
            ("FeedForward", "Attention", "nothing"),
            "f",
            ("FeedForward", "Attention", "0 · x"),
        ),
        Option("norm", ("last", "first"), "normalise", ("after, as BERT", "before, as GPT-2")),
    ),
)
