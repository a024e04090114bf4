"""What a door asks for, as conditions in SQL.

Law: an incident matches label matchers when the labels of any one of its alerts match all of them (the group labels
are among those). `=`, `!=`, `in` and `not in` are asked in SQL; regular expressions are RE2's and are tested here.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from escalator.core.alert import Matcher, Severity
from escalator.core.instant import Instant
from escalator.store.bulk import table_of
from escalator.store.tables import EpisodeRow, IncidentRow, OutboxRow

incident = table_of(IncidentRow)
episode = table_of(EpisodeRow)
outbox = table_of(OutboxRow)


class Filter(NamedTuple):
    """Which incidents; what is empty or None is not asked."""

    status: tuple[str, ...] = ()
    """Any of these."""
    severity: tuple[Severity, ...] = ()
    """Any of these."""
    urgency: str | None = None
    """`high` or `low`."""
    policy: str | None = None
    person: str | None = None
    """Who was notified of it, or acknowledged it."""
    matchers: tuple[Matcher, ...] = ()
    since: Instant | None = None
    """Opened at or after."""
    until: Instant | None = None
    """Opened before."""
    resolved_since: Instant | None = None
    """Resolved at or after."""
    text: str | None = None
    """Part of the title, in either case."""


def conditions(where: Filter, dialect: str) -> Iterator[ColumnElement[bool]]:
    """All but `status`, which the order of the rows decides how to ask, and regular expressions."""
    if where.severity:
        # A sum, so that no index on the severity is preferred to the one that gives the order.
        yield (incident.c.severity + 0).in_([int(severity) for severity in where.severity])
    if where.urgency is not None:
        yield incident.c.high.is_(where.urgency == "high")
    if where.policy is not None:
        yield incident.c.policy == where.policy
    if where.since is not None:
        yield incident.c.opened_at >= where.since
    if where.until is not None:
        yield incident.c.opened_at < where.until
    if where.resolved_since is not None:
        yield incident.c.resolved_at >= where.resolved_since
    if where.text:
        yield incident.c.title.icontains(where.text, autoescape=True)
    if where.person is not None:
        told = exists().where(outbox.c.incident_id == incident.c.id, outbox.c.person == where.person)
        yield or_(incident.c.acknowledged_by == where.person, told)
    if asked := [matcher for matcher in where.matchers if not is_pattern(matcher)]:
        # Not `EXISTS`: PostgreSQL would turn that into a join over all alerts, for a page of a hundred incidents.
        one = select(episode.c.id).where(episode.c.incident_id == incident.c.id, labels_match(asked, dialect)).limit(1)
        yield one.scalar_subquery().is_not(None)


def is_pattern(matcher: Matcher) -> bool:
    """Whether SQL cannot be asked."""
    return matcher.operator in ("=~", "!~")


def labels_match(matchers: Iterable[Matcher], dialect: str) -> ColumnElement[bool]:
    """That the labels of an episode match all of these, none of them a pattern."""
    return and_(True, *(_one(matcher, dialect) for matcher in matchers))


def _one(matcher: Matcher, dialect: str) -> ColumnElement[bool]:
    value = _label(matcher.label, dialect)
    wanted = (matcher.value,) if isinstance(matcher.value, str) else matcher.value
    return value.in_(wanted) if matcher.operator in ("=", "in") else value.not_in(wanted)


def _label(name: str, dialect: str) -> ColumnElement[Any]:
    """A label's value; the empty string where there is none. Label names may hold dots, quotes and brackets."""
    if dialect == "postgresql":
        return func.coalesce(cast(episode.c.labels, JSONB)[name].astext, "")
    pair = func.json_each(episode.c.labels).table_valued("key", "value")
    return func.coalesce(select(cast(pair.c.value, Text)).where(pair.c.key == name).scalar_subquery(), "")
