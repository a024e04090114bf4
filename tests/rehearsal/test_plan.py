"""What a plan tells of a change, read as a reviewer would read it."""

from datetime import UTC, datetime

import pytest

from escalator.core import events
from escalator.core.book import Book
from escalator.core.instant import DAY, HOUR, MINUTE, Instant, from_datetime
from escalator.core.oncall import Override
from escalator.rehearsal.changes.ladders import Ladder, Rung, climb, worse
from escalator.rehearsal.changes.plan import Plan, plan
from escalator.rehearsal.changes.planned import escaped, hours, markdown, text
from escalator.rehearsal.night import Circumstances, Night
from escalator.rehearsal.standing import Open, Standing, decode, encode
from tests.rehearsal.organisations import organisation
from tests.rehearsal.written import book as written

NOW: Instant = from_datetime(datetime(2026, 3, 4, 14, tzinfo=UTC))
"""A Wednesday."""

BEFORE = """
version: 1
people:
  ana: {contacts: {push: browser, sms: secret:ANA, email: ana@example.com}}
  ben: {contacts: {push: browser, sms: secret:BEN, email: ben@example.com}}
channels:
  ops: {slack: "#ops"}
hours:
  office: {timezone: Europe/London, days: mon-fri, from: 09:00, to: 17:00}
schedules:
  primary:
    timezone: Europe/London
    layers:
      - {people: [ana, ben], every: 1w, starts: 2026-01-05T09:00}
routes:
  - {match: {service: db}, policy: {critical: page, default: calm}}
policies:
  page:
    levels:
      - {notify: [{schedule: primary}, {channel: ops}], escalate_after: 5m}
      - {notify: [{next_on_call: primary}]}
  calm:
    urgency: low
    levels: [{notify: [{channel: ops}]}]
catch_all: page
"""


def book(text: str, revision: int = 1) -> Book:
    return written(text, revision)


def changed(old: str, new: str, *open_: Open) -> Plan:
    assert old in BEFORE
    return plan(book(BEFORE), book(BEFORE.replace(old, new), 2), NOW, open_)


