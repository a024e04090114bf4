"""What must not be complained of: each row is near to a misuse and is none, or nobody wants to hear of it twice."""

from pathlib import Path

import pytest

from escalator.core.instant import from_datetime, to_datetime
from escalator.language import compile_book, load_sources, render
from tests.language.completion import completed

NOW = from_datetime(to_datetime(0).replace(year=2026, month=6))
DAY = "hours: {day: {timezone: Europe/London, days: mon-fri, from: 09:00, to: 17:30%s}}\n"
WEB = "schedules:\n  web:\n    timezone: Europe/London\n    layers:\n"
BY_DAY = "      - {people: [ana, ben], every: shift, starts: 2026-01-05T09:00, during: day}\n"
ALWAYS = "      - {people: [ben, ana], every: 1w, starts: 2026-01-05T09:00}\n"
PAGE_WEB = "policies: {page: {levels: [{notify: [{schedule: web}]}]}}\n"
CHAT = 'channels: {chat: {slack: "#ops"}}\n'
ANA = "people: {ana: {contacts: {%s}}%s}\n"
PAGE_ANA = "policies: {page: {levels: [{notify: [{person: ana}]}]}}\n"

ROWS = {
    # Levels
    "one level, one person: there is nowhere to climb": PAGE_ANA,
    "a person, then the rotation that has them too": WEB + ALWAYS + "policies: {page: {levels: ["
    "{notify: [{schedule: web}]}, {notify: [{person: ana}]}]}}\n",
    "the next on call after the one on call": WEB + ALWAYS + "policies: {page: {levels: ["
    "{notify: [{schedule: web}]}, {notify: [{next_on_call: web}]}]}}\n",
    "a channel before the same person": CHAT + "policies: {page: {levels: ["
    "{notify: [{channel: chat}]}, {notify: [{person: ana}]}]}}\n",
    "guards that are each other's opposite": DAY % "" + "policies: {page: {levels: ["
    "{notify: [{person: ana}], when: {during: day}}, {notify: [{person: ben}], when: {outside: day}}]}}\n",
    "opposite guards with holidays": "holidays: {off: [2026-12-25]}\n" + DAY % ", except: off" + "policies: "
    "{page: {levels: [{notify: [{person: ana}], when: {during: day}}, "
    "{notify: [{person: ben}], when: {outside: day}}]}}\n",
    "guards that only a severity which never comes would miss": "policies:\n"
    "  page: {levels: [{notify: [{person: ana}]}]}\n"
    "  bad: {levels: [{notify: [{person: ben}], when: {severity: [error, critical]}}]}\n"
    "routes: [{match: {a: b}, policy: {error: bad, critical: bad, default: page}}]\n",
    "a route's condition keeps the missing severity away": "policies:\n"
    "  page: {levels: [{notify: [{person: ana}]}]}\n"
    "  bad: {levels: [{notify: [{person: ben}], when: {severity: [error, critical]}}]}\n"
    "routes: [{match: {severity: [error, critical]}, policy: bad}]\n",
    # Schedules
    "office hours that nobody pages by": DAY % "" + WEB + BY_DAY + "policies:\n"
    "  page: {levels: [{notify: [{person: ana}, {person: ben}]}]}\n"
    "  tell: {urgency: low, levels: [{notify: [{schedule: web}]}]}\n"
    "routes: [{match: {a: b}, policy: {critical: page, default: tell}}]\n",
    "office hours with somebody behind them": DAY % "" + WEB + BY_DAY + "policies: {page: {levels: ["
    "{notify: [{schedule: web}]}, {notify: [{person: ana}, {person: ben}]}]}}\n",
    "by day and by night": DAY % "" + WEB + BY_DAY + ALWAYS.replace("T09:00", "T17:30") + PAGE_WEB,
    "a gap that an override fills": WEB + ALWAYS.replace("T09:00", "T09:00, until: 2026-08-01T09:00")
    + ALWAYS.replace("2026-01-05", "2026-08-10") + PAGE_WEB + "overrides: "
    "[{schedule: web, person: ana, from: 2026-08-01T09:00, until: 2026-08-10T09:00}]\n",
    "a zone that others have too, with an hour to spare": "hours:\n"
    "  london: {timezone: Europe/London, from: 08:00, to: 21:00}\n"
    "  tokyo: {timezone: Asia/Tokyo, from: 04:00, to: 17:00}\n" + WEB.replace("Europe/London", "UTC")
    + "      - {people: [ana], every: 1w, starts: 2026-01-05T08:00, timezone: Europe/London, during: london}\n"
    "      - {people: [ben], every: 1w, starts: 2026-01-05T05:00, timezone: Asia/Tokyo, during: tokyo}\n" + PAGE_WEB,
    "turns that change when the hours close": DAY % "" + WEB + BY_DAY.replace("T09:00", "T17:30") + ALWAYS + PAGE_WEB,
    "turns that begin on a holiday": "holidays: {off: [2026-01-05]}\n" + DAY % ", except: off" + WEB + BY_DAY + ALWAYS
    + PAGE_WEB,
    # People
    "one method is a choice": ANA % ("push: browser", "") + PAGE_ANA,
    "texts and letters": ANA % ("sms: secret:ANA, email: ana@example.com", "") + PAGE_ANA,
    "somebody who is only ever told quietly": ANA % ("email: ana@example.com", ", ben: {contacts: {push: browser}}")
    + "policies:\n  page: {levels: [{notify: [{person: ben}]}]}\n"
    "  tell: {urgency: low, levels: [{notify: [{person: ana}]}]}\n"
    "routes: [{match: {a: b}, policy: {critical: page, default: tell}}]\n",
    "a step that comes just in time": "notification_rules: {high: [{via: push}, {via: email, after: 10m}]}\n"
    "policies: {page: {levels: [{notify: [{person: ana}], escalate_after: 5m, attempts: 2}, "
    "{notify: [{person: ben}]}]}}\n",
    "a quiet step on the last level of a quiet policy": "notification_rules: {low: [{via: email, after: 1h}]}\n"
    "policies:\n  page: {levels: [{notify: [{person: ana}]}]}\n"
    "  tell: {urgency: low, levels: [{notify: [{person: ana}]}]}\n"
    "routes: [{match: {a: b}, policy: {critical: page, default: tell}}]\n",
    # Names
    "hours that only a silence uses": DAY % "" + "silences: [{match: {a: b}, during: day}]\n",
    "hours that only somebody's quiet uses": DAY % ""
    + "people: {ana: {contacts: {push: browser}, quiet_hours: day}}\n" + PAGE_ANA,
    "somebody who only stands in": ANA % ("push: browser", ", ben: {contacts: {push: browser}}") + WEB
    + ALWAYS.replace("[ben, ana]", "[ana]") + PAGE_WEB
    + "overrides: [{schedule: web, person: ben, from: 2026-07-01T09:00, until: 2026-07-10T09:00}]\n",
    "a policy that only a heartbeat uses": "policies: {page: {levels: [{notify: [{person: ana}]}]}, "
    "silent: {levels: [{notify: [{person: ben}]}]}}\n"
    "heartbeats: {prometheus: {match: {alertname: Watchdog}, expect_every: 5m, policy: silent}}\n",
    "an alert for information needs no runbook": "alerts: {A: {severity: info}}\n"
    "routes: [{match: {alertname: A}, policy: page}]\n",
}  # fmt: skip


