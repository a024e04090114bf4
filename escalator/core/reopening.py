"""A resolve taken back by hand: whoever takes it back holds the incident if it was theirs, else nobody does.

What was resolved by mistake must not stay quiet: in doubt level 1 is paged now (docs/decisions/0015).
"""

from escalator.core.draft import STALE_MARGIN, Draft
from escalator.core.effects import Cancel, Kind, Refused, ReopenAlerts
from escalator.core.events import Reopened
from escalator.core.incident import Status
from escalator.core.instant import MINUTE, Span, spoken
from escalator.core.levels import begin_round

AT_LEAST: Span = 10 * MINUTE
"""A resolve can be taken back for so long also where a shorter `reopen_window` lets alerts open a new incident."""


def reopened(draft: Draft, event: Reopened) -> None:
    """It was over: it is open again, and the alerts that were closed with it fire again."""
    _permit(draft)
    was, facts = draft.incident, draft.facts
    draft.effects.append(Cancel(everything=True))
    if facts.closed and was.resolved_at is not None:
        draft.effects.append(ReopenAlerts(was.resolved_at))
    draft.set(
        firing=facts.closed, resolved_at=None, stale_at=draft.now + facts.refresh + STALE_MARGIN, unconfirmed=False,
    )  # fmt: skip
    _resume(draft, event)


def unheld(draft: Draft, event: Reopened) -> None:
    """It was called over while its alerts fire, and held until the source agrees."""
    if draft.incident.held_by is None:
        raise Refused("it is open: nobody has resolved it")
    _resume(draft, event)


def _permit(draft: Draft) -> None:
    incident, window = draft.incident, max(draft.timing.reopen_window, AT_LEAST)
    if draft.facts.heir:
        raise Refused(f"incident {draft.facts.heir} of the same group is open: act on that one")
    if not incident.held and (incident.resolved_at or 0) < draft.now - window:
        raise Refused(f"it was resolved more than {spoken(window)} ago: a new firing opens a new incident")


def _resume(draft: Draft, event: Reopened) -> None:
    """Back to whoever takes it back, if they held it before the resolve; else level 1 now."""
    incident, detail = draft.incident, {"note": event.note} if event.note else {}
    theirs = incident.acknowledged_by == event.by and not incident.held_anew
    text = f"reopened by {event.by}" + (", who holds it again" if theirs else "")
    draft.say("reopened", text, event.by, **detail)
    if theirs:
        _hold_again(draft, event.by)
    else:
        draft.unacknowledge()
    draft.tell(Kind.UPDATE, text)
    if not theirs:
        begin_round(draft, "level 1 now: nobody holds it", hold=False)


def _hold_again(draft: Draft, by: str) -> None:
    """The acknowledgement begins anew, and so does the time for which it holds."""
    timeout = draft.policy.ack_timeout
    draft.set(
        status=Status.ACKNOWLEDGED, acknowledged_at=draft.now, acknowledged_by=by, held_by=None,
        acked_firing=draft.incident.firing, lapse_at=None if timeout is None else draft.now + timeout,
    )  # fmt: skip
    until = f", holds for {spoken(timeout)}" if timeout is not None else ""
    draft.say("acknowledged", f"acknowledged by {by} as before{until}", by)
