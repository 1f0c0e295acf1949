"""Wrong shapes, dims and targets get a sentence that says what, why and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Tensor
from engine import functional as F

SCALAR, VECTOR = Tensor(2.0), Tensor([1.0, 2.0, 3.0])
MATRIX, TALL = Tensor(np.ones((2, 3))), Tensor(np.ones((2, 2)))
CUBE = Tensor(np.ones((2, 3, 4)))

WRONG: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: MATRIX @ TALL,
        "matmul: x has 3 columns but y has 2 rows; transpose y, or check the layer sizes",
    ),
    (
        lambda: VECTOR @ TALL,
        "matmul: x has 3 entries but y has 2 rows; transpose y, or check the layer sizes",
    ),
    (
        lambda: TALL @ VECTOR,
        "matmul: x has 2 columns but y has 3 entries; transpose y, or check the layer sizes",
    ),
    (lambda: MATRIX @ 2.0, "matmul: y is a single number; use * to multiply by a number"),
    (lambda: SCALAR @ MATRIX, "matmul: x is a single number; use * to multiply by a number"),
    (
        lambda: MATRIX + TALL,
        "add: x has shape (2, 3), y has shape (2, 2); these do not broadcast. "
        "Counted from the right, lengths must be equal or 1",
    ),
    (lambda: [1.0, 2.0] * VECTOR, "mul: x has shape (2,), y has shape (3,); these do not broadcast"),
    (lambda: MATRIX.sum(2), "sum: dim 2 does not exist; x has 2 dims, so dim goes from -2 to 1"),
    (lambda: VECTOR.mean(-2), "mean: dim -2 does not exist; x has 1 dim, so dim goes from -1 to 0"),
    (lambda: SCALAR.sum(1), "sum: x is a single number and has no dim 1; leave dim out"),
    (lambda: MATRIX.sum((0, -2)), "sum: dim (0, -2) names one dim twice; give each dim once"),
    (
        lambda: MATRIX.sum("rows"),
        "sum: dim must be a whole number, but it is 'rows'; give a number such as 0 or -1",
    ),
    (
        lambda: MATRIX.sum(0.5),
        "sum: dim must be a whole number, but it is 0.5; give a number such as 0 or -1",
    ),
    (
        lambda: Tensor(np.ones((0, 3))).amax(0),
        "amax: x has shape (0, 3), so there is no cell to choose from; check its shape",
    ),
    (lambda: CUBE.argmax((0, 1)), "argmax: it runs over one dim or over all cells; give one number as dim"),
    (
        lambda: MATRIX.reshape(4, 2),
        "reshape: x has shape (2, 3), that is 6 cells, which do not fill the shape (4, 2); "
        "the lengths must multiply to the number of cells",
    ),
    (
        lambda: MATRIX.reshape(4, -1),
        "reshape: x has shape (2, 3), that is 6 cells, which do not fill the shape (4, -1)",
    ),
    (lambda: MATRIX.view(-1, -1), "reshape: (-1, -1) leaves two lengths open; at most one may be -1"),
    (
        lambda: MATRIX.reshape(2.5, 1),
        "reshape: it takes whole numbers, but (2.5, 1) came; write reshape(2, 3)",
    ),
    (
        lambda: MATRIX.transpose(0, 2),
        "transpose: dim 2 does not exist; x has 2 dims, so dim goes from -2 to 1",
    ),
    (lambda: CUBE.permute(0, 1), "permute: (0, 1) is no order of the 3 dims of x; name each dim once"),
    (lambda: CUBE.T, "T: the tensor has 3 dims; say which two to swap with transpose(dim0, dim1)"),
    (lambda: MATRIX.expand(4, 3), "expand: x has shape (2, 3), which does not stretch to (4, 3)"),
    (
        lambda: MATRIX.expand(3),
        "expand: x has shape (2, 3) but only 1 lengths are given; give one for each dim",
    ),
    (lambda: CUBE.flatten(2, 1), "flatten: start_dim 2 comes after end_dim 1; swap them"),
    (lambda: MATRIX[2], "index: place 2 does not exist in dim 0 of x, which has places 0 to 1"),
    (lambda: MATRIX[0, [0, 3]], "index: place 3 does not exist in dim 1 of x, which has places 0 to 2"),
    (lambda: VECTOR[0, 1], "index: [0, 1] names 2 dims, but x has 1 dim; its shape is (3,)"),
    (
        lambda: VECTOR[[0.5]],
        "index: places must be whole numbers or true/false, but they are of type float64",
    ),
    (lambda: VECTOR[np.array([True, False])], "index: [mask] does not fit x of shape (3,)"),
    (
        lambda: MATRIX.gather(1, np.array([[0], [3]])),
        "gather: place 3 does not exist in dim 1 of x, which has places 0 to 2",
    ),
    (
        lambda: MATRIX.gather(1, np.array([0])),
        "gather: x has 2 dims but the index has 1; give it the same number",
    ),
    (
        lambda: MATRIX.gather(1, [[0.5]]),
        "gather: the index must hold whole numbers, but it is of type float64",
    ),
    (
        lambda: MATRIX.gather(1, np.zeros((3, 1), dtype=int)),
        "gather: the index of shape (3, 1) is longer than x of shape (2, 3) outside dim 1",
    ),
    (
        lambda: F.cat([MATRIX, VECTOR]),
        "cat: tensor 1 has shape (2, 3) and tensor 2 has shape (3,); outside dim 0 they must agree",
    ),
    (lambda: F.cat([SCALAR]), "cat: a single number has no dim to join along; use stack"),
    (lambda: F.cat([]), "cat: there is nothing to join; give at least one tensor"),
    (lambda: F.stack([]), "stack: there is nothing to join; give at least one tensor"),
    (
        lambda: F.stack([MATRIX, VECTOR]),
        "stack: tensor 1 has shape (2, 3) and tensor 2 has shape (3,); all must have the same shape",
    ),
    (lambda: F.clamp(VECTOR), "clamp: neither min nor max is given; give at least one"),
    (
        lambda: F.where(VECTOR, 1.0, 2.0),
        "where: the condition must be true or false in each cell; compare first, such as where(x > 0, x, y)",
    ),
    (lambda: F.split(VECTOR, 0), "split: pieces of length 0 cannot be cut; the length must be 1 or more"),
    (lambda: F.split(VECTOR, [1, 1]), "split: the lengths [1, 1] add up to 2, but dim 0 has length 3"),
    (
        lambda: F.mse_loss(VECTOR, np.ones((3, 1))),
        "mse_loss: the predictions have shape (3,) but the targets have shape (3, 1); "
        "reshape one of them, or every prediction would be compared with every target",
    ),
    (
        lambda: F.mse_loss(VECTOR, VECTOR, reduction="average"),
        "mse_loss: reduction is 'average', but it must be 'mean', 'sum' or 'none'",
    ),
    (
        lambda: F.cross_entropy(MATRIX, [0, 3]),
        "cross_entropy: class 3 does not exist; the scores are for classes 0 to 2",
    ),
    (lambda: F.cross_entropy(MATRIX, [0, -1]), "cross_entropy: class -1 does not exist"),
    (
        lambda: F.cross_entropy(MATRIX, [0, 1, 2]),
        "cross_entropy: the scores have shape (2, 3), so the targets need shape (2,), one class for "
        "each example, "
        "but they have shape (3,)",
    ),
    (
        lambda: F.nll_loss(MATRIX, [0.5, 1.0]),
        "nll_loss: the targets must be classes 0, 1, 2, …, but they are of type",
    ),
    (
        lambda: F.cross_entropy(MATRIX, [0, 1], reduction="all"),
        "cross_entropy: reduction is 'all', but it must be 'mean', 'sum' or 'none'",
    ),
]


@pytest.mark.parametrize(("call", "sentence"), WRONG, ids=[sentence[:40] for _, sentence in WRONG])
def test_the_sentence_says_what_is_wrong(call: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        call()
