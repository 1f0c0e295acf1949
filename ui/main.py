"""Gradwalk's pages and how they are grouped. Streamlit runs this file for every visit and every change."""

from collections.abc import Callable

import streamlit as st
from streamlit.navigation.page import Page

from engine.nn.entry import Entry, all_entries
from lessons import all_lessons
from lessons.lesson import Lesson
from lessons.models.model import Model
from ui import assets, page_blocks, page_home, page_lesson, page_models, page_playground, style
from ui.blocks import page_name
from ui.trained.kinds import trained_models
from ui.trained.subject import page_name as name_of_model

SIDEBAR = 236  # pixels: room for the player at 1280


def main() -> None:
    """Shows the page that the address asks for."""
    st.set_page_config(
        page_title="Gradwalk",
        page_icon=str(assets.FOLDER / "app" / "icon.svg"),
        layout="wide",
        initial_sidebar_state=SIDEBAR,
    )
    links: dict[str, Page] = {}
    home = st.Page(lambda: page_home.show(links), title="Home", url_path="home", default=True)
    links["playground"] = st.Page(page_playground.show, title="Playground", url_path="playground")
    links["gallery"] = st.Page(lambda: page_blocks.show(links), title="Blocks", url_path="gallery")
    blocks = {
        page_name(entry): st.Page(
            page_of_block(entry, links), title=entry.name, url_path=page_name(entry), visibility="hidden"
        )
        for entry in all_entries()
    }
    links["models"] = st.Page(lambda: page_models.show(links), title="Trained models", url_path="models")
    models = {
        name_of_model(model): st.Page(
            page_of_model(model, links), title=model.title, url_path=name_of_model(model), visibility="hidden"
        )
        for model in trained_models()
    }
    links |= blocks | models
    start = [home, links["playground"], links["gallery"], links["models"]]
    sections: dict[str, list[Page]] = {"Start": [*start, *blocks.values(), *models.values()]}
    for one in all_lessons():
        links[one.slug] = st.Page(
            page_of(one, links),
            title=f"{one.number} {style.breakable(one.title)}",
            url_path=one.slug,
            help=one.goal,
        )
        sections.setdefault(one.chapter, []).append(links[one.slug])
    st.navigation(sections, expanded=True).run()


def page_of_block(entry: Entry, links: dict[str, Page]) -> Callable[[], None]:
    """The function that shows the page of one block."""
    return lambda: page_blocks.show_one(entry, links)


def page_of_model(model: Model, links: dict[str, Page]) -> Callable[[], None]:
    """The function that shows the page of one trained model."""
    return lambda: page_models.show_one(model, links)


def page_of(one: Lesson, links: dict[str, Page]) -> Callable[[], None]:
    """The function that shows the page of one lesson."""
    return lambda: page_lesson.show(one, links)


if __name__ == "__main__":
    main()
