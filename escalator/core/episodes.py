"""What a firing, repeated, late or stale report does to an alert: at most one episode of an identity is open.

The table is the rule (after Alertmanager's contract: copies, lost resolves and old reports are all normal). What the
verdicts mean for an incident is `grouping`'s.
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple

from escalator.core.alert import Alert, Severity
from escalator.core.instant import Instant, Span


class State(IntEnum):
    """Where an episode stands; the numbers are stored."""

    FIRING = 0
    RESOLVED = 1
    HELD = 2
    """Resolved, then reported firing with an old startsAt: waiting for a resolve, or for the hold to end."""
    UNCONFIRMED = 3
    """Firing, but not refreshed in time."""
    RECORDED = 4
    """A resolve that was never seen firing: kept so that its late firing is recognised."""


class Episode(NamedTuple):
    """The newest episode of one alert identity."""

    key: int
    episode_id: int
    """0 while only recorded."""
    incident_id: int
    state: State
    severity: Severity
    first_start: Instant
    last_start: Instant
    ends_at: Instant | None
    last_seen: Instant
    hold_until: Instant | None = None
    words: int = 0

    @property
    def counts(self) -> bool:
        """Whether its incident counts it as firing."""
        return self.state is State.FIRING or self.state is State.UNCONFIRMED


class Body(NamedTuple):
    """The words of one episode of an alert."""

    episode_id: int
    incident_id: int
    key: int
    alert: Alert


class Verdict(StrEnum):
    """What one report means."""

    OPENED = "opened"
    OPENED_LATE = "opened late"
    """First firing of an alert whose resolve was heard before: stale, or true; pages only after the hold."""
    REOPENED = "reopened"
    """A new episode of a known alert."""
    REFRESHED = "refreshed"
    BLINKED = "blinked"
    """Still firing, with a newer startsAt: a resolve was missed."""
    CLOSED = "closed"
    LATE = "late"
    """A resolve that belongs to an earlier episode."""
    HELD = "held"
    STILL_HELD = "still held"
    UNHELD = "unheld"
    RECORDED = "recorded"
    """A resolve of something that is not open."""


# (state or None for unknown, firing, newer) -> verdict. `newer`: for a firing report, startsAt after the newest
# startsAt of an open episode (one in the future counts as receipt, and a repeat of it is nothing newer), or after the
# end of a closed one; for a resolve, endsAt not before the newest startsAt.
TABLE: dict[tuple[State | None, bool, bool], Verdict] = {
    (None, True, False): Verdict.OPENED,
    (None, True, True): Verdict.OPENED,
    (None, False, False): Verdict.RECORDED,
    (None, False, True): Verdict.RECORDED,
    (State.FIRING, True, False): Verdict.REFRESHED,
    (State.FIRING, True, True): Verdict.BLINKED,
    (State.FIRING, False, False): Verdict.LATE,
    (State.FIRING, False, True): Verdict.CLOSED,
    (State.UNCONFIRMED, True, False): Verdict.REFRESHED,
    (State.UNCONFIRMED, True, True): Verdict.BLINKED,
    (State.UNCONFIRMED, False, False): Verdict.LATE,
    (State.UNCONFIRMED, False, True): Verdict.CLOSED,
    (State.RESOLVED, True, False): Verdict.HELD,
    (State.RESOLVED, True, True): Verdict.REOPENED,
    (State.RESOLVED, False, False): Verdict.RECORDED,
    (State.RESOLVED, False, True): Verdict.RECORDED,
    (State.HELD, True, False): Verdict.STILL_HELD,
    (State.HELD, True, True): Verdict.REOPENED,
    (State.HELD, False, False): Verdict.UNHELD,
    (State.HELD, False, True): Verdict.UNHELD,
    (State.RECORDED, True, False): Verdict.OPENED_LATE,
    (State.RECORDED, True, True): Verdict.OPENED,
    (State.RECORDED, False, False): Verdict.RECORDED,
    (State.RECORDED, False, True): Verdict.RECORDED,
}


def judge(alert: Alert, known: Episode | None, now: Instant) -> Verdict:
    """What this report means, given the newest episode of its alert."""
    if known is None:
        return Verdict.OPENED if alert.firing else Verdict.RECORDED
    return TABLE[known.state, alert.firing, _newer(alert, known, now)]


def _newer(alert: Alert, known: Episode, now: Instant) -> bool:
    if not alert.firing:
        return (now if alert.ends_at is None else alert.ends_at) >= known.last_start
    if known.counts:
        return known.last_start < alert.starts_at <= now
    return known.ends_at is None or alert.starts_at > known.ends_at


def repeats(alert: Alert, known: Episode) -> bool:
    """The common case, judged without the table: it fires, we know, nothing is new."""
    return alert.firing and known.state is State.FIRING and alert.starts_at <= known.last_start


def refreshed(known: Episode, alert: Alert, words: int, now: Instant) -> Episode:
    """A report of an episode that goes on: the earliest start is shown, the newest decides which resolve counts.

    One in the future does not: a sender whose clocks disagree would never be believed that it is over.
    """
    return known._replace(
        state=State.FIRING,
        first_start=min(known.first_start, alert.starts_at),
        last_start=max(known.last_start, alert.starts_at if alert.starts_at <= now else 0),
        last_seen=now,
        words=words,
    )


def closed(known: Episode, alert: Alert, now: Instant) -> Episode:
    """The end of an episode; a repeated resolve never moves the end backwards."""
    ended = now if alert.ends_at is None else alert.ends_at
    return known._replace(
        state=State.RESOLVED, ends_at=max(ended, known.ends_at or ended), last_seen=now, hold_until=None
    )


def recorded(known: Episode | None, alert: Alert, severity: Severity, now: Instant) -> Episode:
    """A resolve of what is not open: its end is remembered, never moved back."""
    ended = now if alert.ends_at is None else alert.ends_at
    if known is not None:
        return known._replace(ends_at=max(ended, known.ends_at or ended))
    return Episode(alert.key, 0, 0, State.RECORDED, severity, alert.starts_at, alert.starts_at, ended, now)


def held(known: Episode, incident_id: int, hold: Span, now: Instant) -> Episode:
    """An ambiguous firing: it waits, from its receipt."""
    return known._replace(state=State.HELD, incident_id=incident_id, hold_until=now + hold, last_seen=now)


def begun(alert: Alert, key: int, numbers: tuple[int, int], severity: Severity, words: int, now: Instant) -> Episode:
    """A new episode; `numbers`: its own and its incident's."""
    start = min(alert.starts_at, now)
    return Episode(key, *numbers, State.FIRING, severity, start, start, None, now, None, words)
