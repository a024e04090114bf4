"""An alert is one labelled fact from a sender. Here: what it is, what identifies it, what matches it, what mutes it.

Nothing here knows incidents, policies or time. Matching follows Alertmanager: a missing label is the empty string,
every matcher must match, regular expressions are RE2 and anchored at both ends.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import re2

from escalator.core.instant import Instant

Labels = Mapping[str, str]


class Severity(IntEnum):
    """How bad an alert says it is, ordered: a higher one is worse."""

    INFO = 0
    WARNING = 1
    ERROR = 2
    CRITICAL = 3


SEVERITIES = {severity.name.lower(): severity for severity in Severity}


def severity_of(labels: Labels) -> Severity:
    """The label `severity`; absent or unknown counts as critical (unknown is loud)."""
    return SEVERITIES.get(labels.get("severity", ""), Severity.CRITICAL)


class Alert(NamedTuple):
    """One alert as a sender reported it, already decoded, clamped and cut to the limits of the door it came by."""

    source: str
    """The integration's name; never the sender's URL, which differs between HA peers."""
    fingerprint: str
    labels: Labels
    annotations: Labels
    firing: bool
    starts_at: Instant
    ends_at: Instant | None
    """None while firing."""
    generator_url: str = ""

    @property
    def key(self) -> int:
        return identity(self.source, self.fingerprint)


def digest(*parts: str) -> int:
    """Eight bytes of BLAKE2b over the parts, as the signed integer that a BIGINT column holds.

    A 64-bit key keeps the hot rows narrow; a second preimage costs 2^64 tries.
    """
    text = "\xff".join(parts).encode("utf-8", "replace")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)


def identity(source: str, fingerprint: str) -> int:
    """The key of an alert: at most one episode of it is open at a time."""
    return digest(source, fingerprint)


def fingerprint_of(labels: Labels) -> str:
    """A fingerprint (16 hex digits) for senders that give none."""
    parts = [part for name in sorted(labels) for part in (name, labels[name])]
    return f"{digest(*parts) & 0xFFFF_FFFF_FFFF_FFFF:016x}"


def group_key(route: str, values: Iterable[str]) -> int:
    """What belongs together: (route, `group_by` values), never the severity, so that a warning can worsen in place."""
    return digest(route, *values)


class Matcher(NamedTuple):
    """One condition on a label: `=`, `!=`, `=~`, `!~`, or one of several values."""

    label: str
    operator: str
    value: str | tuple[str, ...]
    """For `in` and `not in`, the values; for `=~` and `!~`, an RE2 pattern."""

    def __str__(self) -> str:
        return f"{self.label} {self.operator} {self.value!r}"

    def test(self) -> Callable[[Labels], bool]:
        """This matcher as a function of labels; raises `re2.error` for a pattern that RE2 refuses."""
        label, operator, value = self
        if operator == "=":
            return lambda labels: labels.get(label, "") == value
        if operator == "!=":
            return lambda labels: labels.get(label, "") != value
        if operator == "in":
            return lambda labels: labels.get(label, "") in value
        if operator == "not in":
            return lambda labels: labels.get(label, "") not in value
        fullmatch = re2.compile(value).fullmatch
        if operator == "=~":
            return lambda labels: fullmatch(labels.get(label, "")) is not None
        return lambda labels: fullmatch(labels.get(label, "")) is None


@lru_cache(maxsize=8192)
def holds(matcher: Matcher, value: str) -> bool:
    """Whether a label with this value satisfies the matcher."""
    return matcher.test()({matcher.label: value})


def compile_match(matchers: Iterable[Matcher]) -> Callable[[Labels], bool]:
    """All matchers as one function; no matchers match everything."""
    tests = [matcher.test() for matcher in matchers]
    if len(tests) == 1:
        return tests[0]
    return lambda labels: all(test(labels) for test in tests)


class Silence(NamedTuple):
    """Mutes notifications, never the incident: alerts that match are withheld from `starts_at` to `ends_at`."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: Instant
    ends_at: Instant
    by: str
    reason: str
