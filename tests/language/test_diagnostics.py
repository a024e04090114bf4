"""One bad file per code, each the smallest change to a policy that compiles, with the place and the cure to be found.

`bad_policies.txt` appends mistakes to it; the table below changes one word of it.
"""

import re
from pathlib import Path

import pytest

from escalator.core.instant import from_datetime, to_datetime
from escalator.language import compile_book, explain
from escalator.language.codes import CODES

GOOD = """\
people:
  ben: {contacts: {push: browser, email: ben@example.com}}
  ana: {contacts: {push: browser, email: ana@example.com}}
schedules:
  primary: {timezone: Europe/London, layers: [{people: [ben], every: 1w, starts: 2026-01-05T09:00}]}
channels:
  chat: {slack: "#chat"}
hours:
  day: {timezone: Europe/London, days: mon-fri, from: 09:00, to: 17:30}
policies:
  page: {levels: [{notify: [{person: ben}]}]}
  talk: {urgency: low, levels: [{notify: [{channel: chat}]}]}
catch_all: page
"""
REST = """\
policies:
  others: {levels: [{notify: [{schedule: primary}], when: {during: day}}, {notify: [{person: ana}]}]}
heartbeats:
  first: {match: {alertname: First}, expect_every: 5m, policy: others}
  second: {match: {alertname: Second}, expect_every: 5m, policy: talk}
"""
"""A second file, which uses what the first declares and no mistake is made in."""
NOW = from_datetime(to_datetime(0).replace(year=2026, month=6))

EXPECTED = re.compile(r"^( *)\^ ?(\w\d{3}) ?(.*)$")

CASES = {
    remark: case.rstrip("\n") + "\n"
    for remark, _, case in (
        block.partition("\n") for block in Path(__file__).with_name("bad_policies.txt").read_text().split("\n## ")[1:]
    )
}

