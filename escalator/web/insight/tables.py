"""What is shown, exported and answered to programs: the same tables, each column with what it means.

Law: a cell is a plain value: text, a number, a share from 0 to 1, whole seconds, an instant as RFC 3339, a day, or None
where there is nothing to say. How it looks is the page's affair.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from escalator.core.insight.burdens import HANDFUL
from escalator.core.insight.noise import Group
from escalator.core.insight.trends import Mark
from escalator.core.instant import HOUR, SECOND, Span, rfc3339
from escalator.core.spread import Spread, spread
from escalator.web.insight.report import Report

Kind = Literal["text", "number", "hours", "share", "seconds", "time", "day", "yes"]
Cell = str | int | float | bool | None


class Column(NamedTuple):
    key: str
    title: str
    kind: Kind
    means: str


class Table(NamedTuple):
    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Callable[[Report], Iterable[tuple[Cell, ...]]]


def rows(table: Table, found: Report) -> list[dict[str, Cell]]:
    keys = [column.key for column in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in table.rows(found)]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _seconds(span: Span | None) -> int | None:
    return None if span is None else round(span / SECOND)


def _mark(mark: Mark | None) -> str:
    return mark.kind if mark else ""


def _weeks(found: Report) -> Iterable[tuple[Cell, ...]]:
    for week, incidents, pages, incidents_mark, pages_mark in found.weeks:
        usual = [None if mark is None else round(mark.usual, 1) for mark in (incidents_mark, pages_mark)]
        times = (rfc3339(week.since), rfc3339(week.until))
        yield (*times, incidents, _mark(incidents_mark), usual[0], pages, _mark(pages_mark), usual[1])


def _people(found: Report) -> Iterable[tuple[Cell, ...]]:
    for each in found.people:
        yield (
            each.person, found.zones.get(each.person, "UTC"), each.interruptions, each.pages, each.at_night,
            each.nights,
            round(each.served / HOUR, 2), round(each.share, 4), round(each.served_share, 4), each.too_much,
        )  # fmt: skip


def _person_weeks(found: Report) -> Iterable[tuple[Cell, ...]]:
    for each in found.people:
        for week, interruptions in zip(found.weeks, each.weeks, strict=True):
            yield each.person, rfc3339(week.week.since), interruptions


def _nights(found: Report) -> Iterable[tuple[Cell, ...]]:
    for each in found.nights:
        yield each.person, each.date.isoformat(), each.interruptions, each.pages


def _times(found: Report) -> Iterable[tuple[Cell, ...]]:
    yield ("all", "", *_spans(found.whole))
    parts: tuple[tuple[str, Mapping[str, Group]], ...] = (
        ("policy", found.policies), ("team", found.teams), ("service", found.services),
    )  # fmt: skip
    for kind, groups in parts:
        for name, group in sorted(groups.items(), key=lambda item: (-item[1].incidents, item[0])):
            yield (kind, name, *_spans(group))


def _spans(group: Group) -> tuple[Cell, ...]:
    taken, lives = enough(group.taken), enough(group.lives)
    return (
        group.incidents, taken.number, _seconds(taken.median), _seconds(taken.p95), lives.number,
        _seconds(lives.median), _seconds(lives.p95),
    )  # fmt: skip


def enough(spans: Iterable[Span]) -> Spread:
    """From fewer than a handful nothing is concluded: the number alone is told."""
    found = spread(spans)
    return found if found.number >= HANDFUL else Spread(None, None, found.number)


def _alerts(found: Report) -> Iterable[tuple[Cell, ...]]:
    for each in found.noises:
        group = each.group
        yield (
            group.name, group.policy, group.severity.name.lower(), group.incidents, each.pages,
            _share(each.at_night, each.pages), len(group.taken), _share(len(group.taken), group.incidents),
            group.flapped, _share(group.flapped, group.incidents), len(each.passing),
            _share(len(each.passing), group.incidents), _seconds(enough(group.lives).median),
        )  # fmt: skip


def _advice(found: Report) -> Iterable[tuple[Cell, ...]]:
    for noise, advice, sample, snippet in found.counsels:
        told = (advice.kind, advice.title, advice.why, advice.cost)
        pasted = (snippet.place, snippet.text) if snippet else ("", "")
        yield (noise.group.name, noise.group.policy, *told, *pasted, str(sample.id))


NUMBER_OF = "How many incidents opened in the period."
TABLES = {
    table.name: table
    for table in (
        Table(
            "weeks",
            "Weeks",
            (
                Column("since", "From", "time", "When the week begins: Monday, by the clocks of the zone."),
                Column("until", "Until", "time", "When it ends; the last one may still run."),
                Column("incidents", "Incidents", "number", "How many opened."),
                Column("incidents_mark", "Out of the ordinary", "text", "`high` or `low` beside the weeks before."),
                Column("incidents_usual", "Usual", "number", "Where marked: the median of up to eight weeks before."),
                Column(
                    "pages", "Pages", "number", "An incident that calls a person; its messages of one minute are one."
                ),
                Column("pages_mark", "Pages out of the ordinary", "text", "The same for pages."),
                Column("pages_usual", "Usual pages", "number", "The same for pages."),
            ),
            _weeks,
        ),
        Table(
            "people",
            "People",
            (
                Column("person", "Person", "text", "Who was paged, or on call."),
                Column(
                    "timezone", "Clocks", "text", "By which their nights are told: their own, else their schedule's."
                ),
                Column(
                    "interruptions",
                    "Interruptions",
                    "number",
                    "Minutes in which something rang, whatever it was about.",
                ),
                Column("pages", "Pages", "number", "Incidents that called them; messages of one minute are one."),
                Column("at_night", "At night", "number", "Interruptions from 22:00 to 06:00."),
                Column("nights", "Nights", "number", "Nights with one interruption at least."),
                Column("hours_on_call", "Hours on call", "hours", "By the schedules as they are now, with overrides."),
                Column("share", "Share of interruptions", "share", "Of everybody's."),
                Column("on_call_share", "Share of hours", "share", "Of everybody's hours on call."),
                Column(
                    "too_much", "More than their share", "yes", "More than half again of an even share, five at least."
                ),
            ),
            _people,
        ),
        Table(
            "person_weeks",
            "People by week",
            (
                Column("person", "Person", "text", "Who was paged, or on call in the period."),
                Column("since", "Week of", "time", "When the week begins."),
                Column("interruptions", "Interruptions", "number", "Minutes in which something rang."),
            ),
            _person_weeks,
        ),
        Table(
            "nights",
            "Nights",
            (
                Column("person", "Person", "text", "Whose night it was."),
                Column("night", "Night of", "day", "The day on which it began, by their own clocks."),
                Column("interruptions", "Interruptions", "number", "Minutes in which something rang."),
                Column("pages", "Pages", "number", "Incidents that called them; messages of one minute are one."),
            ),
            _nights,
        ),
        Table(
            "times",
            "Times",
            (
                Column("by", "By", "text", "`all`, `policy`, `team` or `service`."),
                Column("name", "Name", "text", "Which one; empty for all, and for incidents without the label."),
                Column("incidents", "Incidents", "number", NUMBER_OF),
                Column("acknowledged", "Acknowledged", "number", "How many a person took: the sample of the next two."),
                Column("acknowledge_median", "Acknowledged, median", "seconds", "From the opening; null below five."),
                Column(
                    "acknowledge_p95", "Acknowledged, p95", "seconds", "All but one in twenty took at most so long."
                ),
                Column("resolved", "Resolved", "number", "How many are over: the sample of the next two."),
                Column("resolve_median", "Resolved, median", "seconds", "From the opening; null below five."),
                Column("resolve_p95", "Resolved, p95", "seconds", "All but one in twenty lasted at most so long."),
            ),
            _times,
        ),
        Table(
            "alerts",
            "Noisiest alerts",
            (
                Column("alertname", "Alert", "text", "Of the group, else of the first alert; empty where it has none."),
                Column("policy", "Policy", "text", "That walked its incidents."),
                Column("severity", "Severity", "text", "The worst."),
                Column("incidents", "Incidents", "number", NUMBER_OF),
                Column("pages", "Pages", "number", "That went out in the period; messages of one minute are one."),
                Column("night_share", "At night", "share", "Of its pages, by the clocks of whom they woke."),
                Column("acknowledged", "Acknowledged", "number", "Incidents that a person took."),
                Column("acknowledged_share", "Acknowledged, share", "share", "Of its incidents."),
                Column("flapping", "Flapping", "number", "Fired again after its end, or opened again within an hour."),
                Column("flapping_share", "Flapping, share", "share", "Of its incidents."),
                Column("passing", "Passed by itself", "number", "Ended within `short` minutes, with nobody acting."),
                Column("passing_share", "Passed by itself, share", "share", "Of its incidents."),
                Column("life_median", "Life, median", "seconds", "From the opening to the end; null below five."),
            ),
            _alerts,
        ),
        Table(
            "advice",
            "What to do about them",
            (
                Column("alertname", "Alert", "text", "The alert."),
                Column("policy", "Policy", "text", "That walked its incidents."),
                Column("kind", "Kind", "text", "`wait`, `keep`, `group`, `reopen`, `urgency`, `severity`."),
                Column("title", "What to do", "text", "In a sentence."),
                Column("why", "Why", "text", "The numbers behind it."),
                Column("cost", "What it costs", "text", "What it is paid with."),
                Column("place", "Where", "text", "Where the snippet belongs."),
                Column("snippet", "Snippet", "text", "YAML to paste; empty where the policies have changed since."),
                Column("incident", "Newest incident", "text", "Its number."),
            ),
            _advice,
        ),
    )
}
