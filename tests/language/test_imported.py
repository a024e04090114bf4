"""Layers out of calendars: whom an event names, when it is, how it recurs; and what is wrong, by its line."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalator.core.instant import DAY, HOUR, from_datetime
from escalator.core.oncall import Imported, on_call, shifts
from escalator.language import compile_book, digest, load_sources, render
from escalator.language.ics import unfolded
from escalator.language.recurring import MOST, expanded

POLICY = """\
people:
  alice: {contacts: {email: alice@example.com}}
  bob: {contacts: {email: bob@example.com}}
  Carol D: {contacts: {push: browser}}
schedules:
  ops:
    timezone: Europe/Berlin
    layers:
      - {ical: oncall.ics}
policies: {p: {levels: [{notify: [{schedule: ops}]}]}}
catch_all: p
"""


def calendar(*events: str, head: str = "") -> str:
    """Events as `SUMMARY:x|DTSTART:…|…`."""
    body = [f"BEGIN:VEVENT\nUID:{n}\n" + each.replace("|", "\n") + "\nEND:VEVENT" for n, each in enumerate(events)]
    top = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *head.split("|")]
    return "\r\n".join("\n".join([*filter(None, top), *body, "END:VCALENDAR", ""]).split("\n"))


def layer_of(text: str) -> Imported:
    sources = {"main.yaml": POLICY, "oncall.ics": text}
    compiled = compile_book(sources)
    assert compiled.book is not None, render(compiled.diagnostics, sources)
    (layer,) = compiled.book.schedules["ops"].layers
    assert isinstance(layer, Imported)
    return layer


def wrong(text: str) -> list[tuple[str, int, str]]:
    """(code, line in the calendar, message)."""
    compiled = compile_book({"main.yaml": POLICY, "oncall.ics": text})
    assert compiled.book is None
    found = [each for each in compiled.diagnostics if each.file == "oncall.ics"]
    assert all(note.mark.file == "main.yaml" and note.mark.line == 9 for each in found for note in each.notes)
    return [(each.code, each.line, each.message) for each in found]


def berlin(moment: str, fold: int = 0) -> int:
    return from_datetime(datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=fold))


def utc(moment: str) -> int:
    return from_datetime(datetime.fromisoformat(moment).replace(tzinfo=UTC))


ONCE = "DTSTART:20260105T090000Z|DTEND:20260105T170000Z"


@pytest.mark.parametrize(
    "whom",
    [
        "SUMMARY:alice",
        "SUMMARY: Alice ",
        "SUMMARY:ALICE@example.com",
        # what the summary does not say, an attendee may
        "SUMMARY:On call|ATTENDEE;CN=Alice:mailto:alice@example.com",
        "SUMMARY:On call|ATTENDEE:mailto:room@example.com|ATTENDEE;ROLE=CHAIR:MAILTO:Alice@Example.com",
    ],
)
def test_an_event_names_its_person_by_name_or_by_address(whom: str) -> None:
    assert layer_of(calendar(f"{whom}|{ONCE}")).shifts == ((utc("2026-01-05T09:00"), utc("2026-01-05T17:00"), "alice"),)


def test_a_name_with_a_space_and_a_line_that_is_folded_are_read_whole() -> None:
    assert layer_of(calendar(f"SUMMARY:Car\n ol \n D|{ONCE}")).people == ("Carol D",)


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        ("DTSTART;TZID=Europe/Berlin:20260706T090000|DTEND;TZID=Europe/Berlin:20260706T170000", "09:00", "17:00"),
        ("DTSTART:20260706T070000Z|DTEND:20260706T150000Z", "09:00", "17:00"),
        # without a zone: the layer's
        ("DTSTART:20260706T090000|DTEND:20260706T170000", "09:00", "17:00"),
        ("DTSTART:20260706T090000|DURATION:PT8H", "09:00", "17:00"),
        # Outlook's names for zones
        ("DTSTART;TZID=W. Europe Standard Time:20260706T090000|DURATION:PT8H", "09:00", "17:00"),
        # across zones
        ("DTSTART;TZID=America/New_York:20260706T030000|DTEND;TZID=Asia/Tokyo:20260707T000000", "09:00", "17:00"),
    ],
)
def test_times_are_in_their_zone_in_utc_or_in_the_layers(times: str, start: str, end: str) -> None:
    (shift,) = layer_of(calendar(f"SUMMARY:bob|{times}")).shifts
    assert shift[:2] == (berlin(f"2026-07-06T{start}"), berlin(f"2026-07-06T{end}"))


def test_a_calendar_without_zones_may_name_one_for_all() -> None:
    text = calendar("SUMMARY:bob|DTSTART:20260706T090000|DURATION:PT1H", head="X-WR-TIMEZONE:America/New_York")
    assert layer_of(text).shifts[0].starts_at == utc("2026-07-06T13:00")


def test_a_zone_that_the_calendar_defines_itself_is_known() -> None:
    zone = (
        "BEGIN:VTIMEZONE|TZID:Ours|BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:+0300|TZOFFSETTO:+0300"
        "|END:STANDARD|END:VTIMEZONE"
    )
    text = calendar("SUMMARY:bob|DTSTART;TZID=Ours:20260706T090000|DURATION:PT1H", head=zone)
    assert layer_of(text).shifts[0].starts_at == utc("2026-07-06T06:00")


def test_whole_days_are_local_days() -> None:
    (shift,) = layer_of(calendar("SUMMARY:bob|DTSTART;VALUE=DATE:20260328|DTEND;VALUE=DATE:20260330")).shifts
    assert shift[:2] == (berlin("2026-03-28T00:00"), berlin("2026-03-30T00:00"))
    (one,) = layer_of(calendar("SUMMARY:bob|DTSTART;VALUE=DATE:20260328")).shifts
    assert one.ends_at - one.starts_at == DAY


def test_a_time_that_clocks_skip_has_the_offset_from_before_the_jump() -> None:
    """RFC 5545, 3.3.5: 02:30 means 03:30, where a rotation of ours would hand off at 03:00."""
    event = "SUMMARY:bob|DTSTART;TZID=Europe/Berlin:20260329T023000|DTEND;TZID=Europe/Berlin:20260329T100000"
    assert layer_of(calendar(event)).shifts[0].starts_at == berlin("2026-03-29T03:30") == utc("2026-03-29T01:30")


def test_a_time_that_clocks_show_twice_is_the_first() -> None:
    event = "SUMMARY:bob|DTSTART;TZID=Europe/Berlin:20261025T023000|DTEND;TZID=Europe/Berlin:20261025T100000"
    assert layer_of(calendar(event)).shifts[0].starts_at == utc("2026-10-25T00:30")


def test_a_weekly_recurrence_hands_off_by_the_wall_clock_and_leaves_no_gap_in_twenty_years() -> None:
    week = "DTSTART;TZID=Europe/Berlin:{}T090000|DTEND;TZID=Europe/Berlin:{}T090000|RRULE:FREQ=WEEKLY;INTERVAL=2"
    text = calendar(
        "SUMMARY:alice|" + week.format(20200106, 20200113), "SUMMARY:bob|" + week.format(20200113, 20200120)
    )
    layer = layer_of(text)
    assert [one.ends_at for one in layer.shifts[:-1]] == [one.starts_at for one in layer.shifts[1:]]
    assert {
        datetime.fromtimestamp(one.starts_at // 1_000_000, ZoneInfo("Europe/Berlin")).hour for one in layer.shifts
    } == {9}
    assert layer.shifts[-1].ends_at > utc("2040-12-31T00:00")
    assert layer.shifts[0].person != layer.shifts[1].person


def test_a_recurrence_leaves_days_out_adds_others_and_changes_single_ones() -> None:
    base = "DTSTART;TZID=Europe/Berlin:20260105T090000|DTEND;TZID=Europe/Berlin:20260105T170000"
    series = (
        f"SUMMARY:alice|{base}|RRULE:FREQ=DAILY;COUNT=5|EXDATE;TZID=Europe/Berlin:20260106T090000"
        "|RDATE;TZID=Europe/Berlin:20260120T090000"
    )
    moved = (
        "SUMMARY:bob|RECURRENCE-ID;TZID=Europe/Berlin:20260107T090000"
        "|DTSTART;TZID=Europe/Berlin:20260107T120000|DTEND;TZID=Europe/Berlin:20260107T180000"
    )
    called_off = "SUMMARY:alice|STATUS:CANCELLED|RECURRENCE-ID;TZID=Europe/Berlin:20260108T090000|" + base.replace(
        "0105", "0108"
    )
    text = calendar(series, moved, called_off).replace("UID:1", "UID:0").replace("UID:2", "UID:0")
    found = [
        (datetime.fromtimestamp(s.starts_at / 1e6, ZoneInfo("Europe/Berlin")), s.person) for s in layer_of(text).shifts
    ]
    assert [(f"{start:%d %H:%M}", person) for start, person in found] == [
        ("05 09:00", "alice"), ("07 12:00", "bob"), ("09 09:00", "alice"), ("20 09:00", "alice"),
    ]  # fmt: skip


def test_a_change_of_this_and_all_to_come_is_followed() -> None:
    base = "DTSTART:20260105T090000Z|DTEND:20260105T170000Z"
    later = (
        "SUMMARY:bob|RECURRENCE-ID;RANGE=THISANDFUTURE:20260107T090000Z|DTSTART:20260107T100000Z|DTEND:20260107T170000Z"
    )
    text = calendar(f"SUMMARY:alice|{base}|RRULE:FREQ=DAILY;COUNT=4", later).replace("UID:1", "UID:0")
    assert [(shift.person, (shift.starts_at // HOUR) % 24) for shift in layer_of(text).shifts] == [
        ("alice", 9), ("alice", 9), ("bob", 10), ("bob", 10),
    ]  # fmt: skip


def test_what_is_not_an_event_is_passed_over() -> None:
    more = "BEGIN:VTODO|UID:t|SUMMARY:water the plants|END:VTODO|BEGIN:VJOURNAL|UID:j|SUMMARY:dear diary|END:VJOURNAL"
    alarm = "BEGIN:VALARM|ACTION:DISPLAY|DESCRIPTION:x|TRIGGER:-PT15M|SUMMARY:mallory|END:VALARM"
    assert layer_of(calendar(f"SUMMARY:bob|{ONCE}|{alarm}", head=more)).people == ("bob",)


def test_the_layer_serves_before_the_next_and_may_have_a_zone_of_its_own() -> None:
    policy = POLICY.replace(
        "{ical: oncall.ics}",
        "{ical: ./oncall.ics, timezone: Asia/Tokyo}\n      - {people: [bob], every: 1w, starts: 2026-01-01T00:00}",
    )
    sources = {"main.yaml": policy, "oncall.ics": calendar("SUMMARY:alice|DTSTART:20260105T090000|DURATION:PT8H")}
    book = compile_book(sources).book
    assert book is not None
    ops = book.schedules["ops"]
    assert [on_call(ops, (), utc(f"2026-01-05T{time}")) for time in ("00:00", "07:59", "08:00")] == [
        "alice",
        "alice",
        "bob",
    ]
    assert len(shifts(ops, (), utc("2026-01-05T00:00"), utc("2026-01-06T00:00"))) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (calendar(f"SUMMARY:mallory|{ONCE}"), [("E153", 6, "`mallory`")]),
        (calendar(f"SUMMARY:alice|{ONCE}", ONCE), [("E153", 10, "names nobody")]),
        (calendar(f"SUMMARY:On call|ATTENDEE:mailto:m@example.com|{ONCE}"), [("E153", 6, "`On call`")]),
        (calendar("SUMMARY:bob|DTSTART:2026010T0900|DURATION:PT1H"), [("E152", 7, "`DTSTART` cannot be read")]),
        (calendar("SUMMARY:bob|DURATION:PT1H"), [("E152", 4, "no `DTSTART`")]),
        (calendar("SUMMARY:bob|DTSTART:20260105T090000Z"), [("E152", 4, "no end")]),
        (calendar("SUMMARY:bob|DTSTART;TZID=Mars/Olympus:20260105T090000|DURATION:PT1H"), [("E152", 7, "Olympus")]),
        (calendar("SUMMARY:bob|DTSTART:20260105T090000Z|DTEND:20260105T080000Z"), [("E137", 8, "not after its start")]),
        (calendar("SUMMARY:bob|DTSTART:20260105T090000Z|DTEND;VALUE=DATE:20260106"), [("E137", 8, "not after")]),
        (calendar(f"SUMMARY:bob|{ONCE}|RRULE:FREQ=WEEKLI"), [("E152", 9, "`RRULE` cannot be read")]),
        (calendar(f"SUMMARY:bob|{ONCE}|RRULE:FREQ=HOURLY"), [("E152", 9, "recurs by days")]),
        (calendar(f"SUMMARY:bob|{ONCE}|RRULE:FREQ=DAILY;BYHOUR=1,2"), [("E152", 9, "recurs by days")]),
        # rules with which the library would not come to an end, or not soon
        (calendar(f"SUMMARY:bob|{ONCE}|RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), [("E152", 9, "a daily rule")]),
        (calendar(f"SUMMARY:bob|{ONCE}|RRULE:FREQ=DAILY;BYSETPOS=2"), [("E152", 9, "a daily rule")]),
        (calendar(f"SUMMARY:bob|{ONCE}|RRULE:FREQ=DAILY;INTERVAL=0"), [("E152", 9, "at least 1")]),
        (calendar("SUMMARY:bob|DTSTART;TZID=Europe:20260105T090000|DURATION:PT1H"), [("E151", 1, "time zone")]),
        (calendar(f"SUMMARY:bob|{ONCE}|DTSTART:20260105T100000Z"), [("E152", 7, "one date or time")]),
        (calendar(f"SUMMARY:bob|{ONCE}|EXDATE:tomorrow"), [("E152", 9, "`EXDATE` cannot be read")]),
        (calendar(f"SUMMARY:bob|{ONCE}", head="X-WR-TIMEZONE:Mars/Olympus"), [("E152", 4, "`Mars/Olympus`")]),
        (calendar(f"SUMMARY:bob\udce9|{ONCE}"), [("E101", 6, "UTF-8")]),
        ("", [("E151", 1, "empty")]),
        ("<html>\n<body>Please log in", [("E151", 1, "not a calendar")]),
        (calendar(f"SUMMARY:bob|{ONCE}").replace("SUMMARY", "SUM MARY"), [("E151", 6, "no line of a calendar")]),
        (calendar(f"SUMMARY:bob|{ONCE}").replace("END:VEVENT\r\n", ""), [("E151", 9, "ends what did not begin")]),
        (calendar(f"SUMMARY:bob|{ONCE}").replace("END:VCALENDAR\r\n", ""), [("E151", 1, "has no end")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_the_line_of_the_calendar(text: str, expected: list[tuple[str, int, str]]) -> None:
    found = wrong(text)
    assert [(code, line) for code, line, _ in found] == [(code, line) for code, line, _ in expected]
    for (_, _, message), (_, _, words) in zip(found, expected, strict=True):
        assert words in message


def test_the_line_is_shown_with_its_cure() -> None:
    sources = {"main.yaml": POLICY, "oncall.ics": calendar(f"SUMMARY:alise|{ONCE}")}
    shown = render(compile_book(sources).diagnostics, sources)
    assert "error[E153]: this event names `alise`, who is no person\n --> oncall.ics:6:1\n6 | SUMMARY:alise\n" in shown
    assert "did you mean `alice`?" in shown
    assert "::: main.yaml:9:9  read for this layer" in shown


def test_a_calendar_with_an_error_fails_and_every_error_in_it_is_told_at_once() -> None:
    text = calendar(f"SUMMARY:mallory|{ONCE}", f"SUMMARY:bob|{ONCE}|RRULE:FREQ=OFTEN", f"SUMMARY:trent|{ONCE}")
    assert [code for code, _, _ in wrong(text)] == ["E153", "E152", "E153"]


def test_more_shifts_than_twenty_years_have_are_refused() -> None:
    day = "SUMMARY:bob|DTSTART:20200101T{:02}0000Z|DURATION:PT4H|RRULE:FREQ=DAILY"
    ((code, _, message),) = wrong(calendar(*(day.format(hour) for hour in (0, 6, 12, 18))))
    assert (code, str(MOST) in message) == ("E154", True)


def test_more_rules_than_any_rota_has_are_refused() -> None:
    ((code, line, message),) = wrong(calendar(*(f"SUMMARY:bob|{ONCE}|RRULE:FREQ=YEARLY" for _ in range(501))))
    assert (code, line, message) == ("E154", 3 + 500 * 7 + 6, "this calendar has more than 500 rules")


@pytest.mark.parametrize(
    "rule",
    ["DAILY;BYDAY=MO,TU,WE,TH,FR", "DAILY;BYMONTH=7;BYHOUR=9;BYMINUTE=0;BYSECOND=0", "MONTHLY;BYDAY=-1FR", "YEARLY"],
)
def test_rules_that_rotas_have_are_read(rule: str) -> None:
    assert len(layer_of(calendar(f"SUMMARY:bob|{ONCE}|RRULE:FREQ={rule}")).shifts) >= 15


def test_a_calendar_that_is_too_large_is_refused_before_it_is_read() -> None:
    assert wrong("X" * 1_200_000)[0][:2] == ("E154", 1)


@pytest.mark.parametrize(
    ("written", "cure"),
    [("oncal.ics", "did you mean `oncall.ics`"), ("teams/x.ics", "known here"), ("../oncall.ics", "did you mean")],
)
def test_a_calendar_that_is_not_there_is_asked_for_where_it_is_named(written: str, cure: str) -> None:
    sources = {"main.yaml": POLICY.replace("oncall.ics", written), "oncall.ics": calendar()}
    (found,) = compile_book(sources).diagnostics
    assert (found.code, found.file, found.line) == ("E150", "main.yaml", 9)
    assert cure in found.help or cure == "known here"


def test_beside_a_single_file_no_calendar_is_read_and_the_cure_says_so() -> None:
    (found,) = compile_book({"main.yaml": POLICY}).diagnostics
    assert (found.code, "folder" in found.help) == ("E150", True)


def test_the_path_counts_from_the_file_that_names_it(tmp_path) -> None:
    (tmp_path / "teams").mkdir()
    (tmp_path / "teams" / "main.yaml").write_text(POLICY.replace("oncall.ics", "../calendars/oncall.ics"))
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "oncall.ics").write_bytes(calendar(f"SUMMARY:bob|{ONCE}").encode())
    sources = load_sources(tmp_path)
    assert set(sources) == {"teams/main.yaml", "calendars/oncall.ics"}
    assert compile_book(sources).book is not None
    named = {f"here/{name}": text for name, text in sources.items()}
    assert compile_book(named).book is not None


def test_a_calendar_is_part_of_what_identifies_a_revision() -> None:
    one, other = ({"main.yaml": POLICY, "oncall.ics": calendar(f"SUMMARY:{who}|{ONCE}")} for who in ("alice", "bob"))
    assert digest(one) != digest(other)


def test_a_layer_is_either_a_rotation_or_a_calendar() -> None:
    sources = {
        "main.yaml": POLICY.replace("{ical:", "{every: 1w, ical:"),
        "oncall.ics": calendar(f"SUMMARY:bob|{ONCE}"),
    }
    assert [(each.code, "every" in each.message) for each in compile_book(sources).diagnostics] == [("E120", True)]


@pytest.mark.parametrize(
    ("now", "codes"), [("2026-01-01T00:00", []), ("2026-06-25T00:00", ["W273"]), ("2027-01-01T00:00", ["W273"])]
)
def test_somebody_is_told_before_a_calendar_ends(now: str, codes: list[str]) -> None:
    sources = {
        "main.yaml": POLICY,
        "oncall.ics": calendar("SUMMARY:bob|DTSTART;VALUE=DATE:20260101|DTEND;VALUE=DATE:20260701"),
    }
    found = compile_book(sources, now=utc(now)).diagnostics
    assert [each.code for each in found if each.code == "W273"] == codes


def test_content_lines_are_numbered_by_their_first_line() -> None:
    assert list(unfolded("A:1\r\nB:2\r\n 3\r\n\t4\r\n\r\nC:5\n")) == [(1, "A:1"), (2, "B:234"), (6, "C:5")]


WHOLE = calendar(
    f"SUMMARY:bob|{ONCE}|RRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=4|EXDATE:20260106T090000Z", head="X-WR-TIMEZONE:UTC"
)
pieces = st.sampled_from(
    [*WHOLE.split("\r\n"), "BEGIN:VEVENT", "END:VEVENT", "RRULE:", ":", ";", "DTSTART:99999999T999999", "\0"]
)


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(pieces, max_size=14), st.text(max_size=30))
def test_whatever_a_calendar_holds_it_is_read_or_refused_by_a_line_that_it_has(lines: list[str], noise: str) -> None:
    text = "\r\n".join([*lines, noise])
    found = expanded(text, "UTC")
    assert all(1 <= problem.line <= text.count("\n") + text.count("\r") + 1 for problem in found.problems)


@settings(max_examples=300, deadline=None, database=None)
@given(st.integers(0, len(WHOLE) - 1), st.text(max_size=4), st.integers(0, 12))
def test_a_calendar_with_one_place_overwritten_is_read_or_refused(place: int, text: str, length: int) -> None:
    expanded(WHOLE[:place] + text + WHOLE[place + length :], "Europe/Berlin")
