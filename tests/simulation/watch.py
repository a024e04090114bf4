"""Watches a run: triggers in the shared memory write down what each commit really did, and every commit, request and
landing is held against the invariants. The first breach ends the run.

Law: nothing here asks the engine; it reads the database and the provider, as an auditor from outside would.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from escalator.channels.base import SEND_DEADLINE
from escalator.core.instant import SECOND, Instant
from escalator.engine.batch import Delivery
from escalator.store.inline import Memory

START: Instant = 1_772_625_600 * SECOND
"""Virtual second 0: 2026-03-04T12:00Z, a Wednesday."""
SKEW = 3.0
"""Seconds by which a replica's clock may be wrong, either way."""
PROMPT = 8.0
"""Seconds within which a passed deadline is dealt with while at least one replica is well: a poll, and some retries."""

CALLED_OFF = {
    "acknowledged", "snoozed", "resolved", "resolved by hand", "silenced", "unconfirmed", "raised", "escalated",
}  # fmt: skip
"""Lines after which pages of the same commit are cancelled again."""

SCHEMA = """
CREATE TABLE happened (n INTEGER PRIMARY KEY, what TEXT, incident INT, a, b, c, d, e, f, g, h);
CREATE TRIGGER opened AFTER INSERT ON incident BEGIN INSERT INTO happened VALUES (NULL, 'step',
 NEW.id, NEW.status, NEW.muted, NEW.round, NEW.level, NEW.version, -1, NEW.high, json_extract(NEW.state, '$.level_at'));
END;
CREATE TRIGGER stepped AFTER UPDATE ON incident BEGIN INSERT INTO happened VALUES (NULL, 'step',
 NEW.id, NEW.status, NEW.muted, NEW.round, NEW.level, NEW.version, OLD.version, NEW.high,
 json_extract(NEW.state, '$.level_at')); END;
CREATE TRIGGER written AFTER INSERT ON outbox BEGIN INSERT INTO happened VALUES (NULL, 'row',
 NEW.incident_id, NEW.id, NEW.kind, NEW.round, NEW.level, NEW.attempt, NEW.step, NEW.contact, NEW.not_before); END;
CREATE TRIGGER claimed AFTER UPDATE OF token ON outbox WHEN NEW.token > OLD.token BEGIN INSERT INTO happened VALUES
 (NULL, 'claim', NEW.incident_id, NEW.id, NEW.kind, NEW.token, OLD.state, NEW.contact, NULL, NULL,
 NULL); END;
CREATE TRIGGER ended AFTER UPDATE OF state ON outbox WHEN NEW.state <> OLD.state AND NEW.state <> 'sending' BEGIN
 INSERT INTO happened VALUES (NULL, 'end', NEW.incident_id, NEW.id, NEW.kind, NEW.state, NEW.contact,
 OLD.state, NULL, NULL, NULL); END;
CREATE TRIGGER hushed AFTER INSERT ON silence BEGIN INSERT INTO happened VALUES (NULL, 'window', 0, 'silence', NEW."by",
 NEW.matchers, NULL, NULL, NULL, NULL, NULL); END;
CREATE TRIGGER unhushed AFTER DELETE ON silence BEGIN INSERT INTO happened VALUES (NULL, 'window', 0, 'no silence', '',
 OLD.matchers, NULL, NULL, NULL, NULL, NULL); END;
CREATE TRIGGER told AFTER INSERT ON timeline BEGIN INSERT INTO happened VALUES (NULL, 'line',
 NEW.incident_id, NEW.event, NEW.reason, NEW.by, NULL, NULL, NULL, NULL, NULL); END;
"""


class Violation(NamedTuple):
    """An invariant that did not hold."""

    invariant: str
    at: float
    text: str

    def __str__(self) -> str:
        return f"{self.invariant} at {clock(self.at)}: {self.text}"


class Claim(NamedTuple):
    at: float
    who: str
    token: int


class Landing(NamedTuple):
    """A message that a provider took."""

    at: float
    via: str
    outbox: int
    incident: int
    kind: str
    person: str | None
    also: tuple[int, ...] = ()
    """Further incidents that the same message told of."""

    @property
    def incidents(self) -> tuple[int, ...]:
        return (self.incident, *self.also)


def clock(at: float) -> str:
    return f"{int(at) // 60:02d}:{at % 60:06.3f}"


def virtual(instant: Instant) -> float:
    return (instant - START) / SECOND


