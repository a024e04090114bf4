"""What people do to an incident: acknowledge, snooze, escalate, reassign, resolve, and take it back.

What the state forbids raises Refused with a sentence that says what to do instead.
"""

from escalator.core.draft import Draft
from escalator.core.effects import Cancel, Kind, Refused
from escalator.core.events import Acknowledged, Escalated, Noted, Reassigned, Resolved, Snoozed, Unacknowledged
from escalator.core.incident import Status
from escalator.core.instant import DAY, MINUTE, rfc3339, spoken
from escalator.core.levels import begin_round, climb
from escalator.core.reports import close
from escalator.core.rollcall import RollCall, standing

REASSIGN_WAIT = 5 * MINUTE
"""Unanswered for this long after a reassignment: level 1."""

SNOOZE_LONGEST = DAY

AGAIN = "acknowledged again by"
"""How the line of the timeline begins that changes nothing: somebody else holds it."""


def acknowledged(draft: Draft, event: Acknowledged) -> None:
    """Stops levels and pending contact steps; with `ack_mode: all` only when the last whom the level paged did."""
    incident = draft.incident
    left = tuple(name for name in incident.awaited if name != event.by)
    if left:
        draft.set(awaited=left)
        draft.effects.append(Cancel(person=event.by))
        return draft.say("acknowledged", f"{event.by} acknowledged; still waiting for {', '.join(left)}", event.by)
    _take(draft, event.by, Status.ACKNOWLEDGED, event.note)
    timeout = draft.policy.ack_timeout
    draft.set(lapse_at=None if timeout is None else draft.now + timeout)
    until = f", holds for {spoken(timeout)}" if timeout is not None else ""
    draft.say("acknowledged", f"acknowledged by {event.by}{until}", event.by, **_note(event.note))
    return draft.tell(Kind.UPDATE, f"acknowledged by {event.by}", by=event.contact)


def acknowledged_snoozed(draft: Draft, event: Acknowledged) -> None:
    """A snooze is an acknowledgement already; who acknowledges it now takes it, and the snooze ends."""
    draft.set(snooze_at=None)
    acknowledged(draft, event)


def _take(draft: Draft, by: str, status: Status, note: str) -> None:
    incident = draft.incident
    draft.stop()
    draft.set(
        status=status, acknowledged_at=draft.now, acknowledged_by=by, acked_firing=incident.firing, held_by=None,
        held_anew=False,
    )  # fmt: skip
    draft.effects.append(Cancel())


def acknowledged_again(draft: Draft, event: Acknowledged) -> None:
    """The first acknowledger stays."""
    first = draft.incident.acknowledged_by
    draft.say("acknowledged", f"{AGAIN} {event.by}; {first} holds it", event.by, **_note(event.note))


def unacknowledged(draft: Draft, event: Unacknowledged) -> None:
    draft.unacknowledge()
    draft.say("unacknowledged", f"acknowledgement taken back by {event.by}", event.by, **_note(event.note))
    draft.tell(Kind.UPDATE, f"acknowledgement taken back by {event.by}")
    begin_round(draft, "level 1 now: nobody holds it", hold=False)


def snoozed(draft: Draft, event: Snoozed) -> None:
    if not draft.now < event.until <= draft.now + SNOOZE_LONGEST:
        raise Refused("a snooze ends in the future, at most 24 hours from now")
    _take(draft, event.by, Status.SNOOZED, event.note)
    draft.set(snooze_at=event.until, lapse_at=None)
    text = f"snoozed by {event.by} until {rfc3339(event.until)}"
    draft.say("snoozed", text, event.by, **_note(event.note))
    draft.tell(Kind.UPDATE, text)


def escalated(draft: Draft, event: Escalated) -> None:
    """The named or the next level now; an acknowledgement is void. What waits for those paged before still goes out."""
    incident, levels = draft.incident, draft.policy.levels
    number = incident.level + 1 if event.level is None else event.level
    if not 1 <= number <= len(levels):
        left = "it is at the last" if event.level is None else f"{len(levels)} is the last"
        raise Refused(f"policy {incident.policy!r} has no level {number}: {left}; reassign it instead")
    draft.unacknowledge()
    draft.set(
        round=incident.round + (1 if number <= incident.level else 0), desperate=False, silenced=False, unmute_at=None,
        unconfirmed=False,
    )  # fmt: skip
    draft.say("escalated", f"escalated by {event.by} to level {number}", event.by, **_note(event.note))
    climb(draft, number)


def reassigned(draft: Draft, event: Reassigned) -> None:
    """The targets are paged now; unanswered for 5 minutes, level 1."""
    draft.unacknowledge()
    draft.effects.append(Cancel())
    draft.set(
        round=draft.incident.round + 1, level=0, attempt=1, attempt_at=draft.now, passes=0, desperate=False,
        level_at=draft.now + REASSIGN_WAIT, silenced=False, unmute_at=None, unconfirmed=False,
    )  # fmt: skip
    why = f"reassigned to you by {event.by}"
    called = RollCall(draft, why)
    for target in event.to:
        called.call(target)
    if not called.reached:
        raise Refused(f"nobody among {', '.join(map(str, event.to))} can be reached now; name somebody else")
    detail = {"paged": called.people, "channels": called.channels, **standing(draft), **called.detail}
    draft.say(
        "reassigned",
        f"reassigned by {event.by} to {', '.join(called.reached)}",
        event.by,
        **detail,
        **_note(event.note),
    )


def resolved(draft: Draft, event: Resolved) -> None:
    """While alerts fire the person holds it until the source resolves or the hold lapses; else it is over."""
    incident = draft.incident
    if incident.firing == 0 or incident.unconfirmed:
        return close(draft, f"resolved by {event.by}", event.by, event.contact)
    if incident.status is not Status.ACKNOWLEDGED:
        _take(draft, event.by, Status.ACKNOWLEDGED, event.note)
        timeout = draft.policy.ack_timeout
        draft.set(snooze_at=None, lapse_at=None if timeout is None else draft.now + timeout, held_anew=True)
    draft.set(held_by=event.by)
    text = f"resolved by {event.by} while {incident.firing} still fire: held until the source agrees"
    draft.say("resolved by hand", text, event.by, **_note(event.note))
    return draft.tell(Kind.UPDATE, text, by=event.contact)


def noted(draft: Draft, event: Noted) -> None:
    draft.say("note", event.note, event.by)


def _note(note: str) -> dict[str, str]:
    return {"note": note} if note else {}
