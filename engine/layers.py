"""The functions behind the blocks: affine maps, convolution, pooling, normalisation.

Those with a frame around them in a drawing are also in `engine.functional`, under PyTorch's names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.apply import mode
from engine.op import OPS
from engine.scope import Kind, composite
from engine.tensor import Tensor
from engine.windows import Sizes, sizes

Padding = int | Sequence[int] | str  # "same": as much as keeps the length


def affine(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """x W + b. `x`: (…, d); `weight`: (d, k); `bias`: (k,). A drawing shows product and sum apart."""
    if bias is not None and not mode.watching:
        return OPS["affine"](x, weight, bias)  # type: ignore[no-any-return]
    product = x @ weight
    if bias is None:
        return product
    z = product + bias
    return z  # noqa: RET504  the drawing shows it under this name


def standardized(x: Tensor, dims: int, eps: float) -> Tensor:
    """Each row, that is the last `dims` dims, with mean 0 and variance 1. A drawing shows how."""
    if not mode.watching:
        return OPS["standardize"](x, dims, eps)  # type: ignore[no-any-return]
    over = tuple(range(-dims, 0))
    mean = x.mean(over, keepdim=True)
    centred = x - mean
    squares = centred.square()
    variance = squares.mean(over, keepdim=True)
    above_0 = variance + eps
    deviation = above_0.sqrt()
    normal = centred / deviation
    return normal  # type: ignore[no-any-return]  # noqa: RET504


@composite(
    Kind(
        "layer_norm",
        formula=r"(<x> - \overline{<x>}) / \sqrt{\operatorname{var}(<x>) + \varepsilon}",
        says="Shift and scale each row of <x> to mean 0 and variance 1.",
        says_backward="What would only shift or stretch a row has no effect: the gradient leaves it out.",
    )
)
def layer_norm(
    x: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Each row with mean 0 and variance 1, then times `weight`, plus `bias`, both of the shape of a row.

    `normalized_shape`: the shape of a row, that is the last dims of `x`. The variance is the biased one.
    Source: Ba, Kiros and Hinton, Layer normalization, 2016.

    >>> layer_norm(Tensor([[1.0, 2.0, 3.0]]), [3]).numpy().round(3).tolist()
    [[-1.225, 0.0, 1.225]]
    """
    row = tuple(normalized_shape)
    if not row or x.shape[-len(row) :] != row:
        raise ValueError(
            f"layer_norm: x has shape {x.shape}, but its last dims should be {row}; check normalized_shape"
        )
    out = standardized(x, len(row), eps)
    if weight is not None:
        out = out * weight
    return out if bias is None else out + bias


def resolve_padding(name: str, padding: Padding, kernel: Sizes, stride: Any) -> Any:
    """`padding` in numbers: "same" keeps the length, which an even window or a stride cannot do evenly."""
    if not isinstance(padding, str):
        return padding
    if padding == "valid":
        return 0
    if padding != "same":
        raise ValueError(f"{name}: padding is {padding!r}, but it must be a whole number, 'same' or 'valid'")
    if any(n % 2 == 0 for n in kernel):
        raise ValueError(
            f"{name}: padding 'same' wants an odd kernel, which has a middle, but the kernel is "
            f"{' by '.join(map(str, kernel))}; take an odd one, or another padding"
        )
    if any(s != 1 for s in sizes(name, "stride", stride, len(kernel), 1)):
        raise ValueError(
            f"{name}: padding 'same' keeps the length, which a stride of {stride} cannot; take stride 1"
        )
    return tuple(n // 2 for n in kernel)


def convolve(
    name: str, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Padding
) -> Tensor:
    """The filter slid over `x`, plus one bias a filter."""
    dims = weight.ndim - 2
    around = resolve_padding(name, padding, weight.shape[2:], stride)
    if bias is None:
        return OPS["conv"](x, weight, stride, around)  # type: ignore[no-any-return]
    slid = OPS["conv"](x, weight, stride, around)
    everywhere = bias.reshape(-1, *(1,) * dims)
    return slid + everywhere  # type: ignore[no-any-return]


def _convolution(name: str) -> Kind:
    return Kind(
        name,
        formula=r"<x> \star <y> + <z>",
        says="Slide the filters <y> over <x>: multiply window and filter cell by cell, and add up.",
        says_backward="Every place sends its gradient to the cells that it saw, and to the filter.",
    )


@composite(_convolution("conv1d"))
def conv1d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Padding = 0
) -> Tensor:
    """Cross-correlation along one dim. `x`: (N, C, L) or (C, L); `weight`: (K, C, F); `bias`: (K,).

    >>> conv1d(Tensor([[0.0, 1.0, 2.0, -1.0]]), Tensor([[[1.0, 0.0, -1.0]]])).tolist()
    [[-2.0, 2.0]]
    """
    return _checked_convolution("conv1d", 1, x, weight, bias, stride, padding)


@composite(_convolution("conv2d"))
def conv2d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Padding = 0
) -> Tensor:
    """Cross-correlation of images. `x`: (N, C, H, W) or (C, H, W); `weight`: (K, C, F, G); `bias`: (K,)."""
    return _checked_convolution("conv2d", 2, x, weight, bias, stride, padding)


def _checked_convolution(
    name: str, dims: int, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Padding
) -> Tensor:
    if weight.ndim != dims + 2:
        kernel = "F" if dims == 1 else "F, G"
        raise ValueError(f"{name}: the weights have shape {weight.shape}, but they must be (K, C, {kernel})")
    return convolve(name, x, weight, bias, stride, padding)


def max_pool1d(x: Tensor, kernel_size: int, stride: Any = None, padding: Any = 0) -> Tensor:
    """The largest cell of each window along the last dim; on a tie the first one gets the gradient."""
    return OPS["max_pool"](x, kernel_size, stride, padding, dims=1)  # type: ignore[no-any-return]


def max_pool2d(x: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Tensor:
    """The largest cell of each window over the last two dims.

    On a tie the first cell in reading order gets the gradient, as in PyTorch.

    >>> max_pool2d(Tensor([[[1.0, 2.0], [5.0, 3.0]]]), 2).tolist()
    [[[5.0]]]
    """
    return OPS["max_pool"](x, kernel_size, stride, padding, dims=2)  # type: ignore[no-any-return]


def avg_pool1d(x: Tensor, kernel_size: int, stride: Any = None, padding: Any = 0) -> Tensor:
    """The mean of each window along the last dim; padding counts as 0."""
    return OPS["avg_pool"](x, kernel_size, stride, padding, dims=1)  # type: ignore[no-any-return]


def avg_pool2d(x: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Tensor:
    """The mean of each window over the last two dims; padding counts as 0."""
    return OPS["avg_pool"](x, kernel_size, stride, padding, dims=2)  # type: ignore[no-any-return]