class Watch:
    """One per run."""

    def __init__(self, memory: Memory, time: Callable[[], float]) -> None:
        self.time = time
        self.trace: list[str] = []
        self.violation: Violation | None = None
        self.over = asyncio.Event()
        self.landings: list[Landing] = []
        self.claims: dict[int, Claim] = {}
        self.expiries: Counter[int] = Counter()
        self.commits = 0
        self.windows = 0
        """How often silences changed."""
        self.kinds: dict[int, tuple[int, str]] = {}
        self.due_at: dict[int, float] = {}
        self._quiet: dict[int, float] = {}
        """Since when an incident wants no pages."""
        self._resolved: dict[int, float] = {}
        self._open_since: dict[int, float] = {}
        self._promised: dict[int, str] = {}
        """Within one commit: incidents whose timeline says that somebody was paged."""
        self._paged: set[int] = set()
        """Within one commit: incidents that got a page."""
        self._last_page: dict[int, tuple[int, int, int]] = {}
        self._keys: set[tuple[Any, ...]] = set()
        self._seen = 0
        self._next: float | None = 0.0
        self.database: sqlite3.Connection = memory.connection.connection.driver_connection  # type: ignore[assignment]
        self.database.executescript(SCHEMA)

    def say(self, who: str, text: str) -> None:
        self.trace.append(f"{clock(self.time())} {who:5} {text}")

    def fail(self, invariant: str, text: str) -> None:
        if self.violation is None:
            self.violation = Violation(invariant, self.time(), text)
            self.say("!", str(self.violation))
            self.over.set()

    def ask(self, query: str, *parameters: Any) -> list[Any]:
        return self.database.execute(query, parameters).fetchall()

    # --- commits --------------------------------------------------------------------------------------------------

    def committed(self, who: str) -> None:
        """Reads what the triggers wrote since the last commit."""
        self.commits += 1
        for n, what, incident, *rest in self.ask("SELECT * FROM happened WHERE n > ? ORDER BY n", self._seen):
            self._seen = n
            self._next = None
            getattr(self, f"_{what}")(who, incident, *rest)
        for incident, reason in self._promised.items():
            if incident not in self._paged:
                self.fail("I2", f"incident {incident} believes that it paged ({reason}) and nothing was enqueued")
        self._promised.clear()
        self._paged.clear()

    def _step(
        self, who: str, incident: int, status: str, muted: int, round: int, level: int, version: int, was: int,
        high: int, level_at: int | None,
    ) -> None:  # fmt: skip
        self.say(who, f"#{incident} v{version} {status}{' muted' * muted} round {round} level {level}")
        if version <= was:
            self.fail("I2", f"incident {incident} was written at version {version} over {was}: a step was lost")
        if status == "triggered" and not muted:
            self._quiet.pop(incident, None)
            if level_at is None and (high or not self._exhausted(incident)):
                self.fail("I2", f"incident {incident} is triggered and no level will ever be due")
        else:
            self._quiet.setdefault(incident, self.time())
        if status == "resolved":
            self._resolved.setdefault(incident, self.time())
            self._open_since.pop(incident, None)
        else:
            self._resolved.pop(incident, None)
            self._open_since.setdefault(incident, self.time())

    def _exhausted(self, incident: int) -> bool:
        query = "SELECT 1 FROM timeline WHERE incident_id = ? AND event = 'exhausted'"
        return bool(self.ask(query, incident))

    def _row(
        self, who: str, incident: int, id: int, kind: str, round: int, level: int, attempt: int, step: int,
        contact: str, not_before: int,
    ) -> None:  # fmt: skip
        self.kinds[id] = (incident, kind)
        self.due_at[id] = virtual(not_before)
        self.say(
            who, f"#{incident} row {id} {kind} {contact} ({round}, {level}, {attempt}) at {clock(virtual(not_before))}"
        )
        key = (incident, round, level, attempt, step, contact, kind)
        if key in self._keys:
            self.fail("I2", f"row {id} repeats {key}")
        self._keys.add(key)
        if kind == "page":
            self._paged.add(incident)
            last = self._last_page.get(incident, (0, 0, 0))
            if (round, level, attempt) < last:
                self.fail("I2", f"incident {incident} paged {(round, level, attempt)} after {last}")
            self._last_page[incident] = (round, level, attempt)

    def _claim(self, who: str, incident: int, id: int, kind: str, token: int, was: str, contact: str, *_: Any) -> None:
        self.say(who, f"#{incident} claims row {id} {kind} {contact} token {token}")
        self.claims[id] = Claim(self.time(), who, token)
        self.expiries[id] += was == "sending"
        if kind == "page" and incident in self._quiet:
            self.fail(
                "I3", f"page {id} was claimed though incident {incident} wants none since {self._since(incident)}"
            )

    def _end(self, who: str, incident: int, id: int, kind: str, state: str, contact: str, was: str, *_: Any) -> None:
        self.say(who, f"#{incident} row {id} {kind} {contact} is {state}")
        if was not in ("pending", "sending"):
            self.fail("I4", f"row {id} was {was} and is {state} now: its end was written over")

    def _window(self, who: str, _: int, what: str, by: str, matchers: str, *__: Any) -> None:
        self.windows += 1
        self.say(who, f"{what} {matchers} {by}")

    def _line(self, who: str, incident: int, event: str, reason: str, by: str | None, *_: Any) -> None:
        self.say(who, f"#{incident} | {event}: {reason}")
        if event == "paged":
            self._promised[incident] = reason
        elif event in CALLED_OFF:
            self._promised.pop(incident, None)

    def _since(self, incident: int) -> str:
        return clock(self._quiet[incident])

    def accepted(self, delivery: Delivery) -> None:
        """A sender was told that this is kept."""
        for alert in delivery.alerts:
            if not self.ask("SELECT 1 FROM alert WHERE key = ?", alert.key):
                self.fail("I1", f"{alert.labels} was accepted and is not in the database")

    # --- sends ----------------------------------------------------------------------------------------------------

    def requested(self, who: str, row: int, paused: bool) -> None:
        """A request goes out now; `paused`: the process stood still since it claimed the row."""
        claim = self.claims[row]
        waited = self.time() - claim.at
        self.say(who, f"#{self.kinds[row][0]} sends row {row}")
        if waited > 1 and not paused:
            self.fail("I3", f"row {row} waited {waited:.1f} s for a sender after its claim")
        if waited > SEND_DEADLINE + SKEW:
            self.fail("I3", f"row {row} is sent {waited:.1f} s after its claim: nobody may wait for that any more")

    def landed(self, landing: Landing) -> None:
        self.landings.append(landing)
        self.say(landing.via, f"#{landing.incident} took row {landing.outbox} {landing.kind} for {landing.person}")
        for incident in landing.incidents:
            self._landed_for(landing, incident)

    def _landed_for(self, landing: Landing, incident: int) -> None:
        quiet = self._quiet.get(incident)
        if landing.kind == "page" and quiet is not None and landing.at - quiet > SEND_DEADLINE + 0.5:
            late = landing.at - quiet
            self.fail("I3", f"page {landing.outbox} landed {late:.1f} s after incident {incident} wanted none")
        over = self._resolved.get(incident)
        if landing.kind == "update" and over is not None and landing.at - over > SEND_DEADLINE + 0.5:
            late = landing.at - over
            self.fail("I12", f"update {landing.outbox} landed {late:.1f} s after incident {incident} was over")
        reopened = self._open_since.get(incident, landing.at)
        if landing.kind == "resolved" and over is None and landing.at - reopened > SEND_DEADLINE + 0.5:
            late = landing.at - reopened
            self.fail("I12", f"row {landing.outbox} told of an end {late:.1f} s after {incident} opened again")

    # --- time -----------------------------------------------------------------------------------------------------

    def next_due(self) -> float:
        """The virtual second at which something will be due; infinity when nothing is."""
        if self._next is None:
            query = (
                "SELECT MIN(at) FROM (SELECT MIN(due_at) AS at FROM incident WHERE due_at IS NOT NULL UNION ALL "
                "SELECT MIN(CASE state WHEN 'pending' THEN not_before ELSE lease_until END) FROM outbox "
                "WHERE state IN ('pending', 'sending'))"
            )
            found = self.ask(query)[0][0]
            self._next = float("inf") if found is None else virtual(found)
        return self._next

    def second(self, well_since: float | None) -> None:
        """Each virtual second: what is overdue although somebody has been well for long enough."""
        now = self.time()
        if well_since is None or now - well_since < PROMPT + SKEW:
            return
        limit = START + int((now - PROMPT - SKEW) * SECOND)
        for id, due in self.ask("SELECT id, due_at FROM incident WHERE due_at < ? ORDER BY due_at LIMIT 1", limit):
            self.fail("I14", f"incident {id} was due at {clock(virtual(due))} and nobody dealt with it")