# Each: what stands in the good policy, what replaces it, and (code, text pointed at, part of the cure).
CHANGES: list[tuple[str, str, str, str, str]] = [
    ("{slack: \"#chat\"}", "\n    slack: #chat", "E124", "", 'write `"#chat"`'),
    ("{slack: \"#chat\"}", "{slack: #chat}", "E102", "#chat}", "begins a comment"),
    ("{slack: \"#chat\"}", "{slack: xoxb-1-2-3}", "E220", "xoxb", "slack: secret:NAME"),
    ("{slack: \"#chat\"}", "{slack: ops}", "E132", "ops}", '"#channel"'),
    ("{slack: \"#chat\"}", "{slack: https://hooks.slack.com/services/T/B/x}", "E220", "https:", "slack: secret:NAME"),
    ("{slack: \"#chat\"}", "{webhook: https://example.com/x}", "E220", "https:", "webhook: secret:NAME"),
    ("{slack: \"#chat\"}", "{slack: secret:A-B}", "E132", "secret:A-B", "letters, digits"),
    ("{slack: \"#chat\"}", "{webhook: secret:A, body: '{{ kind'}", "E142", "'{{ kind", "webhook.md"),
    ("{slack: \"#chat\"}", "{webhook: secret:A, body: '{{ knd }}'}", "E143", "'{{ knd", "did you mean `kind`"),
    ("{slack: \"#chat\"}", "{webhook: secret:A, headers: {Host: x}}", "E144", "Host", "set by Escalator"),
    ("{slack: \"#chat\"}", "{webhook: secret:A, body: '{% include 1 %}'}", "E142", "'{% inc", "webhook.md"),
    ("{slack: \"#chat\"}", "{webhook: secret:A, body: '{{ kind | rot13 }}'}", "E142", "'{{ kind", "webhook.md"),
    ("{slack: \"#chat\"}", "{webhook: secret:A, headers: {Authorization: Basic eDp5}}", "E220", "Basic", "secret:NAME"),
    ("{slack: \"#chat\"}", "{slack: '#chat', acknowledges: true}", "E133", "true}", "use `webhook`"),
    ("{urgency: low,", "{urgency: low, templates: {short: '{% if %}'},", "E142", "'{% if", "webhook.md"),
    ("{push: browser, email: ben@example.com}", "{email: b@e.org}, quiet_hours: dya", "E210", "dya", "`day`"),
    ("{slack: \"#chat\"}", "{slack: '#chat', email: a@b}", "E133", "{slack", "one of `slack`"),
    ("push: browser, email: ben@example.com", "sms: '+4915112345'", "E220", "'+49", "sms: secret:NAME"),
    ("push: browser, email: ben@example.com", "email: ben", "E132", "ben}", "name@example.com"),
    ("push: browser, email: ben@example.com", "push: phone", "E132", "phone", "push: browser"),
    ("{push: browser, email: ben@example.com}", "{}", "W270", "ben:", "contacts: {push: browser}"),
    ("email: ana@example.com}", "email: ana@example.com}, notification_rules: {low: [{via: sms}]}", "W270", "ana", ""),
    ("{person: ben}", "{schedule: ben}", "E210", "ben}", "`ben` is a person: write `{person: ben}`"),
    ("{person: ben}", "{schedule: primry}", "E210", "primry", "did you mean `primary`?"),
    ("{person: ben}", "{person: chat}", "E210", "chat}", "write `{channel: chat}`"),
    ("{person: ben}", "{next_on_call: zzz}", "E210", "zzz", "declare it under `schedules:`"),
    ("{person: ben}", "{schedule:primary}", "E123", "schedule:primary", "write `schedule: primary`"),
    ("{person: ben}", "{person: ben, channel: chat}", "E133", "{person: ben,", "its own braces"),
    ("{person: ben}", "ben", "E122", "ben]", ""),
    ("every: 1w", "every: 7", "E126", "7", "one number and one unit"),
    ("every: 1w", "every: shift", "E136", "shift", "during"),
    ("every: 1w,", "every: 1w, until: 2026-01-01T00:00,", "E137", "2026-01-01", "never be active"),
    ("primary: {timezone: Europe/London", "primary: {timezone: EST", "E128", "EST", "America/New_York"),
    ("primary: {timezone: Europe/London", "primary: {timezone: '+01:00'", "E128", "'+01", "offset"),
    ("primary: {timezone: Europe/London", "primary: {timezone: London", "E128", "London", "`Europe/London`"),
    ("primary: {timezone: Europe/London", "primary: {timezone: Europe/Lundon", "E128", "Europe/Lu", "`Europe/London`"),
    ("primary: {timezone: Europe/London", "primary: {timezone: Etc/GMT+5", "E128", "Etc", "offset"),
    ("from: 09:00, to: 17:30", "from: 17:30, to: 17:30", "E135", "17:30}", "leave `from`"),
    ("from: 09:00, to: 17:30", "from: 9:00, to: 17:30", "E129", "9:00,", "two digits"),
    ("days: mon-fri", "days: []", "E122", "[]", ""),
    ("days: mon-fri", "days: mon-friday", "E129", "mon-friday", "[mon, wed, sat-sun]"),
    ("from: 09:00, to: 17:30", "from: 22:00, to: 06:00", "W290", "mon-fri", "morning"),
    ("catch_all: page", "catch_all: talk", "E202", "talk", "add a level"),
    ("catch_all: page", "catch_all: pag", "E210", "pag", "did you mean `page`?"),
    ("catch_all: page\n", "", "E201", "people:", "catch_all: POLICY"),
    ("page: {levels", "page: {repeat: 2, levels", "W255", "2,", "until_acked"),
    ("page: {levels", "page: {ack_timeout: never, levels", "W255", "never", "ack_timeout: 4h"),
    ("page: {levels: [", "page: {levels: [{notify: [{person: ben}], escalate_after: 20m}, ", "W255", "20m", "15m"),
    ("page: {levels", "page: {hold_until: day, levels", "W250", "page\n", "policy of its own"),
    ("page: {levels", "page: {hold_until: dya, levels", "E210", "dya", "did you mean `day`?"),
    ("page: {levels", "page: {repage_on: [growth: 1x], levels", "E127", "1x", "2x"),
    ("page: {levels", "page: {urgency: hihg, levels", "E125", "hihg", "did you mean `high`?"),
    ("page: {levels", "page: {storm: on, levels", "E122", "on,", ""),
    ("[{notify: [{person: ben}]}]", "[]", "E122", "[]", ""),
    ("{notify: [{person: ben}]}", "{notify: [{person: ben}], when: {}}", "E121", "{}", "`severity`"),
]  # fmt: skip


def files(text: str) -> dict[str, str]:
    return {"main.yaml": text, "rest.yaml": REST}


def expectations(text: str) -> tuple[str, list[tuple[str, int, int, str]]]:
    """The text without its `^` lines, and what these say: code, line, column, part of the cure."""
    lines: list[str] = []
    expected = []
    for line in text.split("\n"):
        found = EXPECTED.match(line)
        if found:
            expected.append((found[2], len(lines), len(found[1]) + 1, found[3]))
        else:
            lines.append(line)
    return "\n".join(lines), expected


def test_the_policy_that_every_case_changes_is_good():
    compiled = compile_book(files(GOOD), now=NOW)
    assert compiled.book is not None
    assert compiled.diagnostics == ()


