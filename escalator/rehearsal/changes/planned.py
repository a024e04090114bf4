"""A plan in words: as text for a terminal, as Markdown for the comment of a pull request.

The same paragraphs both ways; a line that gets later or weaker says so.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from escalator.core.instant import Instant, spoken
from escalator.rehearsal.changes.ladders import Ladder, Rung
from escalator.rehearsal.changes.plan import HOURS, Change, Move, Next, Plan, Shift
from escalator.rehearsal.telling import local

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_SHIFTS = 60
"""Lines of changed shifts that are shown."""
NOTHING = "Nothing changes: the same people are paged at the same times."


def text(plan: Plan, zone: str) -> list[str]:
    """For a terminal."""
    if plan.empty:
        return [NOTHING]
    found: list[str] = []
    for change in plan.changes:
        found += [*_head(change), *(f"    {line}" for line in ladder_lines(change.old, change.new)), ""]
    if plan.shifts or plan.schedules:
        found += ["Shifts of the next four weeks:", *(f"  {line}" for line in shift_lines(plan)), ""]
    if plan.moves:
        found += [f"Open incidents ({len(plan.moves)} of {plan.incidents} change):"]
        found += [f"  {move_line(move, zone)}" for move in plan.moves] + [""]
    return [*found, verdict(plan)]


def markdown(plan: Plan, zone: str) -> str:
    """For a pull request: details that fold, code blocks that colour what goes and what comes."""
    parts = ["### Escalator: what this change changes", "", f"**{verdict(plan)}**" if not plan.empty else NOTHING, ""]
    for change in plan.changes:
        summary = f"{escaped(_some(change.alerts))}: {hours(change.hours)} ({change.zone}){_mark(change.worse)}"
        lines = ladder_lines(change.old, change.new)
        parts += [
            f"<details><summary>{summary}</summary>",
            "",
            "```diff",
            *map(_fenced, lines),
            "```",
            "",
            "</details>",
        ]
    if plan.shifts or plan.schedules:
        parts += ["", "#### Shifts of the next four weeks", "", *(f"- {escaped(line)}" for line in shift_lines(plan))]
    if plan.moves:
        parts += ["", "#### Open incidents", "", *(f"- {escaped(move_line(move, zone))}" for move in plan.moves)]
    return "\n".join(parts) + "\n"


def verdict(plan: Plan) -> str:
    number = sum(bool(change.worse) for change in plan.changes)
    number += sum(shift.worse for shift in plan.shifts) + sum(move.worse for move in plan.moves)
    return f"{number} of these get later or weaker." if number else "Nothing gets later or weaker."


def _head(change: Change) -> list[str]:
    example = ", ".join(f"{name}={value}" for name, value in change.labels.items())
    worse = f"  LATER OR WEAKER: {change.worse}" if change.worse else ""
    return [
        *change.alerts,
        f"  {hours(change.hours)} ({change.zone}), for example {example}",
        *([worse] if worse else []),
    ]


def _some(alerts: Sequence[str]) -> str:
    return alerts[0] if len(alerts) == 1 else f"{alerts[0]} and {len(alerts) - 1} more"


def _mark(worse: str) -> str:
    return f" ⚠️ {worse}" if worse else ""


def ladder_lines(old: Ladder, new: Ladder) -> list[str]:
    """Both ladders as one: ` ` stays, `-` goes, `+` comes."""
    was, becomes = _ladder(old), _ladder(new)
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, was, becomes, autojunk=False).get_opcodes():
        found += [f"  {line}" for line in was[a:b] if tag == "equal"]
        found += [f"- {line}" for line in was[a:b] if tag != "equal"]
        found += [f"+ {line}" for line in becomes[c:d] if tag != "equal"]
    return found


def _ladder(ladder: Ladder) -> list[str]:
    if ladder.drop:
        return [f"dropped by {ladder.route}"]
    head = f"policy {ladder.policy}, {'high' if ladder.high else 'low'} urgency"
    return [head, *(f"{spoken(rung.after):>7}  {_rung(rung)}" for rung in ladder.rungs)]


def _rung(rung: Rung) -> str:
    return "; ".join([*(f"{name} by {', '.join(vias)}" for name, vias in rung.people), *rung.channels])


def hours(found: Sequence[int]) -> str:
    """`always`, or `Mon-Fri 09:00-17:00, Sat 00:00-24:00`."""
    if len(found) == HOURS:
        return "always"
    by_day: dict[int, list[int]] = {}
    for hour in found:
        by_day.setdefault(hour // 24, []).append(hour % 24)
    spans: dict[str, list[int]] = {}
    for day, own in by_day.items():
        spans.setdefault(", ".join(_spans(own)), []).append(day)
    return "; ".join(f"{_days(days)} {span}" for span, days in spans.items())


def _spans(own: Sequence[int]) -> Iterator[str]:
    start = previous = own[0]
    for hour in [*own[1:], -1]:
        if hour != previous + 1:
            yield f"{start:02}:00-{previous + 1:02}:00"
            start = hour
        previous = hour


def _days(days: Sequence[int]) -> str:
    if len(days) > 2 and list(days) == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)


def shift_lines(plan: Plan) -> list[str]:
    """Who is on call instead of whom, as far as there is room."""
    found = [f"{name[1:]}: {'new' if name[0] == '+' else 'gone'}" for name in plan.schedules]
    found += [_shift_line(shift) for shift in plan.shifts[:MOST_SHIFTS]]
    more = len(plan.shifts) - MOST_SHIFTS
    return [*found, f"… and {more} more"] if more > 0 else found


def _shift_line(shift: Shift) -> str:
    when = f"{_when(shift.since)} to {_when(shift.until)}"
    return f"{shift.schedule}: {when} {shift.new or 'NOBODY'} instead of {shift.old or 'nobody'}"


def _when(at: Instant) -> str:
    return f"{local(at, 'UTC')[:-3]}Z"


def move_line(move: Move, zone: str) -> str:
    """What becomes of one open incident."""
    incident = move.incident
    state = f"{incident.severity.name.lower()}, level {incident.level}, {incident.status}"
    worse = " LATER" if move.worse else ""
    return f"open {incident.id} ({state}): next page {_next(move.old, zone)} -> {_next(move.new, zone)}{worse}"


def _next(found: Next, zone: str) -> str:
    if found.at is None:
        return "none within a day"
    return f"{local(found.at, zone)[4:-3]} {', '.join([*found.people, *found.channels])}"


def escaped(line: str) -> str:
    """Names come from outside: they must not become markup."""
    table: dict[str, str] = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    plain = "".join(table.get(char, char) for char in line if char.isprintable())
    return "".join(f"\\{char}" if char in "\\`*_{}[]|" else char for char in plain)


def _fenced(line: str) -> str:
    return "".join(char for char in line if char.isprintable()).replace("```", "'''")
