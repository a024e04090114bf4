"""Group commit: items that wait together are run and committed together, and each caller gets its own answer.

Law: nothing here knows a database or a clock's date. `Line` holds who waits, `Trial` decides what is tried again.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import Connection

I = TypeVar("I")  # noqa: E741  the contract of a work: items in
O = TypeVar("O")  # noqa: E741  and outcomes out

Work = Callable[[Connection, Sequence[I]], Sequence[O | Exception]]
"""Synchronous, inside one transaction. Gets all items that wait for it, in order, and returns as many outcomes;
an exception among them is raised to that one caller while the rest commits. It may be run again: idempotent."""

BATCH = 512
"""Items in one transaction: beyond it the gain is small and the wait of the last one is not."""
TRIES = 5
PATIENCE = 5.0
"""Seconds an item waits for its commit."""


class Unavailable(Exception):
    """The database did not commit in time. Nothing was promised; doors answer 503 with Retry-After."""


class Refused(RuntimeError):
    """The database must not be used as it is; the message says what to do."""


class Fault(Enum):
    """What a failed transaction means for its items."""

    POISON = "one of the items cannot be written, ever"
    CLASH = "another transaction won a race"
    GONE = "the database cannot be used now"


class Entry:
    """One item in the line."""

    __slots__ = ("future", "item", "since", "work")

    def __init__(self, work: Work[Any, Any], item: Any, future: "asyncio.Future[Any]", since: float) -> None:
        self.work = work
        self.item = item
        self.future = future
        self.since = since


Outcome = tuple[Entry, Any]


CALLED = "escalator.called"


def call(connection: Connection, tags: Iterable[str]) -> None:
    """From within a work: those who ride under these tags are to be run in this very transaction, after all others."""
    connection.info.setdefault(CALLED, set()).update(tags)


def run(connection: Connection, entries: list[Entry], line: "Line") -> list[Outcome]:
    """Runs the entries, then those whom they called, who become part of the batch; to be called in a transaction."""
    connection.info[CALLED] = set()
    outcomes = _run(connection, entries)
    boarded = line.board(connection.info.pop(CALLED))
    entries.extend(boarded)
    return outcomes + _run(connection, boarded)


def _run(connection: Connection, entries: Sequence[Entry]) -> list[Outcome]:
    """Hands each work its items as one list."""
    groups: dict[Work[Any, Any], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.work, []).append(entry)
    outcomes: list[Outcome] = []
    for work, members in groups.items():
        results = work(connection, [entry.item for entry in members])
        outcomes.extend(zip(members, results, strict=True))
    return outcomes


class Trial:
    """What became of one batch: goes from try to try until every entry has an outcome.

    Use: while `batch` is not empty, run it in one transaction, then call `passed` or `failed`.
    """

    def __init__(self, entries: list[Entry], tries: int = TRIES) -> None:
        self.outcomes: list[Outcome] = []
        self._batches = deque([entries] if entries else [])
        self._tries = tries
        self._tried = 0

    @property
    def batch(self) -> list[Entry]:
        """The entries to run next; empty at the end."""
        return self._batches[0] if self._batches else []

    def passed(self, outcomes: Sequence[Outcome]) -> None:
        """The batch is committed."""
        self.outcomes.extend(outcomes)
        self._batches.popleft()
        self._tried = 0

    def failed(self, error: Exception, fault: Fault) -> float:
        """The batch was rolled back. Returns the seconds to wait before the next try."""
        self._tried += 1
        if fault is Fault.POISON:
            return self._split(error)
        if self._tried < self._tries:
            # Jittered, so that two replicas that clashed once do not clash again in step.
            return 0.005 * 2.0**self._tried * random.uniform(0.5, 1.5)  # noqa: S311  not a secret
        if fault is Fault.CLASH:
            return self._split(Unavailable(f"the database refused this {self._tried} times: {error}"))
        for batch in self._batches:
            self.outcomes.extend((entry, Unavailable(f"the database cannot be used: {error}")) for entry in batch)
        self._batches.clear()
        return 0.0

    def _split(self, error: Exception) -> float:
        """Halves the batch, so that in the end only the entry that cannot be written fails."""
        batch = self._batches.popleft()
        self._tried = 0
        if len(batch) == 1:
            self.outcomes.append((batch[0], error))
        else:
            middle = len(batch) // 2
            self._batches.extendleft((batch[middle:], batch[:middle]))
        return 0.0


def settle(outcomes: Sequence[Outcome]) -> None:
    """Answers the callers; on the event loop."""
    for entry, result in outcomes:
        if entry.future.done():
            continue
        if isinstance(result, Exception):
            entry.future.set_exception(result)
        else:
            entry.future.set_result(result)


class Line:
    """Who waits for the next commit. Joined on the event loop; `take` may be called from a thread."""

    def __init__(self, ring: Callable[[], None], patience: float | None = PATIENCE) -> None:
        """`ring` wakes the writer, once per turn of the loop however many join. Without patience nobody times out."""
        self._ring = ring
        self._patience = patience
        self._waiting: deque[Entry] = deque()
        self._open: deque[Entry] = deque()
        self._riders: dict[str, Entry] = {}
        self._rung = False
        self._sweeping = False
        self.closed = False

    def join(self, work: Work[Any, Any], item: Any) -> "asyncio.Future[Any]":
        """A future that resolves after the commit."""
        if self.closed:
            raise Unavailable("the database is closing")
        loop = asyncio.get_running_loop()
        entry = Entry(work, item, loop.create_future(), loop.time())
        self._waiting.append(entry)
        if not self._rung:
            self._rung = True
            loop.call_soon(self._ring)
        if self._patience is not None:
            self._open.append(entry)
            # Two out for each one in keeps it short; left to the sweep, they would stop the loop for milliseconds.
            for _ in range(2):
                if self._open[0].future.done():
                    self._open.popleft()
            if not self._sweeping:
                self._sweeping = True
                loop.call_later(self._patience / 10, self._sweep, loop)
        return entry.future

    def ride(self, tag: str, work: Work[Any, Any], item: Any) -> "asyncio.Future[Any]":
        """A future for an item that starts no commit of its own: it waits, without limit, until its tag is called.

        One rider a tag; a second one takes the place of the first, who is answered with Unavailable.
        """
        if self.closed:
            raise Unavailable("the database is closing")
        loop = asyncio.get_running_loop()
        entry = Entry(work, item, loop.create_future(), loop.time())
        if (replaced := self._riders.pop(tag, None)) is not None:
            settle([(replaced, Unavailable("another rider took the place"))])
        self._riders[tag] = entry
        return entry.future

    def call(self, tag: str) -> None:
        """On the event loop: who rides under this tag joins the next commit."""
        entry = self._riders.pop(tag, None)
        if entry is not None:
            self._waiting.append(entry)
            if not self._rung:
                self._rung = True
                asyncio.get_running_loop().call_soon(self._ring)

    def board(self, tags: Iterable[str]) -> list[Entry]:
        """Those who ride under these tags, who now belong to the batch that called; may be called from a thread."""
        found = (self._riders.pop(tag, None) for tag in sorted(tags))
        return [entry for entry in found if entry is not None and not entry.future.done()]

    def take(self, most: int = BATCH) -> list[Entry]:
        """All that wait, at most so many; those whose caller has left are passed over."""
        self._rung = False  # before looking, so that whoever joins afterwards rings again
        entries: list[Entry] = []
        while self._waiting and len(entries) < most:
            entry = self._waiting.popleft()
            if not entry.future.done():
                entries.append(entry)
        return entries

    def abandon(self, error: Callable[[], Exception]) -> None:
        """Answers all that still wait with an error."""
        riders = self.board(list(self._riders))
        settle([(entry, error()) for entry in [*self.take(len(self._waiting) + 1), *riders]])

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        # One sweep for all instead of a timer each: a timer costs more than the whole rest of a write.
        assert self._patience is not None
        late = loop.time() - self._patience
        while self._open and (self._open[0].future.done() or self._open[0].since <= late):
            entry = self._open.popleft()
            settle([(entry, Unavailable(f"no commit within {self._patience:g} s"))])
        self._sweeping = bool(self._open)
        if self._sweeping:
            loop.call_later(self._patience / 10, self._sweep, loop)
