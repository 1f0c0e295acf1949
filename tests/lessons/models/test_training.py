"""Training: the same seed gives the same run, here and now, and a step can be walked as it was."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import record, watch
from lessons import train as command
from lessons.lesson import Snapshot
from lessons.models import find_model, training
from lessons.models.model import Settings, weights_of
from lessons.models.training import live, shorten, train, walk_step
from ui.jobs import Job

DIGITS = find_model("digits")


@pytest.fixture(scope="module")
def retrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a whole training of the digits has written to."""
    folder = tmp_path_factory.mktemp("weights")
    assert command.run(DIGITS, folder)
    return folder


def test_training_the_smallest_again_gives_its_record(retrained: Path) -> None:
    again = json.loads((retrained / "digits.json").read_text())
    assert again["parameters"] == DIGITS.record.parameters
    # Another processor rounds differently, and a run of 900 steps makes something of it: so a little leeway.
    for (step, loss), (same, recorded) in zip(again["loss"], DIGITS.record.loss, strict=True):
        assert step == same
        assert loss == pytest.approx(recorded, rel=0.1, abs=0.02)
    accuracy = "held-out accuracy"
    assert again["figures"][accuracy] == pytest.approx(DIGITS.record.figures[accuracy], abs=0.006)


def test_its_weights_are_those_that_are_shipped(retrained: Path) -> None:
    with np.load(retrained / "digits.npz") as file:
        for name, weight in weights_of(DIGITS.load(3)).items():
            np.testing.assert_allclose(file[name][2], weight, atol=1e-3)


def test_the_same_seed_gives_the_same_losses_to_the_last_digit() -> None:
    first, second = ([now.loss for now in itertools.islice(train(DIGITS), 30)] for _ in range(2))
    assert first == second


def test_a_run_from_a_shipped_moment_goes_on_from_its_step() -> None:
    now = next(train(DIGITS, 4))
    assert now.step == DIGITS.moments[4].step
    assert now.loss == pytest.approx(DIGITS.moments[4].loss, abs=0.2)


def test_the_walk_of_a_live_step_is_the_step_itself() -> None:
    run = train(DIGITS)
    now = next(itertools.islice(run, 40, None))
    values = training.state_of(now)
    loss = now.loss
    following = weights_of(next(run).network)
    step = walk_step(DIGITS, values)
    with watch():
        root = step.build()
    trace = record(root, seed=step.seed)
    assert trace.value(trace.names[trace.root]) == pytest.approx(loss, rel=1e-5)
    network = DIGITS.build(0)
    names = [name for name, _ in network.named_parameters()]
    changes = {change.node: change.after for change in trace.updates(step.optimizer)}
    position = {node: i for i, node in enumerate(trace.nodes)}
    for name, parameter in zip(names, step.optimizer.parameters, strict=True):
        np.testing.assert_allclose(changes[position[parameter]], following[name], atol=1e-5)


def test_gradients_that_are_too_long_are_shortened_together() -> None:
    now = next(train(DIGITS))
    before = [parameter.grad.copy() for parameter in now.optimizer.parameters]
    factor = shorten(now.optimizer, 0.01)
    after = [parameter.grad for parameter in now.optimizer.parameters]
    assert np.sqrt(sum(np.sum(np.square(one)) for one in after)) == pytest.approx(0.01, rel=1e-5)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one * factor, other, rtol=1e-5)
    assert shorten(now.optimizer, 0.02) == 1.0


def test_a_live_run_reaches_its_goal_in_a_job_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.jobs.SHORTEST", 0.0)
    plan = live(DIGITS)
    job = Job(plan.run, plan.steps())
    job.work()
    assert job.state == "done", job.trouble
    assert len(job.snapshots) == plan.steps()
    last = job.snapshots[-1]
    assert last.step == DIGITS.settings.steps
    assert last.note.startswith("held-out accuracy: 0.98")
    assert job.snapshots[0].loss > 2.0 > 0.1 > last.loss
    walkable = [one for one in job.snapshots if one.values]
    assert 12 <= len(walkable) <= 25
    assert walk_step(DIGITS, walkable[5].values).build().item() == pytest.approx(walkable[5].walked, rel=1e-4)


def test_a_live_run_from_a_shipped_moment_says_so_and_goes_on_to_the_end() -> None:
    plan = live(replace(DIGITS, live_from=10))
    assert plan.text == "156 steps of 32 examples. It starts from the shipped weights of step 744."
    snapshots = list(plan.run())
    assert len(snapshots) == plan.steps()
    assert (snapshots[0].step, snapshots[-1].step) == (744, 900)
    assert snapshots[0].loss < 0.2


def test_a_live_run_can_be_stopped_between_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.jobs.SHORTEST", 0.0)
    plan = live(DIGITS)
    job = Job(plan.run, plan.steps())
    job.stop()
    job.work()
    assert job.state == "stopped"
    assert len(job.snapshots) == 1
    assert isinstance(job.snapshots[0], Snapshot)


@pytest.mark.parametrize("moments", [1, 12])
def test_too_few_moments_or_steps_are_refused(moments: int) -> None:
    with pytest.raises(ValueError, match=f"^a run of 10 steps cannot be kept at {moments} moments; take"):
        Settings(steps=10, batch=1, learning_rate=0.1, moments=moments)


def test_the_learning_rate_rises_and_falls() -> None:
    settings = Settings(steps=1000, batch=1, learning_rate=0.1, warmup=100)
    rates = [settings.rate(step) for step in range(1001)]
    assert max(rates) == settings.rate(100) == pytest.approx(0.1)
    assert rates[0] < 0.01
    assert rates[-1] == pytest.approx(0.005)


def test_the_command_without_a_name_prints_the_table_of_the_readme(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main([]) == 0
    table = capsys.readouterr().out
    assert "| `digits` | 1,370 |" in table
    assert table in (Path(__file__).parents[3] / "README.md").read_text(), "print it again, and paste it in"


def test_a_model_without_weights_says_so() -> None:
    assert command.row(replace(DIGITS, name="letters")) == "| `letters` | | | not trained yet | |"
    with pytest.raises(
        ValueError,
        match=r"^letters has no trained weights yet; make them with: python -m lessons\.train letters$",
    ):
        _ = replace(DIGITS, name="letters").record


def test_the_command_answers_an_unknown_name_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["digitz"]) == 2
    assert capsys.readouterr().out == "there is no model 'digitz'; did you mean 'digits'?\n"


def test_whenever_a_live_run_is_stopped_its_newest_step_can_be_walked() -> None:
    seen = []
    for snapshot in itertools.islice(live(DIGITS).run(), 4):
        seen.append(snapshot)
        assert walk_step(DIGITS, snapshot.values).build().item() == pytest.approx(snapshot.walked, rel=1e-4)
    assert [bool(one.values) for one in seen] == [True, False, False, True]
