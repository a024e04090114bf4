"""The thirty misuses of §6 of the language's design: the least text that has each, the place under the caret, the cure.

A row is (number, remark, text, code, what the caret begins at, part of the cure). The text is completed with the policy
and the people that it names; nothing but what the row says may be found.
"""

from typing import NamedTuple

import pytest

from escalator.core.instant import from_datetime, to_datetime
from escalator.language import Diagnostic, compile_book, render
from tests.language.completion import completed

NOW = from_datetime(to_datetime(0).replace(year=2026, month=6))


class Row(NamedTuple):
    number: int
    remark: str
    text: str
    code: str
    under: str
    cure: str
    also: tuple[str, ...] = ()
    """Codes that are right to come with it."""


CHAT = 'channels: {chat: {slack: "#ops"}}\n'
DAY = "hours: {day: {timezone: Europe/London, days: mon-fri, from: 09:00, to: 17:30}}\n"
NIGHT = "hours: {night: {timezone: Europe/London, days: mon-fri, from: 22:00, to: 06:00}}\n"
WEB = """\
schedules:
  web: {timezone: Europe/London, layers: [{people: [ana, ben], every: 1w, starts: 2026-01-05T09:00%s}]}
"""
PAGE_WEB = "policies: {page: {levels: [{notify: [{schedule: web}]}]}}\n"
ZONES = """\
hours:
  london: {timezone: Europe/London, from: 08:00, to: 20:00}
  tokyo: {timezone: Asia/Tokyo, from: 05:00, to: 17:00}
schedules:
  web:
    timezone: UTC
    layers:
      - {people: [ana], every: 1w, starts: 2026-01-05T08:00, timezone: Europe/London, during: london}
      - {people: [ben], every: 1w, starts: 2026-01-05T05:00, timezone: Asia/Tokyo, during: tokyo}
policies: {page: {levels: [{notify: [{schedule: web}]}, {notify: [{person: ana}, {person: ben}]}]}}
"""
OVERRIDE = """\
overrides:
  - {schedule: web, person: ana, from: %s, until: %s}
  - {schedule: web, person: ben, from: %s, until: %s}
"""


def page(levels: str, keys: str = "") -> str:
    return f"policies: {{page: {{{keys}levels: [{levels}]}}}}\n"


ANA, BEN = "{notify: [{person: ana}]}", "{notify: [{person: ben}]}"

