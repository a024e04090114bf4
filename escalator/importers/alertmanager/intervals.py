"""Alertmanager's time intervals: a route that is muted at some hours becomes a silence during these hours."""

from escalator.core.alert import Matcher
from escalator.importers import shifts
from escalator.importers.fields import Field
from escalator.importers.matches import Unwritable, simplified, written
from escalator.importers.sheet import Sheet
from escalator.importers.weeks import DAY, WEEK, Window, Windows, daily, merged
from escalator.importers.writing import Value

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DATES = ("days_of_month", "months", "years")


class Intervals:
    """Intervals by name, under either of the keys that they have had."""

    def __init__(self, sheet: Sheet, config: Field) -> None:
        self.sheet = sheet
        given = [*config["time_intervals"].items(), *config["mute_time_intervals"].items()]
        self.known = {each["name"].text(): each["time_intervals"].items() for each in given}

    def mute(self, source: str, route: Field, matchers: list[Matcher]) -> None:
        """Silences for what a route mutes; a line for what it activates."""
        for name in route["mute_time_intervals"].texts():
            hours = self._hours(name)
            if not hours or not self._silence(name, hours, matchers):
                self.sheet.report.lost(source, f"muted during `{name}`: write a silence `during` hours")
            else:
                self.sheet.report.carried(source, f"silence during `{name}`")
        for name in route["active_time_intervals"].texts():
            self.sheet.report.lost(
                source, f"active only during `{name}`: write a silence for the other hours, or `hold_until`"
            )

    def _silence(self, name: str, hours: list[str], matchers: list[Matcher]) -> bool:
        try:
            match = written(map(simplified, matchers))
        except Unwritable:
            return False
        if not match or all(each.operator == "=~" and each.value in (".*", ".+") for each in matchers):
            return False
        for each in hours:
            silence: dict[str, Value] = {"match": match, "during": each, "reason": f"mute_time_intervals {name}"}
            self.sheet.lists["silences"].append(silence)
        return True

    def _hours(self, name: str) -> list[str]:
        """Names of the hours that together are the interval; none where no hours can say it."""
        found: list[str] = []
        for part in self.known.get(name, []):
            windows = None if any(part[key].given for key in DATES) else _windows(part)
            if windows is None:
                return []
            zone = self.sheet.zone(f"time interval {name}", part["location"].text("UTC"))
            found += [each for each in shifts.hours(self.sheet, zone, windows) if each]
        return found


def _windows(part: Field) -> Windows:
    """The windows of one part; None where it is always."""
    days = [day for given in part["weekdays"].items() for day in _days(given)] or range(7)
    found: list[Window] = []
    for times in part["times"].items():
        start, end = _clock(times["start_time"]), _clock(times["end_time"])
        found += daily(start, max(end - start, 1), days)
    return merged(found or daily(0, DAY, days))


def _clock(field: Field) -> int:
    return DAY if field.text() == "24:00" else field.clock() % WEEK


def _days(field: Field) -> list[int]:
    """`monday:friday`, `saturday`."""
    first, _, last = field.text().lower().partition(":")
    last = last or first
    if first not in DAYS or last not in DAYS or DAYS.index(last) < DAYS.index(first):
        field.wrong(f"`{field.text()}` is not a day, or days such as `monday:friday`")
    return list(range(DAYS.index(first), DAYS.index(last) + 1))
