"""Random schedules around random jumps of clocks, against somebody who sits there and watches the clock.

The watcher knows no calendar arithmetic: every quarter of an hour it looks at the clocks, opens what they say has
begun, closes what they show for the last time, and passes the pager on when the next handoff has come.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.core.instant import DAY, MINUTE, SECOND, Instant, to_datetime
from escalator.core.oncall import Every, Hours, Layer, Override, Schedule, is_open, next_opening, on_call, shifts
from tests.core.zones import families

TICK = 15 * MINUTE
STEPS = {"m": 1, "h": 60, "d": 1440, "w": 10080}
CREW = ("ann", "bob", "cyd", "dov")


class Watcher:
    """Sees the clocks of any zone at every tick from `since` to `until`."""

    def __init__(self, since: Instant, until: Instant) -> None:
        self.ticks = range(since, until, TICK)
        self._clocks: dict[str, list[datetime]] = {}

    def clock(self, zone: str) -> list[datetime]:
        if zone not in self._clocks:
            where = ZoneInfo(zone)
            self._clocks[zone] = [to_datetime(tick).astimezone(where).replace(tzinfo=None) for tick in self.ticks]
        return self._clocks[zone]

    def begins(self, zone: str, wall: datetime) -> int:
        """The place of the first tick at which the clock shows the local time or has skipped it."""
        return next((place for place, shown in enumerate(self.clock(zone)) if shown >= wall), len(self.ticks))

    def ends(self, zone: str, wall: datetime) -> int:
        """The place of the last tick at which it shows it, or of the first after it was skipped for good."""
        clock = self.clock(zone)
        place = next((place for place in range(len(clock) - 1, -1, -1) if clock[place] <= wall), -1)
        return place if place >= 0 and clock[place] == wall else place + 1

    def windows(self, hours: Hours) -> Iterator[tuple[date, int, int]]:
        length = timedelta(minutes=(hours.ends - hours.starts - 1) % 1440 + 1)
        for day in sorted({shown.date() for shown in self.clock(hours.timezone)}):
            if day.weekday() in hours.days and day not in hours.holidays:
                start = datetime(day.year, day.month, day.day) + timedelta(minutes=hours.starts)  # noqa: DTZ001
                yield day, self.begins(hours.timezone, start), self.ends(hours.timezone, start + length)

    def open(self, hours: Hours) -> list[bool]:
        state = [False] * len(self.ticks)
        for _, start, end in self.windows(hours):
            state[start:end] = [True] * max(0, end - start)
        return state

    def on_duty(self, layer: Layer) -> list[str | None]:
        start = self.begins(layer.timezone, layer.starts)
        end = len(self.ticks) if layer.until is None else self.ends(layer.timezone, layer.until)
        opened = [True] * len(self.ticks) if layer.during is None else self.open(layer.during)
        handoffs = self._shift_handoffs(layer, start) if layer.every.unit == "shift" else self._handoffs(layer)
        seen: list[str | None] = []
        turn = -1
        for place in range(len(self.ticks)):
            while handoffs and handoffs[0] <= place:
                turn += 1
                handoffs.pop(0)
            serves = start <= place < end and opened[place]
            seen.append(layer.people[max(0, turn) % len(layer.people)] if serves else None)
        return seen

    def _handoffs(self, layer: Layer) -> list[int]:
        found = []
        wall = layer.starts
        for place, shown in enumerate(self.clock(layer.timezone)):
            while shown >= wall:
                found.append(place)
                wall += timedelta(minutes=layer.every.length * STEPS[layer.every.unit])
        return found

    def _shift_handoffs(self, layer: Layer, start: int) -> list[int]:
        assert layer.during is not None
        first_day = self.clock(layer.during.timezone)[start].date()
        return [begin for day, begin, _ in self.windows(layer.during) if day >= first_day]

    def on_call(self, schedule: Schedule, overrides: list[Override]) -> list[str | None]:
        layers = [self.on_duty(layer) for layer in schedule.layers]
        answers = [next((name for name in names if name), None) for names in zip(*layers, strict=True)]
        for override in sorted(overrides, key=lambda override: override.starts_at):
            for place, tick in enumerate(self.ticks):
                if override.starts_at <= tick < override.ends_at:
                    answers[place] = override.person
        return answers


JUMPS = [(name, jump) for name, jumps in families().items() for jump in jumps]
quarters = st.integers(0, 95).map(lambda quarter: quarter * 15)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Schedule, list[Override], Instant]:
    """A schedule whose layers begin days before a jump, with overrides about it, and the instant of the jump."""
    name, jump = draw(st.sampled_from(JUMPS))
    midnight = datetime(jump.wall.year, jump.wall.month, jump.wall.day)  # noqa: DTZ001 - local time
    # near the jump, where it hurts, more often than anywhere
    minutes = st.one_of(quarters, st.integers(-8, 8).map(lambda n: (jump.wall.hour * 60 + n * 15) % 1440))
    zones = st.one_of(st.just(name), st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"]))

    def hours() -> Hours:
        days = draw(st.one_of(st.just(frozenset(range(7))), st.frozensets(st.integers(0, 6))))
        holidays = draw(st.frozensets(st.integers(-8, 3), max_size=4))
        off = frozenset((midnight + timedelta(days=day)).date() for day in holidays)
        return Hours("hours", draw(zones), draw(minutes), draw(minutes) or 1440, days, off)

    def layer() -> Layer:
        during = draw(st.one_of(st.none(), st.builds(hours)))
        units: list[Any] = [(15, "m"), (45, "m"), (1, "h"), (5, "h"), (1, "d"), (2, "d"), (1, "w")]
        every = Every(*draw(st.sampled_from([*units, *[(1, "shift")] * 7] if during else units)))
        starts = midnight + timedelta(days=draw(st.integers(-9, 2)), minutes=draw(minutes))
        ends = midnight + timedelta(days=draw(st.integers(-1, 3)), minutes=draw(minutes))
        people = draw(st.lists(st.sampled_from(CREW), min_size=1, max_size=4))
        return Layer(tuple(people), every, starts, draw(zones), during, draw(st.sampled_from([None, ends])))

    layers = tuple(layer() for _ in range(draw(st.integers(1, 3))))
    now = jump.second * SECOND
    starts = draw(st.lists(st.integers(-300, 300), unique=True, max_size=6))
    overrides = [
        Override(
            "story", draw(st.sampled_from(["yan", "zoe", "ann"])), now + start * TICK, now + (start + length) * TICK
        )
        for start in starts
        for length in [draw(st.integers(1, 200))]
    ]
    return Schedule("story", name, layers), overrides, now


@settings(max_examples=200, deadline=None, database=None)
@given(stories())
def test_who_is_on_call_is_what_somebody_who_watches_the_clocks_sees(
    story: tuple[Schedule, list[Override], Instant],
) -> None:
    schedule, overrides, jump = story
    watcher = Watcher(jump - 14 * DAY, jump + 5 * DAY)
    seen = list(zip(watcher.ticks, watcher.on_call(schedule, overrides), strict=True))
    since, until = jump - 10 * DAY, jump + 4 * DAY
    seen = [(tick, person) for tick, person in seen if since <= tick < until]
    assert [(tick, on_call(schedule, overrides, tick)) for tick, _ in seen] == seen

    told = shifts(schedule, overrides, since, until)
    assert [(tick, person) for start, end, person in told for tick in range(start, end, TICK)] == seen


@settings(max_examples=200, deadline=None, database=None)
@given(stories())
def test_hours_open_and_close_as_somebody_who_watches_the_clocks_sees(
    story: tuple[Schedule, list[Override], Instant],
) -> None:
    schedule, _, jump = story
    watcher = Watcher(jump - 5 * DAY, jump + 4 * DAY)
    for hours in {layer.during for layer in schedule.layers if layer.during}:
        opened = list(zip(watcher.ticks, watcher.open(hours), strict=True))[192:-192]
        assert [(tick, is_open(hours, tick)) for tick, _ in opened] == opened
        following = None
        for tick, isopen in reversed(opened):
            following = tick if isopen else following
            if following is not None:
                assert next_opening(hours, tick) == following
