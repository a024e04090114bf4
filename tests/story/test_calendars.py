"""A layer out of a calendar among the policies: who is paged is whom it names, and an edit of it goes live."""

import pytest

from tests.story.conftest import TEAM, Opens
from tests.story.stage import Stage

ROTATION = "{people: [carol, ana, bob], every: 1w, starts: 2026-01-05T09:00}"
NIGHT = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
BEGIN:VEVENT
UID:nights
DTSTAMP:20260101T000000Z
SUMMARY:ana
DTSTART;TZID=Europe/London:20260301T220000
DTEND;TZID=Europe/London:20260302T060000
RRULE:FREQ=DAILY;UNTIL=20260331T235959Z
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def stage(opens: Opens) -> Stage:
    """Three in the morning of March the 4th: by the rotation it is bob's week, by the calendar ana's night."""
    stage = opens()
    (stage.folder / "nights.ics").write_text(NIGHT)
    return stage.edits_team(TEAM.replace(f"- {ROTATION}", f"- {{ical: nights.ics}}\n      - {ROTATION}"))


def test_the_calendar_serves_at_night_and_the_rotation_by_day(stage: Stage) -> None:
    assert stage.problem is None
    stage.alert("DiskFull").expect("ana is paged").resolves("DiskFull").forgets()
    stage.passes("3h").alert("Another").expect("bob is paged")


def test_the_next_on_call_behind_the_calendar_is_the_rotations(stage: Stage) -> None:
    stage.alert("DiskFull").expect("ana is paged").forgets()
    stage.passes("5m").expect("bob is paged")


def test_an_edit_of_the_calendar_alone_is_a_revision_and_counts_from_now_on(stage: Stage) -> None:
    number = stage.house.world.book.revision
    stage.edits(NIGHT.replace("SUMMARY:ana", "SUMMARY:carol@example.com"), "nights.ics")
    assert stage.house.world.book.revision == number + 1
    stage.alert("DiskFull").expect("carol is paged")


def test_a_broken_calendar_is_refused_with_its_line_and_the_last_good_one_runs_on(stage: Stage) -> None:
    stage.edits(NIGHT.replace("SUMMARY:ana", "SUMMARY:Ana Maria"), "nights.ics")
    assert stage.problem is not None
    assert "nights.ics:7:1" in stage.problem
    assert "SUMMARY:Ana Maria" in stage.problem
    stage.alert("DiskFull").expect("ana is paged")


def test_a_service_that_starts_anew_reads_the_calendar_out_of_the_database(stage: Stage) -> None:
    (stage.folder / "nights.ics").unlink()
    stage.crashes()
    stage.starts()
    assert stage.problem is not None, "the disk has no calendar any more"
    stage.alert("DiskFull").expect("ana is paged")
