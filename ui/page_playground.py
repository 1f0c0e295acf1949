"""The playground: any expression or small program, walked in the same player as the lessons."""

import streamlit as st

import engine.expression
from ui import requests, style
from ui.address import read_address, write_values
from ui.component import player
from ui.errors import BadRequest
from ui.moment import at_step

EXAMPLES = {name: (text, values) for name, text, values in engine.expression.EXAMPLES}
FIRST = "Logistic neuron"


def show() -> None:
    """Shows the page."""
    st.title("Playground")
    style.goal(
        "Type an expression, or a few lines of which the last one is walked. "
        "Its names become inputs that you can change in the graph."
    )
    typed, picked = st.columns([3, 1])
    st.session_state["expression"] = st.query_params.get("expression", EXAMPLES[FIRST][0])
    expression = typed.text_area(
        "Expression",
        key="expression",
        on_change=turn_to_typed,
        height="content",
        help="Press Ctrl and Enter to walk it. Lines may name parts: h = tanh(W @ x)",
    )
    picked.selectbox(
        "Example",
        EXAMPLES,
        index=None,
        key="example",
        placeholder="Pick an example",
        on_change=turn_to_example,
    )
    try:
        payload = walked(expression)
    except BadRequest as wrong:
        st.error(style.plain(str(wrong)))
        if wrong.at:
            st.code(marked(expression, wrong.at), language=None)
    else:
        player(payload, key="playground")


def walked(expression: str) -> dict[str, object]:
    """What the player shows for `expression`, with what the address says beyond it. Raises BadRequest."""
    address = read_address(st.query_params.to_dict())
    body = {"expression": expression, **address.moment}
    return at_step(requests.trace_payload(body), address.step, address.asks)


def turn_to_typed() -> None:
    """A new expression: the values, boxes and step in the address belong to the old one."""
    st.query_params.from_dict({"expression": st.session_state["expression"]})


def turn_to_example() -> None:
    """Puts the picked example in place of what was typed."""
    if st.session_state["example"]:
        text, values = EXAMPLES[st.session_state["example"]]
        st.query_params.from_dict({"expression": text, "values": write_values(values)})


def marked(text: str, at: tuple[int, int, int, int]) -> str:
    """`text` with carets under the place `at`.

    >>> print(marked("a + sigmod(b)", (1, 4, 1, 10)))
    a + sigmod(b)
        ^^^^^^
    """
    line, column, end_line, end_column = at
    lines = text.split("\n")
    width = (end_column if end_line == line else len(lines[line - 1])) - column
    return "\n".join([*lines[:line], " " * column + "^" * max(width, 1), *lines[line:]])
