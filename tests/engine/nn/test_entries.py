"""The gallery's entries: each builds at all its sizes and options, its gradients hold, its words are true."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine import Tensor, Trace, nn
from engine.nn.entry import ENTRIES, GROUPS, Entry, Given, Option, Size, all_entries
from engine.nn.feed_forward import FeedForward
from engine.scope import Scope

every_entry = pytest.mark.parametrize("entry", all_entries(), ids=lambda entry: entry.slug)
LONGEST_RUN = 0.5  # seconds of processor time
SHAPE = re.compile(r"([\w']*) ?\(([^()]*)\)")  # x (L, d)


def changes(entry: Entry) -> Iterator[dict[str, Any]]:
    """The defaults, then each size at both its ends and each option at each of its values."""
    yield {}
    for one in entry.choices:
        ends = one.options if isinstance(one, Option) else (one.low, one.high)
        yield from ({one.name: value} for value in ends if value != one.default)


CASES = [(entry, change) for entry in all_entries() for change in changes(entry)]
every_case = pytest.mark.parametrize(
    ("entry", "change"), CASES, ids=[f"{e.slug} {c or ''}" for e, c in CASES]
)


def ran(entry: Entry, change: dict[str, Any]) -> Trace | None:
    """The trace; None where these sizes do not go together, which the block must say in its own sentence."""
    try:
        return entry.run(change)
    except ValueError as wrong:
        assert change, "the defaults are refused"
        who = str(wrong).partition(":")[0]
        assert who in ENTRIES, f"the sentence names no block: {wrong}"
        return None


def test_every_public_block_has_an_entry() -> None:
    public = [getattr(nn, name) for name in nn.__all__]
    blocks = {one.__name__ for one in public if isinstance(one, type) and one is not nn.Module}
    assert blocks - set(ENTRIES) == set()


def test_entries_come_group_by_group_and_each_has_a_place_of_its_own() -> None:
    places = [(GROUPS.index(entry.group), entry.place) for entry in all_entries()]
    assert places == sorted(set(places))
    assert len({entry.slug for entry in all_entries()}) == len(ENTRIES)


@every_case
def test_it_runs_to_one_finite_number_and_the_way_back_reaches_every_weight(
    entry: Entry, change: dict[str, Any]
) -> None:
    trace = ran(entry, change)
    if trace is None:
        return
    root = trace.nodes[trace.root]
    assert root.shape == ()
    assert np.isfinite(root.data)
    for i, node in enumerate(trace.nodes):
        if node.is_leaf and node.requires_grad:
            assert trace.gradients[i] is not None, f"no gradient reaches {trace.names[i]}"
            assert np.shape(trace.gradients[i]) == node.shape


@every_case
def test_the_gradients_are_what_small_changes_show(entry: Entry, change: dict[str, Any]) -> None:
    trace = ran(entry, change)
    if trace is None:
        return
    random = np.random.default_rng(0)
    leaves = [i for i, node in enumerate(trace.nodes) if node.is_leaf and node.requires_grad]
    for _ in range(2):
        moves = {i: random.standard_normal(trace.nodes[i].shape) for i in leaves}
        foretold = sum(float(np.sum(trace.gradients[i] * move)) for i, move in moves.items())
        step = 1e-6
        up, down = (again(trace, {i: sign * step * m for i, m in moves.items()}) for sign in (1, -1))
        assert (up - down) / (2 * step) == pytest.approx(foretold, rel=1e-4, abs=1e-6)


@every_entry
def test_every_size_and_option_that_is_offered_changes_something_and_the_others_nothing(entry: Entry) -> None:
    for one in entry.choices:
        options = [value for value in one.options if value != one.default]
        there = dict.fromkeys(one.when[:1], one.when[1]) if one.when else {}
        assert any(ways_apart(entry, there, {one.name: value}) for value in options)
        for other in entry.options:
            if one.when and other.name == one.when[0]:
                for value in set(other.options) - set(one.when[1:]):
                    away = {other.name: value}
                    assert not any(ways_apart(entry, away, {one.name: value}) for value in options)


def ways_apart(entry: Entry, here: dict[str, Any], change: dict[str, Any]) -> bool:
    """Whether the change makes another record, or is refused."""
    before = entry.run(here)
    try:
        after = entry.run(here | change)
    except ValueError:
        return True
    return len(before) != len(after) or not all(
        np.shape(a) == np.shape(b) and np.all(a == b)
        for a, b in zip(before.values, after.values, strict=True)
    )


def again(trace: Trace, moves: dict[int, Any]) -> float:
    """The root's value when some leaves are moved: all ops once more, in the order of the record."""
    values: list[Any] = []
    for i, node in enumerate(trace.nodes):
        if node._op is None:
            values.append(node.data + moves[i] if i in moves else node.data)
        else:
            values.append(node._op.forward(*(values[j] for j in trace.inputs[i]), **node._params))
    return float(values[trace.root])