@pytest.mark.parametrize("remark", ROWS)
def test_nothing_is_said_of(remark):
    sources = completed(ROWS[remark])
    assert render(compile_book(sources, now=NOW).diagnostics, sources) == ""


def test_what_is_missing_because_it_could_not_be_read_is_not_complained_of_again():
    """The level that is wrong may have named the team: that nothing uses it cannot be known."""
    text = "teams: {web: [ana]}\npolicies: {page: {levels: [{notfy: [{team: web}]}, {notify: [{person: ben}]}]}}\n"
    assert {each.code for each in compile_book(completed(text), now=NOW).diagnostics} == {"E120", "E121"}


def test_without_a_present_no_gap_is_looked_for():
    """What compiles must not depend on when it is compiled, unless it was asked to."""
    text = DAY % "" + WEB.replace("    layers", "    coverage: always\n    layers") + BY_DAY + PAGE_WEB
    assert compile_book(completed(text)).diagnostics == ()
    assert {each.code for each in compile_book(completed(text), now=NOW).diagnostics} == {"E261"}


def test_a_gap_is_told_in_local_time_with_how_many_there_are():
    text = DAY % "" + WEB.replace("    layers", "    coverage: always\n    layers") + BY_DAY + PAGE_WEB
    (found,) = compile_book(completed(text), now=NOW + 10 * 3_600_000_000).diagnostics
    assert found.message == (
        "`web` has nobody on call from Mon 2026-06-01 17:30 until Tue 2026-06-02 09:00 (Europe/London), the first of "
        "286 such times within 400 days"
    )


def test_a_gap_that_has_begun_begins_now():
    text = WEB + ALWAYS.replace("2026-01-05", "2026-06-08") + PAGE_WEB
    (found,) = compile_book(completed(text), now=NOW).diagnostics
    assert "nobody on call from now until Mon 2026-06-08 09:00 (Europe/London): a critical" in found.message


def test_one_schedule_is_told_once_however_many_policies_depend_on_it():
    text = (
        DAY % ""
        + WEB
        + BY_DAY
        + (
            "policies: {page: {levels: [{notify: [{schedule: web}]}]}, "
            "other: {levels: [{notify: [{schedule: web}]}]}}\n"
            "routes: [{match: {a: b}, policy: other}]\n"
        )
    )
    assert [each.code for each in compile_book(completed(text), now=NOW).diagnostics] == ["W261"]


FOLDERS = [Path(__file__).parents[2] / "policies", *sorted((Path(__file__).parent / "examples").iterdir())]


@pytest.mark.parametrize("year", [2026, 2027, 2030])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_examples_have_no_error_whenever_they_are_read(folder, year):
    now = from_datetime(to_datetime(0).replace(year=year, month=6))
    found = compile_book(load_sources(folder), now=now).diagnostics
    # What midsize is warned of was decided by its authors: development tells a channel, and Dana's leave is over.
    assert {each.code for each in found} <= ({"W256", "W271"} if folder.name == "midsize" else set())
