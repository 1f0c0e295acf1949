"""Conv: filters that slide over a signal or an image."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.layers import Padding, convolve, resolve_padding
from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.initial import Seed, generator, uniform
from engine.nn.module import Module
from engine.scope import Kind
from engine.tensor import Tensor
from engine.windows import sizes

SPACE = {1: "(C, L)", 2: "(C, H, W)"}


class Conv(Module):
    """Every filter gives one number for each window of `x`: local connections, shared weights.

    `dims`: 2 for images, (C, H, W) -> (K, H', W'), 1 for signals, (C, L) -> (K, L'), with or without a batch
    in front; H' = ⌊(H + 2·padding − kernel_size) / stride⌋ + 1. `padding` "same" keeps the size.
    Weights: W (K, C, F, F) or (K, C, F), b (K). It is cross-correlation: the filter is not flipped.

    >>> conv = Conv(1, 1, 3, dims=1, bias=False)
    >>> conv.W.data = [[[1.0, 0.0, -1.0]]]
    >>> conv(Tensor([[0.0, 1.0, 2.0, -1.0, 1.0, -3.0, 0.0]])).tolist()
    [[-2.0, 2.0, 1.0, 2.0, 1.0]]
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Padding = 0,
        bias: bool = True,
        dims: int = 2,
        seed: Seed = None,
    ) -> None:
        if dims not in SPACE:
            raise self.error(f"dims is {dims}, but it must be 1, for signals, or 2, for images")
        random = generator(seed)
        kernel = sizes("Conv", "kernel_size", kernel_size, dims, 1)
        self.in_channels = in_channels
        self.dims = dims
        self.stride = sizes("Conv", "stride", stride, dims, 1)
        self.padding = resolve_padding("Conv", padding, kernel, self.stride)
        inputs = in_channels * math.prod(kernel)
        self.W = uniform(random, inputs, out_channels, in_channels, *kernel)
        self.b = uniform(random, inputs, out_channels) if bias else None
        self.kind = Kind(
            "Conv",
            formula=r"<x> \star W + b" if bias else r"<x> \star W",
            says=(
                "Slide the filters W over <x>: at each place, multiply window and filter cell by cell and "
                "add up."
            ),
            says_backward=(
                "Every window sends its gradient to the cells that it saw, and all windows add theirs up in "
                "the one "
                "filter that they share."
            ),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(C, H, W) -> (K, H', W'), or (C, L) -> (K, L'); a batch in front stays."""
        if x.ndim not in (self.dims + 1, self.dims + 2) or x.shape[-self.dims - 1] != self.in_channels:
            raise self.error(
                f"x has shape {x.shape}, but {SPACE[self.dims]} with C = {self.in_channels} channels was "
                f"expected, "
                "with a batch in front or not"
            )
        for n, k, p in zip(
            x.shape[-self.dims :], self.W.shape[2:], _each(self.padding, self.dims), strict=True
        ):
            if n + 2 * p < k:
                raise self.error(
                    f"x has shape {x.shape}, and a kernel of {k} does not fit into a length of {n} with "
                    f"padding {p}; "
                    "take a smaller kernel or more padding"
                )
        return convolve("Conv", x, self.W, self.b, self.stride, self.padding)


def _each(padding: Any, dims: int) -> tuple[int, ...]:
    return sizes("Conv", "padding", padding, dims, 0)


def use_conv(
    x: Tensor, over: str, length: int, filters: int, kernel: int, stride: int, padding: str, weights: str
) -> Any:
    """What the gallery walks."""
    dims = 1 if over == "signal" else 2
    conv = Conv(1, filters, kernel, stride, "same" if padding == "same" else 0, dims=dims, seed=0)
    if weights == "edge":
        edge = np.zeros(kernel)
        edge[0], edge[-1] = 1.0, -1.0
        conv.W.data = np.broadcast_to(edge, conv.W.shape)
        conv.b = Tensor(np.zeros(filters))
    channels = x if over == "signal" else x.unsqueeze(0)
    result = conv(channels)
    return result.sum()


Entry(
    block=Conv,
    group="Vectors and images",
    place=3,
    signature="x (C, L) → (K, L') or x (C, H, W) → (K, H', W')",
    about="A small filter slides over a signal or an image and gives one number for each place.",
    symbols={
        "x": "the signal, C channels of L numbers, or the image, C channels of H × W",
        "W": "K filters; each looks at all channels, through a window of the kernel's size",
        r"\star": "slide, multiply cell by cell, add up; the filter is not flipped",
        "b": "a bias for each filter",
        "H'": "how many places there are: ⌊(H + 2 · padding − kernel) / stride⌋ + 1",
    },
    build=use_conv,
    result="The sum of the outputs, so each window sends back a gradient of 1.",
    inputs=(
        Given(
            "x",
            "one channel",
            lambda over, length: (1, length) if over == "signal" else (length, length),
            worked=([[0, 1, 2, -1, 1, -3, 0]], [[0, 0, 0, 1, 1, 1, 1]] * 7),
        ),
    ),
    sizes=(
        Size("length", 7, 1, 12, "length"),
        Size("filters", 1, 1, 4, "filters", "K"),
        Size("kernel", 3, 1, 7, "kernel"),
        Size("stride", 1, 1, 4, "stride"),
    ),
    options=(
        Option("over", ("signal", "image"), "over", ("a signal", "an image")),
        Option("padding", ("none", "same"), "padding"),
        Option("weights", ("edge", "random"), "filter", ("finds edges", "random")),
    ),
    notes=(
        "All windows share one filter, so on the way back the filter's gradient is a sum over all places.",
    ),
)
