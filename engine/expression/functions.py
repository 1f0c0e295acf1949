"""What can be called in an expression: names, how many arguments, which settings, and the engine's function.

This table is the whole allow list. A function that is not here cannot be reached by anything typed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import engine.ops  # noqa: F401 (registers the records)
from engine import functional
from engine.op import OPS
from engine.tensor import Tensor

MANY = 100


@dataclass(frozen=True, eq=False)
class Function:
    """One thing that can be applied to values.

    `settings` come after the values, by position or by name; each has a kind: "whole" (a whole number),
    "wholes" (one or several), "sizes" (several, perhaps without brackets), "number" or "flag".
    `fits` says how the shape of the result follows from the arguments, so that its size is known before
    it is computed: "own" (no larger than the arguments), "broadcast" or "product" (of matrices).
    """

    name: str
    call: Callable[..., Any]
    least: int = 1
    most: int = 1
    settings: dict[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    example: str = ""
    fits: str = "own"
    condition: bool = False  # its first argument may be a comparison
    wants_array: bool = False  # makes little sense on a single number
    likes_array: bool = False  # its arguments are as often arrays as numbers

    def usage(self, count: int) -> str:
        """The sentence about a wrong number of arguments."""
        takes = _times(self.least) if self.least == self.most else f"{self.least} or more"
        one = f"{takes} argument{'s' if takes != 'one' else ''}"
        settings = f", then {' and '.join(self.settings)}" if self.settings else ""
        given = "none is" if count == 0 else f"{_times(count)} {'is' if count == 1 else 'are'}"
        return f"{self.name} takes {one}{settings}, but {given} given; write {self.example}."


def _times(n: int) -> str:
    return {1: "one", 2: "two", 3: "three"}.get(n, str(n))


def _extreme(two: str, reduction: str) -> Callable[..., Tensor]:
    """max(a, b, …) takes the largest of its arguments; max(x) and max(x, dim=0) the largest cell."""

    def call(*values: Tensor, **settings: Any) -> Any:
        if len(values) == 1:
            return OPS[reduction](*values, **settings)
        if settings:
            name = two[:3]
            raise ValueError(f"{name} over a dim takes one array; write {name}(x, dim=0)")
        return reduce(lambda x, y: OPS[two](x, y), values)

    return call


def _transpose(x: Tensor, dim0: int | None = None, dim1: int | None = None) -> Any:
    if dim0 is None and dim1 is None:
        return _turned(x)
    return OPS["transpose"](x, 0 if dim0 is None else dim0, 1 if dim1 is None else dim1)


def _turned(x: Tensor) -> Any:
    """Rows become columns; a vector stays as it is, as in NumPy and PyTorch."""
    if x.ndim > 2:
        raise ValueError(f".T turns a matrix, but this has shape {x.shape}; write transpose(x, 0, 1)")
    return x if x.ndim < 2 else OPS["transpose"](x, 0, 1)


def _dot(x: Tensor, y: Tensor) -> Any:
    if x.ndim != 1 or y.ndim != 1:
        raise ValueError(
            f"dot takes two vectors, but the shapes are {x.shape} and {y.shape}; write x @ y for matrices"
        )
    return OPS["matmul"](x, y)


def _leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Any:
    return OPS["leaky_relu"](x, negative_slope)


def _reshape(x: Tensor, shape: tuple[int, ...]) -> Any:
    return OPS["reshape"](x, *shape)


def _permute(x: Tensor, dims: tuple[int, ...]) -> Any:
    return OPS["permute"](x, *dims)


def _stack(*values: Tensor) -> Any:
    return OPS["stack"](values)


def _unary(name: str, op: str = "") -> Function:
    return Function(name, OPS[op or name], example=f"{name}(x)")


def _reduction(name: str, **parts: Any) -> Function:
    settings = {"dim": "wholes", "keepdim": "flag"}
    return Function(name, OPS[name], settings=settings, example=f"{name}(x)", wants_array=True, **parts)


def _along(name: str, **settings: str) -> Function:
    call = getattr(functional, name)
    return Function(name, call, settings={"dim": "whole", **settings}, example=f"{name}(x)", wants_array=True)


def _loss(name: str, example: str, **parts: Any) -> Function:
    call = getattr(functional, name)
    return Function(name, call, 2, 2, example=f"{name}({example})", likes_array=True, **parts)


def _pair(name: str, op: str, example: str, **parts: Any) -> Function:
    return Function(name, OPS[op], 2, 2, example=example, **{"fits": "broadcast", **parts})


_REDUCED = {"dim": "wholes", "keepdim": "flag"}
_MAX = _extreme("maximum", "amax")
_MIN = _extreme("minimum", "amin")

_ALL = (
    _unary("relu"),
    _unary("sigmoid"),
    _unary("logistic", "sigmoid"),
    _unary("tanh"),
    _unary("gelu"),
    _unary("softplus"),
    _unary("exp"),
    _unary("log"),
    _unary("ln", "log"),
    _unary("sqrt"),
    _unary("square"),
    _unary("abs"),
    _unary("sin"),
    _unary("cos"),
    _unary("detach"),
    Function("leaky_relu", _leaky_relu, settings={"negative_slope": "number"}, example="leaky_relu(x, 0.1)"),
    Function("clamp", OPS["clamp"], settings={"min": "number", "max": "number"}, example="clamp(x, 0, 1)"),
    Function("max", _MAX, 1, MANY, _REDUCED, example="max(a, b)", fits="broadcast"),
    Function("min", _MIN, 1, MANY, _REDUCED, example="min(a, b)", fits="broadcast"),
    _pair("maximum", "maximum", "maximum(a, b)"),
    _pair("minimum", "minimum", "minimum(a, b)"),
    _pair("pow", "pow", "pow(x, 2)"),
    Function("where", OPS["where"], 3, 3, example="where(x > 0, a, b)", fits="broadcast", condition=True),
    _reduction("sum"),
    _reduction("mean"),
    _reduction("prod"),
    _reduction("amax"),
    _reduction("amin"),
    _reduction("var"),
    replace(_reduction("var"), name="std", call=functional.std, example="std(x)"),
    _along("softmax"),
    _along("log_softmax"),
    _along("logsumexp", keepdim="flag"),
    _loss("cross_entropy", "[1, 2, 3], 2", wants_array=True),
    _loss("nll_loss", "log_softmax([1, 2, 3]), 2", wants_array=True),
    _loss("mse_loss", "prediction, y"),
    _loss("hinge_loss", "score, y"),
    _loss("logistic_loss", "score, y"),
    _loss("binary_cross_entropy_with_logits", "score, y"),
    _pair("matmul", "matmul", "matmul(W, x)", fits="product", wants_array=True),
    Function("dot", _dot, 2, 2, example="dot(w, x)", fits="product", wants_array=True),
    Function(
        "transpose", _transpose, settings={"dim0": "whole", "dim1": "whole"}, example="transpose(x, 0, 1)"
    ),
    Function(
        "reshape", _reshape, settings={"shape": "sizes"}, required=("shape",), example="reshape(x, 2, 3)"
    ),
    Function("permute", _permute, settings={"dims": "sizes"}, required=("dims",), example="permute(x, 1, 0)"),
    Function(
        "flatten", OPS["flatten"], settings={"start_dim": "whole", "end_dim": "whole"}, example="flatten(x)"
    ),
    Function("squeeze", OPS["squeeze"], settings={"dim": "whole"}, example="squeeze(x)"),
    Function(
        "unsqueeze", OPS["unsqueeze"], settings={"dim": "whole"}, required=("dim",), example="unsqueeze(x, 0)"
    ),
)

FUNCTIONS: dict[str, Function] = {function.name: function for function in _ALL}

# x.sum() is sum(x); but x.max(0) goes along dim 0, as in PyTorch, where max(x, 0) compares with 0
METHODS: dict[str, Function] = {name: f for name, f in FUNCTIONS.items() if not f.condition} | {
    name: Function(name, OPS[f"a{name}"], settings=_REDUCED, example=f"x.{name}()") for name in ("max", "min")
}

OPERATORS: dict[str, Function] = {
    "Add": _pair("+", "add", "a + b"),
    "Sub": _pair("-", "sub", "a - b"),
    "Mult": _pair("*", "mul", "a * b"),
    "Div": _pair("/", "div", "a / b"),
    "Pow": _pair("**", "pow", "x ** 2"),
    "MatMult": _pair("@", "matmul", "W @ x", fits="product", wants_array=True),
    "USub": Function("-", OPS["neg"]),
    "Lt": _pair("<", "lt", "a < b"),
    "LtE": _pair("<=", "le", "a <= b"),
    "Gt": _pair(">", "gt", "a > b"),
    "GtE": _pair(">=", "ge", "a >= b"),
    "Eq": _pair("==", "eq", "a == b"),
    "NotEq": _pair("!=", "ne", "a != b"),
    "Index": Function("[…]", OPS["index"], wants_array=True),
    "T": Function(".T", _turned, wants_array=True),
    "List": Function("[…]", _stack, 1, MANY),
}
SUM = FUNCTIONS["sum"]

CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "inf": math.inf}
NAMESPACES = {
    "np",
    "numpy",
    "math",
    "torch",
    "F",
    "nn",
    "tf",
    "jnp",
}  # that people write in front of functions
