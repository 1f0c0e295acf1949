"""The tree of boxes: what each holds, what flows into it, what leaves it."""

from __future__ import annotations

from engine import Tensor, nn, record, watch
from engine.trace import Trace
from tests.viewer.graphs import boxed, traced


def bert(blocks: int) -> Trace:
    with watch():
        loss = nn.BERT(8, 4, 2, blocks, seed=0)([1, 2, 3]).square().sum()
    return record(loss)


def test_every_node_lies_in_just_one_branch() -> None:
    trace = bert(3)
    assert sorted(trace.tree.root.nodes()) == list(range(len(trace)))
    for i, branch in enumerate(trace.tree.homes):
        assert branch.scope is trace.homes[i]
        assert i in branch.units


def test_what_enters_a_branch_comes_from_outside_and_what_leaves_it_is_read_there() -> None:
    trace = bert(3)
    for branch in trace.tree.by_path.values():
        inside = set(branch.nodes())
        crossing = [(i, k) for i in sorted(inside) for k, j in enumerate(trace.inputs[i]) if j not in inside]
        assert sorted(branch.entering) == crossing
        read = {j for i, sources in enumerate(trace.inputs) if i not in inside for j in sources}
        root = {trace.root} if branch.scope is not None else set()
        assert set(branch.leaving) == inside & (read | root)


def test_a_branch_ends_with_its_last_computed_node() -> None:
    trace = traced(boxed, a=2.0, b=3.0)
    for branch in trace.tree.by_path.values():
        assert branch.last == max(i for i in branch.nodes() if trace.inputs[i])


def test_around_tells_what_lies_inside() -> None:
    tree = traced(boxed, a=2.0, b=3.0).tree
    nest, inner, other = tree.by_path["nest"], tree.by_path["nest/pair"], tree.by_path["pair"]
    assert nest.around(inner)
    assert nest.around(nest)
    assert not inner.around(nest)
    assert not nest.around(other)
    assert tree.root.around(inner)


def test_unnamed_results_are_counted_where_they_are_read_and_on_from_there_inside() -> None:
    def build(x: Tensor) -> Tensor:
        return (nn.FeedForward(2, 2, 2, seed=0)(x) * 2.0).sum()

    trace = traced(build, x=[1.0, 2.0])
    outer = [trace.names[i] for i in trace.tree.root.units if isinstance(i, int)]
    inner = [trace.names[i] for i in trace.tree.by_path["FeedForward"].units if isinstance(i, int)]
    assert outer == ["x", "2", "v1", "out"]
    assert [name for name in inner if name.startswith("v")] == ["v2"]
