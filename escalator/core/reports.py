"""What a source's reports do to an incident: fired, joined, worsened, cleared, resolved, held, silenced.

Suppression defers: a silence withholds pages and never loses them.
"""

from escalator.core.alert import Labels, Severity
from escalator.core.book import Book
from escalator.core.draft import STALE_MARGIN, Draft
from escalator.core.effects import Cancel, CloseAlerts, Kind
from escalator.core.events import (
    Blinked,
    Cleared,
    Fired,
    Held,
    Joined,
    Refired,
    Refreshed,
    Silenced,
    SourceResolved,
    Unheld,
    Worsened,
)
from escalator.core.incident import Incident, Status
from escalator.core.instant import Instant, Span, spoken
from escalator.core.levels import begin_round, opening
from escalator.core.policy import Repage, Route

HIGH = (Severity.CRITICAL, Severity.ERROR)


def policy_of(route: Route, book: Book, severity: Severity) -> str:
    return route.policies.get(severity, book.catch_all)


def urgent(route: str, policy: str, book: Book, severity: Severity) -> bool:
    """High by the policy's word; else for critical and error incidents, and always through catch_all."""
    found = book.policy_named(policy)
    if found is not None and found.urgency is not None and route != "catch_all":
        return found.urgency == "high"
    return route == "catch_all" or severity in HIGH


def opened(
    number: int, key: int, route: Route, severity: Severity, title: str, labels: Labels, book: Book, now: Instant
) -> Incident:
    """A new incident, before its first transition (`Fired`)."""
    policy = policy_of(route, book, severity)
    return Incident(
        id=number, key=key, route=route.name, policy=policy, revision=book.revision, severity=severity,
        high=urgent(route.name, policy, book, severity), title=title, labels=labels, opened_at=now,
    )  # fmt: skip


def fired(draft: Draft, event: Fired) -> None:
    incident, now = draft.incident, draft.now
    due = _first_page(draft, event.wait)
    storm = draft.policy.storm
    if storm is not None and draft.facts.surge > storm.over:
        draft.set(storm=True)
        more = f"more than {storm.over} incidents of policy {incident.policy} within {spoken(storm.within)}"
        draft.say("storm", f"{more}: its messages go out together with theirs")
    draft.set(
        firing=event.firing, round=1, level_at=due, stale_at=now + draft.facts.refresh + STALE_MARGIN,
        acked_values=event.values,
    )  # fmt: skip
    when = f"first page in {spoken(due - now)}" if due > now else "first page now"
    where = f"route {incident.route} → policy {incident.policy}, {incident.urgency} urgency"
    draft.say("opened", f"{event.firing} firing; {where}; {when}", revision=incident.revision, policy=incident.policy)


def _first_page(draft: Draft, hold: Span) -> Instant:
    wait = 0 if draft.incident.severity is Severity.CRITICAL else draft.timing.group_wait
    return opening(draft, draft.now + max(wait, hold))


def joined(draft: Draft, event: Joined) -> None:
    """The levels run on as they are; those who were told hear of it once per group_interval."""
    incident = draft.incident
    draft.set(
        firing=incident.firing + event.number, joined=incident.joined + event.number,
        digest_at=incident.digest_at or draft.now + draft.timing.group_interval,
    )  # fmt: skip
    if incident.round == 1 and incident.level == 0 and incident.level_at is not None:
        # What opened it may have been a stale copy, whose first page waits; this one is surely true.
        draft.set(level_at=min(incident.level_at, _first_page(draft, 0)))
    draft.say("joined", f"{event.number} more firing, {draft.incident.firing} in all")


def joined_held(draft: Draft, event: Joined) -> None:
    """An acknowledgement covers what was seen: what `repage_on` names triggers the incident again."""
    joined(draft, event)
    reason = next(filter(None, (_outgrown(draft, rule, event) for rule in draft.policy.repage_on)), "")
    _remember(draft, event.values)
    if reason:
        by = draft.incident.acknowledged_by
        draft.unacknowledge()
        draft.set(joined=0, digest_at=None)
        begin_round(draft, f"{reason}: the acknowledgement no longer covers it", also=(by,) if by else (), hold=False)


def joined_open(draft: Draft, event: Joined) -> None:
    joined(draft, event)
    _remember(draft, event.values)


def _remember(draft: Draft, values: tuple[tuple[str, str], ...]) -> None:
    new = tuple(value for value in values if value not in draft.incident.acked_values)
    draft.set(acked_values=draft.incident.acked_values + new)


