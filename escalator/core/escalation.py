"""step: the one function that makes a new incident of an old one. The table is data; a test walks every cell.

A cell is a rule; `Ignored` for a pair that a race can produce (written down, nothing else); `Refuse` for what a person
may ask but the state forbids; `None` for what cannot happen, which raises.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from escalator.core import answers, deadlines, reopening, reports
from escalator.core import events as words
from escalator.core.book import Book
from escalator.core.draft import Draft
from escalator.core.effects import Facts, Refused, Transition
from escalator.core.events import Event
from escalator.core.incident import Incident, Status
from escalator.core.instant import Instant


class Ignored(NamedTuple):
    reason: str


class Refuse(NamedTuple):
    reason: str


class Impossible(Exception):
    """An event reached an incident in a state in which it cannot happen: a bug of ours, never of the sender."""


Rule = Callable[[Draft, Any], None]
Cell = Rule | Ignored | Refuse | None

OVER = Ignored("it is resolved already")
HELD = Ignored("somebody holds it: no level is due")
NOT_HELD = Ignored("nobody holds it any more")
CLOSED = Refuse("it is resolved: there is nothing left to do; a new firing opens it again")
UNRESOLVED = Refuse("it is open: nobody has resolved it")

# Event: (triggered, acknowledged, snoozed, resolved)
TABLE: dict[type, tuple[Cell, Cell, Cell, Cell]] = {
    # what sources report
    words.Fired: (reports.fired, None, None, None),
    words.Joined: (reports.joined_open, reports.joined_held, reports.joined_held, None),
    words.Worsened: (reports.worsened, reports.worsened, reports.worsened, None),
    words.Cleared: (reports.cleared, reports.cleared, reports.cleared, OVER),
    words.SourceResolved: (reports.source_resolved, reports.source_resolved, reports.source_resolved, OVER),
    words.Held: (reports.held, reports.held, reports.held, reports.held),
    words.Unheld: (reports.unheld, reports.unheld, reports.unheld, reports.unheld),
    words.Blinked: (reports.blinked, reports.blinked, reports.blinked, OVER),
    words.Refired: (None, None, None, reports.refired),
    words.Refreshed: (reports.refreshed, reports.refreshed, reports.refreshed, OVER),
    words.Silenced: (reports.silenced, reports.silenced, reports.silenced, OVER),
    # what time does
    words.LevelDue: (deadlines.level_due, HELD, HELD, OVER),
    words.LapseDue: (NOT_HELD, deadlines.lapse_due, NOT_HELD, OVER),
    words.SnoozeDue: (NOT_HELD, NOT_HELD, deadlines.snooze_due, OVER),
    words.SilenceDue: (deadlines.silence_due, deadlines.silence_due, deadlines.silence_due, OVER),
    words.HoldDue: (
        deadlines.hold_due_open, deadlines.hold_due_held, deadlines.hold_due_held, deadlines.hold_due_closed,
    ),
    words.StaleDue: (deadlines.stale_due, deadlines.stale_due, deadlines.stale_due, OVER),
    words.DigestDue: (deadlines.digest_due, deadlines.digest_due, deadlines.digest_due, OVER),
    words.Unreachable: (deadlines.unreachable, HELD, HELD, OVER),
    words.PolicyChanged: (deadlines.policy_changed, deadlines.policy_changed, deadlines.policy_changed, OVER),
    # what people do
    words.Acknowledged: (
        answers.acknowledged, answers.acknowledged_again, answers.acknowledged_snoozed,
        Refuse("it is resolved: there is nothing left to acknowledge"),
    ),
    words.Unacknowledged: (
        Refuse("nobody has acknowledged it"), answers.unacknowledged, answers.unacknowledged, CLOSED,
    ),
    words.Snoozed: (answers.snoozed, answers.snoozed, answers.snoozed, CLOSED),
    words.Escalated: (answers.escalated, answers.escalated, answers.escalated, CLOSED),
    words.Reassigned: (answers.reassigned, answers.reassigned, answers.reassigned, CLOSED),
    words.Resolved: (answers.resolved, answers.resolved, answers.resolved, OVER),
    words.Reopened: (UNRESOLVED, reopening.unheld, UNRESOLVED, reopening.reopened),
    words.Noted: (answers.noted, answers.noted, answers.noted, answers.noted),
}  # fmt: skip

COLUMNS = {Status.TRIGGERED: 0, Status.ACKNOWLEDGED: 1, Status.SNOOZED: 2, Status.RESOLVED: 3}


def step(incident: Incident, event: Event, book: Book, facts: Facts, now: Instant) -> Transition:
    """What one event does to one incident.

    Raises Refused where a person asks for what the state forbids, Impossible for a bug of ours.
    """
    cell = TABLE[type(event)][COLUMNS[incident.status]]
    if cell is None:
        raise Impossible(f"{type(event).__name__} reached incident {incident.id}, which is {incident.status}")
    if isinstance(cell, Refuse):
        raise Refused(cell.reason)
    draft = Draft(incident, book, facts, now)
    if isinstance(cell, Ignored):
        draft.say("ignored", f"{type(event).__name__}: {cell.reason}")
        _forget_deadline(draft, event)
    else:
        cell(draft, event)
    return draft.finished()


def _forget_deadline(draft: Draft, event: Event) -> None:
    """An ignored deadline is over: it must not come due again."""
    name = DEADLINES.get(type(event))
    if name:
        draft.set(**{name: None})


DEADLINES: dict[type, str] = {
    words.LevelDue: "level_at",
    words.LapseDue: "lapse_at",
    words.SnoozeDue: "snooze_at",
    words.SilenceDue: "unmute_at",
    words.StaleDue: "stale_at",
    words.DigestDue: "digest_at",
}
