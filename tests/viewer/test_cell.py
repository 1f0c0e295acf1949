"""Where one cell comes from: what a learner reads, which cells light up, and its scalar graph folded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engine.functional as F
from engine import Tensor, Trace, record, watch
from engine.ops.joint import standardize
from engine.scope import Kind, composite
from tests.viewer.graphs import boxed, nest, traced
from viewer import origins
from viewer import scalars as scalars_module
from viewer import scene as scene_module
from viewer.cell import NothingBehindError, cell_json
from viewer.origins import moved, readers, term, value_scalars
from viewer.payload import graph_payload
from viewer.scalars import TooManyScalarsError, scalar_trace
from viewer.scene import Scene
from viewer.tensors import MOST_COLUMNS, MOST_ROWS

RANDOM = np.random.default_rng(1)
X, W = RANDOM.normal(size=(5, 64)), RANDOM.normal(size=(64, 3))


def layer(X: Tensor, W: Tensor, b: Tensor) -> Tensor:
    z = X @ W
    s = z + b
    return (s * s).sum()


def layer_trace() -> Trace:
    return traced(layer, X=X, W=W, b=[1.0, 2.0, 3.0])


def told(trace: Trace, name: str, kind: str, *index: int, opened: Any = (), **more: Any) -> dict[str, Any]:
    """The explanation of a cell of the node of this name."""
    scene = Scene(trace, frozenset(opened))
    i = trace.find(name)
    return cell_json(
        scene, next(item.id for item in scene.items.values() if item.node == i), kind, index, **more
    )


def lit(answer: dict[str, Any], trace: Trace) -> dict[tuple[str, str], list[int]]:
    """The cells that light up, by the name of their tensor and kind."""
    boxes = {item.id: trace.names[item.node] for item in Scene(trace).items.values()}
    names = {f"n{i}": name for i, name in enumerate(trace.names)} | boxes
    return {(names[one["card"]], one["kind"]): one["cells"] for one in answer["lit"]}


def test_a_cell_of_a_product_is_a_row_times_a_column() -> None:
    trace = layer_trace()
    answer = told(trace, "z", "value", 1, 2)
    assert answer["name"] == "z[1, 2]"
    assert "**z[1, 2]** comes from row 1 of **X** and column 2 of **W**: 64 terms." in answer["sentence"]
    symbols = answer["lines"][0]["symbols"]
    assert symbols.startswith(r"\val{z_{1,2}} = {\val{X_{1,0}} \cdot \val{W_{0,2}}} + {\val{X_{1,1}}")
    assert symbols.endswith(r"+ \cdots + {\val{X_{1,63}} \cdot \val{W_{63,2}}}")
    assert lit(answer, trace) == {
        ("X", "value"): list(range(MOST_COLUMNS, 2 * MOST_COLUMNS)),
        ("W", "value"): [2 + 3 * k for k in range(MOST_ROWS)],
    }
    assert answer["unseen"] == 2 * 64 - MOST_COLUMNS - MOST_ROWS


def test_long_sums_fold_their_middle_and_unfold_in_parts() -> None:
    trace = layer_trace()
    for show, shown in ((6, 6), (30, 30), (64, 64), (400, 64)):
        answer = told(trace, "z", "value", 1, 2, show=show)
        assert (answer["terms"], answer["shown"]) == (64, shown)
        numbers = answer["lines"][0]["numbers"]
        assert numbers.count(r"} + {") + numbers.count(r"\cdots + {") + 1 == shown
        assert (r"\cdots" in numbers) == (shown < 64)


def test_a_gradient_cell_of_a_weight_is_a_dot_product_and_the_transpose_is_named() -> None:
    trace = layer_trace()
    answer = told(trace, "W", "gradient", 7, 1)
    assert "five terms: column 1 of the gradient of **z**, times column 7 of **X**." in answer["sentence"]
    assert "**X** is read down its columns: that is the transpose in the formula." in answer["sentence"]
    assert lit(answer, trace) == {
        ("z", "gradient"): [1, 4, 7, 10, 13],
        ("X", "value"): [7 + MOST_COLUMNS * k for k in range(5)],
    }
    first = answer["lines"][0]["symbols"].split(" = ")[1].split(" + ")[0]
    assert first == r"{\grd{\tfrac{\partial \text{out}}{\partial z_{0,1}}} \cdot \val{X_{0,7}}}"


def test_copies_made_by_broadcasting_add_their_gradients() -> None:
    trace = layer_trace()
    answer = told(trace, "b", "gradient", 2)
    assert (
        "**b** was copied to fit: **b[2]** has five copies, so column 2 of the gradient of **s** adds up."
        in (answer["sentence"])
    )
    assert lit(answer, trace) == {("s", "gradient"): [2, 5, 8, 11, 14]}
    assert "**b** was copied to fit." in told(trace, "s", "value", 0, 0)["sentence"]


def test_a_row_that_was_looked_up_twice_gets_two_gradients() -> None:
    def build(E: Tensor) -> Tensor:
        rows = F.embedding(Tensor(np.array([2, 0, 2]), name="tokens"), E)
        return (rows * rows).sum()

    trace = traced(build, E=[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    answer = told(trace, "E", "gradient", 2, 0)
    assert "**E[2, 0]** was used two times, so two gradients add" in answer["sentence"]
    assert lit(answer, trace)[("tokens", "value")] == [0, 2]
    unused = told(trace, "E", "gradient", 1, 0)
    assert unused["sentence"] == "No cell that leads to **out** uses **E[1, 0]**: its gradient is 0."
    assert not unused["opens"]


def test_the_winner_of_a_maximum_takes_it_and_all_that_was_compared_lights_up() -> None:
    trace = traced(lambda x: F.max_pool2d(x, 2).sum(), x=np.array([[[[1.0, 2.0], [4.0, 3.0]]]]))
    winner = told(trace, "x", "gradient", 0, 0, 1, 0)
    assert "it gets all of the gradient" in winner["sentence"]
    assert lit(winner, trace)[("x", "value")] == [0, 1, 2, 3]
    loser = told(trace, "x", "gradient", 0, 0, 0, 0)
    assert loser["sentence"].endswith("Here it moves nothing: its slope is 0.")


def test_the_product_of_a_tensor_with_itself_has_one_term_a_cell_with_both_slopes() -> None:
    trace = traced(lambda x: (x * x).sum(), x=[3.0, 4.0])
    answer = told(trace, "x", "gradient", 1)
    assert answer["terms"] == 1
    assert answer["lines"][0]["numbers"] == r"\grd{8} = {\grd{1} \cdot \val{8}}"


def test_a_cell_that_is_only_moved_or_handed_on_is_its_symbol_and_its_number() -> None:
    trace = traced(lambda x: (x.reshape(3) * -0.5).sum(), x=[[1.0, -2.0, 3.0]])
    value = told(trace, "v1", "value", 1)["lines"][0]
    assert value == {"symbols": r"\val{v_{1}[1]} = \val{x_{0,1}}", "numbers": r"\val{v_{1}[1]} = \val{-2}"}
    gradient = told(trace, "x", "gradient", 0, 1)["lines"][0]
    assert gradient["symbols"].split(" = ")[0] == gradient["numbers"].split(" = ")[0]
    assert gradient["numbers"].endswith(r" = \grd{-0.5}")


def test_two_readers_both_send_their_terms() -> None:
    trace = traced(lambda x: (x.exp() + x * 2).sum(), x=[1.0, 2.0])
    answer = told(trace, "x", "gradient", 0)
    assert answer["sentence"].startswith("**v1** and **v2** both use it, so their terms add.")
    assert answer["terms"] == 2


def test_where_the_last_term_overwrites_the_others_it_alone_is_told() -> None:
    trace = traced(lambda x: (x.exp() + x * 2).sum(), accumulate=False, x=[1.0, 2.0])
    answer = told(trace, "x", "gradient", 0)
    assert answer["terms"] == 1
    scalars = scalar_trace(trace, trace.find("x"), "gradient", (0,))
    assert scalars.gradient("x[0]") == trace.gradient("x")[0]


def test_the_roots_gradient_is_where_the_backward_pass_starts() -> None:
    answer = told(layer_trace(), "out", "gradient")
    assert answer["sentence"].startswith("The backward pass starts at **out**, with gradient 1")
    assert not answer["opens"]


def test_what_was_given_has_nothing_behind_it() -> None:
    trace = layer_trace()
    with pytest.raises(NothingBehindError, match=r"The value of X was given, not computed"):
        told(trace, "X", "value", 0, 0)
    fixed = record(Tensor([1.0], requires_grad=False, name="x") * Tensor([2.0], name="w"), seed=np.ones(1))
    with pytest.raises(NothingBehindError, match=r"No gradient flows to x: it is fixed data"):
        told(fixed, "x", "gradient", 0)


def test_a_closed_box_counts_as_one_and_its_cell_comes_from_what_flows_in() -> None:
    trace = traced(boxed, a=2.0, b=3.0)
    closed = told(trace, "first", "value")
    assert closed["sentence"].startswith("Square **a** and add **b**.")
    assert closed["boxes"] == ["pair"]
    assert lit(closed, trace) == {("a", "value"): [0], ("b", "value"): [0]}
    inside = told(trace, "first", "value", opened=["pair"])
    assert lit(inside, trace) == {("t", "value"): [0], ("1", "value"): [0]}


def test_where_too_much_lies_inside_a_closed_box_its_last_step_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(origins, "MOST_INSIDE", 1)
    closed = told(traced(boxed, a=2.0, b=3.0), "first", "value")
    assert closed["sentence"].startswith("The last step inside: Multiply **t** by 1.")
    assert (closed["boxes"], closed["unseen"]) == ([], 1)  # t, which only the opened box shows


def test_a_score_gets_its_gradient_through_the_closed_softmax() -> None:
    def build(scores: Tensor, prices: Tensor) -> Tensor:
        shares = F.softmax(scores, 0)
        return (shares * prices).sum()

    trace = traced(build, scores=[1.0, 2.0, -1.0], prices=[3.0, 1.0, 5.0])
    answer = told(trace, "scores", "gradient", 1)
    assert answer["boxes"] == ["softmax"]
    assert lit(answer, trace) == {("shares", "gradient"): [0, 1, 2], ("scores", "value"): [0, 1, 2]}
    assert answer["opens"]


@composite(Kind(name="two", formula="<x>", says="Two of <x>.", says_backward="Back to <x>."))
def two(x: Tensor) -> tuple[Tensor, Tensor]:
    """A box that two values leave, and one of them is used inside it as well."""
    squares = x * x
    return squares, squares.tanh() * x


def build_blocks(x: Tensor, W: Tensor) -> Tensor:
    """Boxes in a row, and x read inside of boxes and outside of them."""
    normed = F.layer_norm(x, (4,))
    shares = F.softmax(normed @ W, -1)
    squares, rest = two(normed)
    return (shares * x + nest(x, shares) + squares * rest).sum()


@pytest.mark.parametrize("opened", [(), ("nest", "two"), ("layer_norm", "softmax")])
@pytest.mark.parametrize("name", ["x", "W", "normed", "shares", "out"])
def test_through_closed_boxes_values_and_gradients_are_those_of_the_tensors(
    name: str, opened: tuple[str, ...]
) -> None:
    trace = traced(build_blocks, x=RANDOM.normal(size=(2, 4)), W=RANDOM.normal(size=(4, 4)))
    i = trace.find(name)
    for kind in ("value", "gradient"):
        wanted = np.asarray(trace.values[i] if kind == "value" else trace.gradients[i])
        for index in np.ndindex(wanted.shape):
            try:
                answer = told(trace, name, kind, *index, opened=opened, show=400)
            except NothingBehindError:
                continue
            if i == trace.root and kind == "gradient":
                continue
            scalars = scalar_trace(trace, i, kind, index, answer["boxes"])
            if kind == "value":
                found = scalars.values[scalars.root]
            else:
                found = scalars.gradients[scalars.names.index(f"{name}[{', '.join(map(str, index))}]")]
            assert found == pytest.approx(wanted[index], rel=1e-12, abs=1e-12)
            if kind == "gradient":
                terms = [
                    term(trace, reader, (i, index), cell).product
                    for reader in readers(trace, i, answer["boxes"])
                    for cell in moved(trace, reader, index)
                ]
                assert sum(terms) == pytest.approx(wanted[index], rel=1e-12, abs=1e-12)
                assert len(terms) == answer["terms"]


def test_only_the_cells_that_are_asked_for_are_made() -> None:
    trace = traced(lambda x: (x * x).sum(), x=np.ones((300, 300)))
    _, leaves = value_scalars(trace, trace.find("v1"), (7, 8))
    assert len(leaves.places) == 1


# ---------- the scalar graph ----------


def test_the_scalar_graph_of_a_long_sum_is_small_until_its_boxes_are_opened() -> None:
    trace = layer_trace()
    scalars = scalar_trace(trace, trace.find("z"), "value", (1, 2))
    names = [item.id for item in Scene(scalars).items.values() if item.scope is not None]
    assert names == ["59 more terms"]
    assert len(Scene(scalars).items) == 20
    once = Scene(scalars, frozenset(names))
    parts = [item.id for item in once.items.values() if item.scope is not None]
    assert parts[:2] == ["59 more terms/terms 4 to 11", "59 more terms/terms 12 to 19"]
    assert parts[-1] == "59 more terms/terms 60 to 62"
    every = {scope.path for own in scalars.scopes if own for scope in own.ancestors}
    whole = Scene(scalars, frozenset(every))
    assert len(whole.items) == len(scalars) == 64 * 4 - 1
    for scene in (Scene(scalars), once, whole):
        last = [step for step in scene.steps() if step.phase == "backward"][-1]
        assert last.total == scalars.gradients[last.link.source]  # type: ignore[union-attr]


def test_the_card_of_folded_terms_says_how_it_goes_on() -> None:
    trace = layer_trace()
    scalars = scalar_trace(trace, trace.find("z"), "value", (1, 2))
    payload = graph_payload(scalars)
    box = next(node for node in payload["nodes"] if node["kind"] == "box")
    before = next(n["name"] for n in payload["nodes"] if n["name"] in box["expression"].split(" + "))
    assert box["expression"] == f"{before} + 59 more terms"
    assert payload["nodes"][-1]["name"] == "z[1, 2]"


def test_the_scalar_graph_of_a_gradient_stands_in_for_the_root() -> None:
    trace = layer_trace()
    i = trace.find("W")
    scalars = scalar_trace(trace, i, "gradient", (7, 1))
    assert scalars.names[scalars.root] == "S"
    assert {"W[7, 1]", "X[0, 7]", "∂out/∂z[0, 1]"} <= set(scalars.names)
    assert scalars.gradient("W[7, 1]") == pytest.approx(trace.gradients[i][7, 1], rel=1e-12)


def test_no_result_of_a_scalar_graph_has_a_name_of_the_graph_around_it() -> None:
    def build(x: Tensor, s2: Tensor) -> Tensor:
        return ((x + s2) @ x + 1.0).sum()

    trace = traced(build, x=np.ones((2, 2)), s2=2.0)
    assert {"v1", "v2"} <= set(trace.names)
    for kind in ("value", "gradient"):
        scalars = scalar_trace(trace, trace.find("x" if kind == "gradient" else "v2"), kind, (0, 1))
        unnamed = [name for name, node in zip(scalars.names, scalars.nodes, strict=True) if not node.name]
        assert "s1" in unnamed
        assert not {name for name in unnamed if not name[0].isdigit()} & set(trace.names)


def test_each_cell_on_the_way_of_a_gradient_is_a_box_where_it_takes_several_ops() -> None:
    with watch():
        out = standardize(Tensor(RANDOM.normal(size=(40,)), name="x"))
        out.name = "out"
    trace = record(out, seed=RANDOM.normal(size=40))
    scalars = scalar_trace(trace, trace.find("x"), "gradient", (7,))
    scene = Scene(scalars)
    boxes = [item.id for item in scene.items.values() if item.scope is not None]
    assert boxes == ["out[0]", "out[1]", "out[2]", "35 more terms", "out[38]", "out[39]"]
    assert len(scene.items) == 40 + 20  # the cells of x, which several boxes read, and the boxes
    inside = Scene(scalars, frozenset(["35 more terms", "35 more terms/terms 4 to 11"]))
    assert "35 more terms/terms 4 to 11/out[5]" in inside.items
    assert scalars.gradient("x[7]") == pytest.approx(trace.gradient("x")[7], rel=1e-12)


def test_a_scalar_graph_that_would_be_too_large_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scalars_module, "MOST_SCALARS", 100)
    trace = layer_trace()
    with pytest.raises(
        TooManyScalarsError, match=r"W\[7, 1\] takes about 640 scalar operations; 100 is the most"
    ):
        scalar_trace(trace, trace.find("W"), "gradient", (7, 1))


def test_what_cannot_be_drawn_at_once_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = layer_trace()
    monkeypatch.setattr(scene_module, "MOST_VISIBLE", 15)
    with pytest.raises(TooManyScalarsError, match=r"Between z\[1, 2\] and .* nearer to the inputs"):
        scalar_trace(trace, trace.find("z"), "value", (1, 2))
    monkeypatch.setattr(origins, "MOST_READ", 1)
    boxes = traced(boxed, a=2.0, b=3.0)
    with pytest.raises(TooManyScalarsError, match="Open the box around it first, then a cell inside"):
        scalar_trace(boxes, boxes.find("first"), "value", (), ["pair"])


def test_parts_that_are_used_twice_get_a_line_of_their_own() -> None:
    with watch():
        out = F.layer_norm(Tensor(RANDOM.normal(size=(2, 6)), name="x"), (6,))
    trace = record(out, seed=np.ones((2, 6)))
    scene = Scene(trace, frozenset(scope.path for own in trace.scopes if own for scope in own.ancestors))
    for item in scene.items.values():
        if trace.inputs[item.node]:
            answer = cell_json(scene, item.id, "value", (0,) * trace.nodes[item.node].ndim)
            assert all(len(text) < 2000 for line in answer["lines"] for text in line.values())
