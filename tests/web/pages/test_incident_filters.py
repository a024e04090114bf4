"""An address of the list: read field by field, the same words for the same filter, nothing guessed."""

from urllib.parse import quote

import pytest

from escalator.core.alert import Matcher, Severity
from escalator.core.instant import DAY, HOUR, from_datetime, to_datetime
from escalator.web.fields import plain
from escalator.web.pages.incidents.filters import OPEN, asked, fields_of, moment_of, query_of
from escalator.web.problems import Problem
from tests.web.fakes import NOW

MIDNIGHT = NOW // DAY * DAY


def test_without_a_word_what_is_open_is_meant() -> None:
    found = asked("", None, NOW)
    assert (found.filter.status, found.query, found.problems, found.open) == (OPEN, "", {}, True)


def test_every_field_is_read() -> None:
    query = (
        "status=resolved&status=triggered&severity=critical&severity=info&urgency=low&policy=page&person=bob"
        "&match=team%3Ddb&match=host%3D~web.*&since=2d&until=2026-03-04&resolved=today&q=disk"
    )
    found = asked(query, None, NOW)
    assert found.problems == {}
    assert found.filter._asdict() == {
        "status": ("triggered", "resolved"), "severity": (Severity.CRITICAL, Severity.INFO), "urgency": "low",
        "policy": "page", "person": "bob",
        "matchers": (Matcher("team", "=", "db"), Matcher("host", "=~", "web.*")), "since": NOW - 2 * DAY,
        "until": moment_of("2026-03-04T00:00:00Z", NOW), "resolved_since": MIDNIGHT, "text": "disk",
    }  # fmt: skip
    assert not found.open


def test_the_same_filter_has_the_same_address_however_it_was_written() -> None:
    messy = "q=+disk++&junk=1&match=&match=team%3Ddb&match=team%3Ddb&status=triggered&urgency=&urgency=high&cursor=abc"
    assert asked(messy, None, NOW).query == "status=triggered&urgency=high&match=team%3Ddb&q=disk"
    assert query_of(fields_of(asked(messy, None, NOW).query)) == asked(messy, None, NOW).query


def test_when_something_was_resolved_is_asked_of_what_is_resolved() -> None:
    assert asked("resolved=24h", None, NOW).filter.status == ("resolved",)


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("status=done", "status", "There is no status 'done'; there are triggered, acknowledged, snoozed, resolved."),
        ("severity=fatal", "severity", "there are critical, error, warning, info"),
        ("urgency=odd", "urgency", "there are high, low"),
        ("match=team", "match", "'team' is no matcher; write label=value"),
        ("match=a%3Db&match=host%3D~(", "match", "'(' is no RE2 expression"),
        ("since=yesterday", "since", "'yesterday' is no time; write 2h or 3d"),
        ("until=2026-13-01", "until", "is no time"),
        ("resolved=2026-02-01+25:00", "resolved", "is no time"),
        ("person=%40me", "person", "Nobody knows who you are"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field_and_is_not_asked(query: str, field: str, words: str) -> None:
    found = asked(query, None, NOW)
    assert list(found.problems) == [field]
    assert words in found.problems[field]
    assert found.query == query_of(fields_of(query))


def test_me_is_whoever_opens_it() -> None:
    alice, bob = (asked("person=%40me", name, NOW) for name in ("alice", "bob"))
    assert (alice.filter.person, bob.filter.person) == ("alice", "bob")
    assert alice.query == bob.query == "person=%40me"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", NOW - 90_000_000),
        ("1d2h", NOW - DAY - 2 * HOUR),
        ("today", MIDNIGHT),
        ("2026-11-18", MIDNIGHT),
        ("2026-11-18 09:30", MIDNIGHT + 9 * HOUR + HOUR // 2),
        ("2026-11-18T09:30:00Z", MIDNIGHT + 9 * HOUR + HOUR // 2),
        ("2026-11-18T09:30+02:00", MIDNIGHT + 7 * HOUR + HOUR // 2),
        # longer ago than there is time
        ("9999w", 0),
    ],
)
def test_moments_are_written_as_people_write_them(text: str, expected: int) -> None:
    assert moment_of(text, NOW) == expected
    assert from_datetime(to_datetime(expected)) == expected


@pytest.mark.parametrize(
    "text", ["", "0", "2026-11-18T", "2026-02-30", "18.11.2026", "2026-11-18 9:30", "now", "\u0662d"]
)
def test_other_words_are_no_moment(text: str) -> None:
    with pytest.raises(Problem, match="is no time"):
        moment_of(text, NOW)


def test_hostile_words_stay_words() -> None:
    nasty = "\x1b[31m<script>\u202e" + "x" * 900
    found = asked(f"q={quote(nasty)}&policy={quote(nasty)}", None, NOW)
    assert found.filter.text == plain(nasty)[:500]
    assert "\x1b" not in found.query
    assert fields_of("&".join(f"match=a%3D{n}" for n in range(100)))["match"][-1] == "a=19"
    assert fields_of("&".join("status=x" for _ in range(1000))) == {}