@every_entry
def test_even_the_largest_sizes_are_recorded_in_time(entry: Entry) -> None:
    largest = {size.name: size.high for size in entry.sizes}
    took = []
    for _ in range(3):
        start = time.process_time()
        entry.run(largest)
        took.append(time.process_time() - start)
    assert min(took) < LONGEST_RUN


@every_entry
def test_the_signature_is_true(entry: Entry) -> None:
    trace = entry.run()
    letters: dict[str, int] = {size.letter: size.default for size in entry.sizes if size.letter}
    takes, _, gives = shown_side(entry, trace)
    whole = whole_of(entry, trace)
    for place, argument in enumerate(whole.arguments):
        named = [shape for name, shape in takes if name == argument.name]
        (shape,) = named or [takes[place][1]]
        unify(shape, argument.shape, letters)
    (made,) = {i for i, _ in leaving(trace, whole)}
    unify(gives[0][1], trace.nodes[made].shape, letters)


Side = list[tuple[str, str]]


def shown_side(entry: Entry, trace: Trace) -> tuple[Side, str, Side]:
    """The names and shapes that the signature claims; of two alternatives the one that fits x."""
    given = {node.name: node.ndim for node in trace.nodes}
    for one in entry.signature.split(" or "):
        left, arrow, right = one.partition("→")
        takes, gives = SHAPE.findall(left), SHAPE.findall(right)
        if " or " not in entry.signature or len(takes[0][1].split(", ")) == given["x"]:
            return takes, arrow, gives
    raise AssertionError(f"no signature fits: {entry.signature}")


def whole_of(entry: Entry, trace: Trace) -> Scope:
    """The call of the block itself."""
    around = [a for scope in trace.scopes if scope for a in scope.ancestors]
    return next(scope for scope in around if type(scope.block) is entry.block)


def leaving(trace: Trace, whole: Scope) -> Iterator[tuple[int, int]]:
    """The nodes made inside that something outside reads."""

    def inside(i: int) -> bool:
        scope = trace.scopes[i]
        return scope is not None and whole in scope.ancestors

    for i in range(len(trace)):
        yield from ((i, c) for c, _ in trace.consumers[i] if inside(i) and not inside(c))


def unify(claimed: str, shape: tuple[int, ...], letters: dict[str, int]) -> None:
    """Checks a shape such as (…, d) against a real one; a letter stands for one length everywhere."""
    dims = claimed.split(", ")
    if dims[0] == "…":
        dims = dims[1:]
        shape = shape[len(shape) - len(dims) :]
    assert len(dims) == len(shape), (claimed, shape)
    for letter, length in zip(dims, shape, strict=True):
        assert letters.setdefault(letter, length) == length, (claimed, shape, letters)


@pytest.mark.parametrize(
    ("slug", "name", "value"),
    [
        ("feed-forward", "result", [0, 3]),
        ("conv", "result", [[-2, 2, 1, 2, 1]]),
        ("max-pool", "result", [[6, 8], [3, 4]]),
        ("layer-norm", "result", [-1.225, 0, 1.225]),
        ("simple-rnn", "new", [0.762]),
        ("lstm", "LSTM/h_next", [0.477]),
        ("sequence-rnn", "result", [[0.762], [0.363], [0.180]]),
        ("attention", "result", [[0.804, 0.196]]),
        ("generate-token", "p", [0.078, 0.348, 0.574]),
    ],
)
def test_the_worked_numbers_are_the_defaults(slug: str, name: str, value: Any) -> None:
    trace = of(slug).run()
    np.testing.assert_allclose(trace.value(name), value, atol=6e-4)


@pytest.mark.parametrize(
    ("slug", "change", "name", "gradient"),
    [
        ("feed-forward", {}, "x", [2, 1]),
        ("conv", {}, "Conv/W", [[[3, 0, -1]]]),
        ("conv", {}, "x", [[1, 1, 0, 0, 0, -1, -1]]),
        ("max-pool", {}, "x", [[0, 0, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 1]]),
        ("embed-token", {"text": "the blue the"}, "E", [[2, 2], [1, 1], [0, 0]]),
        ("sequence-rnn", {}, "U", [[0.6715]]),
        ("attention", {}, "Attention/scaled", [[0.157, -0.157]]),
        ("generate-token", {}, "GenerateToken/scores", [0.078, 0.348, -0.426]),
    ],
)
def test_the_worked_gradients_are_the_defaults(
    slug: str, change: dict[str, Any], name: str, gradient: Any
) -> None:
    trace = of(slug).run(change)
    np.testing.assert_allclose(trace.gradient(name), gradient, atol=6e-4)


