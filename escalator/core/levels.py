"""The walk: which level is due, whom it pages at this instant, and what follows when it pages nobody.

due(k+1) = due(k) + attempts × escalate_after, counted from the page; a level that pages nobody is skipped at once.
Known failure accelerates; escalation adds, never removes.
"""

from escalator.core.alert import Severity
from escalator.core.book import Book
from escalator.core.draft import Draft
from escalator.core.effects import TakeTurn
from escalator.core.incident import Status
from escalator.core.instant import MINUTE, Instant, rfc3339, spoken
from escalator.core.notification import LAST_RESORT
from escalator.core.oncall import is_open, next_opening
from escalator.core.paging import message, page_person
from escalator.core.policy import Level, Target
from escalator.core.rollcall import RollCall, people_of, standing, turn_of

PASS_AT_LEAST = MINUTE
"""A new pass starts at least this long after the previous one began: a policy that reaches nobody must not spin."""

DESPERATE_EVERY = MINUTE


def begin_round(draft: Draft, reason: str, also: tuple[str, ...] = (), hold: bool = True) -> None:
    """Level 1 is due now: the levels are walked anew, numbered as a new round.

    `hold`: whether `hold_until` may defer it; never for what a person asked for, nor for what got worse.
    """
    draft.set(
        status=Status.TRIGGERED, round=draft.incident.round + 1, level=0, attempt=0, attempt_at=None, passes=0,
        reached=False, pass_at=None, paged=(), also=also, awaited=(), desperate=False,
    )  # fmt: skip
    due = opening(draft, draft.now) if hold else draft.now
    draft.set(level_at=None if draft.incident.muted else due)
    draft.say("round", f"{reason}, held until {rfc3339(due)}" if due > draft.now else reason)


def opening(draft: Draft, due: Instant) -> Instant:
    """`due`, moved to the next opening of the policy's `hold_until`."""
    hours = draft.book.hours.get(draft.policy.hold_until or "")
    return (next_opening(hours, due) or due) if hours else due


def walk(draft: Draft) -> None:
    """The wait of the current level is over: page the next attempt, level or pass that reaches anyone."""
    if draft.incident.desperate:
        return _page_everyone(draft)
    incident, levels = draft.incident, draft.policy.levels
    current = levels[incident.level - 1] if 0 < incident.level <= len(levels) else None
    again = current is not None and incident.attempt < current.attempts
    if current and again and _page_level(draft, current, incident.level, incident.attempt + 1):
        return None
    return climb(draft, incident.level + 1)


def climb(draft: Draft, number: int) -> None:
    """From the numbered level upwards, to the first that reaches anyone; past the last, what follows a pass."""
    if number <= 1:
        draft.set(pass_at=draft.now, paged=(), reached=False)
    for index, level in enumerate(draft.policy.levels[number - 1 :], number):
        if _page_level(draft, level, index, 1):
            return
    _end_pass(draft)


def _end_pass(draft: Draft) -> None:
    incident, policy = draft.incident, draft.policy
    if not policy.levels and incident.policy != draft.book.catch_all:
        return hand_over(draft, f"policy {incident.policy!r} is gone")
    repeat = (None if incident.high else 0) if policy.repeat == "default" else policy.repeat
    at_last = incident.policy == draft.book.catch_all
    if incident.high and not incident.reached:
        return _despair(draft) if at_last else hand_over(draft, f"policy {policy.name!r} paged nobody in a whole pass")
    if repeat is not None and incident.passes >= repeat:
        if not incident.high:
            draft.set(level_at=None)
            return draft.say("exhausted", f"policy {policy.name!r} is walked to its end; it waits for somebody to look")
        if not at_last:
            return hand_over(draft, f"policy {policy.name!r} was walked {repeat + 1} times and nobody acknowledged")
    return _next_pass(draft)


def _next_pass(draft: Draft) -> None:
    """Again from level 1, at least a minute after the previous pass began."""
    incident = draft.incident
    earliest = (draft.now if incident.pass_at is None else incident.pass_at) + PASS_AT_LEAST
    draft.set(round=incident.round + 1, passes=incident.passes + 1, level=0, attempt=0, attempt_at=None, paged=())
    draft.say("repeat", f"nobody acknowledged: pass {incident.passes + 2} begins")
    if earliest > draft.now:
        return draft.set(level_at=earliest)
    return climb(draft, 1)


