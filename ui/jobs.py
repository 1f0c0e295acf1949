"""Training runs in background threads: a few at a time, the rest in a queue, each can be stopped."""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from lessons.lesson import Snapshot

LOG = logging.getLogger("gradwalk")
ABANDONED = 20.0  # seconds without anybody looking, after which a run ends
SHORTEST = 8.0  # seconds that a run takes at least, so that a person can watch it, and stop it


class Job:
    """One run. A page reads its fields at any time; only the worker's thread appends snapshots.

    `total`: how many snapshots there will be; `last_step`: the step of the last one, if not one less.
    """

    def __init__(
        self, run: Callable[[], Iterator[Snapshot]], total: int, last_step: int | None = None
    ) -> None:
        self.total = total
        self.last_step = total - 1 if last_step is None else last_step
        self.snapshots: list[Snapshot] = []
        self.state = "waiting"  # then "running", and at last "done", "stopped" or "failed"
        self.trouble = ""  # a sentence when it failed
        self.name = ""  # by which others may find it
        self._run = run
        self._stop = threading.Event()
        self._seen = time.monotonic()
        self._began = math.inf

    @property
    def live(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in ("waiting", "running")

    @property
    def progress(self) -> float:
        """How much of the run is done, from 0 to 1."""
        return min(len(self.snapshots) / max(self.total, 1), 1.0)

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the pace so far; None before there is one."""
        done = self.progress
        return (time.monotonic() - self._began) * (1 - done) / done if len(self.snapshots) > 1 else None

    def stop(self) -> None:
        """Ends the run after the step that it is at."""
        self._stop.set()

    def look(self) -> None:
        """Says that somebody still watches: a run that nobody watches is stopped."""
        self._seen = time.monotonic()

    def work(self) -> None:
        """Runs to the end, in the thread that calls it."""
        self.state = "running"
        try:
            self.state = self._steps()
        except ValueError as wrong:
            self.trouble, self.state = str(wrong), "failed"
        except Exception:
            LOG.exception("a training run failed")
            self.trouble, self.state = "The run failed, and the fault is ours: it has been logged.", "failed"

    def _steps(self) -> str:
        self._began = time.monotonic()
        for snapshot in self._run():
            if not math.isfinite(snapshot.loss):
                self.trouble = (
                    f"At step {snapshot.step} the loss is no longer a finite number: each step overshot "
                    "the lowest point by more than the one before. Try a smaller learning rate."
                )
                return "failed"
            self.snapshots.append(snapshot)
            if self._stop.is_set() or time.monotonic() - self._seen > ABANDONED:
                return "stopped"
            ahead = self._began + SHORTEST * self.progress - time.monotonic()
            if ahead > 0.02:
                self._stop.wait(ahead)
        return "done"


class Pool:
    """Runs jobs in the order they came, `workers` at a time. Threads start when there is work."""

    def __init__(self, workers: int = 2, longest_queue: int = 100) -> None:
        self._workers = workers
        self._longest_queue = longest_queue
        self._waiting: deque[Job] = deque()
        self._busy = 0
        self._lock = threading.Lock()

    def submit(self, job: Job) -> None:
        """Queues `job`; fails it at once, with a sentence, when too many wait already."""
        with self._lock:
            if len(self._waiting) >= self._longest_queue:
                job.trouble, job.state = "Too many runs are waiting; try again in a minute.", "failed"
                return
            self._waiting.append(job)
            if self._busy < self._workers:
                self._busy += 1
                threading.Thread(target=self._worker, name="training", daemon=True).start()

    def place(self, job: Job) -> int:
        """How many runs start before `job`: 0 when it is next or no longer waits."""
        with self._lock:
            return self._waiting.index(job) if job in self._waiting else 0

    def _worker(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy -= 1
                    return
                job = self._waiting.popleft()
            job.work()
