"""What delivery asks of the database: rows whose lease is ours, ready to send; and what follows each attempt.

Both are works of the group commit. What follows a failure is `core.notification`'s decision.
"""

import hashlib
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from escalator.channels.base import Message
from escalator.core import events
from escalator.core.effects import Kind
from escalator.core.instant import DAY, Instant, Span
from escalator.core.notification import LAST_RESORT, Next, Outcome, after_attempt
from escalator.engine.lifecycle import QUIET, Unit, Wake, shared
from escalator.engine.world import World
from escalator.store import incidents, links, listing, outbox, particulars
from escalator.store.db import Database
from escalator.store.outbox import Claimed, Ended

LINK_LIFE: Span = DAY
ALERTS_SHOWN = 20


class Letter(NamedTuple):
    """A claimed row with everything that its channel needs."""

    row: Claimed
    address: str
    message: Message | None
    """None: there is no address; `trouble` says why."""
    claimed_at: Instant
    trouble: str = ""


class Report(NamedTuple):
    """How one attempt went, as the channel told it."""

    row: Claimed
    at: Instant
    took: Span
    outcome: Outcome
    detail: str
    receipt: str | None
    retry_after: Span | None


class Sender(NamedTuple):
    """What this installation knows of addresses."""

    resolve: Callable[[str], str | None]
    """An address as written → the address, or None where its secret is not set."""
    public_url: str
    last_resort: str | None = None


