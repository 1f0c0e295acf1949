"""Cross-entropy in one step, from scores to losses: what training runs where a drawing shows the parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.op import OPS, Array, Cells, Draw, Example, Op, apply, example
from engine.ops.reductions import fold
from engine.tensor import Tensor, constant

SAFE = 80.0  # exp() of this, added up, is far from overflowing, and exp() of its negative from vanishing


def class_dim(name: str, x: Array, target: Array) -> int:
    """The dim of the classes: the second, or the only one. Raises if the targets do not fit the scores."""
    places = np.asarray(target)
    shape = np.shape(x)
    dim = 0 if len(shape) == 1 else 1
    if not shape or places.shape != shape[:dim] + shape[dim + 1 :]:
        wanted = shape[:dim] + shape[dim + 1 :]
        raise ValueError(
            f"{name}: the scores have shape {shape}, so the targets need shape {wanted}, one class for each "
            f"example, but they have shape {places.shape}"
        )
    if places.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: the targets must be classes 0, 1, 2, …, but they are of type {places.dtype}"
        )
    if places.size and not 0 <= places.min() <= places.max() < shape[dim]:
        wrong = places.min() if places.min() < 0 else places.max()
        raise ValueError(
            f"{name}: class {wrong} does not exist; the scores are for classes 0 to {shape[dim] - 1}"
        )
    return dim


def whole(target: Any) -> Tensor:
    """Classes given as floats become the whole numbers that they are."""
    y = constant(target)
    places = np.asarray(y.data)
    if places.dtype.kind == "f" and np.all(places == np.floor(places)):
        return Tensor(places.astype(int), name=y.name)
    return y


def _rows(x: Array) -> Any:
    """One row of scores for every example."""
    if x.ndim == 2:
        return x
    return np.reshape(x, (1, -1)) if x.ndim == 1 else np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def _exponentials(rows: Array) -> tuple[Any, Any, Any]:
    """The scores, their exponentials and the sum of these in each row; large scores less the largest."""
    if rows.size and max(rows.max(), -rows.min()) < SAFE:
        e = np.exp(rows)
        return rows, e, np.einsum("ij->i", e)
    largest = np.max(rows, axis=1, keepdims=True, initial=-np.inf)
    shifted = rows - np.where(np.isfinite(largest), largest, 0.0)
    e = np.exp(shifted)
    return shifted, e, np.einsum("ij->i", e)


def _prepare(x: Array, target: Array, reduction: str = "mean") -> dict[str, Any]:
    class_dim("cross_entropy", x, target)
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"cross_entropy: reduction is {reduction!r}, but it must be 'mean', 'sum' or 'none'")
    return {"reduction": reduction}


def _forward(x: Array, target: Array, reduction: str) -> Any:
    scores, _, total = _exponentials(_rows(x))
    right = np.reshape(target, -1)
    losses = np.log(total) - scores[np.arange(right.size), right]
    if reduction == "none":
        return losses.reshape(np.shape(target))
    together = np.add.reduce(losses)
    return together if reduction == "sum" else np.true_divide(together, right.size)


def _back(g: Array, out: Array, x: Array, target: Array, reduction: str) -> Any:
    """The shares, less 1 at the right class."""
    _, sent, total = _exponentials(_rows(x))
    sent /= total[:, None]
    right = np.reshape(target, -1)
    sent[np.arange(right.size), right] -= 1.0
    if reduction == "mean":
        g = g / max(right.size, 1)
    sent *= g if reduction != "none" else np.reshape(g, (-1, 1))
    if x.ndim < 3:
        return sent.reshape(x.shape)
    return np.moveaxis(sent.reshape(x.shape[0], *x.shape[2:], x.shape[1]), -1, 1)


def _cell(index: tuple[int, ...], x: Cells, target: Cells, reduction: str) -> Any:
    """The loss of one example, or all of them added up."""
    if reduction == "none":
        return _loss_cell(index, x, target)
    losses = [_loss_cell(place, x, target) for place in target.indices()]
    together = fold("add", losses, 0.0)
    return together if reduction == "sum" else together / float(len(losses))


def _loss_cell(index: tuple[int, ...], x: Cells, target: Cells) -> Any:
    """The logarithm of the sum of the exponentials of a row, less the right score."""
    before, after = (index[:1], index[1:]) if len(x.shape) > 1 else ((), ())
    row = [x[(*before, k, *after)] for k in range(x.shape[len(before)])]
    largest = constant(max(s.data for s in row))
    shifted = [s - largest for s in row]
    total = fold("add", [apply(OPS["exp"], (s,), {}) for s in shifted], 0.0)
    return apply(OPS["log"], (total,), {}) - shifted[int(target[index].data)]


def _draw(draw: Draw) -> Example:
    shape = draw.shape(1, empty=False)
    dim = 0 if len(shape) == 1 else 1
    target = np.asarray(draw.indices(shape[:dim] + shape[dim + 1 :], shape[dim]))
    return example(draw.array(shape), target, reduction=draw.choice("mean", "sum", "none"))


cross_entropy = Op(
    name="cross_entropy",
    method="-",
    symbol="−ln p",
    expression="cross_entropy(<x>, <y>)",
    bind=lambda x, target, reduction="mean": ((x, whole(target)), {"reduction": reduction}),
    prepare=_prepare,
    forward=_forward,
    vjps=(_back, None),
    formula=r"-\ln \operatorname{softmax}(<x>)[<y>]",
    backward=(r"<g> \cdot \left( \operatorname{softmax}(<x>) - \operatorname{onehot}(<y>) \right)", ""),
    says="Take minus the logarithm of the softmax share that <x> gives to the right class <y>.",
    says_backward=(
        "The gradient is the softmax share, less 1 at the right class: the parts add up to 0.",
        "",
    ),
    cell=_cell,
    draw=_draw,
    peer="torch.nn.functional.cross_entropy",
    examples=(
        example([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]], np.array([2, 0])),
        example([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]], np.array([2, 0]), reduction="none"),
        example([0.0, 1000.0, 999.0], np.array(0)),
    ),
)
