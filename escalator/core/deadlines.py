"""What a passed deadline does: lapse, snooze, silence, hold, stale, digest; and what a new revision does.

`next_deadline` names the deadline that is due; each has one rule.
"""

from escalator.core.draft import Draft
from escalator.core.effects import Cancel, Kind, Told
from escalator.core.events import (
    DigestDue,
    HoldDue,
    Joined,
    LapseDue,
    PolicyChanged,
    SilenceDue,
    SnoozeDue,
    StaleDue,
    Unreachable,
    Worsened,
)
from escalator.core.incident import Incident, Status
from escalator.core.instant import Instant
from escalator.core.levels import begin_round, climb, opening, walk
from escalator.core.notification import contact_id
from escalator.core.paging import page_spares, ways
from escalator.core.reports import close, joined_held, joined_open, policy_of, reopen, urgent, worsened
from escalator.core.rollcall import standing

ORDER = ("hold_at", "unmute_at", "snooze_at", "lapse_at", "stale_at", "level_at", "digest_at")
"""Where several are due at once (after a stop of ours): first what changes whether anybody is paged at all."""


def next_deadline(incident: Incident, now: Instant) -> str | None:
    """The name of the deadline to deal with first, None when nothing is due."""
    due = [(at, name) for name in ORDER if (at := getattr(incident, name)) is not None and at <= now]
    return min(due, key=lambda pair: pair[0])[1] if due else None


def level_due(draft: Draft, event: object) -> None:
    walk(draft)


def lapse_due(draft: Draft, event: LapseDue) -> None:
    by = draft.incident.acknowledged_by
    draft.unacknowledge()
    draft.say("ack_timeout", f"the acknowledgement by {by} lapsed and it still fires")
    begin_round(draft, "level 1 again, and whoever had acknowledged", also=(by,) if by else ())


def snooze_due(draft: Draft, event: SnoozeDue) -> None:
    by = draft.incident.acknowledged_by
    draft.unacknowledge()
    draft.say("snooze_ended", "the snooze ended and it still fires")
    begin_round(draft, "level 1 again, and whoever had snoozed", also=(by,) if by else ())


def silence_due(draft: Draft, event: SilenceDue) -> None:
    draft.set(silenced=False, unmute_at=None)
    draft.say("unsilenced", "the silence no longer covers it and it still fires")
    if draft.incident.status is Status.TRIGGERED:
        begin_round(draft, "level 1 now: the silence is over")


def hold_due_closed(draft: Draft, event: HoldDue) -> None:
    """No resolve came: it was true after all. Fail open."""
    _unhold(draft, event)
    if event.number:
        reopen(draft, event.number, "it was no stale copy")
        _rise(draft, event)


def hold_due_open(draft: Draft, event: HoldDue) -> None:
    _unhold(draft, event)
    if event.number:
        joined_open(draft, Joined(event.number))
        _rise(draft, event)


def hold_due_held(draft: Draft, event: HoldDue) -> None:
    """Whoever holds it hears of them as of any that join."""
    _unhold(draft, event)
    if event.number:
        joined_held(draft, Joined(event.number))
        _rise(draft, event)


def _rise(draft: Draft, event: HoldDue) -> None:
    if event.worst > draft.incident.severity:
        worsened(draft, Worsened(event.worst))


def _unhold(draft: Draft, event: HoldDue) -> None:
    # No later hold: nothing waits here any more, also where what waited went on to another incident of the group.
    left = 0 if event.next_at is None else max(0, draft.incident.held - event.number)
    draft.set(held=left, hold_at=event.next_at)
    if event.number:
        draft.say("hold over", f"no resolve came within the hold: {event.number} fire again")


def stale_due(draft: Draft, event: StaleDue) -> None:
    """A source that went silent neither proves nor disproves: shown as unconfirmed, paging stops."""
    draft.set(stale_at=event.next_at)
    if event.close:
        return close(draft, "unconfirmed for a day while the source's heartbeat is healthy")
    if event.unconfirmed >= draft.incident.firing > 0 and not draft.incident.unconfirmed:
        draft.set(unconfirmed=True, level_at=None)
        draft.effects.append(Cancel())
        draft.say("unconfirmed", "not one of its alerts was refreshed in time: shown as unconfirmed, paging stops")
    return None


