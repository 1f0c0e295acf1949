"""The cells of every op in the registry: the scalars behind them, and the cells that they used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Tensor, Trace, record, watch
from engine.op import OPS, Example, Op
from engine.op import apply as apply_op
from tests.engine.drawing import draw_example
from viewer.cell import NothingBehindError, cell_json
from viewer.origins import coupled, moved, readers, term, value_scalars
from viewer.scalars import STAND_IN, cell_name, scalar_trace
from viewer.scene import Scene

by_name = pytest.mark.parametrize("op", list(OPS.values()), ids=lambda op: op.name)
EXACT = 1e-12
MOST_CELLS = 12  # of one array, in these tests


def traced(op: Op, example: Example) -> tuple[Trace, int]:
    """The trace of a weighted sum of the op's result, and the place of that result in it."""
    inputs = [Tensor(x, name=f"x{k}") for k, x in enumerate(example.inputs)]
    with watch():
        out = apply_op(op, inputs, example.params)
        out.name = "out"
        weights = np.random.default_rng(0).uniform(-2.0, 2.0, out.shape)
        root = (out * Tensor(weights, requires_grad=False, name="weights")).sum()
    trace = record(root)
    return trace, next(i for i, node in enumerate(trace.nodes) if node is out)


def assert_near(found: Any, wanted: Any, scale: float, what: str, exact: float = EXACT) -> None:
    """Equal up to rounding, relative to the size of the numbers that were added up."""
    if np.isnan(wanted):
        assert np.isnan(found), f"{what}: {found} instead of NaN"
    elif np.isinf(wanted):
        assert found == wanted, f"{what}: {found} instead of {wanted}"
    else:
        room = exact * max(abs(float(wanted)), scale) + 1e-15
        assert abs(float(found) - float(wanted)) <= room, f"{what}: {found!r} instead of {wanted!r}"


def largest(array: Any) -> float:
    """The size of the largest finite number in an array."""
    sizes = np.abs(np.asarray(array, dtype=float))
    return float(np.max(sizes[np.isfinite(sizes)], initial=0.0))


