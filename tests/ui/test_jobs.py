"""Training runs in the background: a few at a time, each can be stopped, none raises at the visitor."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from lessons.lesson import Snapshot
from ui import jobs
from ui.jobs import Job, Pool


@pytest.fixture(autouse=True)
def in_no_hurry_to_be_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs as fast as it can, but for the one test about that."""
    monkeypatch.setattr(jobs, "SHORTEST", 0.0)


def snapshots(count: int, loss: float = 1.0) -> Iterator[Snapshot]:
    """A run of so many steps."""
    return (Snapshot(step, loss, {}, loss) for step in range(count))


def wait_until(happens: Callable[[], bool], seconds: float = 5.0) -> None:
    """Waits for a thread, a little at a time."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def test_a_run_ends_with_all_its_snapshots() -> None:
    job = Job(lambda: snapshots(5), total=5)
    Pool().submit(job)
    wait_until(lambda: not job.live)
    assert (job.state, len(job.snapshots), job.progress, job.trouble) == ("done", 5, 1.0, "")


def test_a_fast_run_is_slowed_so_that_it_can_be_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SHORTEST", 0.3)
    job = Job(lambda: snapshots(1000), total=1000)
    began = time.monotonic()
    job.work()
    assert 0.25 < time.monotonic() - began < 2.0


def test_a_stopped_run_keeps_what_it_has() -> None:
    def endless() -> Iterator[Snapshot]:
        while True:
            time.sleep(0.001)
            yield Snapshot(0, 1.0, {}, 1.0)

    job = Job(endless, total=10**9)
    Pool().submit(job)
    wait_until(lambda: len(job.snapshots) > 3)
    job.stop()
    wait_until(lambda: not job.live)
    assert job.state == "stopped"
    assert len(job.snapshots) > 3


def test_a_run_that_nobody_watches_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "ABANDONED", 0.05)

    def endless() -> Iterator[Snapshot]:
        while True:
            time.sleep(0.01)
            yield Snapshot(0, 1.0, {}, 1.0)

    job = Job(endless, total=10**9)
    Pool().submit(job)
    wait_until(lambda: not job.live)
    assert job.state == "stopped"


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_told_with_a_remedy(loss: float) -> None:
    job = Job(lambda: snapshots(3, loss), total=3)
    job.work()
    assert job.state == "failed"
    assert job.snapshots == []
    assert "At step 0 the loss is no longer a finite number" in job.trouble
    assert "smaller learning rate" in job.trouble


def test_a_lessons_own_sentence_is_passed_on() -> None:
    def broken() -> Iterator[Snapshot]:
        yield from snapshots(2)
        raise ValueError("The weights grew beyond all bounds.")

    job = Job(broken, total=9)
    job.work()
    assert (job.state, job.trouble, len(job.snapshots)) == (
        "failed",
        "The weights grew beyond all bounds.",
        2,
    )


def test_our_own_fault_is_logged_and_told_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Iterator[Snapshot]:
        yield from snapshots(1)
        raise KeyError("secret")

    job = Job(broken, total=9)
    job.work()
    assert job.state == "failed"
    assert "secret" not in job.trouble
    assert "a training run failed" in caplog.text


def test_only_so_many_run_at_once_and_the_others_know_their_place() -> None:
    gate, lock, running, most = threading.Event(), threading.Lock(), [0], [0]

    def held() -> Iterator[Snapshot]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        gate.wait(5)
        with lock:
            running[0] -= 1
        yield from snapshots(1)

    pool = Pool(workers=2)
    all_jobs = [Job(held, total=1) for _ in range(5)]
    for job in all_jobs:
        pool.submit(job)
    wait_until(lambda: running[0] == 2)
    assert [pool.place(job) for job in all_jobs] == [0, 0, 0, 1, 2]
    assert [job.state for job in all_jobs[2:]] == ["waiting"] * 3
    gate.set()
    wait_until(lambda: all(job.state == "done" for job in all_jobs))
    assert most[0] == 2


def test_a_full_queue_says_so() -> None:
    gate = threading.Event()

    def held() -> Iterator[Snapshot]:
        gate.wait(5)
        yield from snapshots(1)

    pool = Pool(workers=1, longest_queue=1)
    first, second, third = (Job(held, total=1) for _ in range(3))
    pool.submit(first)
    wait_until(lambda: first.state == "running")
    pool.submit(second)
    pool.submit(third)
    assert (third.state, third.trouble) == ("failed", "Too many runs are waiting; try again in a minute.")
    gate.set()
    wait_until(lambda: second.state == "done")


def test_a_job_stopped_while_it_waits_ends_after_one_step() -> None:
    job = Job(lambda: snapshots(100), total=100)
    job.stop()
    Pool().submit(job)
    wait_until(lambda: not job.live)
    assert (job.state, len(job.snapshots)) == ("stopped", 1)