class TestLadders:
    def test_nothing_changes_where_nothing_is_changed(self) -> None:
        found = changed("version: 1", "version: 1  # a comment")
        assert found.empty
        assert not found.worse
        assert text(found, "UTC") == ["Nothing changes: the same people are paged at the same times."]

    def test_a_longer_wait_is_later(self) -> None:
        found = changed("escalate_after: 5m", "escalate_after: 7m")
        assert found.worse
        assert {change.worse for change in found.changes} == {"fewer people are paged in the same time"}
        assert "critical alerts by routes[0] → policy page" in found.changes[0].alerts

    def test_a_shorter_wait_is_not(self) -> None:
        found = changed("escalate_after: 5m", "escalate_after: 3m")
        assert found.changes
        assert not found.worse

    def test_a_new_name_for_a_policy_changes_nothing(self) -> None:
        assert changed("calm", "quiet").empty

    def test_whom_it_pages_is_a_change_and_not_a_worse_one(self) -> None:
        found = changed("{schedule: primary}, {channel", "{person: ben}, {channel")
        assert found.changes
        assert not found.worse

    def test_hours_are_told_where_only_some_change(self) -> None:
        found = changed(
            "{notify: [{next_on_call: primary}]}", "{notify: [{next_on_call: primary}], when: {outside: office}}"
        )
        first = next(change for change in found.changes if "critical" in change.alerts[0])
        assert hours(first.hours) == "Mon-Fri 09:00-17:00"
        assert first.zone == "Europe/London"
        assert first.worse

    def test_a_route_that_takes_them_away_from_people(self) -> None:
        found = changed("{critical: page, default: calm}", "calm")
        assert {each.worse for each in found.changes if each.worse} == {"no person is paged any more"}
        assert {each.labels["service"] for each in found.changes} == {"db"}

    def test_what_is_dropped_now(self) -> None:
        found = changed("policy: {critical: page, default: calm}", "drop: nobody looks at them")
        assert {each.worse for each in found.changes} == {"it is dropped now"}

    def test_fewer_providers_are_weaker(self) -> None:
        people = "  ana: {contacts: {push: browser, sms: secret:ANA, email: ana@example.com}}"
        found = changed(people, "  ana: {contacts: {sms: secret:ANA, call: secret:ANA}}")
        assert any("fewer providers" in change.worse for change in found.changes)

    @pytest.mark.parametrize("seed", range(15))
    def test_a_plan_against_itself_is_empty(self, seed: int) -> None:
        same = organisation(seed)
        assert plan(same, same, NOW).empty

    @pytest.mark.parametrize("seed", range(15))
    def test_a_ladder_that_is_remembered_is_the_one_that_is_climbed(self, seed: int) -> None:
        """What is worse between two organisations is what is worse hour by hour, each played alone."""
        old, new = organisation(seed), organisation(seed + 1000)
        found = plan(old, new, NOW)
        for change in found.changes[:20]:
            for hour in change.hours[:: max(1, len(change.hours) // 4)]:
                at = _instant(change.zone, hour)
                assert climb(old, change.labels, at) == change.old
                assert climb(new, change.labels, at) == change.new


def _instant(zone: str, hour: int) -> Instant:
    from zoneinfo import ZoneInfo

    return from_datetime(datetime(2026, 3, 9, tzinfo=ZoneInfo(zone))) + hour * HOUR


class TestWorse:
    def ladder(self, *rungs: tuple[int, str], high: bool = True, drop: bool = False) -> Ladder:
        made = [Rung(after * MINUTE, tuple((name, ("sms",)) for name in names.split()), ()) for after, names in rungs]
        return Ladder("routes[0]", "page", high, drop, tuple(made))

    def test_table(self) -> None:
        old = self.ladder((0, "ana"), (5, "ben"))
        rows = [
            (self.ladder((0, "ana"), (5, "ben")), ""),
            (self.ladder((0, "ben"), (5, "ana")), ""),
            (self.ladder((0, "ana ben")), ""),
            (self.ladder((1, "ana"), (5, "ben")), "the first page to a person comes later"),
            (self.ladder(), "no person is paged any more"),
            (self.ladder((0, "ana"), (6, "ben")), "fewer people are paged in the same time"),
            (self.ladder((0, "ana"), (5, "ana")), "fewer people are paged in the same time"),
            (self.ladder((0, "ana"), (5, "ben"), high=False), "urgency fell"),
            (self.ladder(drop=True), "it is dropped now"),
        ]
        assert [worse(old, new) for new, _ in rows] == [why for _, why in rows]


class TestShifts:
    def test_another_order_swaps_weeks(self) -> None:
        found = changed("[ana, ben]", "[ben, ana]")
        assert {(shift.old, shift.new) for shift in found.shifts} == {("ana", "ben"), ("ben", "ana")}
        assert found.shifts[0].since == NOW
        assert sum(shift.until - shift.since for shift in found.shifts) == 28 * DAY

    def test_nobody_where_somebody_was_is_worse(self) -> None:
        found = changed("every: 1w, starts", "until: 2026-03-10T09:00, every: 1w, starts")
        assert [shift.new for shift in found.shifts] == [None, None, None, None]
        assert all(shift.worse for shift in found.shifts)
        assert any("NOBODY instead of" in line for line in text(found, "UTC"))

    def test_a_schedule_that_comes_or_goes(self) -> None:
        more = BEFORE.replace(
            "routes:",
            "  other: {timezone: UTC, layers: [{people: [ben], every: 1w, starts: 2026-01-05T09:00}]}\nroutes:",
        )
        found = plan(book(BEFORE), book(more, 2), NOW)
        assert found.schedules == ("+other",)
        assert plan(book(more), book(BEFORE, 2), NOW).schedules == ("-other",)


def is_open(minutes: int, *, acknowledged: bool = False) -> Open:
    """An incident that has been open for so long."""
    night = Night(book(BEFORE), NOW - minutes * MINUTE)
    night.fire({"alertname": "Slow", "service": "db", "severity": "critical"})
    if acknowledged:
        night.act(1, events.Acknowledged("ana"))
    night.until(NOW)
    return Open(night.incidents[1], night.open_alerts(1))


class TestOpenIncidents:
    def test_a_shorter_wait_pages_the_next_sooner(self) -> None:
        """Two minutes after the first page the wait becomes three: one minute is left instead of three."""
        (move,) = changed("escalate_after: 5m", "escalate_after: 3m", is_open(2)).moves
        assert (move.old.at, move.new.at) == (NOW + 3 * MINUTE, NOW + MINUTE)
        assert move.old.people == ("ben",)
        assert not move.worse

    def test_change_never_delays(self) -> None:
        found = changed("escalate_after: 5m", "escalate_after: 50m", is_open(2))
        assert found.moves == ()
        assert found.incidents == 1

    def test_somebody_else_is_next(self) -> None:
        (move,) = changed("{next_on_call: primary}", "{person: ana}", is_open(2)).moves
        assert (move.old.people, move.new.people) == (("ben",), ("ana",))
        line = next(
            line
            for line in text(changed("{next_on_call: primary}", "{person: ana}", is_open(2)), "UTC")
            if "open 1" in line
        )
        assert line == "  open 1 (critical, level 1, triggered): next page 2026-03-04 14:03 ben -> 2026-03-04 14:03 ana"

    def test_an_acknowledgement_lapses_sooner(self) -> None:
        (move,) = changed("  page:\n", "  page:\n    ack_timeout: 30m\n", is_open(10, acknowledged=True)).moves
        assert move.old.at == NOW + 50 * MINUTE
        assert move.new.at == NOW + 20 * MINUTE

    def test_its_policy_is_gone(self) -> None:
        gone = BEFORE.replace("page", "urgent")
        (move,) = plan(book(BEFORE), book(gone, 2), NOW, [is_open(2)]).moves or (None,)
        assert move is None, "another policy of another name takes it, at the same level"


class TestStanding:
    def test_it_is_the_same_after_a_journey(self) -> None:
        around = Circumstances(
            overrides=(Override("primary", "ben", NOW, NOW + HOUR, "ill", "o1"),),
            unusable=frozenset({"person/ana/sms"}),
            turns={("page", 1): 3},
        )
        standing = Standing(NOW, 4, {"main.yaml": BEFORE}, (is_open(2), is_open(9, acknowledged=True)), 3, around)
        assert decode(encode(standing)) == standing

    def test_what_is_no_standing_is_refused(self) -> None:
        with pytest.raises(ValueError, match="missing required field"):
            decode(b'{"at": 1}')


class TestWords:
    def test_markdown_folds_and_colours(self) -> None:
        found = markdown(changed("escalate_after: 5m", "escalate_after: 7m"), "UTC")
        assert found.startswith("### Escalator: what this change changes\n\n**")
        assert "```diff" in found
        assert "+      7m  " in found
        assert "⚠️ fewer people are paged in the same time" in found

    def test_names_from_outside_become_no_markup(self) -> None:
        assert escaped("<img src=x> [a](b) `c`") == "&lt;img src=x&gt; \\[a\\](b) \\`c\\`"

    def test_schedules_that_come_and_go_stand_under_the_shifts(self) -> None:
        found = changed("escalate_after: 5m", "escalate_after: 7m")._replace(schedules=("+nights", "-days"))
        assert "- nights: new\n- days: gone" in markdown(found, "UTC")

    def test_names_from_outside_end_no_code_block(self) -> None:
        found = changed("escalate_after: 5m", "escalate_after: 7m")
        change = found.changes[0]
        odd = change._replace(new=change.new._replace(route="a```b", drop=True))
        said = markdown(found._replace(changes=(odd,)), "UTC")
        assert "+ dropped by a'''b" in said
        assert said.count("```") == 2

    @pytest.mark.parametrize(
        ("found", "spoken"),
        [
            (range(168), "always"),
            ([0, 1, 2], "Mon 00:00-03:00"),
            ([9, 10, 33, 34], "Mon, Tue 09:00-11:00"),
            ([9, 12], "Mon 09:00-10:00, 12:00-13:00"),
            ([day * 24 + 9 for day in range(5)], "Mon-Fri 09:00-10:00"),
            ([23, 24], "Mon 23:00-24:00; Tue 00:00-01:00"),
        ],
    )
    def test_hours_of_the_week(self, found: list[int], spoken: str) -> None:
        assert hours(list(found)) == spoken
