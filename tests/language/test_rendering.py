"""How diagnostics look: exactly as the language page shows them, and harmless on a terminal and in a log."""

from escalator.language import compile_book, render

POLICY = """\
# Pages ben.
version: 1
people:
  ben: {contacts: {push: browser}}





schedules:
  web:
    timezone: Europe/London
    layers:
      - {people: [ben], every: 1w, starts: 2026-01-05T09:00}
policies:
  page:
    levels:
      - notify: [{schedule: ben}]
"""


def rendered(text: str) -> str:
    sources = {"main.yaml": text}
    return render(compile_book(sources).diagnostics, sources)


def test_an_unknown_name_looks_as_the_language_page_shows_it():
    assert rendered(POLICY + "catch_all: page\n") == (
        "error[E210]: unknown schedule `ben`\n"
        "  --> main.yaml:18:29\n"
        "18 |       - notify: [{schedule: ben}]\n"
        "   |                             ^^^\n"
        "   = help: `ben` is a person: write `{person: ben}`\n"
    )


def test_a_shadowed_route_names_the_route_that_takes_its_alerts():
    routes = (
        "catch_all: page\nroutes:\n  - {match: {service: web}, policy: page}\n"
        "  - match: {service: web, severity: critical}\n    policy: page\n"
    )
    assert rendered(POLICY.replace("{schedule: ben}", "{schedule: web}") + routes) == (
        "error[E230]: this route can never match: route 1 above already takes every alert it describes\n"
        "  --> main.yaml:22:5\n"
        "22 |   - match: {service: web, severity: critical}\n"
        "   |     ^\n"
        "  ::: main.yaml:21:5  takes them first\n"
        "   = help: move the narrower route up\n"
    )


def test_literal_secrets_are_blotted_out():
    text = rendered("people:\n  ben: {contacts: {sms: '+4915112345678', call: '+4915187654321'}}\n")
    assert "E220" in text
    assert "4915" not in text
    assert "ben: {contacts: {sms: ****************, call: ****************}}" in text


def test_a_long_line_is_shown_around_the_mistake():
    text = rendered("teams:\n  a: [" + "ben, " * 2000 + "bob]\n" + POLICY)
    lines = text.split("\n")
    place = next(index for index, line in enumerate(lines) if "unknown person `bob`" in line)
    shown, carets = lines[place + 2], lines[place + 3]
    assert len(shown) < 200
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "bob"


def test_characters_that_steer_a_terminal_are_not_printed():
    text = rendered("teams: {\u202ea: [ben]}\n# \u2066\n" + POLICY)
    assert "\u202e" not in text
    assert "\N{REPLACEMENT CHARACTER}" in text


def test_lines_are_counted_as_yaml_counts_them():
    text = (
        "teams:\r\n  a: [x]\x85  b: [y]\u2028  c: [z]\r"
        + POLICY.replace("{schedule: ben}", "{person: ben}")
        + "catch_all: page\n"
    )
    found = compile_book({"main.yaml": text}).diagnostics
    assert [(each.code, each.line, each.column) for each in found] == [("E210", 2, 7), ("E210", 3, 7), ("E210", 4, 7)]
    assert "4 |   c: [z]" in rendered(text)
