"""A cache that all visitors share, limited by the bytes that it holds."""

import threading
from collections import OrderedDict
from collections.abc import Callable


class SizedCache:
    """Keeps the results that were used last, up to `limit` bytes in all. Safe for threads.

    >>> cache = SizedCache(limit=10)
    >>> cache.get("a", lambda: b"12345678")
    b'12345678'
    >>> cache.get("a", lambda: b"not made again")
    b'12345678'
    >>> cache.get("b", lambda: b"1234")  # "a" has to go
    b'1234'
    >>> len(cache)
    1
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str, make: Callable[[], bytes]) -> bytes:
        """The bytes kept under `key`; made by `make`, outside the lock, when they are not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        if len(made) <= self._limit:
            with self._lock:
                self._size += len(made) - len(self._kept.pop(key, b""))
                self._kept[key] = made
                while self._size > self._limit:
                    self._size -= len(self._kept.popitem(last=False)[1])
        return made