ROWS = [
    Row(1, "no catch_all", page(ANA) + "catch_all:\n", "E122", "", ""),
    Row(1, "catch_all names nothing", page(ANA) + "catch_all: pgae\n", "E210", "pgae", "did you mean `page`?"),
    Row(2, "catch_all reaches no human", CHAT + page("{notify: [{channel: chat}]}") + "catch_all: page\n",
        "E202", "page\n", "a person, a team or a schedule"),
    Row(3, "a route without match", "routes: [{policy: page}]\n", "E203", "{policy", "say which alerts"),
    Row(4, "a shadowed route",
        "routes:\n  - {match: {a: b}, policy: page}\n  - {match: {a: b, c: d}, policy: page}\n",
        "E230", "{match: {a: b, c", "move the narrower route up"),
    Row(5, "a route that no catalogued alert matches",
        "alerts: {A: {severity: info}}\nroutes:\n  - {match: {alertname: A}, policy: page}\n"
        "  - {match: {alertname: B}, policy: page}\n", "W231", "{match: {alertname: B", "correct the name"),
    Row(6, "a catalogued alert that lands in catch_all", "alerts: {A: {severity: info}}\n", "W232", "A:", "`match`"),
    Row(7, "a severity map that is not total", "routes: [{match: {a: b}, policy: {critical: page}}]\n",
        "E252", "{critical", "add `default: POLICY`"),
    Row(8, "a `not` that takes the missing label", "routes: [{match: {env: {not: prod}}, policy: page}]\n",
        "W251", "{env", "list the values"),
    Row(8, "a pattern that takes the missing label", "routes: [{match: {env: {regex: '.*'}}, policy: page}]\n",
        "W251", "{env", "list the values"),
    Row(9, "critical to channels only",
        CHAT + "policies: {page: {levels: [{notify: [{person: ana}]}]}, "
        "talk: {levels: [{notify: [{channel: chat}]}]}}\n"
        "routes: [{match: {a: b}, policy: talk}]\n", "W256", "talk}]", "policy of its own"),
    Row(10, "a drop that critical reaches", "routes: [{match: {a: b}, drop: noise}]\n",
        "W250", "noise", "severity: [info"),
    Row(10, "a hold that critical reaches", DAY + page(ANA, "hold_until: day, ") + "catch_all: page\n",
        "W250", "page\n", "policy of its own"),
    Row(11, "an unknown name, with the nearest", page("{notify: [{person: anna}]}") + "people:\n"
        "  ana: {contacts: {push: browser}}\n", "E210", "anna", "did you mean `ana`?"),
    Row(11, "a name of another kind", page("{notify: [{schedule: ana}]}"), "E210", "ana", "write `{person: ana}`"),
    Row(12, "a misspelt key", page("{notfy: [{person: ana}]}"), "E120", "notfy", "did you mean `notify`?", ("E121",)),
    Row(12, "a key twice", "routes: [{match: {a: b}, policy: page, match: {c: d}}]\n", "E105", "match: {c", "keep one"),
    Row(12, "a name in two files", "teams: {web: [ana]}\n# file: more.yaml\nteams: {web: [ben]}\n",
        "E204", "web: [ben]", "rename one"),
    Row(13, "a duration without unit", page("{notify: [{person: ana}], escalate_after: 5}"), "E126", "5}", "`5m`"),
    Row(13, "`24h` typed `24`", "sources: {alertmanager: {refresh: 24}}\n", "E126", "24}", "`24h`"),
    Row(14, "`#` eaten as a comment", "channels:\n  chat:\n    slack: #ops\n", "E124", "", 'write `"#ops"`'),
    Row(14, "`#` eaten within braces", "channels: {chat: {slack: #ops}}\n", "E102", "#ops}}", "begins a comment"),
    Row(14, "no space after the colon", page("{notify: [{schedule:primary}]}"), "E123", "schedule:primary",
        "write `schedule: primary`"),
    Row(15, "EST", (WEB % "").replace("Europe/London", "EST"), "E128", "EST", "America/New_York"),
    Row(15, "an offset", (WEB % "").replace("Europe/London", "'+01:00'"), "E128", "'+01", "offset has no summer time"),
    Row(15, "an unknown zone", (WEB % "").replace("London", "Lodnon"), "E128", "Europe/Lod", "`Europe/London`"),
    Row(16, "`starts` out of hours", DAY + (WEB % ", during: day").replace("T09:00", "T20:00") + page(
        "{notify: [{schedule: web}]}, {notify: [{person: ana}, {person: ben}]}"),
        "W291", "2026-01-05T20:00", "`starts: 2026-01-06T09:00`"),
    Row(17, "hours that are empty", DAY.replace("17:30", "09:00"), "E135", "09:00}", "leave `from`"),
    Row(17, "nights under a limit of days",
        NIGHT + page(ANA.replace("]}", "], when: {during: night}}") + ", " + BEN),
        "W290", "mon-fri", "the morning after"),
    Row(18, "a gap where coverage is declared",
        DAY + (WEB % ", during: day").replace("web: {", "web: {coverage: always, ")
        + PAGE_WEB, "E261", "always", "last layer without `during`"),
    Row(18, "a gap that critical depends on", DAY + WEB % ", during: day" + PAGE_WEB,
        "W261", "web:", "a level that names a person or a team"),
    Row(18, "a layer that ends", WEB % ", until: 2026-09-01T09:00" + PAGE_WEB, "W261", "web:", "fill the gap"),
    Row(19, "a gap that clock changes make", ZONES, "W262", "web:", "overlap by an hour"),
    Row(19, "the same where coverage is declared", ZONES.replace("UTC\n", "UTC\n    coverage: always\n"),
        "E262", "always", "overlap by an hour"),
    Row(20, "overrides that overlap", WEB % "" + PAGE_WEB + OVERRIDE % (
        "2026-07-06T09:00", "2026-07-09T09:00", "2026-07-08T09:00", "2026-07-10T09:00"),
        "W272", "{schedule: web, person: ben, from", "end the first one earlier"),
    Row(20, "an override that is over", WEB % "" + PAGE_WEB + OVERRIDE % (
        "2026-05-06T09:00", "2026-05-09T09:00", "2026-07-08T09:00", "2026-07-10T09:00"),
        "W271", "{schedule: web, person: ana, from", "remove it"),
    Row(20, "until before from", WEB % "" + PAGE_WEB + OVERRIDE % (
        "2026-07-06T09:00", "2026-07-05T09:00", "2026-07-08T09:00", "2026-07-10T09:00"),
        "E137", "2026-07-05T09:00", "exchange the two"),
    Row(21, "the same person on every level", page(f"{ANA}, {ANA}"), "W257", "[{person: ana}]}]", "somebody else"),
    Row(21, "the same rotation on every level", WEB % "" + page(
        "{notify: [{schedule: web}]}, {notify: [{schedule: web}]}"),
        "W257", "[{schedule: web}]}]", "{next_on_call: web}"),
    Row(22, "all methods through one provider",
        "people: {ana: {contacts: {sms: secret:ANA, call: secret:ANA}}}\n" + page(ANA),
        "W274", "ana: {contacts", "push: browser"),
    Row(23, "a person who is paged by letters", "people: {ana: {contacts: {email: ana@example.com}}}\n" + page(ANA),
        "W275", "ana: {contacts", "push: browser"),
    Row(23, "a person whose rules wake nobody", "notification_rules: {high: [{via: email}]}\n" + page(ANA),
        "W275", "ana: {contacts", "push: browser"),
    Row(24, "a step later than its level",
        "notification_rules: {high: [{via: push}, {via: email, after: 20m}]}\n" + page(
            "{notify: [{person: ana}], escalate_after: 5m, attempts: 2}, " + BEN), "W276", "20m", "above 20m"),
    Row(24, "the default call later than its level",
        "people:\n  ana: {contacts: {push: browser, call: secret:ANA}}\n  ben: {contacts: {push: browser}}\n" + page(
            "{notify: [{person: ana}], escalate_after: 1m}, " + BEN), "W276", "1m}", "above 2m"),
    Row(25, "a finite repeat on critical", page(ANA, "repeat: 2, "), "W255", "2,", "until_acked"),
    Row(25, "an acknowledgement for ever", page(ANA, "ack_timeout: never, "), "W255", "never", "ack_timeout: 4h"),
    Row(25, "a long wait on critical", page("{notify: [{person: ana}], escalate_after: 20m}, " + BEN),
        "W255", "20m", "15m at most"),
    Row(26, "all levels guarded off at some hour", DAY + page("{notify: [{person: ana}], when: {during: day}}"),
        "W258", "{during: day}", "without `when`"),
    Row(26, "all levels guarded off at some severity", page("{notify: [{person: ana}], when: {severity: critical}}"),
        "W258", "{severity: critical}", "without `when`"),
    Row(27, "severity in group_by", "routes: [{match: {a: b}, policy: page, group_by: [a, severity]}]\n",
        "E240", "severity]", "worsen in place"),
    Row(27, "routes that split by severity",
        "routes:\n  - {match: {a: b, severity: critical}, policy: page}\n"
        "  - {match: {a: b, severity: info}, policy: page}\n",
        "W241", "{match: {a: b, severity: info", "one route"),
    Row(28, "a silence without end", "silences: [{match: {a: b}}]\n", "E280", "{match", "until"),
    Row(28, "a silence over 30 days",
        "silences: [{match: {a: b}, from: 2026-06-01T09:00, until: 2026-07-09T09:00, timezone: UTC}]\n",
        "E281", "2026-07-09", "renewed"),
    Row(28, "a silence of everything",
        "silences: [{match: {a: {regex: .*}}, until: 2026-06-09T09:00, timezone: UTC}]\n", "E282", "{a:", "one label"),
    Row(29, "a template with an unknown field", page(ANA, "templates: {short: '{{ incidnt }}'}, "),
        "E143", "'{{ incidnt", "did you mean `incident`?"),
    Row(29, "a missing runbook",
        "alerts: {A: {severity: critical}}\nroutes: [{match: {alertname: A}, policy: page}]\n",
        "W234", "A: {severity", "runbook: URL"),
    Row(29, "a literal phone number", "people: {ana: {contacts: {push: browser, sms: '+15550100'}}}\n" + page(ANA),
        "E220", "'+1555", "sms: secret:NAME"),
    Row(29, "a literal secret", "channels: {desk: {webhook: https://example.com/t/s3cret}}\n",
        "E220", "https:", "webhook: secret:NAME"),
    Row(30, "a team file that routes", "routes: [{match: {a: b}, policy: page}]\n"
        "# file: team.yaml\nroutes: [{match: {c: d}, policy: page}]\n", "E205", "routes: [{match: {c", "route_groups"),
    Row(30, "an unused policy", f"policies: {{page: {{levels: [{ANA}]}}, other: {{levels: [{ANA}]}}}}\n",
        "W211", "other:", "send a route to it"),
    Row(30, "an unused schedule", WEB % "", "W211", "web:", "notify it from a level"),
    Row(30, "an unused person", "people: {ana: {contacts: {push: browser}}, ben: {contacts: {push: browser}}}\n"
        + page(ANA), "W211", "ben:", "on a schedule"),
    Row(30, "an unused team", "teams: {web: [ana, ben]}\n", "W211", "web:", "notify it"),
    Row(30, "an unused channel", CHAT, "W211", "chat:", "notify it"),
    Row(30, "unused hours", DAY, "W211", "day:", "hold_until"),
]  # fmt: skip


