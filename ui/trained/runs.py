"""Live runs: each of their kept steps can be walked for as long as the page that trains is open."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from engine import record, watch
from lessons.lesson import Snapshot, Training
from lessons.models.model import Model
from lessons.models.training import walk_step
from ui.errors import BadRequest, NotFound
from ui.jobs import Job
from ui.subject import Run, Subject
from ui.trained.subject import facts_of
from viewer.faces import code_of

# The page's session holds the run; here it is only found by its name, which nobody can guess.
RUNS: WeakValueDictionary[str, Job] = WeakValueDictionary()


def new_run(model: Model, training: Training) -> Job:
    """A live run of the model, ready to be queued."""
    job = Job(training.run, training.steps(), model.settings.steps)
    job.name = secrets.token_urlsafe(9)
    RUNS[job.name] = job
    return job


def walkable(job: Job) -> list[int]:
    """The steps of a run that can be walked: of one that goes on, those that will stay."""
    seen = [(one.step, dict(one.values)) for one in list(job.snapshots)]
    return [step for step, values in seen if values and (values["kept"] or not job.live)]


def subject_of_run(model: Model, run: Any, step: Any, values: Mapping[str, Any]) -> Subject:
    """One step of a live run, on its whole batch: forward, backward, and the update. Raises BadRequest."""
    if values:
        raise BadRequest("A step of a run is walked as it was; only the shipped moments can be changed.")
    job = RUNS.get(run) if isinstance(run, str) else None
    if job is None:
        raise NotFound("This run is over, and its steps are gone with it; train again, or walk a moment.")
    found = [replace(one, values=dict(one.values)) for one in list(job.snapshots) if one.step == step]
    if not found or not found[0].values:
        known = ", ".join(map(str, walkable(job))) or "none yet"
        raise BadRequest(f"Step {str(step)[:20]} of this run was not kept; the kept ones are {known}.")
    snapshot = found[0]
    return Subject(
        title=f"{model.title}, step {snapshot.step} of a run",
        source={"model": model.name, "run": run, "step": snapshot.step},
        inputs=(),
        defaults={},
        values={},
        code=code_of(model.loss),
        record=lambda _: recorded(model, snapshot),
        check=lambda _, value: value,
        facts=partial(facts_of, model),
    )


def recorded(model: Model, snapshot: Snapshot) -> Run:
    """The record of a step, with every gradient as it was used, and what does its update."""
    step = walk_step(model, snapshot.values)
    with watch(model.loss):
        root = step.build()
    notices = []
    if step.seed != 1:
        notices.append(
            f"The gradients were longer than {model.settings.clip:g}, taken as one vector, so they were "
            f"shortened: the walk back starts with {step.seed:.3g} instead of 1."
        )
    return Run(record(root, seed=step.seed), tuple(notices), step.optimizer)