class Claims:
    """One per process."""

    def __init__(self, database: Database, world: World, sender: Sender, wake: Callable[[Wake], None]) -> None:
        self._database = database
        self._world = world
        self._sender = sender
        self._public_url = sender.public_url.rstrip("/")
        self._wake = wake

    async def claim(self, via: str, free: int, *, ride: bool = False) -> list[Letter]:
        """At most `free` rows, leased to us; raises Unavailable.

        `ride`: not now, but in the transaction that next puts something in the outbox for this way out (one fsync from
        a webhook to its message instead of two), or once `call` says so.
        """
        if ride:
            return await self._database.ride(outbox.rider(via), self._claim, (via, free))
        return await self._database.write(self._claim, (via, free))

    def call(self, via: str) -> None:
        """Whoever rides for this way out is to look now."""
        self._database.call(outbox.rider(via))

    async def record(self, report: Report) -> None:
        """Writes the attempt and what follows from it; raises Unavailable."""
        self._wake(await self._database.write(self._record, report))

    def url(self, incident_id: int) -> str:
        """Where a person sees the incident."""
        return f"{self._public_url}/incidents/{incident_id}"

    # --- claim --------------------------------------------------------------------------------------------------

    def _claim(self, connection: Connection, asked: Sequence[tuple[str, int]]) -> Sequence[list[Letter]]:
        now = self._database.now()
        claimed = [outbox.claim(connection, via, free, now) for via, free in asked]
        rows = [row for each in claimed for row in each]
        if not rows:
            return [[] for _ in claimed]
        shown = listing.shown(connection, sorted({row.incident_id for row in rows}), self.url)
        worst = particulars.worst_alerts(connection, sorted(shown), ALERTS_SHOWN)
        alerts = {id: tuple(map(self._catalogued, found)) for id, found in worst.items()}
        tokens = {row.id: secrets.token_urlsafe(32) for row in rows if row.kind == Kind.PAGE}
        links.add(
            connection,
            [(_hashed(tokens[r.id]), r.incident_id, r.id, r.person, now + LINK_LIFE) for r in rows if r.id in tokens],
        )
        return [[self._letter(row, shown, alerts, tokens, now) for row in each] for each in claimed]

    def _catalogued(self, alert: dict[str, Any]) -> Mapping[str, Any]:
        """The catalogue's runbook and words, where the sender gave none."""
        known = self._world.book.alerts.get(alert["labels"].get("alertname", ""))
        if known is None:
            return alert
        given = {name: text for name, text in alert["annotations"].items() if text}
        return {**alert, "annotations": {**known.annotations, **given}}

    def _letter(
        self,
        row: Claimed,
        shown: Mapping[int, Mapping[str, Any]],
        alerts: Mapping[int, tuple[Mapping[str, Any], ...]],
        tokens: Mapping[int, str],
        now: Instant,
    ) -> Letter:
        address, trouble = self._address(row)
        if address is None:
            return Letter(row, "", None, now, trouble)
        token = tokens.get(row.id)
        message = Message(
            id=row.id, kind=row.kind, incident=shown[row.incident_id], alerts=alerts[row.incident_id],
            person=row.person, target=row.target, level=row.level, round=row.round, reason=row.reason,
            link=self.url(row.incident_id), first=row.round == 1 and row.level <= 1 and row.attempt <= 1,
            acknowledge=f"{self._public_url}/replies/{_door(row.via)}/{token}" if token else None,
        )  # fmt: skip
        return Letter(row, address, message, now)

    def _address(self, row: Claimed) -> tuple[str | None, str]:
        """Where a contact is reached now: the live Book's word, secrets filled in."""
        if row.contact == LAST_RESORT:
            return self._sender.last_resort, "ESCALATOR_LAST_RESORT is not set"
        kind, name, *_ = row.contact.split("/")
        if kind == "channel":
            channel = self._world.book.channels.get(name)
            written = channel.address if channel else None
        else:
            person = self._world.book.people.get(name)
            written = next((c.address for c in person.contacts if c.via == row.via), None) if person else None
        if written is None:
            return None, f"{row.contact} is no longer in the policies"
        found = self._sender.resolve(written)
        return found, f"{written} is not set" if found is None else ""

    # --- record -------------------------------------------------------------------------------------------------

    def _record(self, connection: Connection, reports: Sequence[Report]) -> Sequence[Wake]:
        now = self._database.now()
        # Incidents before their messages: the order in which everybody locks.
        wanting = incidents.wanting(connection, {report.row.incident_id for report in reports})
        following = [self._next(report, report.row.incident_id in wanting, now) for report in reports]
        ended = [
            Ended(r.row, r.at, r.took, r.outcome.value, r.detail, after.state, after.retry_at, r.receipt)
            for r, after in zip(reports, following, strict=True)
        ]
        mine = outbox.record(connection, ended)
        failed = [
            (report.row, after)
            for report, after, own in zip(reports, following, mine, strict=True)
            if own and after.fall_back and report.row.kind == Kind.PAGE and report.row.person
        ]
        return shared(self._fall_back(connection, failed, now) if failed else QUIET, len(reports))

    def _next(self, report: Report, wanting: bool, now: Instant) -> Next:
        """What follows; a page that nobody needs any more is not retried."""
        after = after_attempt(report.outcome, report.row.attempts, report.retry_after, random.random(), now)  # noqa: S311  jitter
        if after.state == "pending" and report.row.kind == Kind.PAGE and not wanting:
            state = "unknown" if report.outcome is Outcome.AMBIGUOUS else "cancelled"
            return Next(state, None, fall_back=False)
        return after

    def _fall_back(self, connection: Connection, failed: Sequence[tuple[Claimed, Next]], now: Instant) -> Wake:
        """Each person's next contact now; and where every contact of everyone failed, the next in line now."""
        unit = Unit(connection, self._world.view, now)
        unit.meet(incidents.load(connection, {row.incident_id for row, _ in failed}).values())
        vias = {outbox.advance_fallback(connection, row, now) for row, _ in failed}
        for row, after in failed:
            if after.state == "failed" and outbox.all_failed(connection, row):
                unit.advance(row.incident_id, events.Unreachable(row.round, row.level, row.attempt))
                unit.run_due(row.incident_id)
        wake = unit.flush()
        return wake._replace(vias=wake.vias | {via for via in vias if via})


def _door(via: str) -> str:
    return "email" if via == "email" else "link"


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