def hand_over(draft: Draft, reason: str) -> None:
    """The incident goes on to `catch_all`, at high urgency."""
    draft.set(
        policy=draft.book.catch_all, high=True, round=draft.incident.round + 1, passes=0, level=0, attempt=0, paged=(),
        reached=False, turns=(),
    )  # fmt: skip
    draft.say("handed over", f"{reason}: handed over to catch_all {draft.book.catch_all!r}")
    climb(draft, 1)


def _despair(draft: Draft) -> None:
    draft.set(desperate=True, round=draft.incident.round + 1, level=0, attempt=0)
    draft.say("last resort", "catch_all reaches nobody either: everyone is paged each minute")
    _page_everyone(draft)
    why = "no policy reaches anyone"
    draft.effects.append(message(draft, LAST_RESORT, LAST_RESORT, None, LAST_RESORT, 0, draft.now, why))


def _page_everyone(draft: Draft) -> None:
    draft.set(attempt=draft.incident.attempt + 1, attempt_at=draft.now, level_at=draft.now + DESPERATE_EVERY)
    told = [name for name in draft.book.people if page_person(draft, name, Target("person", name), "last resort")]
    draft.say("paged" if told else "unreachable", f"last resort: {_names(told)}", paged=told, **standing(draft))


def _page_level(draft: Draft, level: Level, number: int, attempt: int) -> bool:
    """Pages what one level names at this instant; False: it reaches nobody, so the next is due now."""
    why_not = guard(level, draft.incident.severity, draft.book, draft.now)
    if why_not:
        detail = {**standing(draft), "level": number, "attempt": attempt, "guard": why_not}
        draft.say("skipped", f"level {number} skipped: {why_not}", **detail)
        return False
    draft.set(level=number, attempt=attempt, attempt_at=draft.now)
    why = f"level {number}" + (f", attempt {attempt} of {level.attempts}" if level.attempts > 1 else "")
    called = _called(draft, level, why)
    people, channels, detail = called.people, called.channels, {**standing(draft), **called.detail}
    if not people and not (level.channels_only and channels):
        missing = "; ".join(called.words) or "no target"
        draft.say("skipped", f"level {number} reaches nobody: {missing}", **detail)
        return False
    draft.set(
        level_at=draft.now + level.escalate_after,
        awaited=tuple(people) if level.ack_all else (),
        also=(),
    )
    text = f"{why}: {_names([*people, *channels])}; next in {spoken(level.escalate_after)}"
    draft.say("paged", "; ".join([text, *called.words]), paged=people, channels=channels, **detail)
    return True


def guard(level: Level, severity: Severity, book: Book, now: Instant) -> str:
    """Why a level's `when` keeps it out, in words; empty when it applies."""
    hours = book.hours
    if level.severities is not None and severity not in level.severities:
        return f"not for severity {severity.name.lower()}"
    if level.during and (level.during not in hours or not is_open(hours[level.during], now)):
        return f"only during {level.during}"
    if level.outside and level.outside in hours and is_open(hours[level.outside], now):
        return f"only outside {level.outside}"
    return ""


def _called(draft: Draft, level: Level, why: str) -> RollCall:
    """Each target paged, once."""
    called = RollCall(draft, why)
    for name in draft.incident.also:
        called.call(Target("person", name))
    for target in _turned(draft, level, called):
        called.call(target)
    return called


def _turned(draft: Draft, level: Level, called: RollCall) -> list[Target]:
    """A round-robin level's target for this incident: the turn is taken once, then kept by the incident."""
    if not level.round_robin or not level.targets:
        return list(level.targets)
    turns = dict(draft.incident.turns)
    number = draft.incident.level
    if number not in turns:
        key = (draft.incident.policy, number)
        turns[number] = draft.facts.turns.get(key, 0)
        draft.effects.append(TakeTurn(*key))
        draft.set(turns=tuple(sorted(turns.items())))
    pool = [Target("person", n) for t in level.targets for n in people_of(draft, t)] or list(level.targets)
    target, called.turn = turn_of(pool, turns[number])
    return [target]


def _names(names: list[str]) -> str:
    return ", ".join(names) or "nobody"
