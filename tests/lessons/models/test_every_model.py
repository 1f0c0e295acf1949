"""What holds for every trained model, found as the pages find them."""

from collections.abc import Iterator

import numpy as np
import pytest

from engine import record, watch
from lessons.models import all_models, find_model
from lessons.models.model import Model, weights_of
from lessons.models.record import FOLDER, rounded
from lessons.models.training import live

MODELS = all_models()
each = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def finite_numbers(value: object) -> Iterator[bool]:
    """Whether each number in nested lists and dicts is finite."""
    if isinstance(value, dict):
        for one in value.values():
            yield from finite_numbers(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from finite_numbers(one)
    elif isinstance(value, float):
        yield bool(np.isfinite(value))


@each
def test_the_shipped_weights_give_the_recorded_figures(model: Model) -> None:
    assert rounded(model.figures(model.load())) == pytest.approx(model.record.figures, rel=1e-4)
    assert model.record.figures == model.moments[-1].figures


@each
def test_the_record_reaches_the_goal(model: Model) -> None:
    assert model.goal is None or model.goal.met(model.record.figures), model.record.figures


@each
def test_the_baselines_are_those_of_the_record(model: Model) -> None:
    assert rounded(model.baselines()) == pytest.approx(model.record.baselines, rel=1e-4)


@each
def test_an_early_moment_shows_what_the_record_says(model: Model) -> None:
    k = len(model.moments) // 2
    again = model.shown(model.load(k))
    assert set(again) == set(model.moments[k].shown)
    for name, value in again.items():
        recorded = model.moments[k].shown[name]
        if isinstance(value, list) and np.asarray(value).dtype.kind == "f":
            np.testing.assert_allclose(value, recorded, rtol=1e-3, atol=1e-6)


@each
def test_what_is_shared_takes_no_gradient(model: Model) -> None:
    network = model.load()
    model.shown(network)
    assert all(weight.grad is None for weight in network.parameters())


@each
def test_the_record_is_of_the_settings_in_the_code(model: Model) -> None:
    settings = model.settings
    assert model.record.settings == {name: getattr(settings, name) for name in model.record.settings}
    assert tuple(moment.step for moment in model.moments) == settings.moment_steps
    assert model.record.parameters == model.load().size()
    assert model.record.loss[-1][0] == settings.steps
    assert all(finite_numbers(model.record.loss))
    assert all(finite_numbers([moment.shown for moment in model.moments]))


@each
def test_the_first_moment_is_before_the_first_step(model: Model) -> None:
    untrained = weights_of(model.build(model.settings.seed))
    for name, value in weights_of(model.load(0)).items():
        np.testing.assert_array_equal(value, untrained[name])


@each
def test_a_batch_is_the_same_whenever_it_is_asked_for(model: Model) -> None:
    for step in (0, 7):
        for one, again in zip(model.batch(step), model.batch(step), strict=True):
            np.testing.assert_array_equal(one, again)
    assert any(
        np.shape(one) != np.shape(other) or np.any(np.asarray(one) != np.asarray(other))
        for one, other in zip(model.batch(0), model.batch(1), strict=True)
    )


@each
def test_every_example_can_be_walked_back_to_every_weight(model: Model) -> None:
    assert model.examples()
    network = model.load()
    with watch():
        root = model.walk(network)()
    trace = record(root)
    assert root.shape == ()
    assert root.item() == pytest.approx(model.loss(network, *model.examples()[0].batch).item(), rel=1e-9)
    position = {node: i for i, node in enumerate(trace.nodes)}
    for name, weight in network.named_parameters():
        gradient = trace.gradients[position[weight]]
        assert gradient is not None, f"no gradient reaches {name}"
        assert np.all(np.isfinite(gradient))


@each
def test_a_live_run_has_as_many_snapshots_as_it_says(model: Model) -> None:
    training = live(model)
    assert 20 <= training.steps() <= 101
    assert model.live_from is None or 0 <= model.live_from < len(model.moments) - 1


def test_all_weights_together_are_small() -> None:
    files = list(FOLDER.iterdir())
    assert {file.stem for file in files} == {model.name for model in MODELS}
    assert sum(file.stat().st_size for file in files) <= 10_000_000


def test_a_model_that_is_not_there_is_named_with_its_nearest() -> None:
    with pytest.raises(ValueError, match=r"^there is no model 'digit'; did you mean 'digits'\?$"):
        find_model("digit")


def test_a_moment_that_was_not_kept_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^digits was kept at 12 moments, 0 to 11; there is no 12$"):
        find_model("digits").load(12)