def test_a_stride_of_two_skips_windows() -> None:
    assert of("conv").run({"stride": 2}).value("result").tolist() == [[-2, 1, 1]]


def test_an_f_that_is_junk_leaves_x() -> None:
    trace = of("add-norm").run({"f": "nothing"})
    np.testing.assert_allclose(trace.value("result"), [[-1.225, 0, 1.225]], atol=6e-4)


def of(slug: str) -> Entry:
    return next(entry for entry in all_entries() if entry.slug == slug)


def test_bert_has_24_blocks_that_share_no_weights() -> None:
    trace = of("bert").run()
    blocks = {scope.block for scope in around(trace) if type(scope.block) is nn.TransformerBlock}
    assert len(blocks) == 24
    assert len({weight for block in blocks for weight in block.parameters()}) == 24 * len(
        next(iter(blocks)).parameters()
    )


def around(trace: Trace) -> set[Scope]:
    return {one for scope in trace.scopes if scope for one in scope.ancestors}


@pytest.mark.parametrize("worked", [(), ([[1, 0], [0, 1]],)])
def test_another_size_keeps_the_numbers_that_were_there(worked: tuple[Any, ...]) -> None:
    given = Given("x", "vectors", lambda tokens, d: (tokens, d), worked=worked)
    small = given.value({"tokens": 2, "d": 2})
    for tokens, d in ((3, 2), (2, 3), (8, 8)):
        large = given.value({"tokens": tokens, "d": d})
        assert large.shape == (tokens, d)
        np.testing.assert_array_equal(large[:2, :2], small)
        assert len(np.unique(large, axis=0)) == tokens
    np.testing.assert_array_equal(given.value({"tokens": 1, "d": 2}), small[:1])
    np.testing.assert_array_equal(given.value({"tokens": 8, "d": 3})[:4], given.value({"tokens": 4, "d": 3}))


def test_an_input_is_a_worked_one_where_its_shape_fits_and_else_random_but_the_same_every_time() -> None:
    given = Given("x", "a vector", lambda d: (d,), worked=([1, 2],))
    assert given.value({"d": 2, "other": 7}).tolist() == [1.0, 2.0]
    longer = given.value({"d": 4})
    assert longer.tolist() == given.value({"d": 4}).tolist()
    assert longer.tolist() == np.round(longer, 2).tolist()


def test_the_runs_share_no_state() -> None:
    """What one visitor walks does not change what the next one sees."""
    for entry in all_entries():
        first, second = entry.run(), entry.run()
        assert first.nodes[first.root].data == second.nodes[second.root].data


GOOD: dict[str, Any] = {
    "block": FeedForward,
    "group": GROUPS[0],
    "place": 1,
    "signature": "x (d) → (d)",
    "about": "It does something.",
    "symbols": {"x": "the vector"},
    "build": lambda x, d: Tensor(0.0),
    "result": "Nothing.",
    "inputs": (Given("x", "the vector", lambda d: (d,)),),
    "sizes": (Size("d", 2, 1, 3, "numbers"),),
}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "entry FeedForward: there is one already"),
        ({"group": "Others"}, "entry FeedForward: the group 'Others' is none of Vectors"),
        ({"about": ""}, "entry FeedForward: it has no about; fill it in"),
        ({"symbols": {}}, "entry FeedForward: it has no symbols"),
        ({"signature": "x (d)"}, "entry FeedForward: the signature has no →"),
        ({"sizes": (Size("d", 4, 1, 3, "numbers"),)}, "d starts at 4, which should lie in a range, but"),
        ({"sizes": (Size("d", 2, 2, 2, "numbers"),)}, "the range is 2 to 2"),
        ({"options": (Option("how", ("one",), "how"),)}, "how needs two options or more"),
        ({"options": (Option("how", ("a", "b"), "how", ("A",)),)}, "and a label for each or for none"),
        (
            {"sizes": (Size("d", 2, 1, 3, "numbers", when=("how", "x")),)},
            "d depends on how being x, which is no option",
        ),
        ({"inputs": ()}, "the build takes x, d, but its inputs, sizes and options are d; make them the same"),
    ],
)
def test_an_entry_with_a_missing_part_fails_when_it_is_made(wrong: dict[str, Any], sentence: str) -> None:
    before = dict(ENTRIES)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Entry(**(GOOD | wrong))
    assert before == ENTRIES