@pytest.mark.parametrize("remark", CASES)
def test_a_diagnostic_points_at_the_mistake_and_names_the_cure(remark):
    text, expected = expectations(GOOD + CASES[remark])
    found = compile_book(files(text), now=NOW)
    assert sorted((each.code, each.line, each.column) for each in found.diagnostics) == sorted(
        (code, line, column) for code, line, column, _cure in expected
    ), found.diagnostics
    for each in found.diagnostics:
        cure = next(cure for code, line, _column, cure in expected if (code, line) == (each.code, each.line))
        assert cure in each.help
    assert (found.book is None) == any(code.startswith("E") for code, *_rest in expected)


@pytest.mark.parametrize(("old", "new", "code", "at", "cure"), CHANGES, ids=[change[1][:40] for change in CHANGES])
def test_one_wrong_word_in_a_good_policy(old, new, code, at, cure):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = compile_book(files(text), now=NOW)
    each = next((each for each in found.diagnostics if each.code == code), None)
    assert each is not None, found.diagnostics
    lines = text.split("\n")
    assert (lines[each.line - 1] + "\n")[each.column - 1 :].startswith(at)
    assert cure in each.help
    assert (found.book is None) == any(one.severity == "error" for one in found.diagnostics)


def test_a_file_that_is_not_utf8_is_reported_with_its_place():
    (found,) = compile_book({"main.yaml": "people:\n  jos\udce9: {}\n"}).diagnostics
    assert (found.code, found.line, found.column) == ("E101", 2, 6)
    assert "0xe9" in found.message


def test_a_file_over_256_kib_is_refused_whole():
    (found,) = compile_book({"main.yaml": "# " + "x" * 256 * 1024}).diagnostics
    assert (found.code, found.line) == ("E106", 1)


def test_a_name_declared_in_two_files_names_both_places():
    (found,) = compile_book(
        {"a.yaml": GOOD, "rest.yaml": REST, "b.yaml": "people:\n  ben: {contacts: {push: browser}}\n"}
    ).diagnostics
    assert (found.code, found.file, found.line, found.column) == ("E204", "b.yaml", 2, 3)
    assert str(found.notes[0].mark) == "a.yaml:2:3"


def test_only_one_file_of_a_folder_routes():
    (found,) = compile_book({"a.yaml": GOOD, "b.yaml": "catch_all: talk\n"}).diagnostics
    assert (found.code, found.file, found.line, found.column) == ("E205", "b.yaml", 1, 1)
    assert "route_groups" in found.help


def test_nothing_at_all_lacks_a_policy_and_a_catch_all():
    assert [each.code for each in compile_book({}).diagnostics] == ["E201", "E206"]


def test_a_file_that_cannot_be_read_brings_no_complaints_about_its_names():
    found = compile_book({"a.yaml": GOOD.replace("people:", "people: [", 1), "b.yaml": "teams:\n  a: [ben]\n"})
    assert [each.code for each in found.diagnostics] == ["E102"]


def test_all_mistakes_of_all_files_come_at_once_in_order():
    bad = GOOD.replace("Europe/London", "EST").replace("every: 1w", "every: 1")
    found = compile_book({"b.yaml": "teams:\n  x: [nobody]\n", "a.yaml": bad})
    assert [(each.file, each.code) for each in found.diagnostics] == [
        ("a.yaml", "E128"),
        ("a.yaml", "E126"),
        ("a.yaml", "E128"),
        ("b.yaml", "E210"),
    ]


def test_what_fails_only_in_meaning_still_parses():
    """A first start without a last good revision runs what parses."""
    compiled = compile_book({"main.yaml": GOOD.replace("catch_all: page", "catch_all: talk")})
    assert compiled.book is None
    assert compiled.parsed is not None
    assert compiled.parsed.catch_all == "talk"
    assert compile_book({"main.yaml": GOOD.replace("1w", "1")}).parsed is None


def test_every_code_in_the_source_has_its_paragraph_and_every_paragraph_its_code():
    folder = Path(compile_book.__code__.co_filename).parent
    used = set()
    for file in (*folder.glob("*.py"), *(folder / "trials").glob("*.py")):
        used |= set(re.findall(r'"([EW]\d{3})"', file.read_text()))
    assert used == set(CODES)
    assert explain("e210") == CODES["E210"].text
    assert explain("E999") is None


def test_every_code_has_a_case():
    names = ("test_imported.py", "test_misuses.py", "test_trials.py")
    others = [Path(__file__).with_name(name).read_text() for name in names]
    told = "".join([Path(__file__).read_text(), *CASES.values(), *others])
    untold = {code for code in CODES if code not in told}
    assert untold == {"E1" + "00"}, "that one is tested with files on disk"
