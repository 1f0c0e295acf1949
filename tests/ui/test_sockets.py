"""Connections send small replies at once: without this each costs a browser 40 ms more."""

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ui.sockets import is_listening, lifespan


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A socket made the way Streamlit makes its own."""
    with socket.socket(family=socket.AF_INET) as made:
        made.bind(("127.0.0.1", 0))
        made.listen(1)
        yield made


def no_delay(connection: socket.socket) -> bool:
    """Whether the connection sends at once."""
    return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


async def live() -> None:
    """A server's life, from its beginning to its end."""
    async with lifespan(None):
        pass


def accepted(listening: socket.socket) -> bool:
    """Whether a new connection to the socket sends at once."""
    with socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            return no_delay(connection)


def test_connections_to_a_listening_socket_send_at_once(listening: socket.socket) -> None:
    assert not accepted(listening)
    with ThreadPoolExecutor(1) as thread:  # in this one a browser's loop may run
        thread.submit(lambda: asyncio.run(live())).result()
    assert accepted(listening)


def test_only_open_listening_sockets_count(listening: socket.socket) -> None:
    assert is_listening(listening)
    with socket.socket() as idle:
        assert not is_listening(idle)
    assert not is_listening(idle)  # closed