def some_cells(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """All cells of a small array, and of a large one a few that lie all over it."""
    cells = list(np.ndindex(*shape))
    return iter(cells[:: max(1, len(cells) // MOST_CELLS)])


def check_values(trace: Trace, i: int) -> None:
    """The scalar graph has the cell's value, and the gradients that the op sends from that cell."""
    value = np.asarray(trace.values[i])
    for index in some_cells(value.shape):
        scalars = scalar_trace(trace, i, "value", index)
        found = scalars.values[scalars.root]
        assert_near(found, value[index], max(1.0, largest(value)), f"value at {index}")
        if not trace.nodes[i].requires_grad:
            continue
        one = np.zeros(value.shape)
        one[index] = 1.0
        alone = record(trace.nodes[i], seed=one if value.shape else 1.0)
        by_scalar = {name: k for k, name in enumerate(scalars.names)}
        for j, node in enumerate(alone.nodes[:-1]):
            whole = alone.gradients[j]
            if whole is None or node.inputs:
                continue
            for place in np.ndindex(*node.shape):
                k = by_scalar.get(cell_name(alone, j, place))
                own = scalars.gradients[k] if k is not None else None
                wanted = np.asarray(whole)[place]
                if np.isfinite(wanted):  # 0 times the NaN of another cell is NaN in an array, but not here
                    message = f"d out{index} / d {cell_name(alone, j, place)}"
                    assert_near(own or 0.0, wanted, max(1.0, largest(whole)), message)


def check_gradients(trace: Trace, i: int) -> None:
    """For every input's cell: its terms add up to its gradient, and the scalar graph has the same one."""
    for j in dict.fromkeys(trace.inputs[i]):
        gradient = trace.gradients[j]
        if gradient is None:
            continue
        for index in some_cells(trace.nodes[j].shape):
            wanted = np.asarray(gradient)[index]
            name = cell_name(trace, j, index)
            terms = [
                term(trace, reader, (j, index), cell)
                for reader in readers(trace, j)
                for cell in moved(trace, reader, index)
            ]
            scale = sum(abs(one.upstream) * max(1.0, abs(one.slope)) for one in terms)
            assert_near(sum(one.product for one in terms), wanted, scale, f"terms of {name}")
            scalars = scalar_trace(trace, j, "gradient", index)
            if name in scalars.names:
                assert scalars.names[scalars.root] == STAND_IN
                found = scalars.gradients[scalars.names.index(name)]
                assert_near(found, wanted, scale, f"scalar gradient of {name}")
            else:
                assert wanted == 0 or np.isnan(wanted)


@by_name
def test_a_cells_scalar_graph_has_the_value_and_the_gradients_of_the_op(op: Op) -> None:
    for example in op.examples:
        check_values(*traced(op, example))


@by_name
@settings(max_examples=8)
@given(data=st.data())
def test_so_it_has_for_random_arrays(op: Op, data: Any) -> None:
    check_values(*traced(op, draw_example(data, op)))


@by_name
def test_a_gradient_is_the_sum_of_its_terms_and_the_gradient_of_its_scalar_graph(op: Op) -> None:
    for example in op.examples:
        check_gradients(*traced(op, example))


@by_name
@settings(max_examples=8)
@given(data=st.data())
def test_so_it_is_for_random_arrays(op: Op, data: Any) -> None:
    check_gradients(*traced(op, draw_example(data, op)))


@by_name
def test_a_value_depends_on_the_cells_that_it_used_and_on_no_other(op: Op) -> None:
    """Other numbers in all other cells change nothing; without those that it used there is no value."""
    for example in op.examples:
        trace, i = traced(op, example)
        value = np.asarray(trace.values[i])
        for index in some_cells(value.shape):
            _, leaves = value_scalars(trace, i, index)
            others, used = [], []
            for j in trace.inputs[i]:
                array = np.asarray(trace.values[j])
                mine = np.zeros(array.shape, dtype=bool)
                for _, place in (one for one in leaves.used() if one[0] == j):
                    mine[place] = True
                whole = array.dtype.kind == "f"
                others.append(np.where(mine, array, 0.5 * array + 0.25) if whole else array)
                used.append(np.where(mine, np.nan, array) if whole else array)
            with np.errstate(all="ignore"):
                same = np.asarray(op.forward(*others, **trace.nodes[i]._params))
                gone = np.asarray(op.forward(*used, **trace.nodes[i]._params))
            what = f"{op.name} at {index} with other numbers"
            assert_near(same[index], value[index], largest(value), what, exact=1e-9)
            needed = any(a.dtype.kind == "f" and np.any(np.isnan(a)) for a in used)
            if value.dtype.kind == "f" and needed:
                assert gone[index] != value[index], f"{op.name} at {index} does not need the cells it used"


@by_name
def test_the_slopes_depend_on_the_coupled_cells_and_on_no_other(op: Op) -> None:
    """A gradient cell stays as it is when numbers change that neither it nor its partners hold."""
    for example in op.examples:
        trace, i = traced(op, example)
        g = trace.gradients[i]
        for j in dict.fromkeys(trace.inputs[i]):
            if trace.gradients[j] is None:
                continue
            for index in some_cells(trace.nodes[j].shape):
                reader = next(reader for reader in readers(trace, j) if reader.node == i)
                touched = set(moved(trace, reader, index))
                partners = {*coupled(trace, reader, index), (j, index)}
                for cell in touched:
                    partners |= {*term(trace, reader, (j, index), cell).compared}
                arrays = []
                for source in trace.inputs[i]:
                    array = np.array(trace.values[source])
                    for place in np.ndindex(array.shape):
                        if (source, place) not in partners and array.dtype.kind == "f":
                            array[place] += 1e-3 * np.sign(array[place] or 1.0)
                    arrays.append(array)
                upstream = np.array(g, dtype=float)
                for place in np.ndindex(upstream.shape):
                    if place not in touched:
                        upstream[place] += 1.0
                inputs = [Tensor(array, name=f"x{k}") for k, array in enumerate(arrays)]
                other = record(apply_op(op, inputs, trace.nodes[i]._params), seed=upstream)
                found = next(
                    other.gradients[k]
                    for k, node in enumerate(other.nodes)
                    if node is inputs[reader.arguments[0]]
                )
                message = f"{op.name}: the gradient at {index} of argument {reader.arguments[0]}"
                wanted = np.asarray(trace.gradients[j])
                assert_near(np.asarray(found)[index], wanted[index], largest(wanted), message, exact=1e-9)


@by_name
def test_where_slopes_are_products_the_lit_cells_are_the_factors_of_the_terms(op: Op) -> None:
    for example in op.examples:
        trace, i = traced(op, example)
        for j in dict.fromkeys(trace.inputs[i]):
            if trace.gradients[j] is None:
                continue
            reader = next(reader for reader in readers(trace, j) if reader.node == i)
            for index in some_cells(trace.nodes[j].shape):
                terms = [term(trace, reader, (j, index), cell) for cell in moved(trace, reader, index)]
                parts = [part for one in terms for part in one.factors or ()]
                if any(one.factors is None for one in terms) or any(isinstance(one, float) for one in parts):
                    continue
                if op.name == "pow":  # its scalars write x for x¹, though the slope depends on the exponent
                    continue
                factors = set(parts)
                assert set(coupled(trace, reader, index)) == factors, f"{op.name} at {index} of x{j}"


@by_name
def test_every_cell_can_be_explained_in_words_without_a_gap(op: Op) -> None:
    for example in op.examples:
        trace, i = traced(op, example)
        scene = Scene(trace)
        for j in dict.fromkeys((i, *trace.inputs[i])):
            for kind in ("value", "gradient"):
                for index in list(some_cells(trace.nodes[j].shape))[:3]:
                    try:
                        told = cell_json(scene, f"n{j}", kind, index)
                    except NothingBehindError as reason:
                        assert trace.gradients[j] is None if kind == "gradient" else not trace.inputs[j], (
                            reason
                        )
                        continue
                    texts = [told["sentence"], *(text for line in told["lines"] for text in line.values())]
                    assert told["sentence"]
                    assert told["shown"] <= told["terms"]
                    for text in texts:
                        assert "<" not in text.replace(" < ", "") or op.name in ("lt", "minimum"), text
                        assert text.count("{") == text.count("}"), text
                        assert text.count(r"\left") == text.count(r"\right"), text
