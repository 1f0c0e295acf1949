"""Random expressions: valid ones agree with PyTorch on the same text; garbage ends in a sentence."""

import ast
import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine import record
from engine.expression import EXAMPLES, ExpressionError, parse
from engine.expression.functions import FUNCTIONS

Shape = tuple[int, ...]
NAMES: dict[Shape, tuple[str, ...]] = {
    (): ("a", "b", "c1", "θ"),
    (3,): ("u", "v"),
    (2,): ("p",),
    (2, 3): ("M", "N"),
    (3, 2): ("K",),
}
SMALLER: dict[Shape, tuple[Shape, ...]] = {  # shapes that stretch to this one
    (): ((),),
    (3,): ((), (3,)),
    (2,): ((), (2,)),
    (2, 3): ((), (3,), (2, 3)),
    (3, 2): ((), (2,), (3, 2)),
}
SMOOTH = ("tanh", "sigmoid", "logistic", "sin", "cos", "square", "softplus", "gelu")
KINKED = ("relu", "abs", "leaky_relu")


class Writer:
    """Writes random texts whose value has a wanted shape; `depth` is how often they may branch."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.made: dict[Shape, list[str]] = {shape: [] for shape in NAMES}  # names that earlier lines gave

    def pick(self, *options: Any) -> Any:
        """One of the options."""
        return self.draw(st.sampled_from(options))

    def text(self, shape: Shape, depth: int) -> str:
        """A text whose value has this shape."""
        if depth == 0:
            return self.leaf(shape)
        write = self.pick(self.unary, self.binary, self.binary, self.choice, self.power, self.shaped)
        return str(write(shape, depth - 1))

    def leaf(self, shape: Shape) -> str:
        """A name or a number."""
        kind = self.pick("name", "name", "made", "number")
        if kind == "made" and self.made[shape]:
            return str(self.pick(*self.made[shape]))
        return self.number(shape) if kind == "number" else str(self.pick(*NAMES[shape]))

    def number(self, shape: Shape) -> str:
        """A number as people write it, or a list."""
        if shape:
            return "[" + ", ".join(self.number(shape[1:]) for _ in range(shape[0])) + "]"
        return str(self.pick("2", "0.5", "1e-1", "-1.5", "3.", "1_0"))

    def unary(self, shape: Shape, depth: int) -> str:
        """A function of one value."""
        x = self.text(shape, depth)
        function = self.pick(*SMOOTH, *KINKED)
        return str(self.pick(f"{function}({x})", f"exp(tanh({x}))", f"(-({x}))", f"(+({x}))", f"({x}).sin()"))

    def binary(self, shape: Shape, depth: int) -> str:
        """Two values, one of which may be stretched."""
        x, y = self.text(shape, depth), self.text(self.pick(*SMALLER[shape]), depth)
        if self.pick(True, False):
            x, y = y, x
        return str(self.pick(f"({x} + {y})", f"(({x})-({y}))", f"({x})*({y})", f"({x} / (square({y}) + 1))"))

    def choice(self, shape: Shape, depth: int) -> str:
        """A value that depends on which is the larger."""
        x, y = self.text(shape, depth), self.text(self.pick(*SMALLER[shape]), depth)
        relation = self.pick("<", "<=", ">", ">=")
        return str(
            self.pick(
                f"max({x}, {y})",
                f"min({x}, {y})",
                f"max({x}, {y}, 0.25)",
                f"maximum({x}, {y})",
                f"clamp({x}, min=-0.7, max=0.9)",
                f"where({self.text(shape, depth)} {relation} 0.3, {x}, {y})",
            )
        )

    def power(self, shape: Shape, depth: int) -> str:
        """A power whose value is a number for every input."""
        x = self.text(shape, depth)
        return str(
            self.pick(f"({x})**2", f"({x})**3", f"2**tanh({x})", f"(square({x}) + 1)**-0.5", f"-({x})**2")
        )

    def shaped(self, shape: Shape, depth: int) -> str:
        """Something that changes shapes."""
        if shape == ():
            return self.to_number(depth)
        return self.to_vector(shape, depth) if len(shape) == 1 else self.to_matrix(shape, depth)

    def to_number(self, depth: int) -> str:
        """A single number from arrays."""
        x, u, v = (
            self.text(self.pick((3,), (2, 3), (2,)), depth),
            self.text((3,), depth),
            self.text((3,), depth),
        )
        k = self.pick(0, 1, 2)
        return str(
            self.pick(
                f"sum({x})",
                f"({x}).mean()",
                f"max({x})",
                f"(({u}) @ ({v}))",
                f"dot({u}, {v})",
                f"({u})[{self.pick(0, 1, -1)}]",
                f"({self.text((2, 3), depth)})[1, -2]",
                f"logsumexp({u})",
                f"cross_entropy({u}, {k})",
                f"mse_loss({u}, {v})",
            )
        )

    def to_vector(self, shape: Shape, depth: int) -> str:
        """A vector from numbers and matrices."""
        (n,) = shape
        rows = self.text((5 - n, n), depth)  # 2 × 3 for a vector of 3
        other = self.text((5 - n,), depth)
        return str(
            self.pick(
                f"softmax({self.text(shape, depth)})",
                f"log_softmax({self.text(shape, depth)})",
                f"({rows}).sum(dim=0)",
                f"mean({rows}, 0)",
                f"({rows})[{self.pick(0, -1)}]",
                f"amax({rows}, dim=0)",
                f"({rows}).min(0)",
                f"(({other}) @ ({rows}))",
                f"(({rows}).T @ ({other}))",
                "[" + ", ".join(self.text((), depth) for _ in range(n)) + "]",
            )
        )

    def to_matrix(self, shape: Shape, depth: int) -> str:
        """A matrix from vectors and other matrices."""
        n, m = shape
        x, turned = self.text(shape, depth), self.text((m, n), depth)
        return str(
            self.pick(
                f"softmax({x}, dim={self.pick(0, 1, -1)})",
                f"({turned}).T",
                f"transpose({turned}, 0, 1)",
                f"({x} - mean({x}, dim=1, keepdim=True))",
                f"reshape({turned}, {n}, {m})",
                f"(({x}) @ ({turned}) @ ({x}))",
                "[" + ", ".join(self.text((m,), depth) for _ in range(n)) + "]",
            )
        )


@st.composite
def programs(draw: Callable[..., Any]) -> str:
    """A few lines; the last is an expression."""
    writer = Writer(draw)
    lines = []
    for k in range(draw(st.integers(0, 2))):
        shape = draw(st.sampled_from(sorted(NAMES)))
        lines.append(f"s{k} = {writer.text(shape, 2)}")
        writer.made[shape].append(f"s{k}")
    lines.append(writer.text(draw(st.sampled_from(sorted(NAMES))), 3))
    return "\n".join(lines)


class ForTorch(ast.NodeTransformer):
    """Numbers and lists of the text become tensors; settings and indices stay as they are.

    x.min(0) gives values and places in PyTorch; the text means the values.
    """

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Call(ast.Name("number", ast.Load()), [node], [])

    def visit_List(self, node: ast.List) -> ast.expr:
        return ast.Call(
            ast.Name("stack", ast.Load()), [ast.List([self.visit(e) for e in node.elts], ast.Load())], []
        )

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        return ast.Subscript(self.visit(node.value), node.slice, node.ctx)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "min":
            return ast.Call(ast.Attribute(self.visit(node.func.value), "amin", ast.Load()), node.args, [])
        return self.generic_visit(node)  # type: ignore[return-value]


def _extreme(two: Any, one: Any) -> Any:
    def call(*values: Any) -> Any:
        return functools.reduce(two, values) if len(values) > 1 else one(values[0])

    return call


def _whole(value: Any) -> int:
    return int(value.item())


NAMED_ALIKE = (
    *SMOOTH[:2],
    *SMOOTH[3:6],
    "relu",
    "abs",
    "exp",
    "sum",
    "dot",
    "where",
    "clamp",
    "maximum",
    "amax",
)
TORCH = {
    "number": lambda x: torch.tensor(float(x), dtype=torch.float64),
    "stack": torch.stack,
    "logistic": torch.sigmoid,
    "max": _extreme(torch.maximum, torch.amax),
    "min": _extreme(torch.minimum, torch.amin),
    "mean": lambda x, dim=None, keepdim=False: (
        x.mean() if dim is None else x.mean(dim if isinstance(dim, int) else _whole(dim), keepdim)
    ),
    "softmax": lambda x, dim=-1: torch.softmax(x, dim),
    "log_softmax": lambda x, dim=-1: torch.log_softmax(x, dim),
    "logsumexp": lambda x: torch.logsumexp(x, -1),
    "cross_entropy": lambda x, k: torch.nn.functional.cross_entropy(x, k.long()),
    "reshape": lambda x, *shape: torch.reshape(x, [_whole(n) for n in shape]),
    "transpose": lambda x, i, j: torch.transpose(x, _whole(i), _whole(j)),
    **{name: getattr(torch.nn.functional, name) for name in ("leaky_relu", "gelu", "softplus", "mse_loss")},
    **{name: getattr(torch, name) for name in NAMED_ALIKE},
}


def evaluated_by_torch(source: str, leaves: dict[str, Any]) -> Any:
    """What PyTorch makes of the text, summed; only a test may run a text as Python."""
    scope = {**TORCH, **leaves}
    *lines, last = [ast.fix_missing_locations(ForTorch().visit(node)) for node in ast.parse(source).body]
    exec(compile(ast.Module(lines, []), "random", "exec"), scope)  # noqa: S102
    return eval(compile(ast.Expression(last.value), "random", "eval"), scope).sum()  # noqa: S307


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(programs(), st.randoms(use_true_random=False))
def test_a_random_expression_has_the_value_and_the_gradients_that_pytorch_finds(
    source: str, random: Any
) -> None:
    assume(len(source) <= 2000)
    shapes = {name: shape for shape, names in NAMES.items() for name in names}
    program = parse(source)
    generator = np.random.default_rng(random.randrange(10**6))
    names = [name for name in program.names if name not in program.given]
    values = {name: np.round(generator.normal(size=shapes[name]), 3) for name in names}
    leaves = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in values.items()
    }
    theirs = evaluated_by_torch(source, leaves)
    result = program.evaluate(values)
    np.testing.assert_allclose(result.root.data, theirs.item(), rtol=1e-9, atol=1e-9)
    if not theirs.requires_grad:
        return
    theirs.backward()
    if result.root.requires_grad:
        record(result.root)  # the walk needs it to work too
        result.root.backward()
    for name in names:
        ours = result.leaves[name].grad
        gradient = leaves[name].grad
        expected = np.zeros(shapes[name]) if gradient is None else gradient.numpy()
        np.testing.assert_allclose(0.0 * expected if ours is None else ours, expected, rtol=1e-8, atol=1e-8)


WORDS = [
    *"abxyzwWX1230.+-*/@^()[],=:<>!%&|#;'\"\\{}~?$_ \n\t×²αθ√−½",
    "**",
    "==",
    "//",
    "1e308",
    "1e999",
    "x1",
    "[1, 2]",
    "[[1, 2], [3, 4]]",
    "dim=0",
    "keepdim=True",
    ".T",
    ".sum()",
    "__class__",
    "lambda",
    "if",
    "for",
    "in",
    "and",
    "not",
    "True",
    "None",
    "where(",
    "x > 0",
    "\x00",
    "\r",
    "\ud800",
    *(f"{name}(" for name in FUNCTIONS),
]


def must_answer(source: str) -> None:
    """Whatever the text: a number, or a sentence with a place inside the text, and soon."""
    start = time.perf_counter()
    try:
        result = parse(source).evaluate()
        assert result.root.shape == ()
        record(result.root)
    except ExpressionError as error:
        line, column, end_line, end_column = error.span
        lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= line <= end_line <= len(lines)
        assert 0 <= column <= len(lines[line - 1])
        assert 0 <= end_column <= len(lines[end_line - 1])
        assert str(error)[-1] in ".?"
        assert "\n" not in str(error).strip()
    assert time.perf_counter() - start < 3.0


@settings(max_examples=500)
@given(st.lists(st.sampled_from(WORDS), max_size=25).map("".join))
def test_words_thrown_together_end_in_a_number_or_a_sentence(source: str) -> None:
    must_answer(source)


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_any_text_ends_in_a_number_or_a_sentence(source: str) -> None:
    must_answer(source)


@settings(max_examples=300)
@given(st.data())
def test_an_example_with_typing_errors_ends_in_a_number_or_a_sentence(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([source for _, source, _ in EXAMPLES]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(source)))
        cut = data.draw(st.integers(0, 3))
        source = source[:at] + data.draw(st.sampled_from(["", *WORDS])) + source[at + cut :]
    must_answer(source)


@settings(max_examples=100)
@given(programs())
def test_values_that_are_made_up_always_fit_or_are_refused(source: str) -> None:
    assume(len(source) <= 2000)
    must_answer(source)


@pytest.mark.parametrize("source", ["a*b", "softmax(x)[0]", "sigmoid(w @ x + b)"])
def test_an_edit_is_quick(source: str) -> None:
    program = parse(source)
    values = program.defaults()
    start = time.perf_counter()
    for _ in range(20):
        parse(source).run(values)
    assert (time.perf_counter() - start) / 20 < 0.02
