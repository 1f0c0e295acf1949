"""A cache that all visitors share, limited by the bytes that it holds."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class SizedCache(Generic[Kept]):
    """Keeps the results that were used last, up to `limit` bytes in all. Safe for threads.

    `size`: how many bytes one takes.

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

    def __init__(self, limit: int, size: Callable[[Kept], int] = len) -> None:  # type: ignore[assignment]
        self._limit = limit
        self._measure = size
        self._size = 0
        self._kept: OrderedDict[str, tuple[Kept, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str, make: Callable[[], Kept]) -> Kept:
        """What is kept under `key`; made by `make`, outside the lock, when it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        made = make()
        size = self._measure(made)
        if size <= self._limit:
            with self._lock:
                self._size += size - self._kept.pop(key, (made, 0))[1]
                self._kept[key] = made, size
                while self._size > self._limit:
                    self._size -= self._kept.popitem(last=False)[1][1]
        return made
