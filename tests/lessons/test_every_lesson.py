"""Every part of every lesson, found by itself: its gradients are right, its texts find their steps."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine import Tensor, Trace
from engine.check import check_gradients
from engine.scope import Scope
from lessons import data
from lessons.lesson import Choice, Input, Part, Reading, Stop
from lessons.run import run_part
from tests.lessons.cases import PARTS, settings, step_names
from tests.lessons.peers import PEERS, torch_tensor

every_part = pytest.mark.parametrize("part", PARTS)


@every_part
def test_gradients_agree_with_small_changes_at_both_ends_of_every_control(part: Part) -> None:
    for values in settings(part):
        if not has_corner(run_part(part, values)):
            check(part, part.build, {**part.defaults, **values})


@every_part
def test_values_and_gradients_are_those_of_pytorch(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    for values in settings(part):
        compare_with_pytorch(part, part.build, {**part.defaults, **values}, monkeypatch)


@every_part
def test_the_experiment_runs_and_its_code_is_right(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = part.experiment
    if experiment is None:
        pytest.skip("this part has no experiment")
    values = {**part.defaults, **experiment.values}
    trace = run_part(part, experiment=True)
    assert trace.seed == experiment.seed
    assert trace.accumulate == experiment.accumulate
    compare_with_pytorch(part, experiment.build or part.build, values, monkeypatch)


@every_part
def test_the_experiment_changes_what_is_seen(part: Part) -> None:
    if part.experiment is not None:
        intact, broken = run_part(part), run_part(part, experiment=True)
        assert seen(intact) != seen(broken)


@every_part
def test_every_stop_every_question_and_the_experiment_find_their_steps(part: Part) -> None:
    names = step_names(part)
    assert len(set(names)) == len(names), "each step has an address of its own"
    for stop in part.walk:
        stop.at.find(step_names(part, stop.values, stop.open, stop.focus))
    for question in part.questions:
        if question.at is not None:
            question.at.find(step_names(part, question.values))
    shown = part.experiment
    if shown is not None and shown.at is not None:
        shown.at.find(step_names(part, shown.beside, shown.open, shown.focus))


def looks(stop: Stop) -> object:
    """What of the drawing a stop wants to be seen."""
    return stop.open, stop.focus


@every_part
def test_the_walk_goes_forward_and_ends_at_the_end(part: Part) -> None:
    steps = [stop.at.find(step_names(part, stop.values, stop.open, stop.focus)) for stop in part.walk]
    for (before, one), (after, other) in pairwise(zip(steps, part.walk, strict=True)):
        # Other values may start another round, and an opened box has steps of its own.
        assert before <= after or one.values != other.values or looks(one) != looks(other)
    assert steps[0] == 0
    assert 5 <= len(steps) <= 12


@every_part
def test_the_nudge_starts_at_a_leaf_with_a_gradient(part: Part) -> None:
    if part.nudge is not None:
        trace = run_part(part)
        assert np.shape(trace.gradient(part.nudge.name)[part.nudge.cell] if part.nudge.cell else 0.0) == ()


@every_part
def test_every_node_computed_outside_of_a_box_has_a_name_from_the_code(part: Part) -> None:
    trace = run_part(part)
    own = [name for name, scope in zip(trace.names, trace.scopes, strict=True) if is_of_a_lesson(scope)]
    assert not [name for name in own if name.startswith("v") and name[1:].isdigit()]


def is_of_a_lesson(scope: Scope | None) -> bool:
    """Whether what is made in a scope is made by a lesson's own code, and not inside a box of the engine."""
    return scope is None or type(scope.block).__module__.startswith("lessons.lesson")


@every_part
def test_inputs_may_be_moved(part: Part) -> None:
    for one in part.inputs:
        if isinstance(one, Input):
            assert one.low is not None
            assert one.high is not None
            assert one.step is not None


def has_corner(trace: Trace) -> bool:
    """Whether small changes to both sides have no common slope: a ReLU stands at 0, or a pooling at a tie."""
    ops = [(i, node._op.name) for i, node in enumerate(trace.nodes) if node._op is not None]
    at_zero = (np.any(np.equal(trace.values[trace.inputs[i][0]], 0)) for i, name in ops if name == "relu")
    return any(at_zero) or any(is_tied(trace, i) for i, name in ops if name == "max_pool")


def is_tied(trace: Trace, i: int) -> bool:
    """Whether a window of a pooling has two winners; zeros that a ReLU has put there do not move."""
    op, (j,) = trace.nodes[i]._op, trace.inputs[i]
    assert op is not None
    assert op.note is not None
    x = np.asarray(trace.values[j])
    if trace.inputs[j]:
        x = np.where(x == 0, -1.0 - np.arange(x.size).reshape(x.shape), x)
    return bool(op.note(x, **trace.nodes[i]._params))


def check(part: Part, build: Callable[..., Tensor], values: dict[str, Any]) -> None:
    """Central differences in random directions agree, for every leaf that learns."""
    free = [one for one in part.inputs if isinstance(one, Input) and one.learns]
    fixed = {
        name: value for name, value in leaves(part, values).items() if name not in {o.name for o in free}
    }
    names = [one.name for one in free]
    check_gradients(
        lambda *given: build(**fixed, **dict(zip(names, given, strict=True))),
        [Tensor(values[name]) for name in names],
        relative=1e-4,
        absolute=1e-6,
    )


def leaves(part: Part, values: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the part's build."""
    return {
        one.name: values[one.name] if isinstance(one, Choice) else Tensor(values[one.name], one.learns)
        for one in part.inputs
    }


def compare_with_pytorch(
    part: Part, build: Callable[..., Any], values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same code, run once with our tensors and once with PyTorch's."""
    ours = leaves(part, values)
    root = build(**ours)
    root.backward()
    with monkeypatch.context() as patch:
        patch.setattr(data, "Tensor", torch_tensor)
        for name, peer in PEERS.items():
            if name in build.__globals__:
                patch.setitem(build.__globals__, name, peer)
        theirs = {
            name: torch_tensor(t.data, t.requires_grad) if isinstance(t, Tensor) else t
            for name, t in ours.items()
        }
        root_there = build(**theirs)
    root_there.backward()
    np.testing.assert_allclose(root.item(), root_there.item(), rtol=1e-12, atol=1e-14)
    for name, leaf in ours.items():
        if isinstance(leaf, Tensor) and leaf.requires_grad:
            other = theirs[name].grad
            assert (leaf.grad is None) == (other is None), f"{name} is used here or there alone"
            if other is not None:
                np.testing.assert_allclose(leaf.grad, other.numpy(), rtol=1e-9, atol=1e-12, err_msg=name)


def seen(trace: Any) -> list[str]:
    """All numbers of a trace, as text."""
    return [f"{node.data} {g}" for node, g in zip(trace.nodes, trace.gradients, strict=True)]


@every_part
def test_a_name_that_a_question_reads_means_one_node(part: Part) -> None:
    """A plain name that several nodes bear would be read off another array than the one on screen."""
    for question in (*(stop.question for stop in part.walk), *part.questions):
        if question is None:
            continue
        trace = run_part(part, question.values)
        for reading in (question.answer, *(mistake.value for mistake in question.mistakes)):
            if isinstance(reading, Reading) and "/" not in reading.name:
                levels = sorted(trace.level(i) for i, name in enumerate(trace.names) if name == reading.name)
                assert levels[:2] == levels[:1] or levels[0] < levels[1], reading.name
