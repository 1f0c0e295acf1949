"""The training block of a lesson: settings, start and stop, live charts, and any step of the run to walk."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from lessons.glossary import unlinked
from lessons.lesson import Choice, Input, Lesson, Part, Snapshot, Training
from ui import charts, pictures, requests, style
from ui.component import player
from ui.errors import BadRequest
from ui.jobs import Job, Pool
from ui.lesson_payload import as_json

REFRESH = 0.5  # seconds between two looks at a run
LONGEST_LINE = 36  # letters of an option that a list beside a chart shows whole


@st.cache_resource
def pool() -> Pool:
    """The workers that all visitors share."""
    return Pool()


def show(lesson: Lesson, index: int) -> None:
    """Shows the training block of the lesson's part `index`, which has one."""
    training = lesson.parts[index].training
    assert training is not None
    key = f"run-{lesson.slug}-{index}"
    with st.container(key="training"):
        st.subheader(training.title)
        st.markdown(unlinked(training.text))
        settings(training, key)
        job: Job | None = st.session_state.get(key)
        if job is not None:
            # Drawn again and again while it runs; after that only when the learner moves something in it.
            st.fragment(outcome, run_every=REFRESH if job.live else None)(job, lesson, index, job.live)


@st.fragment
def settings(
    training: Training, key: str, begin: Callable[[Training, dict[str, Any]], Job] | None = None
) -> None:
    """The controls, and the buttons that start and stop a run. `begin`: `start` unless given."""
    job: Job | None = st.session_state.get(key)
    live = job is not None and job.live
    chosen = controls(training, key)
    with st.container(horizontal=True):
        if st.button("Train", type="primary", disabled=live, key=f"{key}-start"):
            st.session_state[key] = (begin or start)(training, chosen)
            st.rerun()
        if st.button("Stop", disabled=not live, key=f"{key}-stop") and job is not None:
            job.stop()


def start(training: Training, settings: dict[str, Any]) -> Job:
    """A new run with these settings, in the queue."""
    job = Job(lambda: training.run(**settings), training.steps(**settings))
    pool().submit(job)
    return job


def controls(training: Training, key: str) -> dict[str, Any]:
    """One control for each setting, in a row; their values by name."""
    if not training.settings:
        return {}
    columns = st.columns(max(len(training.settings), 3))
    return {
        setting.name: control(column, setting, f"{key}-{setting.name}")
        for column, setting in zip(columns, training.settings, strict=False)
    }


def control(place: Any, setting: Input | Choice, key: str) -> Any:
    """A control that fits the setting."""
    label = setting.name.replace("_", " ")
    if isinstance(setting, Choice):
        at = setting.options.index(setting.default)
        labels = dict(zip(setting.options, setting.labels or map(str, setting.options), strict=True))
        # A list shows one line; a sentence has room among radio buttons.
        one_of = place.radio if max(map(len, labels.values())) > LONGEST_LINE else place.selectbox
        return one_of(
            label, setting.options, index=at, format_func=labels.get, key=key, help=setting.about or None
        )
    numbers = (setting.default, setting.low, setting.high, setting.step)
    whole = all(isinstance(number, int | None) for number in numbers)
    value, low, high, step = (number if whole or number is None else float(number) for number in numbers)
    return place.number_input(
        label,
        value=value,
        min_value=low,
        max_value=high,
        step=step,
        key=key,
        format=None if whole else "%g",
        help=setting.about or None,
    )


def outcome(job: Job, lesson: Lesson, index: int, was_live: bool) -> None:
    """How far the run is, its charts, and once it has ended any of its steps to walk."""
    job.look()
    if was_live and not job.live:
        st.rerun()  # the whole page, so that this is no longer drawn again and again
    part = lesson.parts[index]
    key = f"run-{lesson.slug}-{index}"
    st.progress(1.0 if job.state == "done" else job.progress, text=status(job))
    if job.trouble:
        st.warning(job.trouble)
    if not job.snapshots:
        return
    place = st.container()
    if job.live:
        with place:
            draw(job, part)
        return
    at = len(job.snapshots) - 1  # the first snapshot is from before the first step
    if at > 0:
        at = st.slider("Steps taken", 0, at, at, key=f"{key}-at")
    with place:
        draw(job, part, mark=at)
    snapshot = job.snapshots[at]
    if snapshot.note:
        st.caption(snapshot.note)
    if st.toggle("Walk this step", key=f"{key}-walk", help="Every number of this very step, in the player."):
        body = {"lesson": lesson.slug, "part": index, "values": as_json(snapshot.values)}
        try:
            player(requests.page_payload(body), key=f"{key}-player", address=False)
        except BadRequest as wrong:
            st.warning(style.plain(str(wrong)))


def status(job: Job) -> str:
    """Where the run is, in one line."""
    if job.state == "waiting":
        place = pool().place(job)
        return f"Waiting: {place} before you." if place else "Waiting: you are next."
    if not job.snapshots:
        return "Starting" if job.live else "Ended before the first step"
    last = job.snapshots[-1]
    if job.live:
        left = "" if job.seconds_left is None else f" · about {math.ceil(job.seconds_left)} s left"
        return f"Step {last.step} of {job.last_step} · loss {last.loss:.4g}{left}"
    ended = {"done": "Done", "stopped": "Stopped"}.get(job.state, "Ended")
    return f"{ended} after {last.step} steps · loss {last.loss:.4g}"


def draw(job: Job, part: Part, mark: int | None = None) -> None:
    """The charts that the training asks for, beside each other; `mark` is the step that is looked at."""
    assert part.training is not None
    snapshots = list(job.snapshots)
    steps = [snapshot.step for snapshot in snapshots]
    theme = style.theme()
    picture = part.training.picture
    columns = st.columns(len(part.training.charts) + (picture is not None))
    if picture is not None:
        at = len(snapshots) if mark is None else mark + 1
        shown = pictures.figure(picture(snapshots[:at]), theme)
        columns[-1].plotly_chart(shown, key=f"picture-{id(job)}", config={"displayModeBar": False})
    for column, chart in zip(columns, part.training.charts, strict=False):
        if chart == "loss":
            best = part.training.best() if part.training.best else None
            figure = charts.loss_line(steps, [one.loss for one in snapshots], theme, mark, best)
        else:
            figure = charts.weight_lines(steps, weights_of(part, snapshots), theme, mark)
        column.plotly_chart(figure, key=f"{chart}-{id(job)}", config={"displayModeBar": False})


def weights_of(part: Part, snapshots: Sequence[Snapshot]) -> dict[str, list[float]]:
    """A line for every number that the part learns: its name, for a vector with the name of the cell."""
    lines: dict[str, list[float]] = {}
    for one in part.inputs:
        if not isinstance(one, Input) or not one.learns or one.name not in snapshots[0].values:
            continue
        history = np.array([np.ravel(snapshot.values[one.name]) for snapshot in snapshots])
        cells = (
            one.labels[0]
            if len(one.labels) == 1
            else [f"{one.name}{cell}" for cell in range(1, history.shape[1] + 1)]
        )
        names = [one.name] if np.shape(one.default) == () else cells
        lines.update({name: history[:, cell].tolist() for cell, name in enumerate(names)})
    return lines
