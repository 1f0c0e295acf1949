"""The moment that the page's address asks for, and what to do when it cannot be shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from ui.address import Address, read_address
from ui.errors import BadRequest
from ui.style import plain


def asked(parts: int = 1, opens: Sequence[str] = ()) -> Address:
    """What the address of this page says; the start, with a sentence, if it cannot be read.

    `opens`: the boxes that are open where it does not say which.
    """
    try:
        return read_address(st.query_params.to_dict(), parts, opens)
    except BadRequest as wrong:
        st.warning(plain(f"{wrong} The walk starts at its beginning instead."))
        return Address(open=opens)


def shown(
    address: Address, payload: Callable[[Address], dict[str, Any]], opens: Sequence[str] = ()
) -> dict[str, Any]:
    """`payload` at this moment; at its own values, with a sentence, if the address's do not fit."""
    try:
        return at_step(payload(address), address.step, address.asks)
    except BadRequest as wrong:
        if not (address.values or address.focus or address.cell) and address.open == opens:
            raise
        sentence = str(wrong).rstrip(".")
        st.warning(plain(f"{sentence}. The walk starts with its own values instead."))
        return at_step(payload(Address(address.part, open=opens)), "")


def at_step(payload: dict[str, Any], step: str, asks: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The payload with the step that it is shown at: without one the walk's first stop, or the start.

    `asks`: the cell that the panel tells of.

    Never without: the browser's address may still hold the step of the page before.
    """
    walk = payload.get("walk")
    return {**payload, "step": step or (walk[0]["at"] if walk else "start"), "asks": asks}
