"""The penguins: the data as it should be, and a training run that can be trusted and walked."""

import re

import numpy as np
import pytest

from lessons.data import (
    TRAINING,
    best_weights,
    held_out_error,
    mean_loss,
    penguin,
    penguin_in_millimetres,
    penguins,
)
from lessons.lesson import Choice, Snapshot, Training
from lessons.run import learning_rate_of, optimizer_for, run_part
from tests.lessons.cases import part_of, step_names

PART = part_of("regression", 4)
assert PART.training is not None
TRAIN: Training = PART.training


def run(learning_rate: float = 0.005, epochs: int = 1, seed: int = 0) -> list[Snapshot]:
    return list(TRAIN.run(learning_rate=learning_rate, epochs=epochs, seed=seed))


def test_all_penguins_that_were_measured_are_there() -> None:
    data = penguins()
    assert data.millimetres.shape == (342, 3)
    assert data.y.sum() == pytest.approx(1437.0)
    assert {label.split(",")[0] for label in data.labels} == {"Adelie", "Gentoo", "Chinstrap"}
    assert data.millimetres[:, 0].max() == 59.6
    assert data.millimetres[:, 2].min() == 172


def test_the_training_penguins_have_mean_0_and_deviation_1() -> None:
    x, y = penguins().training
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(x.std(0), 1, atol=1e-12)
    assert len(y) == TRAINING


def test_no_held_out_penguin_has_a_say_in_the_scale() -> None:
    x, _ = penguins().held_out
    assert len(x) == 342 - TRAINING
    assert np.abs(x.mean(0)).max() > 1e-3


def test_a_penguin_is_fixed_data_with_names() -> None:
    x, y = penguin(5)
    assert (x.name, x.shape, x.requires_grad) == ("phi", (3,), False)
    assert (y.name, y.item(), y.requires_grad) == ("y", penguins().y[5], False)
    assert penguin_in_millimetres(5)[0].tolist() == penguins().millimetres[5].tolist()


def test_least_squares_leaves_no_downhill_direction() -> None:
    w, b = best_weights()
    x, y = penguins().training
    residual = x @ w + b - y
    np.testing.assert_allclose([*(residual @ x), residual.sum()], 0, atol=1e-9)
    assert TRAIN.best is not None
    assert TRAIN.best() == mean_loss(w, b)


def test_every_penguin_can_be_chosen_and_is_labelled() -> None:
    (choice,) = (one for one in PART.inputs if isinstance(one, Choice))
    assert choice.options == tuple(range(TRAINING))
    assert choice.labels[17].startswith("17: ")
    assert choice.labels[17].endswith(f"{penguins().y[17]:.2f} kg")


def test_training_comes_near_the_best_weights() -> None:
    last = run(epochs=10)[-1]
    w, b = best_weights()
    assert last.loss < 1.02 * mean_loss(w, b)
    np.testing.assert_allclose([*last.values["w"], last.values["b"]], [*w, b], atol=0.05)
    assert held_out_error(np.array(last.values["w"]), last.values["b"]) < 310


@pytest.mark.parametrize("seed", [0, 1, 999])
def test_a_small_learning_rate_converges_for_every_order(seed: int) -> None:
    assert run(learning_rate=0.002, epochs=20, seed=seed)[-1].loss < 1.01 * mean_loss(*best_weights())


def test_the_flipper_is_the_length_that_matters() -> None:
    bill_length, bill_depth, flipper = run(epochs=10)[-1].values["w"]
    assert flipper > 0.6
    assert max(abs(bill_length), abs(bill_depth)) < 0.1


def test_a_run_is_decided_by_its_seed() -> None:
    assert run(seed=3) == run(seed=3)
    assert run(seed=3) != run(seed=4)


def test_there_are_as_many_snapshots_as_announced() -> None:
    snapshots = run(epochs=2)
    assert len(snapshots) == TRAIN.steps(learning_rate=0.005, epochs=2, seed=0) == 2 * TRAINING + 1
    assert [one.step for one in snapshots] == list(range(len(snapshots)))


def test_an_epoch_takes_each_penguin_once() -> None:
    examples = [one.values["example"] for one in run(epochs=2)]
    assert sorted(examples[:TRAINING]) == sorted(examples[TRAINING : 2 * TRAINING]) == list(range(TRAINING))


def test_a_walk_of_any_step_is_the_step_itself() -> None:
    snapshots = run(learning_rate=0.01, epochs=1, seed=7)
    for now, following in zip(snapshots[:-1:13], snapshots[1::13], strict=True):
        trace = run_part(PART, now.values)
        assert trace.value("loss") == now.walked
        assert mean_loss(np.array(now.values["w"]), now.values["b"]) == now.loss
        optimizer = optimizer_for(PART, trace, now.values)
        assert optimizer is not None
        changes = {trace.names[change.node]: change.after for change in trace.updates(optimizer)}
        assert changes["w"].tolist() == following.values["w"]
        assert changes["b"] == following.values["b"]


def test_the_last_snapshot_says_what_the_run_came_to() -> None:
    note = run(epochs=10)[-1].note
    numbers = re.findall(r"\d+\.?\d*", note)
    assert numbers == ["2560", "0.1611", "0.1592", "86", "301", "666", "0.002", "0.066", "0.709"], note
    assert note.endswith(
        "The weights are −0.002 for the bill length, 0.066 for the bill depth, "
        "0.709 for the flipper length: the flipper length counts most."
    )


def test_every_other_snapshot_says_which_penguin_it_takes() -> None:
    first = run()[0]
    label = penguins().labels[first.values["example"]]
    assert first.note == f"Penguin {first.values['example']} ({label}): the prediction is 0.00 kg."


def test_a_learning_rate_that_is_too_large_ends_in_a_sentence() -> None:
    seen: list[Snapshot] = []
    steps = TRAIN.run(learning_rate=0.5, epochs=10, seed=0)
    with pytest.raises(
        ValueError,
        match=r"^After \d+ steps the mean loss is .*; it began at 18\.6\. .* smaller learning rate\.$",
    ):
        seen.extend(iter(lambda: next(steps), None))
    assert len(seen) > 5, "what came before the error can still be walked"
    assert all(np.isfinite(one.loss) for one in seen)


@pytest.mark.parametrize("seed", range(5))
def test_the_largest_learning_rate_never_holds(seed: int) -> None:
    with pytest.raises(ValueError, match="Choose a smaller learning rate"):
        run(learning_rate=0.5, epochs=10, seed=seed)


def test_a_walk_takes_the_learning_rate_of_its_run() -> None:
    assert learning_rate_of(PART) == 0.005
    assert learning_rate_of(PART, {"learning_rate": 0.25}) == 0.25
    assert learning_rate_of(part_of("boxes")) is None


def test_what_does_not_fit_a_part_is_refused() -> None:
    with pytest.raises(ValueError, match="part 'Real penguins': this run sets 'q', which is no input"):
        run_part(PART, {"q": 1.0})
    with pytest.raises(ValueError, match="this run sets example to 256, which is none of its options"):
        run_part(PART, {"example": 256})
    with pytest.raises(ValueError, match="this run sets 'learning_rate', which is no input"):
        run_part(part_of("boxes"), {"learning_rate": 1.0})


def test_a_part_without_a_learning_rate_has_no_update() -> None:
    part = part_of("boxes")
    trace = run_part(part)
    assert optimizer_for(part, trace) is None
    assert not [name for name in step_names(part) if name.startswith("update")]


def test_the_update_visits_the_leaves_in_the_order_of_the_inputs() -> None:
    assert step_names(PART)[-2:] == ["update w", "update b"]
