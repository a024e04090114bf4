"""What is looked at: a period, by whose clocks, of which incidents. All of it stands in the address: it can be shared.

What is not said is the last 30 days of everything, in UTC.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, model_validator

from escalator.core.book import Book
from escalator.core.insight.periods import QUARTER, Period, days_back
from escalator.core.instant import DAY, MINUTE, Instant, Span
from escalator.core.wallclock import first, zone
from escalator.store.insight import Asked
from escalator.web.problems import Problem

LONGEST = 366 * DAY
DEFAULT = 30
PRESETS = (7, 30, 90)
LABEL = re.compile(r"[A-Za-z0-9_.:/-]{1,100}")


class Scope(NamedTuple):
    """What was asked, as it is looked up."""

    period: Period
    timezone: str
    """Of weeks and days; nights are by the clocks of whom they took from."""
    asked: Asked
    short: Span
    """What ended within this, with nobody acting, passed by itself."""


class Look(BaseModel):
    """A misspelt parameter is an error, not silence; an empty one is none."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    days: int | None = Field(None, ge=1, le=366, description="The last so many; 30 where nothing is said.")
    since: date | None = Field(None, alias="from", description="The first day, instead of `days`.")
    until: date | None = Field(None, description="The last day, included; today where not said.")
    policy: str = Field("", max_length=200)
    team: str = Field("", max_length=200, description="Incidents for which one of its people was paged.")
    person: str = Field("", max_length=200, description="Incidents for which this person was paged.")
    service: str = Field("", max_length=500, description="Incidents of this value of the label.")
    label: str = Field("service", max_length=100, description="The label that says what a service is.")
    zone: str = Field("UTC", max_length=100, description="Of days and weeks: `UTC`, `Europe/London`.")
    short: int = Field(10, ge=1, le=120, description="Minutes within which an incident passes by itself.")

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: Any) -> Any:
        """A form sends every field that it has."""
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given

    def scope(self, book: Book, now: Instant) -> Scope:
        """Raises Problem 422, with a sentence."""
        if not LABEL.fullmatch(self.label):
            raise Problem(422, "A label's name here has letters, digits and _ . : / - alone, 100 at most.")
        asked = Asked(self.policy, self._people(book), self.service or None, self.label)
        return Scope(self._period(now), self._zone(), asked, self.short * MINUTE)

    def _people(self, book: Book) -> tuple[str, ...]:
        if self.team and self.team not in book.teams:
            raise Problem(422, f"The policies know no team {self.team!r}.")
        team = set(book.teams[self.team]) if self.team else None
        if not self.person:
            return tuple(sorted(team or ()))
        if team is not None and self.person not in team:
            raise Problem(422, f"{self.person!r} is not of the team {self.team!r}.")
        return (self.person,)

    def _zone(self) -> str:
        try:
            zone(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as failure:
            raise Problem(
                422, f"{self.zone!r} is no time zone; write UTC, or a name such as Europe/London."
            ) from failure
        return self.zone

    def _period(self, now: Instant) -> Period:
        if self.since is None and self.until is None:
            return days_back(now, self.days or DEFAULT)
        running = days_back(now, 1).until
        until = running if self.until is None else min(running, self._midnight(self.until, 1))
        since = self._midnight(self.since, 0) if self.since else until - DEFAULT * DAY
        if not 0 < until - since <= LONGEST:
            raise Problem(422, "A period begins before it ends, not after today, and has 366 days at most.")
        return Period(since // QUARTER * QUARTER, until)

    def _midnight(self, day: date, later: int) -> Instant:
        if not date(1971, 1, 1) <= day <= date(9000, 1, 1):
            raise Problem(422, "A day of this or the last years.")
        day += timedelta(days=later)
        return first(datetime(day.year, day.month, day.day), zone(self._zone()))  # noqa: DTZ001  wall-clock

    def words(self, **changes: Any) -> dict[str, str]:
        """What stands in the address: what is not the default; `changes` replace, None takes away."""
        said: dict[str, Any] = self.model_dump(by_alias=True, exclude_defaults=True, mode="json") | changes
        return {name: str(value) for name, value in said.items() if value is not None}
