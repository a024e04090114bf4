"""What follows an attempt, and what follows a provider's later word: retried, ended, fallen back from.

Works of the group commit. What follows a failure is `core.notification`'s decision.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from escalator.core import events
from escalator.core.effects import Kind
from escalator.core.instant import Instant, Span
from escalator.core.notification import Next, Outcome, after_attempt
from escalator.engine.lifecycle import Unit
from escalator.engine.wakes import QUIET, Wake, shared
from escalator.engine.world import View
from escalator.store import following, incidents, outbox
from escalator.store.outbox import Claimed, Ended


class Report(NamedTuple):
    """How one attempt went, as the channel told it."""

    row: Claimed
    at: Instant
    took: Span
    outcome: Outcome
    detail: str
    receipt: str | None
    retry_after: Span | None
    others: tuple[Claimed, ...] = ()
    """Rows that the same message told of."""
    acknowledged: bool = False
    """The receiver's answer acknowledges, and the policy lets that count."""
    asked: bool = True
    """Whether the channel was asked: where there is no address, or no channel, nothing was refused."""


class Later(NamedTuple):
    """A provider's word about a message that it had taken."""

    via: str
    receipt: str
    outcome: Outcome
    detail: str


Failure = tuple[Claimed, Next]


def record(connection: Connection, view: View, now: Instant, reports: Sequence[Report]) -> list[Wake]:
    """Writes attempts and what follows from them."""
    told = [(report, row) for report in reports for row in (report.row, *report.others)]
    # Incidents before their messages: the order in which everybody locks.
    wanting = incidents.wanting(connection, {row.incident_id for _, row in told})
    following_ = [_next(report, row, row.incident_id in wanting, now) for report, row in told]
    ended = [
        Ended(
            row, r.at, r.took, r.outcome.value, r.detail, after.state, after.retry_at, r.receipt,
            None if row is r.row or r.receipt is None else r.row.id,
        )
        for (r, row), after in zip(told, following_, strict=True)
    ]  # fmt: skip
    mine = outbox.record(connection, ended)
    failed = [
        (row, after)
        for (_, row), after, own in zip(told, following_, mine, strict=True)
        if own and after.fall_back and row.kind == Kind.PAGE and row.person
    ]
    answered = [report for report in reports if report.acknowledged]
    if not failed and not answered:
        return [QUIET] * len(reports)
    return shared(_follow(connection, view, now, failed, answered), len(reports))


def conclude(
    connection: Connection, view: View, now: Instant, words: Sequence[Later]
) -> list[tuple[list[Claimed], Wake]]:
    """For each word, the messages of ours that waited for it."""
    found: list[tuple[list[Claimed], Wake]] = []
    for word in words:
        # Read first without the incidents' locks, then again under them.
        ids = {row.incident_id for row in following.taken(connection, word.via, word.receipt)}
        wanting = incidents.wanting(connection, ids)
        rows = following.taken(connection, word.via, word.receipt) if ids else []
        failed: list[Failure] = []
        for row in rows:
            after = _later(word, row, row.incident_id in wanting, now)
            following.conclude(connection, row, after.state, after.retry_at, word.outcome.value, word.detail, now)
            if after.fall_back and row.kind == Kind.PAGE and row.person:
                failed.append((row, after))
        found.append((rows, _follow(connection, view, now, failed, ()) if failed else QUIET))
    return found


def _next(report: Report, row: Claimed, wanting: bool, now: Instant) -> Next:
    """What follows; a page that nobody needs any more is not retried."""
    after = after_attempt(report.outcome, row.attempts, report.retry_after, random.random(), now)  # noqa: S311  jitter
    if after.state == "pending" and row.kind == Kind.PAGE and not wanting:
        state = "unknown" if report.outcome is Outcome.AMBIGUOUS else "cancelled"
        return Next(state, None, fall_back=False)
    return after


def _later(word: Later, row: Claimed, wanting: bool, now: Instant) -> Next:
    """A message that failed on its way: it was sent, so where nobody needs it any more it has simply failed."""
    after = after_attempt(word.outcome, row.attempts, None, random.random(), now)  # noqa: S311  jitter
    if after.state == "pending" and (row.kind != Kind.PAGE or not wanting):
        return Next("failed", None, fall_back=False)
    return after if wanting else after._replace(fall_back=False)


def _follow(
    connection: Connection, view: View, now: Instant, failed: Sequence[Failure], answered: Sequence[Report]
) -> Wake:
    """Each person's next contact now; where every contact failed, the next in line now; what receivers answered."""
    unit = Unit(connection, view, now)
    ids = {row.incident_id for row, _ in failed} | {report.row.incident_id for report in answered}
    unit.meet(incidents.load(connection, ids).values())
    vias = {following.advance_fallback(connection, row, now) for row, _ in failed}
    # Once for each page of a person, however many of its contacts failed together: what was kept back is on its way.
    pages = {(row.incident_id, row.round, row.level, row.attempt, row.person): (row, after) for row, after in failed}
    for row, after in sorted(pages.values(), key=lambda failure: failure[0].id):
        left = following.left(connection, row) if after.state == "failed" else {row.person}
        if row.person is not None and row.person not in left:
            lost = events.Unreachable(row.round, row.level, row.attempt, row.person, not left)
            unit.advance(row.incident_id, lost)
            unit.run_due(row.incident_id)
    for report in answered:
        if unit.incidents[report.row.incident_id].open:
            by = report.row.target
            unit.advance(report.row.incident_id, events.Acknowledged(by, "by the answer of its webhook"))
    wake = unit.flush()
    return wake._replace(vias=wake.vias | {via for via in vias if via})