def _outgrown(draft: Draft, rule: Repage, event: Joined) -> str:
    incident = draft.incident
    if rule.kind == "any":
        return "another alert joined"
    if rule.kind == "growth" and incident.firing >= rule.factor * max(incident.acked_firing, 1):
        return f"{incident.firing} fire, {incident.acked_firing} when it was acknowledged"
    if rule.kind == "label":
        fresh = [v for name, v in event.values if name == rule.label and (name, v) not in incident.acked_values]
        return f"new {rule.label} {fresh[0]!r}" if fresh else ""
    return ""


def worsened(draft: Draft, event: Worsened) -> None:
    """The route's policy is read again, level 1 is due now without group wait, an acknowledgement is void."""
    was, route = draft.incident, draft.book.route_named(draft.incident.route) or draft.book.catch_all_route
    policy = policy_of(route, draft.book, event.severity)
    draft.unacknowledge()
    high = was.high or urgent(route.name, policy, draft.book, event.severity)
    draft.set(severity=event.severity, policy=policy, high=high, turns=was.turns if policy == was.policy else ())
    draft.effects.append(Cancel())
    text = f"severity rose from {was.severity.name.lower()} to {event.severity.name.lower()}"
    draft.say("raised", text if policy == was.policy else f"{text}; policy {was.policy} → {policy}")
    begin_round(draft, "level 1 now: it got worse", hold=False)


def cleared(draft: Draft, event: Cleared) -> None:
    draft.set(firing=max(0, draft.incident.firing - event.number))
    draft.say("cleared", f"{event.number} resolved, {draft.incident.firing} still firing")


def source_resolved(draft: Draft, event: SourceResolved) -> None:
    finish(draft, f"the source resolved the last {event.number}" if event.number > 1 else "the source resolved it")


def finish(draft: Draft, reason: str, by: str | None = None, contact: str = "") -> None:
    """All stops; channels and people paged are told, never by call."""
    draft.stop()
    draft.set(
        status=Status.RESOLVED, resolved_at=draft.now, firing=0, lapse_at=None, snooze_at=None, unmute_at=None,
        stale_at=None, digest_at=None, joined=0, silenced=False, unconfirmed=False,
    )  # fmt: skip
    draft.effects.append(Cancel(everything=True))
    draft.say("resolved", reason, by)
    draft.tell(Kind.RESOLVED, reason, by=contact)


def close(draft: Draft, reason: str, by: str | None = None, contact: str = "") -> None:
    """Over without its source's word: its alerts count as resolved, those that wait in a hold too."""
    draft.effects.append(CloseAlerts())
    draft.set(held=0, hold_at=None)
    finish(draft, reason, by, contact)


def refired(draft: Draft, event: Refired) -> None:
    reopen(draft, event.number, "fires again inside the reopen window")


def reopen(draft: Draft, number: int, reason: str) -> None:
    """The same incident, from level 1. Whoever was not told yet that it was over must not hear so now."""
    draft.unacknowledge()
    draft.effects.append(Cancel(everything=True))
    draft.set(
        firing=number, resolved_at=None, stale_at=draft.now + draft.facts.refresh + STALE_MARGIN, unconfirmed=False
    )
    draft.say("reopened", f"{number} firing: {reason}")
    begin_round(draft, "reopened: level 1")


def held(draft: Draft, event: Held) -> None:
    incident = draft.incident
    draft.set(held=incident.held + event.number, hold_at=min(event.until, incident.hold_at or event.until))
    wait = spoken(event.until - draft.now)
    draft.say("held", f"{event.number} firing with an old start, a stale copy or true: waiting {wait} for a resolve")


def unheld(draft: Draft, event: Unheld) -> None:
    left = max(0, draft.incident.held - event.number)
    draft.set(held=left, hold_at=draft.incident.hold_at if left else None)
    draft.say("unheld", f"{event.number} resolved again: the late firing was a stale copy")


def blinked(draft: Draft, event: Blinked) -> None:
    draft.say("blinked", f"{event.number} fire with a newer start: a resolve in between was never reported")


def refreshed(draft: Draft, event: Refreshed) -> None:
    draft.set(unconfirmed=False, stale_at=event.next_at)
    draft.say("confirmed", "the source reports it firing again")
    if draft.incident.status is Status.TRIGGERED:
        begin_round(draft, "confirmed: level 1")


def silenced(draft: Draft, event: Silenced) -> None:
    """It shows, nobody is told; still firing at the end: level 1 then."""
    draft.set(silenced=True, unmute_at=event.until, level_at=None)
    draft.effects.append(Cancel())
    draft.say("silenced", f"silenced for {spoken(event.until - draft.now)}: {event.reason}")
