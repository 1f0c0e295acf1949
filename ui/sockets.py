"""Small replies are sent at once.

The server writes a reply's head and its body one after the other. On a connection without TCP_NODELAY the
system holds the body back until the browser has acknowledged the head, and browsers put that off for 40 ms.
asyncio sets the option only on sockets that name TCP as their protocol, and Streamlit's listening socket
names none; connections inherit the option from it.
"""

import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """What happens around the server's life: its listening sockets are there when it begins."""
    for found in gc.get_objects():
        # By its type: to ask some objects for their class runs code of theirs.
        if issubclass(type(found), socket.socket) and is_listening(found):
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    yield


def is_listening(found: socket.socket) -> bool:
    """Whether this is an open TCP socket that waits for connections."""
    internet = found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM
    try:
        return internet and bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:  # closed meanwhile
        return False
