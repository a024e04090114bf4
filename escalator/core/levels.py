"""The walk: which level is due, whom it pages at this instant, and what follows when it pages nobody.

due(k+1) = due(k) + attempts × escalate_after, counted from the page; a level that pages nobody is skipped at once.
Known failure accelerates; escalation adds, never removes.
"""

from typing import Any, NamedTuple

from escalator.core.draft import Draft
from escalator.core.effects import TakeTurn
from escalator.core.incident import Status
from escalator.core.instant import MINUTE, Instant, rfc3339, spoken
from escalator.core.notification import LAST_RESORT
from escalator.core.oncall import is_open, next_opening, on_call, rotation
from escalator.core.paging import left_out_of, message, page_channel, page_person, ways
from escalator.core.policy import Level, Target

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
    draft.say("paged" if told else "unreachable", f"last resort: {_names(told)}", paged=told)


def _page_level(draft: Draft, level: Level, number: int, attempt: int) -> bool:
    """Pages what one level names at this instant; False: it reaches nobody, so the next is due now."""
    guard = _guarded(draft, level)
    if guard:
        draft.say("skipped", f"level {number} skipped: {guard}", level=number, guard=guard)
        return False
    draft.set(level=number, attempt=attempt, attempt_at=draft.now)
    why = f"level {number}" + (f", attempt {attempt} of {level.attempts}" if level.attempts > 1 else "")
    told = _page_targets(draft, level, why)
    people, channels, missing = told.people, told.channels, [reason for _, reason in told.missing]
    detail = {"level": number, "round": draft.incident.round, "attempt": attempt, **told.detail(draft)}
    if not people and not (level.channels_only and channels):
        draft.say("skipped", f"level {number} reaches nobody: {'; '.join(missing) or 'no target'}", **detail)
        return False
    draft.set(
        level_at=draft.now + level.escalate_after,
        awaited=tuple(people) if level.ack_all else (),
        also=(),
    )
    text = f"{why}: {_names([*people, *channels])}; next in {spoken(level.escalate_after)}"
    draft.say("paged", "; ".join([text, *missing]), **detail, paged=people, channels=channels)
    return True


def _guarded(draft: Draft, level: Level) -> str:
    """Why a level's `when` keeps it out, in words; empty when it applies."""
    incident, hours = draft.incident, draft.book.hours
    if level.severities is not None and incident.severity not in level.severities:
        return f"not for severity {incident.severity.name.lower()}"
    if level.during and (level.during not in hours or not is_open(hours[level.during], draft.now)):
        return f"only during {level.during}"
    if level.outside and level.outside in hours and is_open(hours[level.outside], draft.now):
        return f"only outside {level.outside}"
    return ""


class Told(NamedTuple):
    """What became of the targets of one level."""

    people: list[str]
    channels: list[str]
    missing: list[tuple[str, str]]
    """(target, why nobody of it, or who not) for what reached nobody, in words."""
    meant: dict[str, list[str]]
    """Whom each target but a person means at this instant."""

    def detail(self, draft: Draft) -> dict[str, Any]:
        """For the timeline, so that it can be explained later: what is empty is left out."""
        left_out = {name: ways_left for name in self.people if (ways_left := left_out_of(draft, name))}
        found = {"missing": self.missing, "meant": self.meant, "left_out": left_out}
        return {name: each for name, each in found.items() if each}


def _page_targets(draft: Draft, level: Level, why: str) -> Told:
    """Pages each target once."""
    told = Told([], [], [], {})
    people, channels, missing, meant = told
    targets = [Target("person", name) for name in draft.incident.also] + _turned(draft, level)
    for target in targets:
        if target.kind == "channel":
            if page_channel(draft, target, why):
                channels.append(target.name)
            else:
                missing.append((str(target), f"channel {target.name} is not usable"))
            continue
        names = people_of(draft, target)
        if target.kind != "person":
            meant[str(target)] = list(names)
        if not names:
            missing.append((str(target), f"{target}: nobody"))
        for name in names:
            if name in people:
                continue
            if page_person(draft, name, target, why):
                people.append(name)
            else:
                missing.append((str(target), f"{name} is unreachable"))
    return told


def _turned(draft: Draft, level: Level) -> list[Target]:
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
    return [pool[turns[number] % len(pool)]]


def people_of(draft: Draft, target: Target) -> tuple[str, ...]:
    """The people whom a target means at this instant."""
    book = draft.book
    if target.kind == "person":
        return (target.name,)
    if target.kind == "team":
        return book.teams.get(target.name, ())
    schedule = book.schedules.get(target.name)
    if schedule is None:
        return ()
    if target.kind == "schedule":
        name = on_call(schedule, draft.facts.overrides, draft.now)
        return (name,) if name else ()
    order = rotation(schedule, draft.facts.overrides, draft.now)
    left = [name for name in order if name not in draft.incident.paged]
    # Whoever cannot be reached was never paged, and would be next for ever; the first of them says so in the timeline.
    return tuple([name for name in left if ways(draft, name)] or left)[:1]


def _names(names: list[str]) -> str:
    return ", ".join(names) or "nobody"
