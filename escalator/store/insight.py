"""What happened, added up: incidents that are alike as one row, pages by person and quarter of an hour, counts by time.

Law: reads only; what is added up is bounded by the period that is asked for, found along an index on time. Incidents
belong to the instant at which they opened, pages to that at which they went out.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    String,
    Text,
    TextClause,
    and_,
    case,
    cast,
    distinct,
    exists,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSON

from escalator.core.alert import Severity
from escalator.core.answers import AGAIN
from escalator.core.insight.burdens import Rang
from escalator.core.insight.noise import Group, seconds
from escalator.core.insight.periods import QUARTER, Period
from escalator.core.instant import HOUR, MINUTE, SECOND, Instant
from escalator.store import bulk
from escalator.store.bulk import table_of
from escalator.store.filters import episode, incident, outbox
from escalator.store.tables import RANG, TimelineRow

timeline = table_of(TimelineRow)

KEPT = ("id", "key", "policy", "severity", "high", "opened_at", "resolved_at", "labels")
LAST = (("id", "id"), ("resolved_at", "end"))
TAKEN = ("acknowledged", "snoozed", "resolved by hand")
"""A snooze, and a resolve by hand while alerts fire, take an incident as an acknowledgement does."""
SOON = HOUR
"""Opened again within this after the end, an alert flaps."""
TOGETHER = 5 * MINUTE
APART = "\x1f"
"""Between names that the database joins: no name has it."""


class Asked(NamedTuple):
    """Which incidents; what is empty is not asked."""

    policy: str = ""
    people: tuple[str, ...] = ()
    """Somebody of these was paged."""
    service: str | None = None
    label: str = "service"
    """What `service` is the value of; letters, digits and `_.:/-` alone."""


def number(connection: Connection, asked: Asked, period: Period) -> int:
    """How many incidents would be added up."""
    query = select(func.count()).select_from(incident).where(*_within(period))
    count: int = connection.execute(
        query.where(incident.c.policy == asked.policy) if asked.policy else query
    ).scalar_one()
    return count


def groups(connection: Connection, asked: Asked, period: Period) -> list[Group]:
    """All incidents that opened in the period."""
    rows = connection.execute(_groups(_facts(connection, asked, period))).all()
    return [_group(row) for row in rows]


def whole(connection: Connection, asked: Asked, period: Period) -> Group:
    """The same incidents as one, counted by what needs no look at their alerts: what a period is compared with."""
    at, answers = incident.c, _answers(incident)
    facts = (
        select(at.opened_at, at.resolved_at, at.high, answers.label("answers"))
        .where(*_within(period), *_kind(connection, asked), *_called(asked))
        .cte("facts")
    )
    taken, life = _spans(facts)
    query = select(func.count(), _number(facts.c.resolved_at.is_(None)), _number(facts.c.high), taken, life)
    count, unresolved, urgent, takes, lives = connection.execute(query).one()
    return Group(
        "", "", "", frozenset(), count, unresolved or 0, urgent or 0, taken=seconds(takes), lives=seconds(lives)
    )


def rang(connection: Connection, asked: Asked, period: Period) -> list[Rang]:
    """What went out to whom, by quarter of an hour; `people` is not asked for: shares are of all."""
    calls = _calls(connection, asked._replace(people=()), period)
    quarter = (calls.c.minute * MINUTE // QUARTER).label("quarter")
    query = select(calls.c.person, quarter, func.count(), func.count(distinct(calls.c.minute)))
    rows = connection.execute(query.group_by(calls.c.person, quarter)).all()
    return sorted(Rang(row[0], int(row[1]) * QUARTER, row[2], row[3]) for row in rows)


def pages(connection: Connection, asked: Asked, period: Period) -> list[tuple[str, str, str, Instant, int]]:
    """(alertname, policy, person, quarter of an hour, pages); `people`: those alone who were asked for."""
    name = _word(connection, "alertname", incident).label("name")
    calls = _calls(connection, asked, period, name, incident.c.policy)
    quarter = (calls.c.minute * MINUTE // QUARTER).label("quarter")
    key = (calls.c.name, calls.c.policy, calls.c.person, quarter)
    rows = connection.execute(select(*key, func.count()).group_by(*key)).all()
    return sorted((row[0], row[1], row[2], int(row[3]) * QUARTER, row[4]) for row in rows)


def opened(connection: Connection, asked: Asked, period: Period) -> list[tuple[Instant, int]]:
    """How many incidents opened, by quarter of an hour."""
    quarter = (incident.c.opened_at // QUARTER).label("quarter")
    query = select(quarter, func.count()).where(*_within(period), *_kind(connection, asked), *_called(asked))
    query = query.group_by(quarter).order_by(quarter)
    return [(int(row[0]) * QUARTER, row[1]) for row in connection.execute(query).all()]


def _facts(connection: Connection, asked: Asked, period: Period) -> CTE:
    """One row for each incident, with all that is counted of it."""
    chosen = _chosen(connection, asked, period)
    at = chosen.c
    ended = case((at.last_id.is_(None), _ended_before(chosen)), else_=at.last_end)
    return select(
        at.id, at.key, at.policy, at.severity, at.high, at.opened_at, at.resolved_at,
        _word(connection, "alertname", chosen).label("name"), _word(connection, asked.label, chosen).label("service"),
        _paged(chosen).label("people"), _answers(chosen).label("answers"),
        case(((at.opened_at - ended).between(0, SOON), 1), else_=0).label("again"),
    ).cte("facts")  # fmt: skip


def _chosen(connection: Connection, asked: Asked, period: Period) -> CTE:
    """What is asked for, each beside the incident of the same group before it where that is of the period too."""
    same: Any = {"partition_by": incident.c.key, "order_by": incident.c.id}
    last = [func.lag(incident.c[name]).over(**same).label(f"last_{word}") for name, word in LAST]
    ordered = select(*(incident.c[name] for name in KEPT), *last).where(*_within(period)).cte("ordered")
    return select(ordered).where(*_kind(connection, asked, ordered), *_called(asked, ordered)).cte("chosen")


def _groups(facts: CTE) -> Select[Any]:
    same: Any = {"partition_by": (facts.c.name, facts.c.policy), "order_by": (facts.c.opened_at, facts.c.id)}
    previous, other = func.lag(facts.c.opened_at).over(**same), func.lag(facts.c.key).over(**same)
    near = and_(facts.c.opened_at - previous <= TOGETHER, other != facts.c.key)
    crowded = select(facts, case((near, 1), else_=0).label("together")).cte("crowded")
    at = crowded.c
    (taken, life), again = _spans(crowded), at.answers % 2
    alone = case((at.answers // 2 % 2 == 0, (at.resolved_at - at.opened_at) // SECOND))
    columns = {
        "incidents": func.count(), "unresolved": _number(at.resolved_at.is_(None)), "urgent": _number(at.high),
        "reopened": _number(again == 1), "again": func.sum(at.again),
        "flapped": _number(or_(again == 1, at.again == 1)), "together": func.sum(at.together),
        "severity": func.max(at.severity), "taken": taken, "lives": life, "alone": _joined(alone),
        "newest": func.max(at.id), "crowd": _joined(case((at.together == 1, at.id))),
    }  # fmt: skip
    kind = (at.policy, at.name, at.service, at.people)
    return select(*kind, *(column.label(name) for name, column in columns.items())).group_by(*kind)


def _spans(facts: CTE) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Until the first answer, and until the end: whole seconds, joined."""
    at = facts.c
    taken = case((at.answers >= 4, (at.answers // 4 - at.opened_at) // SECOND))
    return _joined(taken), _joined((at.resolved_at - at.opened_at) // SECOND)


def _number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


def _group(row: Row[Any]) -> Group:
    return Group(
        policy=row.policy,
        name=row.name,
        service=row.service,
        people=frozenset(row.people.split(APART)) if row.people else frozenset(),
        incidents=row.incidents,
        unresolved=row.unresolved,
        urgent=row.urgent,
        reopened=row.reopened,
        again=row.again,
        flapped=row.flapped,
        together=row.together,
        severity=Severity(row.severity),
        taken=seconds(row.taken),
        lives=seconds(row.lives),
        alone=seconds(row.alone),
        newest=row.newest,
        crowd=tuple(map(int, row.crowd.split(","))) if row.crowd else (),
    )


def _within(period: Period) -> tuple[ColumnElement[bool], ...]:
    return incident.c.opened_at >= period.since, incident.c.opened_at < period.until


def _kind(connection: Connection, asked: Asked, of: FromClause = incident) -> Iterable[ColumnElement[bool]]:
    if asked.policy:
        yield of.c.policy == asked.policy
    if asked.service is not None:
        yield _word(connection, asked.label, of) == asked.service


def _called(asked: Asked, of: FromClause = incident) -> Iterable[ColumnElement[bool]]:
    """That somebody of these was paged."""
    if asked.people:
        yield exists().where(outbox.c.incident_id == of.c.id, *_went_out(), outbox.c.person.in_(asked.people))


def _went_out() -> tuple[TextClause | ColumnElement[bool], ...]:
    """In the words of the partial index."""
    return RANG, outbox.c.state.in_(("sent", "delivered"))


def _calls(connection: Connection, asked: Asked, period: Period, *words: ColumnElement[Any]) -> CTE:
    """One row for each person, incident and minute: messages that say the same at once are one page."""
    minute = (outbox.c.sent_at // MINUTE).label("minute")
    kind = [*_kind(connection, asked)]
    query = select(outbox.c.person, outbox.c.incident_id, minute, *words).distinct()
    query = query.where(outbox.c.sent_at >= period.since, outbox.c.sent_at < period.until, *_went_out(), *kind)
    if words or kind:
        query = query.join(incident, incident.c.id == outbox.c.incident_id)
    # Joined to nothing, so that no index on the person is preferred, which would read all that ever reached them.
    theirs = (outbox.c.person + "").in_(asked.people)
    return (query.where(theirs) if asked.people else query).cte("calls")


def _paged(chosen: CTE) -> ScalarSelect[Any]:
    """Who was paged, joined."""
    one = select(outbox.c.person).where(outbox.c.incident_id == chosen.c.id, *_went_out()).distinct()
    people = one.correlate(chosen).subquery("paged")
    joined = func.aggregate_strings(people.c.person, APART)
    return select(func.coalesce(joined, "")).correlate(chosen).scalar_subquery()


def _answers(chosen: FromClause) -> ScalarSelect[Any]:
    """Three questions in one walk through an incident's lines, where three walks would be half of the whole work: four
    times the instant of the first answer (0: none), plus 2 where a person did anything, plus 1 where it fired again.
    """
    acted, event = timeline.c.by.is_not(None), timeline.c.event
    refired = and_(event == "reopened", timeline.c.by.is_(None))
    taken = and_(acted, event.in_(TAKEN), not_(timeline.c.reason.startswith(AGAIN, autoescape=True)))
    first = func.coalesce(func.min(case((taken, timeline.c.at))), 0)
    packed = first * 4 + func.max(case((acted, 2), else_=0)) + func.max(case((refired, 1), else_=0))
    query = select(func.coalesce(packed, 0)).where(timeline.c.incident_id == chosen.c.id)
    return query.correlate(chosen).scalar_subquery()


def _ended_before(chosen: CTE) -> ScalarSelect[Any]:
    """When the incident before, of the same group, was resolved."""
    query = select(incident.c.resolved_at).where(incident.c.key == chosen.c.key, incident.c.id < chosen.c.id)
    return query.order_by(incident.c.id.desc()).limit(1).correlate(chosen).scalar_subquery()


def _joined(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.aggregate_strings(cast(value, String), ",")


def _word(connection: Connection, name: str, of: FromClause) -> ColumnElement[Any]:
    """A label of the group, else of the incident's first alert; the empty text where neither has it."""
    first = select(_label(connection, episode.c.labels, name)).where(episode.c.incident_id == of.c.id)
    of_alert = first.order_by(episode.c.id).limit(1).correlate(of).scalar_subquery()
    return func.coalesce(func.nullif(_label(connection, of.c.labels, name), ""), of_alert, "")


def _label(connection: Connection, labels: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    if bulk.is_postgresql(connection):
        value: ColumnElement[Any] = cast(labels, JSON)[name].astext
        return value
    return cast(func.json_extract(labels, f'$."{name}"'), Text)
