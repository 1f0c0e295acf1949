"""The training block of a lesson: settings, start and stop, live charts, and any step of the run to walk."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from lessons.lesson import Choice, Input, Lesson, Part, Snapshot, Training
from ui import charts, requests, style
from ui.component import player
from ui.errors import BadRequest
from ui.jobs import Job, Pool
from ui.lesson_payload import as_json

REFRESH = 0.5  # seconds between two looks at a run


@st.cache_resource
def pool() -> Pool:
    """The workers that all visitors share."""
    return Pool()


def show(lesson: Lesson, index: int) -> None:
    """Shows the training block of the lesson's part `index`, which has one."""
    training = lesson.parts[index].training
    assert training is not None
    with st.container(key="training"):
        st.subheader(training.title)
        st.markdown(training.text)
        block(lesson, index, training)


@st.fragment
def block(lesson: Lesson, index: int, training: Training) -> None:
    """Settings and what became of the last run; a change here redraws only this block."""
    key = f"run-{lesson.slug}-{index}"
    job: Job | None = st.session_state.get(key)
    settings = controls(training, key)
    with st.container(horizontal=True):
        if st.button("Train", type="primary", disabled=bool(job and job.live), key=f"{key}-start"):
            st.session_state[key] = job = start(training, settings)
        if st.button("Stop", disabled=not (job and job.live), key=f"{key}-stop") and job:
            job.stop()
    if job is None:
        return
    if job.live:
        watch(job, lesson.parts[index])
    else:
        result(job, lesson, index, key)


def start(training: Training, settings: dict[str, Any]) -> Job:
    """A new run with these settings, in the queue."""
    job = Job(lambda: training.run(**settings), training.steps(**settings))
    pool().submit(job)
    return job


def controls(training: Training, key: str) -> dict[str, Any]:
    """One control for each setting, in a row; their values by name."""
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
        return place.selectbox(
            label, setting.options, index=at, format_func=labels.get, key=key, help=setting.about or None
        )
    return place.number_input(
        label,
        value=setting.default,
        min_value=setting.low,
        max_value=setting.high,
        step=setting.step,
        key=key,
        format=None if isinstance(setting.default, int) else "%g",
        help=setting.about or None,
    )


@st.fragment(run_every=REFRESH)
def watch(job: Job, part: Part) -> None:
    """The run so far, drawn again and again until it ends."""
    job.look()
    if not job.live:
        st.rerun()
    if job.state == "waiting":
        place = pool().place(job)
        st.progress(
            0.0, text=f"Waiting: {place} runs start before yours." if place else "Waiting: you are next."
        )
    elif not job.snapshots:
        st.progress(0.0, text="Starting")
    else:
        last = job.snapshots[-1]
        st.progress(job.progress, text=f"Step {last.step + 1} of {job.total} · loss {last.loss:.4g}")
        draw(job, part)


def result(job: Job, lesson: Lesson, index: int, key: str) -> None:
    """What the run came to, and any of its steps to walk."""
    part = lesson.parts[index]
    if job.trouble:
        st.warning(job.trouble)
    if not job.snapshots:
        return
    last = job.snapshots[-1]
    ended = "Stopped" if job.state == "stopped" else "Ended" if job.trouble else "Done"
    st.caption(f"{ended} after {len(job.snapshots)} steps, at a loss of {last.loss:.4g}.{best_of(part)}")
    at = len(job.snapshots)
    if at > 1:
        at = st.slider("Step of the run", 1, at, at, key=f"{key}-at")
    snapshot = job.snapshots[at - 1]
    draw(job, part, mark=at)
    if snapshot.note:
        st.caption(snapshot.note)
    if st.toggle("Walk this step", key=f"{key}-walk", help="Every number of this very step, in the player."):
        body = {"lesson": lesson.slug, "part": index, "values": as_json(snapshot.values)}
        try:
            player(requests.trace_payload(body), key=f"{key}-player", address=False)
        except BadRequest as wrong:
            st.warning(str(wrong))


def best_of(part: Part) -> str:
    """The lowest loss that any weights could reach, in a sentence, where the lesson knows it."""
    assert part.training is not None
    return f" No weights can do better than {part.training.best():.4g}." if part.training.best else ""


def draw(job: Job, part: Part, mark: int | None = None) -> None:
    """The charts that the training asks for, beside each other; `mark` is the step that is looked at."""
    assert part.training is not None
    snapshots = list(job.snapshots)
    steps = [snapshot.step + 1 for snapshot in snapshots]
    theme = style.theme()
    for column, chart in zip(st.columns(len(part.training.charts)), part.training.charts, strict=True):
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
        cells = one.cells or [f"{one.name}{cell}" for cell in range(1, history.shape[1] + 1)]
        names = [one.name] if np.shape(one.default) == () else cells
        lines.update({name: history[:, cell].tolist() for cell, name in enumerate(names)})
    return lines
