"""Trained models: what each has learned, its training to scrub through, to walk, and to run again."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

from lessons.models.model import Model
from ui import model_training, pictures, requests, style
from ui.address import Address
from ui.component import player
from ui.moment import asked, shown
from ui.trained.bench import bench_of, figures_in_words, number_in_words, page_choices
from ui.trained.kinds import kind_of, models_like, trained_models
from ui.trained.subject import page_name

CARDS_IN_A_ROW = 3


def show(links: Mapping[str, Page]) -> None:
    """Shows a card for each model; `links` holds each page by its address."""
    st.title("Trained models")
    style.goal(
        "Networks that have learned something, from first weights to last: scrub through their training, ask "
        "them, walk any moment, and train them again."
    )
    for kind, models in groupby(trained_models(), key=kind_of):
        st.subheader(kind.title)
        cards(list(models), links)


def cards(models: Sequence[Model], links: Mapping[str, Page]) -> None:
    """A card for each model of a kind, a few in a row; on a phone one below the other."""
    for first in range(0, len(models), CARDS_IN_A_ROW):
        row = models[first : first + CARDS_IN_A_ROW]
        for column, model in zip(st.columns(CARDS_IN_A_ROW), row, strict=False):
            with column.container(border=True, key=f"card-{model.name}"):
                st.page_link(links[page_name(model)], label=model.title)
                st.caption(model.about)
                st.caption(main_figure(model))


def show_one(model: Model, links: Mapping[str, Page]) -> None:
    """Shows one model: figures, moments of its training, what to ask it, a player, a run of one's own."""
    with st.container(
        key="heading", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.title(model.title, width="content")
        st.page_link(links["models"], label="← All models")
    style.goal(model.about)
    st.markdown(facts(model))
    payload = shown(asked(), lambda moment: payload_at(model, moment))
    player({**payload, "bench": bench_of(model)}, key=f"model-{model.name}")
    st.caption(
        "Open a box with weights, and the walk ends with their update: that of an Adam that starts here, at "
        "the learning rate that the run had at this moment."
    )
    compare(model)
    model_training.show(model)
    again(model)
    neighbours(model, links)


def payload_at(model: Model, address: Address) -> dict[str, Any]:
    """What the player shows of the model. Shared by all visitors: do not change it."""
    return _payload(model.name, json.dumps(address.moment, sort_keys=True))


@lru_cache(maxsize=256)
def _payload(name: str, moment: str) -> dict[str, Any]:
    payload = requests.page_payload({"model": name, **json.loads(moment)})
    (model,) = (one for one in trained_models() if one.name == name)
    offered = page_choices(model)
    return {**payload, "choices": [one for one in payload["choices"] if one["name"] in offered]}


def main_figure(model: Model) -> str:
    """The figure that the model is judged by, beside the simplest other way."""
    figures = model.record.figures
    name = model.goal.figure if model.goal else next(iter(figures))
    words = figures_in_words({name: figures[name]})
    words += [baseline(*one) for one in model.record.baselines.items() if one[0].endswith(name)]
    return " · ".join(words)


def baseline(name: str, value: float) -> str:
    """The figure of a simpler way.

    >>> baseline("nearest mean, held-out accuracy", 0.902507)
    'nearest mean: 90.3\\xa0%'
    """
    who, _, figure = name.partition(", ")
    return f"{who}: {number_in_words(figure, value)}"


def facts(model: Model) -> str:
    """What came of the training, beside simpler ways and the goal, and what it took."""
    record, settings = model.record, model.settings
    words = []
    for name, value in record.figures.items():
        beside = goal(model, name)
        beside += [baseline(*one) for one in record.baselines.items() if one[0].endswith(f", {name}")]
        more = f" ({'; '.join(beside)})" if beside else ""
        words.append(f"**{name}: {number_in_words(name, value)}**{more}")
    seconds = f"{record.seconds:.0f}" if record.seconds >= 2 else f"{record.seconds:.1f}"
    words.append(f"{record.parameters:,} weights")
    words.append(f"{settings.steps:,} steps of {settings.batch} examples, {seconds} seconds of training")
    return " · ".join(words)


def goal(model: Model, figure: str) -> list[str]:
    """How far training was to bring the figure, if it was."""
    if model.goal is None or model.goal.figure != figure:
        return []
    return [f"the goal: {model.goal.way} {number_in_words(figure, model.goal.bound)}"]


def compare(model: Model) -> None:
    """The models of a kind beside each other."""
    alike = models_like(model)
    compared = kind_of(model).compared(alike) if len(alike) > 1 else []
    if not compared:
        return
    st.subheader("Beside each other")
    columns = st.columns(2) if len(compared) > 1 else [st.container(width=760)]
    for i, one in enumerate(compared):
        with columns[i % len(columns)]:
            st.markdown(f"**{one.title}**  \n{one.text}")
            figure = pictures.figure(one.picture, style.theme())
            st.plotly_chart(figure, key=f"compared-{model.name}-{i}", config={"displayModeBar": False})


def again(model: Model) -> None:
    """How to make the shipped weights anew."""
    st.subheader("Make the weights again")
    st.markdown("The weights that are shipped come from this very command; a run is decided by its seed.")
    st.code(f"python -m lessons.train {model.name}", language="shell")


def neighbours(model: Model, links: Mapping[str, Page]) -> None:
    """Links to the model before and the model after."""
    models = trained_models()
    at = models.index(model)
    before, after = st.columns(2)
    if at > 0:
        before.page_link(links[page_name(models[at - 1])], label=f"← {models[at - 1].title}")
    if at + 1 < len(models):
        with after.container(horizontal=True, horizontal_alignment="right"):
            one = models[at + 1]
            st.page_link(links[page_name(one)], label=f"Next: {one.title} →")
