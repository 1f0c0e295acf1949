"""MaxPool and AvgPool: one number for each window."""

from __future__ import annotations

from typing import Any

from engine.nn.entry import Entry, Given, Size
from engine.nn.module import Module
from engine.op import OPS
from engine.scope import Kind
from engine.tensor import Tensor
from engine.windows import check_fit, sizes


class _Pool(Module):
    op: str

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, dims: int = 2) -> None:
        name = type(self).__name__
        if dims not in (1, 2):
            raise self.error(f"dims is {dims}, but it must be 1, for signals, or 2, for images")
        self.kernel_size = sizes(name, "kernel_size", kernel_size, dims, 1)
        self.stride = self.kernel_size if stride is None else sizes(name, "stride", stride, dims, 1)
        self.padding = sizes(name, "padding", padding, dims, 0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise self.error(
                f"padding {padding} is more than half of the kernel_size {kernel_size}, so a window could "
                f"see "
                "nothing but padding; take less"
            )

    def forward(self, x: Tensor) -> Tensor:
        """(…, H, W) -> (…, H', W'), or (…, L) -> (…, L')."""
        dims = len(self.kernel_size)
        if x.ndim < dims:
            raise self.error(f"x has shape {x.shape}, but windows of {dims} dims need at least {dims} dims")
        check_fit(type(self).__name__, x.shape[-dims:], self.kernel_size, self.padding)
        return OPS[self.op](x, self.kernel_size, self.stride, self.padding)  # type: ignore[no-any-return]


class MaxPool(_Pool):
    """The largest cell of each window: what was found is kept, where exactly is forgotten.

    `dims`: 2 for images, 1 for signals; `stride` is that of windows side by side unless given. No weights.
    On a tie the first cell in reading order gets the gradient, as in PyTorch.

    >>> MaxPool(2)(Tensor([[[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]])).tolist()
    [[[6.0, 8.0], [3.0, 4.0]]]
    """

    op = "max_pool"
    kind = Kind(
        "MaxPool",
        formula=r"\max_{\text{window}} <x>",
        says="Keep the largest cell of each window of <x>.",
        says_backward="Only the largest cell of each window moved the result: it gets all of the gradient.",
        backward=r"<g> \text{ at the winner of each window}",
    )


class AvgPool(_Pool):
    """The mean of each window. `dims`: 2 for images, 1 for signals. Padding counts as 0. No weights.

    >>> AvgPool(2, dims=1)(Tensor([[1.0, 3.0, 5.0, 9.0]])).tolist()
    [[2.0, 7.0]]
    """

    op = "avg_pool"
    kind = Kind(
        "AvgPool",
        formula=r"\operatorname{mean}_{\text{window}} <x>",
        says="Take the mean of each window of <x>.",
        says_backward=(
            "Each cell of a window had an equal share in its mean: it gets an equal share of the gradient."
        ),
        backward=r"<g> \text{ shared equally in each window}",
    )


def use_max_pool(x: Tensor, size: int, kernel: int, stride: int) -> Any:
    """What the gallery walks."""
    pool = MaxPool(kernel, stride)
    result = pool(x)
    return result.sum()


def use_avg_pool(x: Tensor, size: int, kernel: int, stride: int) -> Any:
    """What the gallery walks."""
    pool = AvgPool(kernel, stride)
    result = pool(x)
    return result.sum()


IMAGE = Given(
    "x",
    "the image",
    lambda size: (size, size),
    worked=([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]],),
)
WINDOWS = (
    Size("size", 4, 1, 8, "height and width", "H"),
    Size("kernel", 2, 1, 6, "kernel"),
    Size("stride", 2, 1, 4, "stride"),
)
H_AFTER = {"H'": "how many windows there are: ⌊(H − kernel) / stride⌋ + 1"}

Entry(
    block=MaxPool,
    group="Vectors and images",
    place=4,
    signature="x (…, H, W) → (…, H', W')",
    about="The largest number of each window: what was found is kept, where exactly is forgotten.",
    symbols={"x": "the image; each channel is taken by itself", **H_AFTER},
    build=use_max_pool,
    result="The sum of the outputs, so each window sends back a gradient of 1.",
    inputs=(IMAGE,),
    sizes=WINDOWS,
    notes=("On a tie the first cell in reading order gets the gradient, as in PyTorch.",),
)
Entry(
    block=AvgPool,
    group="Vectors and images",
    place=5,
    signature="x (…, H, W) → (…, H', W')",
    about="The mean of each window: the image at a smaller size.",
    symbols={"x": "the image; each channel is taken by itself", **H_AFTER},
    build=use_avg_pool,
    result="The sum of the outputs, so each window sends back a gradient of 1.",
    inputs=(IMAGE,),
    sizes=WINDOWS,
)
