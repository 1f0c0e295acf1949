"""Keeping Python's cyclic garbage collector out of the way while many objects are made that all stay.

A recorded net is tens of thousands of objects without a single cycle. The collector would look through all
of them again and again while they are made, for nothing.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_users = 0  # how many threads want it paused
_was_on = False


@contextmanager
def paused_collector() -> Iterator[None]:
    """Inside, the collector waits; it goes on when the last thread has left, if it was on before."""
    global _users, _was_on
    with _lock:
        if _users == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0 and _was_on:
                gc.enable()
