"""Escalation chains of a source as levels: who is notified how long after the start, and what follows at the end.

Sources count from different things: from the start of the incident, from the step before, by waits between steps. Here
all of them become rungs at a distance from the start; what is notified at one instant is one level.
"""

from collections.abc import Sequence
from typing import NamedTuple

from escalator.importers.sheet import Sheet
from escalator.importers.writing import Said, Value

DEFAULT_WAIT = 300
LONGEST = 400 * 24 * 3600
MOMENT = 1
"""Seconds between two levels that the source starts at once, but that cannot be one level."""
MOST_REPEATS = 100


class Rung(NamedTuple):
    """What a source notifies at one instant."""

    at: int
    """Seconds from the start of the pass."""
    targets: tuple[tuple[str, str], ...]
    """Kind and name."""
    turns: bool = False
    """Round robin: one of them for each incident."""
    was: str = ""


def span(seconds: int) -> str:
    """`90s`, `5m`, `1h30m`, within what the language takes."""
    left = min(max(seconds, 1), LONGEST)
    if left < 60 or (left < 120 and left % 60):
        return f"{left}s"
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def levels(sheet: Sheet, source: str, rungs: Sequence[Rung], end: int) -> list[Value]:
    """Levels with waits between them; `end`: when the pass is over, where the source waits after its last rung.
    Without any rung, everybody is notified.
    """
    steps = _together(sorted((rung for rung in rungs if rung.targets), key=lambda rung: rung.at))
    if not steps:
        targets = sheet.everybody()
        sheet.report.lost(source, "nobody whom it notifies is in the export: it pages everybody, correct that first")
        return [{"notify": targets}] if targets else []
    if steps[0].at > 0:
        late = span(steps[0].at)
        steps[0] = steps[0]._replace(was=f"after {late}")
        sheet.report.changed(source, f"its first page comes after {late}; here the first level is paged at once")
    ends = [rung.at for rung in steps[1:]] + [end if end > steps[-1].at else steps[-1].at + DEFAULT_WAIT]
    return [_level(rung, after - rung.at) for rung, after in zip(steps, ends, strict=True)]


def _together(rungs: list[Rung]) -> list[Rung]:
    """Rungs of one instant as one, except round robins, which stand alone and a moment later."""
    found: list[Rung] = []
    for rung in rungs:
        last = found[-1] if found else None
        if last is None or rung.at > last.at:
            found.append(rung)
        elif rung.turns or last.turns:
            found.append(rung._replace(at=last.at + MOMENT))
        else:
            was = "; ".join(filter(None, (last.was, rung.was)))
            found[-1] = Rung(last.at, tuple(dict.fromkeys(last.targets + rung.targets)), was=was)
    return found


def _level(rung: Rung, wait: int) -> Value:
    notify: list[Value] = [{kind: name} for kind, name in dict.fromkeys(rung.targets)]
    level: dict[str, Value] = {"notify": Said(notify, f"was: {rung.was}") if rung.was else notify}
    if wait != DEFAULT_WAIT:
        level["escalate_after"] = span(wait)
    if rung.turns:
        level["assign"] = "round_robin"
    return level


def repeats(count: int | None) -> Value:
    """Further passes; None: until somebody acknowledges."""
    return "until_acked" if count is None else min(max(count, 0), MOST_REPEATS)
