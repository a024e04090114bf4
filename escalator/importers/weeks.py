"""A week as sources restrict it, in minutes from Monday 00:00, and as the hours of the language that mean the same.

A window of the language is one day's, at most 24 hours long, and may cross midnight; longer ones become several hours.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

DAY = 24 * 60
WEEK = 7 * DAY
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Window = tuple[int, int]
"""Start in [0, WEEK) and end after it, which may lie beyond the week's end."""
Windows = tuple[Window, ...] | None
"""None: always."""


class Opening(NamedTuple):
    """Hours of the language: on these weekdays from minute to minute; `ends` <= `starts` crosses midnight."""

    days: tuple[int, ...]
    starts: int
    ends: int


def daily(starts: int, minutes: int, days: Iterable[int] = range(7)) -> list[Window]:
    """The same window on each of some days."""
    return [(day * DAY + starts, day * DAY + starts + minutes) for day in days]


def merged(windows: Iterable[Window]) -> Windows:
    """The windows sorted, with those that touch joined; None where they leave nothing of the week out."""
    flat: list[Window] = []
    for start, end in windows:
        flat += _within(start, min(end, start + WEEK))
    joined: list[Window] = []
    for start, end in sorted(flat):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    if joined == [(0, WEEK)]:
        return None
    if len(joined) > 1 and joined[0][0] == 0 and joined[-1][1] == WEEK:
        joined[-1] = (joined[-1][0], WEEK + joined.pop(0)[1])
    return tuple(joined)


def _within(start: int, end: int) -> list[Window]:
    """Parts of a window that do not cross the week's end."""
    shift = start // WEEK * WEEK
    start, end = start - shift, end - shift
    parts = [(start, min(end, WEEK))] if end > start else []
    return [*parts, (0, end - WEEK)] if end > WEEK else parts


def openings(windows: Iterable[Window]) -> list[Opening]:
    """The hours that cover exactly these windows, each weekday's alike in one."""
    by_time: dict[tuple[int, int], set[int]] = {}
    for start, end in windows:
        for day, starts, ends in _daily(start, end):
            by_time.setdefault((starts, ends), set()).add(day)
    return sorted(Opening(tuple(sorted(days)), *time) for time, days in by_time.items())


def _daily(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(weekday, starts, ends) of windows of at most a day."""
    day, starts = divmod(start, DAY)
    if end - start < DAY or (end - start == DAY and starts == 0):
        yield day % 7, starts, (end - 1) % DAY + 1
        return
    while start < end:
        midnight = (start // DAY + 1) * DAY
        until = min(midnight, end)
        yield start // DAY % 7, start % DAY, (until - 1) % DAY + 1
        start = until


def overlap(one: Windows, other: Windows) -> bool:
    """Whether some minute of the week lies in both."""
    if one is None or other is None:
        return one != () and other != ()
    return any(a < d + shift and c + shift < b for a, b in one for c, d in other for shift in (-WEEK, 0, WEEK))


def spoken(days: tuple[int, ...]) -> list[str]:
    """Weekdays as the language writes them: `mon-fri`; `mon`, `wed`, `sat-sun`."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs]


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