def digest_due(draft: Draft, event: DigestDue) -> None:
    """What joined is told at once: to the acknowledger by the first low-urgency contact, else to the channels."""
    incident = draft.incident
    reason = f"{incident.joined} alerts joined since, {incident.firing} firing now"
    draft.set(joined=0, digest_at=None)
    if incident.joined == 0 or incident.muted:
        return
    draft.say("digest", reason)
    if incident.status is Status.TRIGGERED:
        return draft.tell(Kind.UPDATE, reason, [told for told in draft.facts.told if told.person is None])
    return draft.tell(Kind.UPDATE, reason, _holder(draft))


def _holder(draft: Draft) -> list[Told]:
    person = draft.book.people.get(draft.incident.acknowledged_by or "")
    if person is None:
        return []
    found = ways(draft, person.name, "low")[:1]
    return [Told(contact_id(person.name, r.contact.via), r.contact.via, person.name, "acknowledger") for r in found]


def unreachable(draft: Draft, event: Unreachable) -> None:
    """Known failure accelerates: contacts that were kept back, else the next in line, now."""
    incident = draft.incident
    if (incident.round, incident.level, incident.attempt) != event[:3] or incident.level_at is None:
        return draft.say("unreachable", f"{event.person}, paged then, was unreachable; it has moved on since")
    spares = page_spares(draft, event.person)
    if spares:
        text = f"every verified contact of {event.person} failed: now by {', '.join(spares)}, never verified"
        return draft.say("paged", text, paged=[event.person], spares=spares, **standing(draft))
    if not event.everyone:
        return draft.say("unreachable", f"{event.person} is unreachable; others were paged too")
    if incident.desperate:
        return draft.say("unreachable", "nobody could be reached; everyone is paged again within a minute")
    draft.say("unreachable", f"level {incident.level}: everybody it paged is unreachable; next level now")
    return climb(draft, incident.level + 1)


def policy_changed(draft: Draft, event: PolicyChanged) -> None:
    """Change never delays: same ordinal level, the earlier of the old and the new deadline."""
    incident = draft.incident
    draft.set(revision=event.revision)
    if draft.book.policy_named(incident.policy) is None:
        route = draft.book.route_named(event.route or "catch_all") or draft.book.catch_all_route
        policy = policy_of(route, draft.book, incident.severity)
        high = incident.high or urgent(route.name, policy, draft.book, incident.severity)
        draft.set(policy=policy, high=high, turns=())
        draft.say("rerouted", f"policy {incident.policy!r} is gone in revision {event.revision}: now {policy!r}")
        if high and _rests(incident):
            return begin_round(draft, "level 1: it is urgent now")
    else:
        draft.say("revision", f"moved to policy revision {event.revision}")
    return draft.set(level_at=_sooner(draft.incident.level_at, _new_level_at(draft)), lapse_at=_new_lapse_at(draft))


def _rests(incident: Incident) -> bool:
    """Whether its policy was walked to its end, so that nobody is paged any more."""
    return incident.status is Status.TRIGGERED and incident.level_at is None and not incident.muted


def _new_level_at(draft: Draft) -> Instant | None:
    incident, levels, timing = draft.incident, draft.policy.levels, draft.timing
    if incident.level == 0 and incident.attempt_at is None and incident.pass_at is None:
        # Nobody was paged in this round: it waits for its group, for a hold-down, or for hours to open.
        waits = incident.opened_at + max(timing.group_wait, timing.reopen_hold)
        return opening(draft, max(draft.now, waits))
    if incident.attempt_at is None or not 0 < incident.level <= len(levels):
        return None
    return max(draft.now, incident.attempt_at + levels[incident.level - 1].escalate_after)


def _new_lapse_at(draft: Draft) -> Instant | None:
    incident, timeout = draft.incident, draft.policy.ack_timeout
    if incident.status is not Status.ACKNOWLEDGED or incident.acknowledged_at is None or timeout is None:
        return incident.lapse_at
    return _sooner(incident.lapse_at, max(draft.now, incident.acknowledged_at + timeout)) or draft.now + timeout


def _sooner(old: Instant | None, new: Instant | None) -> Instant | None:
    """The earlier of both; nothing is due where nothing was."""
    return old if old is None or new is None else min(old, new)
