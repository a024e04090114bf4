"""Words in requests to core's values: matchers, spans, instants, targets, names. What cannot be read is a Problem that
says how it is written.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, get_args

import msgspec
import re2
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from escalator.core.alert import Matcher
from escalator.core.book import Book
from escalator.core.instant import DAY, HOUR, LATEST, MINUTE, SECOND, WEEK, Instant, Span, from_datetime
from escalator.core.policy import Target, TargetKind
from escalator.web.problems import Problem

_MATCHER = re.compile(r"\s*([^=!~\s]+)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_SPAN = re.compile(r"(?:[0-9]{1,6}[smhdw])+")
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""What would fake other text in a terminal or a message; newline and tab stay."""


def plain(text: str) -> str:
    """Without control and direction characters, and without lone surrogates."""
    return _CONTROL.sub("\ufffd", text).encode("utf-8", "replace").decode()


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(plain)]
Text = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(plain)]


class Body(BaseModel):
    """A request's body: a misspelt field is an error, not silence."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class MatcherBody(Body):
    """One condition on a label."""

    label: Name
    operator: str = "="
    value: str


def matchers_of(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """`label=value`, `!=`, `=~`, `!~`; raises Problem 400."""
    return tuple(_matcher(text) for text in texts)


def _matcher(text: str) -> Matcher:
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise Problem(400, f"{text!r} is no matcher; write label=value, label!=value, label=~regex or label!~regex.")
    label, operator, value = found.groups()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        try:
            value = msgspec.json.decode(value.encode(), type=str)
        except ValueError as failure:
            raise Problem(400, f"The quotes of {text!r} hold no JSON string.") from failure
    return checked(Matcher(label, operator, value))


def checked(matcher: Matcher) -> Matcher:
    """The matcher itself, once it is known to compile; raises Problem 400."""
    if matcher.operator not in ("=", "!=", "=~", "!~"):
        raise Problem(400, f"{matcher.operator!r} is no operator; there are =, !=, =~ and !~.")
    try:
        matcher.test()
    except re2.error as failure:
        raise Problem(
            400, f"{matcher.value!r} is no RE2 expression ({failure}); RE2 has no lookaround and no backreferences."
        ) from failure
    return matcher


def span_of(text: str) -> Span:
    """`90s`, `1h30m`, `2d`; raises Problem 422."""
    if not _SPAN.fullmatch(text):
        raise Problem(422, f"{text!r} is no span; write 90s, 30m, 1h30m or 2d.")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)([smhdw])", text))


def instant_at(moment: datetime) -> Instant:
    """The instant of an aware datetime, clamped to what can be stored."""
    return min(max(from_datetime(moment), 0), LATEST)


def end_of(until: datetime | None, span: str | None, start: Instant, now: Instant) -> Instant:
    """When something ends that must end: `until` or `for`, after both its start and now; raises Problem 422."""
    if (until is None) == (span is None):
        raise Problem(422, 'Say when it ends: "for": "2h", or an instant such as "2026-03-04T09:00:00Z", and not both.')
    end = instant_at(until) if until is not None else start + span_of(span or "")
    if end <= max(start, now):
        raise Problem(422, "It would be over already: the end must be after the start, and after now.")
    return min(end, LATEST)


def targets_of(given: Iterable[str | dict[str, str]], book: Book) -> tuple[Target, ...]:
    """`"person:alice"` or `{"person": "alice"}`, known to the Book; raises Problem 422."""
    return tuple(_target(each, book) for each in given)


def _target(given: str | dict[str, str], book: Book) -> Target:
    pairs = list(given.items()) if isinstance(given, dict) else [_pair(given)]
    kinds: tuple[Any, ...] = get_args(TargetKind)
    if len(pairs) != 1 or pairs[0][0] not in kinds:
        raise Problem(422, f"{given!r} is no target; write person:alice, or one of {', '.join(kinds)} with a name.")
    kind, name = pairs[0]
    known_name(kind, name, book)
    return Target(kind, name)  # type: ignore[arg-type]  # one of kinds


def _pair(text: str) -> tuple[str, str]:
    kind, colon, name = text.partition(":")
    return (kind, name) if colon else ("person", text)


def known_name(kind: str, name: str, book: Book) -> None:
    """Raises Problem 422, naming those there are, unless the Book knows the name."""
    places: dict[str, Iterable[str]] = {"person": book.people, "team": book.teams, "channel": book.channels}
    names = sorted(places.get(kind, book.schedules))
    if name not in names:
        word = "schedule" if kind == "next_on_call" else kind
        raise Problem(422, f"The policies know no {word} {name!r}; there are: {', '.join(names[:50]) or 'none'}.")
