"""The cache that all visitors share."""

from concurrent.futures import ThreadPoolExecutor

from ui.cache import SizedCache


def test_what_is_kept_is_not_made_again() -> None:
    cache, made = SizedCache(limit=100), []
    for _ in range(3):
        assert cache.get("key", lambda: made.append(1) or b"value") == b"value"
    assert len(made) == 1


def test_what_was_used_longest_ago_goes_first() -> None:
    cache = SizedCache(limit=3)
    for key in "abca":
        cache.get(key, lambda: b"1")
    cache.get("d", lambda: b"1")  # "b" is the oldest now: "a" was asked for again
    assert cache.get("a", lambda: b"again") == b"1"
    assert cache.get("b", lambda: b"2") == b"2"


def test_what_is_larger_than_the_limit_is_given_but_not_kept() -> None:
    cache = SizedCache(limit=3)
    assert cache.get("key", lambda: b"1234") == b"1234"
    assert len(cache) == 0


def test_many_threads_never_exceed_the_limit() -> None:
    cache = SizedCache(limit=50)
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda k: cache.get(str(k % 40), lambda: bytes([k % 40]) * 10), range(2000)))
    assert all(value == bytes([k % 40]) * 10 for k, value in enumerate(given))
    assert len(cache) <= 5
