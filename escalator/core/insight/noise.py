"""Incidents added up: alike ones as the store counts them, merged by alert, policy, service or team.

Law: merging loses nothing: what the parts hold adds up to what the whole holds.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from escalator.core.alert import Severity
from escalator.core.instant import MINUTE, SECOND, Span

K = TypeVar("K", bound=Hashable)


class Group(NamedTuple):
    """Incidents that are alike in what they may be counted by."""

    policy: str
    name: str
    """The alertname of its first alert, or of its group."""
    service: str
    people: frozenset[str]
    """Who was paged."""
    incidents: int = 0
    unresolved: int = 0
    urgent: int = 0
    """Of high urgency."""
    reopened: int = 0
    """Fired again inside the reopen window, at least once."""
    again: int = 0
    """Opened within an hour after one with the same group labels had been resolved."""
    flapped: int = 0
    """Either of the two."""
    together: int = 0
    """Opened within five minutes after another one of the same alert and policy, with other group labels."""
    severity: Severity = Severity.INFO
    """The worst."""
    taken: tuple[Span, ...] = ()
    """From the opening to the first answer of a person."""
    lives: tuple[Span, ...] = ()
    """From the opening to the end."""
    alone: tuple[Span, ...] = ()
    """Of those lives, the ones that ended without anybody acting."""
    newest: int = 0
    """Number of the newest incident."""
    crowd: tuple[int, ...] = ()
    """Numbers of some that opened together with others."""


def merged(groups: Iterable[Group], by: Callable[[Group], Iterable[K]]) -> dict[K, Group]:
    """One group for each key; a group may have several, and then counts in each."""
    found: dict[K, list[Group]] = {}
    for group in groups:
        for key in by(group):
            found.setdefault(key, []).append(group)
    return {key: total(parts) for key, parts in found.items()}


def total(groups: Iterable[Group]) -> Group:
    """All of them as one; its words are those of the part with the newest incident."""
    parts = list(groups)
    if not parts:
        return Group("", "", "", frozenset())
    return max(parts, key=lambda each: each.newest)._replace(
        people=frozenset().union(*(part.people for part in parts)),
        incidents=sum(part.incidents for part in parts),
        unresolved=sum(part.unresolved for part in parts),
        urgent=sum(part.urgent for part in parts),
        reopened=sum(part.reopened for part in parts),
        again=sum(part.again for part in parts),
        flapped=sum(part.flapped for part in parts),
        together=sum(part.together for part in parts),
        severity=max(part.severity for part in parts),
        taken=tuple(span for part in parts for span in part.taken),
        lives=tuple(span for part in parts for span in part.lives),
        alone=tuple(span for part in parts for span in part.alone),
        crowd=tuple(sorted({number for part in parts for number in part.crowd})),
    )


class Noise(NamedTuple):
    """One alert under one policy, and what it cost."""

    group: Group
    pages: int
    at_night: int
    """Of those, by the clocks of whom they woke."""
    passing: tuple[Span, ...]
    """Lives that ended by themselves, without anybody acting, within the time that counts as short; in order."""

    @property
    def acknowledged(self) -> float:
        return len(self.group.taken) / self.group.incidents

    @property
    def flapping(self) -> float:
        return self.group.flapped / self.group.incidents

    @property
    def short(self) -> float:
        return len(self.passing) / self.group.incidents

    @property
    def night_share(self) -> float | None:
        """None where nothing rang."""
        return self.at_night / self.pages if self.pages else None


def noises(
    groups: Iterable[Group], pages: Mapping[tuple[str, str], tuple[int, int]], short: Span = 10 * MINUTE
) -> tuple[Noise, ...]:
    """`pages`: by alertname and policy, how many and how many at night. What rang most comes first."""
    found = merged(groups, lambda group: [(group.name, group.policy)])
    rows = []
    for key, group in found.items():
        rang, dark = pages.get(key, (0, 0))
        rows.append(Noise(group, rang, dark, tuple(sorted(span for span in group.alone if span <= short))))
    return tuple(sorted(rows, key=lambda row: (-row.pages, -row.group.incidents, row.group.name, row.group.policy)))


def seconds(text: str | None) -> tuple[Span, ...]:
    """Whole seconds in a row, as a database joins them."""
    return tuple(int(each) * SECOND for each in text.split(",")) if text else ()
