"""What the address of the list asks for: read field by field, so that a page can say beside each what is wrong with it.

Law: whatever can be asked stands in the query, and what cannot be read is not asked. An address means the same to
everybody, but for `@me`, which is whoever opens it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlencode

from escalator.core.alert import SEVERITIES
from escalator.core.instant import DAY, Instant
from escalator.store.filters import Filter
from escalator.web.fields import instant_at, matchers_of, plain, span_of
from escalator.web.problems import Problem

OPEN: Final = ("triggered", "acknowledged", "snoozed")
STATUSES: Final = (*OPEN, "resolved")
SEVERE: Final = ("critical", "error", "warning", "info")
URGENCIES: Final = ("high", "low")
ME: Final = "@me"

FIELDS: Final = (
    "status", "severity", "urgency", "policy", "person", "match", "since", "until", "resolved", "q",
)  # fmt: skip
"""In the order in which an address names them."""
MANY: Final = {"status", "severity", "match"}
LONGEST: Final = 500
MOST: Final = 20
"""Values of one field."""
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(Z|[+-]\d{2}:?\d{2})?")


class Asked(NamedTuple):
    """An address, read."""

    fields: Mapping[str, tuple[str, ...]]
    """What was written, without what is empty; a field that may stand once has one value."""
    filter: Filter
    problems: Mapping[str, str]
    """By field, what is wrong with it; such a field is not asked."""

    @property
    def query(self) -> str:
        """The address behind its `?`, always in the same words for the same filter."""
        return query_of(self.fields)

    @property
    def open(self) -> bool:
        """Whether only open ones are asked for."""
        return "resolved" not in self.filter.status

    def one(self, name: str) -> str:
        return (self.fields.get(name) or ("",))[0]

    def all(self, name: str) -> tuple[str, ...]:
        return self.fields.get(name, ())


def query_of(fields: Mapping[str, Iterable[str]]) -> str:
    return urlencode([(name, value) for name in FIELDS for value in fields.get(name, ())])


def fields_of(query: str) -> dict[str, tuple[str, ...]]:
    """What an address asks, by field; what no field of ours is named is passed over."""
    try:
        given = parse_qs(query, max_num_fields=200)
    except ValueError:
        return {}
    read = {name: _texts(name, given[name]) for name in FIELDS if name in given}
    return {name: values for name, values in read.items() if values}


def _texts(name: str, values: Iterable[str]) -> tuple[str, ...]:
    texts = dict.fromkeys(plain(value).strip()[:LONGEST] for value in values)
    return tuple(text for text in texts if text)[: MOST if name in MANY else 1]


def asked(query: str, me: str | None, now: Instant) -> Asked:
    """Without a status: what is open."""
    fields = fields_of(query)
    reader = _Reader(fields, me, now)
    status = reader.chosen("status", STATUSES)
    # Only what is resolved has an instant at which it was.
    unsaid = ("resolved",) if "resolved" in fields else OPEN
    found = Filter(
        status=status or unsaid,
        severity=tuple(SEVERITIES[name] for name in reader.chosen("severity", SEVERE)),
        urgency=next(iter(reader.chosen("urgency", URGENCIES)), None),
        policy=reader.text("policy"),
        person=reader.person(),
        matchers=reader.matchers(),
        since=reader.moment("since"),
        until=reader.moment("until"),
        resolved_since=reader.moment("resolved"),
        text=reader.text("q"),
    )
    return Asked(fields, found, reader.problems)


class _Reader:
    """Reads field after field, and remembers what it could not read."""

    def __init__(self, fields: Mapping[str, tuple[str, ...]], me: str | None, now: Instant) -> None:
        self.fields = fields
        self.me = me
        self.now = now
        self.problems: dict[str, str] = {}

    def text(self, name: str) -> str | None:
        return next(iter(self.fields.get(name, ())), None)

    def chosen(self, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        given = self.fields.get(name, ())
        wrong = [value for value in given if value not in known]
        if wrong:
            self.problems[name] = f"There is no {name} {wrong[0][:50]!r}; there are {', '.join(known)}."
        return tuple(value for value in known if value in given)

    def person(self) -> str | None:
        name = self.text("person")
        if name != ME:
            return name
        if self.me is None:
            self.problems["person"] = "Nobody knows who you are: choose it at the top right, and open this again."
        return self.me

    def matchers(self) -> tuple[Any, ...]:
        read: list[Any] = []
        for text in self.fields.get("match", ()):
            try:
                read.extend(matchers_of([text]))
            except Problem as problem:
                self.problems["match"] = problem.detail
        return tuple(read)

    def moment(self, name: str) -> Instant | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            return moment_of(text, self.now)
        except Problem as problem:
            self.problems[name] = problem.detail
            return None


def moment_of(text: str, now: Instant) -> Instant:
    """`2h` (so long ago), `today`, `2026-03-04`, `2026-03-04 09:00`, in UTC unless it says a zone; raises Problem."""
    if text == "today":
        return now // DAY * DAY
    found = _DAY.fullmatch(text)
    if found is None:
        try:
            return max(0, now - span_of(text))
        except Problem:
            raise _no_moment(text) from None
    day, clock, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone or ''}")
        return instant_at(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise _no_moment(text) from None


def _no_moment(text: str) -> Problem:
    return Problem(422, f"{text[:50]!r} is no time; write 2h or 3d (so long ago), today, or 2026-03-04 09:00 (UTC).")
