"""Training a model live on its page: start and stop, progress, the loss so far, and any kept step to walk."""

from functools import lru_cache
from typing import Any

import streamlit as st

from lessons.lesson import Training
from lessons.models.model import Model
from lessons.models.training import live
from ui import charts, requests, style
from ui.component import player
from ui.errors import BadRequest
from ui.jobs import Job
from ui.trained.runs import new_run, walkable
from ui.training import REFRESH, pool, settings, status


def show(model: Model) -> None:
    """Shows the training block of the model's page."""
    training = live(model)
    key = f"run-{model.name}"
    with st.container(key="training"):
        st.subheader("Train it here")
        st.markdown(f"{training.text} The dotted line is the run that the shipped weights come from.")

        def begin(training: Training, chosen: dict[str, Any]) -> Job:
            job = new_run(model, training)
            st.session_state.pop(f"{key}-walked", None)
            pool().submit(job)
            return job

        settings(training, key, begin)
        job: Job | None = st.session_state.get(key)
        if job is None:
            return
        st.fragment(outcome, run_every=REFRESH if job.live else None)(job, model, key, job.live)
        walked = st.session_state.get(f"{key}-walked")
        if walked is not None:
            walk(model, job, walked, key)


def outcome(job: Job, model: Model, key: str, was_live: bool) -> None:
    """How far the run is, its loss beside that of the shipped run, and the steps that can be walked."""
    job.look()
    if was_live and not job.live:
        st.rerun()  # the whole page, so that this is no longer drawn again and again
    st.progress(1.0 if job.state == "done" else job.progress, text=status(job))
    if job.trouble:
        st.warning(job.trouble)
    snapshots = list(job.snapshots)
    if not snapshots:
        return
    walked = st.session_state.get(f"{key}-walked")
    figure = charts.loss_line(
        [one.step for one in snapshots],
        [one.loss for one in snapshots],
        style.theme(),
        walked,
        beside=model.record.loss,
    )
    st.plotly_chart(figure, key=f"loss-{id(job)}", config={"displayModeBar": False})
    if snapshots[-1].note:
        st.caption(f"This run: {snapshots[-1].note}. The weights that are shipped stay as they are.")
    choose_step(job, key)


def choose_step(job: Job, key: str) -> None:
    """Which of the kept steps to walk: the newest while it runs, after that any."""
    steps = walkable(job)
    if not steps:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        step = steps[-1]
        if not job.live and len(steps) > 1:
            step = st.select_slider(
                "Step to walk", steps, value=step, key=f"{key}-step-{job.name}", width=420
            )
        label = f"Walk step {step}" if not job.live else "Walk the newest step"
        if st.button(label, key=f"{key}-walk", help="Every number of this very step, on its whole batch."):
            st.session_state[f"{key}-walked"] = step
            st.rerun()


def walk(model: Model, job: Job, step: int, key: str) -> None:
    """The player on one step of the run."""
    st.markdown(f"**Step {step}** of the run, on its whole batch")
    try:
        player(payload(model.name, job.name, step), key=f"{key}-player", address=False)
    except BadRequest as wrong:
        st.warning(style.plain(str(wrong)))


@lru_cache(maxsize=64)
def payload(model: str, run: str, step: int) -> dict[str, Any]:
    """What the player shows of a step; kept, since the page is drawn again while the run goes on."""
    return requests.page_payload({"model": model, "run": run, "step": step})