def found_in(row: Row) -> tuple[dict[str, str], tuple[Diagnostic, ...]]:
    sources = completed(row.text)
    return sources, compile_book(sources, now=NOW).diagnostics


def test_there_is_a_row_for_each_of_the_thirty():
    assert sorted({row.number for row in ROWS}) == list(range(1, 31))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.remark}")
def test_a_misuse_is_told_at_its_place_with_its_cure_and_nothing_else_is(row):
    sources, diagnostics = found_in(row)
    assert {each.code for each in diagnostics} == {row.code, *row.also}, render(diagnostics, sources)
    (found,) = [each for each in diagnostics if each.code == row.code]
    line = sources[found.file].split("\n")[found.line - 1] + "\n"
    assert line[found.column - 1 :].startswith(row.under), line[found.column - 1 :]
    assert row.cure in found.help
    assert found.severity == ("error" if row.code[0] == "E" else "warning")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.remark}")
def test_the_caret_stands_under_the_place(row):
    sources, diagnostics = found_in(row)
    (text,) = [
        block for block in render(diagnostics, sources).split("\n\n") if f"[{row.code}]" in block.partition("\n")[0]
    ]
    if row.under.strip() and row.code != "E220":  # what is secret is blotted out
        shown, carets = text.split("\n")[2:4]
        assert carets.strip().lstrip("| ").strip("^") == ""
        assert (shown + "\n")[carets.index("^") :].startswith(row.under)


def test_no_catch_all_at_all():
    sources = {"main.yaml": "people: {ana: {contacts: {push: browser}}}\n" + page(ANA)}
    (found,) = compile_book(sources, now=NOW).diagnostics
    assert (found.code, found.line) == ("E201", 1)
    assert "`catch_all: POLICY`" in found.help
